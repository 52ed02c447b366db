package gemini

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// golden compares what was seen with a file, or writes it there.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w, g := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		if i >= len(w) || i >= len(g) || w[i] != g[i] {
			t.Fatalf("%s differs at line %d; run with -update and read the diff\n got  %s\n want %s", file, i+1, g[min(i, len(g)-1)], w[min(i, len(w)-1)])
		}
	}
}

func TestTranslate(t *testing.T) {
	const file = "testdata/translate.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	model := ""
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "  ") {
			continue
		}
		out.WriteString(line)
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, "model: "); ok {
			model = name
		}
		body, ok := strings.CutPrefix(line, "request: ")
		if !ok {
			continue
		}
		req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(body))
		if refusal != nil {
			t.Fatalf("%s: %v", body, refusal)
		}
		p, refusal := Codec{}.ReadPrompt(req)
		if refusal != nil {
			t.Fatalf("%s: %v", body, refusal)
		}
		out.WriteString("  fields " + strings.Join(p.Fields.Names(), ",") + " unknown " + strings.Join(p.Unknown, ",") + "\n")
		req.Schema = llm.SchemaAnthropic
		sent := Codec{}.AppendRequest(nil, req, codec.Form{Name: model, Prompt: p})
		if !json.Valid(sent) || scan.Valid(sent) != nil {
			t.Errorf("no JSON: %s", sent)
		}
		out.WriteString("  send " + string(sent) + "\n")
	}
	golden(t, file, out.String())
}

func TestTranslatePrefill(t *testing.T) {
	p := &llm.Prompt{Messages: []llm.Message{{Role: llm.RoleUser, Parts: []llm.Part{{Kind: llm.PartText, Text: llm.Escaped("a")}}}}}
	got := string(Codec{}.AppendRequest(nil, &llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}, codec.Form{Name: "gemini-2.5-pro", Prompt: p, Prefill: []byte("so \"far\"")}))
	if want := `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"so \"far\""}]}]}`; got != want {
		t.Errorf("got %s", got)
	}
}

// TestTranslateOthers writes what other operations take.
func TestTranslateOthers(t *testing.T) {
	inputs := func(texts ...string) *llm.Prompt {
		p := &llm.Prompt{TaskType: "CLUSTERING", Dimensions: []byte("3")}
		for _, s := range texts {
			p.Inputs = append(p.Inputs, llm.Escaped(s))
		}
		return p
	}
	chat := &llm.Prompt{Messages: []llm.Message{{Role: llm.RoleSystem, Parts: []llm.Part{{Kind: llm.PartText, Text: llm.Escaped("s")}}}, {Role: llm.RoleUser, Parts: []llm.Part{{Kind: llm.PartText, Text: llm.Escaped("a")}}}}, MaxOutput: 5}
	const vertex = "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google"
	for _, c := range []struct {
		op               llm.Operation
		p                *llm.Prompt
		base, path, body string
	}{
		{llm.OperationEmbeddings, inputs("a"), "https://generativelanguage.googleapis.com", "/v1beta/models/m:embedContent",
			`{"model":"models/m","content":{"parts":[{"text":"a"}]},"taskType":"CLUSTERING","outputDimensionality":3}`},
		{llm.OperationEmbeddings, inputs("a", "b"), "https://generativelanguage.googleapis.com/v1beta/", "/models/m:batchEmbedContents",
			`{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]},"taskType":"CLUSTERING","outputDimensionality":3},{"model":"models/m","content":{"parts":[{"text":"b"}]},"taskType":"CLUSTERING","outputDimensionality":3}]}`},
		{llm.OperationCountTokens, chat, "https://generativelanguage.googleapis.com/v1", "/models/m:countTokens",
			`{"generateContentRequest":{"model":"models/m","contents":[{"role":"user","parts":[{"text":"a"}]}],"systemInstruction":{"parts":[{"text":"s"}]}}}`},
		{llm.OperationCountTokens, chat, vertex, "/models/m:countTokens",
			`{"contents":[{"role":"user","parts":[{"text":"a"}]}],"systemInstruction":{"parts":[{"text":"s"}]}}`},
	} {
		r := &llm.Request{Schema: llm.SchemaOpenAI, Operation: c.op}
		f := codec.Form{Name: "m", BaseURL: c.base, Prompt: c.p}
		if got := (Codec{}).Path(r, f); got != c.path {
			t.Errorf("%v at %s: path %s", c.op, c.base, got)
		}
		if got := string(Codec{}.AppendRequest(nil, r, f)); got != c.body {
			t.Errorf("%v: %s", c.op, got)
		}
	}
}

func TestPath(t *testing.T) {
	for base, want := range map[string]string{
		"https://generativelanguage.googleapis.com":         "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
		"http://127.0.0.1:8787/":                            "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
		"https://generativelanguage.googleapis.com/v1beta":  "/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
		"https://generativelanguage.googleapis.com/v1alpha": "/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
		"https://x.googleapis.com/v1/p/publishers/google":   "/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
		"http://v1.example.com":                             "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
	} {
		for _, name := range []string{"gemini-2.5-pro", "models/gemini-2.5-pro"} {
			if got := (Codec{}).Path(&llm.Request{Operation: llm.OperationChat}, codec.Form{Name: name, Stream: true, BaseURL: base}); got != want {
				t.Errorf("%s %s: %s", base, name, got)
			}
		}
	}
}

// TestCarriedIsNotSent sends what other providers have signed to a provider of this schema.
func TestCarriedIsNotSent(t *testing.T) {
	thought := string(codec.AppendCarried(nil, llm.SchemaAnthropic, codec.SignedThought, llm.Escaped("sig")))
	call := string(codec.AppendCarried(nil, llm.SchemaOpenAI, codec.SignedCall, nil))
	body := `{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"text":"on ","thought":true},{"text":"and on","thought":true,"thoughtSignature":"` + thought +
		`"},{"text":"own","thought":true,"thoughtSignature":"b3du"},{"functionCall":{"name":"f","args":{}},"thoughtSignature":"` + call +
		`"},{"functionCall":{"name":"g","args":{}}}]}, {"role":"model","parts":[{"text":"","thought":true,"thought_signature":"` + thought + `"}]},{"role":"user","parts":[{"text":"y"}]}]}`
	const front, back = `{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"text":"own","thought":true,"thoughtSignature":"b3du"},{"functionCall":{"name":"f","args":{}}`, `},{"functionCall":{"name":"g","args":{}}}]}, {"role":"user","parts":[{"text":"y"}]}]}`
	req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(body))
	if refusal != nil {
		t.Fatal(refusal)
	}
	for name, want := range map[string]string{"gemini-2.5-pro": front + back, "gemini-3-pro-preview": front + `,"thoughtSignature":"skip_thought_signature_validator"` + back} {
		if got := string(Codec{}.AppendRequest(nil, req, codec.Form{Name: name})); got != want {
			t.Errorf("%s is sent\n%s", name, got)
		}
	}
	alone := `{"contents":[{"parts":{"text":"x"}},{"role":"model","parts":{"text":"","thought":true,"thoughtSignature":"` + thought + `"}}]}`
	req, _ = Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(alone))
	if got := string(Codec{}.AppendRequest(nil, req, codec.Form{Name: "m"})); got != `{"contents":[{"parts":{"text":"x"}}]}` {
		t.Errorf("of a part alone is sent %s", got)
	}
	req, _ = Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationCountTokens}, []byte(`{"generateContentRequest":`+body+`}`))
	if got := string(Codec{}.AppendRequest(nil, req, codec.Form{Name: "m"})); got != `{"generateContentRequest":`+front+back+`}` {
		t.Errorf("to be counted is sent %s", got)
	}
}

// TestTableIsTrue: every field has a row, what is kept has a place, what is not is said why.
func TestTableIsTrue(t *testing.T) {
	table := Table()
	for f := range llm.FieldCount {
		m := table.Fields[f]
		if m.Fate == codec.Kept && m.As == "" || m.Fate != codec.Kept && m.Note == "" {
			t.Errorf("%v: %+v", f, m)
		}
	}
}

// TestMediaTaken: what cannot be sent makes an endpoint impossible.
func TestMediaTaken(t *testing.T) {
	for _, c := range []struct {
		part llm.Part
		lack string
	}{
		{llm.Part{Kind: llm.PartImage, Media: "image/png", Data: llm.Escaped("iVBO")}, ""},
		{llm.Part{Kind: llm.PartImage, Data: llm.Escaped("R0lGOD")}, "image"},
		{llm.Part{Kind: llm.PartImage, Media: "image/jpg", Data: llm.Escaped("/9j/")}, ""},
		{llm.Part{Kind: llm.PartImage, Media: "image/gif", Data: llm.Escaped("R0lGOD")}, "image"},
		{llm.Part{Kind: llm.PartImage, Media: "image/svg+xml", Data: llm.Escaped("PHN2")}, "image"},
		{llm.Part{Kind: llm.PartImage, URL: llm.Escaped("https://example.com/a")}, ""},
		{llm.Part{Kind: llm.PartImage, URL: llm.Escaped(`https:\/\/example.com\/a.webp?x`)}, ""},
		{llm.Part{Kind: llm.PartImage, URL: llm.Escaped("https://example.com/a.gif")}, "image_url"},
		{llm.Part{Kind: llm.PartImage, URL: llm.Escaped("data:image/png;base64,iVBO")}, "image_url"},
		{llm.Part{Kind: llm.PartFile, URL: llm.Escaped("ftp://example.com/a.pdf")}, "file_url"},
		{llm.Part{Kind: llm.PartFile, URL: llm.Escaped("gs://b/a.pdf")}, ""},
		{llm.Part{Kind: llm.PartFile, Text: llm.Escaped("words"), Media: "application/msword"}, ""},
		{llm.Part{Kind: llm.PartFile, Data: llm.Escaped("AAAA"), Media: "text/markdown; charset=utf-8"}, ""},
		{llm.Part{Kind: llm.PartFile, Data: llm.Escaped("iVBORw0K")}, ""},
		{llm.Part{Kind: llm.PartFile, Data: llm.Escaped("AAAA"), Media: "image/bmp"}, "file"},
		{llm.Part{Kind: llm.PartFile, Data: llm.Escaped("AAAA"), Media: "application/msword"}, "file"},
		{llm.Part{Kind: llm.PartFile, URL: llm.Escaped("https://example.com/a.zip"), Media: "application/zip"}, "file_url"},
		{llm.Part{Kind: llm.PartAudio, Data: llm.Escaped("UklGRiQA")}, ""},
		{llm.Part{Kind: llm.PartAudio, URL: llm.Escaped("file:///a.mp3")}, "audio"},
		{llm.Part{Kind: llm.PartVideo, URL: llm.Escaped("http")}, "video"},
		{llm.Part{Kind: llm.PartResult, Parts: []llm.Part{{Kind: llm.PartImage, Media: "image/tiff", Data: llm.Escaped("SUkq")}}}, "image"},
	} {
		p := &llm.Prompt{Messages: []llm.Message{{Role: llm.RoleUser, Parts: []llm.Part{c.part}}}}
		codec.Complete(p)
		got := ""
		for _, l := range Table().Lacks(&llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}, codec.Form{Name: "gemini-3-flash", Prompt: p}) {
			if l.Fate == codec.Impossible {
				got += l.Field.String()
			}
		}
		if got != c.lack {
			t.Errorf("%+v: impossible %q", c.part, got)
		}
	}
}
