package filter

import (
	"strings"
	"testing"

	"strowger/edge/document/documenttest"
)

// The filter takes and refuses the documents that every reader does; but it does not serve without clusters.
func TestDocuments(t *testing.T) {
	for _, c := range documenttest.Cases(t) {
		s, problem := readSetup(c.Text)
		if c.Says == documenttest.Good && s != nil && len(s.clusters) == 0 {
			if !strings.Contains(problem, "clusters: none for provider first") {
				t.Errorf("%s: %q", c.Name, problem)
			}
			continue
		}
		c.Check(t, problem)
	}
}
