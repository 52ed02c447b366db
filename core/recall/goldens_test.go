package recall_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/core/recall"
)

// Every decision in a report of the exchange's scenarios can be read, and lacks nothing.
func TestReadsReports(t *testing.T) {
	files, err := filepath.Glob("../exchange/testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	read, auto := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(text), "\n") {
			doc, ok := strings.CutPrefix(strings.TrimSpace(line), "report ")
			if !ok {
				continue
			}
			var report struct{ Decision json.RawMessage }
			if err := json.Unmarshal([]byte(doc), &report); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if string(report.Decision) == "null" {
				continue
			}
			r, err := recall.Read(report.Decision)
			if err != nil || len(r.Lacks) > 0 {
				t.Errorf("%s: %v %v", file, err, r)
				continue
			}
			if read++; r.Policy.Auto != nil {
				auto++
			}
		}
	}
	if read < 100 || auto < 5 {
		t.Errorf("%d decisions were read, %d of auto mode", read, auto)
	}
}
