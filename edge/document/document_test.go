package document_test

import (
	"strings"
	"testing"

	"strowger/edge/abi"
	"strowger/edge/document"
	"strowger/edge/document/documenttest"
)

// What every reader takes and refuses.
func TestCases(t *testing.T) {
	for _, c := range documenttest.Cases(t) {
		d, cat, err := document.Read(c.Text)
		problem := ""
		if err != nil {
			problem = err.Error()
			if !strings.HasPrefix(problem, "strowger.json: ") || d != nil || cat != nil {
				t.Errorf("%s: %v, %v, %v", c.Name, problem, d, cat)
			}
		}
		c.Check(t, problem)
	}
}

// What a document leaves out, and what of it is put into its one form.
func TestDefaults(t *testing.T) {
	for _, c := range documenttest.Cases(t) {
		d, _, err := document.Read(c.Text)
		want := document.Limits{MaxBody: document.DefaultMaxBody, MaxAnswer: document.DefaultMaxAnswer}
		switch c.Name {
		case "a limit as a power":
			want.MaxBody = 1_000_000
		case "the largest limit":
			want.MaxAnswer = document.MostBytes
		}
		if err == nil && (d.Limits != want || d.Secrets == nil) {
			t.Errorf("%s: %+v", c.Name, d)
		}
	}
}

// A host may hold what a call of the module takes, and no more.
func TestMostBytes(t *testing.T) {
	if document.MostBytes != abi.MaxRaw {
		t.Error(document.MostBytes, abi.MaxRaw)
	}
}

// Errors show no more of a document than tells which place is meant.
func TestShortErrors(t *testing.T) {
	good := documenttest.Cases(t)[0].Text
	long := strings.Repeat("x", 5000)
	for _, from := range []string{`"rev":"`, `"secrets":{"`, `"profile`, `"strowger":`, `"clusters":{"`} {
		if _, _, err := document.Read([]byte(strings.Replace(string(good), from, from+long, 1))); err == nil || len(err.Error()) > 400 {
			t.Errorf("%s: %v", from, err)
		}
	}
}

// FuzzRead: whatever is read, there is a document that holds what was promised, or an error.
func FuzzRead(f *testing.F) {
	for _, c := range documenttest.Cases(f) {
		if len(c.Text) < 1<<20 {
			f.Add(c.Text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, cat, err := document.Read(text)
		if err != nil {
			if d != nil || cat != nil || !strings.HasPrefix(err.Error(), "strowger.json: ") {
				t.Errorf("%v, %v, %v", d, cat, err)
			}
			return
		}
		if d.Rev != cat.Rev() || len(d.Keys) == 0 && !d.Open {
			t.Errorf("%+v", d)
		}
		for at, name := range d.Secrets {
			if at == "" || !document.IsName(name) {
				t.Errorf("%q: %q", at, name)
			}
		}
		again := *d
		if _, err := again.Check(); err != nil {
			t.Error(err)
		}
	})
}
