package anthropic

import (
	"bytes"
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
		d.marked(t.Cache)
		d.p.Tools = append(d.p.Tools, t)
	}
}

// readTool reads a tool up to its end. It is one that the caller runs, or Anthropic's own;
// odd reports a member that is not known.
func readTool(c *scan.Cursor) (t llm.Tool, custom, odd bool) {
	custom = true
	var known known
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			if kind := codec.Inner(c.Value()); len(kind) > 0 && string(kind) != "custom" {
				known = clientTool(kind)
				custom = known.schema != ""
			}
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
	if known.schema != "" {
		t.Description, t.Schema, odd = llm.Escaped(known.about), []byte(known.schema), false
	}
	return t, custom, odd
}

// known is a tool that Anthropic's models have learnt, and callers run.
type known struct{ about, schema string }

// clientTool is what other models are told of the tool of a type; nothing of one that only
// Anthropic's own models know how to use, or that Anthropic runs
// (docs.anthropic.com/en/docs/agents-and-tools/tool-use/bash-tool and /text-editor-tool).
func clientTool(kind llm.Escaped) known {
	switch {
	case bytes.HasPrefix(kind, []byte("bash_")):
		return known{"Runs a command in a shell that stays open, and returns what it prints.",
			`{"type":"object","properties":{"command":{"type":"string"},"restart":{"type":"boolean","description":"start the shell anew"}}}`}
	case bytes.HasPrefix(kind, []byte("text_editor_")):
		return known{"Views and edits text files. str_replace replaces old_str, which must occur once; insert puts insert_text behind line insert_line.",
			`{"type":"object","properties":{"command":{"type":"string","enum":["view","create","str_replace","insert"]},"path":{"type":"string"},` +
				`"file_text":{"type":"string"},"old_str":{"type":"string"},"new_str":{"type":"string"},"insert_line":{"type":"integer"},"insert_text":{"type":"string"},` +
				`"view_range":{"type":"array","items":{"type":"integer"}}},"required":["command","path"]}`}
	}
	return known{}
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
	codec.UnknownIn(d.p, "tool_choice", d.cursor(v), " type name disable_parallel_tool_use ")
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
