// Package openai is the codec of OpenAI's chat completions, completions and embeddings, as
// callers and providers speak them (https://platform.openai.com/docs/api-reference). It reads
// leniently what "compatible" servers answer. Between two sides of this schema it leaves every
// byte as it was, except the model's name, the fields meant for the router, and usage the
// caller did not ask for; to and from other schemas it translates.
//
//	req, err := openai.Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, body)
//	sent := openai.Codec{}.AppendRequest(nil, req, codec.Form{Name: "gpt-4o-2024-08-06"})
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

// Path is the operation's path behind a base URL, and the version that Azure's
// deployments have to be told. A
// request of another schema than this one is a chat, or asks for embeddings.
func (Codec) Path(r *llm.Request, f codec.Form) string {
	path := "/chat/completions"
	switch {
	case r.Operation == llm.OperationEmbeddings:
		path = "/embeddings"
	case r.Operation == llm.OperationCompletion:
		path = "/completions"
	}
	return path + query(f.BaseURL)
}
