package codec

import (
	"bytes"
	"strconv"

	"strowger/core/llm"
	"strowger/core/scan"
)

// The messages of errors that say nothing themselves.
const (
	MsgReported = "the provider reported an error"
	MsgBroken   = "the provider ended the answer with an error"
)

// ReadError reads the body of an answer with an error status, whatever its shape: an object
// with the words somewhere in it, an array of such, a text or HTML. doc is the object; nil if
// there is none.
func ReadError(status int, body []byte) (e *llm.Error, doc []byte) {
	what := "the provider answered " + strconv.Itoa(status)
	var ev llm.Event
	if ReadBody(object{}, &ev, firstOf(body)) != nil {
		return &llm.Error{Code: llm.CodeProvider, Status: status, Message: what + describe(body)}, nil
	}
	e = ErrorOf(ev.Raw, what)
	e.Status = status
	return e, ev.Raw
}

// object is the grammar of any object.
type object struct{}

func (object) Document(_ *llm.Event, _, data []byte, _ int) error {
	m := scan.Object(data)
	for m.Next() {
	}
	return m.Err()
}

func (object) AsStream(*llm.Event, func(*llm.Event)) error { return nil }

// firstOf is the first element of body if that is an array: Gemini's compatible API
// wraps its errors so.
func firstOf(body []byte) []byte {
	if text := bytes.TrimLeft(body, " \t\r\n"); len(text) == 0 || text[0] != '[' {
		return body
	}
	if a := scan.Array(body); a.Next() {
		return a.Value().Raw(body)
	}
	return body
}

func describe(body []byte) string {
	switch text := Opening(body); {
	case text == "":
		return " without a body"
	case text[0] == '<':
		return " with an HTML page"
	default:
		return " with text: " + text
	}
}

// Failure is the error that an error member of doc means; nil if it means none.
func Failure(doc []byte, v scan.Value) *llm.Error {
	switch v.Kind {
	case scan.KindNull, scan.KindFalse:
		return nil
	case scan.KindTrue, scan.KindNumber: // the words stand beside it
		if n, ok := scan.Int(v.Raw(doc)); ok && n == 0 {
			return nil
		}
		return ErrorOf(doc, MsgReported)
	case scan.KindString:
		if v.End-v.Start == len(`""`) {
			return nil
		}
	default:
		if c := scan.CursorAt(doc, v.Start); !c.Filled() {
			return nil
		}
	}
	return ErrorOf(v.Raw(doc), MsgReported)
}

// ErrorOf reads an error from JSON that has been checked: a text, an object or an array
// of such. otherwise is the message if there is none.
func ErrorOf(raw []byte, otherwise string) *llm.Error {
	t := telling{err: &llm.Error{Code: llm.CodeProvider}, rank: noRank}
	c := scan.CursorAt(raw, 0)
	t.value(&c, noRank-1, 0)
	if t.err.Message == "" {
		t.err.Message = otherwise
	}
	return t.err
}

// telling collects what an error body tells. Of several texts that one is taken whose
// name promises most: the lowest rank.
type telling struct {
	err  *llm.Error
	rank int
}

const noRank = 100

// value reads the value in front of c, a text in which has the given rank.
func (t *telling) value(c *scan.Cursor, rank, depth int) {
	const deepest = 5
	switch b := c.Peek(); {
	case b == '"':
		if s, ok := scan.Unquote(nil, c.Value()); ok && len(s) > 0 && rank < t.rank {
			t.err.Message, t.rank = string(s), rank
		}
	case b == '[' && depth < deepest:
		c.Enter('[')
		for first := true; c.Next(); first = false {
			if first {
				t.value(c, rank, depth+1)
			} else {
				c.Skip()
			}
		}
	case b == '{' && depth < deepest:
		c.Enter('{')
		for c.Next() {
			t.member(c, rank, depth)
		}
	default:
		c.Skip()
	}
}

// member reads one member of an error object.
func (t *telling) member(c *scan.Cursor, rank, depth int) {
	switch string(c.Key()) {
	case "error", "errors":
		if c.Peek() == '"' {
			t.value(c, min(rank, 4), depth+1)
		} else {
			t.value(c, min(rank, 0), depth+1)
		}
	case "message", "Message", "msg":
		t.value(c, min(rank, 1), depth+1)
	case "detail", "details":
		t.value(c, min(rank, 2), depth+1)
	case "description", "error_description", "reason":
		t.value(c, min(rank, 3), depth+1)
	case "title":
		t.value(c, min(rank, 5), depth+1)
	case "type":
		t.word(c, &t.err.Type)
	case "param":
		t.word(c, &t.err.Param)
	case "code":
		t.word(c, &t.err.ProviderCode)
	case "status", "status_code", "statusCode":
		t.word(c, nil)
	default:
		c.Skip()
	}
}

// word reads a short text into place, or a number that is an error status, unless there
// is something already.
func (t *telling) word(c *scan.Cursor, place *string) {
	v := c.Value()
	if s, ok := scan.Unquote(nil, v); ok && place != nil && *place == "" {
		*place = string(s)
	}
	if n, ok := scan.Int(v); ok && n >= 400 && n <= 599 && t.err.Status == 0 {
		t.err.Status = int(n)
	}
}

// WithoutRaw keeps an error in a stream in our own words: a provider's body may be of
// several lines, and it lacks what we know.
func WithoutRaw(e *llm.Error) *llm.Error {
	c := *e
	c.Raw = nil
	return &c
}
