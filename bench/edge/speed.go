package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/edge/wazerohost"
)

// now is the moment of every decision.
var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// configuration has two models at three providers, with prices.
var configuration = catalog.Config{
	Providers: []catalog.Provider{
		{Name: "north", Schema: llm.SchemaOpenAI, BaseURL: "https://north.example/v1", KeyRef: "env:NORTH"},
		{Name: "south", Schema: llm.SchemaOpenAI, BaseURL: "https://south.example/v1", KeyRef: "env:SOUTH"},
		{Name: "west", Schema: llm.SchemaAnthropic, BaseURL: "https://west.example", KeyRef: "env:WEST"},
	},
	Models: []catalog.Model{
		{ID: "a/one", Endpoints: []catalog.Endpoint{
			{Provider: "north", Price: catalog.Price{Input: 2_500_000, Output: 10_000_000, Known: true}},
			{Provider: "south", Price: catalog.Price{Input: 2_000_000, Output: 9_000_000, Known: true}},
		}},
		{ID: "b/two", Endpoints: []catalog.Endpoint{{Provider: "west", Price: catalog.Price{Input: 3_000_000, Output: 15_000_000, Known: true}}}},
	},
}

// request is a call whose body has so many bytes.
func request(bytes int) router.Call {
	body := `{"model":"a/one","stream":true,"messages":[{"role":"user","content":""}]}`
	body = strings.Replace(body, `""`, `"`+strings.Repeat("x", max(bytes-len(body), 0))+`"`, 1)
	return router.Call{ID: "d1", Seed: 1, Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}, Body: []byte(body)}
}

const chunk = `data: {"id":"chatcmpl-B7x","object":"chat.completion.chunk","created":1,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}` + "\n\n"

// pair is one thing done by the native core and by the module.
type pair struct {
	name         string
	micros       float64 // what the module may take at most, in microseconds
	times        float64 // and how many times as long as the native core; 0: however many
	native, wasm func() error
}

// speed lets the native core and the module take turns.
func speed(ctx context.Context, b *bench) error {
	h, err := b.host(ctx, wazerohost.Options{})
	if err != nil {
		return err
	}
	defer h.Close(ctx)
	cat, err := catalog.New(configuration)
	if err != nil {
		return err
	}
	r := router.New(cat)
	pairs := []pair{
		decision(ctx, h, r, "decision, 1 KB", request(1<<10), 25, 4),
		decision(ctx, h, r, "decision, 20 KB", request(20<<10), 0, 0),
		decision(ctx, h, r, "decision, 200 KB", request(200<<10), 1500, 0),
	}
	stream, err := chunks(ctx, h, r)
	if err != nil {
		return err
	}
	for _, p := range append(pairs, stream) {
		if err := b.compare(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// decision is a request read, planned, and explained as JSON.
func decision(ctx context.Context, h *wazerohost.Host, r *router.Router, name string, c router.Call, micros, times float64) pair {
	state := &router.State{}
	var out []byte
	return pair{name, micros, times, func() error {
		d, refused := r.Decide(c, state, now)
		if refused != nil {
			return refused
		}
		out = d.AppendJSON(out[:0])
		return nil
	}, func() error {
		_, err := h.Decide(ctx, c, now)
		return err
	}}
}

// chunks is one event of a stream that has begun, from the provider's bytes to the caller's.
func chunks(ctx context.Context, h *wazerohost.Host, r *router.Router) (pair, error) {
	native := r.Open(request(1 << 10))
	wasm, err := h.Open(ctx, request(1<<10))
	if err != nil {
		return pair{}, err
	}
	state := &router.State{}
	for _, ev := range []exchange.Event{exchange.Started{}, exchange.Headers{Attempt: 1, Status: 200}} {
		if _, err := wasm.Step(ctx, now, ev); err != nil {
			return pair{}, err
		}
		if _, ok := ev.(exchange.Started); ok {
			ev = state.Started()
		}
		native.Step(now, ev)
	}
	data := []byte(chunk)
	var out []byte
	return pair{"chunk of a stream", 1, 0, func() error {
		written, cmds := native.Data(out[:0], now.UnixMicro(), 1, data)
		if out = written; len(written)+len(cmds) == 0 {
			return errors.New("nothing is written")
		}
		return nil
	}, func() error {
		written, cmds, err := wasm.Data(ctx, now, 1, data)
		if err == nil && len(written)+len(cmds) == 0 {
			err = errors.New("nothing is written")
		}
		return err
	}}, nil
}

// compare gives each side its turn in every round. A ratio is one of a round.
func (b *bench) compare(ctx context.Context, p pair) error {
	var native, wasm, ratios []float64
	for range b.o.rounds {
		n, err := b.turn(ctx, p.native)
		if err != nil {
			return err
		}
		w, err := b.turn(ctx, p.wasm)
		if err != nil {
			return err
		}
		native, wasm, ratios = append(native, n), append(wasm, w), append(ratios, w/n)
	}
	b.note(p.name+": native core", "µs", 0, native...)
	b.note(p.name+": module on wazero", "µs", p.micros, wasm...)
	b.note(p.name+": module / native", "x", p.times, ratios...)
	return nil
}

// turn does something for a while, and gives the microseconds of one time.
func (b *bench) turn(ctx context.Context, do func() error) (micros float64, err error) {
	const batch = 16
	times := 0
	began := time.Now()
	for time.Since(began) < b.o.turn {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		for range batch {
			if err := do(); err != nil {
				return 0, err
			}
		}
		times += batch
	}
	return float64(time.Since(began).Nanoseconds()) / 1e3 / float64(times), nil
}

// host is a configured host of the module.
func (b *bench) host(ctx context.Context, o wazerohost.Options) (*wazerohost.Host, error) {
	if o.CacheDir == "" {
		o.CacheDir = filepath.Join(b.dir, "compiled")
	}
	h, err := wazerohost.New(ctx, b.wasm, o)
	if err != nil {
		return nil, err
	}
	if _, err := h.Configure(ctx, catalog.AppendJSON(nil, configuration)); err != nil {
		return nil, errors.Join(err, h.Close(ctx))
	}
	return h, nil
}
