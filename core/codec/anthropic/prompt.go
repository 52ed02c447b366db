package anthropic

import (
	"strconv"
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// ReadPrompt decodes a request for a message.
func (Codec) ReadPrompt(r *llm.Request) (*llm.Prompt, *llm.Error) {
	d := decoding{doc: r.Body, p: &llm.Prompt{}}
	m := scan.Object(r.Body)
	for m.Next() {
		if v := m.Value(); v.Kind != scan.KindNull {
			d.member(m.Key(), v)
		}
	}
	if err := m.Err(); err != nil {
		d.fail("", "the body is not usable: "+err.Error())
	}
	d.chosen()
	if d.err != nil {
		return nil, d.err
	}
	d.p.Messages = append(d.system, d.messages...)
	codec.Complete(d.p)
	if err := codec.Nothing(d.p, "messages"); err != nil {
		return d.p, err
	}
	return d.p, nil
}

// decoding is one request being decoded; the first error stays.
type decoding struct {
	doc      []byte
	p        *llm.Prompt
	system   []llm.Message
	messages []llm.Message
	served   bool   // there are tools that the provider runs
	opaque   string // where a block of unknown kind stands in the message at hand
	err      *llm.Error
}

//go:noinline
func (d *decoding) fail(param, msg string) {
	if d.err == nil {
		d.err = &llm.Error{Code: llm.CodeInvalidRequest, Param: param, Message: msg}
	}
}

// want notes that a value is not of the kind that it has to be.
func (d *decoding) want(v scan.Value, kind scan.Kind, param, what string) bool {
	if v.Kind != kind {
		d.fail(param, "must be "+what)
	}
	return v.Kind == kind
}

func (d *decoding) cursor(v scan.Value) scan.Cursor { return scan.CursorAt(d.doc, v.Start) }

func (d *decoding) member(key []byte, v scan.Value) {
	raw := v.Raw(d.doc)
	switch string(key) {
	case "model", "stream", "provider", "models", "model_routing_config", "usage", "session_id", "betas", "anthropic_version", "anthropic_beta":
	case "system":
		c := d.cursor(v)
		d.system = []llm.Message{{Role: llm.RoleSystem, Parts: d.content(&c, "system")}}
	case "messages":
		d.readMessages(v)
	case "max_tokens":
		if d.p.MaxOutput, _ = scan.Int(raw); d.p.MaxOutput < 1 { // 0 fills a cache, which others do not do
			d.fail("max_tokens", "must be a whole number above 0")
		}
	case "temperature":
		d.p.Temperature = d.number(v, "temperature")
	case "top_p":
		d.p.TopP = d.number(v, "top_p")
	case "top_k":
		d.p.TopK = d.number(v, "top_k")
	case "stop_sequences":
		d.stops(v)
	case "metadata":
		if d.want(v, scan.KindObject, "metadata", "an object") {
			d.p.User = codec.Inner(d.find(v, "user_id"))
			codec.UnknownIn(d.p, "metadata", d.cursor(v), " user_id ")
		}
	case "tools":
		d.tools(v)
	case "tool_choice":
		d.choice(v)
	default:
		d.rare(key, v)
	}
}

// rare reads what few requests have.
func (d *decoding) rare(key []byte, v scan.Value) {
	raw := v.Raw(d.doc)
	switch string(key) {
	case "thinking":
		d.thinking(v)
	case "output_config":
		if d.want(v, scan.KindObject, "output_config", "an object") {
			d.effort(d.find(v, "effort"))
			d.format(d.find(v, "format"), "output_config.format")
			codec.UnknownIn(d.p, "output_config", d.cursor(v), " effort format ")
		}
	case "output_format":
		d.format(raw, "output_format")
	case "service_tier":
		if d.p.Tier = codec.Plain(codec.Inner(raw)); d.p.Tier == "standard_only" {
			d.p.Tier = "default"
		}
	case "cache_control":
		d.p.Fields.Add(llm.FieldCacheControl)
		codec.UnknownIn(d.p, "cache_control", d.cursor(v), " type ttl ")
	case "mcp_servers":
		if c := d.cursor(v); c.Filled() {
			d.p.Fields.Add(llm.FieldServerTools)
		}
	case "container":
		d.p.Fields.Add(llm.FieldState)
	case "context_management":
		if c := scan.CursorAt(d.find(v, "edits"), 0); c.Filled() {
			d.p.Fields.Add(llm.FieldTruncation)
		}
	default:
		codec.Unknown(d.p, key)
	}
}

// wordly reports whether b is a letter, a digit or an underscore.
func wordly(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_'
}

// find is the value of a member of an object; nil if there is none.
func (d *decoding) find(v scan.Value, name string) []byte {
	return find(d.doc, v.Start, name)
}

func find(doc []byte, at int, name string) []byte {
	_, v := locate(doc, at, name)
	if v.Kind == scan.KindNone {
		return nil
	}
	return doc[v.Start:v.End]
}

// locate is where a member of an object begins, with its name, and where its value is; an
// empty value if there is none. The object is at a place of doc.
func locate(doc []byte, at int, name string) (start int, v scan.Value) {
	c := scan.CursorAt(doc, at)
	if !c.Enter('{') {
		return 0, v
	}
	for c.Next() {
		c.Peek()
		start = c.At
		found := string(c.Key()) == name
		c.Peek()
		from := c.At
		if c.Skip(); found {
			return start, scan.Value{Kind: scan.KindObject, Start: from, End: c.At}
		}
	}
	return 0, v
}

func (d *decoding) number(v scan.Value, param string) []byte {
	d.want(v, scan.KindNumber, param, "a number")
	return v.Raw(d.doc)
}

func (d *decoding) stops(v scan.Value) {
	c := d.cursor(v)
	if !d.want(v, scan.KindArray, "stop_sequences", "an array of texts") || !c.Enter('[') {
		return
	}
	for n := 0; c.Next(); n++ {
		raw := c.Value()
		if raw[0] != '"' {
			d.fail("stop_sequences["+strconv.Itoa(n)+"]", "must be a text")
		}
		if s := codec.Inner(raw); len(s) > 0 {
			d.p.Stop = append(d.p.Stop, s)
		}
	}
}

// effort reads how much to reason in words
// (docs.anthropic.com/en/docs/build-with-claude/effort).
func (d *decoding) effort(raw []byte) {
	if len(raw) == 0 || string(raw) == "null" {
		return
	}
	e := llm.EffortNamed(string(codec.Inner(raw)))
	if e < llm.EffortLow {
		d.fail("output_config.effort", "must be low, medium, high, xhigh or max")
	}
	if d.p.Reasoning.Effort != llm.EffortNone {
		d.p.Reasoning.Effort = e
	}
}

// thinking reads how much to reason
// (docs.anthropic.com/en/docs/build-with-claude/extended-thinking and /adaptive-thinking).
func (d *decoding) thinking(v scan.Value) {
	if !d.want(v, scan.KindObject, "thinking", "an object") {
		return
	}
	codec.UnknownIn(d.p, "thinking", d.cursor(v), " type budget_tokens display ")
	r := &d.p.Reasoning
	r.Show = string(d.find(v, "display")) != `"omitted"`
	switch string(d.find(v, "type")) {
	case `"disabled"`:
		*r = llm.Reasoning{Effort: llm.EffortNone}
	case `"adaptive"`:
		r.Auto = true
	case `"enabled"`:
		if r.Budget, _ = scan.Int(d.find(v, "budget_tokens")); r.Budget < 1 {
			d.fail("thinking.budget_tokens", "must be a whole number above 0")
		}
	default:
		d.fail("thinking.type", "must be enabled, adaptive or disabled")
	}
}

func (d *decoding) format(raw []byte, param string) {
	if len(raw) == 0 || string(raw) == "null" {
		return
	}
	if raw[0] != '{' || string(find(raw, 0, "type")) != `"json_schema"` {
		d.fail(param+".type", "must be json_schema")
		return
	}
	codec.UnknownIn(d.p, param, scan.CursorAt(raw, 0), " type name schema ")
	schema := find(raw, 0, "schema")
	if len(schema) == 0 || schema[0] != '{' {
		d.fail(param+".schema", "must be an object")
	}
	d.p.Format = llm.Format{Kind: llm.FormatSchema, Name: codec.Inner(find(raw, 0, "name")), Schema: schema, Strict: true}
}

func (d *decoding) readMessages(v scan.Value) {
	c := d.cursor(v)
	if !c.Enter('[') {
		return
	}
	for n := 0; c.Next(); n++ {
		place := "messages[" + strconv.Itoa(n) + "]"
		if !c.Enter('{') {
			d.fail(place, "must be an object with role and content")
			return
		}
		var m llm.Message
		filled := false
		d.opaque = ""
		for c.Next() {
			switch string(c.Key()) {
			case "role":
				switch string(c.Value()) {
				case `"user"`:
					m.Role = llm.RoleUser
				case `"assistant"`:
					m.Role = llm.RoleAssistant
				case `"system"`:
					m.Role = llm.RoleSystem
				}
			case "content":
				m.Parts, filled = d.content(&c, place+".content"), true
			default:
				if string(c.Value()) != "null" {
					d.p.Fields.Add(llm.FieldMember)
				}
			}
		}
		if m.Role == llm.RoleNone {
			d.fail(place+".role", "must be user, assistant or system")
			return
		}
		if !filled {
			d.fail(place+".content", "missing: give a text or an array of blocks")
		}
		if d.opaque != "" && m.Role != llm.RoleAssistant { // whose blocks may be of the provider's own tools
			d.fail(d.opaque+".type", "is of no kind that can be translated")
		}
		d.messages = append(d.messages, m)
	}
}

// join is texts with line ends between.
func join(texts ...llm.Escaped) llm.Escaped {
	var kept []string
	for _, t := range texts {
		if len(t) > 0 {
			kept = append(kept, string(t))
		}
	}
	return llm.Escaped(strings.Join(kept, `\n`))
}
