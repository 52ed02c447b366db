package shapetest

import (
	"fmt"
)

var stopReasons = []string{"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded"}

// message judges docs.anthropic.com/en/api/messages.
func message(v object) error {
	if err := first(
		has(v, "id", filled, "type", filled, "role", filled, "model", filled, "content", list, "stop_reason", filled, "stop_sequence", "?"+text, "usage", members),
		one(v, "type", "message"), one(v, "role", "assistant"), one(v, "stop_reason", stopReasons...), messageUsage(inner(v, "usage"), "input_tokens"),
	); err != nil {
		return err
	}
	calls := false
	err := each(v, "content", func(_ int, b object) error {
		calls = calls || b["type"] == "tool_use"
		return block(b)
	})
	if err == nil && (v["stop_reason"] == "tool_use") != calls && v["stop_reason"] != "max_tokens" && v["stop_reason"] != "refusal" {
		err = fmt.Errorf("stop_reason %v, calls: %v", v["stop_reason"], calls)
	}
	return err
}

func messageUsage(u object, more ...string) error {
	pairs := []string{"output_tokens", number}
	for _, m := range more {
		pairs = append(pairs, m, number)
	}
	if err := has(u, pairs...); err != nil {
		return fmt.Errorf("usage: %w", err)
	}
	return nil
}

func block(b object) error {
	switch b["type"] {
	case "text":
		return has(b, "text", text)
	case "thinking":
		return has(b, "thinking", text, "signature", text)
	case "redacted_thinking":
		return has(b, "data", filled)
	case "tool_use":
		return has(b, "id", filled, "name", filled, "input", members)
	}
	return fmt.Errorf("a block of type %v", b["type"])
}

// messageEvents judges docs.anthropic.com/en/docs/build-with-claude/streaming.
func messageEvents(events []event) error {
	s := messageStream{open: -1}
	for _, e := range events {
		if err := s.event(e); err != nil {
			return fmt.Errorf("%w: %s", err, e.data)
		}
	}
	if s.state != "stopped" {
		return fmt.Errorf("the stream ends %q", s.state)
	}
	return nil
}

type messageStream struct {
	state  string // "", begun, ending, stopped
	open   int64  // the block that is open; -1: none
	next   int64
	block  object
	input  string
	calls  bool
	signed bool
}

func (s *messageStream) event(e event) error {
	v := e.doc
	if v == nil || v["type"] != e.name {
		return fmt.Errorf("the event's name is %q", e.name)
	}
	if s.state == "stopped" {
		return fmt.Errorf("an event behind message_stop")
	}
	if (s.state == "") != (e.name == "message_start") && e.name != "ping" {
		return fmt.Errorf("%s where the stream is %q", e.name, s.state)
	}
	switch e.name {
	case "message_start":
		s.state = "begun"
		m := inner(v, "message")
		return first(has(v, "message", members),
			has(m, "id", filled, "type", filled, "role", filled, "model", filled, "content", list, "stop_reason", present, "stop_sequence", present, "usage", members),
			one(m, "type", "message"), one(m, "role", "assistant"), messageUsage(inner(m, "usage"), "input_tokens"))
	case "content_block_start":
		return s.start(v)
	case "content_block_delta":
		return s.delta(v)
	case "content_block_stop":
		return s.stop(v)
	case "message_delta":
		return s.end(v)
	case "message_stop":
		if s.state != "ending" {
			return fmt.Errorf("message_stop without message_delta")
		}
		s.state = "stopped"
		return nil
	case "ping":
		return nil
	}
	return fmt.Errorf("an event of type %q", e.name)
}

func (s *messageStream) start(v object) error {
	b := inner(v, "content_block")
	if err := first(has(v, "index", number, "content_block", members), block(b)); err != nil {
		return err
	}
	if s.state != "begun" || s.open >= 0 || count(v, "index") != s.next {
		return fmt.Errorf("block %d where %d is open and %d the next", count(v, "index"), s.open, s.next)
	}
	s.open, s.block, s.input, s.signed = s.next, b, "", false
	s.next++
	if b["type"] == "text" && b["text"] != "" || b["type"] == "thinking" && (b["thinking"] != "" || b["signature"] != "") || b["type"] == "tool_use" && len(inner(b, "input")) > 0 {
		return fmt.Errorf("a block that begins with content, which SDKs would add up")
	}
	s.calls = s.calls || b["type"] == "tool_use"
	return nil
}

func (s *messageStream) delta(v object) error {
	d := inner(v, "delta")
	if err := has(v, "index", number, "delta", members); err != nil {
		return err
	}
	if s.open < 0 || count(v, "index") != s.open {
		return fmt.Errorf("a piece of block %d where %d is open", count(v, "index"), s.open)
	}
	for _, x := range [...][3]string{{"text_delta", "text", "text"}, {"thinking_delta", "thinking", "thinking"}, {"signature_delta", "thinking", "signature"}, {"input_json_delta", "tool_use", "partial_json"}} {
		if d["type"] != x[0] {
			continue
		}
		if s.block["type"] != x[1] {
			return fmt.Errorf("%s in a block of type %v", x[0], s.block["type"])
		}
		if s.signed && x[0] == "thinking_delta" {
			return fmt.Errorf("reasoning behind its signature")
		}
		s.signed = s.signed || x[0] == "signature_delta"
		if x[0] == "input_json_delta" {
			s.input += fmt.Sprint(d["partial_json"])
		}
		return has(d, x[2], text)
	}
	return fmt.Errorf("a delta of type %v", d["type"])
}

func (s *messageStream) stop(v object) error {
	if s.open < 0 || count(v, "index") != s.open {
		return fmt.Errorf("the end of block %d where %d is open", count(v, "index"), s.open)
	}
	s.open = -1
	if s.block["type"] == "tool_use" && s.input != "" {
		return arguments(s.input)
	}
	return nil
}

func (s *messageStream) end(v object) error {
	d := inner(v, "delta")
	if s.open >= 0 || s.state != "begun" {
		return fmt.Errorf("message_delta where block %d is open, the stream %q", s.open, s.state)
	}
	s.state = "ending"
	if err := first(
		has(v, "delta", members, "usage", members), has(d, "stop_reason", filled, "stop_sequence", "?"+text),
		one(d, "stop_reason", stopReasons...), messageUsage(inner(v, "usage")),
	); err != nil {
		return err
	}
	if (d["stop_reason"] == "tool_use") != s.calls && d["stop_reason"] != "max_tokens" && d["stop_reason"] != "refusal" {
		return fmt.Errorf("stop_reason %v, calls: %v", d["stop_reason"], s.calls)
	}
	return nil
}
