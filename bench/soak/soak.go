package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"strowger/bench/process"
)

// bounds are the timeouts of attempts: short where requests are, long where every answer is
// slow on purpose.
func bounds(o options) timeouts {
	if o.streams > 0 {
		idle := max(3*time.Second, o.pace/2)
		return timeouts{first: idle.String(), idle: idle.String(), total: (2*o.pace + 5*time.Second).String(), deadline: "30s"}
	}
	return timeouts{first: "500ms", idle: "500ms", total: "2500ms", deadline: "4s"}
}

// soak runs the whole: providers, strowger, callers, and the report.
func soak(ctx context.Context, o options, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "strowger-soak-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	need := uint64(2*o.atOnce + 500)
	if have, err := process.OpenFiles(need); err != nil || have < need {
		return fmt.Errorf("%d open files are needed and %d allowed (%v): raise ulimit -n, or lower -at-once", need, have, err)
	}
	binary := o.strowger
	if binary == "" {
		fmt.Fprintln(out, "building strowger")
		binary = filepath.Join(dir, "strowger-under-soak")
		flags := []string{"-trimpath"}
		if o.race {
			flags = append(flags, "-race")
		}
		if err = process.Build(ctx, binary, flags...); err != nil {
			return err
		}
	}
	c, err := newCompany(o.seed, o.faults)
	if err != nil {
		return err
	}
	if o.host == hostWorkerd {
		return soakWorkerd(ctx, o, out, binary, dir, c)
	}
	s, err := start(ctx, binary, dir, configuration(c, bounds(o)))
	if err != nil {
		return errors.Join(err, c.close())
	}
	r := &run{o: o, out: out, s: s, company: c}
	return r.all(ctx)
}

// run is one soak under way.
type run struct {
	o       options
	out     io.Writer
	s       *server
	company *company
	callers *callers
	watcher *watcher

	fresh, after level // before and after the load
	took         time.Duration
	wrongs       []string // beside what callers saw
}

func (r *run) wrong(format string, args ...any) {
	r.wrongs = append(r.wrongs, fmt.Sprintf(format, args...))
}

// errViolated is what a run ends with in which something was seen that must not be.
var errViolated = errors.New("violated")

// all loads strowger, ends it, and reports.
func (r *run) all(ctx context.Context) error {
	r.callers = newCallers(r.s.url, newScript(r.o), r.company, newTally(), r.o.atOnce)
	stopped := false
	defer func() {
		if !stopped {
			_ = r.s.stop() // there is an error already
			_ = r.company.close()
		}
	}()
	if _, _, _, _, err := r.s.pages(1); err != nil { // opens the record for reading
		return err
	}
	r.fresh, _ = levelOf(r.s.pid) // zero where it cannot be told
	r.load(ctx)
	st, shown, err := r.settle()
	if err != nil {
		return err
	}
	rows, first, last, cost, err := r.s.pages(20_000)
	if err != nil {
		return err
	}
	r.callers.closeIdle()
	if err := r.company.close(); err != nil {
		return err
	}
	r.leaks()
	stopped = true
	if err := r.s.stop(); err != nil {
		r.wrong("%v", err)
	}
	pages, err := checkPages(r.s.data, rows, first, last, cost)
	if err != nil {
		return err
	}
	l, err := readLedger(r.s.data)
	if err != nil {
		return err
	}
	paid, err := receipts(r.s.data, r.callers.tally.receipts)
	if err != nil {
		return err
	}
	if len(paid) > 5 {
		paid = append(paid[:5], fmt.Sprintf("and %d such more", len(paid)-5))
	}
	r.wrongs = slices.Concat(r.wrongs, l.check(st, shown), pages, paid, r.company.wrong)
	return r.report(st, l, rows)
}

// load keeps the callers busy.
func (r *run) load(ctx context.Context) {
	watch, stop := context.WithCancel(context.Background())
	r.watcher = &watcher{s: r.s, c: r.callers, company: r.company, out: r.out, every: r.o.every}
	watched := make(chan struct{})
	go func() {
		r.watcher.run(watch)
		close(watched)
	}()
	began := time.Now()
	if r.o.streams > 0 {
		r.callers.run(ctx, r.o.atOnce, r.o.streams, r.o.pace)
	} else {
		ctx, cancel := context.WithTimeout(ctx, r.o.length)
		r.callers.run(ctx, r.o.atOnce, r.o.requests, time.Second)
		cancel()
	}
	r.took = time.Since(began)
	stop()
	<-watched
}

// until asks until it is so, and reports whether it came to be.
func until(is func() (bool, error)) error {
	var last error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		ok, err := is()
		if ok {
			return nil
		}
		last = err
	}
	return errors.Join(errors.New("waited in vain"), last)
}

// settle waits until nothing is under way and all is written, and gives what strowger shows.
func (r *run) settle() (st status, shown []budget, err error) {
	if until(func() (bool, error) { return r.company.open.Load() == 0, nil }) != nil {
		r.wrong("%d requests are still open at providers, and no caller waits", r.company.open.Load())
	}
	n := 0
	if err := until(func() (ok bool, err error) { n, err = r.s.inFlight(); return n == 0, err }); err != nil {
		r.wrong("strowger counts %d attempts in flight, and nothing is under way: %v", n, err)
	}
	err = until(func() (ok bool, err error) {
		st, err = r.s.status()
		return err == nil && st.Requests == st.Store.Written+st.Store.Dropped, err
	})
	if err != nil {
		r.wrong("of %d exchanges %d are written and %d dropped: %v", st.Requests, st.Store.Written, st.Store.Dropped, err)
	}
	t := r.callers.tally
	// A caller that leaves may be gone before its request has come.
	if sent := int64(t.answered); st.Requests > sent || st.Requests < sent-int64(t.left) {
		r.wrong("strowger counts %d exchanges, callers %d, of whom %d left", st.Requests, sent, t.left)
	}
	if !st.Store.OK {
		r.wrong("the record: %s", st.Store.Message)
	}
	shown, err = r.s.budgets()
	return st, shown, err
}

// leaks waits for the open files to go back to those before the load. Nobody is connected any
// more, so that no socket may be left; the record may be open for reading four times, with
// three files each, and the cache as often.
func (r *run) leaks() {
	if r.fresh.files == 0 {
		return // it cannot be told here
	}
	const more = 12 + 12
	err := until(func() (ok bool, err error) {
		r.after, err = levelOf(r.s.pid)
		return r.after.sockets <= r.fresh.sockets && r.after.files <= r.fresh.files+more, err
	})
	if err != nil {
		r.wrong("%d files are open, %d of them sockets; before the load %d and %d: %v", r.after.files, r.after.sockets, r.fresh.files, r.fresh.sockets, err)
	}
}

// report says how it went.
func (r *run) report(st status, l *ledger, rows int) error {
	t, out := r.callers.tally, r.out
	seen(out, r.o, t, r.company, r.took)
	fmt.Fprintf(out, "\nmoney\n%s%10d  µ$ shown by the API; %d answers' costs and %d listed decisions compared\n", l, st.Spend, len(t.receipts), rows)
	in, sent := r.company.tokens()
	fmt.Fprintf(out, "tokens: providers took %d and sent %d, the record has %d and %d\n", in, sent, l.input, l.output)
	fmt.Fprintf(out, "%10d  exchanges counted, %d written, %d dropped\n", st.Requests, st.Store.Written, st.Store.Dropped)
	if r.fresh.files > 0 {
		fmt.Fprintf(out, "\nopen files: %d before, %d after; sockets: %d before, %d after; threads: %d before, %d after; rss: %.1f MB before, %.1f MB after\n",
			r.fresh.files, r.after.files, r.fresh.sockets, r.after.sockets, r.fresh.threads, r.after.threads, megabytes(r.fresh.rss), megabytes(r.after.rss))
		fmt.Fprintln(out, curve(r.watcher.moments))
		verdict, ok := flat(r.watcher.moments)
		if fmt.Fprintln(out, verdict); !ok {
			r.wrong("%s", verdict)
		}
	}
	fmt.Fprintln(out)
	return verdictOf(out, t, r.wrongs)
}

// seen says what callers and providers saw.
func seen(out io.Writer, o options, t *tally, c *company, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(out, "\n%d requests in %s, %.0f/s; at most %d at once; %d requests to providers; seed %d\n",
		t.answered, took.Round(time.Second/10), float64(t.answered)/took.Seconds(), t.most, c.visits.Load(), o.seed)
	fmt.Fprintf(out, "\noutcomes\n%s\nways to ask\n%s\nwhat providers did\n%s%10d  times they were given the beginning of an answer to go on with\n",
		table(t.classes), table(t.kinds), table(c.faults), c.begun.Load())
}

// verdictOf lists what was wrong with answers and with the rest, and fails if anything was.
func verdictOf(out io.Writer, t *tally, rest []string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	total := 0
	for _, w := range [...]wrong{wrongTruncated, wrongText, wrongEnd, wrongForm, wrongAttempts} {
		total += t.wrongs[w]
		fmt.Fprintf(out, "%10d  %s\n", t.wrongs[w], w)
	}
	fmt.Fprintf(out, "%10d  sums, rows, files and the like that do not agree\n", len(rest))
	for _, e := range slices.Concat(t.examples, rest) {
		fmt.Fprintln(out, " -", e)
	}
	if total+len(rest) > 0 {
		return fmt.Errorf("%w: %d", errViolated, total+len(rest))
	}
	fmt.Fprintln(out, "nothing is violated")
	return nil
}
