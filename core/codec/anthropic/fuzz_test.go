package anthropic

import (
	"bytes"
	"encoding/json"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/llm"
)

// FuzzTranslate decodes requests, and writes them from the neutral form for models of all
// kinds: valid, read again, and without what is empty.
func FuzzTranslate(f *testing.F) {
	for _, body := range codectest.Requests(f, "testdata") {
		f.Add(body, uint8(0), "")
	}
	for i, body := range bodies {
		f.Add([]byte(body), uint8(i), "So ")
	}
	names := []string{"other", sonnet45, opus46, opus47, sonnet5, haiku3}
	f.Fuzz(func(t *testing.T, body []byte, model uint8, prefill string) {
		r, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, body)
		if refusal != nil {
			return
		}
		p, refusal := Codec{}.ReadPrompt(r)
		if refusal != nil {
			if refusal.HTTPStatus() != 400 || refusal.Param == "" {
				t.Fatalf("%q is refused: %v", body, refusal)
			}
			return
		}
		prefill = string(bytes.ToValidUTF8([]byte(prefill), nil))
		name := names[int(model)%len(names)]
		foreign := *r
		foreign.Schema = llm.SchemaOpenAI
		sent := Codec{}.AppendRequest(nil, &foreign, codec.Form{Name: name, Prompt: p, Prefill: []byte(prefill)})
		again, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, sent)
		if refusal != nil || !json.Valid(sent) {
			t.Fatalf("%q\nsent %s: %v", body, sent, refusal)
		}
		q, refusal := Codec{}.ReadPrompt(again)
		if refusal != nil {
			t.Fatalf("%q\nsent %s: %v", body, sent, refusal)
		}
		checkTurns(t, q, sent)
	})
}

// checkTurns checks what the API wants of a conversation.
func checkTurns(t *testing.T, p *llm.Prompt, sent []byte) {
	role := llm.RoleNone
	for i, m := range p.Messages {
		if m.Role == llm.RoleSystem && i == 0 {
			continue
		}
		if m.Role == role || role == llm.RoleNone && m.Role != llm.RoleUser || len(m.Parts) == 0 {
			t.Fatalf("turn %d: %s", i, sent)
		}
		role = m.Role
		for _, part := range m.Parts {
			if part.Kind == llm.PartText && codec.White(part.Text) {
				t.Fatalf("a blank text: %s", sent)
			}
			for _, b := range part.ID {
				if !wordly(b) && b != '-' {
					t.Fatalf("the id %s: %s", part.ID, sent)
				}
			}
		}
	}
	if p.MaxOutput < 1 || p.Reasoning.Budget >= p.MaxOutput {
		t.Fatalf("limits: %s", sent)
	}
}

// FuzzCompose feeds pieces in any order to the writer, which has to keep to the grammar.
func FuzzCompose(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, uint8(1))
	f.Add([]byte{32, 33, 34, 35, 64, 65, 66}, uint8(2))
	f.Fuzz(func(t *testing.T, script []byte, resumed uint8) {
		w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaAnthropic, Stream: true})
		var stream []byte
		var text string
		a := &codec.Answer{ID: "gen-1", Model: "m"}
		for i, b := range script {
			d := llm.Delta{Kind: llm.DeltaKind(b % 12), Block: int(b>>4) % 4, Text: llm.Escaped(`x`), ID: llm.Escaped("c"), Name: llm.Escaped("f"), Origin: llm.Schema(1 + b%4)}
			if d.Kind == llm.DeltaText || d.Kind == llm.DeltaRefusal {
				text += "x"
			}
			a.Resumed = a.Resumed || i == int(resumed)
			e := with(d)
			e.Schema = llm.SchemaGemini
			stream = w.Append(stream, e, a)
		}
		stream = w.Append(stream, &llm.Event{Done: true, Schema: llm.SchemaAnthropic}, a)
		if err := grammatical(stream); err != nil {
			t.Fatalf("%v: %s", err, stream)
		}
		got := ""
		for _, e := range eventsOf(t, stream, true) {
			for _, d := range e.Deltas {
				if d.Kind == llm.DeltaText {
					got += string(d.Text)
				}
			}
		}
		if got != text {
			t.Fatalf("text %q, want %q: %s", got, text, stream)
		}
	})
}
