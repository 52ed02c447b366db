// Package documenttest has the documents that every reader of strowger.json must take or refuse
// alike. They are texts made of testdata/good.json: one place of it put differently.
package documenttest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Good is what a case says that is to be taken.
const Good = "good"

// Case is a document, and what its reader has to say.
type Case struct {
	Name string
	Text []byte
	// Says is Good, or what stands in the error.
	Says string
}

// Cases are all of them.
func Cases(t testing.TB) (all []Case) {
	t.Helper()
	good := read(t, "good.json")
	var list []struct {
		Name, From, To, Says, Fill string
		Times                      int
	}
	if err := json.Unmarshal(read(t, "cases.json"), &list); err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		text := string(good)
		i := strings.LastIndex(text, c.From)
		if i < 0 {
			t.Fatalf("%s: %s does not stand in good.json", c.Name, c.From)
		}
		text = text[:i] + c.To + text[i+len(c.From):] + strings.Repeat(c.Fill, c.Times)
		all = append(all, Case{c.Name, []byte(text), c.Says})
	}
	if len(all) < 100 {
		t.Fatalf("only %d cases", len(all))
	}
	return all
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	text, err := os.ReadFile(filepath.Join(filepath.Dir(here), "..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Check says what is wrong with what a reader said: problem is empty if it took the document.
func (c Case) Check(t testing.TB, problem string) {
	t.Helper()
	if took := problem == ""; took != (c.Says == Good) || !took && !strings.Contains(problem, c.Says) {
		t.Errorf("%s: the reader says %q; wanted %q", c.Name, problem, c.Says)
	}
}
