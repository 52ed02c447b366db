package codec_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest/growthtest"
	"strowger/core/codec/codectest/prompttest"
	"strowger/core/llm"
	"strowger/core/scan"
)

func text(s string) llm.Part { return llm.Part{Kind: llm.PartText, Text: llm.Escaped(s)} }

func call(id, name string) llm.Part {
	return llm.Part{Kind: llm.PartCall, ID: llm.Escaped(id), Name: llm.Escaped(name), JSON: []byte("{}")}
}

func outcome(id, name string) llm.Part {
	return llm.Part{Kind: llm.PartResult, ID: llm.Escaped(id), Name: llm.Escaped(name), Parts: []llm.Part{text("ok")}}
}

func turn(r llm.Role, parts ...llm.Part) llm.Message { return llm.Message{Role: r, Parts: parts} }

// Calls and results find each other: by ids where there are any, else by names in their order.
func TestPairs(t *testing.T) {
	for name, c := range map[string]struct {
		calls, results []llm.Part
		want           string // ids and names of calls, then of results
	}{
		"ids":                   {[]llm.Part{call("a", "f"), call("b", "g")}, []llm.Part{outcome("b", ""), outcome("a", "")}, "a f, b g; b g, a f"},
		"names":                 {[]llm.Part{call("", "f"), call("", "g")}, []llm.Part{outcome("", "g"), outcome("", "f")}, "call_1 f, call_2 g; call_2 g, call_1 f"},
		"one name twice":        {[]llm.Part{call("", "f"), call("", "f")}, []llm.Part{outcome("", "f"), outcome("", "f")}, "call_1 f, call_2 f; call_1 f, call_2 f"},
		"a result of no call":   {[]llm.Part{call("a", "f")}, []llm.Part{outcome("x", "g"), outcome("a", "")}, "a f; x g, a f"},
		"a name of no call":     {[]llm.Part{call("", "f")}, []llm.Part{outcome("", "g")}, "call_1 f;  g"},
		"the id decides":        {[]llm.Part{call("a", "f")}, []llm.Part{outcome("a", "g")}, "a f; a f"},
		"a name after all":      {[]llm.Part{call("a", "f"), call("b", "f")}, []llm.Part{outcome("a", ""), outcome("", "f")}, "a f, b f; a f, b f"},
		"one id twice":          {[]llm.Part{call("a", "f"), call("a", "g")}, []llm.Part{outcome("a", ""), outcome("a", "")}, "a f, call_2 g; a f, call_2 g"},
		"one id, by name":       {[]llm.Part{call("a", "f"), call("a", "g")}, []llm.Part{outcome("a", "g"), outcome("a", "f")}, "a f, call_2 g; call_2 g, a f"},
		"nothing at all":        {[]llm.Part{call("", "f"), call("", "g")}, []llm.Part{outcome("", ""), outcome("", "")}, "call_1 f, call_2 g; call_1 f, call_2 g"},
		"a made id is taken":    {[]llm.Part{call("call_2", "f"), call("", "g"), call("call_2", "h")}, []llm.Part{outcome("call_2", ""), outcome("", "g"), outcome("call_2", "")}, "call_2 f, call_2_ g, call_3 h; call_2 f, call_2_ g, call_3 h"},
		"one call, two results": {[]llm.Part{call("a", "f"), call("b", "g")}, []llm.Part{outcome("a", ""), outcome("a", "")}, "a f, b g; a f, a f"},
		"more results than was": {[]llm.Part{call("", "f")}, []llm.Part{outcome("", "f"), outcome("", "f")}, "call_1 f; call_1 f, call_1 f"},
		"another id, one name":  {[]llm.Part{call("a", "f"), call("b", "g")}, []llm.Part{outcome("x", "g"), outcome("a", "")}, "a f, b g; b g, a f"},
		"the id goes first":     {[]llm.Part{call("a", "f")}, []llm.Part{outcome("x", "f"), outcome("a", "")}, "a f; x f, a f"},
		"another id, two calls": {[]llm.Part{call("a", "f"), call("b", "f")}, []llm.Part{outcome("x", "f")}, "a f, b f; x f"},
		"another id, no name":   {[]llm.Part{call("a", "f")}, []llm.Part{outcome("x", "")}, "a f; x "},
	} {
		p := &llm.Prompt{Messages: []llm.Message{turn(llm.RoleUser, text("go")), turn(llm.RoleAssistant, c.calls...), turn(llm.RoleUser, c.results...)}}
		codec.Complete(p)
		var all []string
		for _, m := range p.Messages[1:] {
			var words []string
			for _, x := range m.Parts {
				words = append(words, string(x.ID)+" "+string(x.Name))
			}
			all = append(all, strings.Join(words, ", "))
		}
		if got := strings.Join(all, "; "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Where ids begin anew in each turn a result is of its own turn's call, though one before it
// has none, and the id that the caller gave is kept for what is remembered by it.
func TestPairsAnew(t *testing.T) {
	p := &llm.Prompt{Messages: []llm.Message{
		turn(llm.RoleUser, text("go")), turn(llm.RoleAssistant, call("0", "f"), call("1", "g")), turn(llm.RoleUser, outcome("1", "")),
		turn(llm.RoleAssistant, call("0", "f")), turn(llm.RoleUser, outcome("0", "")),
	}}
	codec.Complete(p)
	again, result := p.Messages[3].Parts[0], p.Messages[4].Parts[0]
	if string(again.ID) != "call_3" || string(again.Given) != "0" || string(result.ID) != "call_3" {
		t.Errorf("the call is %s, given %s, the result of %s", again.ID, again.Given, result.ID)
	}
	if first := p.Messages[1].Parts[0]; string(first.ID) != "0" || first.Given != nil {
		t.Errorf("the first call is %s, given %s", first.ID, first.Given)
	}
}

// An id that is made stays as the conversation grows.
func TestPairsStay(t *testing.T) {
	history := []llm.Message{turn(llm.RoleUser, text("go")), turn(llm.RoleAssistant, call("", "f")), turn(llm.RoleUser, outcome("", "f"))}
	ids := func(n int) (all []string) {
		p := &llm.Prompt{}
		for range n {
			for _, m := range history {
				m.Parts = append([]llm.Part(nil), m.Parts...)
				p.Messages = append(p.Messages, m)
			}
		}
		codec.Complete(p)
		for _, m := range p.Messages {
			for _, x := range m.Parts {
				if x.Kind == llm.PartCall {
					all = append(all, string(x.ID))
				}
			}
		}
		return all
	}
	if short, long := ids(1), ids(3); short[0] != long[0] || long[0] == long[1] || long[1] == long[2] {
		t.Errorf("ids %v, later %v", short, long)
	}
}

// Ids that are used again belong to the calls before them, and many of them are no more work
// each than few.
func TestPairsMany(t *testing.T) {
	growthtest.Linear(t, 3000, func(n int) {
		p := &llm.Prompt{}
		for _, name := range []string{"f", "g"} {
			p.Messages = append(p.Messages, turn(llm.RoleAssistant, call("0", name)), turn(llm.RoleUser, outcome("0", "")))
		}
		for i := range n {
			p.Messages = append(p.Messages, turn(llm.RoleAssistant, call("x"+strconv.Itoa(i), "h")), turn(llm.RoleUser, outcome("none", "h")))
		}
		var alike, results []llm.Part // of one id and many names, answered from the end
		for i := range n {
			alike, results = append(alike, call("y", strconv.Itoa(i))), append(results, outcome("y", strconv.Itoa(n-1-i)))
		}
		p.Messages = append(p.Messages, turn(llm.RoleAssistant, alike...), turn(llm.RoleUser, results...))
		codec.Complete(p)
		if f, g := p.Messages[1].Parts[0].Name, p.Messages[3].Parts[0].Name; string(f) != "f" || string(g) != "g" {
			t.Errorf("the results are of %q and %q", f, g)
		}
		if first, last := alike[0], results[len(results)-1]; string(last.Name) != "0" || string(last.ID) != string(first.ID) {
			t.Errorf("the last of many of one id is %s of %s, want %s", last.ID, last.Name, first.ID)
		}
	})
}

// add adds a part to the user's message.
func add(x llm.Part) func(*llm.Prompt) {
	return func(p *llm.Prompt) { p.Messages[0].Parts = append(p.Messages[0].Parts, x) }
}

// tool is a prompt's only one.
func tool(t llm.Tool) func(*llm.Prompt) {
	return func(p *llm.Prompt) { p.Tools = []llm.Tool{t} }
}

// answered adds a call and its result.
func answered(result llm.Part) func(*llm.Prompt) {
	return func(p *llm.Prompt) {
		p.Messages = append(p.Messages, turn(llm.RoleAssistant, call("a", "f")), turn(llm.RoleUser, result))
	}
}

// saying are prompts that say something, and which fields those are.
var saying = []struct {
	want string
	with func(*llm.Prompt)
}{
	{"", func(*llm.Prompt) {}},
	{"system", func(p *llm.Prompt) { p.Messages = append([]llm.Message{turn(llm.RoleSystem)}, p.Messages...) }},
	{"late_system", func(p *llm.Prompt) { p.Messages = append(p.Messages, turn(llm.RoleSystem)) }},
	{"name", func(p *llm.Prompt) { p.Messages[0].Name = llm.Escaped("n") }},
	{"image", add(llm.Part{Kind: llm.PartImage, Data: llm.Escaped("AA"), Detail: "auto"})},
	{"image image_detail", add(llm.Part{Kind: llm.PartImage, Data: llm.Escaped("AA"), Detail: "high"})},
	{"image_url", add(llm.Part{Kind: llm.PartImage, URL: llm.Escaped("https://x")})},
	{"audio", add(llm.Part{Kind: llm.PartAudio})},
	{"video", add(llm.Part{Kind: llm.PartVideo})},
	{"file", add(llm.Part{Kind: llm.PartFile, Data: llm.Escaped("AA")})},
	{"file_url", add(llm.Part{Kind: llm.PartFile, URL: llm.Escaped("https://x")})},
	{"refusal", add(llm.Part{Kind: llm.PartRefusal})},
	{"reasoning", add(llm.Part{Kind: llm.PartThought})},
	{"signatures", add(llm.Part{Kind: llm.PartCall, Signature: llm.Escaped("s")})},
	{"cache_control", add(llm.Part{Kind: llm.PartText, Cache: []byte("{}")})},
	{"", answered(outcome("a", "f"))},
	{"orphan_result", add(outcome("a", "f"))},
	{"tool_error", answered(llm.Part{Kind: llm.PartResult, ID: llm.Escaped("a"), Failed: true})},
	{"image tool_media", answered(llm.Part{Kind: llm.PartResult, ID: llm.Escaped("a"), Parts: []llm.Part{{Kind: llm.PartImage}}})},
	{"no_user_turn", func(p *llm.Prompt) {
		p.Messages = append([]llm.Message{turn(llm.RoleAssistant, text("so"))}, p.Messages...)
	}},
	{"system no_user_turn", func(p *llm.Prompt) { p.Messages = []llm.Message{turn(llm.RoleSystem, text("so"))} }},
	{"", func(p *llm.Prompt) { p.Messages, p.Inputs = nil, make([]llm.Escaped, 1) }},
	{"tools", tool(llm.Tool{Name: llm.Escaped(strings.Repeat("a_-9Z", 12))})},
	{"tools odd_names", tool(llm.Tool{Name: llm.Escaped(strings.Repeat("a", 65))})},
	{"tools odd_names", tool(llm.Tool{Name: llm.Escaped("a.b")})},
	{"tools odd_names", tool(llm.Tool{})},
	{"tools strict_tools", tool(llm.Tool{Name: llm.Escaped("f"), Strict: true})},
	{"tools cache_control", tool(llm.Tool{Name: llm.Escaped("f"), Cache: []byte("{}")})},
	{"", func(p *llm.Prompt) { p.Choice.Mode = llm.ChoiceAuto }},
	{"tool_choice", func(p *llm.Prompt) { p.Choice.Mode = llm.ChoiceNone }},
	{"tool_choice", func(p *llm.Prompt) { p.Choice = llm.ToolChoice{Mode: llm.ChoiceRequired, Names: []llm.Escaped{nil}} }},
	{"tool_choice allowed_tools", func(p *llm.Prompt) {
		p.Choice = llm.ToolChoice{Mode: llm.ChoiceRequired, Names: []llm.Escaped{nil, nil}}
	}},
	{"allowed_tools", func(p *llm.Prompt) { p.Choice = llm.ToolChoice{Mode: llm.ChoiceAuto, Names: []llm.Escaped{nil}} }},
	{"", func(p *llm.Prompt) { p.OneTool = true }},
	{"tools parallel_tool_calls", func(p *llm.Prompt) { p.OneTool, p.Tools = true, []llm.Tool{{Name: llm.Escaped("f")}} }},
	{"", func(p *llm.Prompt) {
		p.TopP, p.TopK, p.MinP, p.RepetitionPenalty = []byte("1.0"), []byte("0"), []byte("0"), []byte("1")
		p.FrequencyPenalty, p.PresencePenalty, p.LogitBias = []byte("0"), []byte("-0.0"), []byte("{ }")
		p.TopLogprobs, p.Metadata = []byte("0"), []byte("{}")
	}},
	{"top_p top_k min_p frequency_penalty presence_penalty repetition_penalty logit_bias metadata", func(p *llm.Prompt) {
		p.TopP, p.TopK, p.MinP, p.RepetitionPenalty = []byte("0.9"), []byte("1"), []byte("0.1"), []byte("0")
		p.FrequencyPenalty, p.PresencePenalty, p.LogitBias = []byte("0.1"), []byte("-1"), []byte(`{"1":1}`)
		p.Metadata = []byte(`{"a":"b"}`)
	}},
	{"temperature", func(p *llm.Prompt) { p.Temperature = []byte("1.0") }},
	{"temperature high_temperature", func(p *llm.Prompt) { p.Temperature = []byte("1.01") }},
	{"stop", func(p *llm.Prompt) { p.Stop = slices.Repeat([]llm.Escaped{llm.Escaped("a")}, 4) }},
	{"stop many_stops", func(p *llm.Prompt) { p.Stop = slices.Repeat([]llm.Escaped{llm.Escaped("a")}, 5) }},
	{"blank_stops", func(p *llm.Prompt) { p.Stop = []llm.Escaped{llm.Escaped(`\n\t `)} }},
	{"stop blank_stops", func(p *llm.Prompt) { p.Stop = []llm.Escaped{llm.Escaped(`\n`), llm.Escaped(`\\n`)} }},
	{"prefill", func(p *llm.Prompt) { p.Messages = append(p.Messages, turn(llm.RoleAssistant, text("It is"))) }},
	{"logprobs", func(p *llm.Prompt) { p.TopLogprobs = []byte("2") }},
	{"no_reasoning", func(p *llm.Prompt) { p.Reasoning.Effort = llm.EffortNone }},
	{"reasoning_effort", func(p *llm.Prompt) { p.Reasoning.Effort = llm.EffortMinimal }},
	{"reasoning_budget show_reasoning", func(p *llm.Prompt) { p.Reasoning.Budget, p.Reasoning.Show = 1, true }},
	{"", func(p *llm.Prompt) { p.Store, p.Tier, p.Verbosity = []byte("false"), "auto", "medium" }},
	{"store service_tier verbosity", func(p *llm.Prompt) { p.Store, p.Tier, p.Verbosity = []byte("true"), "flex", "low" }},
	{"", func(p *llm.Prompt) { p.Inputs = make([]llm.Escaped, 1) }},
	{"inputs", func(p *llm.Prompt) { p.Inputs = make([]llm.Escaped, 2) }},
	{"unknown", func(p *llm.Prompt) { p.Unknown = []string{"x"} }},
}

// Each field is noted when it is said, and not otherwise.
func TestFields(t *testing.T) {
	say := func(with func(*llm.Prompt)) *llm.Prompt {
		p := &llm.Prompt{Messages: []llm.Message{turn(llm.RoleUser, text("hi"))}}
		with(p)
		codec.Complete(p)
		return p
	}
	for _, c := range saying {
		p := say(c.with)
		if got := strings.Join(p.Fields.Names(), " "); got != c.want {
			t.Errorf("%s: fields %q, want %q", prompttest.Describe(p), got, c.want)
		}
	}
}

// The name of a member that is not known can stand in a header, whatever it was.
func TestUnknown(t *testing.T) {
	for name, want := range map[string]string{
		"a_b-c.9Z": "a_b-c.9Z", "a b\r\nx: y": "a_b__x__y", "é": "__", strings.Repeat("x", 65): strings.Repeat("x", 64), "": "_",
	} {
		p := &llm.Prompt{}
		codec.Unknown(p, []byte(name))
		if got := strings.Join(p.Unknown, ","); got != want || !p.Fields.Has(llm.FieldUnknown) {
			t.Errorf("%q becomes %q, want %q; fields %q", name, got, want, p.Fields.Names())
		}
	}
	p := &llm.Prompt{}
	for i := range 4 * llm.MaxUnknown { // each twice
		codec.Unknown(p, strconv.AppendInt([]byte("x"), int64(i/2), 10))
	}
	if len(p.Unknown) != llm.MaxUnknown {
		t.Errorf("%d names: %v", len(p.Unknown), p.Unknown)
	}
}

// Turns alternate; instructions stand apart; nothing empty is left, and nothing is lost.
func TestTurns(t *testing.T) {
	for name, c := range map[string]struct {
		messages []llm.Message
		want     string
	}{
		"nothing":         {nil, ""},
		"instructions":    {[]llm.Message{turn(llm.RoleSystem, text("a")), turn(llm.RoleUser, text("b")), turn(llm.RoleSystem, text("c"))}, `["a" "c"] user["b"]`},
		"neighbours":      {[]llm.Message{turn(llm.RoleUser, text("a")), turn(llm.RoleUser, text("b")), turn(llm.RoleAssistant, text("c"))}, `user["a" "b"] assistant["c"]`},
		"an empty turn":   {[]llm.Message{turn(llm.RoleUser, text("a")), turn(llm.RoleAssistant, text("")), turn(llm.RoleUser, text("b"))}, `user["a" "b"]`},
		"around a system": {[]llm.Message{turn(llm.RoleUser, text("a")), turn(llm.RoleSystem, text("s")), turn(llm.RoleUser, text("b"))}, `["s"] user["a" "b"]`},
		"results first": {[]llm.Message{turn(llm.RoleAssistant, call("x", "f"), call("y", "g")), turn(llm.RoleUser, text("a"), outcome("x", "f")), turn(llm.RoleUser, text("b"), outcome("y", "g"))},
			`assistant[call(x f {}) call(y g {})] user[result(x f ["ok"]) result(y g ["ok"]) "a" "b"]`},
		"an empty call stays": {[]llm.Message{turn(llm.RoleAssistant, text(""), call("x", "f"))}, `assistant[call(x f {})]`},
	} {
		before := prompttest.Describe(&llm.Prompt{Messages: c.messages})
		system, turns := codec.Turns(&llm.Prompt{Messages: c.messages})
		got := prompttest.Describe(&llm.Prompt{Messages: turns})
		if len(system) > 0 {
			first, _ := strings.CutPrefix(prompttest.Describe(&llm.Prompt{Messages: []llm.Message{{Role: llm.RoleSystem, Parts: system}}}), "system")
			got = strings.TrimSpace(first + " " + got)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if after := prompttest.Describe(&llm.Prompt{Messages: c.messages}); after != before {
			t.Errorf("%s: the prompt is changed to %s, was %s", name, after, before)
		}
	}
}

// What is unknown in an object has its path for a name, or is a member of unknown meaning
// where it stands in what there are many of. Null says nothing.
func TestUnknownIn(t *testing.T) {
	for doc, want := range map[string]string{
		`{"url":"x","detail":"low"}`:                     "",
		`{"url":"x","zork":null}`:                        "",
		`{"url":"x","zork":1}`:                           "zork",
		`{"zork":{"url":1},"a b":[1],"deta":1,"ur l":2}`: "zork a_b deta ur_l",
		`{"":1,"url detail":2}`:                          "_ url_detail",
		`["zork"]`:                                       "",
		`"zork"`:                                         "",
	} {
		var named, member llm.Prompt
		codec.UnknownIn(&named, "in.it", scan.CursorAt([]byte(doc), 0), " url detail ")
		codec.UnknownIn(&member, "", scan.CursorAt([]byte(doc), 0), " url detail ")
		var names []string
		for _, name := range strings.Fields(want) {
			names = append(names, "in.it."+name)
		}
		if name := "in.it._"; strings.HasPrefix(want, "_") {
			names[0] = name
		}
		if !slices.Equal(named.Unknown, names) || named.Fields.Has(llm.FieldUnknown) != (want != "") {
			t.Errorf("%s: %q, want %q", doc, named.Unknown, names)
		}
		if member.Fields.Has(llm.FieldMember) != (want != "") || len(member.Unknown) > 0 {
			t.Errorf("%s: fields %v unknown %q", doc, member.Fields.Names(), member.Unknown)
		}
	}
}

// Reasoning and signatures count only for schemas that do not get them back as they came.
func TestFieldsFor(t *testing.T) {
	thought := func(signature string, origin llm.Schema) llm.Part {
		return llm.Part{Kind: llm.PartThought, Text: llm.Escaped("hm"), Signature: llm.Escaped(signature), Origin: origin}
	}
	signed := call("a", "f")
	signed.Signature, signed.Origin = llm.Escaped("s"), llm.SchemaGemini
	for name, c := range map[string]struct {
		parts []llm.Part
		lost  bool // something of the history is in no part
		at    llm.Schema
		want  string
	}{
		"signed, at home":             {[]llm.Part{thought("s", llm.SchemaAnthropic)}, false, llm.SchemaAnthropic, ""},
		"signed, abroad":              {[]llm.Part{thought("s", llm.SchemaAnthropic)}, false, llm.SchemaGemini, "reasoning signatures"},
		"one of two abroad":           {[]llm.Part{thought("s", llm.SchemaAnthropic), thought("s", llm.SchemaGemini)}, false, llm.SchemaGemini, "reasoning signatures"},
		"unsigned, at home":           {[]llm.Part{thought("", llm.SchemaAnthropic)}, false, llm.SchemaAnthropic, ""},
		"unsigned, to Claude":         {[]llm.Part{thought("", llm.SchemaOpenAI)}, false, llm.SchemaAnthropic, ""},
		"unsigned, to Gemini":         {[]llm.Part{thought("", llm.SchemaOpenAI)}, false, llm.SchemaGemini, ""},
		"unsigned, to OpenAI":         {[]llm.Part{thought("", llm.SchemaGemini)}, false, llm.SchemaOpenAI, "reasoning"},
		"unsigned, sealed at home":    {[]llm.Part{thought("", llm.SchemaResponses)}, false, llm.SchemaResponses, "reasoning"},
		"unsigned, where that is all": {[]llm.Part{thought("", llm.SchemaOpenAI)}, false, llm.SchemaOpenAI, ""},
		"a call, at home":             {[]llm.Part{signed}, false, llm.SchemaGemini, ""},
		"a call, abroad":              {[]llm.Part{signed}, false, llm.SchemaResponses, "signatures"},
		"forgotten":                   {[]llm.Part{thought("s", llm.SchemaResponses)}, true, llm.SchemaResponses, "reasoning signatures"},
		"none":                        {nil, false, llm.SchemaGemini, ""},
	} {
		p := &llm.Prompt{Messages: []llm.Message{turn(llm.RoleUser, text("go")), turn(llm.RoleAssistant, c.parts...)}}
		if c.lost {
			p.Fields.Add(llm.FieldThoughts)
		}
		codec.Complete(p)
		got := codec.FieldsFor(p, c.at)
		var names []string
		for _, f := range []llm.Field{llm.FieldThoughts, llm.FieldSignatures} {
			if got.Has(f) {
				names = append(names, f.String())
			}
		}
		if list := strings.Join(names, " "); list != c.want {
			t.Errorf("%s: %q, want %q", name, list, c.want)
		}
	}
}

// Names are looked at wherever they stand.
func TestOddNames(t *testing.T) {
	tool := func(name string) *llm.Prompt { return &llm.Prompt{Tools: []llm.Tool{{Name: llm.Escaped(name)}}} }
	choice := func(name string) *llm.Prompt {
		p := tool("f")
		p.Choice = llm.ToolChoice{Mode: llm.ChoiceRequired, Names: []llm.Escaped{llm.Escaped("f"), llm.Escaped(name)}}
		return p
	}
	history := func(name string) *llm.Prompt {
		return &llm.Prompt{Messages: []llm.Message{turn(llm.RoleUser, text("go")), turn(llm.RoleAssistant, call("a", "f"), call("b", name))}}
	}
	for where, say := range map[string]func(string) *llm.Prompt{"declared": tool, "chosen": choice, "in the history": history} {
		for name, want := range map[string][2]bool{"f-1_": {false, true}, "f.g": {true, true}, "f g": {true, false}, "1f": {false, false}, "-f": {false, false}} {
			p := say(name)
			codec.Complete(p)
			if got := p.Fields.Has(llm.FieldOddNames); got != want[0] {
				t.Errorf("%s, %s: odd %v", name, where, got)
			}
			taken := true
			for _, l := range tables[llm.SchemaGemini].Lacks(&llm.Request{Operation: llm.OperationChat}, codec.Form{Name: "gemini-2.5-pro", Prompt: p}) {
				taken = taken && l.Field != llm.FieldOddNames
			}
			if taken != want[1] {
				t.Errorf("%s, %s: Gemini takes it: %v", name, where, taken)
			}
		}
	}
}
