// Package openai is the codec of OpenAI's chat completions, as callers and providers
// speak it (https://platform.openai.com/docs/api-reference/chat). It reads leniently
// what "compatible" servers answer and leaves every byte as it was, except the model's
// name, the fields meant for the router, and usage the caller did not ask for.
//
//	req, err := openai.Codec{}.ReadRequest(llm.OperationChat, body)
//	sent := openai.Codec{}.AppendRequest(nil, req, "gpt-4o-2024-08-06")
//
// It neither chooses a model nor says what an answer is worth: that is the business of
// packages plan and exchange.
package openai

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

// Path is the path of chat completions behind a base URL.
func (Codec) Path(*llm.Request, string) string { return "/chat/completions" }
