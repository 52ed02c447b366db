package provider

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// call is a tool call to be made: the tool's name as it stands in the request, and its arguments, JSON.
type call struct {
	name []byte
	args string
}

// toolCall decides whether the answer is a tool call, and to which tool.
func (q *chat) toolCall() (c call, wanted bool, wrong *failure) {
	if q.tools == nil || string(q.lastRole) == "tool" {
		return call{}, false, nil
	}
	name, must := q.required()
	if !must && (string(q.choice) == `"none"` || !mentionsTool(q.lastUser)) {
		return call{}, false, nil
	}
	c, ok := pick(q.tools, name)
	if !ok {
		if name != nil {
			return call{}, false, badRequest("tool_choice", "invalid_value", "Tool choice '"+decoded(name)+"' not found in 'tools' parameter.")
		}
		return call{}, false, nil
	}
	return c, true, nil
}

// required reads tool_choice: whether it requires a call, and of which tool, nil being any.
func (q *chat) required() (name []byte, must bool) {
	if string(q.choice) == `"required"` {
		return nil, true
	}
	if len(q.choice) == 0 || q.choice[0] != '{' {
		return nil, false
	}
	c := cursor{b: q.choice}
	c.object(func(key []byte) bool {
		if string(key) != "function" || c.space() != '{' {
			return c.skip()
		}
		return c.object(func(key []byte) bool { return keepText(&c, key, "name", &name) })
	})
	return name, name != nil
}

// mentionsTool looks for the word in any case.
func mentionsTool(content []byte) bool {
	const word = "tool"
	for i := range content {
		if content[i]|0x20 == word[0] && i+len(word) <= len(content) && bytes.EqualFold(content[i:i+len(word)], []byte(word)) {
			return true
		}
	}
	return false
}

// pick finds the tool of that name, the first one if name is nil. It leaves the array early by refusing an
// element, which the cursor takes for an error; the array is well formed, or it would not have come here.
func pick(tools, name []byte) (found call, ok bool) {
	c := cursor{b: tools}
	c.array(func() bool {
		one, is := tool(&c)
		if is && (name == nil || bytes.Equal(name, one.name)) {
			found, ok = one, true
			return false
		}
		return true
	})
	return found, ok
}

// further are the calls beside the first, of the tools in turn.
func (q *chat) further(first call, count int) []call {
	if count < 2 {
		return nil
	}
	var all []call
	c := cursor{b: q.tools}
	c.array(func() bool {
		if one, is := tool(&c); is {
			all = append(all, one)
		}
		return true
	})
	at := slices.IndexFunc(all, func(c call) bool { return bytes.Equal(c.name, first.name) })
	var calls []call
	for i := 1; i < count; i++ {
		calls = append(calls, all[(at+i)%len(all)])
	}
	return calls
}

// tool reads one element of tools; one that is not a function is passed over.
func tool(c *cursor) (one call, ok bool) {
	one.args = "{}"
	if c.space() != '{' {
		c.skip()
		return one, false
	}
	c.object(func(key []byte) bool {
		if string(key) != "function" || c.space() != '{' {
			return c.skip()
		}
		return c.object(func(key []byte) bool {
			if string(key) == "parameters" && c.space() == '{' {
				return parameters(c, &one.args)
			}
			return keepText(c, key, "name", &one.name)
		})
	})
	return one, one.name != nil
}

// parameters makes up arguments from a JSON Schema: a value for its first property.
func parameters(c *cursor, args *string) bool {
	return c.object(func(key []byte) bool {
		if string(key) != "properties" || c.space() != '{' {
			return c.skip()
		}
		first := true
		return c.object(func(name []byte) bool {
			if !first || c.space() != '{' {
				return c.skip()
			}
			first = false
			value, ok := example(c)
			*args = string(appendEscaped([]byte(`{"`), string(name))) + `":` + value + "}"
			return ok
		})
	})
}

// example is a value that fits a schema: the first of its enum, or one for its type.
func example(c *cursor) (value string, ok bool) {
	var kind, enum []byte
	ok = c.object(func(key []byte) bool {
		switch {
		case string(key) == "type" && c.space() == '[':
			return c.array(func() bool { return keepFirst(c, &kind) })
		case string(key) == "type":
			return keepFirst(c, &kind)
		case string(key) == "enum" && c.space() == '[':
			return c.array(func() bool { return keepFirst(c, &enum) })
		}
		return c.skip()
	})
	if enum != nil {
		return string(enum), ok
	}
	switch string(kind) {
	case `"integer"`, `"number"`:
		return "1", ok
	case `"boolean"`:
		return "true", ok
	case `"array"`:
		return "[]", ok
	case `"object"`:
		return "{}", ok
	case `"null"`:
		return "null", ok
	}
	return `"Paris"`, ok
}

// keepFirst steps over a value and keeps it if it is the first.
func keepFirst(c *cursor, dst *[]byte) bool {
	raw, ok := c.span()
	if *dst == nil {
		*dst = raw
	}
	return ok
}

// keepText steps over a member and keeps it if it is the string of that name.
func keepText(c *cursor, key []byte, name string, dst *[]byte) bool {
	if string(key) != name || c.space() != '"' {
		return c.skip()
	}
	raw, _, ok := c.text()
	*dst = raw
	return ok
}

// fragments cuts arguments into the pieces they are streamed in, never inside a character.
func fragments(dst []string, args string) []string {
	const size = 5
	for len(args) > 0 {
		n := min(size, len(args))
		for n < len(args) && !utf8.RuneStart(args[n]) {
			n++
		}
		dst = append(dst, args[:n])
		args = args[n:]
	}
	return dst
}
