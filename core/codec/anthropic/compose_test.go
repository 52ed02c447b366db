package anthropic

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

type deltas []llm.Delta

func say(block int, text string) llm.Delta {
	return llm.Delta{Kind: llm.DeltaText, Block: block, Text: llm.Escaped(text)}
}

func think(block int, text string) llm.Delta {
	return llm.Delta{Kind: llm.DeltaThought, Block: block, Text: llm.Escaped(text)}
}

func sign(block int, text string, origin llm.Schema) llm.Delta {
	return llm.Delta{Kind: llm.DeltaSignature, Block: block, Text: llm.Escaped(text), Origin: origin}
}

func begin(block int, id, name, args string) llm.Delta {
	return llm.Delta{Kind: llm.DeltaCall, Block: block, ID: llm.Escaped(id), Name: llm.Escaped(name), Text: llm.Escaped(args)}
}

func args(block int, text string) llm.Delta {
	return llm.Delta{Kind: llm.DeltaArguments, Block: block, Text: llm.Escaped(text)}
}

func end(block int) llm.Delta { return llm.Delta{Kind: llm.DeltaEnd, Block: block} }

func with(list ...llm.Delta) *llm.Event {
	return &llm.Event{Choices: true, Deltas: list, Object: llm.Span{Start: 0, End: 2}, Raw: []byte("{}")}
}

func finish(f llm.Finish, matched string) *llm.Event {
	return &llm.Event{Choices: true, Finish: f, Matched: llm.Escaped(matched), Object: llm.Span{Start: 0, End: 2}, Raw: []byte("{}")}
}

var counted = llm.Usage{Known: true, Input: 10, CacheRead: 20, CacheWrite: 3, CacheWriteHour: 4, Output: 5, Reasoning: 6}

func usage() *llm.Event {
	return &llm.Event{Usage: counted, Object: llm.Span{Start: 0, End: 2}, Raw: []byte("{}")}
}

var tells = []struct {
	name   string
	schema llm.Schema
	cost   bool
	events []*llm.Event
}{
	{"text, with usage behind the end", llm.SchemaOpenAI, true, []*llm.Event{with(), with(say(0, "Hel")), with(say(0, "lo")), finish(llm.FinishStop, ""), usage()}},
	{"no content", llm.SchemaOpenAI, false, []*llm.Event{with(), finish(llm.FinishFilter, "")}},
	{"nothing but the end", llm.SchemaGemini, false, nil},
	{"a comment, and an empty text", llm.SchemaOpenAI, false, []*llm.Event{{Raw: []byte(": x\n\n")}, with(say(0, "")), with(say(0, "a")), finish(llm.FinishLength, "")}},
	{"all at once", llm.SchemaGemini, false, []*llm.Event{{Choices: true, Deltas: deltas{think(0, "hm"), say(1, "a")}, Finish: llm.FinishOther, Usage: counted, Object: llm.Span{Start: 0, End: 2}, Raw: []byte("{}")}}},
	{"stopped at a text", llm.SchemaOpenAI, false, []*llm.Event{with(say(0, "a")), finish(llm.FinishStop, `\n\nEnd`)}},
	{"a refusal, a second choice", llm.SchemaOpenAI, false, []*llm.Event{with(llm.Delta{Kind: llm.DeltaRefusal, Text: llm.Escaped("No.")}, llm.Delta{Kind: llm.DeltaText, Choice: 1, Text: llm.Escaped("Yes.")}), finish(llm.FinishStop, "")}},
	{"thoughts without a signature, with one of theirs, with one of ours", llm.SchemaGemini, false, []*llm.Event{with(think(0, "a")), with(think(0, "b")), with(say(1, "x")), with(think(2, "c"), sign(2, "sig", llm.SchemaGemini)),
		with(think(3, "d"), sign(3, "own", llm.SchemaAnthropic)), with(llm.Delta{Kind: llm.DeltaRedacted, Block: 4, Text: llm.Escaped("enc"), Origin: llm.SchemaResponses}), finish(llm.FinishStop, "")}},
	{"a call with a signature in front", llm.SchemaGemini, false, []*llm.Event{with(llm.Delta{Kind: llm.DeltaCall, Block: 0, ID: llm.Escaped("c1"), Name: llm.Escaped("f"), Text: llm.Escaped(`{\"a\":1}`), Signature: llm.Escaped("sig"), Origin: llm.SchemaGemini}), finish(llm.FinishTools, "")}},
	{"calls that are mixed", llm.SchemaOpenAI, false, []*llm.Event{with(say(0, "ok")), with(begin(1, "c1", "f", "")), with(args(1, `{\"a`)), with(begin(2, "c2", "g", "")), with(args(2, `{\"b`)), with(args(1, `\":1}`)), with(args(2, `\":2}`)),
		with(say(3, "late")), finish(llm.FinishTools, "")}},
	{"calls that end", llm.SchemaResponses, false, []*llm.Event{with(begin(0, "c1", "f", "")), with(begin(1, "c2", "g", "")), with(args(1, "{}")), with(end(1)), with(args(0, "{}")), with(end(0)), with(begin(2, "c3", "h", "{}")), with(end(2)), with(say(3, "x")), with(end(3)), finish(llm.FinishTools, "")}},
	{"calls that wait, one of them for more", llm.SchemaResponses, false, []*llm.Event{with(begin(0, "c1", "f", "")), with(begin(1, "c2", "g", `{\"a\"`)), with(end(0)), with(args(1, ":1}")), with(end(1)), finish(llm.FinishTools, "")}},
	{"what only others have", llm.SchemaGemini, false, []*llm.Event{with(llm.Delta{Kind: llm.DeltaOther}, llm.Delta{Kind: llm.DeltaMedia, Block: 1, Name: llm.Escaped("image/png"), Text: llm.Escaped("AAAA")}, end(0), args(7, "{}")), finish(llm.FinishStop, "")}},
	{"an error in the middle", llm.SchemaOpenAI, false, []*llm.Event{with(say(0, "a")), {Err: &llm.Error{Code: llm.CodeStreamCut, Message: "cut", Detail: []byte(`{"attempts":[]}`)}}}},
}

// What becomes of streams in other schemas: by Anthropic's grammar of events, always.
func TestComposed(t *testing.T) {
	var out strings.Builder
	a := &codec.Answer{ID: "gen-1", Model: "author/model", Cost: 1234, Priced: true}
	for _, c := range tells {
		w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaAnthropic, Stream: true, WantCost: c.cost})
		var stream []byte
		failed := false
		for _, e := range c.events {
			e.Schema = c.schema
			failed = failed || e.Err != nil
			stream = w.Append(stream, e, a)
		}
		if !failed {
			stream = w.Append(stream, &llm.Event{Schema: llm.SchemaAnthropic, Done: true}, &codec.Answer{ID: "gen-1", Model: "author/model"})
			if err := grammatical(stream); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		fmt.Fprintf(&out, "# %s\n%s", c.name, strings.ReplaceAll(string(stream), "\n\n", "\n"))
	}
	golden(t, "stream.golden", out.String())
}

// What becomes of whole answers in other schemas.
func TestComposedWhole(t *testing.T) {
	var out strings.Builder
	for _, c := range tells {
		e := llm.Event{Whole: true, Schema: c.schema}
		for _, part := range c.events {
			e.Deltas = append(e.Deltas, part.Deltas...)
			if part.Finish != llm.FinishNone {
				e.Finish, e.Matched = part.Finish, part.Matched
			}
			if part.Usage.Known {
				e.Usage = part.Usage
			}
		}
		got := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaAnthropic, WantCost: c.cost}).Append(nil, &e, &codec.Answer{ID: "gen-1", Model: "author/model", Cost: 1234, Priced: true})
		if !json.Valid(got) {
			t.Errorf("%s: no JSON: %s", c.name, got)
		}
		fmt.Fprintf(&out, "# %s\n%s\n", c.name, got)
	}
	golden(t, "whole.golden", out.String())
}

// Arguments that are no object stand in one.
func TestArguments(t *testing.T) {
	for text, want := range map[string]string{
		``: `{}`, `{}`: `{}`, `{\"a\":\"\\\"\"}`: `{"a":"\""}`, `{\"a\":`: `{"arguments":"{\"a\":"}`, `[1]`: `{"arguments":"[1]"}`, `x`: `{"arguments":"x"}`,
	} {
		if got, _ := codec.AppendArguments(nil, llm.Escaped(text)); string(got) != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

// An answer that was spliced goes on in its open block, and one that another endpoint takes
// up too, whatever the numbers of its blocks.
func TestTakenUp(t *testing.T) {
	events := eventsOf(t, []byte(begunStream), true)
	a := &codec.Answer{ID: "gen-1", Model: "m"}
	for n := range len(events) {
		w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaAnthropic, Stream: true})
		var stream []byte
		for _, e := range events[:n] {
			stream = w.Append(stream, e, a)
		}
		on := *a
		on.Resumed = true
		for _, e := range []*llm.Event{with(say(4, " on")), with(say(4, ".")), finish(llm.FinishStop, "")} {
			e.Schema = llm.SchemaOpenAI
			stream = w.Append(stream, e, &on)
		}
		stream = w.Append(stream, &llm.Event{Schema: llm.SchemaAnthropic, Done: true}, &on)
		if err := grammatical(stream); err != nil {
			t.Errorf("behind %d events: %v in %s", n, err, stream)
		}
		if texts := strings.Count(string(stream), `"content_block":{"type":"text"`); texts != 1 {
			t.Errorf("behind %d events: %d blocks of text in %s", n, texts, stream)
		}
	}
}

const begunStream = `event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":4,"output_tokens":2}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"It goes"}}

`

// What waits is written as soon as what it waits for is over.
func TestWaiting(t *testing.T) {
	w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaAnthropic, Stream: true})
	var stream []byte
	for _, e := range []*llm.Event{with(begin(0, "c0", "f", "")), with(say(1, "x")), with(begin(2, "c2", "g", "")), with(end(0)), with(args(2, "{}"))} {
		e.Schema = llm.SchemaResponses
		stream = w.Append(stream, e, &codec.Answer{ID: "gen-1", Model: "m"})
	}
	if !strings.Contains(string(stream), `"index":2,"delta":{"type":"input_json_delta","partial_json":"{}"`) {
		t.Errorf("still waits: %s", stream)
	}
}

// The signature of a thought that comes in pieces is carried as one, in a stream and whole.
func TestSignaturePieces(t *testing.T) {
	pieces := deltas{think(0, "a"), sign(0, "si", llm.SchemaGemini), think(0, "b"), sign(0, "g", llm.SchemaGemini), think(1, "c"), sign(1, "ow", llm.SchemaAnthropic), sign(1, "n", llm.SchemaAnthropic)}
	want := carried(codec.SignedThought, "sig")
	a := &codec.Answer{ID: "gen-1", Model: "m"}
	for _, whole := range []bool{false, true} {
		w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaAnthropic, Stream: !whole})
		out := string(w.Append(nil, &llm.Event{Schema: llm.SchemaGemini, Whole: whole, Choices: true, Deltas: pieces}, a))
		if !whole {
			out = string(w.Append([]byte(out), &llm.Event{Schema: llm.SchemaGemini, Done: true}, a))
		}
		if !strings.Contains(out, `"signature":"`+want+`"`) || !strings.Contains(out, `"signature":"own"`) {
			t.Errorf("whole %v: %s", whole, out)
		}
	}
}

// Only signatures that are not Anthropic's own need a block in front of their call.
func TestSignedCall(t *testing.T) {
	for origin, want := range map[llm.Schema]int{llm.SchemaGemini: 1, llm.SchemaAnthropic: 0} {
		d := begin(0, "c1", "f", "{}")
		d.Signature, d.Origin = llm.Escaped("sig"), origin
		w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaAnthropic})
		out := w.Append(nil, &llm.Event{Schema: llm.SchemaGemini, Whole: true, Deltas: deltas{d}}, &codec.Answer{})
		if got := strings.Count(string(out), "redacted_thinking"); got != want {
			t.Errorf("schema %d: %d blocks in front, want %d: %s", origin, got, want, out)
		}
	}
}

// What waits for the end of a block has a bound, behind which the stream ends in an error.
func TestHeld(t *testing.T) {
	w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaAnthropic, Stream: true}).(*writer)
	a := &codec.Answer{ID: "gen-1", Model: "m"}
	tell := func(d ...llm.Delta) string {
		e := with(d...)
		e.Schema = llm.SchemaResponses
		return string(w.Append(nil, e, a))
	}
	piece := strings.Repeat("x", 1<<20)
	tell(begin(0, "c1", "f", ""), begin(1, "c2", "g", piece))
	for range 3 { // what is written does not wait
		tell(args(0, piece))
		tell(end(1), end(0), begin(0, "c1", "f", ""), begin(1, "c2", "g", piece))
	}
	if w.held > 2<<20 {
		t.Errorf("%d bytes wait", w.held)
	}
	failed := 0
	for n := range 20 {
		if out := tell(args(1, piece)); out != "" {
			failed = n + 1
			if !strings.HasPrefix(out, "event: error\n") {
				t.Errorf("ends in %.100s", out)
			}
			break
		}
	}
	if failed < 14 || failed > 16 {
		t.Errorf("ends behind %d MiB", failed)
	}
	if out := tell(say(3, "x")) + string(w.Append(nil, &llm.Event{Done: true}, a)); out != "" {
		t.Errorf("goes on with %s", out)
	}
}
