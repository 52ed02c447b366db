package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// chatPairs refuses tool calls without an answer to each, and answers without their calls, as OpenAI does
// (platform.openai.com/docs/guides/function-calling). A conversation without tools costs nothing.
func chatPairs(body []byte) *failure {
	if !bytes.Contains(body, []byte(`"tool_call`)) {
		return nil
	}
	var b struct {
		Messages []struct {
			Role       string `json:"role"`
			ToolCallID string `json:"tool_call_id"`
			ToolCalls  []struct {
				ID, Type string
				Function *struct {
					Name      string  `json:"name"`
					Arguments *string `json:"arguments"`
				}
			} `json:"tool_calls"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return badRequest("messages", "invalid_type", "Invalid type for 'messages': "+err.Error())
	}
	var open []string
	called := false // the last message that was no tool's called tools
	unanswered := func() *failure {
		return badRequest("messages", "", "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: "+strings.Join(open, ", "))
	}
	for i, m := range b.Messages {
		at := fmt.Sprintf("messages.[%d]", i)
		if m.Role == "tool" {
			j := slices.Index(open, m.ToolCallID)
			if !called || j < 0 {
				return badRequest(at+".role", "", "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.")
			}
			open = slices.Delete(open, j, j+1)
			continue
		}
		if len(open) > 0 {
			return unanswered()
		}
		called = len(m.ToolCalls) > 0
		for _, c := range m.ToolCalls {
			if c.ID == "" || c.Type != "function" || c.Function == nil || c.Function.Name == "" || c.Function.Arguments == nil {
				return badRequest(at+".tool_calls", "missing_required_parameter", "Missing required parameter in '"+at+".tool_calls'.")
			}
			open = append(open, c.ID)
		}
	}
	if len(open) > 0 {
		return unanswered()
	}
	return nil
}
