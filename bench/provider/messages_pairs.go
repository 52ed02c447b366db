package provider

import (
	"slices"
	"strings"
)

// pairs refuses calls without results in the very next turn, in front of everything else there, and results
// without their calls (docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use).
func pairs(turns []messagesTurn) *failure {
	var open []string
	seen := map[string]bool{}
	for i, t := range turns {
		var given []string
		for j, b := range t.blocks {
			if b.Type != "tool_result" {
				continue
			}
			switch {
			case !slices.Contains(open, b.ToolUseID):
				return refuse("messages.%d.content.%d: unexpected `tool_use_id` found in `tool_result` blocks: %s. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.", i, j, b.ToolUseID)
			case slices.Contains(given, b.ToolUseID):
				return refuse("messages.%d.content.%d: each tool_use must have a single result. Found multiple `tool_result` blocks with id: %s", i, j, b.ToolUseID)
			case j > len(given):
				return unanswered(i-1, []string{b.ToolUseID})
			}
			given = append(given, b.ToolUseID)
		}
		open = slices.DeleteFunc(open, func(id string) bool { return slices.Contains(given, id) })
		if len(open) > 0 {
			return unanswered(i-1, open)
		}
		for _, b := range t.blocks {
			if b.Type == "tool_use" {
				if seen[b.ID] {
					return refuse("messages: `tool_use` ids must be unique")
				}
				seen[b.ID] = true
				open = append(open, b.ID)
			}
		}
	}
	if len(open) > 0 {
		return unanswered(len(turns)-1, open)
	}
	return nil
}

func unanswered(i int, ids []string) *failure {
	return refuse("messages.%d: `tool_use` ids were found without `tool_result` blocks immediately after: %s. Each `tool_use` block must have a corresponding `tool_result` block in the next message.", i, strings.Join(ids, ", "))
}

// sealedTurn reports whether the turn of the assistant that calls tools and is answered by the last one
// begins with reasoning; true if there is no such turn.
func sealedTurn(turns []messagesTurn) bool {
	n := len(turns)
	if n < 2 || len(turns[n-1].blocks) == 0 || turns[n-1].blocks[0].Type != "tool_result" {
		return true
	}
	first := turns[n-2].blocks[0].Type
	return first == "thinking" || first == "redacted_thinking"
}

// thinking reads whether to reason, and what that forbids
// (docs.anthropic.com/en/docs/build-with-claude/extended-thinking).
func (q *chat) thinking(b *messagesBody) *failure {
	t := b.Thinking
	if t == nil || t.Type == "disabled" {
		return nil
	}
	switch {
	case t.Type != "enabled" && t.Type != "adaptive":
		return refuse("thinking: Input tag '%s' found using 'type' does not match any of the expected tags: 'adaptive', 'disabled', 'enabled'", t.Type)
	case t.Type == "enabled" && t.Budget < 1024:
		return refuse("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
	case t.Type == "enabled" && t.Budget >= *b.MaxTokens:
		return refuse("`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size")
	case b.Temperature != nil && *b.Temperature != 1:
		return refuse("`temperature` may only be set to 1 when thinking is enabled.")
	case b.TopK != nil:
		return refuse("`top_k` must be unset when thinking is enabled.")
	case b.TopP != nil && *b.TopP < 0.95:
		return refuse("`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.")
	case b.ToolChoice != nil && (b.ToolChoice.Type == "any" || b.ToolChoice.Type == "tool"):
		return refuse("Thinking may not be enabled when tool_choice forces tool use.")
	case q.ends == "assistant":
		return refuse("messages: the final message must be of the user when thinking is enabled")
	case !q.sealed:
		return refuse("messages: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks).")
	}
	q.thinks, q.signs = true, true
	q.hidden = t.Display == "omitted"
	return nil
}
