package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// question is a request with everything that its answer is held against.
type question struct {
	name string // of the text; questions of the cache share theirs
	kind *kind
	body []byte
	key  string // bearer token; empty for none

	stream bool
	cost   bool // the answer is to say what it cost
	slow   bool // the caller reads slowly
	leaves time.Duration

	tokens int
	text   string // all of it
	args   string // of the tool call; empty: text is asked for
	finish string
}

// kind is a way to ask: a path and a policy.
type kind struct {
	name  string
	share int // of so many
	path  string
	model string
	more  string // fields of the body, each with a comma behind it
	one   bool   // never more than one provider
	same  bool   // the same question comes again and again
	tool  bool
	short bool // max_tokens cuts the answer
	wrong bool // the request is one that must be refused
}

const (
	chatPath = "/v1/chat/completions"
	modelOne = "soak/one"
	modelTwo = "soak/two"

	supportPath = "/support/v1/chat/completions"
	supportArm  = "fir/parrot-9" // of no model in the catalog
	honestPath  = "/honest"
)

// kinds are the ways to ask.
func kinds() []kind {
	return []kind{
		{name: "priority", share: 12, path: chatPath, model: modelOne},
		{name: "no fallback", share: 4, path: chatPath, model: modelOne, more: `"provider":{"allow_fallbacks":false},`, one: true},
		{name: "latency", share: 4, path: chatPath, model: modelOne + ":latency"},
		{name: "throughput", share: 3, path: chatPath, model: modelOne, more: `"provider":{"sort":"throughput"},`},
		{name: "cost", share: 3, path: chatPath, model: modelOne + ":price"},
		{name: "balanced", share: 4, path: chatPath, model: modelOne, more: `"provider":{"routing":"balanced"},`},
		{name: "value", share: 3, path: chatPath, model: modelOne, more: `"provider":{"routing":"value"},`},
		{name: "order", share: 3, path: chatPath, model: modelOne, more: `"provider":{"order":["birch"],"ignore":["cedar"]},`},
		{name: "fallback model", share: 6, path: chatPath, model: modelTwo, more: `"provider":{"fallback":["` + modelOne + `"]},`},
		{name: "prefill", share: 6, path: chatPath, model: "soak/prefill"},
		{name: "assembled", share: 4, path: chatPath, model: "soak/assembled"},
		{name: "route by weight", share: 5, path: supportPath, model: modelOne},
		{name: "route of one", share: 3, path: "/alone", model: modelOne, one: true},
		{name: "cache", share: 8, path: "/cached", model: modelOne, same: true},
		{name: "hold tokens", share: 5, path: "/held", model: modelOne},
		{name: "hold whole", share: 4, path: "/whole", model: modelOne},
		{name: "resume off", share: 4, path: honestPath, model: modelOne},
		{name: "resume replay", share: 5, path: "/replayed", model: modelOne},
		{name: "retry", share: 4, path: "/again", model: modelOne},
		{name: "tool", share: 4, path: chatPath, model: modelOne, tool: true},
		{name: "length", share: 3, path: chatPath, model: modelOne, short: true},
		{name: "wrong", share: 2, path: chatPath, model: "soak/unknown", wrong: true},
	}
}

// script makes the questions of a run. The same seed asks the same.
type script struct {
	seed   uint64
	kinds  []kind
	sum    int
	paced  time.Duration // how long every answer takes; 0: as fast as may be
	leaves float64       // part of the callers who go away in the middle
	keyed  bool          // everybody has a key: without one nobody is served
}

func newScript(o options) *script {
	s := &script{seed: o.seed, kinds: kinds(), leaves: 0.05, keyed: o.host == hostWorkerd}
	if o.streams > 0 {
		s.paced = o.pace
	}
	for i := range s.kinds {
		s.sum += s.kinds[i].share
	}
	return s
}

func (s *script) chance(n, purpose uint64) float64 { return chance(s.seed, n, purpose) }

// pick is the way in which question n is asked.
func (s *script) pick(n uint64) *kind {
	x := int(draw(s.seed, n, drawKind) % uint64(s.sum))
	for i := range s.kinds {
		if x -= s.kinds[i].share; x < 0 {
			return &s.kinds[i]
		}
	}
	return nil
}

// sameQuestions is how many questions there are that come again.
const sameQuestions = 200

// question is number n.
func (s *script) question(n uint64) *question {
	k := s.pick(n)
	q := &question{kind: k, name: "n" + strconv.FormatUint(n, 10), finish: "stop"}
	luck := n // what decides on the text
	if k.same {
		luck = draw(s.seed, n, drawAgain) % sameQuestions
		q.name = "c" + strconv.FormatUint(luck, 10)
	}
	q.stream = s.paced > 0 || s.chance(luck, drawStream) < 0.6
	q.tokens = 8 + int(draw(s.seed, luck, drawLength)%32)
	switch x := s.chance(luck, drawPace); {
	case s.paced > 0 || k.tool:
	case x < 0.005:
		q.tokens, q.slow = 2000, q.stream
	case x < 0.03:
		q.tokens = 300
	}
	q.text = textOf(s.seed, q.name, q.tokens)
	if k.tool {
		q.args, q.finish = `{"line":`+quoted(q.text)+`}`, "tool_calls"
	}
	if s.chance(n, drawLeave) < s.leaves {
		most := max(s.paced, 40*time.Millisecond)
		q.leaves = 1 + time.Duration(chance(s.seed, n, drawLeave, 1)*float64(most))
	}
	switch x := s.chance(n, drawKey); {
	case x < 0.25:
		q.key = keyLaptop
	case x < 0.29 && !k.same: // what is cached is asked for in the same words by all
		q.key = keyPauper
	case x < 0.31:
		q.key = keyHasty
	case s.keyed:
		q.key = keyLaptop
	}
	s.write(q, luck)
	return q
}

// write makes the body.
func (s *script) write(q *question, luck uint64) {
	var b strings.Builder
	fmt.Fprintf(&b, `{"model":%q,%s"user":%q,`, q.kind.model, q.kind.more, q.name)
	most := 2*q.tokens + 50
	if q.kind.tool {
		most = len(q.args) // a token of arguments is five bytes
	}
	if q.kind.short {
		most, q.finish = 5, "length"
		words := strings.SplitAfterN(q.text, " ", most+1)
		q.text = strings.TrimSuffix(strings.Join(words[:most], ""), " ")
	}
	// A pauper always says how much it wants, so that its limit cannot be passed.
	if q.kind.short || q.key == keyPauper || s.chance(luck, drawUsage) < 0.5 {
		fmt.Fprintf(&b, `"max_tokens":%d,`, most)
	}
	if q.kind.same { // what it is, whoever asks, is part of the question
		q.cost = luck%3 == 0
	} else {
		q.cost = chance(s.seed, luck, drawUsage, 1) < 0.3
	}
	if q.cost {
		b.WriteString(`"usage":{"include":true},`)
	}
	if q.stream {
		b.WriteString(`"stream":true,`)
	}
	if q.kind.tool {
		fmt.Fprintf(&b, `"tools":[{"type":"function","function":{"name":"say","parameters":{"type":"object","properties":{"line":{"type":"string","enum":[%s]}}}}}],`, quoted(q.text))
	}
	fmt.Fprintf(&b, `"messages":[{"role":"user","content":%s}]}`, quoted(s.directive(q)))
	q.body = []byte(b.String())
}

// directive tells the simulated providers what to say, and how fast.
func (s *script) directive(q *question) string {
	whole := textOf(s.seed, q.name, q.tokens)
	pace := "latency=2ms jitter=2ms"
	if s.paced > 0 {
		parts := q.tokens
		if q.kind.tool {
			parts = len(q.args) / 5
		}
		pace = fmt.Sprintf("latency=%s jitter=%s tps=%.3f", s.paced/20, s.paced/20, float64(parts)/s.paced.Seconds())
	}
	return "sim: " + pace + ` text="` + whole + "\"\nPlease use the tool, if there is one."
}

// quoted is a string as JSON, nothing escaped that need not be.
func quoted(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string can be encoded
	return strings.TrimSpace(b.String())
}
