// Package anthropic is the codec of Anthropic's messages API, as callers and providers speak
// it (https://docs.anthropic.com/en/api/messages): messages, their streams and the counting
// of tokens.
//
// Between a caller and a provider of this schema every byte stays as it was but the model's
// name and what is meant for the router. Requests of other schemas are written from the
// neutral form, and answers of other schemas by Anthropic's grammar of events: one block at a
// time, with consecutive indexes
// (https://docs.anthropic.com/en/docs/build-with-claude/streaming).
package anthropic

import (
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
)

// Codec is both sides of the schema.
type Codec struct{}

var (
	_ codec.Ingress = Codec{}
	_ codec.Egress  = Codec{}
)

// Path is the path of messages, or of counting their tokens, behind a base URL as Anthropic's
// own SDKs have it, without the version, or with it.
func (Codec) Path(r *llm.Request, f codec.Form) string {
	path := "/v1/messages"
	if strings.HasSuffix(strings.TrimRight(f.BaseURL, "/"), "/v1") {
		path = "/messages"
	}
	if r.Operation == llm.OperationCountTokens {
		path += "/count_tokens"
	}
	return path
}

// AppendCount appends the answer to a request to count tokens
// (https://docs.anthropic.com/en/api/messages-count-tokens).
func AppendCount(dst []byte, tokens int64) []byte {
	return append(numbered(dst, `{"input_tokens":`, tokens), '}')
}
