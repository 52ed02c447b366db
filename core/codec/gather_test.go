package codec_test

import (
	"bytes"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// A stream in the neutral form becomes one answer in each schema: pieces of one block joined,
// whatever stands between them, and of the events nothing kept.
func TestGather(t *testing.T) {
	piece := func(kind llm.DeltaKind, block int, text, id, name string) llm.Delta {
		return llm.Delta{Kind: kind, Block: block, Text: llm.Escaped(text), ID: llm.Escaped(id), Name: llm.Escaped(name)}
	}
	for _, s := range schemas {
		req := &llm.Request{Schema: s, Operation: llm.OperationChat, Model: "m"}
		g := codec.Gather(codecs[s], req)
		for _, deltas := range [][]llm.Delta{
			{piece(llm.DeltaText, 0, "He", "", "")}, {piece(llm.DeltaText, 0, `llo\n`, "", ""), {Kind: llm.DeltaEnd}},
			{piece(llm.DeltaCall, 1, "", "c1", "f"), piece(llm.DeltaCall, 2, "", "c2", "g")}, {piece(llm.DeltaArguments, 2, `{\"b\":`, "", "")},
			{piece(llm.DeltaArguments, 1, `{\"a\":1}`, "", ""), piece(llm.DeltaArguments, 2, "2}", "", "")},
		} {
			e := llm.Event{Deltas: deltas, Content: true, Size: 3, Choices: true, Spoke: 1}
			g.Add(&e)
			for i := range deltas { // which is the reader's again
				clear(deltas[i].Text)
				clear(deltas[i].ID)
				clear(deltas[i].Name)
			}
		}
		g.Add(&llm.Event{Finish: llm.FinishTools, Ended: 1, Usage: llm.Usage{Known: true, Input: 5, Output: 6}})
		g.Add(&llm.Event{Done: true})
		e, err := g.Whole()
		if err != nil {
			t.Fatalf("%v: %v", s, err)
		}
		if !e.Whole || e.Schema != s || e.Finish != llm.FinishTools || e.Usage.Input != 5 || e.Usage.Output != 6 {
			t.Errorf("%v: whole %v, finish %v, usage %+v", s, e.Whole, e.Finish, e.Usage)
		}
		for _, want := range []string{`Hello\n`, `"f"`, `"g"`, `"c1"`} {
			if !bytes.Contains(e.Raw, []byte(want)) && (s != llm.SchemaGemini || want != `"c1"`) {
				t.Errorf("%v: no %s in %s", s, want, e.Raw)
			}
		}
		text := strings.ReplaceAll(strings.ReplaceAll(string(e.Raw), `\"`, `"`), " ", "")
		if !strings.Contains(text, `{"a":1}`) || !strings.Contains(text, `{"b":2}`) {
			t.Errorf("%v: the arguments are others: %s", s, e.Raw)
		}
	}
}

// Each choice keeps the reason that it ended for, whether events say it one by one or together.
func TestGatherFinishes(t *testing.T) {
	said := func(choice int) llm.Event {
		return llm.Event{Deltas: []llm.Delta{{Kind: llm.DeltaText, Choice: choice, Text: llm.Escaped("so")}}, Content: true, Size: 2, Choices: true, Spoke: 1 << choice}
	}
	ended := func(choice int, f llm.Finish) llm.Delta {
		return llm.Delta{Kind: llm.DeltaEnd, Choice: choice, Finish: f}
	}
	for name, last := range map[string][]llm.Event{
		"one by one": {{Finish: llm.FinishLength, Spoke: 1, Ended: 1}, {Finish: llm.FinishStop, Spoke: 2, Ended: 2}},
		"together":   {{Finish: llm.FinishStop, Spoke: 3, Ended: 3, Deltas: []llm.Delta{ended(0, llm.FinishLength), ended(1, llm.FinishStop)}}},
	} {
		for s, want := range map[llm.Schema][2]string{llm.SchemaOpenAI: {`"finish_reason":"length"`, `"finish_reason":"stop"`}, llm.SchemaGemini: {`"MAX_TOKENS"`, `"STOP"`}} {
			g := codec.Gather(codecs[s], &llm.Request{Schema: s, Operation: llm.OperationChat, Model: "m", Choices: 2})
			for _, e := range append([]llm.Event{said(0), said(1)}, last...) {
				g.Add(&e)
			}
			e, err := g.Whole()
			if err != nil {
				t.Fatalf("%v: %v", s, err)
			}
			first, second := bytes.Index(e.Raw, []byte(want[0])), bytes.Index(e.Raw, []byte(want[1]))
			if first < 0 || second < first || e.Ended != 3 {
				t.Errorf("%v, %s: ended %b in %s", s, name, e.Ended, e.Raw)
			}
		}
	}
}

// The stop text that an answer ended at goes into it, where the schema has a place for it.
func TestGatherMatched(t *testing.T) {
	g := codec.Gather(codecs[llm.SchemaAnthropic], &llm.Request{Schema: llm.SchemaAnthropic, Operation: llm.OperationChat, Model: "m"})
	g.Add(&llm.Event{Deltas: []llm.Delta{{Kind: llm.DeltaText, Text: llm.Escaped("so")}}, Content: true, Size: 2, Choices: true, Spoke: 1})
	matched := llm.Escaped(`END\n`)
	g.Add(&llm.Event{Finish: llm.FinishStop, Matched: matched, Ended: 1})
	clear(matched) // which is the reader's again
	g.Add(&llm.Event{Done: true})
	e, err := g.Whole()
	if err != nil || string(e.Matched) != `END\n` || !bytes.Contains(e.Raw, []byte(`"stop_sequence":"END\n"`)) {
		t.Errorf("%v: ended at %q: %s", err, e.Matched, e.Raw)
	}
}

// An answer beyond every bound is none.
func TestGatherBound(t *testing.T) {
	g := codec.Gather(codecs[llm.SchemaAnthropic], &llm.Request{Schema: llm.SchemaAnthropic, Operation: llm.OperationChat})
	for range 3 {
		g.Add(&llm.Event{Content: true, Size: codec.MaxAnswer / 2, Deltas: []llm.Delta{{Kind: llm.DeltaText, Text: llm.Escaped("x")}}})
	}
	if _, err := g.Whole(); err == nil || !strings.Contains(err.Error(), "64 MiB") {
		t.Errorf("an answer of 96 MiB: %v", err)
	}
}
