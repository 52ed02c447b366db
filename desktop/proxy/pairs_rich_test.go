package proxy_test

import (
	"fmt"
	"strings"
	"testing"

	"strowger/bench/provider"
)

// pixel is an image of one pixel (PNG).
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// rich are requests that say much of what their schema can say: instructions, images, a
// conversation with a failed tool call and empty texts, sampling, a choice of tools.
var rich = map[string][2]string{
	"openai": {"/v1/chat/completions", `{"model":"` + model + `","temperature":1.5,"top_p":0.9,"stop":["END","STOP"],"max_completion_tokens":500,"user":"u1","parallel_tool_calls":false,
		"seed":7,"frequency_penalty":0.5,"n":1,"metadata":{"a":"b"},"store":false,"reasoning_effort":"none",
		"tools":[{"type":"function","function":{"name":"weather","description":"The weather","strict":true,"parameters":{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"city":{"type":["string","null"]},"when":{"$ref":"#/$defs/when"}},"required":["city","when"],"additionalProperties":false,"$defs":{"when":{"type":"string","enum":["now","later"]}}}}},{"type":"function","function":{"name":"none_at_all"}}],
		"tool_choice":{"type":"function","function":{"name":"weather"}},
		"messages":[{"role":"system","content":"Be brief."},{"role":"developer","content":[{"type":"text","text":"Be polite."}]},
		{"role":"user","name":"ann","content":[{"type":"text","text":""},{"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,` + pixel + `","detail":"low"}}]},
		{"role":"assistant","content":"","tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":""}},{"id":"call_2","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Rome\"}"}}]},
		{"role":"tool","tool_call_id":"call_2","content":[{"type":"text","text":"sun"}]},{"role":"tool","tool_call_id":"call_1","content":""},
		{"role":"user","content":"go on"},{"role":"user","content":"please"},{"role":"assistant","content":null,"refusal":"no"},{"role":"user","content":"why"}]}`},
	"openai-responses": {"/v1/responses", `{"model":"` + model + `","instructions":"Be brief.","temperature":1.5,"top_p":0.9,"max_output_tokens":500,"store":false,"parallel_tool_calls":false,"metadata":{"a":"b"},"prompt_cache_key":"k",
		"tools":[{"type":"function","name":"weather","description":"The weather","strict":true,"parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}],
		"tool_choice":{"type":"function","name":"weather"},
		"input":[{"role":"developer","content":"Be polite."},{"type":"message","role":"user","content":[{"type":"input_text","text":"look"},{"type":"input_image","image_url":"data:image/png;base64,` + pixel + `","detail":"low"}]},
		{"type":"function_call","call_id":"call_1","name":"weather","arguments":""},{"type":"function_call","id":"fc_2","call_id":"call_2","name":"weather","arguments":"{\"city\": \"Rome\"}","status":"completed"},
		{"type":"function_call_output","call_id":"call_2","output":"sun"},{"type":"function_call_output","call_id":"call_1","output":[{"type":"input_text","text":"rain"}]},
		{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"well","annotations":[]}]},{"role":"user","content":"why"}]}`},
	"anthropic": {"/v1/messages", `{"model":"` + model + `","max_tokens":500,"temperature":0.5,"top_k":40,"stop_sequences":["END"],"metadata":{"user_id":"u1"},
		"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}},{"type":"text","text":"Be polite."}],
		"tools":[{"name":"weather","description":"The weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false},"cache_control":{"type":"ephemeral"}}],
		"tool_choice":{"type":"tool","name":"weather","disable_parallel_tool_use":true},
		"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"` + pixel + `"}},{"type":"text","text":"look"}]},
		{"role":"assistant","content":[{"type":"text","text":"I look."},{"type":"tool_use","id":"toolu_1","name":"weather","input":{}},{"type":"tool_use","id":"toolu_2","name":"weather","input":{"city":"Rome"}}]},
		{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_2","content":[{"type":"text","text":"sun"}]},{"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":"out of order"},{"type":"text","text":"go on"}]},
		{"role":"assistant","content":"well"},{"role":"user","content":"why"}]}`},
	"gemini": {"/v1beta/models/" + model + ":generateContent", `{"systemInstruction":{"parts":[{"text":"Be brief."},{"text":"Be polite."}]},
		"generationConfig":{"temperature":1.5,"topP":0.9,"topK":40,"maxOutputTokens":500,"stopSequences":["END"],"seed":7,"presencePenalty":0.5,"candidateCount":1,"thinkingConfig":{"thinkingBudget":0}},
		"safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_NONE"}],
		"tools":[{"functionDeclarations":[{"name":"weather","description":"The weather","parameters":{"type":"OBJECT","properties":{"city":{"type":"STRING","nullable":true}},"required":["city"]}}]}],
		"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["weather"]}},
		"contents":[{"role":"user","parts":[{"text":"look"},{"inlineData":{"mimeType":"image/png","data":"` + pixel + `"}}]},
		{"role":"model","parts":[{"functionCall":{"name":"weather","args":{}}},{"functionCall":{"name":"weather","args":{"city":"Rome"}}}]},
		{"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"result":"sun"}}},{"functionResponse":{"name":"weather","response":{"error":"out of order"}}}]},
		{"role":"model","parts":[{"text":"well"}]},{"role":"user","parts":[{"text":"why"}]}]}`},
}

// What a caller says in its schema becomes a request that the strictest reader of another
// takes, with the instructions, the picture, the calls and their results in it.
func TestPairsRich(t *testing.T) {
	for caller, ask := range rich {
		for _, served := range schemas {
			r := newPair(t, served, provider.Options{})
			status, d := r.fact(ask[0], ask[1])
			sent := string(r.providers[0].Last().Body)
			if status != 200 || !strings.Contains(fmt.Sprint(d), "city") {
				t.Errorf("%s to %s: %d %v\nsent %s", caller, served, status, d, sent)
				continue
			}
			for _, want := range []string{"Be brief.", "Be polite.", "look", pixel, "Rome", "sun", "why", "weather", "500"} {
				if !strings.Contains(sent, want) {
					t.Errorf("%s to %s: no %q in %s", caller, served, want, sent)
				}
			}
			if warned := r.report(1); caller == served && strings.Contains(string(warned.AppendJSON(nil)), "dropped:") {
				t.Errorf("%s to itself: something is dropped: %s", caller, warned.AppendJSON(nil))
			}
		}
	}
}

// formats ask for JSON of a shape.
var formats = map[string][2]string{
	"openai": {"/v1/chat/completions", `{"model":"` + model + `","messages":[{"role":"user","content":"hi"}],
		"response_format":{"type":"json_schema","json_schema":{"name":"town","strict":true,"schema":{"type":"object","properties":{"town":{"type":"string"}},"required":["town"],"additionalProperties":false}}}}`},
	"openai-responses": {"/v1/responses", `{"model":"` + model + `","input":"hi",
		"text":{"format":{"type":"json_schema","name":"town","strict":true,"schema":{"type":"object","properties":{"town":{"type":"string"}},"required":["town"],"additionalProperties":false}}}}`},
	"anthropic": {"/v1/messages", `{"model":"` + model + `","max_tokens":50,"messages":[{"role":"user","content":"hi"}],
		"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"town":{"type":"string"}},"required":["town"],"additionalProperties":false}}}}`},
	"gemini": {"/v1beta/models/" + model + ":generateContent", `{"contents":[{"parts":[{"text":"hi"}]}],
		"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","properties":{"town":{"type":"string"}},"required":["town"],"additionalProperties":false}}}`},
}

// The shape of an answer is asked for in each schema's own words.
func TestPairsFormat(t *testing.T) {
	for caller, ask := range formats {
		for _, served := range schemas {
			r := newPair(t, served, provider.Options{})
			status, d := r.fact(ask[0], ask[1])
			if sent := string(r.providers[0].Last().Body); status != 200 || !strings.Contains(sent, `"town"`) {
				t.Errorf("%s to %s: %d %v\nsent %s", caller, served, status, d, sent)
			}
		}
	}
}
