package codec

import (
	"strings"

	"strowger/core/llm"
)

// HostOf is the host's name in a base URL, in lower case.
func HostOf(url string) string {
	_, host, _ := strings.Cut(url, "://")
	if i := strings.IndexAny(host, ":/?#"); i >= 0 {
		host = host[:i]
	}
	return strings.ToLower(host)
}

// KeyHeader is the request header that carries an endpoint's credential, and what stands in
// front of it there. Azure has its own (learn.microsoft.com/azure/ai-foundry/openai/reference);
// Vertex AI takes tokens like OpenAI.
func KeyHeader(s llm.Schema, baseURL string) (name, prefix string) {
	host := HostOf(baseURL)
	switch {
	case strings.HasSuffix(host, ".azure.com"):
		return "api-key", ""
	case strings.HasSuffix(host, "aiplatform.googleapis.com"):
	case s == llm.SchemaAnthropic:
		return "x-api-key", ""
	case s == llm.SchemaGemini:
		return "x-goog-api-key", ""
	}
	return "authorization", "Bearer "
}

// AnthropicVersion is the version of Anthropic's API that is spoken where the caller names
// none (docs.anthropic.com/en/api/versioning).
const AnthropicVersion = "2023-06-01"

// Forwarded are the request headers, by their lower-case names, that go on to a provider of
// the caller's own schema: they switch features of the API on.
func Forwarded(s llm.Schema) []string {
	switch s {
	case llm.SchemaAnthropic:
		return []string{"anthropic-version", "anthropic-beta"}
	case llm.SchemaOpenAI, llm.SchemaResponses:
		return []string{"openai-beta"}
	}
	return nil
}
