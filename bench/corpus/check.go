package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"strowger/core/codec"
	"strowger/core/codec/codectest/prompttest"
	"strowger/core/codec/codectest/shapetest"
	"strowger/core/llm"
)

// limit is the endpoints' limit on output tokens.
const limit = 1_000_000

// spliced checks that a request goes on in its own schema as it is, but for what is meant
// to be changed: the model, and that usage is asked for.
func spliced(schema llm.Schema, r *llm.Request) error {
	sent := codecs[schema].AppendRequest(nil, r, codec.Form{Name: r.Model, Stream: r.Stream})
	want, err := loose(r.Body)
	if err != nil {
		return err
	}
	got, err := loose(sent)
	if err != nil {
		return fmt.Errorf("sent is no JSON object: %w", err)
	}
	for _, doc := range []map[string]any{want, got} {
		for _, key := range []string{"model", "stream_options", "usage", "provider", "models", "session_id", "stream"} {
			delete(doc, key)
		}
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Errorf("sent is another: %s", difference(want, got))
	}
	return nil
}

// difference names the members that differ.
func difference(want, got map[string]any) string {
	var names []string
	for key := range want {
		if !reflect.DeepEqual(want[key], got[key]) {
			names = append(names, key)
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok {
			names = append(names, key)
		}
	}
	return strings.Join(names, ", ")
}

// loose decodes an object, numbers as they are spelled.
func loose(doc []byte) (map[string]any, error) {
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	return v, d.Decode(&v)
}

// canonical is a call with its arguments spelled one way.
func canonical(call string) string {
	name, args, _ := strings.Cut(call, " ")
	v, err := loose([]byte(args))
	if args = strings.TrimSpace(args); args == "" {
		return name + " {}"
	}
	if err != nil {
		return call
	}
	text, _ := json.Marshal(v)
	return name + " " + string(text)
}

// rewritten checks that a request that is decoded and written anew in its own schema says the
// same, but for what an endpoint of that model is said to take otherwise.
func rewritten(schema llm.Schema, r *llm.Request, p *llm.Prompt) error {
	table := fates(schema, r, p)
	if err := refused(table, r.Operation, p); err != nil {
		return err
	}
	sent, q, err := written(schema, r, p)
	if err != nil {
		return err
	}
	was, is := prompttest.Comparable(p, schema, table, limit), prompttest.Comparable(q, schema, table, limit)
	setAside(schema, table, p, was, is)
	if err := prompttest.Same(was, is); err != nil {
		return fmt.Errorf("%w: %.400s", err, sent)
	}
	return nil
}

// formOf is what a request is written for: an endpoint of the model that it names.
func formOf(r *llm.Request, p *llm.Prompt) codec.Form {
	return codec.Form{Name: r.Model, Stream: r.Stream, Prompt: p, MaxOutput: limit}
}

// fates are those of a schema's fields at the endpoint that a request is written for.
func fates(schema llm.Schema, r *llm.Request, p *llm.Prompt) *codec.Table {
	table := *tables[schema]
	if table.Lacks != nil {
		abroad := *r
		abroad.Schema = llm.SchemaNone
		for _, l := range table.Lacks(&abroad, formOf(r, p)) {
			table.Fields[l.Field].Fate = l.Fate
		}
	}
	return &table
}

// refused says why an endpoint is not asked; nil if it is.
func refused(table *codec.Table, op llm.Operation, p *llm.Prompt) error {
	switch loss := table.Loss(op, p.Fields); {
	case loss.Unserved:
		return ineligible("operation")
	case !loss.Impossible.Empty():
		return ineligible(strings.Join(loss.Impossible.Names(), "+"))
	}
	return nil
}

// approximatedIn are the fields of a request that a table says another way, and that therefore
// are not compared.
func approximatedIn(table *codec.Table, op llm.Operation, p *llm.Prompt) []string {
	loss := table.Loss(op, p.Fields)
	return append(loss.Approximated.Names(), loss.Dropped.Names()...)
}

// written writes a request in a schema, and reads it there.
func written(schema llm.Schema, r *llm.Request, p *llm.Prompt) (sent []byte, q *llm.Prompt, err error) {
	abroad := *r
	abroad.Schema, abroad.Body, abroad.Marks = llm.SchemaNone, nil, [9]llm.Span{}
	sent = codecs[schema].AppendRequest(nil, &abroad, formOf(r, p))
	if !json.Valid(sent) {
		return nil, nil, fmt.Errorf("written as no JSON: %.400s", sent)
	}
	asked := codec.Asked{Operation: r.Operation}
	if schema == llm.SchemaGemini {
		asked.Model, asked.Stream = r.Model, r.Stream
	}
	again, refusal := codecs[schema].ReadRequest(asked, sent)
	if refusal != nil {
		return sent, nil, fmt.Errorf("written, it would be refused: %w: %.400s", refusal, sent)
	}
	if again.Model != r.Model || again.Stream != r.Stream {
		return sent, nil, fmt.Errorf("written for model %q, stream %v", again.Model, again.Stream)
	}
	q, refusal = codecs[schema].ReadPrompt(again)
	if refusal != nil {
		return sent, nil, fmt.Errorf("written, it cannot be decoded: %w: %.400s", refusal, sent)
	}
	return sent, q, nil
}

// setAside leaves out of two forms of a request p what a table says another way by saying
// something else in its place: reasoning in other terms, and media of results behind them.
func setAside(schema llm.Schema, table *codec.Table, p, was, is *llm.Prompt) {
	bent := func(f llm.Field) bool { return p.Fields.Has(f) && table.Fields[f].Fate == codec.Approximated }
	for _, c := range []*llm.Prompt{was, is} {
		switch r := &c.Reasoning; {
		case bent(llm.FieldEffort), bent(llm.FieldBudget), bent(llm.FieldNoReasoning):
			*r = llm.Reasoning{}
			without(c, llm.FieldEffort, llm.FieldBudget, llm.FieldNoReasoning, llm.FieldShowThoughts)
		case schema == llm.SchemaAnthropic && r.Effort > llm.EffortNone: // which alone does not switch reasoning on there
			r.Auto, r.Show = false, false
			without(c, llm.FieldShowThoughts)
		}
		if bent(llm.FieldToolMedia) {
			for i := range c.Messages {
				c.Messages[i].Parts = wordsOnly(c.Messages[i].Parts)
			}
			without(c, llm.FieldToolMedia, llm.FieldImage, llm.FieldImageURL, llm.FieldFile, llm.FieldFileURL)
		}
	}
}

func without(p *llm.Prompt, fields ...llm.Field) {
	for _, f := range fields {
		p.Fields.Remove(f)
	}
}

// wordsOnly are parts without media.
func wordsOnly(parts []llm.Part) []llm.Part {
	parts = slices.DeleteFunc(slices.Clone(parts), func(x llm.Part) bool {
		return slices.Contains([]llm.PartKind{llm.PartImage, llm.PartAudio, llm.PartVideo, llm.PartFile}, x.Kind)
	})
	for i := range parts {
		parts[i].Parts = wordsOnly(parts[i].Parts)
	}
	return parts
}

// translated checks a request written in another schema: what its table says is kept must be
// there.
func translated(schema llm.Schema, r *llm.Request, p *llm.Prompt) error {
	_, q, err := written(schema, r, p)
	if err != nil {
		return err
	}
	if want, got := words(p), words(q); !strings.Contains(got, want) && !approximated(schema, p) {
		return fmt.Errorf("the texts are others: %.300q, were %.300q", got, want)
	}
	if len(p.Tools) != len(q.Tools) && !p.Fields.Has(llm.FieldToolsAllowed) {
		return fmt.Errorf("%d tools become %d", len(p.Tools), len(q.Tools))
	}
	return nil
}

// approximated reports whether texts may stand elsewhere than they did.
func approximated(schema llm.Schema, p *llm.Prompt) bool {
	for _, f := range []llm.Field{llm.FieldLateSystem, llm.FieldToolMedia, llm.FieldFile, llm.FieldRefusal, llm.FieldJSONObject, llm.FieldJSONSchema} {
		if p.Fields.Has(f) && tables[schema].Fields[f].Fate != codec.Kept {
			return true
		}
	}
	return false
}

// words are the texts of a prompt in their order, results of calls among them.
func words(p *llm.Prompt) string {
	var b strings.Builder
	var visit func(parts []llm.Part)
	visit = func(parts []llm.Part) {
		for i := range parts {
			switch x := &parts[i]; x.Kind {
			case llm.PartText:
				b.WriteString(strings.Join(strings.Fields(codec.Plain(x.Text)), ""))
			case llm.PartResult:
				visit(x.Parts)
			}
		}
	}
	system, turns := codec.Turns(p)
	visit(system)
	for _, m := range turns {
		visit(m.Parts)
	}
	return b.String()
}

// answered checks that an answer reaches a caller whole. One in the caller's own schema goes on
// as it is, whatever shape that has.
func answered(to, from llm.Schema, r *recording, stream bool) (was passed, err error) {
	req := asked(to, r.asked.Operation, stream)
	was, err = relay(to, from, req, stream, r.answer)
	if err != nil || was.failure != nil {
		return was, err
	}
	judge := shapetest.Whole
	if stream {
		judge = shapetest.Stream
	}
	if r.asked.Operation == llm.OperationChat && to != from {
		err = errors.Join(judge(to, was.written), published(to, stream, was.written))
	}
	if err != nil {
		return was, err
	}
	is, err := relay(to, to, req, stream, was.written)
	if err != nil {
		return was, fmt.Errorf("what is written cannot be read: %w", err)
	}
	return was, same(was, is)
}
