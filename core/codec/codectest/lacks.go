package codectest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest/prompttest"
	"strowger/core/llm"
)

// Endpoint is one whose model or server takes less than its schema has.
type Endpoint struct {
	Name, BaseURL string
	// Thoughtless: the model does not reason, so that it is not told not to.
	Thoughtless bool
}

// Lacks holds what a schema says of its endpoints against what they are sent: those of facts,
// of chats only. It is part of Run.
func Lacks(t *testing.T, c Codec, facts Facts) {
	s := &suite{codec: c, facts: facts}
	for _, e := range facts.Endpoints {
		if facts.Asked.Operation == llm.OperationChat {
			t.Run("lacks "+e.Name, func(t *testing.T) { s.lacks(t, e) })
		}
	}
}

// lacks holds what the codec says of an endpoint against what it is really sent: of prompts
// that say many fields at once, each field that is not said to be lost is found again, and none
// that is said to be dropped.
func (s *suite) lacks(t *testing.T, e Endpoint) {
	rng := rand.New(rand.NewPCG(1, uint64(len(e.Name+e.BaseURL))))
	seen := map[llm.Field]int{}
	for n := range 1500 {
		p := manySaying(rng, s.facts.Schema)
		req := &llm.Request{Schema: llm.SchemaNone, Operation: s.facts.Asked.Operation, Model: "m"}
		form := codec.Form{Name: e.Name, BaseURL: e.BaseURL, Prompt: p, MaxOutput: maxOutput}
		loss := s.fates(req, form).Loss(req.Operation, p.Fields)
		if !loss.Impossible.Empty() {
			continue
		}
		sent := s.codec.AppendRequest(nil, req, form)
		got, refusal := s.codec.ReadRequest(s.sentTo(req, form), sent)
		if refusal != nil {
			t.Fatalf("case %d is refused: %v: %s", n, refusal, sent)
		}
		q, refusal := s.codec.ReadPrompt(got)
		if refusal != nil {
			t.Fatalf("case %d cannot be decoded: %v: %s", n, refusal, sent)
		}
		for f := range llm.FieldCount {
			if !p.Fields.Has(f) || loss.Approximated.Has(f) {
				continue
			}
			seen[f]++
			found := q.Fields.Has(f) || f == llm.FieldNoReasoning && e.Thoughtless && q.Reasoning == (llm.Reasoning{})
			if found == loss.Dropped.Has(f) {
				t.Fatalf("case %d: %s is dropped: %v, and found again: %v\n%s\n%s", n, f, loss.Dropped.Has(f), found, prompttest.Describe(p), sent)
			}
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d fields were looked at", len(seen))
	}
}

// fates is the schema's table as it is at one endpoint.
func (s *suite) fates(req *llm.Request, f codec.Form) *codec.Table {
	table := *s.facts.Table
	if table.Lacks != nil {
		for _, l := range table.Lacks(req, f) {
			table.Fields[l.Field].Fate = l.Fate
		}
	}
	return &table
}

// manySaying is a prompt that says several fields.
func manySaying(rng *rand.Rand, schema llm.Schema) *llm.Prompt {
	p := &llm.Prompt{Messages: []llm.Message{message(llm.RoleUser, text("hi"))}}
	say := func(said func(*llm.Prompt)) {
		if rng.IntN(6) == 0 {
			said(p)
		}
	}
	for f, said := range sayings {
		if said != nil && !slices.Contains([]llm.Field{llm.FieldDimensions, llm.FieldInputs, llm.FieldTaskType, llm.FieldSystem, llm.FieldPrefill, llm.FieldNoUserTurn}, llm.Field(f)) {
			say(said)
		}
	}
	say(func(p *llm.Prompt) { p.Reasoning = llm.Reasoning{Effort: llm.Effort(1 + rng.IntN(6))} })
	say(func(p *llm.Prompt) { p.Reasoning = llm.Reasoning{Budget: 1 + rng.Int64N(50000)} })
	say(func(p *llm.Prompt) { p.Reasoning.Show = true })
	say(func(p *llm.Prompt) { p.MaxOutput = 1 + rng.Int64N(maxOutput) })
	say(func(p *llm.Prompt) { p.Choice = llm.ToolChoice{Mode: llm.ChoiceMode(rng.IntN(4))} })
	say(func(p *llm.Prompt) { p.Choice = llm.ToolChoice{Mode: llm.ChoiceMode(rng.IntN(4)), Names: escapes("g")} })
	say(func(p *llm.Prompt) { p.Tier = []string{"flex", "priority", "scale"}[rng.IntN(3)] })
	say(func(p *llm.Prompt) { p.Verbosity = "high" })
	say(func(p *llm.Prompt) { p.Stop = append(p.Stop, llm.Escaped(" ")) })
	say(func(p *llm.Prompt) { p.TopP = []byte("0.97") })
	say(func(p *llm.Prompt) { p.Seed = []byte("5000000000") })
	if last := len(p.Messages) - 1; p.Messages[last].Role == llm.RoleAssistant {
		p.Messages = append(p.Messages, message(llm.RoleUser, text("go on")))
	}
	say(sayings[llm.FieldPrefill])
	say(sayings[llm.FieldSystem])
	if len(p.Choice.Names) > 0 {
		p.Tools = []llm.Tool{tool("f"), tool("g"), tool("h")}
	}
	if len(p.Tools) == 0 { // about which there is nothing to say then
		p.Choice = llm.ToolChoice{}
	}
	p.OneTool = p.OneTool && len(p.Tools) > 0 && p.Choice.Mode != llm.ChoiceNone
	origin(p, schema)
	codec.Complete(p)
	return p
}
