package openai

import (
	"strings"
	"testing"

	"strowger/core/codec"
)

// lacking is what is said and what is sent of a body at an endpoint.
func lacking(t *testing.T, url, model, body string) (lacks, sent string) {
	t.Helper()
	req, p := spoken(t, body)
	f := codec.Form{Name: model, BaseURL: url, Prompt: p}
	var list []string
	for _, l := range Table().Lacks(req, f) {
		list = append(list, l.Field.String()+" "+l.Fate.String()+" "+l.Note)
	}
	return strings.Join(list, "; "), string(Codec{}.AppendRequest(nil, req, f))
}

// What a model refuses is not sent, and said to be lost.
func TestModels(t *testing.T) {
	const body = `{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0.2,"top_p":0.9,"stop":["x"],"logit_bias":{"1":1},"frequency_penalty":1,"presence_penalty":1,` +
		`"reasoning_effort":"high","tools":[{"type":"function","function":{"name":"f"}}],"parallel_tool_calls":false}`
	const openAI, openRouter = "https://api.openai.com/v1", "https://openrouter.ai/api/v1"
	names := []string{"temperature", "top_p", "stop", "logit_bias", "frequency_penalty", "presence_penalty", "parallel_tool_calls", "reasoning_effort"}
	for _, c := range []struct{ url, model, refuses string }{
		{openAI, "o3", "temperature top_p stop logit_bias frequency_penalty presence_penalty parallel_tool_calls"},
		{openAI, "gpt-5-mini", "temperature top_p stop logit_bias frequency_penalty presence_penalty"},
		{"https://x.openai.azure.com/openai/v1", "gpt-5", "temperature top_p stop logit_bias frequency_penalty presence_penalty"},
		{openRouter, "openai/gpt-5", "temperature top_p stop logit_bias frequency_penalty presence_penalty"},
		{openAI, "gpt-4o", "reasoning_effort"},
		{openAI, "gpt-5-chat-latest", "reasoning_effort"},
		{openRouter, "anthropic/o3", ""},
		{"https://example.com/v1", "o3", ""},
	} {
		lacks, sent := lacking(t, c.url, c.model, body)
		for _, name := range names {
			refused := strings.Contains(" "+c.refuses+" ", " "+name+" ")
			if told := strings.Contains("; "+lacks, "; "+name+" dropped "+c.model+" takes none"); told != refused {
				t.Errorf("%s at %s: %s is told: %v: %s", c.model, c.url, name, told, lacks)
			}
			member := `"` + name + `":`
			if name == "reasoning_effort" && c.url == openRouter {
				member = `"reasoning":`
			}
			if strings.Contains(sent, member) == refused {
				t.Errorf("%s at %s is sent %s", c.model, c.url, sent)
			}
		}
	}
}

// OpenAI is told that a schema is strict only if it takes it so.
func TestStrict(t *testing.T) {
	const loose = `{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{"type":"object","properties":{"a":{}}}}}],` +
		`"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}}}`
	fit := strings.ReplaceAll(loose, `"type":"object"`, `"additionalProperties":false,"required":["a"],"type":"object"`)
	for _, c := range []struct {
		url, model, body string
		strict           bool
	}{
		{"https://api.openai.com/v1", "gpt-4o", loose, false},
		{"https://openrouter.ai/api/v1", "openai/gpt-4o", loose, false},
		{"https://openrouter.ai/api/v1", "x-ai/grok-4", loose, true},
		{"https://api.openai.com/v1", "gpt-4o", fit, true},
	} {
		lacks, sent := lacking(t, c.url, c.model, c.body)
		want := 0
		if c.strict {
			want = 2
		}
		told := strings.Contains(lacks, "strict_tools approximated") && strings.Contains(lacks, "json_schema approximated")
		if got := strings.Count(sent, `"strict":true`); got != want || told == c.strict {
			t.Errorf("%s at %s: %q, sent %s", c.model, c.url, lacks, sent)
		}
	}
}

// Reasoning goes back to servers that want it, of others and where it led to no call it is told.
func TestThoughtsLack(t *testing.T) {
	const idle = `{"messages":[{"role":"user","content":"hi"},{"role":"assistant","reasoning_content":"hm","content":"yes"},{"role":"user","content":"on"}]}`
	const busy = `{"messages":[{"role":"user","content":"hi"},{"role":"assistant","reasoning_content":"hm","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"2"}]}`
	for _, c := range []struct{ url, body, want string }{
		{"https://api.deepseek.com/v1", busy, ""},
		{"https://api.deepseek.com/v1", idle, "reasoning approximated"},
		{"https://openrouter.ai/api/v1", idle, ""},
		{"https://api.openai.com/v1", busy, "reasoning dropped"},
	} {
		lacks, sent := lacking(t, c.url, "m", c.body)
		if told := strings.Contains("; "+lacks, "; reasoning "); told != (c.want != "") || !strings.Contains(lacks, c.want) {
			t.Errorf("%s: %q, want %q: %s", c.url, lacks, c.want, c.body)
		}
		if strings.Contains(sent, `"hm"`) != (c.want == "") {
			t.Errorf("%s is sent %s", c.url, sent)
		}
	}
}
