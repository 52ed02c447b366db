package openai

import (
	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
)

// ReadError reads an error body: OpenAI's {"error": {message, type, param, code}}, the
// looser ones of compatible servers, and bodies that are not JSON at all. One of
// OpenAI's shape may be passed on as it is; callers could not read the others.
func (Codec) ReadError(status int, body []byte) *llm.Error {
	err, doc := codec.ReadError(status, body)
	if doc != nil && speaks(doc) {
		err.Raw, err.Schema = doc, llm.SchemaOpenAI
	}
	return err
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

// errorType is the type of an error: the provider's word for it if that is one of OpenAI's
// (platform.openai.com/docs/guides/error-codes), else the one that goes with the status.
func errorType(e *llm.Error) string {
	switch e.Type {
	case "invalid_request_error", "authentication_error", "permission_error", "rate_limit_error", "server_error",
		"insufficient_quota", "tokens", "requests", "image_generation_user_error":
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
