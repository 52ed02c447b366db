package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"strowger/bench/figures"
	"strowger/bench/process"
	"strowger/bench/traffic"
)

// recordTime is how long the record of a turn may take.
const recordTime = 10 * time.Second

// starts is how often strowger is started, to see how long it takes.
const starts = 5

// meter is a run.
type meter struct {
	o      options
	log    io.Writer
	self   string // this program
	cores  process.Cores
	serial atomic.Int64 // number of the last request

	provider *process.Process
	through  []*peer // those that are there, started
	result   result
}

// load is the whole run.
func load(ctx context.Context, o options, out, log io.Writer) error {
	dir, err := os.MkdirTemp("", "strowger-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	m := &meter{o: o, log: log}
	if m.self, err = os.Executable(); err != nil {
		return err
	}
	if o.strowger == "" {
		fmt.Fprintln(log, "building strowger")
		m.o.strowger = filepath.Join(dir, "strowger-under-load")
		if err = process.Build(ctx, m.o.strowger, "-trimpath", "-ldflags=-s -w"); err != nil {
			return err
		}
	}
	err = errors.Join(m.run(ctx, dir), m.close())
	if ctx.Err() != nil {
		return ctx.Err() // what was measured is not all, and what went wrong comes from that
	}
	if err != nil {
		m.result.Failures = append(m.result.Failures, err.Error())
	}
	m.result.summarize()
	m.result.write(out)
	if o.json != "" {
		err = errors.Join(err, m.result.save(o.json))
	}
	if o.docs && err == nil {
		if n := len(m.result.Workloads[0].Rounds); n < docsRounds {
			return fmt.Errorf("nothing is written into the docs: %d rounds within %s, where it takes %d", n, o.limit, docsRounds)
		}
		err = m.result.document(figures.Dir)
	}
	if err == nil {
		err = m.result.verdict()
	}
	return err
}

func (m *meter) run(ctx context.Context, dir string) error {
	begin := time.Now()
	m.cores = process.Divide(m.o.pin)
	m.result = result{
		Turn: m.o.turn.Seconds(), Connections: m.o.connections, Cores: m.cores.About, Processor: process.Processor(),
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, At: begin.UTC().Truncate(time.Second),
	}
	fmt.Fprintln(m.log, m.cores.About)
	if err := m.startAll(ctx, dir); err != nil {
		return err
	}
	loads := choose(m.o.only, m.o.rate)
	for _, l := range loads {
		m.result.Workloads = append(m.result.Workloads, measured{Name: l.Name, About: l.About, Bytes: len(l.Body()), Events: l.Events, Rate: l.Rate})
	}
	var longest time.Duration
	for n := range m.o.rounds {
		if n > 0 && time.Since(begin)+longest > m.o.limit {
			fmt.Fprintf(m.log, "no more rounds: another would not end within %s\n", m.o.limit)
			break
		}
		from := time.Now()
		for i, l := range loads {
			r, err := m.round(ctx, l, n)
			if err != nil {
				return err
			}
			m.result.Workloads[i].Rounds = append(m.result.Workloads[i].Rounds, r)
		}
		longest = max(longest, time.Since(from))
		fmt.Fprintf(m.log, "round %d of %d took %s\n", n+1, m.o.rounds, time.Since(from).Round(time.Second))
	}
	for _, p := range m.through {
		m.weigh(p, &m.result.about(p.name).Loaded)
		if err := m.compare(ctx, p); err != nil {
			return fmt.Errorf("the record of %s: %w", p.name, err)
		}
	}
	m.result.Took = time.Since(begin).Seconds()
	return nil
}

// startAll starts the provider and all peers that are there, strowger a few times, and weighs
// each at rest.
func (m *meter) startAll(ctx context.Context, dir string) (err error) {
	if m.provider, err = m.start(ctx, nameProvider, exec.Command(m.self, peerProvider)); err != nil {
		return err
	}
	for _, p := range m.peers() {
		if err := m.startPeer(ctx, p, dir); err != nil {
			return err
		}
	}
	return nil
}

// startPeer starts a peer, unless no workload goes through it or it is not installed.
func (m *meter) startPeer(ctx context.Context, p *peer, dir string) error {
	if !slices.ContainsFunc(choose(m.o.only, m.o.rate), func(l workload) bool { return l.sees(p.name) }) {
		return nil
	}
	m.result.Peers = append(m.result.Peers, entrant{Name: p.name, About: p.about})
	about := m.result.about(p.name)
	if p.begin == nil {
		m.through = append(m.through, p)
		return nil
	}
	times := 1
	if p.name == nameStrowger {
		times = starts
	}
	for n := range times {
		if err := p.proc.Stop(); err != nil {
			return err
		}
		took, err := m.launch(ctx, p, dir)
		if absent, ok := errors.AsType[absentError](err); ok {
			about.Absent, about.How = absent.Error(), p.how
			fmt.Fprintf(m.log, "left out: %s: %s; to install it: %s\n", p.name, about.Absent, about.How)
			return nil
		}
		if p.proc != nil && n == 0 {
			m.through = append(m.through, p) // and so it is stopped, whatever happens
		}
		if err != nil {
			return err
		}
		about.Starts = append(about.Starts, milliseconds(took))
	}
	if err := m.settle(ctx, p, nil); err != nil {
		return err
	}
	m.weigh(p, &about.Idle)
	return nil
}

// close stops all, the last first.
func (m *meter) close() error {
	var errs []error
	for _, p := range slices.Backward(m.through) {
		errs = append(errs, p.proc.Stop())
	}
	return errors.Join(append(errs, m.provider.Stop())...)
}

// weigh notes the memory of a peer and all its processes.
func (m *meter) weigh(p *peer, w *weight) {
	if p.proc == nil {
		return
	}
	for _, pid := range process.Family(p.proc.Pid) {
		resident, own, err := process.Memory(pid)
		if err != nil {
			m.result.note("memory is not known: " + err.Error())
		}
		w.Resident += resident
		w.Own += own
	}
}

// round measures one workload once through every peer; who is first changes.
func (m *meter) round(ctx context.Context, l workload, n int) (round, error) {
	var through []*peer
	for _, p := range m.through {
		if l.sees(p.name) {
			through = append(through, p)
		}
	}
	r := round{}
	for i := range through {
		p := through[(i+n)%len(through)]
		t, err := m.turn(ctx, l, p)
		if err != nil {
			return r, fmt.Errorf("%s, %s: %w", l.Name, p.name, err)
		}
		r[p.name] = t
		fmt.Fprintf(m.log, "%d/%d %-7s %-19s %7.0f/s %8.1f µs CPU  p50 %.3f p99 %.3f ms\n", n+1, m.o.rounds, l.Name, p.name, t.Rate, t.CPU, t.P50, t.P99)
	}
	return r, nil
}

// turn sends one block of requests through a peer.
func (m *meter) turn(ctx context.Context, l workload, p *peer) (turn, error) {
	at := p.proc
	if at == nil {
		at = m.provider
	}
	b, err := traffic.Open(ctx, p.asked(l), at.Addr, p.header, m.o.connections, &m.serial)
	if err != nil {
		return turn{}, err
	}
	defer b.Close()
	warm, err := m.send(ctx, l, b, p, m.o.turn/10) // until everything is warm
	if err != nil {
		return turn{}, err
	}
	t, err := m.send(ctx, l, b, p, m.o.turn)
	t.Dropped += warm.Dropped
	p.last, p.wrote = l, t.Requests-t.Dropped
	return t, err
}

// send sends requests for that long and waits until all that they cause is done.
func (m *meter) send(ctx context.Context, l workload, b *traffic.Block, p *peer, d time.Duration) (t turn, err error) {
	clock, begin := m.clock(p), time.Now()
	var s *traffic.Sent
	if l.Rate > 0 {
		if s, err = b.OpenLoop(ctx, d, l.Rate); err != nil {
			return t, err
		}
	} else {
		s = b.Closed(ctx, d)
	}
	busy := float64(m.clock(p)-clock) / float64(time.Since(begin))
	n := s.Times.Len()
	m.result.Answers += n
	if p.records {
		p.sent += n
	}
	if len(b.Wrong) > 0 {
		m.result.Wrong += int64(len(b.Wrong))
		return t, fmt.Errorf("wrong: %w", errors.Join(b.Wrong...))
	}
	if err := ctx.Err(); err != nil {
		return t, err
	}
	if err := m.settle(ctx, p, &t.Dropped); err != nil {
		return t, err
	}
	t.CPU = float64((m.clock(p) - clock).Nanoseconds()) / 1e3 / float64(max(n, 1))
	t.Rate = math.Round(float64(n) / s.Took.Seconds())
	t.Requests, t.Unsent, t.Busy = n, s.Missed, math.Round(busy*1000)/1000
	t.P50, t.P90, t.P99, t.P999 = milliseconds(s.Times.Percentile(50)), milliseconds(s.Times.Percentile(90)),
		milliseconds(s.Times.Percentile(99)), milliseconds(s.Times.Percentile(99.9))
	return t, nil
}

// settle waits for what comes after the last answer: the record, or a connection's end. What
// the record lost meanwhile goes to dropped.
func (m *meter) settle(ctx context.Context, p *peer, dropped *int64) error {
	if !p.records {
		time.Sleep(20 * time.Millisecond)
		return nil
	}
	r, err := process.Recorded(ctx, p.proc.Addr, p.sent, recordTime)
	about := m.result.about(p.name)
	if dropped != nil {
		*dropped = r.Dropped - about.Record.Dropped
	}
	about.Record = r
	return err
}

// clock is the CPU time of a peer so far.
func (m *meter) clock(p *peer) (all time.Duration) {
	if p.proc == nil {
		return 0
	}
	for _, pid := range process.Family(p.proc.Pid) {
		t, err := process.CPUTime(pid)
		if err != nil {
			m.result.note("CPU time is not known: " + err.Error())
		}
		all += t
	}
	return all
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()/100) / 1e4 }
