package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"strowger/bench/process"
	"strowger/bench/traffic"
)

// bodyConnections are fewer than elsewhere: two megabytes each are under way.
const bodyConnections = 16

// bodies sends larger and larger requests, each size to a strowger of its own.
func (m *meter) bodies(ctx context.Context, p *part) error {
	p.About = fmt.Sprintf("requests with a body of that size on %d connections, and a short answer; the most that was resident, of a process that had nothing else to do", min(bodyConnections, m.steps.connections))
	p.Along = "bytes of a body"
	p.Columns = []column{{"CPU µs a request", 1, "CPU µs a request, by its body"}, {"ns a byte", 2, "CPU ns a byte, by its body"}, {"requests/s", 0, ""}, {"most MiB", 1, "Most memory, MiB, by bodies"}}
	for _, size := range m.steps.bodies {
		s, err := m.serve(ctx, m.small(), "", plain)
		if err != nil {
			return err
		}
		c, err := m.requests(ctx, s, traffic.Workload{Name: "body", Size: size, Routed: true}, min(bodyConnections, m.steps.connections))
		most, _ := process.Peak(s.Pid) // 0 where it is not known
		if err := errors.Join(err, s.Stop()); err != nil {
			return err
		}
		m.add(p, float64(size), bytesName(size), c.cpu, c.cpu*1e3/float64(size), c.rate, mib(most))
	}
	return nil
}

// bytesName is a size for people.
func bytesName(n int) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%d MB", n/1_000_000)
	case n >= 1000:
		return fmt.Sprintf("%d KB", n/1000)
	}
	return fmt.Sprintf("%d B", n)
}

// endpoints has more and more models with two endpoints each, of which one model is asked for.
func (m *meter) endpoints(ctx context.Context, p *part) error {
	p.About = "a configuration with that many endpoints, two of each model; one model is asked for"
	p.Along = "endpoints"
	return m.configured(ctx, p, m.steps.endpoints, func(n int) ([]byte, traffic.Workload) { return m.configuration(n/2, 2), plain })
}

// candidates has a model with more and more endpoints, all of which each decision looks at.
func (m *meter) candidates(ctx context.Context, p *part) error {
	p.About = "one model with that many endpoints: each decision looks at all of them, and the record says what became of each"
	p.Along = "candidates"
	return m.configured(ctx, p, m.steps.candidates, func(n int) ([]byte, traffic.Workload) { return m.configuration(1, n), plain })
}

// routes has more and more routes, of which the last is asked for.
func (m *meter) routes(ctx context.Context, p *part) error {
	p.About = "a configuration with that many routes, two endpoints in each; the last one is asked for"
	p.Along = "routes"
	return m.configured(ctx, p, m.steps.routes, func(n int) ([]byte, traffic.Workload) {
		b := append(m.small(), "routes:\n"...)
		for i := range n {
			b = fmt.Appendf(b, "  - path: /route%[1]d\n    failover: true\n    providers:\n      - {provider: sim0, model: %[2]s, weight: 90, price: {input: 2.5, output: 10}}\n      - {provider: sim1, model: %[2]s, weight: 10, price: {input: 3, output: 12}}\n", i, traffic.Upstream)
		}
		l := plain
		l.Path = fmt.Sprintf("/route%d/v1/chat/completions", n-1)
		return b, l
	})
}

// configured measures strowger with a configuration for each size.
func (m *meter) configured(ctx context.Context, p *part, sizes []int, config func(n int) ([]byte, traffic.Workload)) error {
	p.Columns = []column{{"CPU µs a request", 1, "CPU µs a request, by " + p.Along}, {"requests/s", 0, ""}, {"start ms", 1, "Start to first answer ms, by " + p.Along}, {"resident MiB after it", 1, ""}}
	for _, n := range sizes {
		b, l := config(n)
		s, took, err := m.begins(ctx, b, "", l)
		if err != nil {
			return fmt.Errorf("%d %s: %w", n, p.Along, err)
		}
		resident, _, _ := process.Memory(s.Pid) // 0 where it is not known
		c, err := m.requests(ctx, s, l, m.steps.connections)
		if err := errors.Join(err, s.Stop()); err != nil {
			return fmt.Errorf("%d %s: %w", n, p.Along, err)
		}
		m.add(p, float64(n), "", c.cpu, c.rate, milli(took), mib(resident))
	}
	return nil
}

// evenMost is how much of strowger's CPU time, in percent, the busier one of two cores may give where
// requests come over so many connections. It is 50 to 60, also on a machine that does other things.
const (
	evenMost        = 70
	evenConnections = 64
)

// even holds the shares of two cores against the bound.
func (r *result) even(first, second float64) {
	r.Bounds = append(r.Bounds, bound{"% of the CPU time that the busier of two cores gave", 100 * max(first, second), evenMost})
}

// evenly compares one core with two. Load and provider are on the same.
func (m *meter) evenly(ctx context.Context, p *part) error {
	p.About = "strowger with GOMAXPROCS 1 and 2 on a machine with two cores, or the first two of more, that it shares with load and provider; the share of its CPU time that each core gave, looked at every few milliseconds"
	p.Along = "GOMAXPROCS"
	p.Columns = []column{{"requests/s", 0, ""}, {"CPU µs a request", 1, ""}, {"% on the first core", 0, ""}, {"% on the second", 0, ""}}
	for n := 1; n <= 2; n++ {
		s, err := m.serve(ctx, m.small(), "", plain, fmt.Sprintf("GOMAXPROCS=%d", n))
		if err != nil {
			return err
		}
		watch := process.WatchCores(s.Pid, 3*time.Millisecond)
		c, err := m.requests(ctx, s, plain, m.steps.connections)
		first, second := watch.Shares()
		if err := errors.Join(err, s.Stop()); err != nil {
			return err
		}
		m.add(p, float64(n), "", c.rate, c.cpu, 100*first, 100*second)
		if n == 2 && m.steps.connections == evenConnections {
			m.result.even(first, second)
		}
	}
	return nil
}
