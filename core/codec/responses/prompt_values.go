package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// value reads a parameter that is one value. Penalties, seeds and the like are none of
// OpenAI's API, but of servers that have made it theirs (openrouter.ai/docs/api-reference).
func (d *decoding) value(key string, v []byte) {
	p := d.prompt
	switch key {
	case "temperature":
		p.Temperature = d.number(key, v)
	case "top_p":
		p.TopP = d.number(key, v)
	case "top_k":
		p.TopK = d.number(key, v)
	case "min_p":
		p.MinP = d.number(key, v)
	case "seed":
		p.Seed = d.number(key, v)
	case "frequency_penalty":
		p.FrequencyPenalty = d.number(key, v)
	case "presence_penalty":
		p.PresencePenalty = d.number(key, v)
	case "repetition_penalty":
		p.RepetitionPenalty = d.number(key, v)
	case "top_logprobs":
		n, ok := scan.Int(v)
		if !ok || n < 0 {
			d.fail(key, "must be a whole number of 0 or more")
		} else if n > 0 {
			p.TopLogprobs, p.Logprobs = v, true
		}
	case "store":
		d.flag(key, v)
		p.Store = v
	case "metadata":
		if v[0] != '{' {
			d.fail(key, "must be an object")
		} else if !codec.Blank(v[1 : len(v)-1]) {
			p.Metadata = v
		}
	case "service_tier":
		p.Tier = codec.Plain(d.text(key, v))
	case "prompt_cache_key":
		p.CacheKey = d.text(key, v)
	case "safety_identifier":
		p.User, d.named = codec.Inner(v), true
	case "user":
		if !d.named {
			p.User = codec.Inner(v)
		}
	default:
		codec.Unknown(d.prompt, []byte(key))
	}
}

// format reads the form of the answer and how long it is to be
// (platform.openai.com/docs/guides/structured-outputs).
func (d *decoding) format(c *scan.Cursor) {
	codec.UnknownIn(d.prompt, "text", *c, " verbosity format ")
	if !c.Enter('{') {
		d.fail("text", "must be an object")
		return
	}
	for c.Next() {
		switch key := c.Key(); {
		case c.Peek() == 'n':
			c.Skip()
		case string(key) == "verbosity":
			d.prompt.Verbosity = codec.Plain(codec.Inner(c.Value()))
			switch d.prompt.Verbosity {
			case "low", "medium", "high":
			default:
				d.fail("text.verbosity", "must be low, medium or high")
			}
		case string(key) == "format":
			d.schema(c)
		default:
			c.Skip()
		}
	}
}

// schema reads the form of the answer.
func (d *decoding) schema(c *scan.Cursor) {
	codec.UnknownIn(d.prompt, "text.format", *c, " type name description schema strict ")
	if !c.Enter('{') {
		d.fail("text.format", "must be an object")
		return
	}
	f := &d.prompt.Format
	kind := ""
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			kind = codec.Plain(codec.Inner(c.Value()))
		case "name":
			f.Name = codec.Inner(c.Value())
		case "description":
			f.Description = codec.Inner(c.Value())
		case "schema":
			f.Schema = c.Value()
		case "strict":
			f.Strict = string(c.Value()) == "true"
		default:
			c.Skip()
		}
	}
	switch kind {
	case "text":
	case "json_object":
		f.Kind = llm.FormatObject
	case "json_schema":
		f.Kind = llm.FormatSchema
		if len(f.Schema) == 0 || f.Schema[0] != '{' {
			d.fail("text.format.schema", "must be an object")
		}
	default:
		d.fail("text.format.type", "must be text, json_object or json_schema")
	}
}

// reasoning reads how much to reason, and whether a summary of it is to be seen
// (platform.openai.com/docs/guides/reasoning). A number of tokens is OpenRouter's.
func (d *decoding) reasoning(c *scan.Cursor) {
	codec.UnknownIn(d.prompt, "reasoning", *c, " effort summary generate_summary max_tokens ")
	if !c.Enter('{') {
		d.fail("reasoning", "must be an object")
		return
	}
	r := &d.prompt.Reasoning
	for c.Next() {
		switch key := c.Key(); {
		case c.Peek() == 'n':
			c.Skip()
		case string(key) == "effort":
			r.Effort = llm.EffortNamed(codec.Plain(codec.Inner(c.Value())))
			if r.Effort == llm.EffortUnset {
				d.fail("reasoning.effort", "must be none, minimal, low, medium, high or xhigh")
			}
		case string(key) == "summary", string(key) == "generate_summary":
			r.Show = len(codec.Inner(c.Value())) > 0 || r.Show
		case string(key) == "max_tokens":
			n, ok := scan.Int(c.Value())
			if !ok || n < 0 {
				d.fail("reasoning.max_tokens", "must be a whole number of 0 or more")
			}
			r.Budget = max(n, 0)
		default:
			c.Skip()
		}
	}
}

// number is a value that must be a number.
func (d *decoding) number(key string, v []byte) []byte {
	if _, ok := scan.Float(v); !ok {
		d.fail(key, "must be a number")
	}
	return v
}

// flag is a value that must be true or false.
func (d *decoding) flag(key string, v []byte) bool {
	if v[0] != 't' && v[0] != 'f' {
		d.fail(key, "must be true or false")
	}
	return v[0] == 't'
}

// text is a value that must be a string.
func (d *decoding) text(key string, v []byte) llm.Escaped {
	if v[0] != '"' {
		d.fail(key, "must be a string")
	}
	return codec.Inner(v)
}

// strange steps over a member of an object that nobody here knows, and notes it if it says
// something.
func (d *decoding) strange(c *scan.Cursor) {
	d.use(llm.FieldMember, c.Peek() != 'n')
	c.Skip()
}

// include reads what more is to be in the answer. Encrypted reasoning always is.
func (d *decoding) include(c *scan.Cursor) {
	if !c.Enter('[') {
		return
	}
	for c.Next() {
		switch string(c.Value()) {
		case `"reasoning.encrypted_content"`:
		case `"message.output_text.logprobs"`:
			d.prompt.Logprobs = true
		default:
			d.use(llm.FieldInclude, true)
		}
	}
}
