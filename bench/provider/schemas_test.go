package provider

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// exchange posts a body and reads what comes, however it ends.
func exchange(t *testing.T, s *Server, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("anthropic-version", "2023-06-01")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "no answer"
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		text = append(text, "\n=> broke off\n"...)
	}
	return res.StatusCode, string(text)
}

const (
	messagesPath  = "/v1/messages"
	responsesPath = "/v1/responses"
	generatePath  = "/v1beta/models/gemini-3-sim:generateContent"
	streamPath    = "/v1beta/models/gemini-3-sim:streamGenerateContent?alt=sse"
)

// asking is a request in each of the newer schemas: text is what the user says, of which more are further members.
func asking(path, text string, stream bool) (string, string) {
	q, _ := json.Marshal(text)
	said := ""
	if stream {
		said = `"stream":true,`
	}
	switch path {
	case messagesPath:
		return path, fmt.Sprintf(`{"model":"m",%s"max_tokens":4096,"thinking":{"type":"enabled","budget_tokens":1024},"tools":[{"name":"weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}],"messages":[{"role":"user","content":%s}]}`, said, q)
	case responsesPath:
		return path, fmt.Sprintf(`{"model":"m",%s"reasoning":{"effort":"low","summary":"auto"},"include":["reasoning.encrypted_content"],"tools":[{"type":"function","name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}],"input":%s}`, said, q)
	}
	if stream {
		path = streamPath
	}
	return path, fmt.Sprintf(`{"generationConfig":{"thinkingConfig":{"includeThoughts":true}},"tools":[{"functionDeclarations":[{"name":"weather","parameters":{"type":"OBJECT","properties":{"city":{"type":"STRING"}}}}]}],"contents":[{"role":"user","parts":[{"text":%s}]}]}`, q)
}

// TestSchemas shows what the schemas look like on the wire: text, calls, and faults in mid-answer.
func TestSchemas(t *testing.T) {
	var got strings.Builder
	for _, path := range []string{messagesPath, responsesPath, generatePath} {
		for _, what := range []string{
			`sim: text="one two" thought="let me see" cached=3`, `sim: thought="a tool"` + "\nuse the tool", `sim: thought="tools" calls=2` + "\nuse the tool",
			`sim: redacted=true text=well thought=hidden`, `sim: fault=error_event after=1 text="one two"`, `sim: fault=cut after=1 text="one two"`,
			`sim: fault=content_filter after=1 text="one two"`, `sim: fault=refusal text=no`, `sim: fault=empty`, `sim: fault=no_choices`, `sim: fault=no_done text=well`,
			`sim: fault=no_finish after=1 text="one two"`, `sim: fault=usage_missing text=well`, `sim: fault=bad_json after=1 text="one two"`, `sim: fault=empty_stream`,
			`sim: status=429 retry-after=7`, `sim: status=529`, `sim: status=400 code=context_length_exceeded`,
		} {
			for _, stream := range []bool{true, false} {
				_, s := start(t, Options{Seed: 1, Now: fixed})
				path, body := asking(path, what, stream)
				status, text := exchange(t, s, path, body)
				fmt.Fprintf(&got, "-- %s, stream %v: %q\n%d\n%s\n", path, stream, what, status, strings.ReplaceAll(text, "\r", ""))
			}
		}
	}
	golden(t, "schemas.txt", got.String())
}

// A request that a real API would refuse is refused, in the words of its schema.
func TestStrict(t *testing.T) {
	_, s := start(t, Options{Seed: 1, Now: fixed})
	user := `{"role":"user","content":"hi"}`
	use := `{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{}}]}`
	for _, c := range []struct{ path, body, says string }{
		{messagesPath, `{"model":"m","messages":[` + user + `]}`, "max_tokens: Field required"},
		{messagesPath, `{"model":"m","max_tokens":9,"foo":1,"messages":[` + user + `]}`, "foo: Extra inputs are not permitted"},
		{messagesPath, `{"model":"m","max_tokens":9,"messages":[]}`, "at least one message"},
		{messagesPath, `{"model":"m","max_tokens":9,"temperature":1.5,"messages":[` + user + `]}`, "temperature"},
		{messagesPath, `{"model":"claude-sonnet-4-5","max_tokens":9,"temperature":1,"top_p":0.9,"messages":[` + user + `]}`, "cannot both be specified"},
		{responsesPath, `{"model":"gpt-4o","include":["reasoning.encrypted_content"],"input":"x"}`, "Encrypted content is not supported"},
		{messagesPath, `{"model":"m","max_tokens":9,"messages":[{"role":"system","content":"x"}]}`, "Input should be 'user' or 'assistant'"},
		{messagesPath, `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":""}]}`, "non-empty"},
		{messagesPath, `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":" "}]}]}`, "non-whitespace"},
		{messagesPath, `{"model":"m","max_tokens":9,"messages":[` + user + `,` + use + `]}`, "`tool_use` ids were found without `tool_result` blocks immediately after: t1"},
		{messagesPath, `{"model":"m","max_tokens":9,"messages":[` + user + `,` + use + `,` + user + `]}`, "without `tool_result` blocks"},
		{messagesPath, `{"model":"m","max_tokens":9,"messages":[` + user + `,` + use + `,{"role":"user","content":[{"type":"text","text":"x"},{"type":"tool_result","tool_use_id":"t1","content":"y"}]}]}`, "immediately after"},
		{messagesPath, `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1"}]}]}`, "unexpected `tool_use_id`"},
		{messagesPath, `{"model":"m","max_tokens":9,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[` + user + `]}`, "`max_tokens` must be greater than"},
		{messagesPath, `{"model":"m","max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[` + user + `,` + use + `,{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1"}]}]}`, "must start with a thinking block"},
		{messagesPath, `{"model":"m","max_tokens":9,"messages":[` + user + `,{"role":"assistant","content":[{"type":"thinking","thinking":"x","signature":"foreign"},{"type":"text","text":"y"}]},` + user + `]}`, "Invalid `signature`"},
		{messagesPath, `{"model":"m","max_tokens":9,"messages":[` + user + `,{"role":"assistant","content":[{"type":"redacted_thinking","data":"foreign"},{"type":"text","text":"y"}]},` + user + `]}`, "Invalid `data`"},
		{responsesPath, `{"model":"m"}`, "Missing required parameter: 'input'"},
		{responsesPath, `{"model":"m","input":"x","messages":[]}`, "Unknown parameter: 'messages'"},
		{responsesPath, `{"model":"m","input":"x","max_output_tokens":5}`, "below minimum"},
		{responsesPath, `{"model":"m","input":[{"type":"function_call_output","call_id":"c","output":"x"}]}`, "No tool call found for function call output with call_id c"},
		{responsesPath, `{"model":"m","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]}`, "No tool output found for function call c"},
		{responsesPath, `{"model":"m","input":[{"role":"user","content":[{"type":"text","text":"x"}]}]}`, "Supported values are: 'input_text'"},
		{responsesPath, `{"model":"m","input":[{"type":"reasoning","summary":[],"encrypted_content":"foreign"},{"role":"user","content":"x"}]}`, "could not be verified"},
		{responsesPath, `{"model":"m","input":[{"type":"reasoning","summary":[]}]}`, "without its required following item"},
		{responsesPath, `{"model":"m","input":"x","previous_response_id":"resp_1"}`, "previous_response_not_found"},
		{generatePath, `{}`, "contents is not specified"},
		{generatePath, `{"contents":[{"parts":[{"text":"x"}]}],"model_name":1}`, `Unknown name \"model_name\"`},
		{generatePath, `{"contents":[{"role":"assistant","parts":[{"text":"x"}]}]}`, "valid role"},
		{generatePath, `{"contents":[{"role":"user","parts":[]}]}`, "must not be empty"},
		{generatePath, `{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}]}`, "missing a thought_signature"},
		{generatePath, `{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"foreign"}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}]}`, "Corrupted thought signature"},
		{generatePath, `{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"}]},{"role":"user","parts":[{"functionResponse":{"name":"g","response":{}}}]}]}`, "names match"},
		{generatePath, `{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"}]},{"role":"user","parts":[{"text":"y"}]}]}`, "comes immediately after a function call"},
		{generatePath, `{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","additionalProperties":false}}]}]}`, `Unknown name \"additionalProperties\"`},
		{generatePath, `{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":1,"thinkingLevel":"LOW"}}}`, "only one of"},
		{streamPath[:len(streamPath)-len("?alt=sse")], `{"contents":[{"parts":[{"text":"x"}]}]}`, "alt=sse"},
		{"/v1/chat/completions", `{"model":"m","messages":[` + user + `,{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]}`, "did not have response messages: c"},
		{"/v1/chat/completions", `{"model":"m","messages":[` + user + `,{"role":"tool","tool_call_id":"c","content":"x"}]}`, "must be a response to a preceeding message"},
		{"/v1/embeddings", `{"model":"m"}`, "input"},
	} {
		status, text := exchange(t, s, c.path, c.body)
		if status != 400 || !strings.Contains(text, c.says) {
			t.Errorf("%s %s: %d %s", c.path, c.body, status, text)
		}
	}
}

// TestSignaturesComeBack plays a tool loop of two turns in each schema: it goes through only with what the
// first answer was signed with.
func TestSignaturesComeBack(t *testing.T) {
	_, s := start(t, Options{Seed: 1})
	for _, path := range []string{messagesPath, responsesPath, generatePath} {
		path, body := asking(path, "use the tool", false)
		status, text := exchange(t, s, path, body)
		if status != 200 {
			t.Fatalf("%s: %d %s", path, status, text)
		}
		var a struct {
			Content, Output []json.RawMessage
			Candidates      []struct{ Content json.RawMessage }
		}
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			t.Fatal(err)
		}
		var next string
		switch path {
		case messagesPath:
			content, _ := json.Marshal(a.Content)
			id := between(text, `"id":"toolu_`, `"`)
			next = strings.TrimSuffix(body, "]}") + `,{"role":"assistant","content":` + string(content) + `},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_` + id + `","content":"rain"}]}]}`
		case responsesPath:
			items, _ := json.Marshal(a.Output)
			id := between(text, `"call_id":"`, `"`)
			next = strings.Replace(body, `"input":"use the tool"`, `"input":[{"role":"user","content":"use the tool"},`+strings.Trim(string(items), "[]")+`,{"type":"function_call_output","call_id":"`+id+`","output":"rain"}]`, 1)
			next = strings.ReplaceAll(next, `"summary":[{"text":"`+pondering+`","type":"summary_text"}`, `"summary":[{"text":"`+pondering+`","type":"summary_text"}]`)
			next = strings.ReplaceAll(next, `]]`, `]`)
		default:
			next = strings.TrimSuffix(body, "]}") + `,` + string(a.Candidates[0].Content) + `,{"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"result":"rain"}}}]}]}`
		}
		if status, text := exchange(t, s, path, next); status != 200 || strings.Contains(text, "Paris") {
			t.Errorf("%s: %d %s\n%s", path, status, text, next)
		}
		forged := 0
		for _, who := range []string{seal("anthropic", pondering), locked("openai", pondering), seal("gemini", "weather")} {
			quoted, _ := json.Marshal(who)
			if bad := strings.Replace(next, string(quoted), `"`+strings.Repeat("QUJD", 20)+`"`, 1); bad != next {
				forged++
				if status, text := exchange(t, s, path, bad); status != 400 {
					t.Errorf("%s: another signature: %d %s", path, status, text)
				}
			}
		}
		if forged != 1 {
			t.Errorf("%s: %d signatures to forge in %s", path, forged, next)
		}
	}
}

func between(text, left, right string) string {
	_, text, _ = strings.Cut(text, left)
	text, _, _ = strings.Cut(text, right)
	return text
}

// TestFacts holds the answers that nobody speaks: embeddings and counts.
func TestFacts(t *testing.T) {
	_, s := start(t, Options{Seed: 1, Now: fixed})
	var got strings.Builder
	for _, c := range [][2]string{
		{"/v1/embeddings", `{"model":"m","input":["a","b"],"dimensions":2}`},
		{"/v1/embeddings", `{"model":"m","input":"a","encoding_format":"base64","dimensions":2}`},
		{"/v1/completions", `{"model":"m","prompt":"sim: text=well"}`},
		{"/v1/completions", `{"model":"m","stream":true,"stream_options":{"include_usage":true},"prompt":"sim: text=well"}`},
		{"/v1/messages/count_tokens", `{"model":"m","messages":[{"role":"user","content":"four score"}]}`},
		{"/v1beta/models/m:countTokens", `{"contents":[{"parts":[{"text":"four score"}]}]}`},
		{"/v1beta/models/m:countTokens", `{"generateContentRequest":{"model":"models/m","contents":[{"parts":[{"text":"four score"}]}]}}`},
		{"/v1beta/models/m:embedContent", `{"content":{"parts":[{"text":"a"}]},"outputDimensionality":2}`},
		{"/v1beta/models/m:batchEmbedContents", `{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]},"outputDimensionality":2}]}`},
	} {
		status, text := exchange(t, s, c[0], c[1])
		fmt.Fprintf(&got, "-- %s %s\n%d\n%s\n", c[0], c[1], status, text)
	}
	golden(t, "facts.txt", got.String())
}

// Keys are taken where a schema has them, and nowhere else.
func TestKeysOfSchemas(t *testing.T) {
	_, s := start(t, Options{Key: "secret"})
	for _, c := range []struct {
		path, header, value string
		status              int
	}{
		{messagesPath, "x-api-key", "secret", 200}, {messagesPath, "authorization", "Bearer secret", 401}, {messagesPath, "x-api-key", "other", 401},
		{responsesPath, "authorization", "Bearer secret", 200}, {responsesPath, "x-api-key", "secret", 401},
		{generatePath, "x-goog-api-key", "secret", 200}, {generatePath, "x-goog-api-key", "other", 400}, {generatePath, "authorization", "Bearer secret", 403},
		{generatePath + "?key=secret", "x", "y", 200},
	} {
		path, query, _ := strings.Cut(c.path, "?")
		path, body := asking(path, "hello", false)
		req, _ := http.NewRequest(http.MethodPost, s.URL+path+"?"+query, strings.NewReader(body))
		req.Header.Set("anthropic-version", "2023-06-01")
		req.Header.Set(c.header, c.value)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != c.status {
			t.Errorf("%s with %s: %s: %d", c.path, c.header, c.value, res.StatusCode)
		}
	}
}

// Every fault is in every schema what it is in chat completions, as far as the connection goes.
func TestFaultsOfSchemas(t *testing.T) {
	for _, path := range []string{messagesPath, responsesPath, generatePath, "/v1/completions"} {
		for _, fault := range append([]Fault{FaultNone}, Faults()...) {
			for _, stream := range []bool{true, false} {
				_, s := start(t, Options{Seed: 1, Now: fixed, Behaviour: Behaviour{Fault: fault, After: 2, Text: "one two three"}})
				at, body := asking(path, "hello", stream)
				if path == "/v1/completions" {
					at, body = path, fmt.Sprintf(`{"model":"m","prompt":"x","stream":%v}`, stream)
				}
				client := http.Client{Timeout: 300 * time.Millisecond}
				req, _ := http.NewRequest(http.MethodPost, s.URL+at, strings.NewReader(body))
				req.Header.Set("anthropic-version", "2023-06-01")
				res, err := client.Do(req)
				ends := "no headers"
				if err == nil {
					ends = "complete"
					if _, err := io.ReadAll(res.Body); err != nil {
						ends = "broken"
					}
					_ = res.Body.Close()
				}
				want := "complete"
				switch fault {
				case FaultStallHeaders, FaultReset:
					want = "no headers"
				case FaultStallFirst, FaultStall, FaultKeepalive, FaultCut:
					want = "broken"
				}
				if ends != want {
					t.Errorf("%s %s stream %v: %s, want %s", at, fault, stream, ends, want)
				}
			}
		}
	}
}
