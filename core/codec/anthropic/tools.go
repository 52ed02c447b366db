package anthropic

import (
	"bytes"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// tools writes tools and tool_choice. Where the caller allows some of the tools, only these
// are shown, unless it is one that must be called.
func (s *sending) tools() {
	choice := &s.p.Choice
	named := choice.Mode == llm.ChoiceRequired && len(choice.Names) == 1
	some := false
	for i := range s.p.Tools {
		t := &s.p.Tools[i]
		if len(choice.Names) > 0 && !named && choice.Mode != llm.ChoiceNone && !among(choice.Names, t.Name) {
			continue
		}
		if !some {
			s.key("tools")
			s.raw("[")
		} else {
			s.raw(",")
		}
		some = true
		s.tool(t)
	}
	if !some {
		return
	}
	s.raw("]")
	of := ""
	switch choice.Mode {
	case llm.ChoiceNone:
		of = "none"
	case llm.ChoiceRequired:
		if of = "any"; named {
			of = "tool"
		}
	case llm.ChoiceAuto:
		of = "auto"
	default:
		if !s.p.OneTool {
			return
		}
		of = "auto"
	}
	s.raw(`,"tool_choice":{"type":"` + of + `"`)
	if named {
		s.text("name", choice.Names[0])
	}
	if s.p.OneTool && of != "none" {
		s.raw(`,"disable_parallel_tool_use":true`)
	}
	s.raw("}")
}

func among(names []llm.Escaped, name llm.Escaped) bool {
	for _, n := range names {
		if bytes.Equal(n, name) {
			return true
		}
	}
	return false
}

func (s *sending) tool(t *llm.Tool) {
	s.raw(`{"name":`)
	s.quote(t.Name)
	if len(t.Description) > 0 {
		s.text("description", t.Description)
	}
	s.key("input_schema")
	schema := ofObject(t.Schema)
	if strict := s.strict(t, schema); strict != nil {
		s.dst = append(s.dst, strict...)
		s.raw(`,"strict":true`)
	} else {
		s.dst = append(s.dst, schema...)
	}
	s.end(t.Cache)
}

// strict is a tool's schema as arguments are sure to fit it; nil if they are not to be, or
// cannot be.
func (s *sending) strict(t *llm.Tool, schema []byte) []byte {
	if !t.Strict {
		return nil
	}
	if !s.model.structured {
		s.lack(llm.FieldStrictTools, codec.Dropped, codec.None)
		return nil
	}
	strict, open := appendStrict(nil, schema)
	if open {
		s.lack(llm.FieldStrictTools, codec.Approximated, "is held to no schema of objects with members that are not named")
		return nil
	}
	return strict
}

// ofObject is a schema of arguments, which the API wants to be that of an object.
func ofObject(schema []byte) []byte {
	if len(schema) == 0 || schema[0] != '{' {
		return []byte(`{"type":"object","properties":{}}`)
	}
	_, of := locate(schema, 0, "type")
	if string(of.Raw(schema)) == `"object"` {
		return schema
	}
	var ed scan.Editor
	ed.Reset(schema)
	if of.Kind == scan.KindNone {
		ed.Insert([]byte(`"type":"object"`))
	} else {
		ed.Set(of, []byte(`"object"`))
	}
	return ed.Append(nil)
}

// appendStrict appends a schema as those are that an answer is sure to fit: what cannot be
// enforced stands in the description, and objects have no members but those named, as
// Anthropic's own SDKs have it
// (docs.anthropic.com/en/docs/build-with-claude/structured-outputs, limitations). open reports
// that some object is one of members that are not named, such as a map, and so means something
// else now.
func appendStrict(dst, schema []byte) (out []byte, open bool) {
	t := tightening{Cursor: scan.CursorAt(schema, 0)}
	return t.strictly(dst), t.open
}

// tightening is a schema being made strict.
type tightening struct {
	scan.Cursor
	open    bool
	changed bool // it does not constrain as it did
}

// strictly appends the schema in front.
func (c *tightening) strictly(dst []byte) []byte {
	if c.Peek() != '{' {
		return append(dst, c.Value()...)
	}
	open := len(dst) + 1
	dst = append(dst, '{')
	object, named, closed := false, false, false
	var about, limits []byte
	c.Enter('{')
	for c.Next() {
		key := string(c.Key())
		at := c.At
		switch {
		case key == "additionalProperties":
			c.open = string(c.Value()) != "false" || c.open
			if !closed {
				dst, closed = append(member(dst, open, key), "false"...), true
			}
			continue
		case key == "description" && c.Peek() == '"':
			about = codec.Inner(c.Value())
			continue
		case isLimit(key):
			if v := c.Value(); key != "minItems" || string(v) != "0" && string(v) != "1" {
				c.changed = true
				c.open = c.open || key == "patternProperties"
				limits = append(literal(literal(limits, key), ": "), v...)
				limits = literal(limits, ", ")
				continue
			}
			c.At = at
		}
		if key == "oneOf" {
			key, c.changed = "anyOf", true
		}
		dst = member(dst, open, key)
		switch key {
		case "properties", "$defs", "definitions":
			named = named || key == "properties"
			dst = c.within(dst, '{')
		case "anyOf", "allOf", "items":
			dst = c.within(dst, '[')
		case "type":
			v := c.Value()
			object = object || bytes.Contains(v, []byte(`"object"`))
			dst = append(dst, v...)
		default:
			dst = append(dst, c.Value()...)
		}
	}
	c.open = c.open || object && !named && !closed
	if (object || named) && !closed {
		c.changed = true
		dst = append(member(dst, open, "additionalProperties"), "false"...)
	}
	return append(described(dst, open, about, limits), '}')
}

// described appends a description, with the limits that cannot be enforced.
func described(dst []byte, open int, about, limits []byte) []byte {
	if len(limits) > 0 {
		about = join(about, codec.Escape("{"+string(limits[:len(limits)-2])+"}"))
	}
	if about == nil {
		return dst
	}
	return codec.AppendString(member(dst, open, "description"), about)
}

// member begins a member of the object the inside of which begins at a place.
//
//go:noinline
func member(dst []byte, open int, key string) []byte {
	if len(dst) > open {
		dst = append(dst, ',')
	}
	return append(scan.AppendQuote(dst, key), ':')
}

// within appends an object or an array of schemas; a single one where there is neither.
func (c *tightening) within(dst []byte, open byte) []byte {
	if c.Peek() != open {
		return c.strictly(dst)
	}
	dst = append(dst, open)
	from := len(dst)
	c.Enter(open)
	for c.Next() {
		if open == '{' {
			dst = member(dst, from, string(c.Key()))
		} else if len(dst) > from {
			dst = append(dst, ',')
		}
		dst = c.strictly(dst)
	}
	return append(dst, open+2) // } and ] stand two behind { and [
}

// isLimit reports whether a keyword limits a value in a way that is not enforced.
func isLimit(key string) bool {
	switch key {
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
		"minItems", "maxItems", "uniqueItems", "contains", "minProperties", "maxProperties", "patternProperties", "propertyNames":
		return true
	}
	return false
}
