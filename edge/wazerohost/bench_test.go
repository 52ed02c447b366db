package wazerohost

import (
	"strconv"
	"strings"
	"testing"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/edge/abi"
)

// sized is a request whose body has that many bytes.
func sized(bytes int) router.Call {
	return call(strings.Repeat("x", bytes-len(call("").Body)))
}

func nativeRouter(b *testing.B) *router.Router {
	b.Helper()
	cfg, err := catalog.ReadJSON([]byte(catalogJSON))
	if err != nil {
		b.Fatal(err)
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	return router.New(cat)
}

// BenchmarkDecide is one decision as JSON: by the core, by the core behind the boundary,
// and by the module.
func BenchmarkDecide(b *testing.B) {
	for _, size := range []int{1 << 10, 20 << 10, 200 << 10} {
		c := sized(size)
		name := strconv.Itoa(size>>10) + "kB/"
		b.Run(name+"native", func(b *testing.B) {
			r, state := nativeRouter(b), &router.State{}
			b.ReportAllocs()
			for b.Loop() {
				d, _ := r.Decide(c, state, exchangetest.Epoch)
				d.AppendJSON(nil)
			}
		})
		b.Run(name+"boundary", func(b *testing.B) {
			var m abi.Machine
			m.Configure(nil, abi.AppendConfigure(nil, false), []byte(catalogJSON))
			b.ReportAllocs()
			for b.Loop() {
				m.Decide(nil, abi.AppendDecide(nil, c, exchangetest.Epoch), c.Body)
			}
		})
		b.Run(name+"wasm", func(b *testing.B) {
			h := newHost(b, Options{})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := h.Decide(b.Context(), c, exchangetest.Epoch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

const chunk = `data: {"id":"chatcmpl-B7x","object":"chat.completion.chunk","created":1,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}` + "\n\n"

// BenchmarkChunk is one chunk of a stream that has begun.
func BenchmarkChunk(b *testing.B) {
	data := []byte(chunk)
	b.Run("native", func(b *testing.B) {
		x := nativeRouter(b).Open(sized(1 << 10))
		x.Step(exchangetest.Epoch, exchange.Started{Stats: &stats.Board{}})
		x.Step(exchangetest.Epoch, exchange.Headers{Attempt: 1, Status: 200})
		b.ReportAllocs()
		var out []byte
		for b.Loop() {
			written, cmds := x.Data(out[:0], exchangetest.Epoch.UnixMicro(), 1, data)
			if out = written; len(written)+len(cmds) == 0 {
				b.Fatal("nothing is written")
			}
		}
	})
	b.Run("wasm", func(b *testing.B) {
		x, err := newHost(b, Options{}).Open(b.Context(), sized(1<<10))
		if err != nil {
			b.Fatal(err)
		}
		for _, ev := range []exchange.Event{exchange.Started{}, exchange.Headers{Attempt: 1, Status: 200}} {
			if _, err := x.Step(b.Context(), exchangetest.Epoch, ev); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportAllocs()
		for b.Loop() {
			if written, cmds, err := x.Data(b.Context(), exchangetest.Epoch, 1, data); err != nil || len(written)+len(cmds) == 0 {
				b.Fatal(cmds, err)
			}
		}
	})
}

// BenchmarkExchange is a whole request of 1 kB with an answer of ten chunks.
func BenchmarkExchange(b *testing.B) {
	stream := []exchange.Event{exchange.Started{}, exchange.Headers{Attempt: 1, Status: 200}}
	for range 10 {
		stream = append(stream, exchange.Data{Attempt: 1, Bytes: []byte(chunk)})
	}
	stream = append(stream, exchange.Data{Attempt: 1, Bytes: []byte(strings.Replace(chunk, "null", `"stop"`, 1) + "data: [DONE]\n\n")})
	c := sized(1 << 10)
	b.Run("native", func(b *testing.B) {
		r, state := nativeRouter(b), &router.State{}
		for b.Loop() {
			x := r.Open(c)
			for _, ev := range stream {
				if _, ok := ev.(exchange.Started); ok {
					ev = exchange.Started{Stats: &state.Board, Ledger: &state.Ledger}
				}
				state.Apply(exchangetest.Epoch, x.Step(exchangetest.Epoch, ev))
			}
		}
	})
	b.Run("wasm", func(b *testing.B) {
		h := newHost(b, Options{})
		for b.Loop() {
			x, err := h.Open(b.Context(), c)
			if err != nil {
				b.Fatal(err)
			}
			for _, ev := range stream {
				if _, err := x.Step(b.Context(), exchangetest.Epoch, ev); err != nil {
					b.Fatal(err)
				}
			}
			if err := x.Close(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(h.live[0].module.Memory().Size())/(1<<20), "MiB")
	})
}

// BenchmarkStart is what a cold start costs: with the code compiled, and from the cache.
func BenchmarkStart(b *testing.B) {
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			newHost(b, Options{CacheDir: b.TempDir()})
		}
	})
	b.Run("cached", func(b *testing.B) {
		for b.Loop() {
			newHost(b, Options{})
		}
	})
	b.Run("instance", func(b *testing.B) {
		h := newHost(b, Options{})
		for b.Loop() {
			if err := h.add(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
