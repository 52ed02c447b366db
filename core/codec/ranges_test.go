package codec_test

import (
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// Numbers have the ranges of the caller's schema, their ends included, and functions a name each.
func TestChecked(t *testing.T) {
	const calls = `{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}`
	bodies := map[llm.Schema]string{
		llm.SchemaOpenAI:    `{"model":"m","messages":[{"role":"user","content":"x"}],PLACE}`,
		llm.SchemaResponses: `{"model":"m","input":"x",PLACE}`,
		llm.SchemaAnthropic: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],PLACE}`,
		llm.SchemaGemini:    `{"contents":[{"parts":[{"text":"x"}]}],PLACE}`,
	}
	for _, c := range []struct {
		schema       llm.Schema
		place, param string // empty: good
	}{
		{llm.SchemaOpenAI, `"temperature":2,"top_p":0,"frequency_penalty":-2,"presence_penalty":2.0`, ""},
		{llm.SchemaOpenAI, `"temperature":-1`, "temperature"},
		{llm.SchemaOpenAI, `"temperature":2.01`, "temperature"},
		{llm.SchemaOpenAI, `"top_p":5`, "top_p"},
		{llm.SchemaOpenAI, `"frequency_penalty":-2.5`, "frequency_penalty"},
		{llm.SchemaOpenAI, `"presence_penalty":3`, "presence_penalty"},
		{llm.SchemaOpenAI, `"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"\u0066"}}]`, "tools"},
		{llm.SchemaOpenAI, `"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"F"}}]`, ""},
		{llm.SchemaOpenAI, `"messages":[{"role":"user","content":"x"},` + calls + `,{"role":"tool","tool_call_id":"a","content":"1"}]`, ""},
		{llm.SchemaOpenAI, `"messages":[{"role":"user","content":"x"},` + calls + `,{"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"a","content":"2"}]`, "messages"},
		{llm.SchemaResponses, `"temperature":2.5`, "temperature"},
		{llm.SchemaResponses, `"top_p":1`, ""},
		{llm.SchemaAnthropic, `"temperature":1.5`, "temperature"},
		{llm.SchemaAnthropic, `"temperature":1.0,"top_p":1e0`, ""},
		{llm.SchemaAnthropic, `"tools":[{"name":"f","input_schema":{}},{"name":"f","input_schema":{}}]`, "tools"},
		{llm.SchemaGemini, `"generationConfig":{"temperature":2,"topP":1}`, ""},
		{llm.SchemaGemini, `"generationConfig":{"topP":1.5}`, "generationConfig.topP"},
		{llm.SchemaGemini, `"generationConfig":{"presencePenalty":-9}`, "generationConfig.presencePenalty"},
		{llm.SchemaGemini, `"tools":[{"functionDeclarations":[{"name":"f"}]},{"functionDeclarations":[{"name":"f"}]}]`, "tools"},
		{llm.SchemaGemini, `"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}},{"functionResponse":{"name":"f","response":{}}}]}]`, "contents"},
	} {
		body := strings.Replace(bodies[c.schema], "PLACE", c.place, 1)
		if strings.Contains(c.place, `"messages"`) {
			body = `{"model":"m",` + c.place + "}"
		} else if strings.Contains(c.place, `"contents"`) {
			body = "{" + c.place + "}"
		}
		r, err := codecs[c.schema].ReadRequest(codec.Asked{Operation: llm.OperationChat, Model: "m"}, []byte(body))
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		p, err := codecs[c.schema].ReadPrompt(r)
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		got := ""
		if err := codec.Checked(c.schema, p); err != nil {
			got = err.Param
		}
		if got != c.param {
			t.Errorf("%v %s: %q, want %q", c.schema, c.place, got, c.param)
		}
	}
}
