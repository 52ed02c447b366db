package gemini

import (
	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
)

// ReadError reads an error body: Google's {"error": {code, message, status, details}}
// (https://cloud.google.com/apis/design/errors), the same in an array, and whatever else a
// server in between may say. One of Google's shape may be passed on as it is.
func (Codec) ReadError(status int, body []byte) *llm.Error {
	err, doc := codec.ReadError(status, body)
	if doc == nil {
		return err
	}
	c := scan.CursorAt(doc, 0)
	c.Enter('{')
	for c.Next() {
		if string(c.Key()) != "error" || c.Peek() != '{' {
			c.Skip()
			continue
		}
		if words(err, c.Value()) {
			err.Raw, err.Schema = doc, llm.SchemaGemini
		}
	}
	return err
}

// words reads Google's words for an error out of raw, an error object: the status and, of the
// details, the reason. It reports whether there is a message.
func words(err *llm.Error, raw []byte) (told bool) {
	c := scan.CursorAt(raw, 0)
	if !c.Enter('{') {
		return false
	}
	for c.Next() {
		switch string(c.Key()) {
		case "message":
			told = c.Length() > 0
		case "status":
			if s, ok := scan.Unquote(nil, c.Value()); ok && len(s) > 0 {
				err.Type = string(s)
			}
		case "details":
			if reason := reasonIn(&c); reason != "" {
				err.ProviderCode = reason
			}
		default:
			c.Skip()
		}
	}
	return told
}

// reasonIn is the reason in the first ErrorInfo of an error's details
// (https://google.aip.dev/193).
func reasonIn(c *scan.Cursor) (reason string) {
	if !c.Enter('[') {
		return ""
	}
	for c.Next() {
		if !c.Enter('{') {
			continue
		}
		for c.Next() {
			if string(c.Key()) != "reason" || reason != "" {
				c.Skip()
				continue
			}
			s, _ := scan.Unquote(nil, c.Value())
			reason = string(s)
		}
	}
	return reason
}

// AppendError appends e as Google's error object. A provider's own body of this schema goes
// on as it is.
func (Codec) AppendError(dst []byte, e *llm.Error) []byte {
	if len(e.Raw) > 0 && e.Schema == llm.SchemaGemini {
		return append(dst, e.Raw...)
	}
	status := e.HTTPStatus()
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.BeginAt("error", '{')
	w.Int("code", int64(status))
	w.String("message", e.Message)
	w.String("status", statusWord(status))
	w.BeginAt("details", '[')
	w.Begin('{')
	w.String("@type", "type.googleapis.com/google.rpc.ErrorInfo")
	w.String("reason", errorReason(e))
	w.String("domain", "strowger")
	if e.Param != "" {
		w.BeginAt("metadata", '{')
		w.String("field", e.Param)
		w.End('}')
	}
	w.End('}')
	w.End(']')
	if len(e.Detail) > 0 {
		w.Raw("strowger", e.Detail)
	}
	w.End('}')
	w.End('}')
	return w.Buf
}

func errorReason(e *llm.Error) string {
	if e.ProviderCode != "" {
		return e.ProviderCode
	}
	return string(e.Code)
}

// statusWord is Google's name for an HTTP status (https://cloud.google.com/apis/design/errors).
func statusWord(status int) string {
	switch status {
	case 401:
		return "UNAUTHENTICATED"
	case 403:
		return "PERMISSION_DENIED"
	case 404:
		return "NOT_FOUND"
	case 409:
		return "ABORTED"
	case 429:
		return "RESOURCE_EXHAUSTED"
	case 499:
		return "CANCELLED"
	case 501:
		return "UNIMPLEMENTED"
	case 502, 503, 529:
		return "UNAVAILABLE"
	case 408, 504:
		return "DEADLINE_EXCEEDED"
	}
	if status >= 500 {
		return "INTERNAL"
	}
	return "INVALID_ARGUMENT"
}
