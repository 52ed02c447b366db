package codec_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// Text goes into a JSON string and out of it as it was.
func TestEscaped(t *testing.T) {
	for _, s := range []string{"", "a", "\"\\/\b\f\n\r\t\x00\x1f", "é 世界 🌍", "\u2028\u2029", "</script>"} {
		e := codec.Escape(s)
		var got string
		if err := json.Unmarshal(codec.AppendString(nil, e), &got); err != nil || got != s {
			t.Errorf("%q is escaped as %s: %q, %v", s, e, got, err)
		}
		if p := codec.Plain(e); p != s {
			t.Errorf("%q comes back as %q", s, p)
		}
		if in := codec.Inner(codec.AppendString(nil, e)); !bytes.Equal(in, e) {
			t.Errorf("the inside of %s is %s", e, in)
		}
	}
	for _, raw := range []string{"", `"`, "null", "7", `{"a":"b"}`} {
		if in := codec.Inner([]byte(raw)); in != nil {
			t.Errorf("%q is no string, but holds %q", raw, in)
		}
	}
	for _, bad := range []string{`"`, `\`, `\x`, `\u12`, "\n"} {
		if _, ok := codec.Unescape(nil, llm.Escaped(bad)); ok || codec.Plain(llm.Escaped(bad)) != "" {
			t.Errorf("%q passes for an escaped text", bad)
		}
	}
	if got, ok := codec.Unescape([]byte("before "), llm.Escaped(`a\nb`)); !ok || string(got) != "before a\nb" {
		t.Errorf("appended is %q, %v", got, ok)
	}
}

// A signature that is carried comes back as it was, and nothing else passes for one.
func TestCarried(t *testing.T) {
	for origin := llm.SchemaNone + 1; origin < llm.SchemaCount; origin++ {
		for _, of := range []codec.Signed{codec.SignedThought, codec.SignedRedacted, codec.SignedCall} {
			for _, s := range []string{"", "c2lnbmF0dXJl", `with \"escapes\" \u00e9`, strings.Repeat("x", 10_000)} {
				carried := codec.AppendCarried([]byte("before "), origin, of, llm.Escaped(s))
				text, ok := bytes.CutPrefix(carried, []byte("before "))
				gotOrigin, gotOf, got, is := codec.Carried(text)
				if !ok || !is || gotOrigin != origin || gotOf != of || string(got) != s {
					t.Errorf("%v %c %.20q comes back as %v %c %.20q, %v", origin, of, s, gotOrigin, gotOf, got, is)
				}
				if !codec.HasCarried(carried) {
					t.Errorf("%.60s is not noticed", carried)
				}
				if strings.Trim(string(text), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != "" {
					t.Errorf("%.60s is no base64", text)
				}
			}
		}
	}
	good := string(codec.AppendCarried(nil, llm.SchemaGemini, codec.SignedCall, llm.Escaped("s")))
	for _, bad := range []string{"", "c2ln", good[:12], good[:13], good + "!", "x" + good, string(codec.AppendCarried(nil, llm.SchemaNone, codec.SignedCall, nil)),
		string(codec.AppendCarried(nil, llm.SchemaCount, codec.SignedCall, nil)), string(codec.AppendCarried(nil, llm.SchemaGemini, 'x', nil)),
		string(codec.AppendCarried(nil, llm.SchemaGemini, codec.SignedCall, llm.Escaped(`"`)))} {
		if _, _, _, ok := codec.Carried(llm.Escaped(bad)); ok {
			t.Errorf("%q passes for a carried signature", bad)
		}
	}
}

// An answer that is taken up: what the caller has is left out, wherever it is cut.
func TestRemaining(t *testing.T) {
	e := &llm.Event{Deltas: []llm.Delta{
		{Kind: llm.DeltaThought, Text: llm.Escaped("hm")}, {Kind: llm.DeltaText, Block: 1, Text: llm.Escaped(`a\u00e9\n`)},
		{Kind: llm.DeltaText, Block: 1, Text: llm.Escaped("bc")}, {Kind: llm.DeltaCall, Block: 2, Text: llm.Escaped("{}")},
	}}
	const all = "aé\nbc"
	for n := 0; n <= len(all); n++ {
		for _, lead := range []string{"", "L\n"} {
			left := codec.Remaining(e, &codec.Answer{SkipText: n, SkipThought: 2, Lead: []byte(lead)})
			var got strings.Builder
			calls := 0
			for _, d := range left {
				switch d.Kind {
				case llm.DeltaText:
					text, ok := codec.Unescape(nil, d.Text)
					if !ok {
						t.Fatalf("without %d bytes: no text: %q", n, d.Text)
					}
					got.Write(text)
				case llm.DeltaCall:
					calls++
				case llm.DeltaThought:
					t.Errorf("without %d bytes: the reasoning is there again", n)
				}
			}
			if n == 2 { // in the middle of a character
				continue
			}
			if want := lead + all[n:]; got.String() != want || calls != 1 {
				t.Errorf("without %d bytes, behind %q: %q, want %q; %d calls", n, lead, got.String(), want, calls)
			}
		}
	}
	if left := codec.Remaining(e, &codec.Answer{}); &left[0] != &e.Deltas[0] {
		t.Error("an answer that nobody takes up is copied")
	}
	if string(e.Deltas[1].Text) != `a\u00e9\n` {
		t.Errorf("the event is changed to %q", e.Deltas[1].Text)
	}
}

// The header of the key, by schema and by host.
func TestKeyHeader(t *testing.T) {
	for _, c := range []struct {
		schema            llm.Schema
		url, name, prefix string
	}{
		{llm.SchemaOpenAI, "https://api.openai.com/v1", "authorization", "Bearer "},
		{llm.SchemaResponses, "https://api.openai.com/v1", "authorization", "Bearer "},
		{llm.SchemaAnthropic, "https://api.anthropic.com", "x-api-key", ""},
		{llm.SchemaGemini, "https://generativelanguage.googleapis.com", "x-goog-api-key", ""},
		{llm.SchemaGemini, "https://europe-west1-aiplatform.googleapis.com/v1", "authorization", "Bearer "},
		{llm.SchemaAnthropic, "https://aiplatform.googleapis.com", "authorization", "Bearer "},
		{llm.SchemaOpenAI, "https://My.OpenAI.Azure.com/openai/v1", "api-key", ""},
		{llm.SchemaAnthropic, "https://x.services.ai.azure.com/anthropic", "api-key", ""},
		{llm.SchemaOpenAI, "https://azure.com.example.org", "authorization", "Bearer "},
		{llm.SchemaOpenAI, "", "authorization", "Bearer "},
	} {
		if name, prefix := codec.KeyHeader(c.schema, c.url); name != c.name || prefix != c.prefix {
			t.Errorf("%v %s: %q %q, want %q %q", c.schema, c.url, name, prefix, c.name, c.prefix)
		}
	}
	for url, want := range map[string]string{
		"https://A.example:8443/v1": "a.example", "http://a?x": "a", "http://a#x": "a", "a/b": "", "": "", "https://": "",
	} {
		if got := codec.HostOf(url); got != want {
			t.Errorf("the host of %q is %q, want %q", url, got, want)
		}
	}
	for s := llm.SchemaNone; s < llm.SchemaCount; s++ {
		for _, h := range codec.Forwarded(s) {
			if h != strings.ToLower(h) || strings.Contains(h, "key") || h == "authorization" {
				t.Errorf("%v forwards %q", s, h)
			}
		}
	}
}

// Each of OpenAI's models is told an effort that it knows.
func TestFittingEffort(t *testing.T) {
	for _, c := range []struct {
		model string
		asked llm.Effort
		want  llm.Effort
	}{
		{"o4-mini", llm.EffortNone, llm.EffortLow}, {"o3", llm.EffortXHigh, llm.EffortHigh}, {"o1", llm.EffortMedium, llm.EffortMedium},
		{"gpt-5", llm.EffortNone, llm.EffortMinimal}, {"gpt-5-mini", llm.EffortMinimal, llm.EffortMinimal}, {"gpt-5-mini", llm.EffortXHigh, llm.EffortHigh},
		{"gpt-5.1", llm.EffortNone, llm.EffortNone}, {"gpt-5.1", llm.EffortMinimal, llm.EffortLow}, {"gpt-5.1", llm.EffortXHigh, llm.EffortHigh},
		{"gpt-5.2", llm.EffortXHigh, llm.EffortXHigh}, {"gpt-5", llm.EffortUnset, llm.EffortUnset}, {"another", llm.EffortMinimal, llm.EffortMinimal},
	} {
		if got := codec.FittingEffort(c.model, c.asked); got != c.want {
			t.Errorf("%s is told %v instead of %v, want %v", c.model, got, c.asked, c.want)
		}
	}
}
