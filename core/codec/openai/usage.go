package openai

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// counts are the numbers of a usage object.
type counts struct {
	prompt, completion, total          int64
	cached, written, reasoning, audio  int64
	hasPrompt, hasCompletion, hasTotal bool
	priced                             bool
}

// readUsage reads the usage object at a place of doc. priced says that the provider
// states a cost in it.
func readUsage(doc []byte, at int) (u llm.Usage, priced bool) {
	c := scan.CursorAt(doc, at)
	if !c.Enter('{') {
		return u, false
	}
	var n counts
	for c.Next() {
		n.member(&c)
	}
	return n.usage(), n.priced
}

// member reads one member. Cached tokens have a name of their own with DeepSeek
// (prompt_cache_hit_tokens), Moonshot and Hugging Face (cached_tokens), Mistral
// (num_cached_tokens) and LiteLLM (cache_read_input_tokens); written ones stand in
// OpenRouter's details.
func (n *counts) member(c *scan.Cursor) {
	switch string(c.Key()) {
	case "prompt_tokens", "input_tokens":
		n.prompt, n.hasPrompt = count(c, n.prompt, n.hasPrompt)
	case "completion_tokens", "output_tokens":
		n.completion, n.hasCompletion = count(c, n.completion, n.hasCompletion)
	case "total_tokens":
		n.total, n.hasTotal = count(c, n.total, n.hasTotal)
	case "prompt_tokens_details", "input_tokens_details", "completion_tokens_details", "output_tokens_details":
		if c.Enter('{') {
			for c.Next() {
				n.detail(c)
			}
		}
	case "prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens", "cache_read_input_tokens":
		n.cached, _ = count(c, n.cached, true)
	case "cache_creation_input_tokens":
		n.written, _ = count(c, n.written, true)
	case "cost":
		n.priced = true
		c.Skip()
	default:
		c.Skip()
	}
}

func (n *counts) detail(c *scan.Cursor) {
	switch string(c.Key()) {
	case "cached_tokens":
		n.cached, _ = count(c, n.cached, true)
	case "cache_write_tokens", "cache_creation_tokens":
		n.written, _ = count(c, n.written, true)
	case "reasoning_tokens":
		n.reasoning, _ = count(c, n.reasoning, true)
	case "audio_tokens":
		n.audio, _ = count(c, n.audio, true)
	default:
		c.Skip()
	}
}

// count reads a number of tokens; of two names for the same the greater number counts.
func count(c *scan.Cursor, old int64, had bool) (int64, bool) {
	n, ok := codec.Count(c.Value())
	if !ok {
		return old, had
	}
	return max(old, n), true
}

// usage puts the counts into disjoint buckets. By OpenAI's rules prompt_tokens include
// cached ones and completion_tokens include reasoning
// (platform.openai.com/docs/api-reference/chat/object, usage). Where a provider counts
// otherwise its total tells: what is missing from prompt plus completion is
//   - reasoning: xAI counts it "separately from completion_tokens", but in total_tokens
//     (docs.x.ai/docs/key-information/consumption-and-rate-limits); Gemini leaves its
//     thoughts out likewise, without a word in the details;
//   - cached tokens, where prompt_tokens are what was not cached;
//   - audio, which Mistral leaves out of prompt_tokens.
func (n *counts) usage() llm.Usage {
	if !n.hasPrompt && !n.hasCompletion && !n.hasTotal {
		return llm.Usage{}
	}
	prompt, completion, reasoning := n.prompt, n.completion, n.reasoning
	switch missing := n.total - prompt - completion; {
	case missing <= 0:
	case !n.hasPrompt && !n.hasCompletion:
		prompt = missing
	case missing == reasoning:
		completion += missing
	case missing == n.cached+n.written, missing == n.audio:
		prompt += missing
	default:
		completion += missing
		reasoning = max(reasoning, missing)
	}
	cached, written := n.cached, n.written
	if cached > prompt { // no part of it, as Azure's Grok counts a hidden preamble
		cached = 0
	}
	written = min(written, prompt-cached)
	reasoning = min(reasoning, completion)
	return llm.Usage{
		Known: true, Input: prompt - cached - written, CacheRead: cached, CacheWrite: written,
		Output: completion - reasoning, Reasoning: reasoning,
	}
}

// counts writes the usage object, with all members that it can have
// (platform.openai.com/docs/api-reference/chat/object, usage) and OpenRouter's for tokens
// written to a cache.
func (c *composer) counts(cost bool) {
	u := &c.usage
	written := u.CacheWrite + u.CacheWriteHour
	prompt, completion := u.Input+u.CacheRead+written, u.Output+u.Reasoning
	c.BeginAt("usage", '{')
	c.Int("prompt_tokens", prompt)
	c.Int("completion_tokens", completion)
	c.Int("total_tokens", prompt+completion)
	c.BeginAt("prompt_tokens_details", '{')
	c.Int("cached_tokens", u.CacheRead)
	c.OptInt("cache_write_tokens", written)
	c.Int("audio_tokens", 0)
	c.End('}')
	c.BeginAt("completion_tokens_details", '{')
	c.Int("reasoning_tokens", u.Reasoning)
	c.Int("audio_tokens", 0)
	c.Int("accepted_prediction_tokens", 0)
	c.Int("rejected_prediction_tokens", 0)
	c.End('}')
	if cost {
		c.Buf = codec.AppendCost(append(c.Buf, ','), &codec.Answer{Cost: c.cost, Priced: c.priced})
	}
	c.End('}')
}
