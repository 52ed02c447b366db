package openai

import (
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// ReadPrompt decodes a chat completion request, and those of completions and embeddings
// (platform.openai.com/docs/api-reference). Read is what OpenAI's API has and what means the
// same with OpenRouter, Groq, Mistral, DeepSeek, xAI, Z.ai, Qwen, Perplexity, vLLM, Ollama and
// LM Studio. null means the same as nothing, everywhere.
func (Codec) ReadPrompt(r *llm.Request) (*llm.Prompt, *llm.Error) {
	d := &decoding{req: r, p: &llm.Prompt{MaxOutput: r.MaxOutput}}
	c := scan.CursorAt(r.Body, 0)
	c.Enter('{')
	for c.Next() {
		key := c.Key()
		if c.Peek() == 'n' {
			c.Skip()
			continue
		}
		at := c.At
		d.member(string(key), &c)
		c.At = at
		c.Skip()
	}
	if d.err != nil {
		return nil, d.err
	}
	if d.off {
		d.p.Reasoning = llm.Reasoning{Effort: llm.EffortNone}
	}
	if r.Choices > 1 {
		d.p.Fields.Add(llm.FieldMany)
	}
	if d.chooses(); d.err != nil {
		return nil, d.err
	}
	codec.Complete(d.p)
	if r.Operation == llm.OperationEmbeddings {
		return d.p, nil
	}
	said := "messages"
	if r.Operation == llm.OperationCompletion {
		said = "prompt"
	}
	if err := codec.Nothing(d.p, said); err != nil {
		return d.p, err
	}
	return d.p, nil
}

// decoding is a prompt being read; the first error stays.
type decoding struct {
	req    *llm.Request
	p      *llm.Prompt
	off    bool // reasoning is switched off
	err    *llm.Error
	at     [2]int   // the message and the part, or call, at hand
	turn   llm.Role // of the message at hand
	served bool     // there are tools that are no functions
}

// fail notes what is wrong with a field, unless something was wrong before.
//
//go:noinline
func (d *decoding) fail(param, msg string) {
	if d.err == nil {
		d.err = &llm.Error{Code: llm.CodeInvalidRequest, Param: param, Message: msg}
	}
}

// member reads a member of the request, c standing in front of its value. Where it leaves the
// cursor does not matter.
func (d *decoding) member(key string, c *scan.Cursor) {
	switch key {
	case "stream_options":
		codec.UnknownIn(d.p, key, *c, " include_usage include_obfuscation ")
	case "model", "stream", "provider", "models", "model_routing_config", "usage", "session_id",
		"max_tokens", "max_completion_tokens", "n":
	case "messages":
		d.messages(c)
	case "prompt":
		d.prompt(c)
	case "input":
		d.inputs(c)
	case "tools":
		d.tools(c)
	case "functions":
		d.functions(c)
	case "tool_choice", "function_call":
		d.choice(c)
	case "parallel_tool_calls":
		d.p.OneTool = string(d.flag(key, c.Value())) == "false"
	case "response_format":
		d.format(c)
	case "stop":
		d.stop(c)
	case "user", "safety_identifier":
		if len(d.p.User) == 0 || key == "safety_identifier" {
			d.p.User = d.word(key, c)
		}
	case "encoding_format": // which is the writer's affair
		if v := string(c.Value()); v != `"float"` && v != `"base64"` {
			d.fail(key, "must be float or base64")
		}
	default:
		if !d.number(key, c) && !d.reasoning(key, c) {
			d.rest(key, c)
		}
	}
}

// number reads a parameter that is a number, or a JSON object of such, and stands as it is.
func (d *decoding) number(key string, c *scan.Cursor) bool {
	to := d.place(key)
	if to == nil {
		return false
	}
	raw := c.Value()
	switch _, ok := scan.Float(raw); {
	case key == "logprobs" && (string(raw) == "true" || string(raw) == "false"):
		d.p.Logprobs = raw[0] == 't'
		return true
	case key == "logit_bias":
		if raw[0] != '{' {
			d.fail(key, "must be an object")
			break
		}
		c := scan.CursorAt(raw, 0)
		for c.Enter('{'); c.Next(); {
			name := string(c.Key())
			if _, ok := scan.Float(c.Value()); !ok {
				d.fail(key+"."+name, "must be a number")
			}
		}
	case !ok:
		d.fail(key, "must be a number")
	case to == &d.p.Dimensions:
		if n, ok := scan.Int(raw); !ok || n < 1 {
			d.fail(key, "must be a whole number above 0")
		}
	case key == "logprobs": // of completions: how many
		d.p.Logprobs = true
	}
	*to = raw
	return true
}

// place is where the number of that name goes; nil if it is none. random_seed is Mistral's,
// repeat_penalty llama.cpp's.
func (d *decoding) place(key string) *[]byte {
	switch key {
	case "temperature":
		return &d.p.Temperature
	case "top_p":
		return &d.p.TopP
	case "top_k":
		return &d.p.TopK
	case "min_p":
		return &d.p.MinP
	case "seed", "random_seed":
		return &d.p.Seed
	case "frequency_penalty":
		return &d.p.FrequencyPenalty
	case "presence_penalty":
		return &d.p.PresencePenalty
	case "repetition_penalty", "repeat_penalty":
		return &d.p.RepetitionPenalty
	case "logprobs", "top_logprobs":
		return &d.p.TopLogprobs
	case "logit_bias":
		return &d.p.LogitBias
	case "dimensions", "output_dimension":
		return &d.p.Dimensions
	}
	return nil
}

// rest reads what is neither content nor a number nor about reasoning.
func (d *decoding) rest(key string, c *scan.Cursor) {
	p := d.p
	switch key {
	case "metadata":
		if p.Metadata = c.Value(); p.Metadata[0] != '{' {
			d.fail(key, "must be an object")
		}
	case "store":
		p.Store = d.flag(key, c.Value())
	case "service_tier":
		p.Tier = codec.Plain(d.word(key, c))
	case "prompt_cache_key":
		p.CacheKey = d.word(key, c)
	case "verbosity":
		p.Verbosity = codec.Plain(d.word(key, c))
	case "modalities":
		if !onlyText(c) {
			p.Fields.Add(llm.FieldModalities)
		}
	case "audio", "image_config":
		p.Fields.Add(llm.FieldModalities)
	case "prediction":
		p.Fields.Add(llm.FieldPrediction)
	case "web_search_options", "search_parameters", "search_settings", "plugins", "search_mode", "search_domain_filter",
		"search_recency_filter", "enable_search", "search_options":
		if v := string(c.Value()); v != "false" && v != "[]" {
			p.Fields.Add(llm.FieldServerTools)
		}
	case "transforms":
		if c.Filled() {
			p.Fields.Add(llm.FieldTruncation)
		}
	case "safe_prompt", "moderation":
		if string(c.Value()) != "false" {
			p.Fields.Add(llm.FieldSafety)
		}
	case "deferred", "background":
		if string(c.Value()) == "true" {
			p.Fields.Add(llm.FieldBackground)
		}
	case "suffix":
		if c.Length() > 0 {
			p.Fields.Add(llm.FieldSuffix)
		}
	case "echo":
		if string(c.Value()) == "true" {
			p.Fields.Add(llm.FieldEcho)
		}
	default:
		codec.Unknown(d.p, []byte(key))
	}
}

// word is the text in front of c, which has to be one.
func (d *decoding) word(param string, c *scan.Cursor) llm.Escaped {
	if c.Peek() != '"' {
		d.fail(param, "must be a string")
	}
	return textOf(c)
}

// flag is raw, which has to be true or false.
func (d *decoding) flag(param string, raw []byte) []byte {
	if string(raw) != "true" && string(raw) != "false" {
		d.fail(param, "must be true or false")
	}
	return raw
}

func alphanumeric(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b|' ' && b|' ' <= 'z'
}

// onlyText reports whether an array of modalities has nothing but text in it.
func onlyText(c *scan.Cursor) bool {
	if !c.Enter('[') {
		return true
	}
	only := true
	for c.Next() {
		only = string(c.Value()) == `"text"` && only
	}
	return only
}

// stop reads one text or several.
func (d *decoding) stop(c *scan.Cursor) {
	if c.Peek() != '[' {
		d.addStop("stop", c.Value())
		return
	}
	c.Enter('[')
	for i := 0; c.Next(); i++ {
		d.addStop("stop["+strconv.Itoa(i)+"]", c.Value())
	}
}

func (d *decoding) addStop(param string, raw []byte) {
	text := codec.Inner(raw)
	switch {
	case raw[0] != '"':
		d.fail(param, "must be a string")
	case len(text) > 0:
		d.p.Stop = append(d.p.Stop, text)
	}
}

// reasoning reads what says how much to reason: OpenAI's reasoning_effort, OpenRouter's
// reasoning (openrouter.ai/docs/use-cases/reasoning-tokens), the thinking of DeepSeek, Z.ai and
// Moonshot, Qwen's enable_thinking and thinking_budget, Groq's include_reasoning and
// reasoning_format, and vLLM's chat_template_kwargs.
func (d *decoding) reasoning(key string, c *scan.Cursor) bool {
	r := &d.p.Reasoning
	switch key {
	case "reasoning_effort":
		d.effort(c.Value())
	case "reasoning", "thinking", "chat_template_kwargs":
		if c.Peek() != '{' {
			return key == "thinking" && d.switched(c.Value())
		}
		codec.UnknownIn(d.p, key, *c, " effort max_tokens budget_tokens exclude include_reasoning enabled enable_thinking thinking type ")
		if key != "chat_template_kwargs" {
			r.Auto, r.Show = r.Effort == llm.EffortUnset && r.Budget == 0, true
		}
		c.Enter('{')
		for c.Next() {
			d.wish(string(c.Key()), c.Value())
		}
	case "enable_thinking", "include_reasoning":
		d.wish(key, c.Value())
	case "thinking_budget":
		d.wish("budget_tokens", c.Value())
	case "reasoning_format":
		r.Show = string(c.Value()) != `"hidden"`
	default:
		return false
	}
	return true
}

// wish reads one member of an object about reasoning.
func (d *decoding) wish(key string, raw []byte) {
	r := &d.p.Reasoning
	if string(raw) == "null" {
		return
	}
	switch key {
	case "effort":
		d.effort(raw)
	case "max_tokens", "budget_tokens":
		n, ok := codec.Count(raw)
		if ok && n > 0 {
			r.Budget, r.Auto = n, false
		}
		if !ok {
			d.fail("reasoning."+key, "must be a whole number")
		}
		d.off = d.off || ok && n == 0
	case "exclude":
		r.Show = string(raw) != "true"
	case "include_reasoning":
		r.Show = string(raw) == "true"
	case "enabled", "enable_thinking", "thinking", "type":
		d.switched(raw)
	}
}

// switched reads whether to reason at all.
func (d *decoding) switched(raw []byte) bool {
	r := &d.p.Reasoning
	if !said(raw) {
		d.off = true
		return true
	}
	r.Auto, r.Show = r.Effort == llm.EffortUnset && r.Budget == 0, true
	return true
}

// effort reads a word for it. Groq's default is the model's own judgement
// (console.groq.com/docs/reasoning).
func (d *decoding) effort(raw []byte) {
	r := &d.p.Reasoning
	word := codec.Plain(codec.Inner(raw))
	e := llm.EffortNamed(word)
	switch {
	case word == "default", word == "auto":
		r.Auto = true
	case e == llm.EffortUnset:
		d.fail("reasoning_effort", "must be none, minimal, low, medium, high or xhigh")
	case e == llm.EffortNone:
		d.off = true
	default:
		r.Effort, r.Auto = e, false
	}
}
