package wazerohost

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/router"
	"strowger/edge/abi"
)

// A request of limited() may cost a cent; more are members of the catalog.
func limited(more string) []byte {
	return []byte(`{"providers":[{"name":"p","schema":"openai","base_url":"http://p"}],"models":[{"id":"a/m","endpoints":[{"provider":"p","price":{"output":1000000000}}]}],"routing":{},` + more + `}`)
}

func cent() router.Call {
	return router.Call{ID: "d1", Seed: 1, Entry: chat, Body: []byte(`{"model":"a/m","max_tokens":10,"messages":[{"role":"user","content":"hi"}]}`)}
}

func limitedHost(t *testing.T, opts Options, more string, tags ...string) *Host {
	t.Helper()
	h := newHost(t, opts, tags...)
	if _, err := h.ConfigureAfresh(t.Context(), limited(more)); err != nil {
		t.Fatal(err)
	}
	return h
}

// try opens an exchange and tells whether it is sent.
func try(t *testing.T, h *Host, c router.Call) (x *Exchange, sent bool) {
	t.Helper()
	x, err := h.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, cmd := range step(t, x, 0, exchange.Started{}) {
		switch cmd := cmd.Command.(type) {
		case exchange.Send:
			return x, true
		case exchange.Reply:
			if cmd.Status != 429 {
				t.Fatalf("answered with %d", cmd.Status)
			}
		}
	}
	return x, false
}

func wantTry(t *testing.T, h *Host, what string, want bool) *Exchange {
	t.Helper()
	x, sent := try(t, h, cent())
	if sent != want {
		t.Errorf("%s: sent %v", what, sent)
	}
	return x
}

const centAndHalf = `"cost_limits":[{"most":15000,"per":"day"}]`

// TestLimitHoldsForAllInstances has several instances share one limit.
func TestLimitHoldsForAllInstances(t *testing.T) {
	h := limitedHost(t, Options{Instances: 2}, centAndHalf)
	one := wantTry(t, h, "the first", true)
	two := wantTry(t, h, "the second", false)
	if one.on == two.on {
		t.Fatal("both are on one instance")
	}
	if d, err := h.Decide(t.Context(), cent(), exchangetest.Epoch); err != nil || bytes.Contains(d, []byte(`"plan":["p/m"]`)) {
		t.Errorf("a decision does not see what is reserved: %v %s", err, d)
	}
	finish(t, one) // nothing was spent
	finish(t, two)
	three := wantTry(t, h, "after the first has gone", true)
	if err := three.Close(t.Context()); err != nil { // in the middle
		t.Fatal(err)
	}
	finish(t, wantTry(t, h, "after one that was given up", true))
	four := wantTry(t, h, "before the catalog comes again", true)
	if _, err := h.Configure(t.Context(), limited(centAndHalf)); err != nil {
		t.Fatal(err)
	}
	finish(t, wantTry(t, h, "after the catalog came again", false))
	finish(t, four)
}

// TestRateHoldsForAllInstances is the same about how often requests come.
func TestRateHoldsForAllInstances(t *testing.T) {
	h := limitedHost(t, Options{Instances: 2}, `"keys":[{"name":"k","sha256":"`+strings.Repeat("a", 64)+`","rate_requests":1,"rate_per_us":60000000}]`)
	c := cent()
	c.Key = "k"
	one, first := try(t, h, c)
	two, second := try(t, h, c)
	if !first || second || one.on == two.on {
		t.Errorf("sent %v and %v", first, second)
	}
}

// TestLostMoneyIsSpent drops the instance that money was reserved on: by a trap, by its size,
// and before anybody noticed.
func TestLostMoneyIsSpent(t *testing.T) {
	for name, notice := range map[string]func(*Exchange) error{
		"by a step": func(x *Exchange) error {
			_, err := x.Step(t.Context(), exchangetest.Epoch, exchange.Left{})
			return err
		},
		"by closing": func(x *Exchange) error { _ = x.Close(t.Context()); return ErrLost },
		"by nobody":  func(*Exchange) error { return ErrLost },
	} {
		h := limitedHost(t, Options{}, centAndHalf, "strowger_panic")
		x := wantTry(t, h, name, true)
		if _, err := x.on.module.ExportedFunction("strowger_panic").Call(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := notice(x); !errors.Is(err, ErrLost) {
			t.Error(name, err)
		}
		if name == "by nobody" {
			h.drop(t.Context(), x.on)
		}
		y := wantTry(t, h, name+": then", false)
		if y.on == x.on {
			t.Error(name, "the instance is still used")
		}
		accounts, _ := h.accounts.ledger.Accounts(exchangetest.Epoch)
		if len(accounts) != 1 || accounts[0].Per != catalog.PerDay || accounts[0].Spent+accounts[0].Reserved < 10_000 || name != "by nobody" && accounts[0].Reserved != 0 {
			t.Errorf("%s: %+v", name, accounts)
		}
	}
}

// TestGrownInstanceKeepsAccounts replaces an instance after each exchange.
func TestGrownInstanceKeepsAccounts(t *testing.T) {
	h := limitedHost(t, Options{Watermark: 1}, centAndHalf)
	x := wantTry(t, h, "the first", true)
	const answer = `{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":9,"total_tokens":10}}`
	step(t, x, time.Second, exchange.Headers{Attempt: 1, Status: 200, Header: func(string) string { return "" }})
	step(t, x, time.Second, exchange.Data{Attempt: 1, Bytes: []byte(answer)})
	step(t, x, time.Second, exchange.Ended{Attempt: 1})
	if err := x.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	y := wantTry(t, h, "on the next instance", false)
	if y.on == x.on {
		t.Error("the instance was not replaced")
	}
	if doc := string(abi.AppendAccounts(nil, &h.accounts.ledger, exchangetest.Epoch)); !strings.Contains(doc, `"spent_micro":9000,"reserved_micro":0`) {
		t.Error(doc)
	}
}

// TestLimitHoldsAtOnce lets many race for a limit that three of them fit into.
func TestLimitHoldsAtOnce(t *testing.T) {
	h := limitedHost(t, Options{Instances: 3}, `"cost_limits":[{"most":35000,"per":"day"}]`)
	var sent atomic.Int32
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			x, err := h.Open(t.Context(), cent())
			if err != nil {
				t.Error(err)
				return
			}
			cmds, err := x.Step(t.Context(), exchangetest.Epoch, exchange.Started{})
			if err != nil {
				t.Error(err)
			}
			for _, cmd := range cmds {
				if _, ok := cmd.Command.(exchange.Send); ok {
					sent.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := sent.Load(); n != 3 {
		t.Errorf("%d were sent", n)
	}
}
