package proxy_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

type object = map[string]any

// talk is a conversation of a caller who speaks one schema as its SDK does: what was answered
// goes back into the history as it came.
type talk struct {
	t       testing.TB
	url     string
	schema  string
	model   string
	stream  bool
	thinks  bool
	breaks  bool // the answer is to break off
	header  http.Header
	history []any
	last    heard
}

// schemas are what callers and providers speak.
var schemas = []string{"openai", "openai-responses", "anthropic", "gemini"}

var weather = object{"type": "object", "properties": object{"city": object{"type": "string"}}}

// say adds what the user says and gets the answer.
func (k *talk) say(text string) heard {
	switch k.schema {
	case "gemini":
		k.history = append(k.history, object{"role": "user", "parts": []any{object{"text": text}}})
	default:
		k.history = append(k.history, object{"role": "user", "content": text})
	}
	return k.ask()
}

// results adds what the tools of the last answer gave and gets the next answer.
func (k *talk) results(text string) heard {
	var together []any
	for _, c := range k.last.calls {
		switch k.schema {
		case "openai":
			k.history = append(k.history, object{"role": "tool", "tool_call_id": c.id, "content": text})
		case "openai-responses":
			k.history = append(k.history, object{"type": "function_call_output", "call_id": c.id, "output": text})
		case "anthropic":
			together = append(together, object{"type": "tool_result", "tool_use_id": c.id, "content": text})
		case "gemini":
			r := object{"name": c.name, "response": object{"result": text}}
			if c.id != "" {
				r["id"] = c.id
			}
			together = append(together, object{"functionResponse": r})
		}
	}
	switch k.schema {
	case "anthropic":
		k.history = append(k.history, object{"role": "user", "content": together})
	case "gemini":
		k.history = append(k.history, object{"role": "user", "parts": together})
	}
	return k.ask()
}

// request is the path and body of the next request.
func (k *talk) request() (path string, body object) {
	switch k.schema {
	case "openai":
		body = object{"model": k.model, "messages": k.history, "stream": k.stream,
			"tools": []any{object{"type": "function", "function": object{"name": "weather", "description": "The weather", "parameters": weather}}}}
		if k.stream {
			body["stream_options"] = object{"include_usage": true}
		}
		if k.thinks {
			body["reasoning_effort"] = "low"
		}
		return "/v1/chat/completions", body
	case "openai-responses":
		body = object{"model": k.model, "input": k.history, "stream": k.stream, "store": false, "include": []any{"reasoning.encrypted_content"},
			"tools": []any{object{"type": "function", "name": "weather", "description": "The weather", "parameters": weather}}}
		if k.thinks {
			body["reasoning"] = object{"effort": "low", "summary": "auto"}
		}
		return "/v1/responses", body
	case "anthropic":
		body = object{"model": k.model, "messages": k.history, "stream": k.stream, "max_tokens": 4096,
			"tools": []any{object{"name": "weather", "description": "The weather", "input_schema": weather}}}
		if k.thinks {
			body["thinking"] = object{"type": "enabled", "budget_tokens": 1024}
		}
		return "/v1/messages?beta=true", body
	}
	body = object{"contents": k.history, "tools": []any{object{"functionDeclarations": []any{object{"name": "weather", "description": "The weather", "parametersJsonSchema": weather}}}}}
	if k.thinks {
		body["generationConfig"] = object{"thinkingConfig": object{"includeThoughts": true, "thinkingBudget": 1024}}
	}
	if k.stream {
		return "/v1beta/models/" + k.model + ":streamGenerateContent?alt=sse", body
	}
	return "/v1beta/models/" + k.model + ":generateContent", body
}

// ask sends the conversation; the answer becomes part of it.
func (k *talk) ask() heard {
	k.t.Helper()
	path, members := k.request()
	body, err := json.Marshal(members)
	if err != nil {
		k.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(k.t.Context(), http.MethodPost, k.url+path, strings.NewReader(string(body)))
	if err != nil {
		k.t.Fatal(err)
	}
	req.Header = k.header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header.Set("content-type", "application/json")
	if k.schema == "anthropic" {
		req.Header.Set("anthropic-version", "2023-06-01")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		k.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if (err != nil) != k.breaks {
		k.t.Errorf("the answer's end: %v", err)
	}
	k.last = heard{status: resp.StatusCode, header: resp.Header, body: string(text)}
	if resp.StatusCode == http.StatusOK && !k.breaks {
		k.hear(text)
	}
	return k.last
}
