package exchange_test

import (
	"fmt"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
)

// opened is an exchange with two endpoints, which has been started with what is known, and
// its first commands.
func opened(t *testing.T, known stats.Snapshot, more string) (*exchange.Exchange, []exchange.Command) {
	t.Helper()
	cat, err := catalog.New(catalog.Config{
		Providers: []catalog.Provider{{Name: "a", Schema: llm.SchemaOpenAI, BaseURL: "http://a"}, {Name: "b", Schema: llm.SchemaOpenAI, BaseURL: "http://b"}},
		Models:    []catalog.Model{{ID: "x/m", Endpoints: []catalog.Endpoint{{Provider: "a"}, {Provider: "b"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	x := router.New(cat).Open(router.Call{ID: "id", Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat},
		Body: fmt.Appendf(nil, `{"model":"x/m",%s"messages":[{"role":"user","content":"hi"}]}`, more)})
	return x, x.Step(began, exchange.Started{Stats: known})
}

var began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// An automatic first-token clock is three times the endpoint's 99th percentile, but never
// so little that a cold start or a model that reasons is cut.
func TestFirstTokenAuto(t *testing.T) {
	for _, c := range []struct {
		known stats.Speed // P99 in microseconds
		more  string
		want  time.Duration
	}{
		{stats.Speed{}, `"stream":true,`, 13 * time.Second},
		{stats.Speed{P99: 4_000_000}, `"stream":true,`, 13 * time.Second},
		{stats.Speed{P99: 5_000_000}, `"stream":true,`, 15 * time.Second},
		{stats.Speed{}, `"stream":true,"reasoning_effort":"high",`, 120 * time.Second},
		{stats.Speed{P99: 39_000_000}, `"stream":true,"reasoning_effort":"high",`, 120 * time.Second},
		{stats.Speed{P99: 41_000_000}, `"stream":true,"reasoning_effort":"high",`, 123 * time.Second},
		{stats.Speed{P99: 5_000_000}, ``, 150 * time.Second}, // no stream: half of the time to the deadline
	} {
		known := stats.Frozen{"a/m": {Uptime: 1000, Stream: c.known}}
		_, cmds := opened(t, known, c.more)
		var got time.Duration
		for _, cmd := range cmds {
			if w, ok := cmd.(exchange.Wake); ok {
				got = w.At.Sub(began)
			}
		}
		if got != c.want {
			t.Errorf("%+v, %q: %s, want %s", c.known, c.more, got, c.want)
		}
	}
}
