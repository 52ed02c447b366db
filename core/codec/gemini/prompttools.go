package gemini

import (
	"strconv"
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// tools reads what the model may call: functions, and tools of the provider's own
// (https://ai.google.dev/api/caching#Tool).
func (d *decoding) tools(c *scan.Cursor) { d.objects(c, d.tool) }

// tool reads a member of a tool.
func (d *decoding) tool(key []byte, c *scan.Cursor) {
	switch string(camel(key)) {
	case "functionDeclarations":
		l := d.list(c)
		for i := 0; l.next(); i++ {
			back := d.element(&l, i)
			d.p.Tools = append(d.p.Tools, llm.Tool{})
			if d.object(c, d.function); len(d.p.Tools[len(d.p.Tools)-1].Name) == 0 {
				d.failAt(".name", "missing: give the function's name")
			}
			d.path = d.path[:back]
		}
	default:
		if c.Peek() == '{' || c.Peek() == '[' {
			d.p.Fields.Add(llm.FieldServerTools)
		} else {
			d.p.Fields.Add(llm.FieldMember)
		}
		c.Skip()
	}
}

// function reads a member of the last function.
func (d *decoding) function(key []byte, c *scan.Cursor) {
	t := &d.p.Tools[len(d.p.Tools)-1]
	switch string(camel(key)) {
	case "name":
		t.Name = codec.Inner(c.Value())
	case "description":
		t.Description = codec.Inner(c.Value())
	case "parameters", "parametersJsonSchema":
		switch some := c.Filled(); {
		case c.Peek() != '{':
			d.fail("must be an object")
			c.Skip()
		case !some:
			c.Skip()
		case string(key) == "parameters":
			t.Schema = appendFromSchema(nil, c)
		default:
			t.Schema = c.Value()
		}
	default: // what it returns, and how it is called
		d.p.Fields.Add(llm.FieldMember)
		c.Skip()
	}
}

// toolConfig reads a member of toolConfig (https://ai.google.dev/api/caching#ToolConfig).
func (d *decoding) toolConfig(key []byte, c *scan.Cursor) {
	switch string(camel(key)) {
	case "functionCallingConfig":
		d.object(c, d.calling)
	case "includeServerSideToolInvocations": // of tools that are noted
		c.Skip()
	default:
		d.unknown("toolConfig.", key)
		c.Skip()
	}
}

// calling reads a member of functionCallingConfig.
func (d *decoding) calling(key []byte, c *scan.Cursor) {
	choice := &d.p.Choice
	switch string(camel(key)) {
	case "mode":
		switch strings.ToUpper(string(codec.Inner(c.Value()))) {
		case "MODE_UNSPECIFIED":
		case "AUTO":
			choice.Mode = llm.ChoiceAuto
		case "VALIDATED":
			choice.Mode, d.validated = llm.ChoiceAuto, true
		case "ANY":
			choice.Mode = llm.ChoiceRequired
		case "NONE":
			choice.Mode = llm.ChoiceNone
		default:
			d.fail("must be AUTO, ANY, NONE or VALIDATED")
		}
	case "allowedFunctionNames":
		choice.Names = d.texts(c)
	default:
		d.unknown("toolConfig.functionCallingConfig.", key)
		c.Skip()
	}
}

// texts are the strings of an array, or a string alone.
func (d *decoding) texts(c *scan.Cursor) (all []llm.Escaped) {
	switch c.Peek() {
	case '"':
		return []llm.Escaped{codec.Inner(c.Value())}
	case '[':
		c.Enter('[')
		for c.Next() {
			v := c.Value()
			if v[0] != '"' {
				d.fail("must be an array of strings")
			}
			all = append(all, codec.Inner(v))
		}
		return all
	}
	d.fail("must be an array of strings")
	c.Skip()
	return nil
}

// config reads a member of generationConfig.
func (d *decoding) config(key []byte, c *scan.Cursor) {
	p := d.p
	switch string(camel(key)) {
	case "temperature":
		p.Temperature = d.number(c)
	case "topP":
		p.TopP = d.number(c)
	case "topK":
		p.TopK = d.integer(c)
	case "seed":
		p.Seed = d.integer(c)
	case "presencePenalty":
		p.PresencePenalty = d.number(c)
	case "frequencyPenalty":
		p.FrequencyPenalty = d.number(c)
	case "maxOutputTokens":
		p.MaxOutput, _ = scan.Int(d.integer(c))
	case "candidateCount":
		if n, _ := scan.Int(d.integer(c)); n > 1 {
			p.Fields.Add(llm.FieldMany)
		}
	case "stopSequences":
		p.Stop = d.texts(c)
	case "responseLogprobs":
		p.Logprobs = d.flag(c)
	case "logprobs":
		p.TopLogprobs = d.integer(c)
	case "responseMimeType", "responseSchema", "responseJsonSchema":
		d.format(key, c)
	case "thinkingConfig":
		d.object(c, d.thinking)
	case "responseModalities":
		for _, m := range d.texts(c) {
			if !strings.EqualFold(string(m), "TEXT") {
				p.Fields.Add(llm.FieldModalities)
			}
		}
	case "speechConfig", "imageConfig":
		d.note(c, llm.FieldModalities)
	case "mediaResolution":
		d.note(c, llm.FieldImageDetail)
	default:
		d.unknown("generationConfig.", key)
		c.Skip()
	}
}

// number is a number as it was written, without quotes if there are any.
func (d *decoding) number(c *scan.Cursor) []byte {
	raw := numeric(c.Value())
	if _, ok := scan.Float(raw); !ok {
		d.fail("must be a number")
	}
	return raw
}

// integer is a whole number as others want it who take no 40.0 for 40.
func (d *decoding) integer(c *scan.Cursor) []byte {
	n, ok := scan.Int(numeric(c.Value()))
	if !ok {
		d.fail("must be a whole number")
	}
	return strconv.AppendInt(nil, n, 10)
}

// flag is true or false.
func (d *decoding) flag(c *scan.Cursor) bool {
	raw := string(c.Value())
	if raw != "true" && raw != "false" {
		d.fail("must be true or false")
	}
	return raw == "true"
}

// format reads the form that the answer is to have.
func (d *decoding) format(key []byte, c *scan.Cursor) {
	f := &d.p.Format
	switch string(camel(key)) {
	case "responseMimeType":
		switch string(c.Value()) {
		case `"application/json"`, `"text/x.enum"`:
			f.Kind = max(f.Kind, llm.FormatObject)
		case `"text/plain"`, `""`:
		default:
			d.unknown("generationConfig.", key)
		}
	case "responseSchema":
		if c.Peek() != '{' {
			d.fail("must be an object")
		}
		if !c.Filled() {
			c.Skip()
			return
		}
		f.Kind, f.Schema = llm.FormatSchema, appendFromSchema(nil, c)
	default:
		f.Kind, f.Schema = llm.FormatSchema, c.Value()
	}
}

// thinking reads a member of thinkingConfig. A budget of -1 leaves it to the model
// (https://ai.google.dev/gemini-api/docs/thinking).
func (d *decoding) thinking(key []byte, c *scan.Cursor) {
	r := &d.p.Reasoning
	switch string(camel(key)) {
	case "thinkingBudget":
		switch n, _ := scan.Int(d.integer(c)); {
		case n == 0:
			r.Effort = llm.EffortNone
		case n < 0:
			r.Auto = true
		default:
			r.Budget = n
		}
	case "thinkingLevel":
		switch word := strings.ToLower(codec.Plain(codec.Inner(c.Value()))); word {
		case "minimal", "low", "medium", "high":
			r.Effort = llm.EffortNamed(word)
		case "thinking_level_unspecified":
		default:
			d.fail("must be MINIMAL, LOW, MEDIUM or HIGH")
		}
	case "includeThoughts":
		r.Show = d.flag(c)
	default:
		d.unknown("generationConfig.thinkingConfig.", key)
		c.Skip()
	}
}
