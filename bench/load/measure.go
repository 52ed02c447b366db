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

	"strowger/bench/process"
)

// What requests go through.
const (
	nameProvider = "provider"
	nameDirect   = "direct"
	nameReverse  = "ReverseProxy"
	nameStrowger = "strowger"
)

// starts is how often strowger is started, to see how long it takes.
const starts = 3

// meter is a run.
type meter struct {
	o      options
	log    io.Writer
	cores  cores
	serial atomic.Int64 // number of the last request

	provider, reverse, strowger *process.Process

	sent   int64 // requests that the measured strowger has been sent
	result result
}

// load is the whole run.
func load(ctx context.Context, o options, out, log io.Writer) error {
	dir, err := os.MkdirTemp("", "strowger-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	m := &meter{o: o, log: log}
	if o.strowger == "" {
		fmt.Fprintln(log, "building strowger")
		m.o.strowger = filepath.Join(dir, "strowger-under-load")
		if err = process.Build(ctx, m.o.strowger, "-trimpath", "-ldflags=-s -w"); err != nil {
			return err
		}
	}
	err = errors.Join(m.run(ctx, dir), m.close())
	if err != nil {
		m.result.Failures = append(m.result.Failures, err.Error())
	}
	m.result.summarize()
	m.result.write(out)
	if o.json != "" {
		err = errors.Join(err, m.result.save(o.json))
	}
	return err
}

func (m *meter) run(ctx context.Context, dir string) error {
	begin := time.Now()
	m.cores = divide(m.o.pin)
	m.result = result{
		Requests: m.o.requests, Connections: m.o.connections, Cores: m.cores.about,
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, At: begin.UTC().Truncate(time.Second),
	}
	fmt.Fprintln(m.log, m.cores.about)
	if err := m.startAll(ctx, dir); err != nil {
		return err
	}
	for _, l := range workloads(m.o.only) {
		m.result.Workloads = append(m.result.Workloads, measured{Name: l.name, About: l.about, Bytes: len(l.body())})
	}
	var longest time.Duration
	for n := range m.o.rounds {
		if n > 0 && time.Since(begin)+longest > m.o.limit {
			fmt.Fprintf(m.log, "no more rounds: another would not end within %s\n", m.o.limit)
			break
		}
		from := time.Now()
		for i, l := range workloads(m.o.only) {
			r, err := m.round(ctx, l, n)
			if err != nil {
				return err
			}
			m.result.Workloads[i].Rounds = append(m.result.Workloads[i].Rounds, r)
		}
		longest = max(longest, time.Since(from))
	}
	m.result.Took = time.Since(begin).Seconds()
	m.weigh(&m.result.Loaded)
	return nil
}

// startAll starts the peers, strowger a few times, and weighs them at rest.
func (m *meter) startAll(ctx context.Context, dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if m.provider, err = start(ctx, m.cores, nameProvider, exec.Command(self, peerProvider)); err != nil {
		return err
	}
	if m.reverse, err = start(ctx, m.cores, nameReverse, exec.Command(self, peerReverse, "http://"+m.provider.Addr)); err != nil {
		return err
	}
	for range starts {
		if err := m.strowger.Stop(); err != nil {
			return err
		}
		var took time.Duration
		if m.strowger, took, err = serve(ctx, m.cores, m.o.strowger, dir, m.provider.Addr, &m.serial); err != nil {
			return err
		}
		m.result.Starts = append(m.result.Starts, milliseconds(took))
	}
	m.sent = 1
	m.result.Answers += starts
	if m.result.Record, err = recorded(ctx, m.strowger.Addr, m.sent, recordTime); err != nil {
		return err
	}
	m.weigh(&m.result.Idle)
	return nil
}

func (m *meter) close() error {
	return errors.Join(m.strowger.Stop(), m.reverse.Stop(), m.provider.Stop())
}

// weigh notes the memory of both proxies.
func (m *meter) weigh(w *weights) {
	for _, p := range []struct {
		peer *process.Process
		to   *weight
	}{{m.reverse, &w.Reverse}, {m.strowger, &w.Strowger}} {
		var err error
		if p.to.Resident, p.to.Own, err = memory(p.peer.Pid); err != nil {
			m.result.note("memory is not known: " + err.Error())
		}
	}
}

// round measures one workload once through every peer; who is first changes.
func (m *meter) round(ctx context.Context, l workload, n int) (round, error) {
	var r round
	turns := []func() error{
		func() (err error) { r.Direct, err = m.turn(ctx, l, nil); return },
		func() (err error) { r.Reverse, err = m.turn(ctx, l, m.reverse); return },
		func() (err error) { r.Strowger, err = m.turn(ctx, l, m.strowger); return },
	}
	for i := range turns {
		if err := turns[(i+n)%len(turns)](); err != nil {
			return r, err
		}
	}
	fmt.Fprintf(m.log, "round %d of %d, %-6s: direct %.0f/s, ReverseProxy %.0f/s %.1f µs, strowger %.0f/s %.1f µs\n", n+1, m.o.rounds, l.name,
		r.Direct.Rate, r.Reverse.Rate, r.Reverse.CPU, r.Strowger.Rate, r.Strowger.CPU)
	return r, nil
}

// turn sends one block of requests to a proxy, or to the provider if there is none.
func (m *meter) turn(ctx context.Context, l workload, p *process.Process) (turn, error) {
	name, addr := nameDirect, m.provider.Addr
	if p != nil {
		name, addr = p.Name, p.Addr
	}
	fail := func(err error) (turn, error) { return turn{}, fmt.Errorf("%s, %s: %w", l.name, name, err) }
	b, err := openBlock(ctx, l, addr, m.o.connections, &m.serial)
	if err != nil {
		return fail(err)
	}
	defer b.close()
	if err := m.send(ctx, b, p, min(2*m.o.connections, m.o.requests), nil); err != nil {
		return fail(err)
	}
	var t turn
	if err := m.send(ctx, b, p, m.o.requests, &t); err != nil {
		return fail(err)
	}
	return t, nil
}

// send sends requests and waits until all that they cause is done.
func (m *meter) send(ctx context.Context, b *block, p *process.Process, requests int, t *turn) error {
	before := m.clock(p)
	begin := time.Now()
	times := b.send(ctx, requests)
	took := time.Since(begin)
	m.result.Answers += int64(len(times))
	if len(b.wrong) > 0 {
		m.result.Wrong += int64(len(b.wrong))
		return fmt.Errorf("wrong: %w", errors.Join(b.wrong...))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := m.settle(ctx, p, int64(requests)); err != nil {
		return err
	}
	if t == nil {
		return nil
	}
	slices.Sort(times)
	*t = turn{
		CPU:  float64((m.clock(p) - before).Nanoseconds()) / 1e3 / float64(requests),
		Rate: math.Round(float64(requests) / took.Seconds()),
		P50:  milliseconds(percentile(times, 50)), P99: milliseconds(percentile(times, 99)),
	}
	return nil
}

// settle waits for what comes after the last answer: the record, or a connection's end.
func (m *meter) settle(ctx context.Context, p *process.Process, requests int64) (err error) {
	if p != m.strowger {
		time.Sleep(20 * time.Millisecond)
		return nil
	}
	m.sent += requests
	m.result.Record, err = recorded(ctx, p.Addr, m.sent, recordTime)
	return err
}

// clock is the CPU time of a proxy so far.
func (m *meter) clock(p *process.Process) time.Duration {
	if p == nil {
		return 0
	}
	t, err := cpuTime(p.Pid)
	if err != nil {
		m.result.note("CPU time is not known: " + err.Error())
	}
	return t
}

// percentile of sorted times.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
