package gemini

import (
	"bytes"

	"strowger/core/codec"

	"strowger/core/scan"
)

// A schema is rewritten member by member, in the order in which they stand, so that a prompt
// that is cached stays the same.

// appendFromSchema appends the schema in front of c, which is in the API's own subset of
// OpenAPI (https://ai.google.dev/api/caching#Schema), as JSON Schema: types in lower case,
// what may be null with that type beside its own, numbers that are written as strings as
// numbers, and without propertyOrdering.
func appendFromSchema(dst []byte, c *scan.Cursor) []byte {
	return (&schemas{own: true}).object(dst, c)
}

// appendToSchema appends JSON Schema as far as parametersJsonSchema and responseJsonSchema
// take it (https://ai.google.dev/api/generate-content#v1beta.GenerationConfig): they know
// neither $schema nor const nor definitions, and beside a $ref nothing but what begins with $.
// What else they do not know they pass over.
func appendToSchema(dst, schema []byte) []byte {
	for _, word := range [...]string{`"$schema"`, `"const"`, `"$ref"`, `"definitions"`} {
		if bytes.Contains(schema, []byte(word)) {
			c := scan.CursorAt(schema, 0)
			return (&schemas{}).object(dst, &c)
		}
	}
	return append(dst, schema...)
}

// schemas rewrites schemas: out of the API's own form, or into what it takes.
type schemas struct{ own bool }

// object appends the schema in front of c, which may be true or false.
func (s *schemas) object(dst []byte, c *scan.Cursor) []byte {
	if c.Peek() != '{' {
		return append(dst, c.Value()...)
	}
	ref, null := traits(*c)
	c.Enter('{')
	dst = append(dst, '{')
	from := len(dst)
	for c.Next() {
		literal := c.Value()
		c.Next() // over the colon
		name := string(camel(codec.Inner(literal)))
		at := len(dst)
		if at > from {
			dst = append(dst, ',')
		}
		kept := true
		if s.own {
			dst, kept = s.fromMember(dst, name, literal, c, null)
		} else {
			dst, kept = s.toMember(dst, name, literal, c, ref)
		}
		if !kept {
			dst = dst[:at]
		}
	}
	return append(dst, '}')
}

// traits tells whether the schema in front of c is a reference, and whether it may be null.
func traits(c scan.Cursor) (ref, null bool) {
	c.Enter('{')
	for c.Next() {
		switch string(c.Key()) {
		case "$ref":
			ref = c.Peek() == '"'
			c.Skip()
		case "nullable":
			null = string(c.Value()) == "true"
		default:
			c.Skip()
		}
	}
	return ref, null
}

// fromMember appends a member of the API's own form, and reports whether it is one of JSON
// Schema too.
func (s *schemas) fromMember(dst []byte, name string, literal []byte, c *scan.Cursor, null bool) ([]byte, bool) {
	switch name {
	case "propertyOrdering", "nullable":
		c.Skip()
		return dst, false
	case "type":
		v := c.Value()
		if v[0] != '"' {
			return append(append(dst, `"type":`...), v...), true
		}
		kind := bytes.ToLower(v)
		switch {
		case string(kind) == `"type_unspecified"`:
			return dst, false
		case null:
			return append(append(append(dst, `"type":[`...), kind...), `,"null"]`...), true
		}
		return append(append(dst, `"type":`...), kind...), true
	case "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties":
		dst = append(append(append(dst, '"'), name...), `":`...)
		v := c.Value()
		if n := codec.Inner(v); n != nil {
			if _, ok := scan.Int(n); ok {
				v = n
			}
		}
		return append(dst, v...), true
	case "format": // enum is no form of a text, but says that the text is listed
		if v := c.Value(); string(v) != `"enum"` {
			return append(append(dst, `"format":`...), v...), true
		}
		return dst, false
	case "anyOf", "additionalProperties", "prefixItems":
		literal = []byte(`"` + name + `"`)
	}
	return s.value(append(append(dst, literal...), ':'), name, c), true
}

// toMember appends a member of JSON Schema, and reports whether the API takes it.
func (s *schemas) toMember(dst []byte, name string, literal []byte, c *scan.Cursor, ref bool) ([]byte, bool) {
	switch {
	case name == "$schema", ref && (name == "" || name[0] != '$' && name != "definitions"):
		c.Skip()
		return dst, false
	case name == "const":
		v := c.Value()
		if v[0] != '"' && (v[0] < '0' || v[0] > '9') && v[0] != '-' { // only texts and numbers can be listed
			return dst, false
		}
		return append(append(append(dst, `"enum":[`...), v...), ']'), true
	case name == "$ref":
		v := c.Value()
		if rest, ok := bytes.CutPrefix(v, []byte(`"#/definitions/`)); ok {
			return append(append(dst, `"$ref":"#/$defs/`...), rest...), true
		}
		return append(append(dst, `"$ref":`...), v...), true
	case name == "definitions" && c.Peek() == '{':
		literal = []byte(`"$defs"`)
	}
	return s.value(append(append(dst, literal...), ':'), name, c), true
}

// value appends the value of a member, in which there may be schemas.
func (s *schemas) value(dst []byte, name string, c *scan.Cursor) []byte {
	switch open := c.Peek(); name {
	case "properties", "$defs", "definitions", "patternProperties":
		if open == '{' {
			return s.each(dst, c)
		}
	case "anyOf", "oneOf", "allOf", "prefixItems":
		if open == '[' {
			return s.each(dst, c)
		}
	case "items", "additionalProperties", "not":
		if open == '{' {
			return s.object(dst, c)
		}
	}
	return append(dst, c.Value()...)
}

// each appends the object or array of schemas in front of c.
func (s *schemas) each(dst []byte, c *scan.Cursor) []byte {
	open := c.Peek()
	c.Enter(open)
	dst = append(dst, open)
	for some := false; c.Next(); some = true {
		if some {
			dst = append(dst, ',')
		}
		if open == '{' {
			dst = append(append(dst, c.Value()...), ':')
			c.Next()
		}
		dst = s.object(dst, c)
	}
	return append(dst, open+2) // in ASCII the closing bracket stands two behind its opening one
}

// hasMembers reports whether a schema says anything.
func hasMembers(schema []byte) bool {
	c := scan.CursorAt(schema, 0)
	return c.Peek() == '{' && c.Filled()
}
