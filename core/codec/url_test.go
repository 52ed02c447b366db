package codec_test

import (
	"testing"

	"strowger/core/codec"
)

func TestURL(t *testing.T) {
	for _, c := range []struct{ base, path, want string }{
		{"https://api.openai.com/v1", "/chat/completions", "https://api.openai.com/v1/chat/completions"},
		{"https://api.openai.com/v1/", "/chat/completions", "https://api.openai.com/v1/chat/completions"},
		{"https://api.openai.com/v1//", "//responses", "https://api.openai.com/v1/responses"},
		{"https://api.anthropic.com", "/v1/messages", "https://api.anthropic.com/v1/messages"},
		{"https://me.openai.azure.com/openai/v1?api-version=preview", "/responses", "https://me.openai.azure.com/openai/v1/responses?api-version=preview"},
		{"https://me.openai.azure.com/openai/v1/?api-version=preview", "/responses", "https://me.openai.azure.com/openai/v1/responses?api-version=preview"},
		{"http://x?a=1", "/m:streamGenerateContent?alt=sse", "http://x/m:streamGenerateContent?a=1&alt=sse"},
		{"http://x?", "/m:streamGenerateContent?alt=sse", "http://x/m:streamGenerateContent?alt=sse"},
	} {
		if got := codec.URL(c.base, c.path); got != c.want {
			t.Errorf("%s and %s: %s, want %s", c.base, c.path, got, c.want)
		}
	}
}
