package main

import (
	"encoding/json"
	"strings"
)

// The schemas by which a recording's usage is understood.
const (
	chat      = "openai"
	responses = "openai-responses"
	anthropic = "anthropic"
	gemini    = "gemini"
)

// stated is what a recording itself says of its tokens. A figure that is not said is -1.
type stated struct {
	schema                 string // empty: none of ours
	why                    string // then, which
	total, input, output   int64
	read, written, reasons int64
	hour                   int64 // of written
}

func nothing() stated {
	return stated{total: -1, input: -1, output: -1, read: -1, written: -1, reasons: -1, hour: -1}
}

// object is a JSON object; missing members are nil.
type object map[string]any

func (o object) in(key string) object {
	m, _ := o[key].(map[string]any)
	return m
}

// set reads the first of the members that is a number.
func (o object) set(to *int64, keys ...string) {
	for _, key := range keys {
		if n, ok := o[key].(float64); ok {
			*to = int64(n)
			return
		}
	}
}

// statedBy collects what the documents of a recording say, the later ones counting; false
// if they say nothing of usage.
func statedBy(r *recording) (s stated, ok bool) {
	s = nothing()
	for _, doc := range r.documents {
		var o object
		if json.Unmarshal(doc, &o) != nil {
			continue
		}
		ok = s.document(r, o) || ok
	}
	return s, ok
}

// document reads one document. Some recordings are filed under a name that is not what they
// are, so the shape decides.
func (s *stated) document(r *recording, o object) bool {
	switch usage := o.in("usage"); {
	case o.in("usageMetadata") != nil:
		return s.gemini(o.in("usageMetadata"))
	case o.in("delta").in("usage")["billed_units"] != nil, usage["billed_units"] != nil:
		s.schema, s.why = "", "Cohere's own chat, which is no schema of ours"
		return true
	case usage["inputTokens"] != nil, o.in("metadata").in("usage") != nil:
		s.schema, s.why = "", "Bedrock's converse, which is no schema of ours"
		return true
	case r.api == "anthropic.messages":
		started := s.anthropic(o.in("message").in("usage"))
		return s.anthropic(usage) || started
	case o["object"] == "response", o.in("response").in("usage") != nil:
		s.schema = responses
		if usage == nil {
			usage = o.in("response").in("usage")
		}
		return s.openai(usage)
	case strings.HasPrefix(r.api, "openai."):
		for _, u := range []object{o.in("x_groq").in("usage"), choice(o).in("usage"), usage} {
			if s.openai(u) {
				s.schema = chat
				return true
			}
		}
	}
	return false
}

// choice is the first choice of a document.
func choice(o object) object {
	all, _ := o["choices"].([]any)
	if len(all) == 0 {
		return nil
	}
	first, _ := all[0].(map[string]any)
	return first
}

func (s *stated) openai(u object) bool {
	before := *s
	u.set(&s.total, "total_tokens")
	u.set(&s.input, "prompt_tokens", "input_tokens")
	u.set(&s.output, "completion_tokens", "output_tokens")
	u.set(&s.read, "prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens")
	for _, d := range []object{u.in("prompt_tokens_details"), u.in("input_tokens_details")} {
		d.set(&s.read, "cached_tokens")
		d.set(&s.written, "cache_write_tokens")
	}
	for _, d := range []object{u.in("completion_tokens_details"), u.in("output_tokens_details")} {
		d.set(&s.reasons, "reasoning_tokens")
	}
	return *s != before || u["total_tokens"] != nil
}

func (s *stated) anthropic(u object) bool {
	if u == nil {
		return false
	}
	s.schema = anthropic
	// Their input stands beside what was read and written; ours is to have all three.
	u.set(&s.input, "input_tokens")
	u.set(&s.output, "output_tokens")
	u.set(&s.read, "cache_read_input_tokens")
	u.set(&s.written, "cache_creation_input_tokens")
	u.in("cache_creation").set(&s.hour, "ephemeral_1h_input_tokens")
	u.in("output_tokens_details").set(&s.reasons, "thinking_tokens")
	return true
}

func (s *stated) gemini(u object) bool {
	if u["promptTokenCount"] == nil && u["totalTokenCount"] == nil {
		return false
	}
	*s = nothing() // each object stands for itself
	s.schema = gemini
	u.set(&s.total, "totalTokenCount")
	u.set(&s.read, "cachedContentTokenCount")
	u.set(&s.reasons, "thoughtsTokenCount")
	prompt, tools, candidates := int64(-1), int64(0), int64(0)
	u.set(&prompt, "promptTokenCount")
	u.set(&tools, "toolUsePromptTokenCount")
	u.set(&candidates, "candidatesTokenCount")
	if prompt < 0 {
		return true
	}
	s.input, s.output = prompt+tools, candidates+max(s.reasons, 0)
	return true
}
