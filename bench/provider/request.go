package provider

import (
	"bytes"
	"strconv"
)

// chat is what this provider wants to know of a chat completion request. The slices point into the body,
// as they stand there: between quotes, escapes and all.
type chat struct {
	model     []byte
	stream    bool
	usage     bool // stream_options.include_usage
	maxTokens int  // 0 is no limit
	prompt    int  // tokens, estimated

	size     int    // bytes of all message contents, decoded
	lastRole []byte // role of the last message
	lastUser []byte // content of the last user message, the whole JSON value
	said     []byte // its first text
	begun    []byte // first text of the last message

	tools, choice []byte // JSON values in this schema, nil if absent
	thinks        bool   // reasoning is to be sent
	signs         bool   // with what the provider wants back
	hidden        bool   // but not in plain words
	ends          string // role of the last turn
	sealed        bool   // the last turn with tool calls begins with reasoning
	fact          []byte // the whole answer, where nothing is said

	messages bool     // there were some
	wrong    *failure // the first field of a wrong type
}

// read takes a body apart in one pass. Of a key that stands twice the last counts.
func (q *chat) read(body []byte) *failure {
	*q = chat{}
	c := cursor{b: body}
	whole := c.object(func(key []byte) bool { return q.field(&c, key) }) && c.end()
	switch {
	case !whole:
		return badRequest("", "", "We could not parse the JSON body of your request: it is not one JSON object.")
	case q.wrong != nil:
		return q.wrong
	case len(q.model) == 0:
		return badRequest("model", "missing_required_parameter", "you must provide a model parameter")
	case !q.messages:
		return badRequest("messages", "missing_required_parameter", "Missing required parameter: 'messages'.")
	}
	q.prompt = (q.size + 3) / 4
	return nil
}

func (q *chat) field(c *cursor, key []byte) bool {
	switch string(key) {
	case "model":
		return q.text(c, "model", &q.model, nil)
	case "stream":
		return q.flag(c, "stream", &q.stream)
	case "stream_options":
		return q.options(c)
	case "max_tokens", "max_completion_tokens":
		return q.limit(c, string(key))
	case "messages":
		return q.conversation(c)
	case "tools":
		return q.value(c, &q.tools)
	case "tool_choice":
		return q.value(c, &q.choice)
	}
	return c.skip()
}

// typed reports, once, that a field is not of the type it should be, and steps over its value.
func (q *chat) typed(c *cursor, field, want string) bool {
	if q.wrong == nil {
		q.wrong = badRequest(field, "invalid_type", "Invalid type for '"+field+"': expected "+want+".")
	}
	return c.skip()
}

// text reads a string, or null, which leaves it empty; size grows by its length if it is given.
func (q *chat) text(c *cursor, field string, dst *[]byte, size *int) bool {
	switch c.space() {
	case '"':
		raw, n, ok := c.text()
		*dst = raw
		if size != nil {
			*size += n
		}
		return ok
	case 'n':
		*dst = nil
		return c.word("null")
	}
	return q.typed(c, field, "a string")
}

func (q *chat) flag(c *cursor, field string, dst *bool) bool {
	*dst = false
	switch c.space() {
	case 't':
		*dst = true
		return c.word("true")
	case 'f', 'n':
		return c.skip()
	}
	return q.typed(c, field, "a boolean")
}

func (q *chat) options(c *cursor) bool {
	q.usage = false
	switch c.space() {
	case 'n':
		return c.word("null")
	case '{':
		return c.object(func(key []byte) bool {
			if string(key) == "include_usage" {
				return q.flag(c, "stream_options.include_usage", &q.usage)
			}
			return c.skip()
		})
	}
	return q.typed(c, "stream_options", "an object")
}

func (q *chat) limit(c *cursor, field string) bool {
	raw, ok := c.span()
	if !ok {
		return false
	}
	if string(raw) == "null" {
		return true
	}
	n, err := strconv.Atoi(string(raw))
	if (err != nil || n < 1) && q.wrong == nil {
		q.wrong = badRequest(field, "invalid_value", "Invalid '"+field+"': expected a whole number over 0.")
	}
	q.maxTokens = n
	return true
}

// value keeps a JSON value for later; null is absent.
func (q *chat) value(c *cursor, dst *[]byte) bool {
	raw, ok := c.span()
	if *dst = raw; string(raw) == "null" {
		*dst = nil
	}
	return ok
}

func (q *chat) conversation(c *cursor) bool {
	q.messages, q.size, q.lastRole, q.lastUser, q.said, q.begun = false, 0, nil, nil, nil, nil
	if c.space() != '[' {
		return q.typed(c, "messages", "an array of objects")
	}
	return c.array(func() bool {
		q.messages = true
		if c.space() != '{' {
			return q.typed(c, "messages", "an array of objects")
		}
		return q.message(c)
	})
}

func (q *chat) message(c *cursor) bool {
	var role, content, said []byte
	ok := c.object(func(key []byte) bool {
		switch string(key) {
		case "role":
			return q.text(c, "messages.role", &role, nil)
		case "content":
			c.space()
			from := c.i
			ok := q.content(c, &said)
			content = c.b[from:c.i]
			return ok
		}
		return c.skip()
	})
	q.begun = said
	if q.lastRole = role; string(role) == "user" {
		q.lastUser, q.said = content, said
	}
	return ok
}

// content reads a message's content, a string or parts, counts its text and keeps the first piece of it.
func (q *chat) content(c *cursor, said *[]byte) bool {
	*said = nil
	if c.space() != '[' {
		return q.text(c, "messages.content", said, &q.size)
	}
	return c.array(func() bool {
		if c.space() != '{' {
			return q.typed(c, "messages.content", "a string or an array of objects")
		}
		return c.object(func(key []byte) bool {
			if string(key) != "text" {
				return c.skip()
			}
			var text []byte
			ok := q.text(c, "messages.content.text", &text, &q.size)
			if *said == nil {
				*said = text
			}
			return ok
		})
	})
}

// directive is the last user message if it is one, decoded.
func (q *chat) directive() (string, bool) {
	if !bytes.HasPrefix(q.said, []byte(messagePrefix)) {
		return "", false
	}
	return decoded(q.said), true
}
