package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// The name and the arguments by which other schemas are offered the local shell
// (platform.openai.com/docs/guides/tools-local-shell), and the arguments of a custom tool
// (platform.openai.com/docs/guides/function-calling, custom tools): a function with one text.
const (
	localShell       = "local_shell"
	localShellAbout  = "Runs a command in the user's shell and returns what it prints."
	localShellSchema = `{"type":"object","properties":{"command":{"type":"array","items":{"type":"string"},"description":"the program and its arguments"},` +
		`"working_directory":{"type":"string"},"timeout_ms":{"type":"integer"}},"required":["command"],"additionalProperties":false}`
	customSchema = `{"type":"object","properties":{"input":{"type":"string","description":"the whole input of the tool, as plain text"}},` +
		`"required":["input"],"additionalProperties":false}`
)

// tool are the members of a tool.
type tool struct {
	kind              string
	name, description llm.Escaped
	namespace         llm.Escaped // of a choice
	strange           bool        // a member has no meaning here
	schema            []byte
	strict            []byte
	format            scan.Cursor
	hasFormat         bool
	tools             []byte // of a namespace
}

func (t *tool) read(c *scan.Cursor) {
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			t.kind = codec.Plain(codec.Inner(c.Value()))
		case "name":
			t.name = codec.Inner(c.Value())
		case "namespace":
			t.namespace = codec.Inner(c.Value())
		case "description":
			t.description = codec.Inner(c.Value())
		case "parameters":
			if c.Peek() == '{' {
				t.schema = c.Value()
			} else {
				c.Skip()
			}
		case "strict":
			t.strict = c.Value()
		case "format":
			t.format, t.hasFormat = *c, true
			c.Skip()
		case "tools":
			t.tools = c.Value()
		default:
			t.strange = c.Peek() != 'n' || t.strange
			c.Skip()
		}
	}
}

// tools reads the tools, of which those in a namespace have its name in front of their own. A
// function is strict unless it says otherwise, if its schema is such that it can be
// (platform.openai.com/docs/guides/function-calling, strict mode).
func (d *decoding) tools(c *scan.Cursor, namespace llm.Escaped) {
	if !c.Enter('[') {
		d.fail("tools", "must be an array")
		return
	}
	for i := int64(0); c.Next(); i++ {
		if !c.Enter('{') {
			d.fail(indexed("tools", i, ""), "must be an object")
			return
		}
		var t tool
		t.read(c)
		name := t.name
		switch t.kind {
		case "function", "custom", "namespace":
			if d.use(llm.FieldMember, t.strange); len(name) == 0 {
				d.fail(indexed("tools", i, ".name"), "missing")
				return
			}
		}
		switch t.kind {
		case "function":
			strict := string(t.strict) == "true" || (len(t.strict) == 0 || string(t.strict) == "null") && codec.FitsStrict(t.schema)
			d.offer(namespace, llm.Tool{Name: name, Description: t.description, Schema: t.schema, Strict: strict})
		case "custom":
			codec.UnknownIn(d.prompt, "", t.format, " type syntax definition ")
			d.use(llm.FieldTextTools, true)
			d.offer(namespace, llm.Tool{Name: name, Description: t.about(), Schema: []byte(customSchema)})
		case localShell:
			d.offer(nil, llm.Tool{Name: llm.Escaped(localShell), Description: llm.Escaped(localShellAbout), Schema: []byte(localShellSchema)})
		case "namespace":
			if inner := scan.CursorAt(t.tools, 0); len(namespace) == 0 {
				d.tools(&inner, t.name)
			}
		case "web_search", "web_search_preview", "image_generation", "tool_search":
			d.extra = true
		default:
			d.use(llm.FieldServerTools, true)
		}
	}
}

// extras notes tools of the provider's that the model may do without, unless it has to call one
// and has no other.
func (d *decoding) extras() {
	must := d.prompt.Choice.Mode == llm.ChoiceRequired && len(d.prompt.Tools) == 0
	d.use(llm.FieldServerTools, d.extra && must)
	d.use(llm.FieldSpareTools, d.extra && !d.prompt.Fields.Has(llm.FieldServerTools))
}

// about is a custom tool's description with the grammar that its input has to follow: where
// the tool is a function, nobody enforces it.
func (t *tool) about() llm.Escaped {
	if !t.hasFormat {
		return t.description
	}
	var syntax, definition llm.Escaped
	if c := t.format; c.Enter('{') {
		for c.Next() {
			switch string(c.Key()) {
			case "syntax":
				syntax = codec.Inner(c.Value())
			case "definition":
				definition = codec.Inner(c.Value())
			default:
				c.Skip()
			}
		}
	}
	if len(definition) == 0 {
		return t.description
	}
	about := append(llm.Escaped(nil), t.description...)
	about = append(append(append(about, `\n\nThe input must follow this grammar (`...), syntax...), `):\n`...)
	return append(about, definition...)
}
