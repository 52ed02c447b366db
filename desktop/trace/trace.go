// Package trace exports what has happened as OpenTelemetry traces: each exchange is a span of
// kind SERVER, each attempt of it that was sent a span of kind CLIENT below it, with the attributes
// of the GenAI conventions and some of our own, strowger.*. What is exported and what never is
// stands in docs/reference/tracing.md.
//
// Spans are made from the report of an exchange that has ended, beside the traffic, and delivered
// in batches. A collector that is slow, full or away disturbs nothing: what cannot wait is dropped
// and counted.
//
//	s, warnings := trace.FromEnvironment(os.Getenv)
//	if s != nil { e := trace.Start(*s); defer e.Close(); … e.Trace(report, nil) }
package trace

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"strowger/core/exchange"
)

// Counters say what became of the spans since the start.
type Counters struct {
	Delivered int64 // spans that a collector has taken
	Dropped   int64 // spans that none has: the queue was full, or it refused them or stayed away
	Queued    int   // exchanges whose spans are still to be made
}

// The defaults of Settings, and what bounds a batch.
const (
	defaultQueue   = 2048
	defaultDelay   = 2 * time.Second
	defaultTimeout = 10 * time.Second
	defaultBackoff = time.Second
	batchSpans     = 512
	batchBytes     = 4 << 20
)

// closeTime is how long Close goes on delivering.
const closeTime = 3 * time.Second

// Exporter takes exchanges that have ended and delivers their spans. Its methods may be called
// from any goroutine.
type Exporter struct {
	s      Settings
	client *http.Client
	queue  chan ended
	envelope
	secrets []string // not to stand in the log

	ctx     context.Context // ends what Close does not wait for
	cancel  context.CancelFunc
	closing chan struct{}
	closed  chan struct{}
	once    sync.Once

	delivered, dropped atomic.Int64
	full               atomic.Bool // it has been said that the queue is
	failing            bool        // it has been said that nothing is delivered; the worker's
}

// ended is an exchange that waits for its spans.
type ended struct {
	report *exchange.Report
	in     place
}

// Start starts an exporter. Close ends it.
func Start(s Settings) *Exporter {
	s.Queue, s.Delay = cmp.Or(s.Queue, defaultQueue), cmp.Or(s.Delay, defaultDelay)
	s.Timeout, s.Backoff = cmp.Or(s.Timeout, defaultTimeout), cmp.Or(s.Backoff, defaultBackoff)
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	e := &Exporter{s: s, client: newClient(), queue: make(chan ended, s.Queue), envelope: newEnvelope(&s), secrets: s.secrets(),
		closing: make(chan struct{}), closed: make(chan struct{})}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	go e.work()
	return e
}

// Trace exports an exchange if it is to be sampled; parent are the traceparent headers that came
// with it. It implements proxy.Tracer and does not block.
func (e *Exporter) Trace(r *exchange.Report, parent []string) {
	in, sampled := e.s.Sampler.place(r.ID, parent)
	if !sampled {
		return
	}
	select {
	case e.queue <- ended{r, in}:
	default:
		e.dropped.Add(int64(spansOf(r)))
		if e.full.CompareAndSwap(false, true) {
			e.s.Log.Warn("traces are dropped: the collector does not keep up", "collector", e.s.host(), "waiting", e.s.Queue)
		}
	}
}

// Counters are those since the start; of a nil Exporter all are 0.
func (e *Exporter) Counters() Counters {
	if e == nil {
		return Counters{}
	}
	return Counters{Delivered: e.delivered.Load(), Dropped: e.dropped.Load(), Queued: len(e.queue)}
}

// Close delivers what waits, for a few seconds at most, and ends. No exchanges may come any more.
func (e *Exporter) Close() error {
	late := time.AfterFunc(closeTime, e.cancel)
	defer late.Stop()
	e.once.Do(func() { close(e.closing) })
	<-e.closed
	e.cancel()
	e.client.CloseIdleConnections()
	return nil
}

// work makes spans and delivers them until the exporter is closed.
func (e *Exporter) work() {
	defer close(e.closed)
	for {
		select {
		case x := <-e.queue:
			e.deliver(e.gather(x))
		case <-e.closing:
			for {
				select {
				case x := <-e.queue:
					e.deliver(e.gather(x))
				default:
					return
				}
			}
		}
	}
}

// gather makes a batch of x and what comes within the delay behind it.
func (e *Exporter) gather(x ended) (b batch) {
	timer := time.NewTimer(e.s.Delay)
	defer timer.Stop()
	for {
		if e.add(&b, x); b.count >= batchSpans || len(b.spans) >= batchBytes {
			return b
		}
		select {
		case x = <-e.queue:
			continue
		default:
			e.full.Store(false)
		}
		select {
		case x = <-e.queue:
		case <-timer.C:
			return b
		case <-e.closing: // work takes the rest
			return b
		}
	}
}

// add adds the spans of an exchange. A bug there costs these spans and nothing else.
func (e *Exporter) add(b *batch, x ended) {
	spans, count := b.spans, b.count
	defer func() {
		if v := recover(); v != nil {
			b.spans, b.count = spans, count
			e.dropped.Add(int64(spansOf(x.report)))
			e.s.Log.Error("a bug: making spans panicked", "decision", x.report.ID, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		}
	}()
	b.add(x.report, x.in)
}
