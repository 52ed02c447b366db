package codectest

import "strowger/core/llm"

// sayings make prompts say a field, and as little else as can be; nil where a prompt has no
// place for it.
var sayings = [llm.FieldCount]func(*llm.Prompt){
	llm.FieldSystem: func(p *llm.Prompt) {
		p.Messages = append([]llm.Message{message(llm.RoleSystem, text("be brief"))}, p.Messages...)
	},
	llm.FieldLateSystem: func(p *llm.Prompt) {
		p.Messages = append(p.Messages, message(llm.RoleSystem, text("be brief")), message(llm.RoleUser, text("go on")))
	},
	llm.FieldNoUserTurn: func(p *llm.Prompt) {
		p.Messages = append([]llm.Message{message(llm.RoleAssistant, text("hello"))}, p.Messages...)
	},
	llm.FieldName: func(p *llm.Prompt) { p.Messages[0].Name = llm.Escaped("ann") },
	llm.FieldRefusal: func(p *llm.Prompt) {
		p.Messages = append(p.Messages, message(llm.RoleAssistant, llm.Part{Kind: llm.PartRefusal, Text: llm.Escaped("no")}), message(llm.RoleUser, text("why?")))
	},
	llm.FieldImage:       part(llm.Part{Kind: llm.PartImage, Media: "image/png", Data: llm.Escaped("AAAA")}),
	llm.FieldImageURL:    part(llm.Part{Kind: llm.PartImage, URL: llm.Escaped("https://example.com/a.png")}),
	llm.FieldImageDetail: part(llm.Part{Kind: llm.PartImage, Media: "image/png", Data: llm.Escaped("AAAA"), Detail: "low"}),
	llm.FieldAudio:       part(llm.Part{Kind: llm.PartAudio, Media: "audio/wav", Data: llm.Escaped("AAAA")}),
	llm.FieldVideo:       part(llm.Part{Kind: llm.PartVideo, Media: "video/mp4", Data: llm.Escaped("AAAA")}),
	llm.FieldFile:        part(llm.Part{Kind: llm.PartFile, Media: "application/pdf", Data: llm.Escaped("AAAA"), Name: llm.Escaped("a.pdf")}),
	llm.FieldFileURL:     part(llm.Part{Kind: llm.PartFile, Media: "application/pdf", URL: llm.Escaped("https://example.com/a.pdf")}),

	llm.FieldTools:       func(p *llm.Prompt) { p.Tools = []llm.Tool{tool("f")} },
	llm.FieldStrictTools: func(p *llm.Prompt) { p.Tools = []llm.Tool{tool("f")}; p.Tools[0].Strict = true },
	llm.FieldToolChoice: func(p *llm.Prompt) {
		p.Tools, p.Choice = []llm.Tool{tool("f"), tool("g")}, llm.ToolChoice{Mode: llm.ChoiceRequired, Names: []llm.Escaped{llm.Escaped("g")}}
	},
	llm.FieldToolsAllowed: func(p *llm.Prompt) {
		p.Tools = []llm.Tool{tool("f"), tool("g"), tool("h")}
		p.Choice = llm.ToolChoice{Mode: llm.ChoiceRequired, Names: []llm.Escaped{llm.Escaped("g"), llm.Escaped("h")}}
	},
	llm.FieldOneTool:   func(p *llm.Prompt) { p.Tools, p.OneTool = []llm.Tool{tool("f")}, true },
	llm.FieldToolError: result(func(r *llm.Part) { r.Failed = true }),
	llm.FieldToolMedia: result(func(r *llm.Part) {
		r.Parts = append(r.Parts, llm.Part{Kind: llm.PartImage, Media: "image/png", Data: llm.Escaped("AAAA")})
	}),

	llm.FieldMaxOutput:         func(p *llm.Prompt) { p.MaxOutput = 100 },
	llm.FieldTemperature:       func(p *llm.Prompt) { p.Temperature = []byte("0.5") },
	llm.FieldHighTemperature:   func(p *llm.Prompt) { p.Temperature = []byte("1.5") },
	llm.FieldTopP:              func(p *llm.Prompt) { p.TopP = []byte("0.9") },
	llm.FieldTopK:              func(p *llm.Prompt) { p.TopK = []byte("40") },
	llm.FieldMinP:              func(p *llm.Prompt) { p.MinP = []byte("0.1") },
	llm.FieldStop:              func(p *llm.Prompt) { p.Stop = escapes("a", "b") },
	llm.FieldManyStops:         func(p *llm.Prompt) { p.Stop = escapes("a", "b", "c", "d", "e") },
	llm.FieldBlankStops:        func(p *llm.Prompt) { p.Stop = escapes(" ", `\n`) },
	llm.FieldSeed:              func(p *llm.Prompt) { p.Seed = []byte("7") },
	llm.FieldFrequencyPenalty:  func(p *llm.Prompt) { p.FrequencyPenalty = []byte("0.5") },
	llm.FieldPresencePenalty:   func(p *llm.Prompt) { p.PresencePenalty = []byte("0.5") },
	llm.FieldRepetitionPenalty: func(p *llm.Prompt) { p.RepetitionPenalty = []byte("1.1") },
	llm.FieldLogitBias:         func(p *llm.Prompt) { p.LogitBias = []byte(`{"50256":-100}`) },
	llm.FieldLogprobs:          func(p *llm.Prompt) { p.Logprobs, p.TopLogprobs = true, []byte("3") },
	llm.FieldJSONObject:        func(p *llm.Prompt) { p.Format.Kind = llm.FormatObject },
	llm.FieldJSONSchema: func(p *llm.Prompt) {
		p.Format = llm.Format{Kind: llm.FormatSchema, Name: llm.Escaped("answer"), Schema: []byte(arguments), Strict: true}
	},

	llm.FieldEffort:       func(p *llm.Prompt) { p.Reasoning.Effort = llm.EffortHigh },
	llm.FieldBudget:       func(p *llm.Prompt) { p.Reasoning, p.MaxOutput = llm.Reasoning{Budget: 2048, Show: true}, 4000 },
	llm.FieldNoReasoning:  func(p *llm.Prompt) { p.Reasoning.Effort = llm.EffortNone },
	llm.FieldShowThoughts: func(p *llm.Prompt) { p.Reasoning.Effort, p.Reasoning.Show = llm.EffortHigh, true },
	llm.FieldThoughts:     thought(""),
	llm.FieldSignatures:   thought("c2lnbmVk"),

	llm.FieldUser:         func(p *llm.Prompt) { p.User = llm.Escaped("user-1") },
	llm.FieldMetadata:     func(p *llm.Prompt) { p.Metadata = []byte(`{"team":"a"}`) },
	llm.FieldStore:        func(p *llm.Prompt) { p.Store = []byte("true") },
	llm.FieldServiceTier:  func(p *llm.Prompt) { p.Tier = "priority" },
	llm.FieldCacheControl: func(p *llm.Prompt) { p.Messages[0].Parts[0].Cache = []byte(`{"type":"ephemeral"}`) },
	llm.FieldCacheKey:     func(p *llm.Prompt) { p.CacheKey = llm.Escaped("key") },
	llm.FieldVerbosity:    func(p *llm.Prompt) { p.Verbosity = "low" },

	llm.FieldPrefill: func(p *llm.Prompt) { p.Messages = append(p.Messages, message(llm.RoleAssistant, text("It is"))) },

	llm.FieldDimensions: func(p *llm.Prompt) { p.Dimensions = []byte("256") },
	llm.FieldInputs:     func(p *llm.Prompt) { p.Inputs = escapes("one", "two") },
	llm.FieldTaskType:   func(p *llm.Prompt) { p.TaskType = "RETRIEVAL_DOCUMENT" },
}

const arguments = `{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}`

func text(s string) llm.Part { return llm.Part{Kind: llm.PartText, Text: llm.Escaped(s)} }

func message(r llm.Role, parts ...llm.Part) llm.Message { return llm.Message{Role: r, Parts: parts} }

func tool(name string) llm.Tool {
	return llm.Tool{Name: llm.Escaped(name), Description: llm.Escaped("does it"), Schema: []byte(arguments)}
}

func escapes(all ...string) (list []llm.Escaped) {
	for _, s := range all {
		list = append(list, llm.Escaped(s))
	}
	return list
}

// part adds a part to the user's message.
func part(x llm.Part) func(*llm.Prompt) {
	return func(p *llm.Prompt) { p.Messages[0].Parts = append(p.Messages[0].Parts, x) }
}

// result adds a tool call and its result, changed by with.
func result(with func(*llm.Part)) func(*llm.Prompt) {
	return func(p *llm.Prompt) {
		r := llm.Part{Kind: llm.PartResult, ID: llm.Escaped("call_1"), Name: llm.Escaped("f"), Parts: []llm.Part{text("done")}}
		with(&r)
		p.Tools = []llm.Tool{tool("f")}
		p.Messages = append(p.Messages,
			message(llm.RoleAssistant, llm.Part{Kind: llm.PartCall, ID: llm.Escaped("call_1"), Name: llm.Escaped("f"), JSON: []byte(`{"a":"b"}`)}),
			message(llm.RoleUser, r))
	}
}

// thought adds reasoning of the assistant's.
func thought(signature string) func(*llm.Prompt) {
	return func(p *llm.Prompt) {
		p.Reasoning.Budget, p.MaxOutput = 2048, 4000
		p.Messages = append(p.Messages,
			message(llm.RoleAssistant, llm.Part{Kind: llm.PartThought, Text: llm.Escaped("hm"), Signature: llm.Escaped(signature)}, text("yes")),
			message(llm.RoleUser, text("why?")))
	}
}
