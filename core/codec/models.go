package codec

import (
	"strings"

	"strowger/core/llm"
	"strowger/core/scan"
)

// ModelTakes reports whether one of OpenAI's models takes a member of that name in the effort
// that it is told, EffortUnset if none. Reasoning models answer parameters of sampling with
// "Unsupported parameter", those from gpt-5.1 on only while they reason
// (platform.openai.com/docs/guides/latest-model, parameter compatibility;
// learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning, not supported). A name that is
// not known, such as that of one of Azure's deployments, is taken for a model that takes all.
func ModelTakes(model string, effort llm.Effort, member string) bool {
	model = bareModel(model)
	switch member {
	case "reasoning_effort", "reasoning":
		return !plainModel(model)
	case "temperature", "top_p", "logprobs", "top_logprobs", "stop":
		return !reasoningModel(model) || restingModel(model, effort)
	case "frequency_penalty", "presence_penalty", "logit_bias":
		return !reasoningModel(model)
	case "parallel_tool_calls":
		return !oSeries(model)
	}
	return true
}

// bareModel is a model's name without who makes it, as at OpenRouter, and without the mark of
// a model that was tuned.
func bareModel(model string) string {
	return strings.TrimPrefix(strings.TrimPrefix(model, "openai/"), "ft:")
}

func oSeries(model string) bool {
	return strings.HasPrefix(model, "o1") || strings.HasPrefix(model, "o3") || strings.HasPrefix(model, "o4")
}

// plainModel reports whether a model is known to take no effort.
func plainModel(model string) bool {
	for _, name := range [...]string{"gpt-3", "gpt-4", "chatgpt", "gpt-5-chat", "gpt-5-search", "o1-mini", "o1-preview"} {
		if strings.HasPrefix(model, name) {
			return true
		}
	}
	return false
}

func reasoningModel(model string) bool {
	return oSeries(model) || strings.HasPrefix(model, "codex-") ||
		strings.HasPrefix(model, "gpt-5") && !strings.HasPrefix(model, "gpt-5-chat")
}

// restingModel reports whether a model that can do without reasoning does so in that effort.
func restingModel(model string, effort llm.Effort) bool {
	if !strings.HasPrefix(model, "gpt-5.") || leastEffort(model) > llm.EffortNone {
		return false
	}
	return effort == llm.EffortNone || effort == llm.EffortUnset && (strings.HasPrefix(model, "gpt-5.1") ||
		strings.HasPrefix(model, "gpt-5.2") || strings.HasPrefix(model, "gpt-5.4"))
}

// leastEffort is the least that a model can be told to reason.
func leastEffort(model string) llm.Effort {
	switch {
	case oSeries(model):
		return llm.EffortLow
	case strings.HasPrefix(model, "gpt-5-pro"):
		return llm.EffortHigh
	case !strings.HasPrefix(model, "gpt-5"):
		return llm.EffortNone
	case strings.Contains(model, "-pro"), strings.Contains(model, "-chat"):
		return llm.EffortMedium
	case strings.Contains(model, "-codex"):
		return llm.EffortLow
	case !strings.HasPrefix(model, "gpt-5."):
		return llm.EffortMinimal
	}
	return llm.EffortNone
}

// mostEffort is the most that a model can be told to reason.
func mostEffort(model string) llm.Effort {
	switch {
	case strings.HasPrefix(model, "gpt-5.") && strings.Contains(model, "-chat"):
		return llm.EffortMedium
	case oSeries(model), model == "gpt-5", strings.HasPrefix(model, "gpt-5-"),
		strings.HasPrefix(model, "gpt-5.1") && !strings.Contains(model, "-codex-max"):
		return llm.EffortHigh
	}
	return llm.EffortXHigh
}

// FitsStrict reports whether OpenAI takes a schema as strict: it is an object, and each object in
// it requires all of its properties and allows no others
// (platform.openai.com/docs/guides/structured-outputs, supported schemas).
func FitsStrict(schema []byte) bool {
	s := strictness{doc: schema}
	c := scan.CursorAt(schema, 0)
	return len(schema) > 0 && c.Peek() == '{' && s.fits(&c, 0) && s.object
}

// strictness is a schema being looked through. object: the one that was looked at last is
// an object's.
type strictness struct {
	doc    []byte
	object bool
}

// deepestSchema is how many levels of schemas OpenAI takes, with those of $defs and anyOf.
const deepestSchema = 32

// fits looks through the schema in front of c and those in it.
func (s *strictness) fits(c *scan.Cursor, depth int) bool {
	var properties, required []byte
	object, closed, fit := false, false, depth < deepestSchema
	if !c.Enter('{') || !fit {
		return false
	}
	for c.Next() {
		key := string(c.Key())
		c.Peek()
		inner := *c
		v := c.Value()
		switch key {
		case "type":
			object = object || isObject(v)
		case "properties":
			properties = v
			fit = s.each(&inner, '{', depth) && fit
		case "required":
			required = v
		case "additionalProperties":
			closed = string(v) == "false"
		case "items":
			fit = s.fits(&inner, depth+1) && fit
		case "anyOf":
			fit = depth > 0 && s.each(&inner, '[', depth) && fit
		case "$defs", "definitions":
			fit = s.each(&inner, '{', depth) && fit
		case "allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties":
			fit = false
		}
	}
	s.object = object || properties != nil
	return fit && (!s.object || closed && requiresAll(properties, required))
}

// each looks through all schemas of an object or an array.
func (s *strictness) each(c *scan.Cursor, open byte, depth int) bool {
	fit := c.Enter(open)
	for fit && c.Next() {
		if open == '{' {
			c.Key()
		}
		inner := *c
		c.Skip()
		fit = s.fits(&inner, depth+1)
	}
	return fit
}

// isObject reports whether a type, or one of several, is that of objects.
func isObject(kind []byte) bool {
	if kind[0] != '[' {
		return string(kind) == `"object"`
	}
	some := false
	c := scan.CursorAt(kind, 0)
	c.Enter('[')
	for c.Next() {
		some = string(c.Value()) == `"object"` || some
	}
	return some
}

// requiresAll reports whether each of the properties is required.
func requiresAll(properties, required []byte) bool {
	m := scan.Object(properties)
	for m.Next() {
		found := false
		c := scan.CursorAt(required, 0)
		for ok := len(required) > 0 && c.Enter('['); ok && c.Next(); {
			found = Plain(Inner(c.Value())) == string(m.Key()) || found
		}
		if !found {
			return false
		}
	}
	return true
}
