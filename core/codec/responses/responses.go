// Package responses is the codec of OpenAI's responses API, as callers and providers speak it
// (https://platform.openai.com/docs/api-reference/responses). Where both sides speak it every
// byte stays as it was, except the model's name, the fields meant for the router and
// signatures that only another provider could read; elsewhere requests and answers go by way
// of the neutral form.
//
//	req, err := responses.Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, body)
//	prompt, err := responses.Codec{}.ReadPrompt(req)
//
// It keeps nothing between two requests: a conversation that a provider keeps, or an answer
// that is fetched later, is known to that provider alone.
package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
)

// Codec is both sides of the schema.
type Codec struct{}

var (
	_ codec.Ingress = Codec{}
	_ codec.Egress  = Codec{}
)

// Path is the path of responses behind a base URL.
func (Codec) Path(*llm.Request, codec.Form) string { return "/responses" }
