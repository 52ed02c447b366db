// Package responses reads what OpenAI's responses API says of tokens
// (https://platform.openai.com/docs/api-reference/responses/object, usage). The schema's
// codec is to come.
package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// Usage is what one answer has said of its tokens so far. The zero value is nothing. A
// stream says it in the event that completes the answer; the last number counts.
type Usage struct {
	codec.Counter
	hasTotal                                       bool
	input, cached, written, output, reasoning, sum int64
}

// Add takes the next document of the answer: a response, or an event of a stream, which has
// the response in it. It must have been checked by package scan.
func (u *Usage) Add(doc []byte) {
	c := scan.CursorAt(doc, 0)
	if codec.Within(&c, "response", "usage") {
		u.object(&c)
	}
}

// object reads a usage object. Azure's has had the names of chat completions.
func (u *Usage) object(c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		switch string(c.Key()) {
		case "input_tokens", "prompt_tokens":
			u.Count(c, &u.input)
		case "output_tokens", "completion_tokens":
			u.Count(c, &u.output)
		case "total_tokens":
			u.hasTotal = u.Count(c, &u.sum) || u.hasTotal
		case "input_tokens_details", "output_tokens_details", "prompt_tokens_details", "completion_tokens_details":
			u.details(c)
		default:
			c.Skip()
		}
	}
}

func (u *Usage) details(c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		switch string(c.Key()) {
		case "cached_tokens":
			u.Count(c, &u.cached)
		case "cache_write_tokens":
			u.Count(c, &u.written)
		case "reasoning_tokens":
			u.Count(c, &u.reasoning)
		default:
			c.Skip()
		}
	}
}

// Tokens is the same in disjoint buckets. input_tokens have the cached and the written ones
// in them, output_tokens those of reasoning; a total that is more has the difference in
// output that has no name.
func (u *Usage) Tokens() llm.Usage {
	if !u.Known {
		return llm.Usage{}
	}
	input, output, reasoning := u.input, u.output, u.reasoning
	if missing := u.sum - input - output; u.hasTotal && missing > 0 {
		if input == 0 && output == 0 {
			input = missing
		} else {
			output += missing
			reasoning = max(reasoning, missing)
		}
	}
	cached := min(u.cached, input)
	written := min(u.written, input-cached)
	reasoning = min(reasoning, output)
	return llm.Usage{
		Known: true, Input: input - cached - written, CacheRead: cached, CacheWrite: written,
		Output: output - reasoning, Reasoning: reasoning,
	}
}
