package openai

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// golden compares what was seen with a file, which -update writes anew.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want, is := strings.Split(string(text), "\n"), strings.Split(got, "\n")
	for i := range max(len(want), len(is)) {
		switch {
		case i >= len(want) || i >= len(is):
			t.Fatalf("%s: %d lines, want %d", file, len(is), len(want))
		case want[i] != is[i]:
			t.Fatalf("%s differs in line %d; run with -update and read the diff\n got  %s\n want %s", file, i+1, is[i], want[i])
		}
	}
}
