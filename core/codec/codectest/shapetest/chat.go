package shapetest

import (
	"fmt"
	"slices"
)

var finishReasons = []string{"stop", "length", "tool_calls", "content_filter", "function_call"}

// chatCompletion judges platform.openai.com/docs/api-reference/chat/object.
func chatCompletion(v object) error {
	if err := first(
		has(v, "id", filled, "object", filled, "created", number, "model", filled, "choices", list, "usage", "~"+members),
		one(v, "object", "chat.completion"), chatUsage(v),
	); err != nil {
		return err
	}
	if all := v["choices"].([]any); len(all) == 0 {
		return fmt.Errorf("no choices")
	}
	return each(v, "choices", func(i int, c object) error {
		m := inner(c, "message")
		if err := first(
			has(c, "index", number, "message", members, "finish_reason", filled, "logprobs", present),
			one(c, "finish_reason", finishReasons...),
			has(m, "role", filled, "content", "?"+text, "refusal", "?"+text, "tool_calls", "~"+list),
			one(m, "role", "assistant"),
		); err != nil {
			return err
		}
		if count(c, "index") != int64(i) {
			return fmt.Errorf("index is %v", c["index"])
		}
		calls, _ := m["tool_calls"].([]any)
		if ends := c["finish_reason"] == "tool_calls"; ends != (len(calls) > 0) && c["finish_reason"] != "length" && c["finish_reason"] != "content_filter" {
			return fmt.Errorf("finish_reason %v with %d tool calls", c["finish_reason"], len(calls))
		}
		return each(m, "tool_calls", func(_ int, t object) error {
			f := inner(t, "function")
			err := first(
				has(t, "id", filled, "type", filled, "function", members), one(t, "type", "function"),
				has(f, "name", filled, "arguments", text),
			)
			if err == nil && c["finish_reason"] != "length" { // by which a call may be cut off
				err = arguments(fmt.Sprint(f["arguments"]))
			}
			return err
		})
	})
}

func chatUsage(v object) error {
	u := inner(v, "usage")
	if u == nil {
		return nil
	}
	if err := has(u, "prompt_tokens", number, "completion_tokens", number, "total_tokens", number); err != nil {
		return fmt.Errorf("usage: %w", err)
	}
	if in, out := count(u, "prompt_tokens"), count(u, "completion_tokens"); in+out != count(u, "total_tokens") {
		return fmt.Errorf("usage does not add up: %v", u)
	}
	if d := inner(u, "prompt_tokens_details"); count(d, "cached_tokens") > count(u, "prompt_tokens") {
		return fmt.Errorf("more tokens from the cache than in the prompt: %v", u)
	}
	return nil
}

// chunks judges platform.openai.com/docs/api-reference/chat-streaming.
func chunks(events []event) error {
	s := chunkStream{calls: map[[2]int64]string{}, ended: map[int64]bool{}, spoke: map[int64]bool{}}
	if last := events[len(events)-1]; last.data != "[DONE]" {
		return fmt.Errorf("the last event is no [DONE]: %s", last.data)
	}
	for i, e := range events[:len(events)-1] {
		if e.doc == nil {
			return fmt.Errorf("event %d of %d is [DONE]", i, len(events))
		}
		if err := s.chunk(e); err != nil {
			return fmt.Errorf("%w: %s", err, e.data)
		}
	}
	for i := range s.spoke {
		if !s.ended[i] {
			return fmt.Errorf("choice %d has no finish_reason", i)
		}
	}
	if len(s.spoke) == 0 {
		return fmt.Errorf("no choices")
	}
	for _, args := range s.calls {
		if err := arguments(args); err != nil {
			return err
		}
	}
	return nil
}

type chunkStream struct {
	id, model any
	created   any
	counted   bool
	calls     map[[2]int64]string
	ended     map[int64]bool
	spoke     map[int64]bool
}

func (s *chunkStream) chunk(e event) error {
	v := e.doc
	if e.name != "" {
		return fmt.Errorf("the event has the name %q", e.name)
	}
	if err := first(
		has(v, "id", filled, "object", filled, "created", number, "model", filled, "choices", list, "usage", "~?"+members),
		one(v, "object", "chat.completion.chunk"), chatUsage(v),
	); err != nil {
		return err
	}
	if s.id == nil {
		s.id, s.model, s.created = v["id"], v["model"], v["created"]
	}
	if v["id"] != s.id || v["model"] != s.model || v["created"] != s.created {
		return fmt.Errorf("id, model or created is another than in the first chunk (%v %v %v)", s.id, s.model, s.created)
	}
	if inner(v, "usage") != nil {
		if s.counted {
			return fmt.Errorf("usage a second time")
		}
		s.counted = true
	}
	return each(v, "choices", func(_ int, c object) error { return s.choice(c) })
}

func (s *chunkStream) choice(c object) error {
	d := inner(c, "delta")
	if err := first(
		has(c, "index", number, "delta", members, "finish_reason", "?"+filled),
		has(d, "content", "~?"+text, "role", "~"+filled, "refusal", "~?"+text, "tool_calls", "~"+list),
	); err != nil {
		return err
	}
	i := count(c, "index")
	if !s.spoke[i] && d["role"] != "assistant" {
		return fmt.Errorf("the first delta of choice %d has no role", i)
	}
	if _, ok := d["role"]; ok && s.spoke[i] {
		return fmt.Errorf("the role a second time")
	}
	if s.ended[i] {
		return fmt.Errorf("choice %d goes on behind its finish_reason", i)
	}
	s.spoke[i] = true
	if r, ok := c["finish_reason"].(string); ok {
		if !slices.Contains(finishReasons, r) {
			return fmt.Errorf("finish_reason %q", r)
		}
		s.ended[i] = true
	}
	return each(d, "tool_calls", func(_ int, t object) error {
		f := inner(t, "function")
		if err := has(t, "index", number, "function", members); err != nil {
			return err
		}
		at := [2]int64{i, count(t, "index")}
		args, begun := s.calls[at]
		if !begun {
			if at[1] > 0 {
				if _, ok := s.calls[[2]int64{i, at[1] - 1}]; !ok {
					return fmt.Errorf("call %d without one before", at[1])
				}
			}
			if err := first(has(t, "id", filled, "type", filled), one(t, "type", "function"), has(f, "name", filled, "arguments", text)); err != nil {
				return err
			}
		} else if _, again := t["id"]; again {
			return fmt.Errorf("the id of a call a second time")
		}
		more, _ := f["arguments"].(string)
		s.calls[at] = args + more
		return nil
	})
}
