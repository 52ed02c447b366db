//go:build unix

package control_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/desktop/control"
	"strowger/desktop/store"
)

// cpu is what the process has used so far.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ended is an exchange that has ended.
type ended struct {
	report  *exchange.Report
	samples []stats.Sample
}

// exchanges makes plain exchanges with two candidates, as they go under load.
type exchanges struct {
	router *router.Router
	state  router.State
	now    time.Time
	n      int
}

func newExchanges(tb testing.TB) *exchanges {
	tb.Helper()
	config, err := catalog.ReadJSON([]byte(`{"providers":[{"name":"sim","schema":"openai","base_url":"http://sim"},{"name":"spare","schema":"openai","base_url":"http://spare"}],
		"models":[{"id":"openai/gpt-4o-mini","endpoints":[{"provider":"sim","price":{"input":2500000,"output":10000000}},{"provider":"spare","price":{"input":3000000,"output":12000000}}]}],"routing":{}}`))
	if err != nil {
		tb.Fatal(err)
	}
	c, err := catalog.New(config)
	if err != nil {
		tb.Fatal(err)
	}
	return &exchanges{router: router.New(c), now: time.Now()}
}

func (x *exchanges) next() (e ended) {
	x.n++
	x.now = x.now.Add(time.Duration(40+x.n%23) * time.Microsecond)
	now := x.now
	made := x.router.Open(router.Call{
		ID:   fmt.Sprintf("%08x-%04x-7%03x-8%03x-%012x", now.UnixMilli()>>16, now.UnixMilli()&0xffff, x.n*7919&0xfff, x.n*104729&0xfff, x.n*15485863&0xffffffffffff),
		Seed: uint64(x.n) * 0x9E3779B97F4A7C15, Body: []byte(`{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"hello"}],"max_tokens":256}`),
		Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat},
	})
	for i, event := range []exchange.Event{x.state.Started(), exchange.Headers{Attempt: 1, Status: 200, Header: func(string) string { return "" }},
		exchange.Data{Attempt: 1, Bytes: []byte(`{"id":"chatcmpl-9","object":"chat.completion","created":1750000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"An answer."},"finish_reason":"stop"}],"usage":{"prompt_tokens":60,"completion_tokens":90,"total_tokens":150}}`)},
		exchange.Ended{Attempt: 1}} {
		for _, command := range made.Step(now, event) {
			switch c := command.(type) {
			case exchange.Send:
				x.state.Board.Begin(c.Endpoint.ID, c.Endpoint.Provider, now)
			case exchange.Record:
				x.state.Board.Finish(c.Sample.Endpoint)
				x.state.Board.Fold(c.Sample)
				e.samples = append(e.samples, c.Sample)
			case exchange.Finish:
				e.report = c.Report
			}
		}
		now = now.Add(time.Duration(20+x.n*(i+7)%977) * time.Microsecond)
	}
	return e
}

// BenchmarkRecorded is what a finished request costs from Record to the disk, the exchange itself
// apart, as fast as it goes.
func BenchmarkRecorded(b *testing.B) {
	s, err := store.Open(filepath.Join(b.TempDir(), store.FileName), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	f, x := control.NewFeed(s, 0), newExchanges(b)
	list := make([]ended, 256)
	used := time.Duration(0)
	b.ReportAllocs()
	for left := b.N; left > 0; left -= len(list) {
		b.StopTimer()
		some := list[:min(left, len(list))]
		for i := range some {
			some[i] = x.next()
		}
		b.StartTimer()
		began := cpu(b)
		for i := range some {
			f.Record(some[i].report, some[i].samples, nil)
		}
		for s.Counters().Queued > 0 {
			time.Sleep(time.Millisecond)
		}
		used += cpu(b) - began
	}
	began := cpu(b)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	used += cpu(b) - began
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N)/1e3, "cpu-µs/request")
	if c := s.Counters(); c.Written != int64(b.N) {
		b.Fatalf("%+v", c)
	}
}

// TestRecordedDocuments: what is read of a record is what the report says, to the byte.
func TestRecordedDocuments(t *testing.T) {
	s, err := store.Open(filepath.Join(t.TempDir(), store.FileName), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f, x := control.NewFeed(s, 0), newExchanges(t)
	want := map[string][]byte{}
	for i := range 700 {
		e := ended{report: report(i)}
		if i%9 > 0 {
			e = x.next()
		}
		want[e.report.ID] = e.report.AppendJSON(nil)
		f.Record(e.report, e.samples, nil)
	}
	for s.Counters().Queued > 0 {
		time.Sleep(time.Millisecond)
	}
	err = s.Each(t.Context(), store.Query{Docs: true}, func(d store.Decision) error {
		if !bytes.Equal(d.Doc, want[d.ID]) {
			t.Errorf("%s is %s\nwant %s", d.ID, d.Doc, want[d.ID])
		}
		delete(want, d.ID)
		return nil
	})
	if err != nil || len(want) > 0 {
		t.Errorf("%d are missing, %v", len(want), err)
	}
}
