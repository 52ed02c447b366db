package plan_test

import (
	"bytes"
	"testing"

	"strowger/core/plan"
	"strowger/core/recall"
)

// recalled makes a decision again from its JSON and the catalog alone. Arms that are no route's
// of the catalog, as tests have them, are given.
func recalled(t testing.TB, in *plan.Input, d *plan.Decision) {
	t.Helper()
	doc := d.AppendJSON(nil)
	r, err := recall.Read(doc)
	if err != nil {
		t.Fatalf("%v: %s", err, doc)
	}
	if len(r.Lacks) > 0 {
		t.Fatalf("lacks %v: %s", r.Lacks, doc)
	}
	from := r.Input(in.Catalog)
	if in.Policy.Route != "" {
		from.Policy.Arms = in.Policy.Arms
		from.Groups = plan.Endpoints(in.Catalog, &from.Policy)
		from.Lost = nil
		for i := range d.Candidates {
			from.Lost = append(from.Lost, *d.Candidates[i].Lost)
		}
	}
	if _, again := plan.Make(from); !bytes.Equal(again.AppendJSON(nil), doc) {
		t.Fatalf("decided\n%s\nand recalled\n%s", doc, again.AppendJSON(nil))
	}
}
