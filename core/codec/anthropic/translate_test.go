package anthropic

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

func words(text string) llm.Part { return llm.Part{Kind: llm.PartText, Text: codec.Escape(text)} }

func turn(role llm.Role, parts ...llm.Part) llm.Message { return llm.Message{Role: role, Parts: parts} }

func user(parts ...llm.Part) llm.Message { return turn(llm.RoleUser, parts...) }

func assistant(parts ...llm.Part) llm.Message { return turn(llm.RoleAssistant, parts...) }

func call(id, name, args string) llm.Part {
	return llm.Part{Kind: llm.PartCall, ID: llm.Escaped(id), Name: llm.Escaped(name), JSON: []byte(args)}
}

func result(id string, parts ...llm.Part) llm.Part {
	return llm.Part{Kind: llm.PartResult, ID: llm.Escaped(id), Parts: parts}
}

func thought(text, signature string, origin llm.Schema) llm.Part {
	return llm.Part{Kind: llm.PartThought, Text: codec.Escape(text), Signature: llm.Escaped(signature), Origin: origin}
}

type translated struct {
	name string
	p    llm.Prompt
	f    codec.Form
	op   llm.Operation
}

// hello is a prompt of one turn with more in it.
func hello(with func(*llm.Prompt)) llm.Prompt {
	p := llm.Prompt{Messages: []llm.Message{user(words("Hello"))}}
	with(&p)
	return p
}

const (
	sonnet45 = "claude-sonnet-4-5-20250929"
	opus46   = "anthropic/claude-opus-4.6"
	opus47   = "claude-opus-4-7"
	sonnet5  = "claude-sonnet-5"
	haiku3   = "claude-3-haiku-20240307"
)

func schemaOf(text string) llm.Format {
	return llm.Format{Kind: llm.FormatSchema, Schema: []byte(text)}
}

func messagesCases() []translated {
	photo := llm.Part{Kind: llm.PartImage, Media: "image/jpeg", Data: llm.Escaped("AAAA")}
	return []translated{
		{name: "system merged in order, a late one too", p: llm.Prompt{Messages: []llm.Message{
			turn(llm.RoleSystem, words("One.")), turn(llm.RoleSystem, words(""), llm.Part{Kind: llm.PartText, Text: llm.Escaped("Two."), Cache: []byte(`{"type":"ephemeral"}`)}),
			user(words("Hello")), turn(llm.RoleSystem, words("Three.")), assistant(words("Hi")), user(words("Bye"))}}},
		{name: "system only", p: llm.Prompt{Messages: []llm.Message{turn(llm.RoleSystem, words("Be kind."))}}},
		{name: "nothing", p: llm.Prompt{}},
		{name: "turns of one role, empty texts, blank texts", p: llm.Prompt{Messages: []llm.Message{
			user(words("a")), user(words("")), user(words(" \n\t"), words("b")), assistant(words("")), user(words("c")), assistant(thought("t", "s", llm.SchemaGemini)), user(words("d"))}}},
		{name: "the assistant first", p: llm.Prompt{Messages: []llm.Message{assistant(words("Hi")), user(words("Hello"))}}},
		{name: "begun by the caller", p: llm.Prompt{Messages: []llm.Message{user(words("x")), assistant(words("It is \\ \"so\" \n\n "))}}},
		{name: "begun, with reasoning in front", p: llm.Prompt{Messages: []llm.Message{user(words("x")), assistant(thought("t", "s", llm.SchemaAnthropic), words("So"))}}},
		{name: "begun, with nothing but white space", p: llm.Prompt{Messages: []llm.Message{user(words("x")), assistant(words(" \n"))}}},
		{name: "begun, for a model that cannot", p: llm.Prompt{Messages: []llm.Message{user(words("x")), assistant(words("It is"))}}, f: codec.Form{Name: opus46}},
		{name: "begun by the router", p: hello(func(*llm.Prompt) {}), f: codec.Form{Prefill: []byte("The \"first\" half \n"), Stream: true}},
		{name: "images, documents", p: llm.Prompt{Messages: []llm.Message{user(photo, llm.Part{Kind: llm.PartImage, URL: llm.Escaped("https://example.com/a.png"), Detail: "high"},
			llm.Part{Kind: llm.PartFile, Media: "application/pdf", Data: llm.Escaped("JVBE"), Name: llm.Escaped("a.pdf")}, llm.Part{Kind: llm.PartFile, URL: llm.Escaped("https://example.com/a.pdf")},
			llm.Part{Kind: llm.PartFile, Media: "text/csv", Data: llm.Escaped("YSwiYiIK")}, llm.Part{Kind: llm.PartFile, Text: llm.Escaped("plain")}, llm.Part{Kind: llm.PartFile, Media: "image/png", Data: llm.Escaped("AAAA")},
			llm.Part{Kind: llm.PartAudio, Media: "audio/wav", Data: llm.Escaped("AAAA")})}}},
		{name: "calls and results: ids made to fit, results first, images in them, errors", p: llm.Prompt{Messages: []llm.Message{
			user(words("x")), assistant(words("ok"), call("call.1", "f", `{"a":1.0}`), call("toolu_2", "g", "")),
			user(words("and"), result("call.1", words("r"), words(""), photo), llm.Part{Kind: llm.PartResult, ID: llm.Escaped("toolu_2"), Failed: true}), user(words("more"))}}},
		{name: "a refusal in the history", p: llm.Prompt{Messages: []llm.Message{user(words("x")), assistant(llm.Part{Kind: llm.PartRefusal, Text: llm.Escaped("No.")}), user(words("y"))}}},
		{name: "thoughts: Claude's own only", p: llm.Prompt{Messages: []llm.Message{user(words("x")), assistant(thought("mine", "sig", llm.SchemaAnthropic),
			llm.Part{Kind: llm.PartThought, Redacted: true, Signature: llm.Escaped("red"), Origin: llm.SchemaAnthropic}, thought("unsigned", "", llm.SchemaAnthropic), thought("theirs", "sig", llm.SchemaGemini), words("y")), user(words("z"))}}},
	}
}

func toolsCases() []translated {
	tools := []llm.Tool{{Name: llm.Escaped("f"), Description: llm.Escaped("does"), Schema: []byte(`{"properties":{"z":{"type":"string"},"a":{"type":"number"}}}`)}, {Name: llm.Escaped("g")},
		{Name: llm.Escaped("h"), Strict: true, Schema: []byte(`{"type":["object","null"],"properties":{"n":{"type":"integer","minimum":1,"maximum":5,"description":"how many"},"s":{"oneOf":[{"type":"string","pattern":"^\"a"},{"type":"null"}]},"l":{"type":"array","minItems":1,"maxItems":3,"items":{"type":"object","properties":{"minimum":{"type":"string"}}}}},"required":["n"]}`), Cache: []byte(`{"type":"ephemeral"}`)},
		{Name: llm.Escaped("i"), Strict: true, Schema: []byte(`{"type":"object","properties":{"m":{"type":"object","additionalProperties":{"type":"string"}}}}`)}}
	choose := func(c llm.ToolChoice, one bool) llm.Prompt {
		return hello(func(p *llm.Prompt) { p.Tools, p.Choice, p.OneTool = tools, c, one })
	}
	names := func(list ...string) (all []llm.Escaped) {
		for _, n := range list {
			all = append(all, llm.Escaped(n))
		}
		return all
	}
	return []translated{
		{name: "tools", p: choose(llm.ToolChoice{}, false)},
		{name: "one at a time", p: choose(llm.ToolChoice{}, true)},
		{name: "auto", p: choose(llm.ToolChoice{Mode: llm.ChoiceAuto}, true)},
		{name: "none", p: choose(llm.ToolChoice{Mode: llm.ChoiceNone}, true)},
		{name: "any", p: choose(llm.ToolChoice{Mode: llm.ChoiceRequired}, false)},
		{name: "one of them", p: choose(llm.ToolChoice{Mode: llm.ChoiceRequired, Names: names("g")}, true)},
		{name: "one of some", p: choose(llm.ToolChoice{Mode: llm.ChoiceRequired, Names: names("g", "f")}, false)},
		{name: "some", p: choose(llm.ToolChoice{Mode: llm.ChoiceAuto, Names: names("g")}, false)},
		{name: "a choice without tools", p: hello(func(p *llm.Prompt) { p.Choice.Mode = llm.ChoiceRequired })},
	}
}

func parameterCases() []translated {
	sampled := func(p *llm.Prompt) {
		p.Temperature, p.TopP, p.TopK = []byte("1.70"), []byte("0.9"), []byte("40")
		p.Stop = []llm.Escaped{llm.Escaped("a"), llm.Escaped(`\n`), llm.Escaped(`\\n`)}
	}
	json := func(kind llm.FormatKind) func(*llm.Prompt) {
		return func(p *llm.Prompt) {
			p.Format = schemaOf(`{"type":"object","properties":{"a":{"type":"string","minLength":2}}}`)
			p.Format.Kind = kind
		}
	}
	return []translated{
		{name: "sampling", p: hello(sampled)},
		{name: "sampling, one of two", p: hello(sampled), f: codec.Form{Name: sonnet45}},
		{name: "sampling, none", p: hello(sampled), f: codec.Form{Name: opus47}},
		{name: "numbers as written", p: hello(func(p *llm.Prompt) { p.Temperature = []byte("1e-7") })},
		{name: "limits: the caller's", p: hello(func(p *llm.Prompt) { p.MaxOutput = 100 }), f: codec.Form{MaxOutput: 4096}},
		{name: "limits: the endpoint's", p: hello(func(p *llm.Prompt) { p.MaxOutput = 10000 }), f: codec.Form{MaxOutput: 4096}},
		{name: "limits: none but the endpoint's", p: hello(func(*llm.Prompt) {}), f: codec.Form{MaxOutput: 64000}},
		{name: "who, tier, stream", p: hello(func(p *llm.Prompt) { p.User, p.Tier = llm.Escaped("u-1"), "default" }), f: codec.Form{Stream: true}},
		{name: "JSON", p: hello(json(llm.FormatObject))},
		{name: "a schema", p: hello(json(llm.FormatSchema))},
		{name: "a schema, of a model that is held to none", p: hello(json(llm.FormatSchema)), f: codec.Form{Name: haiku3}},
		{name: "a schema of a map", p: hello(func(p *llm.Prompt) {
			p.Format = schemaOf(`{"type":"object","properties":{"m":{"additionalProperties":{"type":"string"}}}}`)
			p.Format.Description = llm.Escaped("a map")
		})},
		{name: "a schema of any object", p: hello(func(p *llm.Prompt) { p.Format = schemaOf(`{"type":["object","null"]}`) })},
		{name: "to count", p: hello(func(p *llm.Prompt) {
			sampled(p)
			p.Tools, p.MaxOutput, p.User = []llm.Tool{{Name: llm.Escaped("f")}}, 5, llm.Escaped("u")
		}), op: llm.OperationCountTokens},
	}
}

func reasoningCases() []translated {
	think := func(r llm.Reasoning, limit int64) llm.Prompt {
		return hello(func(p *llm.Prompt) {
			p.Reasoning, p.MaxOutput = r, limit
			p.Temperature, p.TopP, p.TopK = []byte("0.5"), []byte("0.97"), []byte("40")
		})
	}
	loop := func(first llm.Part) llm.Prompt {
		return llm.Prompt{Reasoning: llm.Reasoning{Effort: llm.EffortLow}, Messages: []llm.Message{
			user(words("x")), assistant(first, call("c", "f", `{}`)), user(result("c", words("r")))}}
	}
	forced := think(llm.Reasoning{Effort: llm.EffortLow}, 0)
	forced.Choice.Mode, forced.Tools = llm.ChoiceRequired, []llm.Tool{{Name: llm.Escaped("f")}}
	return []translated{
		{name: "an effort", p: think(llm.Reasoning{Effort: llm.EffortMedium}, 0), f: codec.Form{Name: sonnet45}},
		{name: "an effort within the caller's limit", p: think(llm.Reasoning{Effort: llm.EffortHigh}, 4096), f: codec.Form{Name: sonnet45}},
		{name: "an effort beyond it", p: think(llm.Reasoning{Effort: llm.EffortHigh}, 500), f: codec.Form{Name: sonnet45}},
		{name: "an effort within the endpoint's limit", p: think(llm.Reasoning{Effort: llm.EffortHigh}, 0), f: codec.Form{Name: sonnet45, MaxOutput: 8192}},
		{name: "a budget", p: think(llm.Reasoning{Budget: 100}, 5000), f: codec.Form{Name: sonnet45}},
		{name: "a budget where there are efforts", p: think(llm.Reasoning{Budget: 9000, Show: true}, 5000), f: codec.Form{Name: opus46}},
		{name: "as the model thinks fit", p: think(llm.Reasoning{Auto: true}, 0), f: codec.Form{Name: opus47}},
		{name: "as the model thinks fit, where it cannot judge", p: think(llm.Reasoning{Auto: true}, 0), f: codec.Form{Name: sonnet45}},
		{name: "the most", p: think(llm.Reasoning{Effort: llm.EffortXHigh}, 0), f: codec.Form{Name: opus46}},
		{name: "the most, by its name", p: think(llm.Reasoning{Effort: llm.EffortXHigh, Show: true}, 0), f: codec.Form{Name: opus47}},
		{name: "the least", p: think(llm.Reasoning{Effort: llm.EffortMinimal}, 0), f: codec.Form{Name: sonnet5}},
		{name: "none", p: think(llm.Reasoning{Effort: llm.EffortNone}, 0), f: codec.Form{Name: sonnet45}},
		{name: "none of a model that reasons by itself", p: think(llm.Reasoning{Effort: llm.EffortNone}, 0), f: codec.Form{Name: sonnet5}},
		{name: "none of a model that always does", p: think(llm.Reasoning{Effort: llm.EffortNone}, 0), f: codec.Form{Name: "claude-fable-5"}},
		{name: "of a model that cannot", p: think(llm.Reasoning{Effort: llm.EffortHigh}, 0), f: codec.Form{Name: haiku3}},
		{name: "with a call that is required", p: forced, f: codec.Form{Name: sonnet45}},
		{name: "with one, of a model that reasons by itself", p: forced, f: codec.Form{Name: sonnet5}},
		{name: "calls without the reasoning that led to them", p: loop(words("ok")), f: codec.Form{Name: sonnet45}},
		{name: "calls with it", p: loop(thought("t", "s", llm.SchemaAnthropic)), f: codec.Form{Name: sonnet45}},
		{name: "calls with another's", p: loop(thought("t", "s", llm.SchemaGemini)), f: codec.Form{Name: sonnet45}},
		{name: "calls without it, where that is no error", p: loop(words("ok")), f: codec.Form{Name: opus47}},
		{name: "behind a beginning", p: think(llm.Reasoning{Effort: llm.EffortLow}, 0), f: codec.Form{Name: sonnet45, Prefill: []byte("So")}},
		{name: "with a schema", p: func() llm.Prompt {
			p := think(llm.Reasoning{Effort: llm.EffortLow}, 0)
			p.Format = schemaOf(`{"type":"object"}`)
			return p
		}(), f: codec.Form{Name: opus47}},
	}
}

// What becomes of requests in other schemas.
func TestTranslated(t *testing.T) {
	for name, cases := range map[string][]translated{
		"messages.golden": messagesCases(), "tools.golden": toolsCases(), "parameters.golden": parameterCases(), "reasoning.golden": reasoningCases(),
	} {
		var out strings.Builder
		for _, c := range cases {
			if c.f.Name == "" {
				c.f.Name = "other"
			}
			codec.Complete(&c.p)
			c.f.Prompt = &c.p
			if c.op == llm.OperationNone {
				c.op = llm.OperationChat
			}
			r := &llm.Request{Schema: llm.SchemaOpenAI, Operation: c.op}
			sent := Codec{}.AppendRequest([]byte("before"), r, c.f)
			fmt.Fprintf(&out, "# %s\n%s\n", c.name, sent[len("before"):])
			if !json.Valid(sent[len("before"):]) {
				t.Errorf("%s: no JSON: %s", c.name, sent)
			}
			if again := string(Codec{}.AppendRequest(nil, r, c.f)); again != string(sent[len("before"):]) {
				t.Errorf("%s: a second time %s", c.name, again)
			}
		}
		golden(t, name, out.String())
	}
}

func TestVersions(t *testing.T) {
	for name, want := range map[string]int{
		"claude-opus-4-7": 47, "claude-4.7-opus": 47, "claude-sonnet-4-20250514": 40, "claude-3-7-sonnet-20250219": 37, "claude-3-opus-20240229": 30,
		"us.anthropic.claude-opus-4-6-v1:0": 46, "claude-haiku-4-5@20251001": 45, "claude-opus-5": 50, "anthropic/claude-sonnet-5": 50,
		"claude-3.5-haiku": 35, "Claude-Opus-4-1": 41, "glm-4.6": 0, "kimi-k2": 0, "claude": 0, "claude-latest": 0, "claude-fable-5": 50,
	} {
		if got := versionOf(name); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
}

type lacking struct {
	name  string
	with  func(*llm.Prompt)
	field llm.Field
	want  codec.Fate
}

func lackingCases() []lacking {
	photo := func(media, url string) llm.Part {
		p := llm.Part{Kind: llm.PartImage, Media: media, URL: llm.Escaped(url)}
		if url == "" {
			p.Data = llm.Escaped("AAAA")
		}
		return p
	}
	file := func(media, data, url string) llm.Part {
		return llm.Part{Kind: llm.PartFile, Media: media, Data: llm.Escaped(data), URL: llm.Escaped(url)}
	}
	schema := func(p *llm.Prompt) {
		p.Format = schemaOf(`{"type":"object","properties":{},"additionalProperties":false}`)
	}
	tool := func(schema string) func(*llm.Prompt) {
		return func(p *llm.Prompt) {
			p.Tools = []llm.Tool{{Name: llm.Escaped("f"), Strict: true, Schema: []byte(schema)}}
		}
	}
	said := func(parts ...llm.Part) func(*llm.Prompt) {
		return func(p *llm.Prompt) { p.Messages = append(p.Messages, user(parts...)) }
	}
	reasoned := llm.Part{Kind: llm.PartThought, Text: llm.Escaped("hm"), Signature: llm.Escaped("c2ln"), Origin: llm.SchemaAnthropic}
	return []lacking{
		{"claude-opus-4-1", schema, llm.FieldJSONSchema, codec.Approximated},
		{sonnet45, schema, llm.FieldJSONSchema, codec.Kept},
		{sonnet45, func(p *llm.Prompt) { p.Format = schemaOf(`{"type":"object","properties":{}}`) }, llm.FieldJSONSchema, codec.Approximated},
		{sonnet45, func(p *llm.Prompt) { p.Format = schemaOf(`{"type":"integer","minimum":1}`) }, llm.FieldJSONSchema, codec.Approximated},
		{sonnet45, func(p *llm.Prompt) { p.Format = schemaOf(`{"oneOf":[{"type":"integer"}]}`) }, llm.FieldJSONSchema, codec.Approximated},
		{sonnet45, func(p *llm.Prompt) { p.Format = schemaOf(`{"type":"array","minItems":1}`) }, llm.FieldJSONSchema, codec.Kept},
		{sonnet45, func(p *llm.Prompt) { p.Format = schemaOf(`{"additionalProperties":{}}`) }, llm.FieldJSONSchema, codec.Approximated},
		{sonnet45, func(p *llm.Prompt) { p.Format = schemaOf(`{"type":"object"}`) }, llm.FieldJSONSchema, codec.Approximated},
		{sonnet45, func(p *llm.Prompt) { p.Format = schemaOf(`{"anyOf":[{"patternProperties":{}}]}`) }, llm.FieldJSONSchema, codec.Approximated},
		{haiku3, tool(`{"properties":{}}`), llm.FieldStrictTools, codec.Dropped},
		{haiku3, func(p *llm.Prompt) { p.Messages = append(p.Messages, assistant(reasoned), user(words("on"))) }, llm.FieldThoughts, codec.Dropped},
		{sonnet45, func(p *llm.Prompt) { p.Messages = append(p.Messages, assistant(reasoned), user(words("on"))) }, llm.FieldThoughts, codec.Kept},
		{sonnet45, func(p *llm.Prompt) { p.Messages = append(p.Messages, assistant(reasoned, words("So"))) }, llm.FieldThoughts, codec.Approximated},
		{opus47, tool(`{"properties":{}}`), llm.FieldStrictTools, codec.Kept},
		{opus47, tool(`{"additionalProperties":{"type":"string"}}`), llm.FieldStrictTools, codec.Approximated},
		{opus46, func(p *llm.Prompt) { p.Messages = append(p.Messages, assistant(words("So"))) }, llm.FieldPrefill, codec.Approximated},
		{sonnet45, func(p *llm.Prompt) { p.Messages = append(p.Messages, assistant(words("So"))) }, llm.FieldPrefill, codec.Kept},
		{opus46, func(p *llm.Prompt) { p.Messages = append(p.Messages, assistant(words("So"), words(" "))) }, llm.FieldPrefill, codec.Approximated},
		{opus46, func(p *llm.Prompt) { p.Messages = append(p.Messages, assistant(call("c", "f", "{}"))) }, llm.FieldPrefill, codec.Approximated},
		{opus46, said(words("x")), llm.FieldPrefill, codec.Kept},
		{sonnet45, said(photo("image/jpg", "")), llm.FieldImage, codec.Kept},
		{sonnet45, said(photo("image/bmp", "")), llm.FieldImage, codec.Impossible},
		{sonnet45, said(result("c", photo("image/tiff", ""))), llm.FieldImage, codec.Impossible},
		{sonnet45, said(photo("", "HTTPS://example.com/a")), llm.FieldImageURL, codec.Kept},
		{sonnet45, said(photo("", "data:image/png,x")), llm.FieldImageURL, codec.Impossible},
		{sonnet45, said(photo("", "gs://a/b.png")), llm.FieldImageURL, codec.Impossible},
		{sonnet45, said(photo("", "http://example.com/a.png")), llm.FieldImageURL, codec.Impossible},
		{sonnet45, said(file("application/pdf", "AAAA", "")), llm.FieldFile, codec.Kept},
		{sonnet45, said(file("text/csv", "AAAA", "")), llm.FieldFile, codec.Kept},
		{sonnet45, said(file("text/csv", "A!", "")), llm.FieldFile, codec.Impossible},
		{sonnet45, said(file("image/png", "AAAA", "")), llm.FieldFile, codec.Kept},
		{sonnet45, said(file("application/zip", "AAAA", "")), llm.FieldFile, codec.Impossible},
		{sonnet45, said(file("", "", "ftp://example.com/a.pdf")), llm.FieldFileURL, codec.Impossible},
		{sonnet45, said(file("application/zip", "", "https://example.com/a.zip")), llm.FieldFileURL, codec.Impossible},
		{sonnet45, said(file("", "", "https://example.com/a.pdf")), llm.FieldFileURL, codec.Kept},
		{sonnet45, func(p *llm.Prompt) { p.Messages = append(p.Messages, assistant(photo("image/png", ""))) }, llm.FieldImage, codec.Dropped},
		{sonnet45, said(words(" \n")), llm.FieldNoUserTurn, codec.Approximated},
		{sonnet45, func(p *llm.Prompt) {
			p.Messages = append(p.Messages, assistant(words("a")), user())
		}, llm.FieldNoUserTurn, codec.Approximated},
		{sonnet45, func(p *llm.Prompt) {
			p.Messages = append(p.Messages, user(words("")), assistant(words("a")), user(words("b")))
		}, llm.FieldNoUserTurn, codec.Approximated},
		{sonnet45, said(words("x")), llm.FieldNoUserTurn, codec.Kept},
	}
}

// What an endpoint takes less of than the schema has, by what a prompt says.
func TestLacks(t *testing.T) {
	for i, c := range lackingCases() {
		p := hello(c.with)
		codec.Complete(&p)
		got := codec.Kept
		for _, l := range Table().Lacks(&llm.Request{Operation: llm.OperationChat}, codec.Form{Name: c.name, Prompt: &p}) {
			if l.Field == c.field {
				got = l.Fate
			}
		}
		if got != c.want {
			t.Errorf("case %d: %s is %s, want %s", i, c.field, got, c.want)
		}
	}
}
