package responses

import (
	"encoding/json"
	"fmt"
	"testing"

	"strowger/core/sse"
)

// follower follows a stream as the official SDKs do (openai-node, ResponseAccumulator), which
// take each event for the place that it names, and holds what is repeated against what was
// said before.
type follower struct {
	seq      float64
	output   []map[string]any
	texts    map[string]string
	open     map[int]bool
	created  bool
	ended    bool
	id       any
	problems []string
}

func (f *follower) fail(format string, a ...any) {
	f.problems = append(f.problems, fmt.Sprintf(format, a...))
}

// checkGrammar checks that a stream which was written anew has all its events in order.
func checkGrammar(t *testing.T, id string, stream []byte) {
	t.Helper()
	f := follower{texts: map[string]string{}, open: map[int]bool{}, seq: -1}
	var framer sse.Framer
	framer.Write(stream, func(frame sse.Frame) {
		if frame.Comment {
			return
		}
		var doc map[string]any
		if err := json.Unmarshal(frame.Data, &doc); err != nil {
			f.fail("%v: %s", err, frame.Data)
			return
		}
		if doc["type"] != string(frame.Event) {
			f.fail("event %s has type %v", frame.Event, doc["type"])
		}
		f.event(doc)
	})
	if !f.ended {
		f.fail("no end")
	}
	for _, p := range f.problems {
		t.Errorf("%s: %s", id, p)
	}
}

func (f *follower) event(doc map[string]any) {
	if seq, ok := doc["sequence_number"].(float64); !ok || seq != f.seq+1 {
		f.fail("number %v behind %v", doc["sequence_number"], f.seq)
	}
	f.seq++
	if f.ended {
		f.fail("%v behind the end", doc["type"])
	}
	kind, _ := doc["type"].(string)
	if response, ok := doc["response"].(map[string]any); ok {
		f.response(kind, response)
		return
	}
	if !f.created {
		f.fail("%s before the response", kind)
	}
	at := int(doc["output_index"].(float64))
	switch kind {
	case "response.output_item.added":
		if at != len(f.output) {
			f.fail("item %d is added as %d", len(f.output), at)
		}
		f.output, f.open[at] = append(f.output, doc["item"].(map[string]any)), true
		return
	case "response.output_item.done":
		item := doc["item"].(map[string]any)
		if !f.open[at] || item["id"] != f.output[at]["id"] || item["type"] != f.output[at]["type"] {
			f.fail("item %d ends as %v, was %v", at, item, f.output[at])
		}
		f.output[at], f.open[at] = item, false
		return
	}
	if at >= len(f.output) || !f.open[at] || f.output[at]["id"] != doc["item_id"] {
		f.fail("%s for item %d %v", kind, at, doc["item_id"])
		return
	}
	f.inside(kind, fmt.Sprint(at), doc)
}

// inside follows an event about a part of an item.
func (f *follower) inside(kind, at string, doc map[string]any) {
	if delta, ok := doc["delta"].(string); ok {
		f.texts[at] += delta
		return
	}
	for _, key := range []string{"text", "refusal", "arguments", "input"} {
		if all, ok := doc[key].(string); ok && all != f.texts[at] {
			f.fail("%s repeats %q, said was %q", kind, all, f.texts[at])
		}
	}
	part, ok := doc["part"].(map[string]any)
	if !ok {
		return
	}
	for _, key := range []string{"text", "refusal"} {
		if all, ok := part[key].(string); ok && all != f.texts[at] {
			f.fail("%s repeats %q, said was %q", kind, all, f.texts[at])
		}
	}
}

// required are the members of a response that OpenAI's published schema requires.
var required = []string{"id", "object", "created_at", "status", "error", "incomplete_details", "instructions", "metadata", "model", "output",
	"parallel_tool_calls", "temperature", "tool_choice", "tools", "top_p", "usage", "reasoning", "text", "truncation", "user", "max_output_tokens"}

func (f *follower) response(kind string, r map[string]any) {
	for _, key := range required {
		if _, ok := r[key]; !ok {
			f.fail("%s without %s", kind, key)
		}
	}
	if f.id != nil && f.id != r["id"] {
		f.fail("id %v becomes %v", f.id, r["id"])
	}
	f.id = r["id"]
	switch kind {
	case "response.created":
		f.created = true
	case "response.in_progress":
	default:
		f.ended = true
		for at, open := range f.open {
			if open {
				f.fail("item %d does not end", at)
			}
		}
		if a, b := canonical(f.output), canonical(r["output"]); len(f.output) > 0 && a != b {
			f.fail("%s has %s, said was %s", kind, b, a)
		}
	}
}
