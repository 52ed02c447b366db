package whatif

import (
	"strings"
	"testing"
)

func TestCompared(t *testing.T) {
	const doc = `{"id":"x","candidates":[{"endpoint":"a/b","score":100}]}`
	if out := compared([]byte(doc), []byte(doc)); !out.Equal || out.Difference != "" {
		t.Errorf("%+v", out)
	}
	for name, other := range map[string]string{
		"one byte": strings.Replace(doc, "100", "101", 1), "longer": doc + " ", "shorter": doc[:20], "empty": "",
	} {
		out := compared([]byte(doc), []byte(other))
		if out.Equal || !strings.HasPrefix(out.Difference, "at byte ") {
			t.Errorf("%s: %+v", name, out)
		}
	}
}
