package exchange_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
)

// TestInvariants: whatever happens in whatever order, under any configuration, each attempt is
// recorded once, there are no more of them than allowed, the caller has one answer, money that
// is reserved is settled once, at what the attempts cost, and the exchange comes to its end by
// its own wakes, with a report that agrees with all of it.
func TestInvariants(t *testing.T) {
	ends := map[string]int{}
	for seed := range uint64(3000) {
		c := newCourse(t, seed)
		c.run()
		c.check()
		outcome, resumed := c.finish.Report.Outcome, c.finish.Report.Resumed
		ends[outcome]++
		if ends[resumed]++; resumed != "" {
			ends[outcome+" resumed"]++
		}
		ends["kept"] += c.count["keep"]
		ends["settled"] += c.count["settle"]
		ends["cached"] += c.hits
	}
	for _, end := range []string{"ok", "failed", "left", "refused", "client_error", "prefill", "replay", "ok resumed", "failed resumed", "kept", "settled", "cached"} {
		if ends[end] < 3 {
			t.Errorf("too few that were %q: %v", end, ends)
		}
	}
}

// course is one exchange and what it said to do.
type course struct {
	t      *testing.T
	seed   uint64
	rng    *rand.Rand
	config string
	log    []string
	x      *exchange.Exchange
	state  router.State
	now    time.Time
	wake   time.Time // the one that is outstanding

	caller        llm.Schema
	own           llm.Schema // of the attempt at hand
	begun         int        // the attempt whose answer has begun
	stream, cache bool
	calm          bool // answers begin, and most that come are alike
	left          bool
	most          int            // attempts
	count         map[string]int // commands
	current       int            // the attempt at hand
	heard         int            // the one that headers came of
	looking       bool
	sent          []int // the numbers of attempts
	cancelled     []int
	hits          int // answers from the cache that were read
	idle          int // wakes one after the other that were answered with one for now
	cost, settled catalog.MicroDollars
	status        int
	out           bytes.Buffer
	finish        *exchange.Finish
}

func pick[T any](rng *rand.Rand, all ...T) T { return all[rng.IntN(len(all))] }

func newCourse(t *testing.T, seed uint64) *course {
	c := &course{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 99)), now: exchangetest.Epoch, count: map[string]int{}}
	c.caller = llm.SchemaOpenAI
	if seed%2 == 1 {
		c.caller = pick(c.rng, schemas()...)
	}
	c.config = anyConfig(c.rng, seed%2 == 1)
	c.cache = strings.Contains(c.config, `"cache"`)
	cfg, err := catalog.ReadJSON([]byte(c.config))
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.most = cat.Routing().MaxAttempts
	c.stream = c.rng.IntN(4) > 0
	body := askIn(c.caller, c.stream)
	entry := router.Entry{Schema: c.caller, Operation: llm.OperationChat}
	if c.caller == llm.SchemaGemini {
		entry.Model, entry.Stream = "a/m", c.stream
	}
	c.calm = c.rng.IntN(4) > 0
	if c.rng.IntN(8) == 0 {
		body = `{"provider":{"allow_fallbacks":false},` + body[1:]
	}
	c.x = router.New(cat).Open(router.Call{ID: "x", Seed: seed, Body: []byte(body), Entry: entry})
	return c
}

// anyConfig has up to four endpoints of two models, and any of the rules.
func anyConfig(rng *rand.Rand, mixed bool) string {
	var providers []string
	endpoints := [2][]string{}
	for i := range pick(rng, 1, 2, 3, 4, 4) {
		schema := llm.SchemaOpenAI
		if mixed {
			schema = pick(rng, schemas()...)
		}
		providers = append(providers, fmt.Sprintf(`{"name":"p%d","schema":%q,"base_url":"http://p%d","assemble":%v}`, i, schema, i, rng.IntN(3) == 0))
		e := fmt.Sprintf(`{"provider":"p%d","prefill":%v`, i, rng.IntN(3) == 0)
		if rng.IntN(3) > 0 {
			e += fmt.Sprintf(`,"price":{"input":%d,"output":%d,"request":%d}`, rng.IntN(3)*1000000, rng.IntN(3)*9000000, rng.IntN(2)*300)
		}
		model := min(i, rng.IntN(2)) // the first is the first model's
		endpoints[model] = append(endpoints[model], e+"}")
	}
	models := `{"id":"a/m","endpoints":[` + strings.Join(endpoints[0], ",") + `]}`
	routing := anyRouting(rng)
	if len(endpoints[1]) > 0 {
		models += `,{"id":"a/n","endpoints":[` + strings.Join(endpoints[1], ",") + `]}`
		routing += `,"fallback":["a/n"]`
	}
	config := `{"providers":[` + strings.Join(providers, ",") + `],"models":[` + models + `],"routing":{` + routing + `}`
	if rng.IntN(2) == 0 {
		config += `,"cache":{"ttl_us":60000000}`
	}
	if rng.IntN(2) == 0 {
		config += fmt.Sprintf(`,"cost_limits":[{"most":%d,"per":%q}]`, pick(rng, 20000, 100000, 100000000), pick(rng, "day", "request"))
	}
	return config + "}"
}

func anyRouting(rng *rand.Rand) string {
	return fmt.Sprintf(`"max_attempts":%d,"deadline_us":%d,"resume":%q,"retry_max":%d,"retry_backoff_us":%d,"retry_backoff_max_us":8000000,"retry_after_max_us":%d`,
		1+rng.IntN(6), pick(rng, 1000000, 20000000, 300000000), pick(rng, "auto", "auto", "prefill", "replay", "off"),
		pick(rng, -1, 1, 2, 10), pick(rng, 1, 500000, 3000000), pick(rng, -1, 3000000, 100000000)) +
		pick(rng, "", `,"retry_on":[500,429]`) +
		pick(rng, "", "", `,"hold":{"whole":true}`, `,"hold":{"tokens":3}`, `,"hold":{"for_us":20000000}`)
}

// run carries the exchange to its end: first anything happens, then only what it asked for.
func (c *course) run() {
	c.step(exchange.Started{Stats: &c.state.Board, Ledger: &c.state.Ledger})
	for n := 0; n < 60 && c.finish == nil; n++ {
		c.now = c.now.Add(c.pause())
		c.step(c.anything())
	}
	for n := 0; c.finish == nil; n++ {
		c.must(n < 200, "it does not come to its end")
		if c.wake.After(c.now) {
			c.now = c.wake
		}
		c.step(exchange.Woke{})
	}
	for _, ev := range []exchange.Event{exchange.Woke{}, exchange.Left{}, exchange.Closing{}, exchange.Data{Attempt: c.current, Bytes: []byte("x")}} {
		c.must(len(c.x.Step(c.now, ev)) == 0, "something is to be done behind the end")
	}
}

// pause is how long nothing happens.
func (c *course) pause() time.Duration {
	if c.calm {
		return pick(c.rng, 0, time.Millisecond, 100*time.Millisecond)
	}
	return pick(c.rng, 0, time.Millisecond, 100*time.Millisecond, time.Second, 6*time.Second, 40*time.Second)
}

// anything is an event, most often one that can happen now.
func (c *course) anything() exchange.Event {
	rng, n := c.rng, c.current
	if c.now.After(c.wake) && rng.IntN(4) > 0 {
		return exchange.Woke{}
	}
	if rng.IntN(10) == 0 { // of an attempt that is over, or none
		n = 1 + rng.IntN(6)
	}
	if c.looking && rng.IntN(3) > 0 {
		s := pick(rng, append(schemas(), llm.SchemaOpenAI)...)
		kept := pick(rng, "garbage", wholeIn(s), startIn(s)+textIn(s, "Hi")+endIn(s, true), startIn(s)+textIn(s, "Hi"))
		return exchange.Cached{Attempt: n, Hit: rng.IntN(4) == 0, Body: []byte(kept)}
	}
	switch k := rng.IntN(40); {
	case k < 2, c.heard != c.current && k < 20:
		h := map[string]string{"retry-after": pick(rng, "", "", "0", "1", "2", "50", "7200"), "x-should-retry": pick(rng, "", "", "", "false")}
		if n == c.current && !c.looking {
			c.heard = n
		}
		return exchange.Headers{Attempt: n, Status: c.anyStatus(), Header: func(k string) string { return h[k] }}
	case k < 28:
		return exchange.Data{Attempt: n, Bytes: []byte(c.anyData(n))}
	case k < 29:
		return exchange.Ended{Attempt: n}
	case k < 32:
		return exchange.Failed{Attempt: n, Outcome: pick(rng, stats.OutcomeUnreachable, stats.OutcomeCut, stats.OutcomeConnectTimeout), Message: "broke", Died: rng.IntN(2) == 0}
	case k < 33:
		return exchange.Blocked{For: time.Duration(rng.IntN(3)) * time.Second}
	case k == 35 && rng.IntN(8) == 0:
		return exchange.Closing{}
	case k == 36 && rng.IntN(8) == 0:
		c.left = true
		return exchange.Left{}
	}
	return exchange.Woke{}
}

func (c *course) anyStatus() int {
	if c.calm {
		return 200
	}
	return pick(c.rng, 200, 200, 200, 200, 429, 500, 503, 400, 401)
}

func (c *course) anyData(n int) string {
	rng := c.rng
	s := c.own
	if rng.IntN(14) == 0 && (!c.calm || rng.IntN(4) == 0) {
		return pick(rng, "data: [DONE]\n\n", wholeIn(s), ": comment\n\n", "data: {oops\n\n", errorIn(s),
			"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":7}}\n\n")
	}
	start := ""
	if c.begun != c.current && c.heard == c.current && n == c.current { // else it does not count
		c.begun, start = c.current, startIn(s)
	}
	if c.calm && rng.IntN(4) > 0 {
		return start + pick(rng, textIn(s, "Hi"), textIn(s, "Hi"), textIn(s, "Hi"), endIn(s, true))
	}
	switch rng.IntN(12) {
	case 0, 1:
		return start + endIn(s, false)
	case 2:
		return start + endIn(s, true)
	case 3:
		return start + callIn(s)
	}
	return start + textIn(s, pick(rng, "Hi", "Hi", "Hi", "Ho", "long text here and more"))
}

func chunkOf(text, finish string) string {
	delta := "{}"
	if text != "" {
		delta = `{"content":` + quoted(text) + `}`
	}
	return `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"u","choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + `}]}` + "\n\n"
}

func (c *course) must(ok bool, what string, args ...any) {
	if !ok {
		c.t.Helper()
		c.t.Fatalf("seed %d: %s\n%s\n%s", c.seed, fmt.Sprintf(what, args...), c.config, strings.Join(c.log, "\n"))
	}
}

func (c *course) step(ev exchange.Event) {
	c.log = append(c.log, fmt.Sprintf("> %s %T %s", c.now.Sub(exchangetest.Epoch), ev, shown(ev)))
	_, woke := ev.(exchange.Woke)
	if woke {
		c.wake = time.Time{}
	}
	cmds := c.x.Step(c.now, ev)
	c.state.Apply(c.now, cmds)
	for _, cmd := range cmds {
		word, _, _ := strings.Cut(exchangetest.Describe(cmd), " ")
		c.log = append(c.log, "  "+exchangetest.Describe(cmd))
		c.count[word]++
		_, last := cmd.(exchange.Finish)
		c.must(c.finish == nil && (last || c.count["settle"] == 0 || word == "settle"), "%s behind the end", word)
		switch cmd := cmd.(type) {
		case exchange.Wake:
			if c.wake = cmd.At; !woke || c.wake.After(c.now) {
				c.idle = 0
			} else if c.idle++; c.idle == 5 {
				c.must(false, "it wakes itself without end")
			}
		case exchange.Finish:
			c.finish = &cmd
		default:
			c.take(cmd)
		}
	}
	c.must(c.finish != nil || !c.wake.IsZero(), "nothing would ever wake it")
}

// shown is an event for people.
func shown(ev exchange.Event) string {
	switch ev := ev.(type) {
	case exchange.Data:
		return fmt.Sprintf("%d %q", ev.Attempt, ev.Bytes)
	case exchange.Headers:
		return fmt.Sprintf("%d %d retry-after=%s x-should-retry=%s", ev.Attempt, ev.Status, ev.Header("retry-after"), ev.Header("x-should-retry"))
	case exchange.Started:
		return ""
	}
	return fmt.Sprintf("%+v", ev)
}

// take is given each command but the last.
func (c *course) take(cmd exchange.Command) {
	switch cmd := cmd.(type) {
	case exchange.Admit:
		c.must(len(c.count) == 1, "something was done before it was admitted")
	case exchange.Lookup:
		c.current, c.looking = cmd.Attempt, true
	case exchange.Send:
		c.current, c.looking, c.heard = cmd.Attempt, false, 0
		c.own = cmd.Endpoint.Schema
		c.must(json.Valid(cmd.Content()), "a request that is no JSON: %s", cmd.Body)
		c.sent = append(c.sent, cmd.Attempt)
		c.must(c.count["send"] <= c.most, "more attempts than %d", c.most)
		c.must(c.count["send"] == c.count["record"]+1, "two attempts at a time")
		c.must(!c.cache || c.count["lookup"] > 0, "sent before the cache was asked")
	case exchange.Cancel:
		c.must(!slices.Contains(c.cancelled, cmd.Attempt), "attempt %d is cancelled twice", cmd.Attempt)
		c.cancelled = append(c.cancelled, cmd.Attempt)
	case exchange.Record:
		c.cost += cmd.Sample.Cost
		c.must(cmd.Sample.Total >= 0 && cmd.Sample.FirstToken >= 0, "a negative time")
	case exchange.Reply:
		c.status = cmd.Status
		c.must(c.count["reply"] == 1, "the caller is answered twice")
	case exchange.Write:
		c.must(c.count["reply"] == 1, "words before there is a status")
		c.out.Write(cmd.Bytes)
	case exchange.Keep:
		c.must(c.count["keep"] == 1 && c.count["send"] > 0 && !bytes.Contains(cmd.Body, []byte(`"error":{`)), "kept what is no answer")
	case exchange.Settle:
		c.settled = cmd.Spent
	}
}

// check holds what was done against the report.
func (c *course) check() {
	r := c.finish.Report
	c.must(c.count["send"] == c.count["record"], "not as many are recorded as were sent")
	c.must(c.count["admit"] == c.count["settle"] && c.count["settle"] <= 1, "admitted and settled do not agree")
	c.must(c.count["settle"] == 0 || c.settled == c.cost, "%d is settled, the attempts cost %d", c.settled, c.cost)
	c.must(r.Cost+r.Wasted == c.cost, "%d and %d is reported, the attempts cost %d", r.Cost, r.Wasted, c.cost)
	c.must(c.left || c.count["reply"] == 1, "the caller is not answered")
	c.must(r.Status == c.status, "%d is reported, the caller has %d", r.Status, c.status)
	c.must(0 <= r.First && r.First <= r.Total, "the first content is out of range")
	c.must(len(r.Attempts) >= c.count["send"], "attempts are missing")
	for _, a := range r.Attempts {
		c.must(a.Outcome != stats.OutcomeNone && a.Start >= 0 && a.Total >= 0, "attempt %d is not as it should be", a.N)
	}
	ok := r.Outcome == exchange.OutcomeOK
	if c.stream && c.status == 200 {
		if wrong := streamIn(c.caller, c.out.Bytes(), ok, c.own != c.caller); wrong != "" {
			c.must(false, "%s, and the outcome is %s:\n%s", wrong, r.Outcome, c.out.Bytes())
		}
		c.must(c.finish.Cut == (!ok && !c.left), "cut or not, and the outcome is %s", r.Outcome)
	}
	c.must(c.stream || c.out.Len() == 0 || json.Valid(c.out.Bytes()), "an answer that is no JSON: %s", c.out.Bytes())
	c.must(!ok || r.Served > 0 && r.Attempts[r.Served-1].Outcome == stats.OutcomeOK, "nobody served it")
	if ok && !slices.Contains(c.sent, r.Served) {
		c.hits++
	}
}
