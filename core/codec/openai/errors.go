package openai

import (
	"strconv"
	"strings"

	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
)

// ReadError reads an error body: OpenAI's {"error": {message, type, param, code}}, the
// looser ones of compatible servers, and bodies that are not JSON at all.
func (Codec) ReadError(status int, body []byte) *llm.Error {
	e := llm.Event{}
	if err := readObject(&e, body, 0); err != nil {
		return &llm.Error{Code: llm.CodeProvider, Status: status, Message: "the provider answered " + strconv.Itoa(status) + " " + describe(body)}
	}
	err := e.Err
	if err == nil {
		err = &llm.Error{Code: llm.CodeProvider, Message: "the provider answered " + strconv.Itoa(status)}
		o := object{e: &e, doc: body}
		if m := o.member("message", "detail", "error"); m != "" {
			err.Message = m
		}
	} else {
		err.Raw, err.Schema = body, llm.SchemaOpenAI
	}
	err.Status = status
	return err
}

func describe(body []byte) string {
	switch text := strings.TrimSpace(string(body[:min(len(body), 200)])); {
	case text == "":
		return "without a body"
	case text[0] == '<':
		return "with an HTML page"
	default:
		return "with text: " + strings.ToValidUTF8(text, "?")
	}
}

// failure reads the error member of an object. A null, or an error on an answer that
// has choices, is what some servers send beside a good answer.
func (o *object) failure(v scan.Value) {
	if v.Kind == scan.KindString {
		s, _ := scan.String(o.doc, v)
		o.e.Err = &llm.Error{Code: llm.CodeProvider, Message: s}
		return
	}
	if v.Kind != scan.KindObject {
		return
	}
	err := &llm.Error{Code: llm.CodeProvider, Message: "the provider reported an error"}
	m := scan.ObjectAt(o.doc, v)
	for m.Next() {
		v := m.Value()
		s, isText := scan.String(o.doc, v)
		switch {
		case m.KeyIs("message") && isText && s != "":
			err.Message = s
		case m.KeyIs("type") && isText:
			err.Type = s
		case m.KeyIs("param") && isText:
			err.Param = s
		case m.KeyIs("code") && isText:
			err.ProviderCode = s
		case m.KeyIs("code"), m.KeyIs("status"):
			if n, ok := scan.Int(v.Raw(o.doc)); ok && n >= 400 && n <= 599 {
				err.Status = int(n)
			}
		}
	}
	o.e.Err = err
}

// member is the text of the first of these top-level keys that is a string.
func (o *object) member(keys ...string) string {
	found := make([]string, len(keys))
	m := scan.Object(o.doc)
	for m.Next() {
		for i, k := range keys {
			if m.KeyIs(k) {
				found[i], _ = scan.String(o.doc, m.Value())
			}
		}
	}
	for _, s := range found {
		if s != "" {
			return s
		}
	}
	return ""
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
