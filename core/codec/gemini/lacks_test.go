package gemini

import (
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// lossOf is what becomes of a chat, a body of this schema, at a model of this schema that is
// asked by a caller of another.
func lossOf(t *testing.T, model, body string) (llm.Loss, string) {
	t.Helper()
	p, refusal := promptOf(t, body)
	if refusal != nil {
		t.Fatalf("%s: %v", body, refusal)
	}
	r, f := &llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}, codec.Form{Name: model, Prompt: p}
	loss := Table().Loss(r.Operation, p.Fields)
	codec.Lose(&loss, Table().Lacks(r, f))
	return loss, string(Codec{}.AppendRequest(nil, r, f))
}

// TestFunctionsOrJSON: models before Gemini 3 take functions or a form of the answer, and are
// asked in words for JSON beside functions.
func TestFunctionsOrJSON(t *testing.T) {
	const tools, object, schema = `"tools":[{"functionDeclarations":[{"name":"f"}]}]`, `"responseMimeType":"application/json"`, `"responseMimeType":"application/json","responseJsonSchema":{"type":"object","title":"x"}`
	for _, c := range []struct {
		model, tools, format string
		field                llm.Field
		words                bool
	}{
		{"gemini-2.5-pro", tools, object, llm.FieldJSONObject, true},
		{"models/gemini-2.0-flash-001", tools, schema, llm.FieldJSONSchema, true},
		{"gemini-1.5-pro", tools, schema, llm.FieldJSONSchema, true},
		{"gemini-3-pro-preview", tools, schema, llm.FieldJSONSchema, false},
		{"gemini-flash-latest", tools, object, llm.FieldJSONObject, false},
		{"gemini-2.5-pro", `"tools":[]`, schema, llm.FieldJSONSchema, false},
	} {
		loss, sent := lossOf(t, c.model, `{"contents":[{"parts":[{"text":"x"}]}],`+c.tools+`,"generationConfig":{`+c.format+`}}`)
		if loss.Approximated.Has(c.field) != c.words || strings.Contains(sent, "responseMimeType") == c.words {
			t.Errorf("%s %s: approximated %v: %s", c.model, c.format, loss.Approximated.Names(), sent)
		}
		if said := strings.Contains(sent, `"systemInstruction":{"parts":[{"text":"Answer with`); said != c.words {
			t.Errorf("%s: %s", c.model, sent)
		}
		if c.words && c.field == llm.FieldJSONSchema && !strings.Contains(sent, `{\"type\":\"object\",\"title\":\"x\"}`) {
			t.Errorf("%s is not told the schema: %s", c.model, sent)
		}
	}
	_, sent := lossOf(t, "gemini-2.5-pro", `{"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"parts":[{"text":"x"}]}],`+tools+`,"generationConfig":{`+object+`}}`)
	if !strings.Contains(sent, `"systemInstruction":{"parts":[{"text":"Be brief."},{"text":"Answer with one JSON object`) {
		t.Errorf("the instructions are lost: %s", sent)
	}
}

// TestNames: functions of other names than the API takes cannot be told to it.
func TestNames(t *testing.T) {
	for name, taken := range map[string]bool{
		"f": true, "_f1": true, "a.b:c-d": true, strings.Repeat("a", 128): true,
		"1f": false, "-f": false, ".f": false, "a b": false, "a/b": false, "größe": false, strings.Repeat("a", 129): false,
	} {
		for place, body := range map[string]string{
			"declared": `{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"name":"` + name + `"}]}]}`,
			"allowed":  `{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["` + name + `"]}}}`,
			"called":   `{"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"` + name + `"}}]},{"parts":[{"functionResponse":{"name":"` + name + `","response":{}}}]}]}`,
		} {
			if loss, _ := lossOf(t, "gemini-2.5-pro", body); loss.Impossible.Has(llm.FieldOddNames) == taken {
				t.Errorf("%s, %s: impossible %v", name, place, loss.Impossible.Names())
			}
		}
	}
}

// TestBegins: what is said for the user is told, and only that.
func TestBegins(t *testing.T) {
	for body, told := range map[string]bool{
		`{"contents":[{"role":"model","parts":[{"text":"Hello."}]},{"parts":[{"text":"x"}]}]}`:                                                                  false,
		`{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"}}]},{"parts":[{"functionResponse":{"name":"f","response":{}}}]}]}`:                   true,
		`{"contents":[{"role":"model","parts":[]}],"systemInstruction":{"parts":[{"text":"s"}]}}`:                                                               true,
		`{"contents":[{"parts":[{"text":"x"}]}]}`:                                                                                                               false,
		`{"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[{"text":"y"}]},{"parts":[{"text":""}]},{"role":"model","parts":[{"text":"z"}]}]}`:       true,
		`{"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[{"text":"y"}]},{"parts":[{"text":"z"}]}],"systemInstruction":{"parts":[{"text":"s"}]}}`: false,
	} {
		loss, sent := lossOf(t, "gemini-2.5-pro", body)
		if loss.Approximated.Has(llm.FieldNoUserTurn) != told {
			t.Errorf("%s: told %v: %s", body, !told, sent)
		}
		if strings.Contains(sent, `"text":""`) {
			t.Errorf("%s: a turn that says nothing is sent: %s", body, sent)
		}
	}
	for _, body := range []string{`{"contents":[{"parts":[{"text":""}]}]}`, `{"contents":[{"parts":[{"text":" \n"}]},{"role":"model","parts":[]}]}`} {
		if _, refusal := promptOf(t, body); refusal == nil || refusal.Param != "contents" || refusal.HTTPStatus() != 400 {
			t.Errorf("%s: %v", body, refusal)
		}
	}
}

// TestStops: five texts end an answer; more are told.
func TestStops(t *testing.T) {
	for stops, told := range map[string]bool{`"1","2","3","4","5"`: false, `"1","2","3","4","5","6"`: true} {
		loss, sent := lossOf(t, "gemini-2.5-pro", `{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"stopSequences":[`+stops+`]}}`)
		if loss.Approximated.Has(llm.FieldManyStops) != told || !strings.Contains(sent, `["1","2","3","4","5"]`) {
			t.Errorf("%s: told %v: %s", stops, !told, sent)
		}
	}
}

// TestMadeImages: an image that the model has made stays in the history, with its signature.
func TestMadeImages(t *testing.T) {
	const made = `{"role":"model","parts":[{"text":"here"},{"inlineData":{"mimeType":"image/png","data":"iVBORw0K"},"thoughtSignature":"c2ln"}]}`
	loss, sent := lossOf(t, "gemini-3-pro-image-preview", `{"contents":[{"role":"user","parts":[{"text":"draw"}]},`+made+`,{"role":"user","parts":[{"text":"bigger"}]}]}`)
	if !strings.Contains(sent, made) || !loss.Approximated.Has(llm.FieldSignatures) {
		t.Errorf("%v %s", loss.Approximated.Names(), sent)
	}
	p, _ := promptOf(t, `{"contents":[{"role":"user","parts":[{"text":"draw"}]},`+made+`]}`)
	if parts := p.Messages[1].Parts; len(parts) != 2 || parts[1].Kind != llm.PartImage || !p.Fields.Has(llm.FieldImage) {
		t.Errorf("read as %+v", p.Messages[1])
	}
}
