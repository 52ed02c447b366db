package codectest

import (
	"slices"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest/prompttest"
	"strowger/core/llm"
)

// table holds the schema's table against what is really written: of each field that a prompt
// can hold, what becomes of a prompt that says it.
func (s *suite) table(t *testing.T) {
	table := s.facts.Table
	if !slices.Contains(table.Operations, s.facts.Asked.Operation) {
		t.Errorf("the table's operations %v lack %v", table.Operations, s.facts.Asked.Operation)
	}
	for f := range llm.FieldCount {
		m := table.Fields[f]
		switch {
		case m.Fate == codec.Kept && m.As == "":
			t.Errorf("%s is kept, but the table does not say where", f)
		case (m.Fate == codec.Approximated || m.Fate == codec.Impossible) && m.Note == "":
			t.Errorf("%s is %s, but the table does not say why", f, m.Fate)
		}
		say := sayings[f]
		switch f {
		case llm.FieldMany, // which is the request's and not the prompt's
			llm.FieldOddNames,  // nobody is sent what he does not take
			llm.FieldArguments, // which a prompt holds in the form that it has become
			llm.FieldTextTools: // in a prompt they are functions like others
			continue
		}
		if say == nil {
			if m.Fate == codec.Kept || m.Fate == codec.Approximated {
				t.Errorf("%s has no place in a prompt, and so cannot be %s", f, m.Fate)
			}
			continue
		}
		t.Run(f.String(), func(t *testing.T) { s.field(t, f, say) })
	}
}

// field writes a prompt that says a field, and reads it again.
func (s *suite) field(t *testing.T, f llm.Field, say func(*llm.Prompt)) {
	p := &llm.Prompt{Messages: []llm.Message{{Role: llm.RoleUser, Parts: []llm.Part{{Kind: llm.PartText, Text: llm.Escaped("hi")}}}}}
	req := &llm.Request{Schema: s.facts.Schema, Operation: llm.OperationChat, Model: "m"}
	if slices.Contains([]llm.Field{llm.FieldDimensions, llm.FieldInputs, llm.FieldTaskType}, f) {
		req.Operation = llm.OperationEmbeddings
		p = &llm.Prompt{Inputs: []llm.Escaped{llm.Escaped("one")}}
		if !slices.Contains(s.facts.Table.Operations, req.Operation) {
			if s.facts.Table.Fields[f].Fate == codec.Kept {
				t.Errorf("is kept, but embeddings are not served")
			}
			return
		}
	}
	say(p)
	origin(p, s.facts.Schema)
	codec.Complete(p)
	if !p.Fields.Has(f) {
		t.Fatalf("the prompt does not say it: %s", prompttest.Describe(p))
	}
	sent, form := s.compose(req, p)
	fates := s.fates(req, form)
	fate := fates.Fields[f].Fate
	got, refusal := s.codec.ReadRequest(s.sentTo(foreign(req), form), sent)
	if refusal != nil {
		t.Fatalf("refused: %v: %s", refusal, sent)
	}
	q, refusal := s.codec.ReadPrompt(got)
	if refusal != nil {
		t.Fatalf("cannot be decoded: %v: %s", refusal, sent)
	}
	switch has := q.Fields.Has(f); {
	case has && (fate == codec.Dropped || fate == codec.Impossible), !has && fate == codec.Kept:
		t.Errorf("is %s by the table, written %v: %s", fate, has, sent)
	}
	if fate == codec.Kept {
		if err := prompttest.Same(s.comparable(p, fates), s.comparable(q, fates)); err != nil {
			t.Errorf("%v: %s", err, sent)
		}
	}
}

// origin makes the signatures of a prompt the schema's own.
func origin(p *llm.Prompt, schema llm.Schema) {
	for i := range p.Messages {
		for j := range p.Messages[i].Parts {
			part := &p.Messages[i].Parts[j]
			if part.Kind == llm.PartThought || len(part.Signature) > 0 {
				part.Origin = schema
			}
		}
	}
}
