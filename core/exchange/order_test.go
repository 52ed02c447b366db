package exchange_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
)

const everything = `{"providers":[{"name":"p","schema":"openai","base_url":"http://p"},{"name":"q","schema":"openai","base_url":"http://q"}],` +
	`"models":[{"id":"a/m","endpoints":[{"provider":"p","price":{"output":9000}},{"provider":"q","price":{"output":9000}}]}],"routing":{},` +
	`"cache":{"ttl_us":60000000},"cost_limits":[{"most":1000000,"per":"day"}]}`

// TestOrder: whatever happens, money that is reserved is settled once, right before the
// end; nothing is sent before the cache has answered, and nothing is kept that was not sent.
func TestOrder(t *testing.T) {
	finished := 0
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 7))
		n := &exchangetest.Native{}
		if err := n.Configure([]byte(everything)); err != nil {
			t.Fatal(err)
		}
		body := `{"model":"a/m","messages":[{"role":"user","content":"hi"}]}`
		if rng.IntN(2) == 0 {
			body = `{"stream":true,` + body[1:]
		}
		target := router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}
		if err := n.Open(router.Call{ID: "x", Body: []byte(body), Entry: target}); err != nil {
			t.Fatal(err)
		}
		now, all := exchangetest.Epoch, []string{}
		step := func(ev exchange.Event) {
			lines, err := n.Step(now, ev)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range lines {
				word, _, _ := strings.Cut(line, " ")
				all = append(all, word)
			}
		}
		step(exchange.Started{})
		for range 12 {
			now = now.Add(time.Duration(rng.IntN(40)) * time.Second)
			step(anything(rng))
		}
		if all[len(all)-1] == "finish" {
			finished++
		} else {
			step(exchange.Left{})
		}
		text := " " + strings.Join(all, " ")
		for word, times := range map[string]int{" admit": 1, " settle": 1, " finish": 1, " settle finish": 1} {
			if strings.Count(text, word) != times {
				t.Fatalf("seed %d: not %d times%s in%s", seed, times, word, text)
			}
		}
		sends, lookups := strings.Count(text, " send"), strings.Count(text, " lookup")
		if !strings.HasPrefix(text, " admit lookup") || sends > lookups || strings.Count(text, " keep") > sends || strings.Count(text, " record") != sends {
			t.Fatalf("seed %d:%s", seed, text)
		}
	}
	if finished < 1000 {
		t.Errorf("only %d came to their end", finished)
	}
}

func anything(rng *rand.Rand) exchange.Event {
	n := 1 + rng.IntN(2)
	bodies := []string{
		"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n",
		"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
		`{"choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":9000}}`,
		`{"error":{"message":"no"}}`,
	}
	body := []byte(bodies[rng.IntN(len(bodies))])
	switch rng.IntN(14) {
	case 0, 1, 2:
		return exchange.Cached{Attempt: n}
	case 3:
		return exchange.Cached{Attempt: n, Hit: true, Body: body}
	case 4, 5:
		return exchange.Headers{Attempt: n, Status: []int{200, 200, 429, 500, 400}[rng.IntN(5)]}
	case 6, 7, 8:
		return exchange.Data{Attempt: n, Bytes: body}
	case 9, 10:
		return exchange.Ended{Attempt: n}
	case 11:
		return exchange.Failed{Attempt: n, Outcome: stats.OutcomeUnreachable, Message: "broke"}
	case 12:
		return exchange.Closing{}
	}
	return exchange.Woke{}
}
