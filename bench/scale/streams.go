package main

import (
	"context"
	"fmt"
	"time"

	"strowger/bench/process"
	"strowger/bench/traffic"
)

// Events of a stream that is idle, and of one that is not.
const (
	rarely = 20 * time.Second
	often  = 100 * time.Millisecond
)

// idle opens more and more streams on one strowger, and looks at what it holds and does.
func (m *meter) idle(ctx context.Context, p *part) error {
	p.About = fmt.Sprintf("streams on which nothing but an event every %s comes; memory is what the kernel counts as resident, and of that what is not mapped from files", rarely)
	p.Along = "open streams"
	p.Columns = []column{{"resident MiB", 1, "Memory, MiB, idle streams"}, {"own MiB", 1, ""}, {"own KiB a stream", 1, "Own memory of an idle stream, KiB"}, {"CPU ms a second", 1, "CPU ms a second, idle streams"}}
	s, err := m.serve(ctx, m.small(), "", plain)
	if err != nil {
		return err
	}
	streams := traffic.OpenStreams(s.Addr, true, rarely, &m.serial)
	err = m.grow(ctx, p, s, streams)
	streams.Close()
	if stop := s.Stop(); err == nil {
		err = stop
	}
	return err
}

func (m *meter) grow(ctx context.Context, p *part, s *server, streams *traffic.Streams) error {
	var before int64
	for _, want := range m.steps.idle {
		n := min(want, m.allowed())
		if n < want {
			p.Notes = append(p.Notes, fmt.Sprintf("the system lets a process have so many files that %s streams were opened instead of %s: each takes two", thousands(int64(n)), thousands(int64(want))))
		}
		if err := streams.Grow(ctx, n); err != nil {
			return err
		}
		if err := wait(ctx, m.o.turn); err != nil { // until what opening caused is done
			return err
		}
		window := 2 * m.o.turn
		clock, _ := process.CPUTime(s.Pid) // 0 where it is not known
		if err := wait(ctx, window); err != nil {
			return err
		}
		after, _ := process.CPUTime(s.Pid)
		resident, own, _ := process.Memory(s.Pid)
		if n == 0 {
			before = own
		}
		if err := streams.Err(); err != nil {
			return err
		}
		m.add(p, float64(n), "", mib(resident), mib(own), float64(own-before)/1024/float64(max(n, 1)), milli(after-clock)/window.Seconds())
	}
	return nil
}

// allowed is how many streams strowger can have, of which each takes two files.
func (m *meter) allowed() int {
	const others = 200
	most := 0
	for _, n := range m.steps.idle {
		most = max(most, n)
	}
	have, err := process.OpenFiles(uint64(2*most + others))
	if err != nil {
		return 0
	}
	return max(int(have)-others, 0) / 2
}

// active opens more and more streams with ten events a second each, straight to the provider and through
// strowger.
func (m *meter) active(ctx context.Context, p *part) error {
	p.About = "streams with ten events a second each, through strowger on one core; an event's delay is from when it was due at the provider until it was read, " +
		"and what load and provider are late by themselves is under direct"
	p.Along = "active streams"
	p.Columns = []column{{"events/s", 0, ""}, {"CPU µs an event", 2, "CPU µs an event, active streams"}, {"p50 ms", 2, "Delay of an event, ms"}, {"p99 ms", 2, "Delay of an event, ms"},
		{"p99.9 ms", 2, ""}, {"direct p50 ms", 2, ""}, {"direct p99 ms", 2, ""}, {"resident MiB", 1, "Memory, MiB, active streams"}}
	var direct []*traffic.Histogram
	streams := traffic.OpenStreams(m.provider.Addr, false, often, &m.serial)
	for _, n := range m.steps.active {
		h, _, err := m.events(ctx, streams, n, m.provider.Pid)
		if err != nil {
			streams.Close()
			return fmt.Errorf("direct: %w", err)
		}
		direct = append(direct, h)
	}
	streams.Close()
	s, err := m.serve(ctx, m.small(), "", plain)
	if err != nil {
		return err
	}
	streams = traffic.OpenStreams(s.Addr, true, often, &m.serial)
	for i, n := range m.steps.active {
		h, used, e := m.events(ctx, streams, n, s.Pid)
		if err = e; err != nil {
			break
		}
		resident, _, _ := process.Memory(s.Pid)
		m.add(p, float64(n), "", float64(h.Len())/(2*m.o.turn).Seconds(), micro(used)/float64(max(h.Len(), 1)), milli(h.Percentile(50)), milli(h.Percentile(99)),
			milli(h.Percentile(99.9)), milli(direct[i].Percentile(50)), milli(direct[i].Percentile(99)), mib(resident))
	}
	streams.Close()
	if stop := s.Stop(); err == nil {
		err = stop
	}
	return err
}

// events has n streams open for a while, and gives how late events came, and what CPU time a process used.
func (m *meter) events(ctx context.Context, streams *traffic.Streams, n, pid int) (*traffic.Histogram, time.Duration, error) {
	if err := streams.Grow(ctx, n); err != nil {
		return nil, 0, err
	}
	if err := wait(ctx, m.o.turn/2); err != nil {
		return nil, 0, err
	}
	streams.Window()
	clock, _ := process.CPUTime(pid) // 0 where it is not known
	if err := wait(ctx, 2*m.o.turn); err != nil {
		return nil, 0, err
	}
	after, _ := process.CPUTime(pid)
	return streams.Window(), after - clock, streams.Err()
}

// wait waits for that long.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
