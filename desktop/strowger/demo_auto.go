package main

import (
	"fmt"
	"io"
	"strings"

	"strowger/bench/provider"
	"strowger/core/auto"
	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/llm"
)

// demoTalents are how good the demo's three models for auto are said to be, permille of answers
// by category; in the order of provider.Flock. They are invented, as the models are.
var demoTalents = [...][5]int16{
	{auto.Other: 900, auto.Code: 740, auto.Math: 680, auto.Writing: 880, auto.Translation: 910},
	{auto.Other: 930, auto.Code: 900, auto.Math: 870, auto.Writing: 920, auto.Translation: 930},
	{auto.Other: 955, auto.Code: 955, auto.Math: 950, auto.Writing: 950, auto.Translation: 955},
}

// demoPrompts are what people ask of auto: easy and hard, of all categories, in several
// languages.
var demoPrompts = [...]string{
	"What is the capital of Portugal?",
	"Thanks! Can you also tell me a joke about telephones?",
	"Write a Go function that merges overlapping intervals in place, with tests for the edge cases, and prove that it is O(n log n).",
	"Translate into French: The meeting has been moved to Thursday at ten.",
	"Prove that there are infinitely many primes congruent to 3 modulo 4, then find the smallest n > 1000 for which n^2 + n + 41 is composite.",
	"明日の会議の議題を三つ考えてください。",
	"Which of the following best explains why the specific heat of a diatomic gas falls at low temperature? (A) rotation freezes out (B) vibration is excited (C) the gas condenses (D) the bond breaks. Explain in two sentences.",
	"Write a short poem for my grandmother's ninetieth birthday.",
	"My Postgres query with three LEFT JOINs and a window function does a sequential scan although there is an index on (tenant_id, created_at). How do I find out why, and what would you change first?",
	"Wie lange kocht man ein weiches Ei?",
	"A train leaves at 14:05 and travels 210 km at 84 km/h, stops for 12 minutes, then travels 90 km at 60 km/h. When does it arrive?",
	"Is it 'affect' or 'effect' in: the weather ___ my mood?",
}

// demoAutos are the ways in which they are asked, in turn.
var demoAutos = [...]demoAsk{
	{chatPath, `{"model":"auto","stream":true,` + chatQuestion + `}`},
	{"/v1/messages", `{"model":"auto","stream":true,` + chatQuestion + `}`},
	{chatPath, `{"model":"auto:cost",` + chatQuestion + `}`},
	{"/v1/responses", `{"model":"auto","stream":true,` + responsesQuestion + `}`},
	{chatPath, `{"model":"auto","stream":true,"model_routing_config":{"preference":"quality"},` + chatQuestion + `}`},
	{"/v1beta/models/auto:speed:streamGenerateContent?alt=sse", `{` + geminiQuestion + `}`},
	{"/v1/messages", `{"model":"auto",` + chatQuestion + `}`},
}

// demoAuto is the n-th request of auto mode, with its text: each is a conversation of its own.
func demoAuto(n int) demoAsk {
	a := demoAutos[n%len(demoAutos)]
	a.body = strings.Replace(a.body, "TEXT", fmt.Sprintf("%s (Caller %d)", demoPrompts[n%len(demoPrompts)], n), 1)
	return a
}

// demoPool are the models of auto mode.
func demoPool() (ids []string) {
	for _, o := range provider.Flock(0) {
		ids = append(ids, "demo/"+o.Models[0])
	}
	return ids
}

// thrift is what choosing by the request saves against always asking the best model.
type thrift struct {
	models  map[string]int
	answers int64
	spent   int64 // micro-dollars
	best    int64 // what the same tokens cost at the model of the highest expected quality
	quality int64 // sums of expected qualities, permille: of the models that served
	highest int64 // and of the best ones
}

// count takes a finished exchange.
func (t *thrift) count(r *exchange.Report) {
	if r.Decision == nil || r.Decision.Auto == nil || r.Served == 0 || !r.Priced {
		return
	}
	c, a := r.Decision.Auto, &r.Attempts[r.Served-1]
	var served, best *pool.Option
	for i := range c.Options {
		o := &c.Options[i]
		if o.Model == a.Model {
			served = o
		}
		if best == nil || o.Quality > best.Quality {
			best = o
		}
	}
	price := priceOf(r, best.Model)
	if served == nil || price == nil {
		return
	}
	if t.models == nil {
		t.models = map[string]int{}
	}
	t.models[a.Model]++
	t.answers++
	t.spent += r.Cost
	t.best += price.Cost(a.Usage)
	t.quality += int64(served.Quality)
	t.highest += int64(best.Quality)
}

// priceOf is the price of a model's first candidate; nil if it has none.
func priceOf(r *exchange.Report, model string) *catalog.Price {
	for i := range r.Decision.Candidates {
		if e := r.Decision.Candidates[i].Endpoint; e.Model == model && e.Price.Known {
			return &e.Price
		}
	}
	return nil
}

// print says what was saved, and what it is expected to have cost in quality.
func (t *thrift) print(w io.Writer) {
	if t.answers == 0 {
		return
	}
	var shares []string
	for _, id := range demoPool() {
		shares = append(shares, fmt.Sprintf("%d by %s", t.models[id], id))
	}
	fmt.Fprintf(w, "auto: %d answers, %s; $%s spent, always the best model $%s: %d%% saved at an expected quality of %.1f%% against %.1f%%, as the demo states the talents of its models, which are invented\n",
		t.answers, strings.Join(shares, ", "), llm.Dollars(t.spent), llm.Dollars(t.best), 100-100*t.spent/max(t.best, 1),
		float64(t.quality)/float64(t.answers)/10, float64(t.highest)/float64(t.answers)/10)
}
