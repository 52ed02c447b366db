package plan

import (
	"testing"

	"strowger/core/jsonout"
	"strowger/core/policy"
	"strowger/core/stats"
)

// What is written in one piece is what is written field by field.
func TestPieces(t *testing.T) {
	p, r := policy.Policy{AllowFallbacks: true}, stats.Untried()
	if !unruled(&p) {
		t.Error("a policy without rules has some")
	}
	for _, c := range []struct {
		piece  string
		fields func(w *jsonout.Writer)
	}{
		{noRules, func(w *jsonout.Writer) { writeRules(w, &p) }},
		{noWishes, func(w *jsonout.Writer) { writeWishes(w, &p) }},
		{noNeeds, func(w *jsonout.Writer) { writeNeeds(w, &Summary{}) }},
		{noReason, func(w *jsonout.Writer) { writeReasons(w, &Candidate{}) }},
		{noTerms, func(w *jsonout.Writer) { writeTerms(w, &Score{}) }},
		{untried, func(w *jsonout.Writer) { writeKnown(w, &r) }},
		{noFault, func(w *jsonout.Writer) { writeFaults(w, &r) }},
	} {
		var w jsonout.Writer
		if c.fields(&w); string(w.Buf) != c.piece {
			t.Errorf("%s\nfield by field: %s", c.piece, w.Buf)
		}
	}
}

// A rule that is set is written: none may be taken for one that is not.
func TestUnruled(t *testing.T) {
	for i, p := range []policy.Policy{
		{}, {AllowFallbacks: true, Order: []string{"a"}}, {AllowFallbacks: true, Only: []string{}}, {AllowFallbacks: true, Ignore: []string{"a"}},
		{AllowFallbacks: true, Mixed: true}, {AllowFallbacks: true, RequireParameters: true}, {AllowFallbacks: true, MaxPrice: []policy.PriceLimit{{}}},
		{AllowFallbacks: true, Demands: policy.Demands{NoCollection: true}}, {AllowFallbacks: true, Demands: policy.Demands{ZDR: true}},
		{AllowFallbacks: true, Demands: policy.Demands{Quantizations: []string{}}},
	} {
		if unruled(&p) {
			t.Errorf("policy %d has a rule", i)
		}
	}
}
