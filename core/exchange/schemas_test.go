package exchange_test

import (
	"bytes"
	"encoding/json"
	"strings"

	"strowger/core/llm"
	"strowger/core/router"
)

// What is said in each schema, for the tests that do not care which.

func schemas() (list []llm.Schema) {
	for s := llm.SchemaNone + 1; s < llm.SchemaCount; s++ {
		if router.Codec(s) != nil {
			list = append(list, s)
		}
	}
	return list
}

// askIn is a request.
func askIn(s llm.Schema, stream bool) string {
	body := map[llm.Schema]string{
		llm.SchemaOpenAI:    `{"model":"a/m","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}`,
		llm.SchemaAnthropic: `{"model":"a/m","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}`,
		llm.SchemaResponses: `{"model":"a/m","max_output_tokens":50,"input":"hi"}`,
		llm.SchemaGemini:    `{"generationConfig":{"maxOutputTokens":50},"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`,
	}[s]
	if stream && s != llm.SchemaGemini {
		body = `{"stream":true,` + body[1:]
	}
	return body
}

// wholeIn is a complete answer that says Hello and has used very much.
func wholeIn(s llm.Schema) string {
	switch s {
	case llm.SchemaAnthropic:
		return `{"id":"m1","type":"message","role":"assistant","model":"u","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":9000}}`
	case llm.SchemaGemini:
		return `{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":9000}}`
	case llm.SchemaResponses:
		return `{"id":"r1","object":"response","status":"completed","model":"u","output":[{"id":"m1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":9000}}`
	}
	return `{"choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":9000}}`
}

func event(name, doc string) string { return "event: " + name + "\ndata: " + doc + "\n\n" }

// startIn is how a stream begins.
func startIn(s llm.Schema) string {
	switch s {
	case llm.SchemaAnthropic:
		return event("message_start", `{"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"u","content":[],"stop_reason":null,"usage":{"input_tokens":5,"output_tokens":1}}}`) +
			event("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`)
	case llm.SchemaResponses:
		return event("response.created", `{"type":"response.created","response":{"id":"r1","object":"response","status":"in_progress","model":"u","output":[]}}`) +
			event("response.output_item.added", `{"type":"response.output_item.added","output_index":0,"item":{"id":"m1","type":"message","role":"assistant","content":[]}}`) +
			event("response.content_part.added", `{"type":"response.content_part.added","item_id":"m1","output_index":0,"content_index":0,"part":{"type":"output_text","text":""}}`)
	}
	return ""
}

func textIn(s llm.Schema, text string) string {
	switch s {
	case llm.SchemaAnthropic:
		return event("content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":`+quoted(text)+`}}`)
	case llm.SchemaGemini:
		return `data: {"candidates":[{"content":{"role":"model","parts":[{"text":` + quoted(text) + `}]},"index":0}],"modelVersion":"u"}` + "\n\n"
	case llm.SchemaResponses:
		return event("response.output_text.delta", `{"type":"response.output_text.delta","item_id":"m1","output_index":0,"content_index":0,"delta":`+quoted(text)+`}`)
	}
	return chunkOf(text, "null")
}

// callIn is a tool call behind the text.
func callIn(s llm.Schema) string {
	switch s {
	case llm.SchemaAnthropic:
		return event("content_block_stop", `{"type":"content_block_stop","index":0}`) +
			event("content_block_start", `{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}`) +
			event("content_block_delta", `{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}`) +
			event("content_block_stop", `{"type":"content_block_stop","index":1}`)
	case llm.SchemaGemini:
		return `data: {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"c2ln"}]},"index":0}]}` + "\n\n"
	case llm.SchemaResponses:
		return event("response.output_item.added", `{"type":"response.output_item.added","output_index":1,"item":{"id":"f1","type":"function_call","call_id":"c1","name":"f","arguments":""}}`) +
			event("response.function_call_arguments.delta", `{"type":"response.function_call_arguments.delta","item_id":"f1","output_index":1,"delta":"{}"}`) +
			event("response.output_item.done", `{"type":"response.output_item.done","output_index":1,"item":{"id":"f1","type":"function_call","call_id":"c1","name":"f","arguments":"{}"}}`)
	}
	return `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"u","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":null}]}` + "\n\n"
}

// endIn is a reason to end, and the end mark if that is wanted.
func endIn(s llm.Schema, mark bool) string {
	reason, end := "", ""
	switch s {
	case llm.SchemaAnthropic:
		reason = event("message_delta", `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}`)
		end = event("message_stop", `{"type":"message_stop"}`)
	case llm.SchemaGemini: // whose end is the connection's
		reason = `data: {"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":7}}` + "\n\n"
	case llm.SchemaResponses:
		end = event("response.completed", `{"type":"response.completed","response":{"id":"r1","object":"response","status":"completed","model":"u","output":[],"usage":{"input_tokens":5,"output_tokens":7}}}`)
	default:
		reason, end = chunkOf("", `"stop"`), "data: [DONE]\n\n"
	}
	if mark {
		reason += end
	}
	return reason
}

func errorIn(s llm.Schema) string {
	switch s {
	case llm.SchemaAnthropic:
		return event("error", `{"type":"error","error":{"type":"overloaded_error","message":"no"}}`)
	case llm.SchemaResponses:
		return event("response.failed", `{"type":"response.failed","response":{"id":"r1","status":"failed","error":{"code":"server_error","message":"no"}}}`)
	}
	return "data: {\"error\":{\"message\":\"no\"}}\n\n"
}

// streamIn says what is wrong with a stream in a schema, of an answer that ended well or not,
// and that was written anew or is a provider's own.
func streamIn(s llm.Schema, stream []byte, ok, composed bool) string {
	stream = bytes.ReplaceAll(stream, []byte("\r\n"), []byte("\n"))
	text := "\n" + string(stream)
	for frame := range strings.SplitSeq(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		data := ""
		for line := range strings.SplitSeq(frame, "\n") {
			if rest, is := strings.CutPrefix(line, "data: "); is {
				data += rest
			}
		}
		if data != "" && data != "[DONE]" && !json.Valid([]byte(data)) {
			return "an event that is no JSON: " + data
		}
	}
	last := text[strings.LastIndex(strings.TrimSuffix(text, "\n\n"), "\n\n")+1:]
	mark := map[llm.Schema]string{
		llm.SchemaOpenAI: "\ndata: [DONE]", llm.SchemaAnthropic: "\nevent: message_stop",
		llm.SchemaGemini: `"finishReason":`, llm.SchemaResponses: "\nevent: response.completed",
	}[s]
	begin := map[llm.Schema]string{llm.SchemaAnthropic: "\nevent: message_start", llm.SchemaResponses: "\nevent: response.created"}[s]
	switch n := strings.Count(text, mark); {
	case s == llm.SchemaGemini: // a reason to end, and whatever a provider says behind it
		if ok && n == 0 {
			return "no reason to end"
		}
	case ok != strings.Contains(last, mark):
		return "an end mark, or none"
	case ok && n != 1:
		return "several end marks"
	case begin != "" && (strings.Count(text, begin) > 1 || ok && composed && !strings.Contains(text, begin)):
		return "not one beginning"
	}
	return ""
}
