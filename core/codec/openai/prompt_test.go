package openai

import (
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// understood is what a body means, or why it means nothing.
func understood(op llm.Operation, body string) (*llm.Prompt, *llm.Error) {
	req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: op}, []byte(body))
	if refusal != nil {
		return nil, refusal
	}
	return Codec{}.ReadPrompt(req)
}

// What cannot be understood is not passed over: the error names it.
func TestMistakes(t *testing.T) {
	for body, param := range map[string]string{
		`"messages":[1]`: "messages[0]",
		`"messages":[{"role":"user","content":"hi"},{"role":"x","content":"hi"}]`:                             "messages[1].role",
		`"messages":[{"role":"user"}]`:                                                                        "messages[0].content",
		`"messages":[{"role":"user","content":[]}]`:                                                           "messages[0].content",
		`"messages":[{"role":"user","content":5}]`:                                                            "messages[0].content",
		`"messages":[{"role":"user","content":"hi","name":5}]`:                                                "messages[0].name",
		`"messages":[{"role":"user","content":["hi",5]}]`:                                                     "messages[0].content[1]",
		`"messages":[{"role":"user","content":["hi",null]}]`:                                                  "messages[0].content[1]",
		`"messages":[{"role":"user","content":[{"text":"hi"}]}]`:                                              "messages[0].content[0].type",
		`"messages":[{"role":"user","content":[{"type":"hologram"}]}]`:                                        "messages[0].content[0].type",
		`"messages":[{"role":"user","content":[{"type":"text","text":5}]}]`:                                   "messages[0].content[0].text",
		`"messages":[{"role":"user","content":[{"type":"text"}]}]`:                                            "messages[0].content[0].text",
		`"messages":[{"role":"user","content":["hi",{"type":"image_url"}]}]`:                                  "messages[0].content[1].image_url",
		`"messages":[{"role":"user","content":["hi",{"type":"image_url","image_url":{}}]}]`:                   "messages[0].content[1].image_url",
		`"messages":[{"role":"user","content":["hi",{"type":"image_url","image_url":{"url":5}}]}]`:            "messages[0].content[1].image_url",
		`"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"format":"wav"}}]}]`:      "messages[0].content[0].input_audio",
		`"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":5}]}]`:                      "messages[0].content[0].thinking",
		`"messages":[{"role":"assistant","content":[{"type":"refusal"}]}]`:                                    "messages[0].content[0].refusal",
		`"messages":[{"role":"assistant","refusal":5}]`:                                                       "messages[0].refusal",
		`"messages":[{"role":"assistant","tool_calls":5}]`:                                                    "messages[0].tool_calls",
		`"messages":[{"role":"assistant","tool_calls":[5]}]`:                                                  "messages[0].tool_calls[0]",
		`"messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]`:                                         "messages[0].tool_calls[0].function",
		`"messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f"}},{"function":{}}]}]`: "messages[0].tool_calls[1].function.name",
		`"messages":[{"role":"assistant","function_call":{}}]`:                                                "messages[0].function_call.name",
		`"messages":["hi"]`:                        "messages[0]",
		`"tools":[5]`:                              "tools[0]",
		`"tools":[{"type":"function"}]`:            "tools[0].function",
		`"tools":[{"type":"function","name":"f"}]`: "tools[0].function",
		`"tools":[{"type":5}]`:                     "tools[0].type",
		`"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"description":"d"}}]`: "tools[1].function.name",
		`"tools":[{"type":"function","function":{"name":"f","parameters":5}}]`:                                     "tools[0].function.parameters",
		`"functions":[{}]`:                                "functions[0].name",
		`"tool_choice":"required"`:                        "tool_choice",
		`"tool_choice":"must"`:                            "tool_choice",
		`"tool_choice":{"type":"function"}`:               "tool_choice.function",
		`"tool_choice":{"type":"function","function":{}}`: "tool_choice.function",
		`"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto"}}`:                                          "tool_choice.allowed_tools",
		`"tool_choice":{"type":"function","function":{"name":"g"}},"tools":[{"type":"function","function":{"name":"f"}}]`: "tool_choice",
		`"response_format":5`:                                                 "response_format",
		`"response_format":{"type":"xml"}`:                                    "response_format.type",
		`"response_format":{}`:                                                "response_format.type",
		`"response_format":{"type":"json_schema"}`:                            "response_format.json_schema.schema",
		`"response_format":{"type":"json_schema","json_schema":{"name":"n"}}`: "response_format.json_schema.schema",
		`"temperature":"1"`:                                                   "temperature",
		`"top_logprobs":true`:                                                 "top_logprobs",
		`"logit_bias":{"5":"x"}`:                                              "logit_bias.5",
		`"logit_bias":5`:                                                      "logit_bias",
		`"parallel_tool_calls":"no"`:                                          "parallel_tool_calls",
		`"store":1`:                                                           "store",
		`"metadata":"x"`:                                                      "metadata",
		`"service_tier":1`:                                                    "service_tier",
		`"verbosity":1`:                                                       "verbosity",
		`"prompt_cache_key":1`:                                                "prompt_cache_key",
		`"reasoning":{"max_tokens":"x"}`:                                      "reasoning.max_tokens",
		`"stop":["a",5]`:                                                      "stop[1]",
	} {
		whole := `{"model":"m",` + body + `}`
		if !strings.HasPrefix(body, `"messages"`) {
			whole = `{"model":"m","messages":[{"role":"user","content":"hi"}],` + body + `}`
		}
		if _, err := understood(llm.OperationChat, whole); err == nil || err.Param != param || err.HTTPStatus() != 400 {
			t.Errorf("%s: %v, not about %s", body, err, param)
		}
	}
	for body, param := range map[string]string{
		`"input":""`:                          "input",
		`"input":["a",""]`:                    "input[1]",
		`"input":[]`:                          "input",
		`"input":"a","encoding_format":"hex"`: "encoding_format",
		`"input":"a","dimensions":0`:          "dimensions",
		`"input":"a","dimensions":1.5`:        "dimensions",
		`"input":"a","dimensions":"8"`:        "dimensions",
	} {
		if _, err := understood(llm.OperationEmbeddings, `{"model":"m",`+body+`}`); err == nil || err.Param != param || err.HTTPStatus() != 400 {
			t.Errorf("%s: %v, not about %s", body, err, param)
		}
	}
}

// What is right, or only unknown, is no mistake.
func TestNoMistakes(t *testing.T) {
	for body, field := range map[string]llm.Field{
		`"messages":[{"role":"user","content":["hi"]}]`:                                                     llm.FieldCount,
		`"messages":[{"role":"user","content":"hi","weight":1}]`:                                            llm.FieldMember,
		`"messages":[{"role":"user","content":"hi","weight":null}]`:                                         llm.FieldCount,
		`"messages":[{"role":"user","content":[{"type":"text","text":"hi","color":"red"}]}]`:                llm.FieldMember,
		`"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x","dpi":"1"}}]}]`:   llm.FieldMember,
		`"messages":[{"role":"assistant","tool_calls":[{"id":"a","x":1,"function":{"name":"f"}}]}]`:         llm.FieldMember,
		`"messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","x":1}}]}]`:         llm.FieldMember,
		`"messages":[{"role":"assistant","tool_calls":[{"id":"a","index":0,"function":{"name":"f"}}]}]`:     llm.FieldCount,
		`"messages":[{"role":"user","content":"hi"}],"tools":[{"x":1,"function":{"name":"f"}}]`:             llm.FieldMember,
		`"messages":[{"role":"user","content":"hi"}],"tools":[{"function":{"name":"f","x":1}}]`:             llm.FieldMember,
		`"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"web_search","x":1}]`:                 llm.FieldServerTools,
		`"tool_choice":"required","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"x","x":1}]`: llm.FieldServerTools,
		`"messages":[{"role":"assistant","content":[{"type":"hologram"}]},{"role":"user","content":"x"}]`:   llm.FieldOpaque,
	} {
		p, err := understood(llm.OperationChat, `{"model":"m",`+body+`}`)
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if got := p.Fields.Has(llm.FieldMember) || p.Fields.Has(llm.FieldServerTools) || p.Fields.Has(llm.FieldOpaque); got != (field != llm.FieldCount) || got && !p.Fields.Has(field) {
			t.Errorf("%s: fields %v, want %v", body, p.Fields.Names(), field)
		}
	}
}
