package openai

import (
	"bytes"
	"encoding/json"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// remembered is a body whose conversation has a thought with that signature of this schema.
func remembered(signature string) (*llm.Request, *llm.Prompt) {
	req := &llm.Request{Schema: llm.SchemaAnthropic, Operation: llm.OperationChat, Model: "m"}
	p := &llm.Prompt{Messages: []llm.Message{
		{Role: llm.RoleUser, Parts: []llm.Part{{Kind: llm.PartText, Text: llm.Escaped("hi")}}},
		{Role: llm.RoleAssistant, Parts: []llm.Part{
			{Kind: llm.PartThought, Text: llm.Escaped("hm"), Signature: codec.Escape(signature), Origin: llm.SchemaOpenAI},
			{Kind: llm.PartThought, Signature: codec.Escape(signature), Origin: llm.SchemaOpenAI, Redacted: true},
			{Kind: llm.PartCall, ID: llm.Escaped("a"), Name: llm.Escaped("f"), JSON: []byte("{}")},
		}},
		{Role: llm.RoleUser, Parts: []llm.Part{{Kind: llm.PartResult, ID: llm.Escaped("a"), Parts: []llm.Part{{Kind: llm.PartText, Text: llm.Escaped("ok")}}}}},
	}}
	codec.Complete(p)
	return req, p
}

var forged = []string{
	`{"type":"reasoning.text","signature":"x"}`, `{"a":1} `, " {\n\"a\":1\n}\n", `{ }`, `{"":1}`, `{"text":"b","a":1}`, `{"a":1,"a":2}`, `{"te\u0078t":1,"a":{"b":[1, 2]}}`,
	"{\"a\":[1,\r\n2]}", `{`, `[]`, `{"a":1}}`, `null`, `"x"`, `{"a":"\ud800"}`, `{"a\"":1}`,
}

// FuzzDetails: whatever comes back as a signature, what is sent is JSON, and each detail has one text.
func FuzzDetails(f *testing.F) {
	for _, s := range forged {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, signature string) {
		req, p := remembered(signature)
		sent := Codec{}.AppendRequest(nil, req, codec.Form{Name: "m", BaseURL: "https://openrouter.ai/api/v1", Prompt: p})
		var body struct {
			Messages []struct {
				Details []map[string]any `json:"reasoning_details"`
			} `json:"messages"`
		}
		if err := json.Unmarshal(sent, &body); err != nil {
			t.Fatalf("%q: %v: %s", signature, err, sent)
		}
		if d := body.Messages[1].Details; len(d) != 2 || d[0]["text"] != "hm" {
			t.Fatalf("%q: details %v", signature, d)
		}
		e := told(llm.Delta{Kind: llm.DeltaSignature, Text: codec.Escape(signature), Origin: llm.SchemaOpenAI})
		e.Whole, e.Finish = true, llm.FinishStop
		streamed := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Stream: true}).Append(nil, told(e.Deltas...), &codec.Answer{})
		for frame := range bytes.SplitSeq(streamed, []byte("\n\n")) {
			if data, found := bytes.CutPrefix(frame, []byte("data: ")); len(frame) > 0 && (!found || !json.Valid(data) || bytes.ContainsAny(data, "\n\r")) {
				t.Fatalf("%q: streamed %q", signature, frame)
			}
		}
		whole := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}).Append(nil, e, &codec.Answer{})
		if !json.Valid(whole) {
			t.Fatalf("%q: answered %s", signature, whole)
		}
	})
}

// FuzzWritten: what is sent of any prompt is JSON, wherever it goes.
func FuzzWritten(f *testing.F) {
	for _, s := range forged {
		body, _ := json.Marshal(map[string]any{"model": "m", "messages": []any{
			map[string]any{"role": "assistant", "content": "", "reasoning_details": []any{map[string]any{"data": s}, json.RawMessage(`{"type":"x", "signature":"y" }`)}},
			map[string]any{"role": "user", "content": s},
		}})
		f.Add(body)
	}
	f.Add([]byte(`{"model":"m","messages":[{"role":"assistant","reasoning_details":[{"":1,"signature":"y"}]},{"role":"user","content":[{"type":"image_url","image_url":"data:a\"b;base64,AAAA"}]}],"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{"type":"object","properties":{}}}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, body)
		if refusal != nil {
			return
		}
		p, refusal := Codec{}.ReadPrompt(req)
		if refusal != nil {
			return
		}
		abroad := *req
		abroad.Schema, abroad.Body, abroad.Marks = llm.SchemaResponses, nil, [9]llm.Span{}
		for i := range servers {
			f := codec.Form{Name: "o3", Stream: req.Stream, BaseURL: "https://" + servers[i].host + "/v1", Prompt: p}
			if sent := (Codec{}).AppendRequest(nil, &abroad, f); !json.Valid(sent) {
				t.Fatalf("%q: %s is sent %s", body, servers[i].host, sent)
			}
		}
	})
}
