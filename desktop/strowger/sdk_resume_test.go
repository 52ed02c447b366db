package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"strowger/bench/provider"
)

const counted = "one two three four five six seven eight nine ten"

// A stream that breaks off and goes on elsewhere is one stream to the SDK.
func TestSDKResumed(t *testing.T) {
	broken := func(f provider.Fault) provider.Options {
		return provider.Options{Behaviour: provider.Behaviour{Text: counted, Fault: f, After: 4}}
	}
	good := provider.Options{Behaviour: provider.Behaviour{Text: counted}, Seed: 7}
	prefilling := provider.Options{Behaviour: provider.Behaviour{Text: counted, Prefill: true}, Seed: 7}
	recovering := provider.Options{Script: func(n int64, _ time.Duration) provider.Behaviour {
		if n == 1 {
			return broken(provider.FaultCut).Behaviour
		}
		return prefilling.Behaviour
	}}
	trickling := good
	trickling.Behaviour.Fault = provider.FaultTrickle
	const prefill, hold = "routing: {resume: prefill}\n", "routing: {hold: whole}\n"
	for name, x := range map[string]struct {
		more   string
		first  provider.Options
		second *provider.Options
	}{
		"replay behind a cut":           {"", broken(provider.FaultCut), &good},
		"replay behind silence":         {"", broken(provider.FaultStall), &good},
		"replay behind an error":        {"", broken(provider.FaultErrorEvent), &good},
		"replay behind a missing end":   {"", broken(provider.FaultNoFinish), &good},
		"replay in a few bytes at once": {"", broken(provider.FaultCut), &trickling},
		"prefill elsewhere":             {prefill, broken(provider.FaultCut), &prefilling},
		"prefill by the same":           {prefill, recovering, nil},
		"held back":                     {hold, broken(provider.FaultCut), &good},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := []provider.Options{x.first}
			if x.second != nil {
				options = append(options, *x.second)
			}
			cfg, ps := simulate(t, x.more, options...)
			if x.more == prefill {
				cfg = strings.ReplaceAll(cfg, "price: {input", "prefill: true, price: {input")
			}
			c := client(serving(t, cfg, t.TempDir()))
			params := asking("hello")
			params.StreamOptions.IncludeUsage = openai.Bool(true)
			acc, chunks, err := stream(t.Context(), c, params)
			if err != nil {
				t.Fatal(err)
			}
			if got := acc.Choices[0]; got.Message.Content != counted || got.FinishReason != "stop" || acc.Usage.TotalTokens == 0 {
				t.Errorf("%+v, usage %+v", got, acc.Usage)
			}
			for i, chunk := range chunks {
				if chunk.Model != sim || chunk.ID != chunks[0].ID {
					t.Fatalf("chunk %d: %s", i, chunk.RawJSON())
				}
			}
			last := string(ps[len(ps)-1].Last().Body)
			if begun := `{"role":"assistant","content":"one two three four"}`; strings.Contains(last, begun) != (x.more == prefill) {
				t.Errorf("asked to go on: %s", last)
			}
		})
	}
}

// A second answer that is another, or nobody who may go on: the SDK is told, and keeps what it had.
func TestSDKNotResumed(t *testing.T) {
	cut := failing(provider.Behaviour{Text: counted, Fault: provider.FaultCut, After: 4})
	for name, x := range map[string]struct {
		more   string
		second string
		asked  int64
	}{
		"another text":   {"", "one two three apples", 1},
		"a shorter text": {"", "one two three", 1},
		"resume is off":  {"routing: {resume: off}\n", counted, 0},
		"nobody can":     {"routing: {resume: prefill}\n", counted, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, ps := simulate(t, x.more, cut, failing(provider.Behaviour{Text: x.second}))
			acc, _, err := stream(t.Context(), client(serving(t, cfg, t.TempDir())), asking("hello"))
			var e *ssestream.StreamError
			if !errors.As(err, &e) {
				t.Fatalf("%T %v, want an error event", err, err)
			}
			if got := acc.Choices[0]; got.Message.Content != "one two three four" || got.FinishReason != "" {
				t.Errorf("%+v", got)
			}
			if n := ps[1].Requests(); n != x.asked {
				t.Errorf("the second was asked %d times, want %d", n, x.asked)
			}
		})
	}
}
