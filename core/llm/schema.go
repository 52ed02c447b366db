// Package llm is the neutral form of an LLM call: what every schema can be read
// into and written from. It holds values only; it neither parses nor decides.
//
// A request is scanned rather than decoded (see Request): the parts that routing
// needs stand beside the caller's own bytes, which stay untouched.
package llm

import "slices"

// Schema is a wire format: the shape of bodies, streams and errors.
type Schema uint8

// The schemas. The zero value is none, so a forgotten schema is noticed.
const (
	SchemaNone Schema = iota
	SchemaOpenAI
	SchemaResponses
	SchemaAnthropic
	SchemaGemini
	SchemaCount
)

var schemaNames = [...]string{"", "openai", "openai-responses", "anthropic", "gemini"}

// String is the schema's name as written in a configuration.
func (s Schema) String() string {
	if int(s) < len(schemaNames) {
		return schemaNames[s]
	}
	return ""
}

// SchemaNamed is the schema with that configuration name; SchemaNone if there is none.
func SchemaNamed(name string) Schema {
	return Schema(max(slices.Index(schemaNames[:], name), 0))
}

// SchemaNames lists every legal schema name.
func SchemaNames() []string { return append([]string(nil), schemaNames[1:]...) }

// Operation is what an API path does.
type Operation uint8

// The operations.
const (
	OperationNone Operation = iota
	OperationChat
	OperationCompletion
	OperationEmbeddings
	OperationCountTokens
)

var operationNames = [...]string{"", "chat", "completion", "embeddings", "count_tokens"}

// String is the operation's name.
func (o Operation) String() string {
	if int(o) < len(operationNames) {
		return operationNames[o]
	}
	return ""
}

// OperationNamed is the operation of that name; OperationNone if there is none.
func OperationNamed(name string) Operation {
	return Operation(max(slices.Index(operationNames[:], name), 0))
}
