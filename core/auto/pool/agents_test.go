package pool_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/plan/plantest"
	"strowger/core/router"
	"strowger/core/stats"
)

// house is a pool of models whose live state changes from request to request.
type house struct {
	t      *testing.T
	r      *rand.Rand
	router *router.Router
	state  router.State
	ids    []string
	now    time.Time

	turns, loops, moved int
	verdicts            [pool.VerdictFeedback + 1]int
}

func newHouse(t *testing.T, seed uint64) *house {
	t.Helper()
	h := &house{t: t, r: rand.New(rand.NewPCG(seed, 7)), now: time.Unix(1_750_000_000, 0)}
	cfg := catalog.Config{Providers: []catalog.Provider{
		{Name: "north", Schema: llm.SchemaOpenAI, BaseURL: "http://north"},
		{Name: "south", Schema: llm.SchemaAnthropic, BaseURL: "http://south"},
	}}
	for i := range 4 {
		m := catalog.Model{ID: fmt.Sprint("a/m", i)}
		m.Ability.Elo[pool.AspectOverall] = int16(1200 + h.r.IntN(300))
		input := int64(1+h.r.IntN(60)) * 50_000
		for _, provider := range []string{"north", "south"} {
			m.Endpoints = append(m.Endpoints, catalog.Endpoint{Provider: provider, Price: catalog.Price{Known: true, Input: input, CacheRead: input / 10, Output: 5 * input}})
			h.ids = append(h.ids, fmt.Sprint(provider, "/m", i))
		}
		cfg.Models = append(cfg.Models, m)
	}
	cfg.Routing.Auto.Preference = pool.Preference(1 + h.r.IntN(4))
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	h.router = router.New(cat)
	h.state.Board.Rules = h.router.Rules()
	return h
}

// weather changes what is known of the endpoints: some become fast or slow, some fail or are
// limited.
func (h *house) weather() {
	for range h.r.IntN(30) {
		h.now = h.now.Add(time.Duration(h.r.IntN(2000)) * time.Millisecond)
		s := stats.Sample{Endpoint: h.ids[h.r.IntN(len(h.ids))], At: h.now, Outcome: stats.OutcomeOK, Total: time.Duration(1+h.r.IntN(30_000)) * time.Millisecond}
		switch h.r.IntN(4) {
		case 0:
			s.Outcome = stats.OutcomeUnreachable
		case 1:
			s.Outcome, s.RetryAt = stats.OutcomeRateLimited, h.now.Add(time.Duration(h.r.IntN(90))*time.Second)
		}
		h.state.Board.Begin(s.Endpoint, "", h.now)
		h.state.Apply(h.now, []exchange.Command{exchange.Record{Sample: s}})
	}
}

// ask sends a request, has the first endpoint of its plan answer, and gives the model; empty if
// the request is refused.
func (h *house) ask(s llm.Schema, body, key string) (model string, d *pool.Choice) {
	h.t.Helper()
	h.turns++
	x := h.router.Open(router.Call{ID: fmt.Sprint("d", h.turns), Seed: h.r.Uint64(), Key: key, Body: []byte(body),
		Entry: router.Entry{Schema: s, Operation: llm.OperationChat, Model: catalog.AutoName}})
	var sent *exchange.Send
	step := func(ev exchange.Event) {
		cmds := x.Step(h.now, ev)
		h.state.Apply(h.now, cmds)
		for _, cmd := range cmds {
			switch cmd := cmd.(type) {
			case exchange.Send:
				sent = &cmd
			case exchange.Judge:
				h.verdicts[cmd.Source]++
			}
		}
		h.now = h.now.Add(time.Second)
	}
	if step(h.state.Started()); sent == nil {
		return "", nil
	}
	model, d = sent.Endpoint.Model, x.Decision().Auto
	step(exchange.Headers{Attempt: 1, Status: 200})
	step(exchange.Data{Attempt: 1, Bytes: plantest.Answer(sent.Endpoint.Schema.String())})
	step(exchange.Ended{Attempt: 1})
	step(exchange.Left{})
	return model, d
}

// follow asks the requests of one conversation, and checks that the model stays while tools
// are at work.
func (h *house) follow(s llm.Schema, bodies []string, key string) {
	h.t.Helper()
	last := ""
	for _, body := range bodies {
		h.weather()
		model, d := h.ask(s, body, key)
		if model == "" {
			continue
		}
		if last != "" && d.Task.Tools.Loop {
			h.loops++
			if model != last {
				h.t.Errorf("%s is asked in the middle of a tool loop of %s (%s): %s", model, last, d.Reason, body[:min(len(body), 400)])
			}
		} else if last != "" && model != last {
			h.moved++
		}
		last = model
	}
}

// talk is a conversation of an agent by chance.
func talk(r *rand.Rand) (steps []step) {
	asks := []string{hard, "hi", "go on", "What is the capital of France?", "Fix the test in main.go, which fails since the last change of the parser.", "ja"}
	steps = append(steps, step{user: asks[r.IntN(len(asks))]})
	for range 2 + r.IntN(4) {
		for range r.IntN(6) {
			result := []string{"done", "Error: no such file", "package main"}[r.IntN(3)]
			steps = append(steps, step{call: []string{"read_file", "edit_file", "bash"}[r.IntN(3)]}, step{result: result})
		}
		steps = append(steps, step{says: "Well."}, step{user: asks[r.IntN(len(asks))]})
	}
	return steps
}

// TestModelStaysInToolLoops has agents at work while endpoints come and go.
func TestModelStaysInToolLoops(t *testing.T) {
	loops, moved, judged := 0, 0, 0
	for n := range 60 {
		h := newHouse(t, uint64(n))
		steps := talk(h.r)
		for s := range bodies(steps, "You are an agent.", 3) {
			var requests []string
			for i := range steps {
				if last := steps[i]; last.user != "" || last.result != "" {
					requests = append(requests, bodies(steps[:i+1], "You are an agent.", 3)[s])
				}
			}
			h.follow(s, withAuto(t, s, requests), fmt.Sprint("k", s))
		}
		loops, moved = loops+h.loops, moved+h.moved
		judged += h.verdicts[pool.VerdictToolWorked] + h.verdicts[pool.VerdictToolFailed] + h.verdicts[pool.VerdictContinued]
	}
	t.Logf("%d answers to tool calls, %d moves between turns, %d verdicts", loops, moved, judged)
	if loops < 500 || moved < 50 || judged < loops {
		t.Errorf("%d answers to tool calls, %d moves between turns, %d verdicts: this shows too little", loops, moved, judged)
	}
}

// withAuto are the bodies for auto mode.
func withAuto(t *testing.T, s llm.Schema, bodies []string) (out []string) {
	t.Helper()
	for _, body := range bodies {
		out = append(out, edit(t, body, func(doc map[string]any) {
			if s != llm.SchemaGemini {
				doc["model"] = catalog.AutoName
			}
		}))
	}
	return out
}

func edit(t *testing.T, body string, change func(doc map[string]any)) string {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	change(doc)
	return write(doc)
}

// recorded are the APIs of recorded requests, with what holds their messages.
var recorded = []struct {
	api    string
	schema llm.Schema
	field  string
}{
	{"openai.chat", llm.SchemaOpenAI, "messages"}, {"openai.responses", llm.SchemaResponses, "input"},
	{"anthropic.messages", llm.SchemaAnthropic, "messages"}, {"gemini.generateContent", llm.SchemaGemini, "contents"},
}

// ofModel reports whether a message was said by the model.
func ofModel(message any) bool {
	m, _ := message.(map[string]any)
	switch kind, _ := m["type"].(string); kind {
	case "function_call", "reasoning", "custom_tool_call":
		return true
	}
	return m["role"] == "assistant" || m["role"] == "model"
}

// TestRecordedConversations has conversations that were recorded go by once more, request by
// request, while endpoints come and go.
func TestRecordedConversations(t *testing.T) {
	for _, api := range recorded {
		t.Run(api.api, func(t *testing.T) {
			h := newHouse(t, 1)
			many := 0
			for n, r := range codectest.Recordings(t, api.api) {
				var doc map[string]any
				if json.Unmarshal(r.Request, &doc) != nil {
					continue
				}
				messages, _ := doc[api.field].([]any)
				var requests []string
				for i := range messages {
					if i+1 == len(messages) && !ofModel(messages[i]) || i+1 < len(messages) && ofModel(messages[i+1]) && !ofModel(messages[i]) {
						requests = append(requests, edit(t, string(r.Request), func(doc map[string]any) { doc[api.field] = messages[:i+1] }))
					}
				}
				if len(requests) < 2 {
					continue
				}
				many++
				h.follow(api.schema, withAuto(t, api.schema, requests), fmt.Sprint("k", n))
				unmoved(t, api.schema, requests)
			}
			t.Logf("%d conversations, %d requests, %d of them answers to tool calls", many, h.turns, h.loops)
			if many < 10 || h.loops < 10 {
				t.Errorf("%d conversations, %d answers to tool calls: this shows too little", many, h.loops)
			}
		})
	}
}

// unmoved checks that neither instructions nor tools change how hard a request is taken to be.
func unmoved(t *testing.T, s llm.Schema, requests []string) {
	t.Helper()
	in := router.Ingress(s)
	read := func(body string) (what string) {
		r, err := in.ReadRequest(codec.Asked{Operation: llm.OperationChat, Model: "m"}, []byte(body))
		if err != nil {
			return ""
		}
		p, err := in.ReadPrompt(r)
		if err != nil {
			return ""
		}
		task := pool.Read(r, p, "")
		return fmt.Sprintf("%+v %d %+v", task.Reading, task.Difficulty, task.Tools)
	}
	long := strings.Repeat("You are an expert. Prove theorems, debug programs, never give up. ", 320)
	for _, body := range requests {
		want, got := read(body), read(edit(t, body, func(doc map[string]any) {
			switch s {
			case llm.SchemaOpenAI:
				doc["messages"] = append([]any{obj{"role": "system", "content": long}}, doc["messages"].([]any)...)
			case llm.SchemaResponses:
				doc["instructions"] = long
			case llm.SchemaAnthropic:
				doc["system"] = long
			default:
				doc["systemInstruction"] = obj{"parts": []any{obj{"text": long}}}
				delete(doc, "system_instruction")
			}
			delete(doc, "tools")
			delete(doc, "tool_choice")
			delete(doc, "toolConfig")
		}))
		if want != "" && got != "" && got != want {
			t.Errorf("instructions and tools matter in %s\n got  %s\n want %s", body[:min(len(body), 400)], got, want)
		}
	}
}
