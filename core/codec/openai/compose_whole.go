package openai

import (
	"slices"
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// whole appends a complete answer of another schema as one document, with every member that
// OpenAI's published schema requires (github.com/openai/openai-openapi,
// CreateChatCompletionResponse).
func (w *writer) whole(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	if w.req.Operation == llm.OperationEmbeddings {
		return w.embeddings(dst, e, a)
	}
	c := &composer{text: w.req.Operation == llm.OperationCompletion, routed: routed(w.req), usage: e.Usage, cost: a.Cost, priced: a.Priced, model: a.Model}
	kind := "chatcmpl-"
	if c.text {
		kind = "cmpl-"
	}
	c.id, c.created = scan.AppendQuote(nil, kind+a.ID), strconv.AppendInt(nil, a.Created, 10)
	c.Buf = dst
	c.opening("chat.completion")
	deltas := codec.Remaining(e, a)
	c.BeginAt("choices", '[')
	c.wholeChoice(0, deltas, e.Finish)
	for i := range deltas {
		if n := deltas[i].Choice; n > 0 && unseen(deltas[:i], n) {
			c.wholeChoice(n, deltas, e.Finish)
		}
	}
	c.End(']')
	if c.usage.Known || c.usage.Estimated {
		c.counts(w.req.WantCost)
	}
	c.End('}')
	return c.Buf
}

// routed reports whether a request is about reasoning in OpenRouter's words.
func routed(r *llm.Request) bool {
	return slices.Contains(r.Parameters, "reasoning") || slices.Contains(r.Parameters, "include_reasoning")
}

// unseen reports whether none of the deltas is of choice n.
func unseen(deltas []llm.Delta, n int) bool {
	for i := range deltas {
		if deltas[i].Choice == n {
			return false
		}
	}
	return true
}

// wholeChoice writes one choice.
func (c *composer) wholeChoice(index int, deltas []llm.Delta, finish llm.Finish) {
	c.Begin('{')
	c.Int("index", int64(index))
	for i := range deltas {
		if d := &deltas[i]; d.Choice == index && d.Finish != llm.FinishNone {
			finish = d.Finish
		}
	}
	called := false
	if c.text {
		c.joined("text", index, llm.DeltaText, deltas, false)
	} else {
		c.BeginAt("message", '{')
		c.String("role", "assistant")
		c.joined("content", index, llm.DeltaText, deltas, true)
		c.joined("refusal", index, llm.DeltaRefusal, deltas, true)
		if has(deltas, index, llm.DeltaThought) {
			c.joined("reasoning_content", index, llm.DeltaThought, deltas, true)
			if c.routed {
				c.joined("reasoning", index, llm.DeltaThought, deltas, true)
			}
		}
		c.wholeSigned(index, deltas)
		called = c.wholeCalls(index, deltas, finish)
		c.wholeMedia(index, deltas)
		c.End('}')
	}
	c.Null("logprobs")
	if finish == llm.FinishNone {
		c.Null("finish_reason")
	} else {
		c.String("finish_reason", c.reason(finish, called, !c.text && has(deltas, index, llm.DeltaRefusal)))
	}
	c.End('}')
}

func has(deltas []llm.Delta, index int, kind llm.DeltaKind) bool {
	for i := range deltas {
		if d := &deltas[i]; d.Choice == index && d.Kind == kind && len(d.Text) > 0 {
			return true
		}
	}
	return false
}

// joined writes all texts of one kind as one; null if there are none and that is allowed.
func (c *composer) joined(key string, index int, kind llm.DeltaKind, deltas []llm.Delta, null bool) {
	if null && !has(deltas, index, kind) {
		c.Null(key)
		return
	}
	c.BeginAt(key, '"')
	for i := range deltas {
		if d := &deltas[i]; d.Choice == index && d.Kind == kind {
			c.Buf = append(c.Buf, d.Text...)
		}
	}
	c.End('"')
}

// wholeSigned writes the details of this schema's own, if there are any.
func (c *composer) wholeSigned(index int, deltas []llm.Delta) {
	some := false
	for i := range deltas {
		d := &deltas[i]
		if d.Choice != index || d.Kind != llm.DeltaSignature && d.Kind != llm.DeltaRedacted || d.Origin != llm.SchemaOpenAI {
			continue
		}
		raw := signed(d.Text)
		if raw == nil {
			continue
		}
		if !some {
			c.BeginAt("reasoning_details", '[')
			some = true
		}
		c.Raw("", raw)
	}
	if some {
		c.End(']')
	}
}

// wholeCalls writes the tool calls of a choice, if there are any.
func (c *composer) wholeCalls(index int, deltas []llm.Delta, finish llm.Finish) (some bool) {
	for i := range deltas {
		d := &deltas[i]
		if d.Choice != index || d.Kind != llm.DeltaCall {
			continue
		}
		if !some {
			c.BeginAt("tool_calls", '[')
			some = true
		}
		arguments := d.Text
		for j := i + 1; j < len(deltas); j++ {
			if m := &deltas[j]; m.Kind == llm.DeltaArguments && m.Choice == index && m.Block == d.Block {
				arguments = append(arguments[:len(arguments):len(arguments)], m.Text...)
			}
		}
		if len(arguments) == 0 && finish != llm.FinishLength { // by which a call is cut off
			arguments = llm.Escaped("{}")
		}
		c.Begin('{')
		c.called(d.ID, d.Name, arguments)
		c.End('}')
	}
	if some {
		c.End(']')
	}
	return some
}

// wholeMedia writes pictures, and the first sound.
func (c *composer) wholeMedia(index int, deltas []llm.Delta) {
	some, sound := false, -1
	for i := range deltas {
		d := &deltas[i]
		switch {
		case d.Choice != index || d.Kind != llm.DeltaMedia:
		case len(d.Name) >= 5 && string(d.Name[:5]) == "audio":
			if sound < 0 {
				sound = i
			}
		default:
			if !some {
				c.BeginAt("images", '[')
				some = true
			}
			c.image(d)
		}
	}
	if some {
		c.End(']')
	}
	if sound >= 0 {
		c.medium(&deltas[sound])
	}
}
