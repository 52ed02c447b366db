package shapetest

import (
	"strings"
	"testing"

	"strowger/core/llm"
)

// good are answers as the documentation has them, by schema: documents and streams.
var good = map[llm.Schema][2]string{
	llm.SchemaResponses: responses(),
	llm.SchemaOpenAI: {
		`{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":5,"completion_tokens":6,"total_tokens":11}}`,
		`data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{"}}]},"finish_reason":null}]}

data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]},"finish_reason":"tool_calls"}]}

data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":6,"total_tokens":11}}

data: [DONE]

`},
	llm.SchemaAnthropic: {
		`{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"yes"},{"type":"tool_use","id":"t","name":"f","input":{}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":6}}`,
		`event: message_start
data: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"yes"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":6}}

event: message_stop
data: {"type":"message_stop"}

`},
	llm.SchemaGemini: {
		`{"candidates":[{"content":{"role":"model","parts":[{"text":"yes"},{"functionCall":{"name":"f","args":{}}}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":6,"totalTokenCount":11},"modelVersion":"m","responseId":"r"}`,
		`data: {"candidates":[{"content":{"role":"model","parts":[{"text":"yes"}]},"index":0}],"modelVersion":"m","responseId":"r"}

data: {"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":6,"totalTokenCount":11},"modelVersion":"m","responseId":"r"}

`},
}

const answered = `"object":"response","created_at":1,"error":null,"incomplete_details":null,"instructions":null,"metadata":{},"model":"m","parallel_tool_calls":true,"temperature":1,"tool_choice":"auto","tools":[],"top_p":1`

const said = `[{"id":"i","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"text":"yes"}]}]`

// responses are the forms of an answer of the Responses API, which repeat themselves.
func responses() [2]string {
	head := `"response":{"id":"r",` + answered
	ends := `,"status":"completed","output":` + said + `,"usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":0},"output_tokens":6,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":11}}`
	var b strings.Builder
	for _, e := range [][2]string{
		{"created", `0,` + head + `,"status":"in_progress","output":[]}`},
		{"output_item.added", `1,"output_index":0,"item":{"id":"i","type":"message","status":"in_progress","role":"assistant","content":[]}`},
		{"content_part.added", `2,"item_id":"i","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"text":""}`},
		{"output_text.delta", `3,"item_id":"i","output_index":0,"content_index":0,"delta":"yes"`},
		{"output_text.done", `4,"item_id":"i","output_index":0,"content_index":0,"text":"yes"`},
		{"content_part.done", `5,"item_id":"i","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"text":"yes"}`},
		{"output_item.done", `6,"output_index":0,"item":` + said[1:len(said)-1]},
		{"completed", `7,` + head + ends},
	} {
		b.WriteString("event: response." + e[0] + "\ndata: {\"type\":\"response." + e[0] + `","sequence_number":` + e[1] + "}\n\n")
	}
	return [2]string{`{"id":"r",` + answered + ends, b.String()}
}

// What the documentation shows is right, and each of many ways to spoil it is noticed.
func TestShapes(t *testing.T) {
	for schema, forms := range good {
		if err := Whole(schema, []byte(forms[0])); err != nil {
			t.Errorf("%v: %v", schema, err)
		}
		if err := Stream(schema, []byte(forms[1])); err != nil {
			t.Errorf("%v: a stream: %v", schema, err)
		}
		if Whole(schema, []byte(`{}`)) == nil || Whole(schema, []byte(`x`)) == nil || Stream(schema, nil) == nil || Stream(schema, []byte("data: x\n\n")) == nil {
			t.Errorf("%v: nothing passes for an answer", schema)
		}
		if Stream(schema, []byte(strings.TrimSuffix(forms[1], "\n"))) == nil {
			t.Errorf("%v: a stream that breaks off in an event passes", schema)
		}
	}
	for _, c := range spoilt {
		form, judge := good[c.schema][0], Whole
		if c.stream {
			form, judge = good[c.schema][1], Stream
		}
		bad := strings.Replace(form, c.old, c.new, 1)
		if bad == form {
			t.Errorf("%v: %q is not there to be spoilt", c.schema, c.old)
		} else if judge(c.schema, []byte(bad)) == nil {
			t.Errorf("%v: %q instead of %q passes", c.schema, c.new, c.old)
		}
	}
}

var spoilt = []struct {
	schema   llm.Schema
	stream   bool
	old, new string
}{
	{llm.SchemaOpenAI, false, `"id":"c",`, ``},
	{llm.SchemaOpenAI, false, `"created":1`, `"created":"1"`},
	{llm.SchemaOpenAI, false, `"logprobs":null,`, ``},
	{llm.SchemaOpenAI, false, `"content":null,`, ``},
	{llm.SchemaOpenAI, false, `"finish_reason":"tool_calls"`, `"finish_reason":"stop"`},
	{llm.SchemaOpenAI, false, `"finish_reason":"tool_calls"`, `"finish_reason":"end"`},
	{llm.SchemaOpenAI, false, `"arguments":"{}"`, `"arguments":""`},
	{llm.SchemaOpenAI, false, `"arguments":"{}"`, `"arguments":{}`},
	{llm.SchemaOpenAI, false, `"total_tokens":11`, `"total_tokens":12`},
	{llm.SchemaOpenAI, false, `"index":0`, `"index":1`},
	{llm.SchemaOpenAI, true, "data: [DONE]\n\n", ""},
	{llm.SchemaOpenAI, true, "data: [DONE]\n\n", "data: [DONE]\n\ndata: [DONE]\n\n"},
	{llm.SchemaOpenAI, true, `"role":"assistant",`, ``},
	{llm.SchemaOpenAI, true, `"id":"a","type":"function",`, ``},
	{llm.SchemaOpenAI, true, `"arguments":"}"`, `"arguments":""`},
	{llm.SchemaOpenAI, true, `{"index":0,"function"`, `{"index":0,"id":"a","function"`},
	{llm.SchemaOpenAI, true, `{"index":0,"function"`, `{"index":2,"function"`},
	{llm.SchemaOpenAI, true, `"finish_reason":"tool_calls"`, `"finish_reason":null`},
	{llm.SchemaOpenAI, true, `"delta":{"role":"assistant","content":""},"finish_reason":null`, `"delta":{"role":"assistant","content":""},"finish_reason":"stop"`},
	{llm.SchemaOpenAI, true, `"choices":[],`, `"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],`},
	{llm.SchemaOpenAI, true, `data: {"id":"c"`, `event: x` + "\n" + `data: {"id":"c"`},
	{llm.SchemaOpenAI, true, `data: {"id":"c"`, `data: {"id":"d"`},
	{llm.SchemaAnthropic, false, `"signature":"s"`, `"x":1`},
	{llm.SchemaAnthropic, false, `"stop_sequence":null,`, ``},
	{llm.SchemaAnthropic, false, `"stop_reason":"tool_use"`, `"stop_reason":"end_turn"`},
	{llm.SchemaAnthropic, false, `"input":{}`, `"input":"{}"`},
	{llm.SchemaAnthropic, false, `"type":"text"`, `"type":"server_tool_use"`},
	{llm.SchemaAnthropic, false, `"input_tokens":5,`, ``},
	{llm.SchemaAnthropic, true, "event: message_delta", "event: message_stop"},
	{llm.SchemaAnthropic, true, `"index":1,"content_block"`, `"index":2,"content_block"`},
	{llm.SchemaAnthropic, true, "event: content_block_stop\n" + `data: {"type":"content_block_stop","index":0}` + "\n\n", ""},
	{llm.SchemaAnthropic, true, `"type":"text_delta"`, `"type":"thinking_delta"`},
	{llm.SchemaAnthropic, true, `"type":"text","text":""`, `"type":"text","text":"y"`},
	{llm.SchemaAnthropic, true, `"partial_json":"{}"`, `"partial_json":"{"`},
	{llm.SchemaAnthropic, true, `"stop_reason":"tool_use"`, `"stop_reason":"end_turn"`},
	{llm.SchemaAnthropic, true, "event: message_stop\n" + `data: {"type":"message_stop"}` + "\n\n", ""},
	{llm.SchemaAnthropic, true, `"output_tokens":6`, `"x":6`},
	{llm.SchemaGemini, false, `"finishReason":"STOP",`, ``},
	{llm.SchemaGemini, false, `"finishReason":"STOP"`, `"finishReason":"FUNCTION_CALL"`},
	{llm.SchemaGemini, false, `"role":"model"`, `"role":"assistant"`},
	{llm.SchemaGemini, false, `"args":{}`, `"args":"{}"`},
	{llm.SchemaGemini, false, `"totalTokenCount":11`, `"totalTokenCount":12`},
	{llm.SchemaGemini, false, `"modelVersion":"m",`, ``},
	{llm.SchemaGemini, false, `{"text":"yes"}`, `{}`},
	{llm.SchemaGemini, true, `"finishReason":"STOP",`, ``},
	{llm.SchemaGemini, true, `{"text":"yes"}]},"index":0`, `{"text":"yes"}]},"finishReason":"STOP","index":0`},
	{llm.SchemaGemini, true, `"responseId":"r"`, `"responseId":"q"`},
	{llm.SchemaResponses, false, `"metadata":{},`, ``},
	{llm.SchemaResponses, false, `"status":"completed","output"`, `"status":"incomplete","output"`},
	{llm.SchemaResponses, false, `"annotations":[],`, ``},
	{llm.SchemaResponses, false, `"total_tokens":11`, `"total_tokens":12`},
	{llm.SchemaResponses, true, `"sequence_number":3`, `"sequence_number":2`},
	{llm.SchemaResponses, true, `"delta":"yes"`, `"delta":"ye"`},
	{llm.SchemaResponses, true, "event: response.completed", "event: response.failed"},
	{llm.SchemaResponses, true, `"item_id":"i"`, `"item_id":"j"`},
	{llm.SchemaResponses, true, `"output":` + said, `"output":[]`},
	{llm.SchemaResponses, true, `"text":"yes"`, `"text":"no"`},
	{llm.SchemaResponses, true, `"response":{"id":"r"`, `"response":{"id":"q"`},
}
