package gemini

import (
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

func embeddingRequest(t *testing.T, body string) *llm.Request {
	t.Helper()
	r, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationEmbeddings}, []byte(body))
	if refusal != nil {
		t.Fatalf("%s: %v", body, refusal)
	}
	return r
}

const two = `{"requests":[{"content":{"parts":[{"text":"a"}]}},{"content":{"parts":[{"text":"b"}]}}]}`

// TestEmbeddingsInOrder: another schema's embeddings stand in the order of the texts, whichever
// they came in.
func TestEmbeddingsInOrder(t *testing.T) {
	w := Codec{}.NewWriter(embeddingRequest(t, two))
	e := &llm.Event{Schema: llm.SchemaOpenAI, Whole: true, Deltas: []llm.Delta{
		{Kind: llm.DeltaEmbedding, Choice: 1, Text: llm.Escaped("[2]")}, {Kind: llm.DeltaEmbedding, Choice: 0, Text: llm.Escaped("[1]")},
	}}
	if got := string(w.Append(nil, e, &codec.Answer{Model: "m"})); !strings.HasPrefix(got, `{"embeddings":[{"values":[1]},{"values":[2]}]`) {
		t.Errorf("written %s", got)
	}
}

// TestEmbeddingsMissing: fewer embeddings than texts are a failure, as many are none.
func TestEmbeddingsMissing(t *testing.T) {
	for answer, failed := range map[string]bool{
		`{"embeddings":[{"values":[1]},{"values":[2]}]}`: false,
		`{"embeddings":[{"values":[1]}]}`:                true,
		`{"embeddings":[{"values":[1]},{}]}`:             true,
	} {
		for _, schema := range []llm.Schema{llm.SchemaGemini, llm.SchemaOpenAI} {
			r := embeddingRequest(t, two)
			r.Schema = schema
			reader, told := Codec{}.NewReader(r, false), false
			check := func(e *llm.Event) {
				told = true
				if (e.Err != nil) != failed || failed && (e.Err.Code != llm.CodeBadAnswer || e.Choices) {
					t.Errorf("%v, %s: %+v", schema, answer, e.Err)
				}
				if !failed && e.Usage.Estimated != (schema == llm.SchemaOpenAI) || !failed && schema == llm.SchemaOpenAI && e.Usage.Input != r.InputTokens {
					t.Errorf("%v, %s: usage %+v", schema, answer, e.Usage)
				}
			}
			if err := reader.Read([]byte(answer), check); err != nil {
				t.Error(err)
			}
			if err := reader.Close(check); err != nil || !told {
				t.Errorf("%s: %v", answer, err)
			}
		}
	}
}

// TestEmbeddingsAskedFor: what only this schema can say of texts to embed is refused or told.
func TestEmbeddingsAskedFor(t *testing.T) {
	one := func(more string) string { return `{"content":{"parts":[{"text":"a"}]}` + more + `}` }
	several := func(all ...string) string { return `{"requests":[` + strings.Join(all, ",") + `]}` }
	const three, four = `,"outputDimensionality":3`, `,"output_dimensionality":4`
	for _, c := range []struct{ body, param, unknown string }{
		{one(three), "", ""}, {one(`,"title":"t"`), "", "title"},
		{several(one(three), one(three)), "", ""},
		{several(one(three), one(four)), "requests[1].output_dimensionality", ""},
		{several(one(three), one("")), "requests.outputDimensionality", ""},
		{several(one(""), one(three)), "requests.outputDimensionality", ""},
		{several(one(""), one("")), "", ""},
	} {
		p, refusal := Codec{}.ReadPrompt(embeddingRequest(t, c.body))
		if refusal != nil {
			if refusal.Param != c.param || refusal.HTTPStatus() != 400 {
				t.Errorf("%s: %v, want one of %q", c.body, refusal, c.param)
			}
			continue
		}
		if got := strings.Join(p.Unknown, ","); c.param != "" || got != c.unknown {
			t.Errorf("%s: unknown %q", c.body, got)
		}
	}
}
