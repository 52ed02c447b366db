package router

import (
	"strings"

	"strowger/core/llm"
)

// SchemaOf is the schema that a request is answered in whose path is not served: by the path,
// else by the headers that only the SDKs of one vendor send. header gives a header's value by
// its lower-case name.
func SchemaOf(path string, header func(name string) string) llm.Schema {
	path = strings.TrimRight(path, "/")
	switch {
	case strings.HasSuffix(path, "/messages"), strings.HasSuffix(path, "/messages/count_tokens"):
		return llm.SchemaAnthropic
	case strings.Contains(path, "/v1beta/"), strings.HasSuffix(path, "enerateContent"):
		return llm.SchemaGemini
	case strings.HasSuffix(path, "/responses"):
		return llm.SchemaResponses
	case header("anthropic-version") != "":
		return llm.SchemaAnthropic
	case header("x-goog-api-key") != "", header("x-goog-api-client") != "":
		return llm.SchemaGemini
	}
	return llm.SchemaOpenAI
}

// ClientKeyPrefix begins every client key that strowger makes. One of them that is not
// known is refused even where no key is needed: it was mistyped or is not valid any more.
const ClientKeyPrefix = "sk-strowger-"

// ClientKey is the key where the official SDKs put it: OpenAI's and most others' as a
// bearer token, Anthropic's in x-api-key, Gemini's in x-goog-api-key, Azure's in api-key. In
// the query, under key, it stands only where Gemini's API has it (ai.google.dev/api); nothing
// of a query is forwarded, recorded or shown. header and query give values by their names,
// those of headers in lower case.
func ClientKey(header, query func(name string) string, s llm.Schema) string {
	if scheme, key, ok := strings.Cut(header("authorization"), " "); ok && strings.EqualFold(scheme, "bearer") {
		return strings.TrimSpace(key)
	}
	for _, name := range [...]string{"x-api-key", "x-goog-api-key", "api-key"} {
		if key := header(name); key != "" {
			return key
		}
	}
	if s == llm.SchemaGemini {
		return query("key")
	}
	return ""
}

// Refused is what a request is refused with that carries given as its client key; nil if it is
// let in. name is that of the key, empty if it is none that is known, and open says that no key
// is needed.
func Refused(given, name string, open bool, s llm.Schema) *llm.Error {
	switch {
	case name != "", open && !strings.HasPrefix(given, ClientKeyPrefix):
		return nil
	case given == "":
		return &llm.Error{Code: llm.CodeUnauthorized, Message: "a client key is needed: send it as " + keyPlace(s)}
	}
	return &llm.Error{Code: llm.CodeUnauthorized, Message: "the client key is not known here"}
}

// keyPlace is where SDKs of a schema put a key.
func keyPlace(s llm.Schema) string {
	switch s {
	case llm.SchemaAnthropic:
		return "x-api-key: KEY"
	case llm.SchemaGemini:
		return "x-goog-api-key: KEY"
	}
	return "authorization: Bearer KEY"
}
