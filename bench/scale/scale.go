package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// Steps of what grows.
type steps struct {
	idle, active, bodies, endpoints, candidates, routes []int
	records                                             []int64
	connections, turns                                  int
	starts                                              int // how often one is started, where that is timed
}

func stepsOf(o options) steps {
	if o.small {
		return steps{idle: []int{0, 20}, active: []int{10, 20}, bodies: []int{356, 20_000}, endpoints: []int{2, 20}, candidates: []int{2, 20},
			routes: []int{1, 10}, records: []int64{0, 500}, connections: 4, turns: 1, starts: 1}
	}
	s := steps{idle: []int{0, 1_000, 3_000, 10_000}, active: []int{100, 500, 1_000, 2_000}, bodies: []int{356, 2_000, 20_000, 200_000, 2_000_000},
		endpoints: []int{2, 10, 100, 1_000}, candidates: []int{2, 10, 100, 1_000}, routes: []int{1, 50, 500}, connections: 64, turns: 3, starts: 3, records: []int64{0}}
	for n := int64(10_000); n <= o.samples; n *= 10 {
		s.records = append(s.records, n)
	}
	return s
}

// parts are what there is to measure, in their order: cores comes first, for afterwards this
// process stays on one of them.
var parts = []struct {
	name    string
	measure func(*meter, context.Context, *part) error
}{
	{"cores", (*meter).evenly},
	{"idle", (*meter).idle},
	{"active", (*meter).active},
	{"bodies", (*meter).bodies},
	{"endpoints", (*meter).endpoints},
	{"candidates", (*meter).candidates},
	{"routes", (*meter).routes},
	{"record", (*meter).records},
}

// names are those of all parts.
func names() (all []string) {
	for _, p := range parts {
		all = append(all, p.name)
	}
	return all
}

// meter is a run.
type meter struct {
	o      options
	steps  steps
	log    io.Writer
	dir    string
	cores  process.Cores
	serial atomic.Int64
	result result

	provider *process.Process
}

// scale is the whole run.
func scale(ctx context.Context, o options, out, log io.Writer) (err error) {
	m := &meter{o: o, steps: stepsOf(o), log: log}
	if m.dir, err = os.MkdirTemp("", "strowger-scale-"); err != nil {
		return err
	}
	defer os.RemoveAll(m.dir)
	if o.strowger == "" {
		fmt.Fprintln(log, "building strowger")
		m.o.strowger = filepath.Join(m.dir, "strowger-under-scale")
		if err := process.Build(ctx, m.o.strowger, "-trimpath", "-ldflags=-s -w"); err != nil {
			return err
		}
	}
	begin := time.Now()
	m.result = result{Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Processor: process.Processor(), At: begin.UTC().Truncate(time.Second)}
	if err = m.all(ctx); ctx.Err() != nil {
		return ctx.Err() // what was measured is not all
	}
	m.result.Took = time.Since(begin).Seconds()
	_, _ = out.Write(m.result.markdown()) // whoever reads it no more has left
	if o.json != "" {
		err = errors.Join(err, m.result.save(o.json))
	}
	if o.docs && err == nil {
		err = m.result.document(figures.Dir)
	}
	if err == nil {
		err = m.result.missed()
	}
	return err
}

// all measures the parts that are wanted, with a provider for those that share a core with this process,
// and one before that for the first part.
func (m *meter) all(ctx context.Context) (err error) {
	wanted := func(name string) bool { return len(m.o.only) == 0 || slices.Contains(m.o.only, name) }
	for i, p := range parts {
		if i == 1 {
			if err := m.provider.Stop(); err != nil {
				return err
			}
			m.provider = nil
			m.cores = process.Divide(true)
			m.result.Cores = m.cores.About
			fmt.Fprintln(m.log, m.cores.About)
		}
		if !wanted(p.name) {
			continue
		}
		if m.provider == nil {
			if err := m.provide(ctx); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, m.provider.Stop()) }()
		}
		from, one := time.Now(), &part{Name: p.name}
		m.result.Parts = append(m.result.Parts, one)
		if err := p.measure(m, ctx, one); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Fprintf(m.log, "%s took %s\n", p.name, time.Since(from).Round(time.Second))
	}
	return nil
}

// provide starts the provider.
func (m *meter) provide(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, wordProvider)
	m.provider, err = process.Start(ctx, wordProvider, cmd, func() error { return m.cores.Start(true, cmd.Start) })
	return err
}

// add notes a point, and tells it.
func (m *meter) add(p *part, x float64, name string, values ...float64) {
	q := point{X: x, Name: name, Values: values}
	p.Points = append(p.Points, q)
	fmt.Fprintln(m.log, p.line(q))
}

// server is a strowger that is measured.
type server struct {
	*process.Process
	dir  string        // its own
	took time.Duration // from its start to the whole first answer
	sent int64         // requests, that the record is to have
}

// Stop ends it and removes its folder: there may be no room for the records of all.
func (s *server) Stop() error { return errors.Join(s.Process.Stop(), os.RemoveAll(s.dir)) }

// plain is a request as most are.
var plain = traffic.Workload{Name: "plain", Size: 356, Routed: true}

// serve starts "strowger serve" with a configuration, in a folder of its own; data is the folder of the
// record, or empty for a new one. The first request is l.
func (m *meter) serve(ctx context.Context, config []byte, data string, l traffic.Workload, env ...string) (*server, error) {
	dir, err := os.MkdirTemp(m.dir, "serve-")
	if err != nil {
		return nil, err
	}
	if data == "" {
		data = process.Data(dir)
	}
	cmd, err := process.ServeData(m.o.strowger, dir, data, config)
	if err != nil {
		return nil, err
	}
	cmd.Env = slices.Concat(os.Environ(), []string{keyName + "=" + traffic.Key}, env)
	begin := time.Now()
	p, err := process.Start(ctx, "strowger", cmd, func() error { return m.cores.Start(false, cmd.Start) })
	if err != nil {
		return nil, err
	}
	s := &server{Process: p, dir: dir}
	b, err := traffic.Open(ctx, l, p.Addr, "", 1, &m.serial)
	if err == nil {
		s.sent = b.Once(ctx).Times.Len()
		b.Close()
		err = errors.Join(b.Wrong...)
	}
	if s.took = time.Since(begin); err != nil {
		return nil, fmt.Errorf("the first answer: %w", errors.Join(err, s.Stop()))
	}
	return s, nil
}

// begins starts strowger a few times, and gives the last and how long it took at the median.
func (m *meter) begins(ctx context.Context, config []byte, data string, l traffic.Workload) (s *server, took time.Duration, err error) {
	var all []time.Duration
	for n := range m.steps.starts {
		if s, err = m.serve(ctx, config, data, l); err != nil {
			return nil, 0, err
		}
		all = append(all, s.took)
		if n < m.steps.starts-1 {
			if err := s.Stop(); err != nil {
				return nil, 0, err
			}
		}
	}
	return s, median(all), nil
}

// cost is what requests cost in a closed loop.
type cost struct {
	cpu  float64 // µs each
	rate float64 // a second
	p50  time.Duration
}

// requests sends requests in a few turns, after a shorter one to warm up, and gives the medians. What it costs to
// record them is in it.
func (m *meter) requests(ctx context.Context, s *server, l traffic.Workload, connections int) (cost, error) {
	b, err := traffic.Open(ctx, l, s.Addr, "", connections, &m.serial)
	if err != nil {
		return cost{}, err
	}
	defer b.Close()
	var cpus, rates []float64
	var times []time.Duration
	for turn := range m.steps.turns + 1 {
		before, err := process.CPUTime(s.Pid)
		if err != nil && runtime.GOOS == "linux" {
			return cost{}, err
		}
		d := m.o.turn
		if turn == 0 {
			d /= 4
		}
		sent := b.Closed(ctx, d)
		n := sent.Times.Len()
		s.sent += n
		if err := errors.Join(append(b.Wrong, ctx.Err())...); err != nil {
			return cost{}, err
		}
		if _, err := process.Recorded(ctx, s.Addr, s.sent, time.Minute); err != nil {
			return cost{}, err
		}
		after, _ := process.CPUTime(s.Pid) // it was there before
		if turn > 0 {
			cpus = append(cpus, micro(after-before)/float64(n))
			rates = append(rates, float64(n)/sent.Took.Seconds())
			times = append(times, sent.Times.Percentile(50))
		}
	}
	return cost{median(cpus), median(rates), median(times)}, nil
}

func median[T int64 | float64 | time.Duration](vs []T) T {
	return slices.Sorted(slices.Values(vs))[len(vs)/2]
}

func micro(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

func milli(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// keyName is the environment variable with the provider's key.
const keyName = "STROWGER_SCALE_KEY"

// offers writes endpoints of a model, one a line.
func offers(b []byte, n int) []byte {
	b = append(b, "    endpoints:\n"...)
	for i := range n {
		b = fmt.Appendf(b, "      - {provider: sim%d, model: %s, price: {input: %.3f, output: 10}, context: 10000000}\n", i, traffic.Upstream, 2.5+0.001*float64(i))
	}
	return b
}

// configuration has so many models, with so many endpoints each, every one at another provider. All
// models but the first are never asked for.
func (m *meter) configuration(models, endpoints int) []byte {
	b := []byte("record: {retention: 87600h}\nproviders:\n")
	for i := range endpoints {
		b = fmt.Appendf(b, "  sim%d: {schema: openai, base_url: \"http://%s/v1\", api_key: \"env:%s\"}\n", i, m.provider.Addr, keyName)
	}
	b = append(b, "models:\n"...)
	for i := range models {
		name := traffic.Model
		if i > 0 {
			name += fmt.Sprintf("-%d", i)
		}
		b = offers(fmt.Appendf(b, "  %s:\n", name), endpoints)
	}
	return b
}

// small is the configuration of everything that does not grow with it.
func (m *meter) small() []byte { return m.configuration(1, 2) }
