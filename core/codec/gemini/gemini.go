// Package gemini is the codec of the Gemini API's generateContent, streamGenerateContent,
// countTokens, embedContent and batchEmbedContents, as callers and providers speak it
// (https://ai.google.dev/api/generate-content), Vertex AI among the latter. Between two that
// speak it every byte stays as it was, except the model's name, the fields meant for the
// router and signatures of other providers; all else goes through the neutral form.
//
//	req, err := gemini.Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat, Model: "gemini-2.5-pro"}, body)
//	sent := gemini.Codec{}.AppendRequest(nil, req, codec.Form{Name: "gemini-2.5-pro"})
//
// The model and whether the answer is to be a stream stand in the path, not in the body.
package gemini

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

// Path is the operation's path behind a base URL: that of Google's SDKs, which has no version,
// one that ends in its version, or Vertex AI's, which ends in the publisher.
func (Codec) Path(r *llm.Request, f codec.Form) string {
	path := "/" + resource(f.Name) + ":" + method(r, f)
	if base := strings.TrimRight(f.BaseURL, "/"); versioned(base) || strings.Contains(base, "/publishers/") {
		return path
	}
	return "/v1beta" + path
}

// resource is a model's name as the API's resource: models/NAME unless it says of what kind
// it is, such as tunedModels/NAME.
func resource(name string) string {
	if strings.HasPrefix(name, "models/") || strings.HasPrefix(name, "tunedModels/") {
		return name
	}
	return "models/" + name
}

func method(r *llm.Request, f codec.Form) string {
	switch {
	case r.Operation == llm.OperationCountTokens:
		return "countTokens"
	case r.Operation == llm.OperationEmbeddings && batched(r, f):
		return "batchEmbedContents"
	case r.Operation == llm.OperationEmbeddings:
		return "embedContent"
	case f.Stream:
		return "streamGenerateContent?alt=sse"
	}
	return "generateContent"
}

// batched reports whether texts are embedded with batchEmbedContents: as the caller has it,
// or, in another schema, where there are several.
func batched(r *llm.Request, f codec.Form) bool {
	if r.Schema == llm.SchemaGemini {
		return !r.Marks[markContents].Empty() && r.Body[r.Marks[markContents].Start] == '['
	}
	return f.Prompt != nil && len(f.Prompt.Inputs) > 1
}

// versioned reports whether a base URL ends in a version, such as v1beta or v1.
func versioned(base string) bool {
	last := base[strings.LastIndexByte(base, '/')+1:]
	return len(last) > 1 && last[0] == 'v' && last[1] >= '0' && last[1] <= '9' && !strings.ContainsAny(last, ".:")
}

// onVertex reports whether a base URL is Vertex AI's
// (https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference).
func onVertex(base string) bool {
	return strings.HasSuffix(codec.HostOf(base), "aiplatform.googleapis.com") || strings.Contains(base, "/publishers/")
}

// NewAssembler starts making one whole answer of a stream.
func (c Codec) NewAssembler(r *llm.Request) codec.Assembler { return codec.Gather(c, r) }
