package proxy_test

import (
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"strowger/bench/provider"
	"strowger/core/exchange"
	"strowger/core/stats"
	"strowger/desktop/journaltest"
	"strowger/desktop/store"
)

// bug panics the first time.
type bug struct{ met atomic.Bool }

func (b *bug) strike() {
	if !b.met.Swap(true) {
		panic("a bug")
	}
}

func (b *bug) Resolve(string) (string, error) {
	b.strike()
	return key, nil
}

func (b *bug) Record(*exchange.Report, []stats.Sample, *store.Bodies) { b.strike() }

// buggy panics at the first write of an answer.
type buggy struct {
	http.ResponseWriter
	b *bug
}

func (w buggy) Write(p []byte) (int, error) {
	w.b.strike()
	return w.ResponseWriter.Write(p)
}

func (w buggy) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// A panic in a step ends that request with an error, and nothing else.
func TestPanics(t *testing.T) {
	t.Run("before the answer", func(t *testing.T) {
		var log journaltest.Journal
		s := setup{providers: []provider.Options{{Key: key}}}
		s.options.Secrets = &bug{}
		s.options.Log = slog.New(slog.NewTextHandler(&log, nil))
		r := newRig(t, s)
		a := r.post(body(true, "hello"))
		if a.status != 500 || !strings.Contains(a.text, `"code":"internal"`) || a.broken != nil {
			t.Errorf("%+v", a)
		}
		if !strings.Contains(log.String(), "a bug") || !strings.Contains(log.String(), "carrier.go") || strings.Contains(log.String(), key) {
			t.Errorf("log: %s", log.String())
		}
		afterPanic(t, r)
	})
	t.Run("in the answer", func(t *testing.T) {
		b := &bug{}
		r := newRig(t, setup{wrap: func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(buggy{w, b}, r) })
		}})
		if a := r.post(body(true, "sim: fault=stall after=1")); a.done || a.broken == nil {
			t.Errorf("it looks complete: %+v", a)
		}
		afterPanic(t, r)
	})
	t.Run("while recording", func(t *testing.T) {
		s := setup{}
		s.options.Recorder = &bug{}
		r := newRig(t, s)
		if a := r.post(body(true, "sim: text=well")); a.text != "well" || !a.done || a.broken != nil {
			t.Errorf("the answer suffered: %+v", a)
		}
		afterPanic(t, r)
	})
}

func afterPanic(t *testing.T, r *rig) {
	t.Helper()
	r.idle()
	if a := r.post(body(true, "sim: text=well")); a.text != "well" || !a.done {
		t.Errorf("the next request: %+v", a)
	}
	r.idle()
}
