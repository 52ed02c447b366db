package anthropic

import (
	"strings"

	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
)

// ReadError reads an error body: Anthropic's {"type":"error","error":{type, message},
// request_id}, and whatever else a server in between may say. One of Anthropic's shape may be
// passed on as it is.
func (Codec) ReadError(status int, body []byte) *llm.Error {
	err, doc := codec.ReadError(status, body)
	if doc == nil {
		return err
	}
	if of, ok := errorType(doc); ok {
		err.Type, err.Raw, err.Schema = of, doc, llm.SchemaAnthropic
	}
	return err
}

// errorType is the type in an error of Anthropic's shape; false if doc, an object, is none.
func errorType(doc []byte) (of string, ok bool) {
	named, message := false, false
	c := scan.CursorAt(doc, 0)
	c.Enter('{')
	for c.Next() {
		switch key := string(c.Key()); {
		case key == "type":
			named = string(c.Value()) == `"error"`
		case key == "error" && c.Enter('{'):
			for c.Next() {
				switch string(c.Key()) {
				case "type":
					of = codec.Plain(codec.Inner(c.Value()))
				case "message":
					message = c.Length() > 0
				default:
					c.Skip()
				}
			}
		case key != "error":
			c.Skip()
		}
	}
	return of, named && message && of != ""
}

// AppendError appends e as Anthropic's error document. A provider's own body of this schema
// goes on as it is.
func (Codec) AppendError(dst []byte, e *llm.Error) []byte {
	if len(e.Raw) > 0 && e.Schema == llm.SchemaAnthropic {
		return append(dst, e.Raw...)
	}
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.String("type", "error")
	w.BeginAt("error", '{')
	w.String("type", typeOf(e))
	w.String("message", messageOf(e))
	w.OptString("param", e.Param)
	w.String("code", codeOf(e))
	if len(e.Detail) > 0 {
		w.Raw("strowger", e.Detail)
	}
	w.End('}')
	w.End('}')
	return w.Buf
}

func codeOf(e *llm.Error) string {
	if e.ProviderCode != "" {
		return e.ProviderCode
	}
	return string(e.Code)
}

// messageOf is the error's message. That of a prompt which is too long begins as Anthropic's
// own does: clients shorten the conversation on it.
func messageOf(e *llm.Error) string {
	const begins = "prompt is too long"
	if e.ProviderCode == tooLong && !strings.HasPrefix(e.Message, begins) {
		return begins + ": " + e.Message
	}
	return e.Message
}

// tooLong is the code of OpenAI and others for a prompt that is too long
// (platform.openai.com/docs/guides/error-codes).
const tooLong = "context_length_exceeded"

// errorTypes are Anthropic's types of errors with the status of each
// (docs.anthropic.com/en/api/errors).
var errorTypes = [...]struct {
	name   string
	status int
}{
	{"invalid_request_error", 400}, {"authentication_error", 401}, {"billing_error", 402}, {"permission_error", 403}, {"not_found_error", 404},
	{"request_too_large", 413}, {"rate_limit_error", 429}, {"api_error", 500}, {"timeout_error", 504}, {"overloaded_error", 529}, {"overloaded_error", 503},
}

// typeOf is the error's type in Anthropic's words. OpenAI calls most of its errors
// invalid_request_error, of which the status says more.
func typeOf(e *llm.Error) string {
	status := e.HTTPStatus()
	if e.ProviderCode == tooLong {
		return "invalid_request_error"
	}
	of := "api_error"
	if status < 500 {
		of = "invalid_request_error"
	}
	for _, t := range errorTypes {
		if t.name == e.Type && e.Type != "invalid_request_error" {
			return e.Type
		}
		if t.status == status {
			of = t.name
		}
	}
	return of
}

// statusOf is the status that an error of a type has where it is not within an answer; 0 if
// the type is not Anthropic's.
func statusOf(of string) int {
	for _, t := range errorTypes {
		if t.name == of {
			return t.status
		}
	}
	return 0
}
