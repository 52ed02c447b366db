package verify

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"strowger/core/llm"
	"strowger/core/plan/plantest"
)

// failures are answers that are none.
var failures = []struct {
	status int
	retry  string
	body   string
}{
	{429, "7", `{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}`},
	{429, "", `{"type":"error","error":{"type":"rate_limit_error","message":"Number of requests has exceeded your rate limit"}}`},
	{429, "", `{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3s"}]}}`},
	{500, "", `{"error":{"message":"The server had an error","type":"server_error"}}`},
	{503, "Wed, 18 Jun 2025 10:00:00 GMT", `overloaded`},
	{529, "", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`},
	{504, "", `<html>upstream timed out</html>`},
	{401, "", `{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}`},
	{400, "", `{"error":{"message":"This model's maximum context length is 8192 tokens","code":"context_length_exceeded"}}`},
	{404, "", `{"error":{"message":"The model does not exist","code":"model_not_found"}}`},
	{200, "", `<html>please log in</html>`},
	{200, "", ``},
}

// texts are what models say.
var texts = []string{"Well.", "Ä “quoted” \\ text\nin two lines", "言葉", "", strings.Repeat("and so on ", 40), "</think>"}

// generate is a good answer of a provider of that schema.
func generate(random *rand.Rand, schema llm.Schema, op llm.Operation, stream bool) []byte {
	text := fmt.Sprintf("%q", texts[random.IntN(len(texts))])
	call := random.IntN(3) == 0
	switch {
	case op == llm.OperationCountTokens && schema == llm.SchemaGemini:
		return []byte(`{"totalTokens":31}`)
	case op == llm.OperationCountTokens:
		return []byte(`{"input_tokens":31}`)
	case op == llm.OperationEmbeddings && schema == llm.SchemaGemini:
		return []byte(`{"embeddings":[{"values":[0.5,-1,2e-3]}],"embedding":{"values":[0.5,-1,2e-3]}}`)
	case op == llm.OperationEmbeddings:
		return []byte(`{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1,2e-3]}],"model":"m-1","usage":{"prompt_tokens":1,"total_tokens":1}}`)
	case op == llm.OperationCompletion:
		return completion(text, stream)
	case !stream && call:
		return wholeCall(schema)
	case !stream:
		return plantest.Answer(schema.String())
	}
	switch schema {
	case llm.SchemaAnthropic:
		return anthropicStream(text, call)
	case llm.SchemaGemini:
		return geminiStream(text, call)
	case llm.SchemaResponses:
		return responsesStream(text, call)
	}
	return openaiStream(text, call)
}

func completion(text string, stream bool) []byte {
	const usage = `"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}`
	if stream {
		return fmt.Appendf(nil, "data: {\"id\":\"c\",\"object\":\"text_completion\",\"created\":1,\"model\":\"up\",\"choices\":[{\"index\":0,\"text\":%s,\"finish_reason\":\"stop\"}],%s}\n\ndata: [DONE]\n\n", text, usage)
	}
	return fmt.Appendf(nil, `{"id":"c","object":"text_completion","created":1,"model":"up","choices":[{"index":0,"text":%s,"finish_reason":"stop"}],%s}`, text, usage)
}

// wholeCall calls a tool.
func wholeCall(schema llm.Schema) []byte {
	switch schema {
	case llm.SchemaAnthropic:
		return []byte(`{"id":"m","type":"message","role":"assistant","model":"up","content":[{"type":"text","text":"Let me see."},{"type":"tool_use","id":"toolu_1","name":"f","input":{"path":"a"}}],"stop_reason":"tool_use","usage":{"input_tokens":90,"cache_read_input_tokens":40,"output_tokens":15}}`)
	case llm.SchemaGemini:
		return []byte(`{"candidates":[{"content":{"role":"model","parts":[{"text":"Hm","thought":true},{"functionCall":{"name":"f","args":{"path":"a"}},"thoughtSignature":"c2ln"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":90,"candidatesTokenCount":5,"thoughtsTokenCount":7,"totalTokenCount":102}}`)
	case llm.SchemaResponses:
		return []byte(`{"id":"r","object":"response","status":"completed","model":"up","output":[{"type":"function_call","id":"fc","call_id":"c1","name":"f","arguments":"{\"path\":\"a\"}","status":"completed"}],"usage":{"input_tokens":90,"output_tokens":5,"total_tokens":95}}`)
	}
	return []byte(`{"id":"c","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"path\":\"a\"}"}},{"id":"c2","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":90,"completion_tokens":5,"total_tokens":95}}`)
}

// events joins the events of a stream: pairs of a name, which may be empty, and data.
func events(pairs ...string) []byte {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] != "" {
			b.WriteString("event: " + pairs[i] + "\n")
		}
		b.WriteString("data: " + pairs[i+1] + "\n\n")
	}
	return []byte(b.String())
}

func openaiStream(text string, call bool) []byte {
	chunk := func(choices, more string) string {
		return `{"id":"c1","object":"chat.completion.chunk","created":1,"model":"up","choices":[` + choices + `]` + more + `}`
	}
	list := []string{"", chunk(`{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}`, "")}
	finish := "stop"
	list = append(list, "", chunk(`{"index":0,"delta":{"content":`+text+`},"finish_reason":null}`, ""))
	if call {
		finish = "tool_calls"
		list = append(list,
			"", chunk(`{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}`, ""),
			"", chunk(`{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]},"finish_reason":null}`, ""))
	}
	return events(append(list, "", chunk(`{"index":0,"delta":{},"finish_reason":"`+finish+`"}`, ""),
		"", chunk("", `,"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}`), "", "[DONE]")...)
}

func anthropicStream(text string, call bool) []byte {
	list := []string{
		"message_start", `{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"up","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}`,
		"content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
		"ping", `{"type":"ping"}`,
		"content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":` + text + `}}`,
		"content_block_stop", `{"type":"content_block_stop","index":0}`,
	}
	stop := "end_turn"
	if call {
		stop = "tool_use"
		list = append(list,
			"content_block_start", `{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}}`,
			"content_block_delta", `{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}`,
			"content_block_stop", `{"type":"content_block_stop","index":1}`)
	}
	return events(append(list,
		"message_delta", `{"type":"message_delta","delta":{"stop_reason":"`+stop+`","stop_sequence":null},"usage":{"output_tokens":12}}`,
		"message_stop", `{"type":"message_stop"}`)...)
}

func geminiStream(text string, call bool) []byte {
	part := `{"text":` + text + `}`
	if call {
		part += `,{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"c2ln"}`
	}
	return events(
		"", `{"candidates":[{"content":{"parts":[{"text":"Hm","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9},"modelVersion":"up","responseId":"r1"}`,
		"", `{"candidates":[{"content":{"parts":[`+part+`],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":3,"totalTokenCount":12},"modelVersion":"up","responseId":"r1"}`)
}

func responsesStream(text string, call bool) []byte {
	item := `{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":` + text + `,"annotations":[]}]}`
	list := []string{
		"response.created", `{"type":"response.created","sequence_number":0,"response":{"id":"r","object":"response","created_at":1,"status":"in_progress","model":"up","output":[]}}`,
		"response.output_item.added", `{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"type":"message","id":"msg_1","role":"assistant","status":"in_progress","content":[]}}`,
		"response.content_part.added", `{"type":"response.content_part.added","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}`,
		"response.output_text.delta", `{"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":` + text + `}`,
		"response.output_text.done", `{"type":"response.output_text.done","sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"text":` + text + `}`,
		"response.output_item.done", `{"type":"response.output_item.done","sequence_number":5,"output_index":0,"item":` + item + `}`,
	}
	if call {
		head := `"type":"function_call","id":"fc_1","call_id":"c1","name":"f"`
		list = append(list,
			"response.output_item.added", `{"type":"response.output_item.added","sequence_number":6,"output_index":1,"item":{`+head+`,"arguments":"","status":"in_progress"}}`,
			"response.function_call_arguments.delta", `{"type":"response.function_call_arguments.delta","sequence_number":7,"item_id":"fc_1","output_index":1,"delta":"{\"a\":1}"}`,
			"response.function_call_arguments.done", `{"type":"response.function_call_arguments.done","sequence_number":8,"item_id":"fc_1","output_index":1,"arguments":"{\"a\":1}"}`,
			"response.output_item.done", `{"type":"response.output_item.done","sequence_number":9,"output_index":1,"item":{`+head+`,"arguments":"{\"a\":1}","status":"completed"}}`)
		item += `,{` + head + `,"arguments":"{\"a\":1}","status":"completed"}`
	}
	return events(append(list, "response.completed", `{"type":"response.completed","sequence_number":10,"response":{"id":"r","object":"response","created_at":1,"status":"completed","model":"up","output":[`+item+`],"usage":{"input_tokens":9,"output_tokens":3,"total_tokens":12}}}`)...)
}
