package openai

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// tools reads the functions that the model may call. A type that is no function is a tool that
// the provider runs, such as OpenRouter's web search, or a custom one, which takes text.
func (d *decoding) tools(c *scan.Cursor) {
	if !c.Enter('[') {
		d.fail("tools", "must be an array")
		return
	}
	for i := 0; c.Next(); i++ {
		d.tool(c, i)
	}
}

// tool reads the tool at place i.
func (d *decoding) tool(c *scan.Cursor, i int) {
	var tool llm.Tool
	kind := llm.Escaped("function")
	function, odd := false, false
	if !c.Enter('{') {
		d.fail(nth("tools", i, ""), "must be an object")
		return
	}
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			kind = textOf(c)
		case "function":
			function = c.Peek() == '{'
			d.defined(&tool, c, nth("tools", i, "function"))
		case "custom":
			c.Skip()
		case "cache_control":
			if c.Peek() == '{' {
				tool.Cache = c.Value()
			}
		default:
			odd = string(c.Value()) != "null" || odd
		}
	}
	switch {
	case string(kind) == "custom":
		d.p.Fields.Add(llm.FieldCustomTools)
		d.served = true
	case len(kind) == 0:
		d.fail(nth("tools", i, "type"), missing)
	case string(kind) != "function":
		d.p.Fields.Add(llm.FieldServerTools)
		d.served = true
	case !function:
		d.fail(nth("tools", i, "function"), missing)
	default:
		if odd {
			d.p.Fields.Add(llm.FieldMember)
		}
		d.p.Tools = append(d.p.Tools, tool)
	}
}

// functions reads what tools were called before there were others
// (platform.openai.com/docs/api-reference/chat/create, functions).
func (d *decoding) functions(c *scan.Cursor) {
	if !c.Enter('[') {
		d.fail("functions", "must be an array")
		return
	}
	for i := 0; c.Next(); i++ {
		var tool llm.Tool
		d.defined(&tool, c, nth("functions", i, ""))
		d.p.Tools = append(d.p.Tools, tool)
	}
}

// defined reads the definition of a function, which stands at a path.
func (d *decoding) defined(t *llm.Tool, c *scan.Cursor, path string) {
	if !c.Enter('{') {
		d.fail(path, "must be an object")
		return
	}
	for c.Next() {
		switch string(c.Key()) {
		case "name":
			t.Name = textOf(c)
		case "description":
			t.Description = textOf(c)
		case "parameters":
			switch v := c.Value(); v[0] {
			case '{':
				t.Schema = v
			case 'n':
			default:
				d.fail(path+".parameters", "must be an object")
			}
		case "strict":
			t.Strict = string(c.Value()) == "true"
		default:
			d.odd(c.Value())
		}
	}
	if len(t.Name) == 0 {
		d.fail(path+".name", missing)
	}
}

// chooses checks the choice against the tools, which may stand behind it. Those that are no
// functions are known by their names to their providers only.
func (d *decoding) chooses() {
	choice := &d.p.Choice
	if d.served {
		return
	}
	if choice.Mode == llm.ChoiceRequired && len(d.p.Tools) == 0 {
		d.fail("tool_choice", "there are no tools to choose from")
	}
	for _, name := range choice.Names {
		found := false
		for i := range d.p.Tools {
			found = found || codec.Plain(d.p.Tools[i].Name) == codec.Plain(name)
		}
		if !found {
			d.fail("tool_choice", "names "+codec.Plain(name)+", which is none of the tools")
		}
	}
}

// choice reads tool_choice or its forerunner function_call: a word, a function, or
// allowed_tools. any is Mistral's word for required.
func (d *decoding) choice(c *scan.Cursor) {
	choice := &d.p.Choice
	if c.Peek() != '{' {
		choice.Mode = modeOf(c.Value())
		if choice.Mode == llm.ChoiceUnset {
			d.fail("tool_choice", "must be none, auto, required or an object")
		}
		return
	}
	choice.Mode = llm.ChoiceRequired
	kind := ""
	c.Enter('{')
	for c.Next() {
		switch string(c.Key()) {
		case "name": // of function_call
			choice.Names = append(choice.Names, textOf(c))
		case "function", "custom":
			d.chosen(c)
		case "type":
			v := c.Value()
			if m := modeOf(v); m != llm.ChoiceUnset { // as some servers write their words
				choice.Mode = m
			} else {
				kind = codec.Plain(codec.Inner(v))
			}
		case "mode":
			choice.Mode = modeOf(c.Value())
		case "tools":
			d.allowed(c)
		case "allowed_tools":
			if c.Enter('{') {
				for c.Next() {
					switch string(c.Key()) {
					case "mode":
						choice.Mode = modeOf(c.Value())
					case "tools":
						d.allowed(c)
					default:
						c.Skip()
					}
				}
			}
		default:
			d.odd(c.Value())
		}
	}
	switch kind {
	case "function", "custom", "allowed_tools":
		if len(choice.Names) == 0 {
			d.fail("tool_choice."+kind, missing)
		}
	case "":
	default: // of a tool that the provider runs
		d.p.Fields.Add(llm.FieldServerTools)
		d.served = true
	}
	if choice.Mode == llm.ChoiceUnset {
		d.fail("tool_choice.allowed_tools.mode", "must be auto or required")
	}
}

// allowed reads a list of tools by name.
func (d *decoding) allowed(c *scan.Cursor) {
	if !c.Enter('[') {
		return
	}
	for c.Next() {
		if !c.Enter('{') {
			continue
		}
		for c.Next() {
			switch string(c.Key()) {
			case "function", "custom":
				d.chosen(c)
			case "name":
				d.p.Choice.Names = append(d.p.Choice.Names, textOf(c))
			default:
				c.Skip()
			}
		}
	}
}

// chosen reads the name of a function that is to be called.
func (d *decoding) chosen(c *scan.Cursor) {
	codec.UnknownIn(d.p, "tool_choice.function", *c, " name ")
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		if string(c.Key()) != "name" {
			c.Skip()
			continue
		}
		if name := textOf(c); len(name) > 0 {
			d.p.Choice.Names = append(d.p.Choice.Names, name)
		}
	}
}

func modeOf(raw []byte) llm.ChoiceMode {
	switch string(raw) {
	case `"auto"`:
		return llm.ChoiceAuto
	case `"none"`:
		return llm.ChoiceNone
	case `"required"`, `"any"`:
		return llm.ChoiceRequired
	}
	return llm.ChoiceUnset
}

// format reads response_format. llama.cpp and Together have the schema beside the type.
func (d *decoding) format(c *scan.Cursor) {
	f := &d.p.Format
	codec.UnknownIn(d.p, "response_format", *c, " type json_schema schema ")
	if !c.Enter('{') {
		d.fail("response_format", "must be an object")
		return
	}
	var kind llm.Escaped
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			kind = textOf(c)
		case "json_schema":
			d.schema(c)
		case "schema":
			if v := c.Value(); v[0] == '{' {
				f.Schema = v
			}
		default:
			c.Skip()
		}
	}
	switch string(kind) {
	case "text":
		*f = llm.Format{}
	case "json_object", "json_schema":
		f.Kind = llm.FormatObject
		if f.Schema != nil {
			f.Kind = llm.FormatSchema
		} else if string(kind) == "json_schema" {
			d.fail("response_format.json_schema.schema", missing)
		}
	default:
		d.fail("response_format.type", "must be text, json_object or json_schema")
	}
}

func (d *decoding) schema(c *scan.Cursor) {
	f := &d.p.Format
	codec.UnknownIn(d.p, "response_format.json_schema", *c, " name description schema strict ")
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		switch string(c.Key()) {
		case "name":
			f.Name = textOf(c)
		case "description":
			f.Description = textOf(c)
		case "schema":
			if v := c.Value(); v[0] == '{' {
				f.Schema = v
			}
		case "strict":
			f.Strict = string(c.Value()) == "true"
		default:
			c.Skip()
		}
	}
}
