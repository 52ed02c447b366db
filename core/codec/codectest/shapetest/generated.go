package shapetest

import (
	"fmt"
	"slices"
)

var geminiReasons = []string{
	"STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "LANGUAGE", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
	"MALFORMED_FUNCTION_CALL", "IMAGE_SAFETY", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS",
}

// generated judges ai.google.dev/api/generate-content, GenerateContentResponse.
func generated(v object) error {
	if err := candidates(v); err != nil {
		return err
	}
	if inner(v, "promptFeedback") != nil {
		return has(inner(v, "promptFeedback"), "blockReason", filled)
	}
	if all, _ := v["candidates"].([]any); len(all) == 0 {
		return fmt.Errorf("neither candidates nor promptFeedback")
	}
	return first(has(v, "usageMetadata", "~"+members, "modelVersion", filled, "responseId", filled), each(v, "candidates", func(_ int, c object) error {
		return has(c, "finishReason", filled)
	}))
}

// candidates judges what chunks and whole answers have in common.
func candidates(v object) error {
	if u := inner(v, "usageMetadata"); u != nil {
		if err := has(u, "promptTokenCount", number, "candidatesTokenCount", "~"+number, "thoughtsTokenCount", "~"+number, "totalTokenCount", number); err != nil {
			return fmt.Errorf("usageMetadata: %w", err)
		}
		if count(u, "promptTokenCount")+count(u, "candidatesTokenCount")+count(u, "thoughtsTokenCount")+count(u, "toolUsePromptTokenCount") != count(u, "totalTokenCount") {
			return fmt.Errorf("usageMetadata does not add up: %v", u)
		}
	}
	return each(v, "candidates", func(_ int, c object) error {
		if r, ok := c["finishReason"].(string); ok && !slices.Contains(geminiReasons, r) {
			return fmt.Errorf("finishReason %q", r)
		}
		content := inner(c, "content")
		if content == nil {
			return nil
		}
		if err := first(has(content, "role", filled), one(content, "role", "model")); err != nil {
			return err
		}
		return each(content, "parts", func(_ int, p object) error { return part(p) })
	})
}

func part(p object) error {
	if err := has(p, "thought", "~"+flag, "thoughtSignature", "~"+text); err != nil {
		return err
	}
	n := 0
	for _, key := range [...]string{"text", "functionCall", "inlineData", "fileData", "executableCode", "codeExecutionResult"} {
		if _, ok := p[key]; ok {
			n++
		}
	}
	switch _, signed := p["thoughtSignature"]; {
	case n > 1, n == 0 && !signed:
		return fmt.Errorf("a part with %d kinds of content: %v", n, p)
	case inner(p, "functionCall") != nil:
		return has(inner(p, "functionCall"), "name", filled, "args", "~"+members, "id", "~"+text)
	case inner(p, "inlineData") != nil:
		return has(inner(p, "inlineData"), "mimeType", filled, "data", filled)
	}
	return has(p, "text", "~"+text)
}

// generatedEvents judges a stream of such answers: each candidate ends once, and the last has
// the usage.
func generatedEvents(events []event) error {
	ended := map[int64]int{}
	var id any
	blocked := false
	for i, e := range events {
		if e.doc == nil || e.name != "" {
			return fmt.Errorf("an event %q with %s", e.name, e.data)
		}
		if err := first(candidates(e.doc), has(e.doc, "modelVersion", filled, "responseId", filled)); err != nil {
			return fmt.Errorf("%w: %s", err, e.data)
		}
		if id == nil {
			id = e.doc["responseId"]
		}
		if e.doc["responseId"] != id {
			return fmt.Errorf("responseId is another than in the first event, %v: %s", id, e.data)
		}
		blocked = blocked || inner(e.doc, "promptFeedback") != nil
		if err := each(e.doc, "candidates", func(_ int, c object) error {
			at := count(c, "index")
			if ended[at] > 0 {
				return fmt.Errorf("candidate %d goes on behind its finishReason", at)
			}
			if c["finishReason"] != nil {
				ended[at]++
			}
			return nil
		}); err != nil {
			return err
		}
		if last := i == len(events)-1; last && len(ended) == 0 && !blocked {
			return fmt.Errorf("no finishReason")
		}
	}
	return nil
}
