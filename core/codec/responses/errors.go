package responses

import (
	"strowger/core/codec/openai"
	"strowger/core/llm"
)

// ReadError reads an error body: OpenAI's {"error": {message, type, param, code}}, which this
// API shares with chat completions, or whatever else a server answers.
func (Codec) ReadError(status int, body []byte) *llm.Error {
	e := openai.Codec{}.ReadError(status, body)
	if e.Schema == llm.SchemaOpenAI {
		e.Schema = llm.SchemaResponses
	}
	return e
}

// AppendError appends e as OpenAI's error object. A provider's own body of that shape goes on
// as it is.
func (Codec) AppendError(dst []byte, e *llm.Error) []byte {
	if e.Schema == llm.SchemaResponses {
		c := *e
		c.Schema = llm.SchemaOpenAI
		e = &c
	}
	return openai.Codec{}.AppendError(dst, e)
}
