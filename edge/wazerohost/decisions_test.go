package wazerohost

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/llm"
	"strowger/core/plan/plantest"
	"strowger/core/router"
	"strowger/edge/abi"
	"strowger/edge/abi/abitest"
)

// The number of decisions that are made both ways: cases, times the seeds tried in each.
const (
	cases = 3000
	seeds = 4
)

// TestDecisionsAreEqual makes generated decisions with the core and with the module. A third
// of them is about conversations that auto mode chooses models for, each carried out both
// ways, so that the next depends on it.
func TestDecisionsAreEqual(t *testing.T) {
	h := newHost(t, Options{})
	made, refused, chosen, stayed := 0, 0, 0, 0
	for n := range uint64(cases) {
		c := plantest.Generate(n)
		cat, err := catalog.New(c.Config)
		if err != nil {
			t.Fatalf("case %d: %v", n, err)
		}
		if _, err := h.ConfigureAfresh(t.Context(), catalog.AppendJSON(nil, c.Config)); err != nil {
			t.Fatalf("case %d: %v", n, err)
		}
		for _, s := range c.Samples {
			if err := h.Fold(s); err != nil {
				t.Fatalf("case %d: %v", n, err)
			}
		}
		r, state := router.New(cat), &router.State{Board: *c.Board()}
		target := chat
		if c.Route != "" {
			target, _ = r.EntryOf(c.Route)
		}
		if n%3 == 0 {
			for i, body := range c.Conversation(seeds) {
				call := router.Call{ID: fmt.Sprint("d", i), Seed: c.Seed + uint64(i), Entry: chat, Key: c.Key, Body: body}
				now := c.Now.Add(time.Duration(i) * 10 * time.Second)
				want, isRefusal := native(r, state, call, now)
				if got := carried(t, h, call, now); !bytes.Equal(got, want) {
					t.Fatalf("case %d, turn %d\n native %s\n wasm   %s", n, i, want, got)
				}
				carryOut(t, h, r, state, call, now)
				if made++; isRefusal {
					refused++
				} else if chosen++; bytes.Contains(want, []byte(`"last":{`)) {
					stayed++
				}
			}
			continue
		}
		for seed := range uint64(seeds) {
			call := router.Call{ID: "d", Seed: c.Seed + seed, Entry: target, Key: c.Key, Body: c.Body, ProviderHeader: c.Header}
			want, isRefusal := native(r, state, call, c.Now)
			if got := carried(t, h, call, c.Now); !bytes.Equal(got, want) {
				t.Fatalf("case %d, seed %d\n native %s\n wasm   %s", n, seed, want, got)
			}
			if made++; isRefusal {
				refused++
			}
		}
	}
	t.Logf("%d decisions, %d of them refusals, %d by auto mode, %d of those in the middle of a conversation", made, refused, chosen, stayed)
	if chosen < made/5 || stayed < chosen/4 {
		t.Errorf("auto mode chose %d times of %d, %d times in the middle of a conversation: too few", chosen, made, stayed)
	}
	if refused > made/4 {
		t.Errorf("%d of %d are refusals: too little is decided", refused, made)
	}
}

// carryOut has the request answered by the first endpoint of its plan, by the core and by the
// module, which have to say the same.
func carryOut(t *testing.T, h *Host, r *router.Router, state *router.State, call router.Call, now time.Time) {
	t.Helper()
	ours := r.Open(call)
	theirs, err := h.Open(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	step := func(ev exchange.Event) (sent *exchange.Send) {
		t.Helper()
		if _, ok := ev.(exchange.Started); ok {
			ev = state.Started()
		}
		cmds := ours.Step(now, ev)
		state.Apply(now, cmds)
		var want []string
		for _, cmd := range cmds {
			want = append(want, exchangetest.Describe(cmd))
			if s, ok := cmd.(exchange.Send); ok {
				sent = &s
			}
		}
		got, err := theirs.Step(t.Context(), now, ev)
		if err != nil {
			t.Fatal(err)
		}
		if lines := abitest.Describe(got); !slices.Equal(lines, want) {
			t.Fatalf("%s\n native %q\n wasm   %q", call.Body, want, lines)
		}
		now = now.Add(time.Second)
		return sent
	}
	if sent := step(exchange.Started{}); sent != nil {
		step(exchange.Headers{Attempt: sent.Attempt, Status: 200})
		step(exchange.Data{Attempt: sent.Attempt, Bytes: plantest.Answer(sent.Endpoint.Schema.String())})
		step(exchange.Ended{Attempt: sent.Attempt})
	}
	step(exchange.Left{})
	if err := theirs.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// native is what the core decides, and whether that is a refusal.
func native(r *router.Router, state *router.State, c router.Call, now time.Time) ([]byte, bool) {
	d, refused := r.Decide(c, state, now)
	if refused == nil {
		return d.AppendJSON(nil), false
	}
	return refusal(refused, router.Ingress(c.Entry.Schema).AppendError(nil, refused)), true
}

// carried is what the module decides.
func carried(t *testing.T, h *Host, c router.Call, now time.Time) []byte {
	t.Helper()
	d, err := h.Decide(t.Context(), c, now)
	var refused *abi.Refusal
	if errors.As(err, &refused) {
		return refusal(&refused.Err, refused.Body)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func refusal(e *llm.Error, body []byte) []byte {
	return fmt.Appendf(nil, "%s %d %q %s %s", e.Code, e.Status, e.Param, e.Message, body)
}
