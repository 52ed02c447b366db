package policytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"strowger/core/recall"
)

// OfDecision is a file with one test that a recorded decision comes out as it did: its order, and
// what was excluded. doc is the decision as JSON; nothing of the prompt is in it.
func OfDecision(id string, doc []byte) ([]byte, error) {
	record, err := recall.Read(doc)
	if err != nil {
		return nil, err
	}
	var decided struct {
		Candidates []struct {
			Endpoint string
			Excluded *struct{ Code string }
		}
	}
	if json.Unmarshal(doc, &decided) != nil {
		return nil, errors.New("not a decision")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# What was decided on request %s, under the configuration %s.\n", id, record.Rev)
	b.WriteString("# Save it beside strowger.yaml; strowger test FILE says whether it still comes out so.\nconfig: strowger.yaml\ntests:\n")
	fmt.Fprintf(&b, "  - name: %s\n    expect:\n      plan: [", quote(record.Asked()+", "+id))
	for i, endpoint := range record.Plan {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(endpoint))
	}
	b.WriteString("]\n")
	written, seen := false, map[string]bool{}
	for _, c := range decided.Candidates {
		if c.Excluded == nil || seen[c.Endpoint] {
			continue
		}
		if seen[c.Endpoint] = true; !written {
			b.WriteString("      excluded:\n")
			written = true
		}
		fmt.Fprintf(&b, "        %s: %s\n", quote(c.Endpoint), quote(c.Excluded.Code))
	}
	fmt.Fprintf(&b, "    # The record: request, policy, candidates and what was measured.\n    decision: |\n      %s\n", doc)
	return []byte(b.String()), nil
}

// quote writes a text as JSON does, which YAML reads.
func quote(s string) string {
	b, _ := json.Marshal(s) // of a string there is no error
	return string(b)
}
