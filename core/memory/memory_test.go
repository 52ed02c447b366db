package memory_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"strowger/core/llm"
	"strowger/core/memory"
)

var noon = time.Unix(1_700_000_000, 0)

func call(id string) memory.Call {
	return memory.Call{ID: id, Signature: llm.Escaped("s" + id), Origin: llm.SchemaGemini}
}

// What is kept is found by its owner alone, and for an hour since it was used last.
func TestStore(t *testing.T) {
	var s memory.Store
	s.Keep(noon, "ann", []memory.Call{call("1"), call("2")})
	if c := s.Of(noon.Add(59*time.Minute), "ann", "1"); c == nil || string(c.Signature) != "s1" {
		t.Fatalf("got %v", c)
	}
	for _, owner := range []string{"", "bob"} {
		if s.Of(noon, owner, "1") != nil {
			t.Errorf("%q reads what is another's", owner)
		}
	}
	s.Keep(noon.Add(50*time.Minute), "ann", []memory.Call{call("1")})
	late := noon.Add(70 * time.Minute)
	if s.Of(late, "ann", "1") == nil || s.Of(late, "ann", "2") != nil {
		t.Error("an hour is not since the last use")
	}
	if (*memory.Store)(nil).Of(noon, "", "1") != nil {
		t.Error("nothing remembers something")
	}
}

// The oldest makes place, by number and by bytes; what is too large is not kept, and what it
// replaces is gone.
func TestStoreIsBounded(t *testing.T) {
	var s memory.Store
	for i := range memory.MaxCalls + 10 {
		s.Keep(noon, "", []memory.Call{call(fmt.Sprint(i))})
	}
	if s.Of(noon, "", "9") != nil || s.Of(noon, "", "10") == nil {
		t.Error("not the oldest of too many is forgotten")
	}
	s = memory.Store{}
	large := llm.Escaped(strings.Repeat("x", memory.MaxCall-1000))
	n := memory.MaxBytes/(memory.MaxCall-1000) + 1
	for i := range n {
		s.Keep(noon, "", []memory.Call{{ID: fmt.Sprint(i), Signature: large}})
	}
	if s.Of(noon, "", "0") != nil || s.Of(noon, "", fmt.Sprint(n-1)) == nil {
		t.Error("not the oldest of too much is forgotten")
	}
	s.Keep(noon, "", []memory.Call{{ID: "1", Thoughts: []memory.Thought{{Text: append(large, large...), Signature: large}}}})
	if s.Of(noon, "", "1") != nil {
		t.Error("what is too large is kept, or what it replaced")
	}
}

func listen(deltas ...llm.Delta) []memory.Call {
	var l memory.Listener
	for i := range deltas { // what is handed over is good only until it returns
		d := []llm.Delta{deltas[i]}
		d[0].Text = bytes.Clone(d[0].Text)
		l.Listen(d)
		for j := range d[0].Text {
			d[0].Text[j] = '!'
		}
	}
	return l.Take()
}

func show(calls []memory.Call) string {
	var b strings.Builder
	for _, c := range calls {
		fmt.Fprintf(&b, "%s(%s %s)", c.ID, c.Signature, c.Origin)
		for _, t := range c.Thoughts {
			fmt.Fprintf(&b, " [%s|%s %v %v %s]", t.Text, t.Signature, t.Redacted, t.First, t.Origin)
		}
		b.WriteString(";")
	}
	return b.String()
}

func TestListener(t *testing.T) {
	const a = llm.SchemaAnthropic
	text := func(kind llm.DeltaKind, block int, s string) llm.Delta {
		return llm.Delta{Kind: kind, Block: block, Text: llm.Escaped(s), Origin: a}
	}
	tool := func(id, signature string) llm.Delta {
		return llm.Delta{Kind: llm.DeltaCall, ID: llm.Escaped(id), Signature: llm.Escaped(signature), Origin: a}
	}
	for _, c := range []struct {
		name   string
		deltas []llm.Delta
		want   string
	}{
		{"a thought in pieces", []llm.Delta{text(llm.DeltaThought, 0, "hm"), text(llm.DeltaThought, 0, "m"), text(llm.DeltaSignature, 0, "si"), text(llm.DeltaSignature, 0, "g"), tool("c", "")},
			"c( anthropic) [hmm|sig false true anthropic];"},
		{"not signed", []llm.Delta{text(llm.DeltaThought, 0, "hm"), tool("c", "")}, ""},
		{"no call", []llm.Delta{text(llm.DeltaThought, 0, "hm"), text(llm.DeltaSignature, 0, "s")}, ""},
		{"redacted, then behind text", []llm.Delta{text(llm.DeltaRedacted, 0, "r"), text(llm.DeltaText, 1, "so"), text(llm.DeltaThought, 2, "t"), text(llm.DeltaSignature, 2, "s"), tool("c", "")},
			"c( anthropic) [|r true true anthropic] [t|s false false anthropic];"},
		{"two thoughts", []llm.Delta{text(llm.DeltaThought, 0, "a"), text(llm.DeltaSignature, 0, "1"), text(llm.DeltaThought, 1, "b"), text(llm.DeltaSignature, 1, "2"), tool("c", "x")},
			"c(x anthropic) [a|1 false true anthropic] [b|2 false true anthropic];"},
		{"two calls", []llm.Delta{text(llm.DeltaThought, 0, "a"), text(llm.DeltaSignature, 0, "1"), tool("c", ""), tool("d", ""), tool("e", "y")},
			"c( anthropic) [a|1 false true anthropic];e(y anthropic);"},
		{"another choice", []llm.Delta{{Kind: llm.DeltaCall, Choice: 1, ID: llm.Escaped("c"), Signature: llm.Escaped("s")}}, ""},
	} {
		if got := show(listen(c.deltas...)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func prompt(parts ...llm.Part) *llm.Prompt {
	return &llm.Prompt{Messages: []llm.Message{{Role: llm.RoleUser}, {Role: llm.RoleAssistant, Parts: parts}}}
}

func shown(p *llm.Prompt) string {
	var b strings.Builder
	for _, p := range p.Messages[1].Parts {
		fmt.Fprintf(&b, "%d:%s%s%s ", p.Kind, p.ID, p.Text, p.Signature)
	}
	return strings.TrimSpace(b.String())
}

func TestRestore(t *testing.T) {
	var s memory.Store
	thought := func(text string, first bool) memory.Thought {
		return memory.Thought{Text: llm.Escaped(text), Signature: llm.Escaped("+"), First: first, Origin: llm.SchemaAnthropic}
	}
	none := memory.HashArguments(nil)
	s.Keep(noon, "ann", []memory.Call{
		{ID: "1", Arguments: none, Thoughts: []memory.Thought{thought("a", true), thought("b", false)}},
		{ID: "3", Arguments: none, Signature: llm.Escaped("z"), Origin: llm.SchemaGemini},
	})
	text := llm.Part{Kind: llm.PartText, Text: llm.Escaped("so")}
	calls := []llm.Part{{Kind: llm.PartCall, ID: llm.Escaped("1")}, {Kind: llm.PartCall, ID: llm.Escaped("2")}, {Kind: llm.PartCall, ID: llm.Escaped("3")}}
	old := llm.Part{Kind: llm.PartThought, Text: llm.Escaped("a")}
	p := prompt(old, text, calls[0], calls[1], calls[2])
	if found := s.Restore(noon, "ann", p); len(found) != 2 || shown(p) != "8:a+ 1:so 8:b+ 6:1 6:2 6:3z" || p.Messages[1].Parts[5].Origin != llm.SchemaGemini {
		t.Errorf("got %s, %s", shown(p), show(found))
	}
	for _, owner := range []string{"", "bob"} {
		if p := prompt(text, calls[0]); s.Restore(noon, owner, p) != nil || shown(p) != "1:so 6:1" {
			t.Errorf("%q got %s", owner, shown(p))
		}
	}
	signed := old
	signed.Signature = llm.Escaped("own")
	if p := prompt(signed, calls[0]); s.Restore(noon, "ann", p) != nil || shown(p) != "8:aown 6:1" {
		t.Errorf("what the caller has kept became %s", shown(p))
	}
	if p := prompt(old, calls[2]); len(s.Restore(noon, "ann", p)) != 1 || shown(p) != "8:a 6:3z" {
		t.Errorf("got %s", shown(p))
	}
}

// named is a call of f.
func named(id, arguments string) llm.Part {
	return llm.Part{Kind: llm.PartCall, ID: llm.Escaped(id), Name: llm.Escaped("f"), JSON: []byte(arguments)}
}

// An id is that of the call it was given to, and of no other that has it, too.
func TestRestoreTellsCallsApart(t *testing.T) {
	kept := listen(llm.Delta{Kind: llm.DeltaCall, ID: llm.Escaped("1"), Name: llm.Escaped("f"), Signature: llm.Escaped("s"), Text: llm.Escaped(`{\"a\":[1.0,`)},
		llm.Delta{Kind: llm.DeltaArguments, Block: 1, Text: llm.Escaped("?")}, llm.Delta{Kind: llm.DeltaArguments, Text: llm.Escaped(`\"\\u00e9\"],\"b\":2}`)})
	var s memory.Store
	s.Keep(noon, "", kept)
	for arguments, want := range map[string]int{`{"b":2, "a":[1, "é"]}`: 1, `{"a":["é",1],"b":2}`: 0, `{}`: 0, ``: 0, `{`: 0} {
		if got := s.Restore(noon, "", prompt(named("1", arguments))); len(got) != want {
			t.Errorf("%s: %s is restored", arguments, show(got))
		}
	}
	other := named("1", `{"a":[1,"é"],"b":2}`)
	other.Name = llm.Escaped("g")
	if got := s.Restore(noon, "", prompt(other)); got != nil {
		t.Errorf("another function got %s", show(got))
	}
	if cut := listen(llm.Delta{Kind: llm.DeltaCall, ID: llm.Escaped("1"), Signature: llm.Escaped("s"), Text: llm.Escaped(`{`)}); cut != nil {
		t.Errorf("a call without its end is kept: %s", show(cut))
	}
}

// A call that is there many times gets what belongs to it once, where it stands last; and
// there is a bound to what all calls get.
func TestRestoreIsBounded(t *testing.T) {
	var s memory.Store
	p := &llm.Prompt{}
	const size = memory.MaxCall / 2
	for i := range 2*memory.MaxRestored/size + 1 {
		id := fmt.Sprint(i)
		s.Keep(noon, "", []memory.Call{{ID: id, Name: "f", Arguments: memory.HashArguments(nil), Signature: llm.Escaped(strings.Repeat("x", size))}})
		for range 100 {
			p.Messages = append(p.Messages, llm.Message{Role: llm.RoleAssistant, Parts: []llm.Part{named(id, ""), named(id, "{}")}})
		}
	}
	found, sum := s.Restore(noon, "", p), 0
	for i, m := range p.Messages {
		for j, part := range m.Parts {
			if sum += len(part.Signature); len(part.Signature) > 0 && (i%100 != 99 || j != 1) {
				t.Errorf("message %d, part %d is not the last of its call", i, j)
			}
		}
	}
	if n := len(p.Messages); sum > memory.MaxRestored || sum < memory.MaxRestored-size || len(found) != sum/size || len(p.Messages[n-1].Parts[1].Signature) == 0 {
		t.Errorf("%d bytes and %d calls are restored", sum, len(found))
	}
}

// What is heard is bounded: by thoughts, by signatures and by the number of calls.
func TestListenerIsBounded(t *testing.T) {
	large := llm.Escaped(strings.Repeat("x", memory.MaxCall/2+1))
	last := llm.Delta{Kind: llm.DeltaCall, Block: 9, ID: llm.Escaped("c"), Signature: llm.Escaped("s")}
	signed := llm.Delta{Kind: llm.DeltaCall, ID: llm.Escaped("b"), Signature: large}
	for name, c := range map[string]struct {
		deltas []llm.Delta
		want   int
	}{
		"thoughts":   {[]llm.Delta{{Kind: llm.DeltaThought, Text: large}, {Kind: llm.DeltaThought, Text: large}, last}, 0},
		"one":        {[]llm.Delta{{Kind: llm.DeltaThought, Text: large}, last}, 1},
		"redacted":   {[]llm.Delta{{Kind: llm.DeltaRedacted, Text: large}, {Kind: llm.DeltaRedacted, Text: large}, last}, 0},
		"signatures": {[]llm.Delta{{Kind: llm.DeltaSignature, Text: large}, signed, last}, 1},
		"arguments":  {[]llm.Delta{signed, {Kind: llm.DeltaArguments, Text: large}, last}, 0},
		"text":       {[]llm.Delta{{Kind: llm.DeltaText, Text: large}, {Kind: llm.DeltaText, Text: large}, last}, 1},
	} {
		if got := listen(c.deltas...); len(got) != c.want {
			t.Errorf("%s: %d calls are kept, want %d", name, len(got), c.want)
		}
	}
	if got := listen(slices.Repeat([]llm.Delta{last}, memory.MaxCall)...); len(got) == 0 || len(got) > memory.MaxCall/200 {
		t.Errorf("%d calls are kept", len(got))
	}
}

// What is kept of a call is found by the id that the caller gave it, whatever it has become.
func TestRestoreGiven(t *testing.T) {
	var s memory.Store
	s.Keep(noon, "", []memory.Call{{ID: "0", Name: "f", Arguments: memory.HashArguments(nil), Signature: llm.Escaped("sig"), Origin: llm.SchemaGemini}})
	p := &llm.Prompt{Messages: []llm.Message{{Role: llm.RoleAssistant, Parts: []llm.Part{
		{Kind: llm.PartCall, ID: llm.Escaped("call_2"), Given: llm.Escaped("0"), Name: llm.Escaped("f"), JSON: []byte("{}")},
	}}}}
	if s.Restore(noon, "", p); string(p.Messages[0].Parts[0].Signature) != "sig" || !p.Fields.Has(llm.FieldSignatures) {
		t.Errorf("not restored: %+v", p.Messages[0].Parts)
	}
}
