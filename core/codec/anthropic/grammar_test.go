package anthropic

import (
	"encoding/json"
	"fmt"

	"strowger/core/sse"
)

// grammatical checks a stream as a strict client does
// (docs.anthropic.com/en/docs/build-with-claude/streaming).
func grammatical(stream []byte) error {
	var f sse.Framer
	var c strict
	if err := f.Write(stream, func(frame sse.Frame) {
		if c.err == nil && !c.event(string(frame.Event), frame.Data) {
			c.err = fmt.Errorf("out of place: %s", frame.Data)
		}
	}); err != nil {
		return err
	}
	if c.err == nil && c.stage != 3 {
		return fmt.Errorf("the stream does not end")
	}
	return c.err
}

// strict is a client that goes by the grammar of events.
type strict struct {
	stage, next int
	open        bool
	kind        string // of the open block
	err         error
}

type strictEvent struct {
	Type    string
	Index   *int
	Message struct {
		ID, Type, Role, Model string
		Content               []any
		Usage                 map[string]any
	}
	Block struct {
		Type, ID, Name string
		Input          map[string]any
	} `json:"content_block"`
	Delta map[string]any
	Usage map[string]any
}

// event takes an event, and reports whether it may come here and is whole.
func (c *strict) event(name string, data []byte) bool {
	var e strictEvent
	if json.Unmarshal(data, &e) != nil || e.Type != name {
		return false
	}
	here := e.Index != nil && *e.Index == c.next
	switch e.Type {
	case "ping", "error":
		return true
	case "message_start":
		m := e.Message
		fits := c.stage == 0 && m.Type == "message" && m.Role == "assistant" && m.ID != "" && m.Model != ""
		c.stage = 1
		return fits && m.Content != nil && m.Usage["input_tokens"] != nil && m.Usage["output_tokens"] != nil
	case "content_block_start":
		fits := c.stage == 1 && !c.open && here
		c.kind, c.open = e.Block.Type, true
		return fits && (c.kind != "tool_use" || e.Block.ID != "" && e.Block.Name != "" && e.Block.Input != nil)
	case "content_block_delta":
		of, _ := e.Delta["type"].(string)
		fits := map[string]string{"text_delta": "text", "input_json_delta": "tool_use", "thinking_delta": "thinking", "signature_delta": "thinking"}
		return c.open && here && fits[of] == c.kind
	case "content_block_stop":
		fits := c.open && here
		c.open, c.next = false, c.next+1
		return fits
	case "message_delta":
		fits := c.stage == 1 && !c.open
		c.stage = 2
		return fits && e.Delta["stop_reason"] != nil && e.Usage["output_tokens"] != nil
	case "message_stop":
		fits := c.stage == 2
		c.stage = 3
		return fits
	}
	return false
}
