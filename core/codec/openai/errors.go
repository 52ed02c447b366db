package openai

import (
	"bytes"
	"strconv"

	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
)

// ReadError reads an error body: OpenAI's {"error": {message, type, param, code}}, the
// looser ones of compatible servers, and bodies that are not JSON at all. One of
// OpenAI's shape may be passed on as it is; callers could not read the others.
func (Codec) ReadError(status int, body []byte) *llm.Error {
	what := "the provider answered " + strconv.Itoa(status)
	var e llm.Event
	if readBody(&e, firstOf(body)) != nil {
		return &llm.Error{Code: llm.CodeProvider, Status: status, Message: what + describe(body)}
	}
	err := errorOf(e.Raw, what)
	err.Status = status
	if speaks(e.Raw) {
		err.Raw, err.Schema = e.Raw, llm.SchemaOpenAI
	}
	return err
}

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
	switch text := opening(body); {
	case text == "":
		return " without a body"
	case text[0] == '<':
		return " with an HTML page"
	default:
		return " with text: " + text
	}
}

// speaks reports whether doc, an object, is an error of OpenAI's shape: an error object
// with a message in it.
func speaks(doc []byte) (ok bool) {
	c := scan.CursorAt(doc, 0)
	c.Enter('{')
	for c.Next() {
		if string(c.Key()) != "error" || c.Peek() != '{' {
			c.Skip()
			continue
		}
		c.Enter('{')
		for c.Next() {
			if string(c.Key()) == "message" {
				ok = c.Length() > 0
			} else {
				c.Skip()
			}
		}
	}
	return ok
}

// failure is the error that an error member of doc means; nil if it means none.
func failure(doc []byte, v scan.Value) *llm.Error {
	switch v.Kind {
	case scan.KindNull, scan.KindFalse:
		return nil
	case scan.KindTrue, scan.KindNumber: // the words stand beside it
		if n, ok := scan.Int(v.Raw(doc)); ok && n == 0 {
			return nil
		}
		return errorOf(doc, msgReported)
	case scan.KindString:
		if v.End-v.Start == len(`""`) {
			return nil
		}
	default:
		if c := scan.CursorAt(doc, v.Start); !c.Filled() {
			return nil
		}
	}
	return errorOf(v.Raw(doc), msgReported)
}

// errorOf reads an error from JSON that has been checked: a text, an object or an array
// of such. otherwise is the message if there is none.
func errorOf(raw []byte, otherwise string) *llm.Error {
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

// AppendError appends e as OpenAI's error object. A provider's own body of this schema
// goes on as it is.
func (Codec) AppendError(dst []byte, e *llm.Error) []byte {
	if len(e.Raw) > 0 && e.Schema == llm.SchemaOpenAI {
		return append(dst, e.Raw...)
	}
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.BeginAt("error", '{')
	w.String("message", e.Message)
	w.String("type", errorType(e))
	if e.Param == "" {
		w.Null("param")
	} else {
		w.String("param", e.Param)
	}
	w.String("code", errorCode(e))
	if len(e.Detail) > 0 {
		w.Raw("strowger", e.Detail)
	}
	w.End('}')
	w.End('}')
	return w.Buf
}

func errorType(e *llm.Error) string {
	if e.Type != "" {
		return e.Type
	}
	switch status := e.HTTPStatus(); {
	case status == 401:
		return "authentication_error"
	case status == 403:
		return "permission_error"
	case status == 429:
		return "rate_limit_error"
	case status < 500:
		return "invalid_request_error"
	}
	return "server_error"
}

func errorCode(e *llm.Error) string {
	if e.ProviderCode != "" {
		return e.ProviderCode
	}
	return string(e.Code)
}
