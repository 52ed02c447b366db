package shapetest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// response judges platform.openai.com/docs/api-reference/responses/object.
func response(v object) error {
	if err := first(responseHead(v), one(v, "status", "completed", "incomplete", "failed")); err != nil {
		return err
	}
	if (v["status"] == "incomplete") != (inner(v, "incomplete_details") != nil) {
		return fmt.Errorf("status %v with incomplete_details %v", v["status"], v["incomplete_details"])
	}
	if u := inner(v, "usage"); u != nil {
		if err := first(
			has(u, "input_tokens", number, "input_tokens_details", members, "output_tokens", number, "output_tokens_details", members, "total_tokens", number),
			has(inner(u, "input_tokens_details"), "cached_tokens", number), has(inner(u, "output_tokens_details"), "reasoning_tokens", number),
		); err != nil {
			return fmt.Errorf("usage: %w", err)
		}
		if count(u, "input_tokens")+count(u, "output_tokens") != count(u, "total_tokens") {
			return fmt.Errorf("usage does not add up: %v", u)
		}
	}
	return each(v, "output", func(_ int, x object) error { return item(x, true) })
}

// responseHead judges what a response has from its beginning.
func responseHead(v object) error {
	return first(
		has(v, "id", filled, "object", filled, "created_at", number, "status", filled, "model", filled, "output", list, "error", present,
			"incomplete_details", present, "instructions", present, "metadata", present, "parallel_tool_calls", flag, "temperature", present,
			"top_p", present, "tool_choice", present, "tools", list),
		one(v, "object", "response"),
	)
}

func item(x object, done bool) error {
	if err := has(x, "id", filled, "type", filled); err != nil {
		return err
	}
	switch x["type"] {
	case "message":
		if err := first(has(x, "role", filled, "status", filled, "content", list), one(x, "role", "assistant")); err != nil {
			return err
		}
		return each(x, "content", func(_ int, p object) error { return contentPart(p) })
	case "function_call":
		err := has(x, "call_id", filled, "name", filled, "arguments", text, "status", "~"+filled)
		if err == nil && done && x["status"] != "incomplete" {
			err = arguments(fmt.Sprint(x["arguments"]))
		}
		return err
	case "custom_tool_call":
		return has(x, "call_id", filled, "name", filled, "input", text, "status", "~"+filled)
	case "reasoning":
		return first(has(x, "summary", list, "encrypted_content", "~?"+text, "content", "~"+list), each(x, "summary", func(_ int, p object) error {
			return first(has(p, "text", text), one(p, "type", "summary_text"))
		}))
	case "image_generation_call":
		return has(x, "status", filled, "result", "?"+text)
	}
	return fmt.Errorf("an item of type %v", x["type"])
}

func contentPart(p object) error {
	switch p["type"] {
	case "output_text":
		return has(p, "text", text, "annotations", list)
	case "refusal":
		return has(p, "refusal", text)
	case "reasoning_text":
		return has(p, "text", text)
	}
	return fmt.Errorf("a part of type %v", p["type"])
}

// responseEvents judges platform.openai.com/docs/api-reference/responses-streaming: the events
// in their order, and that what was streamed is what is in the response at the end.
func responseEvents(events []event) error {
	s := responseStream{parts: map[string]*strings.Builder{}, open: map[int64]object{}}
	for i, e := range events {
		if err := s.event(i, e); err != nil {
			return fmt.Errorf("event %d: %w: %s", i, err, e.data)
		}
	}
	if !s.ended {
		return fmt.Errorf("the stream has no end")
	}
	return nil
}

type responseStream struct {
	id    any
	open  map[int64]object
	done  []object
	parts map[string]*strings.Builder // what was streamed of a part, by its place
	ended bool
}

func (s *responseStream) event(i int, e event) error {
	v := e.doc
	if v == nil || v["type"] != e.name {
		return fmt.Errorf("the event's name is %q", e.name)
	}
	if err := has(v, "sequence_number", number); err != nil {
		return err
	}
	if s.ended || count(v, "sequence_number") != int64(i) || (i == 0) != (e.name == "response.created") {
		return fmt.Errorf("out of order")
	}
	switch r := inner(v, "response"); e.name {
	case "response.created", "response.in_progress":
		if s.id == nil {
			s.id = r["id"]
		}
		if r["id"] != s.id {
			return fmt.Errorf("another id than %v", s.id)
		}
		return first(has(v, "response", members), responseHead(r), one(r, "status", "in_progress", "queued"))
	case "response.completed", "response.incomplete", "response.failed":
		return s.end(e.name, r)
	case "response.output_item.added":
		x := inner(v, "item")
		at := count(v, "output_index")
		if s.open[at] != nil || at != int64(len(s.done)+len(s.open)) {
			return fmt.Errorf("item %d, of which %d are done and %d open", at, len(s.done), len(s.open))
		}
		s.open[at] = x
		return first(has(v, "output_index", number, "item", members), item(x, false))
	case "response.output_item.done":
		return s.itemDone(v)
	}
	return s.piece(e.name, v)
}

// piece judges the events within an item.
func (s *responseStream) piece(name string, v object) error {
	at := count(v, "output_index")
	x := s.open[at]
	if err := has(v, "item_id", filled, "output_index", number); err != nil {
		return err
	}
	if x == nil || x["id"] != v["item_id"] {
		return fmt.Errorf("of item %d, %v, which is not open", at, v["item_id"])
	}
	for _, k := range [...]struct{ name, item, index, member string }{
		{"response.output_text", "message", "content_index", "text"},
		{"response.refusal", "message", "content_index", "refusal"},
		{"response.function_call_arguments", "function_call", "", "arguments"},
		{"response.custom_tool_call_input", "custom_tool_call", "", "input"},
		{"response.reasoning_summary_text", "reasoning", "summary_index", "text"},
		{"response.reasoning_text", "reasoning", "content_index", "text"},
	} {
		place := fmt.Sprint(k.name, at, v[k.index])
		switch name {
		case k.name + ".delta", k.name + ".done":
		default:
			continue
		}
		if x["type"] != k.item {
			return fmt.Errorf("in an item of type %v", x["type"])
		}
		if k.index != "" {
			if err := has(v, k.index, number); err != nil {
				return err
			}
		}
		if s.parts[place] == nil {
			s.parts[place] = &strings.Builder{}
		}
		if strings.HasSuffix(name, ".delta") {
			s.parts[place].WriteString(fmt.Sprint(v["delta"]))
			return has(v, "delta", text)
		}
		if got := s.parts[place].String(); v[k.member] != got {
			return fmt.Errorf("done with %q, streamed was %q", v[k.member], got)
		}
		return nil
	}
	switch name {
	case "response.content_part.added", "response.content_part.done":
		return first(has(v, "content_index", number, "part", members), contentPart(inner(v, "part")))
	case "response.reasoning_summary_part.added", "response.reasoning_summary_part.done":
		return first(has(v, "summary_index", number, "part", members), one(inner(v, "part"), "type", "summary_text"))
	case "response.image_generation_call.in_progress", "response.image_generation_call.completed":
		return nil
	}
	return fmt.Errorf("an event of type %q", name)
}

func (s *responseStream) itemDone(v object) error {
	x, at := inner(v, "item"), count(v, "output_index")
	if err := first(has(v, "output_index", number, "item", members), item(x, true)); err != nil {
		return err
	}
	if s.open[at] == nil || s.open[at]["id"] != x["id"] {
		return fmt.Errorf("item %d is done, but %v is open", at, s.open[at])
	}
	delete(s.open, at)
	s.done = append(s.done, x)
	return nil
}

func (s *responseStream) end(name string, r object) error {
	s.ended = true
	if err := first(response(r), one(r, "status", strings.TrimPrefix(name, "response."))); err != nil {
		return err
	}
	if r["id"] != s.id || len(s.open) > 0 {
		return fmt.Errorf("id %v, was %v; %d items are open", r["id"], s.id, len(s.open))
	}
	want, _ := json.Marshal(s.done)
	got, _ := json.Marshal(r["output"])
	if len(s.done) == 0 {
		want = []byte("[]")
	}
	if string(want) != string(got) {
		return fmt.Errorf("output is %s, streamed was %s", got, want)
	}
	return nil
}
