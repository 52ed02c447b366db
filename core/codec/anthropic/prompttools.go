package anthropic

import (
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

func (d *decoding) tools(v scan.Value) {
	c := d.cursor(v)
	if !d.want(v, scan.KindArray, "tools", "an array of tools") || !c.Enter('[') {
		return
	}
	for n := 0; c.Next(); n++ {
		if !c.Enter('{') {
			d.fail("tools["+strconv.Itoa(n)+"]", "must be an object")
			return
		}
		t, custom, odd := readTool(&c)
		if !custom {
			d.p.Fields.Add(llm.FieldServerTools)
			d.served = true
			continue
		}
		if len(t.Name) == 0 {
			d.fail("tools["+strconv.Itoa(n)+"].name", "must be a text")
		}
		if odd {
			d.p.Fields.Add(llm.FieldMember)
		}
		d.p.Tools = append(d.p.Tools, t)
	}
}

// readTool reads a tool up to its end. It is the caller's own or one that the provider runs;
// odd reports a member that is not known.
func readTool(c *scan.Cursor) (t llm.Tool, custom, odd bool) {
	custom = true
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			kind := c.Value()
			custom = string(kind) == `"custom"` || string(kind) == "null"
		case "name":
			t.Name = codec.Inner(c.Value())
		case "description":
			t.Description = codec.Inner(c.Value())
		case "input_schema":
			if c.Peek() == '{' {
				t.Schema = c.Value()
			} else {
				c.Skip()
			}
		case "strict":
			t.Strict = string(c.Value()) == "true"
		case "cache_control":
			t.Cache = object(c)
		default:
			odd = string(c.Value()) != "null" || odd
		}
	}
	return t, custom, odd
}

// object is the value in front of c if it is an object; nil if not.
func object(c *scan.Cursor) []byte {
	if c.Peek() != '{' {
		c.Skip()
		return nil
	}
	return c.Value()
}

func (d *decoding) choice(v scan.Value) {
	if !d.want(v, scan.KindObject, "tool_choice", "an object") {
		return
	}
	switch string(d.find(v, "type")) {
	case `"auto"`:
		d.p.Choice.Mode = llm.ChoiceAuto
	case `"any"`:
		d.p.Choice.Mode = llm.ChoiceRequired
	case `"none"`:
		d.p.Choice.Mode = llm.ChoiceNone
	case `"tool"`:
		d.p.Choice.Mode = llm.ChoiceRequired
		d.p.Choice.Names = []llm.Escaped{codec.Inner(d.find(v, "name"))}
	default:
		d.fail("tool_choice.type", "must be auto, any, tool or none")
	}
	d.p.OneTool = string(d.find(v, "disable_parallel_tool_use")) == "true"
}

// chosen looks for the tool that must be called; one that the provider runs may be meant.
func (d *decoding) chosen() {
	if len(d.p.Choice.Names) == 0 || d.served {
		return
	}
	name := codec.Plain(d.p.Choice.Names[0])
	for i := range d.p.Tools {
		if codec.Plain(d.p.Tools[i].Name) == name {
			return
		}
	}
	d.fail("tool_choice.name", "must be that of one of the tools")
}
