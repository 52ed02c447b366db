package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"strowger/core/exchange"
	"strowger/edge/slim/module"
	"strowger/edge/wazerohost"
)

// build makes the module as it is shipped.
func (b *bench) build() (err error) {
	if err := module.Build(b.file()); err != nil {
		return err
	}
	b.wasm, err = os.ReadFile(b.file())
	return err
}

func (b *bench) file() string { return filepath.Join(b.dir, "strowger.wasm") }

// size is what the module weighs.
func size(_ context.Context, b *bench) error {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(b.wasm); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	b.note("module", "bytes", 0, float64(len(b.wasm)))
	b.note("module with gzip", "bytes", 1_400_000, float64(packed.Len()))
	return nil
}

// start is how long it takes until the module can decide.
func start(ctx context.Context, b *bench) error {
	var compile, cached []float64
	for n := range b.o.rounds {
		dir := filepath.Join(b.dir, fmt.Sprint("compiled-", n))
		for _, list := range []*[]float64{&compile, &cached} {
			began := time.Now()
			h, err := b.host(ctx, wazerohost.Options{CacheDir: dir})
			if err != nil {
				return err
			}
			*list = append(*list, float64(time.Since(began).Microseconds())/1e3)
			if err := h.Close(ctx); err != nil {
				return err
			}
		}
	}
	b.note("start on wazero, compiled for the first time", "ms", 0, compile...)
	b.note("start on wazero, compiled before", "ms", 0, cached...)
	return nil
}

// memory carries out very many whole requests, and looks at what the module's memory and the
// instance that it is on do.
func memory(ctx context.Context, b *bench) error {
	h, err := b.host(ctx, wazerohost.Options{})
	if err != nil {
		return err
	}
	defer h.Close(ctx)
	events := []exchange.Event{exchange.Started{}, exchange.Headers{Attempt: 1, Status: 200}}
	for range 10 {
		events = append(events, exchange.Data{Attempt: 1, Bytes: []byte(chunk)})
	}
	events = append(events, exchange.Data{Attempt: 1, Bytes: []byte(strings.Replace(chunk, "null", `"stop"`, 1) + "data: [DONE]\n\n")}, exchange.Ended{Attempt: 1})
	sizes := []int{1 << 10, 20 << 10, 4 << 10}
	var early, last uint64
	began := time.Now()
	for n := range b.o.requests {
		if err := whole(ctx, h, sizes[n%len(sizes)], now.Add(time.Duration(n)*time.Millisecond), events); err != nil {
			return fmt.Errorf("request %d: %w", n, err)
		}
		if n == b.o.requests/10 {
			early = h.Memory()
		}
	}
	last = h.Memory()
	b.note("memory after a tenth of the requests", "MiB", 0, float64(early)/(1<<20))
	b.note(fmt.Sprintf("memory after %d requests", b.o.requests), "MiB", float64(early)/(1<<20), float64(last)/(1<<20))
	b.note("a request with an answer of ten chunks", "µs", 0, float64(time.Since(began).Microseconds())/float64(b.o.requests))
	return nil
}

// whole is one request, from its body to the end of its answer.
func whole(ctx context.Context, h *wazerohost.Host, bytes int, at time.Time, events []exchange.Event) error {
	x, err := h.Open(ctx, request(bytes))
	if err != nil {
		return err
	}
	finished := false
	for i, ev := range events {
		cmds, err := x.Step(ctx, at.Add(time.Duration(i)*time.Millisecond), ev)
		if err != nil {
			return err
		}
		for _, cmd := range cmds {
			if _, ok := cmd.Command.(exchange.Finish); ok {
				finished = true
			}
		}
	}
	if !finished {
		err = errors.New("it has not finished")
	}
	return errors.Join(err, x.Close(ctx))
}
