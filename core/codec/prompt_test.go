package codec_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"strowger/core/codec"
	"strowger/core/codec/codectest/prompttest"
	"strowger/core/llm"
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
		"more results than was": {[]llm.Part{call("", "f")}, []llm.Part{outcome("", "f"), outcome("", "f")}, "call_1 f; call_1 f,  f"},
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
	p := &llm.Prompt{}
	for _, name := range []string{"f", "g"} {
		p.Messages = append(p.Messages, turn(llm.RoleAssistant, call("0", name)), turn(llm.RoleUser, outcome("0", "")))
	}
	for i := range 100_000 {
		p.Messages = append(p.Messages, turn(llm.RoleAssistant, call("x"+strconv.Itoa(i), "h")), turn(llm.RoleUser, outcome("none", "")))
	}
	began := time.Now()
	codec.Complete(p)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%v for %d messages", took, len(p.Messages))
	}
	if f, g := p.Messages[1].Parts[0].Name, p.Messages[3].Parts[0].Name; string(f) != "f" || string(g) != "g" {
		t.Errorf("the results are of %q and %q", f, g)
	}
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
	{"parallel_tool_calls", func(p *llm.Prompt) { p.OneTool = true }},
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
	for range 2 * llm.MaxUnknown {
		codec.Unknown(p, []byte("x"))
	}
	if len(p.Unknown) != llm.MaxUnknown {
		t.Errorf("%d names", len(p.Unknown))
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
