package responses

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// TestPrompt decodes requests and writes them anew, for OpenAI and for a server of one's own:
//
//	request: {…}
//	  fields …            what the request says that schemas may not have
//	  user text "hi"      its messages, part by part
//	  openai {…}
//	  local {…}           if that is another
func TestPrompt(t *testing.T) {
	golden(t, "testdata/prompt", func(t *testing.T, lines []string) (results []string) {
		for _, line := range lines {
			body, ok := strings.CutPrefix(line, "request: ")
			if !ok {
				results = append(results, "")
				continue
			}
			results = append(results, prompted(t, body))
		}
		return results
	})
}

func prompted(t *testing.T, body string) string {
	req, err := Codec{}.ReadRequest(facts.Asked, []byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	p, err := Codec{}.ReadPrompt(req)
	if err != nil {
		return fmt.Sprintf("refused %d %s\n", err.HTTPStatus(), err)
	}
	var b strings.Builder
	if names := p.Fields.Names(); len(names) > 0 {
		fmt.Fprintf(&b, "fields %s\n", strings.Join(names, " "))
	}
	if len(p.Unknown) > 0 {
		fmt.Fprintf(&b, "unknown %s\n", strings.Join(p.Unknown, " "))
	}
	for _, m := range p.Messages {
		for _, part := range m.Parts {
			fmt.Fprintf(&b, "%s %s\n", [...]string{"?", "system", "user", "assistant"}[m.Role], shown(&part))
		}
	}
	last := ""
	for _, host := range []struct{ name, url, model string }{{"openai", "https://api.openai.com/v1", "gpt-4o"}, {"local", "http://127.0.0.1:1234/v1", "gpt-oss"}} {
		foreign := llm.Request{Schema: llm.SchemaAnthropic, Stream: req.Stream}
		sent := Codec{}.AppendRequest(nil, &foreign, codec.Form{Name: host.model, Stream: req.Stream, Prompt: p, BaseURL: host.url})
		if !json.Valid(sent) {
			t.Errorf("%s is sent as %s", body, sent)
		}
		if string(sent) != last {
			fmt.Fprintf(&b, "%s %s\n", host.name, sent)
		}
		last = string(sent)
	}
	return b.String()
}

// shown is a part with all that is in it.
func shown(p *llm.Part) string {
	names := [...]string{"?", "text", "image", "audio", "video", "file", "call", "result", "thought", "refusal"}
	var b strings.Builder
	b.WriteString(names[p.Kind])
	for _, x := range []struct {
		name string
		text []byte
	}{{"id", p.ID}, {"name", p.Name}, {"json", p.JSON}, {"media", []byte(p.Media)}, {"data", p.Data}, {"url", p.URL}, {"detail", []byte(p.Detail)}, {"signature", p.Signature}} {
		if len(x.text) > 0 {
			fmt.Fprintf(&b, " %s=%s", x.name, x.text)
		}
	}
	if p.Redacted {
		b.WriteString(" redacted")
	}
	if p.Origin != llm.SchemaNone {
		fmt.Fprintf(&b, " origin=%v", p.Origin)
	}
	if len(p.Text) > 0 {
		fmt.Fprintf(&b, " \"%s\"", p.Text)
	}
	for i := range p.Parts {
		fmt.Fprintf(&b, " (%s)", shown(&p.Parts[i]))
	}
	return b.String()
}

// TestForeign writes what only prompts of other schemas have.
func TestForeign(t *testing.T) {
	text := func(s string) llm.Part { return llm.Part{Kind: llm.PartText, Text: codec.Escape(s)} }
	p := &llm.Prompt{
		Messages: []llm.Message{
			{Role: llm.RoleSystem, Parts: []llm.Part{text("one"), text("two")}},
			{Role: llm.RoleUser, Parts: []llm.Part{
				text("look"),
				{Kind: llm.PartImage, Media: "image/webp", Data: llm.Escaped("aGk=")},
				{Kind: llm.PartFile, Data: llm.Escaped("aGk=")},
				{Kind: llm.PartFile, Media: "text/plain", Text: codec.Escape("words")},
				{Kind: llm.PartAudio, Media: "audio/wav", Data: llm.Escaped("aGk=")},
			}},
			{Role: llm.RoleAssistant, Parts: []llm.Part{
				{Kind: llm.PartThought, Text: codec.Escape("theirs"), Signature: llm.Escaped("s"), Origin: llm.SchemaAnthropic},
				{Kind: llm.PartThought, Text: codec.Escape("ours"), Signature: llm.Escaped("s"), Origin: llm.SchemaResponses},
				text("so"),
				{Kind: llm.PartCall, ID: llm.Escaped(strings.Repeat("a", 40) + strings.Repeat("b", 40)), Name: llm.Escaped("f"), JSON: []byte(`{"a":"é\n"}`)},
			}},
			{Role: llm.RoleUser, Parts: []llm.Part{
				text("behind"),
				{Kind: llm.PartResult, ID: llm.Escaped(strings.Repeat("a", 40) + strings.Repeat("b", 40)), Failed: true, Parts: []llm.Part{text("bad"), text(" luck")}},
			}},
			{Role: llm.RoleSystem, Parts: []llm.Part{text("late")}},
		},
		Tools:       []llm.Tool{{Name: llm.Escaped("f"), Schema: []byte(`{"type":"object"}`), Strict: true}, {Name: llm.Escaped("g")}},
		Choice:      llm.ToolChoice{Mode: llm.ChoiceAuto, Names: []llm.Escaped{llm.Escaped("f"), llm.Escaped("g")}},
		OneTool:     true,
		Temperature: []byte("1.0"), TopP: []byte("0.5"), TopK: []byte("40"), MaxOutput: 1,
		Reasoning: llm.Reasoning{Budget: 5000, Show: true},
		Format:    llm.Format{Kind: llm.FormatSchema, Schema: []byte(`{"type":"object"}`)},
		User:      codec.Escape(strings.Repeat("é", 40)), CacheKey: llm.Escaped("k"), Metadata: []byte(`{"a":"b"}`), Store: []byte("true"), Tier: "flex", Verbosity: "low",
	}
	codec.Complete(p)
	got := string(Codec{}.AppendRequest(nil, &llm.Request{Schema: llm.SchemaAnthropic}, codec.Form{Name: "gpt-5", Stream: true, Prompt: p, BaseURL: "https://api.openai.com/v1", Prefill: []byte("so\n")}))
	want := `{"model":"gpt-5","stream":true,"instructions":"one\n\ntwo","input":[` +
		`{"role":"user","content":[{"type":"input_text","text":"look"},{"type":"input_image","image_url":"data:image/webp;base64,aGk=","detail":"auto"},` +
		`{"type":"input_file","filename":"document.pdf","file_data":"data:application/pdf;base64,aGk="},{"type":"input_text","text":"words"}]},` +
		`{"type":"reasoning","summary":[{"type":"summary_text","text":"ours"}],"encrypted_content":"s"},{"role":"assistant","content":"so"},` +
		`{"type":"function_call","call_id":"call_lgO0BxHfXB","name":"f","arguments":"{\"a\":\"é\\n\"}"},` +
		`{"type":"function_call_output","call_id":"call_lgO0BxHfXB","output":"bad\n luck"},{"role":"user","content":"behind"},` +
		`{"role":"system","content":"late"},{"role":"assistant","content":"so\n"}],` +
		`"tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":false},{"type":"function","name":"g","parameters":{"type":"object","properties":{}},"strict":false}],` +
		`"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"},{"type":"function","name":"g"}]},"parallel_tool_calls":false,` +
		`"max_output_tokens":16,"reasoning":{"effort":"medium","summary":"auto"},"include":["reasoning.encrypted_content"],` +
		`"text":{"format":{"type":"json_schema","name":"answer","schema":{"type":"object"},"strict":false},"verbosity":"low"},` +
		`"store":true,"metadata":{"a":"b"},"service_tier":"flex","user":"` + strings.Repeat("é", 32) + `","prompt_cache_key":"k"}`
	if got != want {
		t.Errorf("written\n%s\nwant\n%s", got, want)
	}
}

// TestKeys: what identifies somebody is cut behind a whole character, and only if it stands for
// more than may be.
func TestKeys(t *testing.T) {
	a := strings.Repeat("a", 63)
	for text, want := range map[string]string{
		"short":                            "short",
		a + "b":                            a + "b",
		a + "bc":                           a + "b",
		a + "é":                            a,
		`\n` + a:                           `\n` + a,
		`\"` + a + "b":                     `\"` + a,
		strings.Repeat(`\n`, 64):           strings.Repeat(`\n`, 64),
		strings.Repeat(`\u00e9`, 32):       strings.Repeat(`\u00e9`, 32),
		strings.Repeat(`\ud83d\ude00`, 16): strings.Repeat(`\ud83d\ude00`, 16),
		strings.Repeat(`\ud83d\ude00`, 17): strings.Repeat("😀", 16),
		a[:62] + `\ud83d\ude00`:            a[:62],
	} {
		p := &llm.Prompt{User: llm.Escaped(text), CacheKey: llm.Escaped(text)}
		codec.Complete(p)
		form := codec.Form{Name: "gpt-4o", BaseURL: "https://api.openai.com/v1", Prompt: p}
		got := string(Codec{}.AppendRequest(nil, &llm.Request{Schema: llm.SchemaGemini}, form))
		if end := `"user":"` + want + `","prompt_cache_key":"` + want + `"}`; !strings.HasSuffix(got, end) {
			t.Errorf("%s is written as %s, want %s", text, got, end)
		}
		lacks := lacking(p, form)
		if cut := want != text; lacks.Has(llm.FieldUser) != cut || lacks.Has(llm.FieldCacheKey) != cut {
			t.Errorf("%s: told to be approximated: %v", text, lacks.Names())
		}
	}
}

// TestModels: what a model of OpenAI's refuses is left out, and told.
func TestModels(t *testing.T) {
	object := `{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}`
	loose := `{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"string"}}}},"required":["a"],"additionalProperties":false}`
	for _, c := range []struct {
		model, url, schema string
		effort             llm.Effort
		told, not          string
		lost               string
	}{
		{"gpt-5", "https://api.openai.com/v1", object, llm.EffortUnset, `"strict":true`, "temperature,top_p", "temperature high_temperature top_p"},
		{"o3", "https://x.openai.azure.com/openai/v1", object, llm.EffortUnset, `"strict":true`, "temperature,top_p,parallel_tool_calls", "parallel_tool_calls temperature high_temperature top_p"},
		{"gpt-5.1", "https://api.openai.com/v1", object, llm.EffortNone, `"temperature":1.5,"top_p":0.9`, "-", ""},
		{"gpt-5.1", "https://api.openai.com/v1", object, llm.EffortHigh, `"strict":true`, "temperature,top_p", "temperature high_temperature top_p"},
		{"gpt-4o", "https://api.openai.com/v1", object, llm.EffortUnset, `"temperature":1.5,"top_p":0.9,`, `"strict":false`, ""},
		{"gpt-4o", "https://api.openai.com/v1", loose, llm.EffortUnset, `"strict":false`, `"strict":true`, "strict_tools json_schema"},
		{"gpt-4o", "https://api.openai.com/v1", `{}`, llm.EffortUnset, `"strict":false`, `"strict":true`, "strict_tools json_schema"},
		{"gpt-4o", "https://api.openai.com/v1", `{"anyOf":[` + object + `]}`, llm.EffortUnset, `"strict":false`, `"strict":true`, "strict_tools json_schema"},
		{"gpt-4o", "https://api.openai.com/v1", `{"type":"object","properties":{"a":{"type":"string"}},"required":["b"],"additionalProperties":false}`, llm.EffortUnset, `"strict":false`, `"strict":true`, "strict_tools json_schema"},
		{"gpt-4o", "https://api.openai.com/v1", `{"type":"object","properties":{"a":{"oneOf":[{"type":"string"}]}},"required":["a"],"additionalProperties":false}`, llm.EffortUnset, `"strict":false`, `"strict":true`, "strict_tools json_schema"},
		{"gpt-5", "http://localhost:8000/v1", loose, llm.EffortUnset, `"temperature":1.5,"top_p":0.9,`, `"strict":false`, ""},
	} {
		p := &llm.Prompt{
			Temperature: []byte("1.5"), TopP: []byte("0.9"), Reasoning: llm.Reasoning{Effort: c.effort}, OneTool: true,
			Tools:  []llm.Tool{{Name: llm.Escaped("f"), Schema: []byte(c.schema), Strict: true}},
			Format: llm.Format{Kind: llm.FormatSchema, Schema: []byte(c.schema), Strict: true},
		}
		codec.Complete(p)
		form := codec.Form{Name: c.model, BaseURL: c.url, Prompt: p}
		got := string(Codec{}.AppendRequest(nil, &llm.Request{Schema: llm.SchemaGemini}, form))
		if !strings.Contains(got, c.told) {
			t.Errorf("%s %s: %s lacks %s", c.model, c.effort, got, c.told)
		}
		for _, key := range strings.Split(c.not, ",") {
			if strings.Contains(got, key+`"`) || strings.Contains(got, key+"}") {
				t.Errorf("%s %s: %s has %s", c.model, c.effort, got, key)
			}
		}
		if lost := lacking(p, form); strings.Join(lost.Names(), " ") != c.lost {
			t.Errorf("%s %s: lost are %v, want %s", c.model, c.effort, lost.Names(), c.lost)
		}
	}
}

// lacking are the fields that fare worse at an endpoint than elsewhere.
func lacking(p *llm.Prompt, f codec.Form) (lost llm.Fields) {
	for _, l := range Table().Lacks(nil, f) {
		lost.Add(l.Field)
	}
	return lost
}

// TestTable: what is kept says where, and what is not says why.
func TestTable(t *testing.T) {
	table := Table()
	for f := range llm.FieldCount {
		m := table.Fields[f]
		if m.Fate == codec.Kept && m.As == "" || (m.Fate == codec.Approximated || m.Fate == codec.Impossible) && m.Note == "" {
			t.Errorf("%v: %+v", f, m)
		}
	}
	if l := table.Loss(llm.OperationEmbeddings, llm.Fields{}); !l.Unserved {
		t.Error("embeddings are served")
	}
}
