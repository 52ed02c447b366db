package openai

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// spoken is the prompt of a body of this schema, to be written as if it came from another.
func spoken(t testing.TB, body string) (*llm.Request, *llm.Prompt) {
	t.Helper()
	req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(body))
	if refusal != nil {
		t.Fatalf("%s: %v", body, refusal)
	}
	p, refusal := Codec{}.ReadPrompt(req)
	if refusal != nil {
		t.Fatalf("%s: %v", body, refusal)
	}
	abroad := *req
	abroad.Schema, abroad.Body, abroad.Marks = llm.SchemaAnthropic, nil, [9]llm.Span{}
	return &abroad, p
}

// TestTranslated writes the requests of testdata/golden/translate.txt for the servers in front
// of them. Lines that begin with to: are base URLs, those with request: bodies, whose prompts
// are written.
func TestTranslated(t *testing.T) {
	text, err := os.ReadFile("testdata/golden/translate.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	var servers []string
	fresh := true
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "  ") {
			continue
		}
		out.WriteString(line + "\n")
		if url, ok := strings.CutPrefix(line, "to: "); ok {
			if fresh {
				servers = nil
			}
			servers, fresh = append(servers, url), false
			continue
		}
		body, ok := strings.CutPrefix(line, "request: ")
		if !ok {
			continue
		}
		fresh = true
		req, p := spoken(t, body)
		for _, url := range servers {
			f := codec.Form{Name: "up-model", Stream: req.Stream, BaseURL: url, Prompt: p}
			sent := Codec{}.AppendRequest(nil, req, f)
			if !json.Valid(sent) {
				t.Errorf("%s is sent %s", url, sent)
			}
			out.WriteString("  " + codec.HostOf(url) + " " + Codec{}.Path(req, f) + "\n    " + string(sent) + "\n")
		}
	}
	golden(t, "translate.txt", out.String())
}

// The id of a call and that of its result become the same, and stay what they are where they
// are good.
func TestIDs(t *testing.T) {
	for id, want := range map[string][2]string{
		"abcDEF123":              {"abcDEF123", "abcDEF123"},
		"call_1":                 {"", "call_1"},
		strings.Repeat("x", 41):  {"", ""},
		strings.Repeat("é", 20):  {"", strings.Repeat("é", 20)},
		"abcDEF12\\u00e9":        {"", "abcDEF12\\u00e9"},
		"toolu_01A09q90qw90lq91": {"", "toolu_01A09q90qw90lq91"},
	} {
		for i, url := range []string{"https://api.mistral.ai/v1", "https://api.openai.com/v1"} {
			p := &llm.Prompt{Messages: []llm.Message{
				{Role: llm.RoleAssistant, Parts: []llm.Part{{Kind: llm.PartCall, ID: llm.Escaped(id), Name: llm.Escaped("f"), JSON: []byte("{}")}}},
				{Role: llm.RoleUser, Parts: []llm.Part{{Kind: llm.PartResult, ID: llm.Escaped(id)}}},
			}}
			sent := Codec{}.AppendRequest(nil, &llm.Request{Operation: llm.OperationChat}, codec.Form{Prompt: p, BaseURL: url})
			var doc struct {
				Messages []struct {
					Calls []struct{ ID string } `json:"tool_calls"`
					ID    string                `json:"tool_call_id"`
				}
			}
			if err := json.Unmarshal(sent, &doc); err != nil {
				t.Fatal(err)
			}
			got := doc.Messages[1].ID
			if got != doc.Messages[0].Calls[0].ID {
				t.Errorf("%s: %s is not the id of its result %s", url, doc.Messages[0].Calls[0].ID, got)
			}
			if want[i] != "" && got != codec.Plain(llm.Escaped(want[i])) || want[i] == "" && i == 0 && (len(got) != shortID || !short(llm.Escaped(got))) || i == 1 && len(got) > maxID {
				t.Errorf("%s: %s became %s", url, id, got)
			}
		}
	}
}

// Servers are told by their names' ends, and only by whole names.
func TestServers(t *testing.T) {
	for url, want := range map[string]string{
		"https://api.openai.com/v1":             "api.openai.com",
		"https://x.openai.azure.com/openai/v1":  "openai.azure.com",
		"https://CODESTRAL.mistral.ai:443/v1":   "mistral.ai",
		"https://api.openai.com.example.com/v1": "",
		"https://notmistral.ai/v1":              "",
		"http://127.0.0.1:8000/v1":              "",
		"":                                      "",
		"https://dashscope-intl.aliyuncs.com/compatible-mode/v1": "aliyuncs.com",
	} {
		if got := serverAt(url); got.host != want {
			t.Errorf("%s is %q, want %q", url, got.host, want)
		}
	}
	for _, s := range servers {
		for _, name := range strings.Fields(s.refuses) {
			if s.takes(name) {
				t.Errorf("%s takes %s", s.host, name)
			}
		}
		if s.refuses != "" && (s.refuses[0] != ' ' || !strings.HasSuffix(s.refuses, " ")) {
			t.Errorf("%s refuses %q", s.host, s.refuses)
		}
		if !s.takes("see") || !s.takes("temperature") || !s.takes("us") {
			t.Errorf("%s refuses what it does not", s.host)
		}
	}
}

// Models are told of reasoning only what they take.
func TestEfforts(t *testing.T) {
	for _, c := range []struct{ url, model, effort, want string }{
		{"https://api.openai.com/v1", "gpt-4o", "high", ""},
		{"https://api.openai.com/v1", "gpt-4.1-mini", "none", ""},
		{"https://api.openai.com/v1", "o4-mini", "none", `"low"`},
		{"https://api.openai.com/v1", "gpt-5-mini", "none", `"minimal"`},
		{"https://api.openai.com/v1", "gpt-5-mini", "xhigh", `"high"`},
		{"https://api.openai.com/v1", "gpt-5.1", "none", `"none"`},
		{"https://api.openai.com/v1", "gpt-5.1", "xhigh", `"high"`},
		{"https://api.openai.com/v1", "gpt-5.2", "xhigh", `"xhigh"`},
		{"https://api.openai.com/v1", "gpt-5.2", "minimal", `"low"`},
		{"https://x.openai.azure.com/openai/v1", "my-deployment", "medium", `"medium"`},
		{"https://api.x.ai/v1", "grok-4-0709", "high", ""},
		{"https://api.x.ai/v1", "grok-3-mini", "xhigh", `"high"`},
		{"http://127.0.0.1:1234/v1", "gpt-4o", "minimal", `"minimal"`},
	} {
		req, p := spoken(t, `{"messages":[{"role":"user","content":"hi"}],"reasoning_effort":"`+c.effort+`"}`)
		var doc struct {
			Effort json.RawMessage `json:"reasoning_effort"`
		}
		sent := Codec{}.AppendRequest(nil, req, codec.Form{Name: c.model, BaseURL: c.url, Prompt: p})
		if err := json.Unmarshal(sent, &doc); err != nil || string(doc.Effort) != c.want {
			t.Errorf("%s %s %s: %s, want %s (%v)", c.url, c.model, c.effort, doc.Effort, c.want, err)
		}
	}
}

// Azure's deployments are told a version where the base URL says none.
func TestPath(t *testing.T) {
	for url, want := range map[string]string{
		"https://api.openai.com/v1":                                                   "/chat/completions",
		"https://x.openai.azure.com/openai/v1":                                        "/chat/completions",
		"https://x.openai.azure.com/openai/deployments/my-gpt":                        "/chat/completions?" + azureVersion,
		"https://x.openai.azure.com/openai/deployments/my-gpt?api-version=2025-01-01": "/chat/completions",
		"https://x.services.ai.azure.com/models?api-version=2024-05-01-preview":       "/chat/completions",
		"https://x.openai.azure.com/openai/v1?":                                       "/chat/completions",
	} {
		if got := (Codec{}).Path(&llm.Request{Operation: llm.OperationChat}, codec.Form{BaseURL: url}); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
	for op, want := range map[llm.Operation]string{llm.OperationCompletion: "/completions", llm.OperationEmbeddings: "/embeddings"} {
		if got := (Codec{}).Path(&llm.Request{Operation: op}, codec.Form{}); got != want {
			t.Errorf("%s: %s", op, got)
		}
	}
}
