package codec_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/policy"
	"strowger/core/stats"
)

var schemas = []llm.Schema{llm.SchemaOpenAI, llm.SchemaResponses, llm.SchemaAnthropic, llm.SchemaGemini}

// TestReference holds the reference's tables of what each schema can say, between the two
// markers, against the codecs' own. -update writes them.
func TestReference(t *testing.T) {
	const file, begin, end = "../../docs/reference/translation.md", "<!-- tables: written by go test ./core/codec -run TestReference -update -->\n", "<!-- end of tables -->\n"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(src), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the markers are missing")
	}
	want := before + begin + "\n" + operationsTable(t) + "\n" + fieldsTable() + "\n" + end + after
	if string(src) == want {
		return
	}
	if !*update {
		t.Errorf("%s differs from the tables; run with -update\n%s", file, difference(string(src), want))
		return
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func heading(b *strings.Builder, first string) {
	b.WriteString("| " + first)
	for _, s := range schemas {
		b.WriteString(" | `" + s.String() + "`")
	}
	b.WriteString(" |\n|" + strings.Repeat("---|", strings.Count(first, "|")+1+len(schemas)) + "\n")
}

// operationsTable says what becomes of each operation at endpoints of each schema.
func operationsTable(t *testing.T) string {
	var b strings.Builder
	heading(&b, "operation")
	for op := llm.OperationChat; op <= llm.OperationCountTokens; op++ {
		b.WriteString("| `" + op.String() + "`")
		for _, s := range schemas {
			b.WriteString(" | " + served(t, op, s))
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// asking are the least bodies of operations that not all schemas have.
var asking = map[llm.Operation]string{
	llm.OperationCompletion:  `{"model":"a/m","prompt":"hi"}`,
	llm.OperationEmbeddings:  `{"model":"a/m","input":"hi"}`,
	llm.OperationCountTokens: `{"model":"a/m","messages":[{"role":"user","content":"hi"}]}`,
}

// served says how an endpoint of schema to serves an operation, by what an exchange finds out
// for a caller of the first schema that has it.
func served(t *testing.T, op llm.Operation, to llm.Schema) string {
	t.Helper()
	has := func(s llm.Schema) bool { return !tables[s].Loss(op, llm.Fields{}).Unserved }
	if has(to) {
		return "yes"
	}
	from := schemas[slices.IndexFunc(schemas, has)]
	r, refusal := codecs[from].ReadRequest(codec.Asked{Operation: op}, []byte(asking[op]))
	if refusal != nil {
		t.Fatal(refusal)
	}
	cat, err := catalog.New(catalog.Config{
		Providers: []catalog.Provider{{Name: "p", Schema: to, BaseURL: "http://p"}},
		Models:    []catalog.Model{{ID: "a/m", Endpoints: []catalog.Endpoint{{Provider: "p"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var all [llm.SchemaCount]*codec.Table
	for s, table := range tables {
		all[s] = table
	}
	pol := policy.Policy{Model: "a/m", MaxAttempts: 1}
	lost := exchange.Translate(cat, &pol, r, codecs[from], &all).Lost
	_, decision := plan.Make(plan.Input{Request: r, Policy: pol, Catalog: cat, Stats: &stats.Board{}, Now: time.Unix(1_700_000_000, 0), Lost: lost})
	switch c := &decision.Candidates[0]; {
	case c.Excluded.Code == plan.ExcludedOperation:
		return "✗"
	case c.Excluded != plan.Reason{}:
		t.Fatalf("%s at %s: %s", op, to, c.Excluded.String())
	case c.Lost.Unserved:
		return "estimated"
	}
	return "as a chat"
}

// fieldsTable says what becomes of each field in each schema.
func fieldsTable() string {
	var b strings.Builder
	heading(&b, "field | what it means")
	for f := range llm.FieldCount {
		b.WriteString("| `" + f.String() + "` | " + f.About())
		for _, s := range schemas {
			b.WriteString(" | " + cell(tables[s].Fields[f]))
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

func cell(m codec.Mapping) string {
	var words []string
	switch m.Fate {
	case codec.Approximated:
		words = append(words, "≈")
	case codec.Dropped:
		words = append(words, "–")
	case codec.Impossible:
		words = append(words, "✗")
	}
	if m.As != "" {
		words = append(words, "`"+m.As+"`")
	}
	text := strings.Join(words, " ")
	if m.Note != "" && m.As != "" {
		text += ":"
	}
	if m.Note != "" {
		text += " " + m.Note
	}
	return strings.ReplaceAll(text, "|", `\|`)
}

// A field that is dropped or approximated is told, one that is impossible makes an endpoint
// ineligible, and what is kept is neither.
func TestLoss(t *testing.T) {
	table := codec.Table{Operations: []llm.Operation{llm.OperationChat}}
	table.Fields[llm.FieldTopK].Fate = codec.Kept
	table.Fields[llm.FieldSeed].Fate = codec.Approximated
	table.Fields[llm.FieldAudio].Fate = codec.Impossible
	var fields llm.Fields
	for _, f := range []llm.Field{llm.FieldTopK, llm.FieldSeed, llm.FieldAudio, llm.FieldUnknown} {
		fields.Add(f)
	}
	l := table.Loss(llm.OperationChat, fields)
	for _, x := range []struct {
		name string
		got  llm.Fields
		want llm.Field
	}{{"approximated", l.Approximated, llm.FieldSeed}, {"impossible", l.Impossible, llm.FieldAudio}, {"dropped", l.Dropped, llm.FieldUnknown}} {
		var want llm.Fields
		want.Add(x.want)
		if x.got != want {
			t.Errorf("%s: %v, want %v", x.name, x.got.Names(), want.Names())
		}
	}
	if l.Unserved || !table.Loss(llm.OperationEmbeddings, fields).Unserved {
		t.Error("operations are mixed up")
	}
	if l := (&codec.Table{}).Loss(llm.OperationChat, fields); !l.Unserved || len(l.Dropped.Names()) != 4 {
		t.Errorf("an empty table loses %v", l)
	}
}
