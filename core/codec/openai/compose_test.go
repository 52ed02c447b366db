package openai

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest/shapetest"
	"strowger/core/llm"
)

// told is an event of another schema with these deltas.
func told(deltas ...llm.Delta) *llm.Event {
	return &llm.Event{Schema: llm.SchemaAnthropic, Raw: []byte("data: {}\n\n"), Object: llm.Span{Start: 6, End: 8}, Content: len(deltas) > 0, Choices: true, Spoke: 1, Deltas: deltas}
}

func ended(f llm.Finish, u llm.Usage) *llm.Event {
	e := told()
	e.Finish, e.Ended, e.Usage = f, 1, u
	return e
}

func saying(kind llm.DeltaKind, block int, text string) llm.Delta {
	return llm.Delta{Kind: kind, Block: block, Text: llm.Escaped(text)}
}

func calling(block int, id, name, text string) llm.Delta {
	return llm.Delta{Kind: llm.DeltaCall, Block: block, ID: llm.Escaped(id), Name: llm.Escaped(name), Text: llm.Escaped(text)}
}

var counted = llm.Usage{Known: true, Input: 5, CacheRead: 3, CacheWrite: 2, CacheWriteHour: 1, Output: 7, Reasoning: 4}

// Who asks for reasoning in OpenRouter's words gets it by its name of it too.
func TestRouted(t *testing.T) {
	for body, want := range map[string]bool{
		`{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"reasoning":{"effort":"low"}}`:   true,
		`{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"include_reasoning":true}`:       true,
		`{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"reasoning_effort":"low"}`:       false,
		`{"model":"m","messages":[{"role":"user","content":"x"}],"reasoning":{"enabled":true},"stream":false}`:  true,
		`{"model":"m","messages":[{"role":"user","content":"x"}],"reasoning_effort":"low","top_p":1,"stop":[]}`: false,
	} {
		req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(body))
		if refusal != nil {
			t.Fatal(refusal)
		}
		e := told(saying(llm.DeltaThought, 0, "hm"))
		e.Whole = !req.Stream
		got := string(Codec{}.NewWriter(req).Append(nil, e, &codec.Answer{ID: "1", Model: "m"}))
		if !strings.Contains(got, `"reasoning_content":"hm"`) || strings.Contains(got, `"reasoning":"hm"`) != want {
			t.Errorf("%s: %s", body, got)
		}
	}
}

// TestComposed writes answers of other schemas, as streams and as documents.
func TestComposed(t *testing.T) {
	var out strings.Builder
	for _, c := range []struct {
		name   string
		events []*llm.Event
	}{
		{"reasoning, text, and calls whose blocks are mixed", []*llm.Event{
			told(),
			told(saying(llm.DeltaThought, 0, "hm"), saying(llm.DeltaSignature, 0, "sig")),
			told(saying(llm.DeltaText, 1, `a\"`), saying(llm.DeltaText, 1, "")),
			told(calling(2, "c1", "f", ""), calling(4, "c2", "g", "{")),
			told(saying(llm.DeltaArguments, 2, `{\"x\":1}`), saying(llm.DeltaArguments, 4, "}"), saying(llm.DeltaEnd, 2, "")),
			told(calling(5, "c3", "h", ""), saying(llm.DeltaEnd, 5, "")),
			told(calling(6, "c4", "h", "")),
			ended(llm.FinishTools, counted),
			ended(llm.FinishTools, llm.Usage{}),
		}},
		{"a refusal", []*llm.Event{told(saying(llm.DeltaRefusal, 0, "no")), ended(llm.FinishFilter, counted)}},
		{"nothing, as a blocked prompt", []*llm.Event{ended(llm.FinishFilter, llm.Usage{})}},
		{"a picture and a sound", []*llm.Event{
			told(llm.Delta{Kind: llm.DeltaMedia, Name: llm.Escaped("image/png"), Text: llm.Escaped("AAAA")}),
			told(llm.Delta{Kind: llm.DeltaMedia, Block: 1, Name: llm.Escaped("audio/wav"), Text: llm.Escaped("AAAA")}),
			ended(llm.FinishOther, llm.Usage{}),
		}},
		{"two choices", []*llm.Event{
			told(saying(llm.DeltaText, 0, "a"), llm.Delta{Kind: llm.DeltaText, Choice: 1, Text: llm.Escaped("b")}),
			{Schema: llm.SchemaGemini, Finish: llm.FinishLength, Ended: 2, Deltas: []llm.Delta{{Kind: llm.DeltaText, Choice: 1, Text: llm.Escaped("c")}}},
			ended(llm.FinishStop, counted),
		}},
		{"two choices that end each in its own way", []*llm.Event{
			told(saying(llm.DeltaText, 0, "a"), llm.Delta{Kind: llm.DeltaText, Choice: 1, Text: llm.Escaped("b")}),
			{Schema: llm.SchemaGemini, Finish: llm.FinishStop, Ended: 7, Deltas: []llm.Delta{
				{Kind: llm.DeltaEnd, Finish: llm.FinishLength}, {Kind: llm.DeltaEnd, Choice: 2, Finish: llm.FinishFilter},
			}},
		}},
		{"more behind the end", []*llm.Event{
			told(saying(llm.DeltaText, 0, "a"), calling(1, "c", "f", "")),
			ended(llm.FinishTools, llm.Usage{}),
			told(saying(llm.DeltaText, 2, "late"), saying(llm.DeltaArguments, 1, "{}"), calling(3, "d", "g", ""), saying(llm.DeltaEnd, 1, "")),
			ended(llm.FinishStop, counted),
		}},
		{"all at once", []*llm.Event{{
			Schema: llm.SchemaGemini, Deltas: []llm.Delta{saying(llm.DeltaText, 0, "a"), calling(1, "c", "f", "{}")},
			Finish: llm.FinishTools, Ended: 1, Usage: counted,
		}}},
	} {
		out.WriteString("# " + c.name + "\n")
		for _, op := range []llm.Operation{llm.OperationChat, llm.OperationCompletion} {
			req := &llm.Request{Schema: llm.SchemaOpenAI, Operation: op, Stream: true, WantUsage: true, WantCost: true}
			w := Codec{}.NewWriter(req)
			a := &codec.Answer{ID: "01", Created: 7, Model: "a/b", Cost: 5, Priced: true}
			var written []byte
			whole := llm.Event{Schema: llm.SchemaGemini, Whole: true, Choices: true}
			for _, e := range c.events {
				written = w.Append(written, e, a)
				whole.Deltas = append(whole.Deltas, e.Deltas...)
				if e.Finish != llm.FinishNone && whole.Finish == llm.FinishNone {
					whole.Finish = e.Finish
				}
				if e.Usage.Known {
					whole.Usage = e.Usage
				}
			}
			written = w.Append(written, &llm.Event{Schema: llm.SchemaOpenAI, Done: true}, &codec.Answer{Model: "a/b"})
			still := *req
			still.Stream = false
			doc := Codec{}.NewWriter(&still).Append(nil, &whole, a)
			out.WriteString(strings.ReplaceAll(string(written), "\n\n", "\n") + string(doc) + "\n")
			if op != llm.OperationChat {
				continue
			}
			if err := shapetest.Stream(llm.SchemaOpenAI, written); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if err := shapetest.Whole(llm.SchemaOpenAI, doc); err != nil {
				t.Errorf("%s: %v: %s", c.name, err, doc)
			}
		}
	}
	golden(t, "compose.txt", out.String())
}

// An answer that providers of several schemas give together is one: one id, one role, one end.
func TestComposedBesideSpliced(t *testing.T) {
	own := func(data string) *llm.Event {
		e := &llm.Event{Schema: llm.SchemaOpenAI, Raw: []byte("data: " + data + "\n\n")}
		if err := readObject(e, e.Raw[6:len(e.Raw)-2], 6); err != nil {
			t.Fatal(err)
		}
		return e
	}
	first := own(`{"id":"chatcmpl-one","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"ab"}}]}`)
	last := own(`{"id":"two","object":"chat.completion.chunk","created":2,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"bc"},"finish_reason":"stop"}]}`)
	usage := own(`{"id":"two","object":"chat.completion.chunk","created":2,"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`)
	done := &llm.Event{Schema: llm.SchemaOpenAI, Done: true}
	begunWith := told(saying(llm.DeltaText, 0, "ab"))
	begunWith.Usage = counted // as Anthropic's first event
	begun, resumed := &codec.Answer{ID: "x", Created: 9, Model: "a/b"}, &codec.Answer{ID: "x", Created: 9, Model: "c/d", Resumed: true, SkipText: 1}
	for name, c := range map[string]struct {
		events []*llm.Event
		want   []string
	}{
		"foreign behind own": {
			[]*llm.Event{first, told(saying(llm.DeltaText, 0, "bc")), ended(llm.FinishStop, counted), done},
			[]string{`"id":"chatcmpl-one"`, `"created":1,`, `"content":"c"`, `"prompt_tokens":11`},
		},
		"own behind foreign": {
			[]*llm.Event{begunWith, last, usage, done},
			[]string{`"id":"chatcmpl-x"`, `"created":9,`, `"content":"c"`, `"prompt_tokens":1`},
		},
		"foreign behind foreign": {
			[]*llm.Event{told(saying(llm.DeltaText, 0, "ab")), told(saying(llm.DeltaText, 3, "bc")), ended(llm.FinishStop, counted), done},
			[]string{`"id":"chatcmpl-x"`, `"created":9,`, `"content":"c"`, `"prompt_tokens":11`},
		},
	} {
		w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Stream: true, WantUsage: true})
		var out []byte
		for i, e := range c.events {
			switch i {
			case 0:
				out = w.Append(out, e, begun)
			case 1:
				out = w.Append(out, e, resumed)
			default:
				out = w.Append(out, e, &codec.Answer{ID: "x", Created: 9, Model: "c/d", Resumed: true})
			}
		}
		text := string(out)
		chunks := strings.Count(text, "data: {")
		if n := strings.Count(text, c.want[0]); n != chunks {
			t.Errorf("%s: %d of %d chunks have %s: %s", name, n, chunks, c.want[0], text)
		}
		if n := strings.Count(text, c.want[1]); n != chunks {
			t.Errorf("%s: %d of %d chunks have %s: %s", name, n, chunks, c.want[1], text)
		}
		for _, want := range append(c.want[2:], `"role":"assistant"`, `"finish_reason":"stop"`, `"usage":{`, "data: [DONE]\n\n") {
			if n := strings.Count(text, want); n != 1 {
				t.Errorf("%s: %d times %s: %s", name, n, want, text)
			}
		}
	}
}

// FuzzCompose writes answers made of anything: what is written is a stream of valid chunks with
// one end for each choice, and says what was told.
func FuzzCompose(f *testing.F) {
	f.Add([]byte{1, 0, 0, 'a', 6, 0, 1, 'b', 7, 0, 1, 'c', 9, 0, 1, 0}, uint8(1))
	f.Add([]byte{2, 1, 0, 'a', 3, 1, 0, 'b', 5, 1, 0, 'c', 8, 0, 1, 0}, uint8(3))
	f.Fuzz(func(t *testing.T, pieces []byte, finish uint8) {
		req := &llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Stream: true, WantUsage: true}
		w := Codec{}.NewWriter(req)
		a := &codec.Answer{ID: "x", Model: "a/b"}
		var out []byte
		said := map[int]string{}
		for ; len(pieces) >= 4; pieces = pieces[4:] {
			d := llm.Delta{Kind: llm.DeltaKind(pieces[0] % 12), Choice: int(pieces[1] % 3), Block: int(pieces[2] % 4), Origin: llm.SchemaOpenAI}
			d.Text, d.ID, d.Name = codec.Escape(string(pieces[3:4])), llm.Escaped("i"), llm.Escaped("n")
			if d.Kind == llm.DeltaText {
				said[d.Choice] += codec.Plain(d.Text)
			}
			out = w.Append(out, &llm.Event{Schema: llm.SchemaGemini, Deltas: []llm.Delta{d}}, a)
		}
		out = w.Append(out, &llm.Event{Schema: llm.SchemaGemini, Finish: llm.Finish(finish%5 + 1), Ended: 7, Usage: counted}, a)
		out = w.Append(out, &llm.Event{Schema: llm.SchemaGemini, Finish: llm.FinishStop, Ended: 7}, a)
		out = w.Append(out, &llm.Event{Done: true}, a)
		got, ends := map[int]string{}, map[int]int{}
		for line := range bytes.Lines(out) {
			data, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("data: "))
			if !ok || string(data) == "[DONE]" {
				continue
			}
			var doc struct {
				ID, Model string
				Choices   []struct {
					Index  int
					Delta  struct{ Content string }
					Finish string `json:"finish_reason"`
				}
			}
			if err := json.Unmarshal(data, &doc); err != nil || doc.ID != "chatcmpl-x" || doc.Model != "a/b" {
				t.Fatalf("%v: %s", err, data)
			}
			for _, c := range doc.Choices {
				got[c.Index] += c.Delta.Content
				if c.Finish != "" {
					ends[c.Index]++
				}
			}
		}
		for i, n := range ends {
			if n != 1 {
				t.Fatalf("choice %d has %d ends: %s", i, n, out)
			}
		}
		for i, text := range said {
			if got[i] != text || ends[i] != 1 {
				t.Fatalf("choice %d says %q, was %q, %d ends: %s", i, got[i], text, ends[i], out)
			}
		}
	})
}
