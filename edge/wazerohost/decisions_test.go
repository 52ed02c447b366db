package wazerohost

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/plan/plantest"
	"strowger/core/router"
	"strowger/edge/abi"
)

// The number of decisions that are made both ways: cases, times the seeds tried in each.
const (
	cases = 3000
	seeds = 4
)

// TestDecisionsAreEqual makes generated decisions with the core and with the module.
func TestDecisionsAreEqual(t *testing.T) {
	h := newHost(t, Options{})
	made, refused := 0, 0
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
	t.Logf("%d decisions, %d of them refusals", made, refused)
	if refused > made/4 {
		t.Errorf("%d of %d are refusals: too little is decided", refused, made)
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
