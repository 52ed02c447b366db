package gemini

import (
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest/growthtest"
	"strowger/core/codec/codectest/prompttest"
	"strowger/core/llm"
)

// promptOf reads a request in full.
func promptOf(t *testing.T, body string) (*llm.Prompt, *llm.Error) {
	t.Helper()
	req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(body))
	if refusal != nil {
		t.Fatalf("%s: %v", body, refusal)
	}
	return Codec{}.ReadPrompt(req)
}

// TestObjectsForLists: an object alone is a list of one, and a number may be a string.
func TestObjectsForLists(t *testing.T) {
	const lists = `{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"systemInstruction":{"parts":[{"text":"s"}]},"tools":[{"functionDeclarations":[{"name":"f"}]}],"safetySettings":[{"category":"c"}],"generationConfig":{"maxOutputTokens":12,"temperature":0.5,"topK":4,"stopSequences":["a"],"thinkingConfig":{"thinkingBudget":7}},"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}}`
	const alone = `{"contents":{"role":"user","parts":{"text":"hi"}},"systemInstruction":{"parts":{"text":"s"}},"tools":{"functionDeclarations":{"name":"f"}},"safetySettings":{"category":"c"},"generationConfig":{"maxOutputTokens":"12","temperature":"0.5","topK":"4","stopSequences":"a","thinkingConfig":{"thinkingBudget":"7"}},"toolConfig":{"functionCallingConfig":{"mode":"any","allowedFunctionNames":"f"}}}`
	want, _ := promptOf(t, lists)
	got, refusal := promptOf(t, alone)
	if refusal != nil || prompttest.Describe(got) != prompttest.Describe(want) {
		t.Errorf("%v\n got  %s\n want %s", refusal, prompttest.Describe(got), prompttest.Describe(want))
	}
	req, _ := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(alone))
	if req.MaxOutput != 12 || req.InputTokens < 4 || req.Features&llm.FeatureReasoning == 0 {
		t.Errorf("read as %+v", req)
	}
	sent := string(Codec{}.AppendRequest(nil, req, codec.Form{Name: "m", Prefill: []byte("so")}))
	if !strings.HasPrefix(sent, `{"contents":[{"role":"user","parts":{"text":"hi"}},{"role":"model","parts":[{"text":"so"}]}],`) {
		t.Errorf("goes on with %s", sent)
	}
}

// TestWrongForms: what is of another form than documented is told by its name.
func TestWrongForms(t *testing.T) {
	turn := func(s string) string { return `{"contents":[{"parts":[{"text":"x"}]},` + s + `]}` }
	part := func(s string) string { return `{"contents":[{"parts":[{"text":"x"},` + s + `]}]}` }
	with := func(s string) string { return `{"contents":{"parts":{"text":"x"}},` + s + `}` }
	for _, c := range []struct{ body, param string }{
		{turn(`7`), "contents[1]"}, {turn(`null`), "contents[1]"},
		{turn(`{}`), "contents[1].parts"}, {turn(`{"parts":[]}`), "contents[1].parts"}, {turn(`{"parts":"hi"}`), "contents[1].parts"}, {turn(`{"parts":7,"role":"model"}`), "contents[1].parts"},
		{turn(`{"parts":["hi"]}`), "contents[1].parts[0]"}, {turn(`{"parts":{}}`), "contents[1].parts"}, {turn(`{"parts":[{}]}`), "contents[1].parts[0]"},
		{turn(`{"parts":[{"text":"x"}],"role":"robot"}`), "contents[1].role"},
		{part(`{}`), "contents[0].parts[1]"}, {part(`{"text":null}`), "contents[0].parts[1]"}, {part(`{"hologram":{"a":1}}`), "contents[0].parts[1]"},
		{part(`{"text":"a","inlineData":{"mimeType":"image/png","data":"iVBO"}}`), "contents[0].parts[1]"},
		{part(`{"functionCall":{"name":"f"}}`), "contents[0].parts[1].functionCall"}, {turn(`{"role":"model","parts":{"functionResponse":{"name":"f"}}}`), "contents[1].parts.functionResponse"},
		{turn(`{"role":"model","parts":[{"functionCall":{"name":"f","args":[1]}}]}`), "contents[1].parts[0].functionCall.args"}, {part(`{"functionResponse":{"name":"f","response":[1]}}`), "contents[0].parts[1].functionResponse.response"},
		{part(`{"functionCall":{"args":{}}}`), "contents[0].parts[1].functionCall.name"}, {part(`{"functionResponse":{}}`), "contents[0].parts[1].functionResponse.name"},
		{part(`{"inlineData":{"data":"iVBO"}}`), "contents[0].parts[1].inlineData.mimeType"}, {part(`{"inline_data":{"mimeType":"image/png"}}`), "contents[0].parts[1].inlineData.data"},
		{part(`{"fileData":{"mimeType":"image/png"}}`), "contents[0].parts[1].fileData.fileUri"},
		{part(`{"functionResponse":{"name":"f","parts":[7]}}`), "contents[0].parts[1].functionResponse.parts[0]"},
		{with(`"systemInstruction":7`), "systemInstruction"}, {with(`"generationConfig":[]`), "generationConfig"}, {with(`"safetySettings":"off"`), "safetySettings"},
		{with(`"labels":["a"]`), "labels"}, {with(`"tools":"f"`), "tools"}, {with(`"tools":[[]]`), "tools[0]"},
		{with(`"tools":[{"functionDeclarations":"f"}]`), "tools[0].functionDeclarations"}, {with(`"tools":[{"functionDeclarations":[{}]}]`), "tools[0].functionDeclarations[0].name"},
		{with(`"tools":[{"functionDeclarations":[{"name":"f","parameters":[1]}]}]`), "tools[0].functionDeclarations[0].parameters"},
		{with(`"toolConfig":7`), "toolConfig"}, {with(`"toolConfig":{"functionCallingConfig":{"mode":"SOME"}}`), "toolConfig.functionCallingConfig.mode"},
		{with(`"toolConfig":{"functionCallingConfig":{"allowedFunctionNames":[1]}}`), "toolConfig.functionCallingConfig.allowedFunctionNames"},
		{with(`"generationConfig":{"temperature":"x"}`), "generationConfig.temperature"}, {with(`"generationConfig":{"topK":"x"}`), "generationConfig.topK"},
		{with(`"generationConfig":{"seed":1.5}`), "generationConfig.seed"}, {with(`"generationConfig":{"stopSequences":7}`), "generationConfig.stopSequences"},
		{with(`"generationConfig":{"responseLogprobs":1}`), "generationConfig.responseLogprobs"}, {with(`"generationConfig":{"responseSchema":[1]}`), "generationConfig.responseSchema"},
		{with(`"generationConfig":{"thinkingConfig":{"thinkingLevel":"ultra"}}`), "generationConfig.thinkingConfig.thinkingLevel"},
		{with(`"generationConfig":{"thinkingConfig":{"thinkingBudget":"x"}}`), "generationConfig.thinkingConfig.thinkingBudget"},
	} {
		if _, refusal := promptOf(t, c.body); refusal == nil || refusal.Param != c.param || refusal.HTTPStatus() != 400 {
			t.Errorf("%s\n %v instead of %s", c.body, refusal, c.param)
		}
	}
}

// TestFieldsTold are the fields of what has no place in a prompt.
func TestFieldsTold(t *testing.T) {
	long := strings.Repeat("a", 70)
	for _, c := range []struct{ body, fields, unknown string }{
		{`{"contents":{"parts":{"text":"x"}},"a b":1}`, "unknown", "a_b"},
		{`{"contents":{"parts":{"text":"x"}},"` + long + `":1}`, "unknown", long[:64]},
		{`{"contents":{"parts":{"text":"x"}},"":1}`, "unknown", "_"},
		{`{"contents":{"parts":{"text":"x"}},"generationConfig":{"` + long + `é":1}}`, "unknown", "generationConfig." + long[:47]},
		{`{"contents":{"parts":{"text":"x"}},"toolConfig":{"retrievalConfig":{}}}`, "unknown", "toolConfig.retrievalConfig"},
		{`{"contents":{"parts":{"text":"x","foo":1}}}`, "member", ""},
		{`{"contents":{"parts":{"text":"x","foo":{"a":1}}}}`, "member", ""},
		{`{"contents":{"parts":{"text":"x"},"foo":1}}`, "member", ""},
		{`{"contents":{"parts":{"text":"x"}},"tools":{"functionDeclarations":{"name":"f","response":{"type":"STRING"}}}}`, "tools,member", ""},
		{`{"contents":{"parts":{"text":"x"}},"tools":{"foo":1}}`, "member", ""},
		{`{"contents":{"parts":{"text":"x"}},"tools":{"functionDeclarations":{"name":"f","zork":1}}}`, "tools,member", ""},
		{`{"contents":{"parts":{"inlineData":{"mimeType":"image/png","data":"iVBO","zork":1}}}}`, "image,member", ""},
		{`{"contents":[{"parts":{"text":"x"}},{"role":"model","parts":{"functionCall":{"name":"f","zork":1}}}]}`, "member", ""},
		{`{"contents":{"parts":{"text":"x"}},"generationConfig":{"thinkingConfig":{"zork":1}},"toolConfig":{"functionCallingConfig":{"zork":1}}}`, "unknown", "generationConfig.thinkingConfig.zork,toolConfig.functionCallingConfig.zork"},
		{`{"contents":[{"parts":{"text":"x"}},{"role":"model","parts":[{"executableCode":{"code":"1"}},{"text":"1"}]},{"parts":{"text":"y"}}]}`, "opaque_content", ""},
		{`{"contents":[{"parts":{"text":"x"}},{"role":"model","parts":[{"hologram":{"a":1}},{"text":"1"}]},{"parts":{"text":"y"}}]}`, "opaque_content", ""},
		{`{"toolConfig":{"functionCallingConfig":{"mode":"VALIDATED"}},"tools":{"functionDeclarations":{"name":"f"}},"contents":{"parts":{"text":"x"}}}`, "tools,strict_tools", ""},
		{`{"contents":{"parts":{"fileData":{"mimeType":"image/png","fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}}}}`, "image_url,file_id", ""},
		{`{"contents":{"parts":{"fileData":{"mimeType":"image/png","fileUri":"gs://b/a.png"}}}}`, "image_url,file_id", ""},
		{`{"contents":{"parts":{"fileData":{"mimeType":"image/png","fileUri":"https://example.com/files/a.png"}}}}`, "image_url", ""},
		{`{"contents":{"parts":{"text":"x"}},"tools":{"functionDeclarations":{"name":"a.b"}}}`, "tools,odd_names", ""},
	} {
		p, refusal := promptOf(t, c.body)
		if refusal != nil {
			t.Errorf("%s: %v", c.body, refusal)
			continue
		}
		if got := strings.Join(p.Fields.Names(), ","); got != c.fields || strings.Join(p.Unknown, ",") != c.unknown {
			t.Errorf("%s\n fields %s unknown %q", c.body, got, p.Unknown)
		}
	}
}

// TestThoughtInPieces: a thought that has come in as many pieces as a large body has is put
// together in time.
func TestThoughtInPieces(t *testing.T) {
	piece := `{"text":"abc","thought":true},`
	growthtest.Linear(t, 4000, func(n int) {
		body := `{"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[` + strings.Repeat(piece, n) + `{"text":"d","thought":true,"thoughtSignature":"c2ln"}]},{"role":"model","parts":[{"text":"e","thought":true}]},{"parts":[{"text":"y"}]}]}`
		p, refusal := promptOf(t, body)
		if refusal != nil {
			t.Fatal(refusal)
		}
		parts := p.Messages[1].Parts
		if len(parts) != 2 || string(parts[0].Text) != strings.Repeat("abc", n)+"d" || string(parts[0].Signature) != "c2ln" || string(parts[1].Text) != "e" {
			t.Errorf("%d parts", len(parts))
		}
		if !strings.HasPrefix(body, `{"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[{"text":"abc","thought":true},{"text":"abc"`) {
			t.Error("the body has changed")
		}
	})
}

// TestDataIsStandard: base64 for addresses becomes what other schemas want.
func TestDataIsStandard(t *testing.T) {
	for data, want := range map[string]string{"_-8=": "/+8=", "_-8": "/+8=", `\/+8=`: "/+8=", "iVBO": "iVBO", "": ""} {
		if got := codec.Plain(standard(llm.Escaped(data))); got != want {
			t.Errorf("%s becomes %s", data, got)
		}
	}
	p, _ := promptOf(t, `{"contents":{"parts":{"inlineData":{"mimeType":"image/jpeg","data":"_9j_4AAQ"}}}}`)
	if got := string(p.Messages[0].Parts[0].Data); got != "/9j/4AAQ" {
		t.Errorf("data is %s", got)
	}
}
