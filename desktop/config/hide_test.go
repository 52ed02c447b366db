package config_test

import (
	"slices"
	"strings"
	"testing"

	"strowger/desktop/config"
)

// Secrets that stand in a text are found, in whatever form it is, and nothing else is.
func TestSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"providers: {a: {api_key: literal:one-two-three}}":                                      "one-two-three",
		"providers:\n  a:\n    api_key: 'it is'\n    headers: {x-api-key: abcd, x-title: mine}": "it is|abcd",
		"providers: {a: {api_key: env:NAME, headers: {authorization: 'Bearer ${TOKEN}'}}}":      "",
		"# once sk-0123456789abcdef\nlisten: 127.0.0.1:1":                                       "sk-0123456789abcdef",
		"keys: [{name: a, sha256: " + strings.Repeat("0a", 32) + "}]":                           "",
		"keys: [{name: a, sha256: written-by-mistake}]":                                         "written-by-mistake",
		"providers: [api_key: not: yaml}\n  token: 'abc def', x: 1":                             "not: yaml|abc def",
		"providers: {none: {api_key: none}}":                                                    "",
		"":                                                                                      "",
	} {
		if got := strings.Join(config.Secrets([]byte(text)), "|"); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
	got := config.Replace("resume: none\napi_key: none # none\nkey: anonent\nlong: one-two-three", config.LongestFirst([]string{"none", "one-two-three", "none"}), strings.ToUpper)
	if want := "resume: none\napi_key: NONE # NONE\nkey: anonent\nlong: ONE-TWO-THREE"; got != want {
		t.Errorf("%q", got)
	}
	if got := config.LongestFirst([]string{"b", "a", "ccc", "a"}); !slices.Equal(got, []string{"ccc", "a", "b"}) {
		t.Error(got)
	}
}
