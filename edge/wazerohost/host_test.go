package wazerohost

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/edge/abi"
	"strowger/edge/slim/module/moduletest"
)

const catalogJSON = `{"providers":[{"name":"p","schema":"openai","base_url":"http://p"},{"name":"q","schema":"openai","base_url":"http://q"}],"models":[{"id":"a/m","endpoints":[{"provider":"p"},{"provider":"q"}]}],"routing":{}}`

var chat = router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}

func call(text string) router.Call {
	body := `{"model":"a/m","stream":true,"messages":[{"role":"user","content":"` + text + `"}]}`
	return router.Call{ID: "d1", Seed: 1, Entry: chat, Body: []byte(body)}
}

// newHost is a host of the module as it is shipped, compiled once for all tests.
func newHost(t testing.TB, opts Options, tags ...string) *Host {
	t.Helper()
	if opts.CacheDir == "" {
		opts.CacheDir = cacheDir
	}
	h, err := New(t.Context(), moduletest.Reactor(t, tags...), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if _, err := h.Configure(t.Context(), []byte(catalogJSON)); err != nil {
		t.Fatal(err)
	}
	return h
}

// cacheDir is where the tests of this package share compiled code.
var cacheDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "wazerohost")
	if err != nil {
		panic(err)
	}
	cacheDir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func begin(t *testing.T, h *Host, c router.Call) *Exchange {
	t.Helper()
	x, err := h.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if cmds := step(t, x, 0, exchange.Started{}); len(cmds) < 2 {
		t.Fatalf("started: %v", cmds)
	}
	return x
}

func step(t *testing.T, x *Exchange, after time.Duration, ev exchange.Event) []abi.Command {
	t.Helper()
	cmds, err := x.Step(t.Context(), exchangetest.Epoch.Add(after), ev)
	if err != nil {
		t.Fatal(err)
	}
	return cmds
}

func finish(t *testing.T, x *Exchange) {
	t.Helper()
	step(t, x, time.Second, exchange.Left{})
	if err := x.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Step(t.Context(), exchangetest.Epoch, exchange.Woke{}); !errors.Is(err, ErrClosed) {
		t.Errorf("step after close: %v", err)
	}
}

func TestMistakesAreErrors(t *testing.T) {
	h := newHost(t, Options{})
	_, err := h.Configure(t.Context(), []byte(`{"models":[{"id":"x"}]}`))
	if err == nil || !strings.Contains(err.Error(), "author/name") {
		t.Errorf("a bad catalog: %v", err)
	}
	_, err = h.Decide(t.Context(), router.Call{Entry: chat, Body: []byte(`{"model":"a/n","messages":[{}]}`)}, exchangetest.Epoch)
	var refusal *abi.Refusal
	if !errors.As(err, &refusal) || refusal.Err.Code != llm.CodeModelNotFound || !bytes.Contains(refusal.Body, []byte("a/m")) {
		t.Errorf("an unknown model: %#v", err)
	}
	var mistake *abi.Error
	if _, err := h.Models(t.Context(), "nothing"); !errors.As(err, &mistake) || mistake.Code != abi.CodeNotFound {
		t.Errorf("an unknown model: %v", err)
	}
	if list, err := h.Models(t.Context(), ""); err != nil || !bytes.Contains(list, []byte(`"id":"a/m"`)) {
		t.Errorf("models: %s %v", list, err)
	}
	if err := h.Fold(stats.Sample{Endpoint: "p/m"}); err == nil {
		t.Error("a sample without an outcome is taken")
	}
	huge := router.Call{ID: "x", Entry: chat, Body: make([]byte, abi.MaxRaw+abi.MaxControl)}
	if _, err := h.Open(t.Context(), huge); !errors.As(err, &mistake) || mistake.Code != abi.CodeLimit {
		t.Errorf("a huge body: %v", err)
	}
	if _, err := New(t.Context(), []byte("\x00asm\x01\x00\x00\x00"), Options{}); err == nil {
		t.Error("an empty module is taken")
	}
	finish(t, begin(t, h, call("hi"))) // it all did no harm
}

// TestGrownInstanceIsReplaced gives an instance a big body and sees it go, but not before
// the exchange that is still on it.
// A decision is made again from its own JSON, by any instance; one of another configuration is not.
func TestRecall(t *testing.T) {
	h := newHost(t, Options{})
	decided, err := h.Decide(t.Context(), call("hello"), time.UnixMicro(1_750_000_000_000_000))
	if err != nil {
		t.Fatal(err)
	}
	again, equal, err := h.Recall(t.Context(), decided)
	if err != nil || !equal || !bytes.Equal(again, decided) {
		t.Fatalf("%v %t\n%s\n%s", err, equal, decided, again)
	}
	for text, doc := range map[string][]byte{
		"it was decided under the configuration 0000000000000000": bytes.Replace(decided, decided[bytes.Index(decided, []byte(`"rev":"`))+7:][:16], []byte("0000000000000000"), 1),
		"seed: expected 16 hexadecimal digits":                    bytes.Replace(decided, []byte(`"seed":"0`), []byte(`"seed":"x`), 1),
		"invalid JSON":                                            []byte("x"),
	} {
		var e *abi.Error
		if _, _, err := h.Recall(t.Context(), doc); !errors.As(err, &e) || e.Code != abi.CodeDecision || !strings.Contains(e.Message, text) {
			t.Errorf("%v, want %s", err, text)
		}
	}
}

func TestGrownInstanceIsReplaced(t *testing.T) {
	h := newHost(t, Options{Watermark: 24 << 20})
	small := begin(t, h, call("hi"))
	first := h.live[0]
	finish(t, begin(t, h, call(strings.Repeat("long ", 2<<20))))
	if len(h.live) != 1 || !first.retired {
		t.Fatalf("%d instances, the grown one retired: %v", len(h.live), first.retired)
	}
	next := begin(t, h, call("hi"))
	if next.on == first || len(h.live) != 2 {
		t.Fatalf("the grown instance is still used, %d instances", len(h.live))
	}
	finish(t, next)
	finish(t, small) // an open exchange goes on
	if len(h.live) != 1 || h.live[0] == first {
		t.Fatalf("%d instances are left", len(h.live))
	}
	d, err := h.Decide(t.Context(), call("hi"), exchangetest.Epoch)
	if err != nil || !bytes.Contains(d, []byte(`"in_flight":0`)) {
		t.Errorf("%v %s", err, d)
	}
}

// TestInstancesShareWhatTheyMeasure opens an endpoint's circuit on one instance and asks
// the other, and one that is made later.
func TestInstancesShareWhatTheyMeasure(t *testing.T) {
	h := newHost(t, Options{Instances: 2})
	one := begin(t, h, call("hi"))
	other := begin(t, h, call("hi"))
	if one.on == other.on {
		t.Fatal("both are on one instance")
	}
	for range 3 {
		x := begin(t, h, call("hi"))
		step(t, x, time.Millisecond, exchange.Failed{Attempt: 1, Outcome: stats.OutcomeUnreachable})
		finish(t, x)
	}
	open := func(name string) {
		t.Helper()
		d, err := h.Decide(t.Context(), call("hi"), exchangetest.Epoch.Add(time.Second))
		if err != nil || !bytes.Contains(d, []byte(`"plan":["q/m","p/m"]`)) || !bytes.Contains(d, []byte(`"failures":3`)) {
			t.Errorf("%s: %v %s", name, err, d)
		}
	}
	open("the idlest")
	x := begin(t, h, call("hi")) // takes the idlest
	open("the other")
	for _, i := range []*instance{one.on, other.on} {
		i.end(t.Context(), ErrLost)
	}
	if _, err := x.Step(t.Context(), exchangetest.Epoch, exchange.Left{}); !errors.Is(err, ErrLost) {
		t.Errorf("step on a lost instance: %v", err)
	}
	if err := x.Close(t.Context()); err != nil {
		t.Error(err)
	}
	_, _ = h.Decide(t.Context(), call("hi"), exchangetest.Epoch) // whoever notices
	_, _ = h.Decide(t.Context(), call("hi"), exchangetest.Epoch)
	open("a new one")
	if _, err := h.ConfigureAfresh(t.Context(), []byte(catalogJSON)); err != nil {
		t.Fatal(err)
	}
	d, err := h.Decide(t.Context(), call("hi"), exchangetest.Epoch)
	if err != nil || bytes.Contains(d, []byte(`"failures":3`)) {
		t.Errorf("afresh: %v %s", err, d)
	}
}

func TestPanicDropsTheInstance(t *testing.T) {
	var said bytes.Buffer
	h := newHost(t, Options{Stderr: &said}, "strowger_panic")
	x, y := begin(t, h, call("hi")), begin(t, h, call("hi"))
	if _, err := x.on.module.ExportedFunction("strowger_panic").Call(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := x.Step(t.Context(), exchangetest.Epoch, exchange.Left{})
	if !errors.Is(err, ErrLost) || !strings.Contains(err.Error(), "dead: the module has failed: on request") {
		t.Errorf("after the panic: %v", err)
	}
	if !strings.Contains(said.String(), "exports.exportPanic") {
		t.Errorf("standard error: %q", said.String())
	}
	if _, err := y.Step(t.Context(), exchangetest.Epoch, exchange.Left{}); !errors.Is(err, ErrLost) {
		t.Errorf("another exchange: %v", err)
	}
	finish(t, begin(t, h, call("hi")))
}

func TestOutOfMemoryDropsTheInstance(t *testing.T) {
	h := newHost(t, Options{MemoryLimit: 16 << 20})
	if _, err := h.Open(t.Context(), call(strings.Repeat("x", 20<<20))); !errors.Is(err, ErrLost) {
		t.Errorf("a body beyond the limit: %v", err)
	}
	finish(t, begin(t, h, call("hi")))
}

func TestClose(t *testing.T) {
	h := newHost(t, Options{})
	x := begin(t, h, call("hi"))
	if err := h.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err1 := h.Open(t.Context(), call("hi"))
	_, err2 := h.Configure(t.Context(), []byte(catalogJSON))
	_, err3 := x.Step(t.Context(), exchangetest.Epoch, exchange.Left{})
	for _, err := range []error{err1, err2, err3} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("after close: %v", err)
		}
	}
	if err := x.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestManyAtOnce uses a host from many goroutines, for the race detector.
func TestManyAtOnce(t *testing.T) {
	h := newHost(t, Options{Instances: 3, Watermark: 4 << 20})
	t.Run("all", func(t *testing.T) {
		for n := range 8 {
			t.Run(strconv.Itoa(n), func(t *testing.T) {
				t.Parallel()
				for range 20 {
					x := begin(t, h, call(strings.Repeat("hi", 1000*n)))
					step(t, x, time.Millisecond, exchange.Failed{Attempt: 1, Outcome: stats.OutcomeUnreachable})
					if _, err := h.Decide(t.Context(), call("hi"), exchangetest.Epoch); err != nil {
						t.Error(err)
					}
					if _, err := h.Configure(t.Context(), []byte(catalogJSON)); err != nil {
						t.Error(err)
					}
					finish(t, x)
				}
			})
		}
	})
	for _, i := range h.live {
		if i.users != 0 {
			t.Errorf("%d users are left on an instance", i.users)
		}
	}
}
