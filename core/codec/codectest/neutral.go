package codectest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest/prompttest"
	"strowger/core/llm"
)

// maxOutput is the limit of the endpoint that a prompt is written for.
const maxOutput = 4096

// prompt shows a request in the neutral form, and takes it there and back.
func (s *suite) prompt(t *testing.T, out *strings.Builder, req *llm.Request, lossy bool) {
	t.Helper()
	p, refusal := s.codec.ReadPrompt(req)
	if refusal != nil {
		fmt.Fprintf(out, "  prompt refused %d %s %s\n", refusal.HTTPStatus(), refusal.Code, show([]byte(refusal.Error())))
		return
	}
	out.WriteString("  prompt " + show([]byte(prompttest.Describe(p))) + "\n")
	was, is, err := s.checkPrompt(req)
	if err == nil && !lossy && was != nil {
		err = prompttest.Same(was, is)
	}
	if err != nil {
		t.Errorf("%s: through the neutral form: %v", req.Body, err)
	}
}

// checkPrompt writes a request as if it came from another schema and reads that again. It gives
// the prompts as they can be compared: without what the table says is not kept.
func (s *suite) checkPrompt(req *llm.Request) (was, is *llm.Prompt, err error) {
	p, refusal := s.codec.ReadPrompt(req)
	if refusal != nil || len(p.Messages)+len(p.Inputs) == 0 {
		return nil, nil, nil
	}
	before := prompttest.Describe(p)
	sent, form := s.compose(req, p)
	if !json.Valid(sent) {
		return nil, nil, fmt.Errorf("composed is no JSON: %s", sent)
	}
	if after := prompttest.Describe(p); after != before {
		return nil, nil, fmt.Errorf("writing has changed the prompt\n from %s\n to   %s", before, after)
	}
	if again, _ := s.compose(req, p); !bytes.Equal(again, sent) {
		return nil, nil, fmt.Errorf("composed is %s, at first %s", again, sent)
	}
	fates := s.fates(req, form)
	if !fates.Loss(req.Operation, p.Fields).Impossible.Empty() { // such an endpoint is not sent the request
		return nil, nil, nil
	}
	asked := s.sentTo(foreign(req), form)
	got, refusal := s.codec.ReadRequest(asked, sent)
	if refusal != nil {
		return nil, nil, fmt.Errorf("composed is refused: %v: %s", refusal, sent)
	}
	if got.Model != s.name() || got.Stream != req.Stream {
		return nil, nil, fmt.Errorf("composed has model %q, stream %v: %s", got.Model, got.Stream, sent)
	}
	if s.facts.Table.Fields[llm.FieldMany].Fate == codec.Kept && max(got.Choices, 1) != max(req.Choices, 1) {
		return nil, nil, fmt.Errorf("composed wants %d answers, not %d: %s", got.Choices, req.Choices, sent)
	}
	if x := got.Extensions; x.Provider != nil || x.Models != nil || x.ModelConfig != nil || got.WantCost {
		return nil, nil, fmt.Errorf("fields for the router have left: %s", sent)
	}
	q, refusal := s.codec.ReadPrompt(got)
	if refusal != nil {
		return nil, nil, fmt.Errorf("composed cannot be decoded: %v: %s", refusal, sent)
	}
	for f := range llm.FieldCount {
		fate := fates.Fields[f].Fate
		if (fate == codec.Dropped || fate == codec.Impossible) && q.Fields.Has(f) {
			return nil, nil, fmt.Errorf("%s is %s, but written: %s", f, fate, sent)
		}
	}
	return s.comparable(p, fates), s.comparable(q, fates), nil
}

// foreign is req as if it came from another schema.
func foreign(req *llm.Request) *llm.Request {
	r := *req
	r.Schema, r.Body, r.Marks = llm.SchemaNone, nil, [9]llm.Span{}
	return &r
}

// compose writes a prompt for an endpoint.
func (s *suite) compose(req *llm.Request, p *llm.Prompt) ([]byte, codec.Form) {
	f := codec.Form{Name: s.name(), Stream: req.Stream, Prompt: p, MaxOutput: maxOutput}
	return s.codec.AppendRequest(nil, foreign(req), f), f
}

// name is what an endpoint is asked for by a request in the neutral form.
func (s *suite) name() string {
	if s.facts.Model != "" {
		return s.facts.Model
	}
	return upstream
}

// comparable is p as it can be compared where fields fare by a table.
func (s *suite) comparable(p *llm.Prompt, fates *codec.Table) *llm.Prompt {
	return prompttest.Comparable(p, s.facts.Schema, fates, maxOutput)
}
