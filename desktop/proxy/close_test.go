package proxy_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/bench/provider"
)

// Closing tells every caller: a stream that has begun gets an error event and is broken
// off, an answer that has not begun is a 503.
func TestCloseDuringAnswers(t *testing.T) {
	for _, warm := range []int{0, 8} {
		closeDuringAnswers(t, newRig(t, setup{warm: warm}))
	}
}

func closeDuringAnswers(t *testing.T, r *rig) {
	asked := []string{
		body(true, `sim: fault=stall after=2 text="one two three"`),
		body(true, "sim: tokens=100000 tps=500"),
		body(true, "sim: fault=stall_first"),
		body(true, "sim: fault=stall_headers"),
		body(false, "sim: fault=stall_headers"),
		body(false, "sim: fault=stall after=2"),
	}
	replies := make([]reply, len(asked))
	var all sync.WaitGroup
	for i, b := range asked {
		if i > 1 {
			all.Go(func() { replies[i] = r.post(b) })
			continue
		}
		resp, err := r.open(context.Background(), b) // returns when the answer has begun
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		all.Go(func() { replies[i] = read(resp) })
	}
	await(t, "all requests to arrive", func() bool { return r.providers[0].Open() == int64(len(asked)) })
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := r.proxy.Close(ctx); err != nil {
		t.Error(err)
	}
	all.Wait()
	for i, a := range replies[:2] {
		if a.done || !strings.Contains(a.failed, "shutting_down") || a.broken == nil || a.text == "" {
			t.Errorf("stream %d: done %v, error %s, broken %v, text %q", i, a.done, a.failed, a.broken, a.text)
		}
	}
	for i, a := range replies[2:] {
		if a.status != 503 || !strings.Contains(a.text, "shutting_down") || a.broken != nil {
			t.Errorf("waiting %d: %+v", i, a)
		}
	}
	r.idle()
	for _, rep := range r.rec.all() {
		if rep.Outcome != "failed" {
			t.Errorf("recorded as %s", rep.Outcome)
		}
	}
	if a := r.post(body(false, "hello")); a.status != 503 {
		t.Errorf("after closing: %+v", a)
	}
}

// Requests that come and fall back while the proxy is closed end, each in one way or the
// other.
func TestCloseUnderLoad(t *testing.T) {
	for range 3 {
		r := newRig(t, setup{providers: []provider.Options{
			{Behaviour: provider.Behaviour{Fault: provider.FaultStatus}}, {Behaviour: provider.Behaviour{Fault: provider.FaultErrorEvent}}, {}}})
		var all sync.WaitGroup
		for range 32 {
			all.Go(func() {
				for range 10 {
					if a := r.post(body(true, "hello")); a.status != 503 && (a.status != 200 || a.done == (a.failed != "")) {
						t.Errorf("%+v", a)
					}
				}
			})
		}
		await(t, "traffic", func() bool { return r.providers[2].Requests() > 50 })
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		if err := r.proxy.Close(ctx); err != nil {
			t.Error(err)
		}
		cancel()
		all.Wait()
		r.idle()
	}
}
