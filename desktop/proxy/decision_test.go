package proxy_test

import (
	"testing"

	"github.com/google/uuid"
)

// Every answer names its decision by a UUID of version 7, under which it is recorded; no
// two have the same, and later ones sort behind earlier ones.
func TestDecisionIDs(t *testing.T) {
	r := newRig(t, setup{})
	last := ""
	for i, sent := range []string{body(false, "hello"), body(true, "hello"), body(false, "sim: status=400"), "no request at all"} {
		id := r.post(sent).header.Get("x-strowger-decision")
		if u, err := uuid.Parse(id); err != nil || u.Version() != 7 || u.String() != id || id <= last {
			t.Errorf("%s: %q after %q, %v", sent, id, last, err)
		}
		if rep := r.report(i + 1); rep.ID != id {
			t.Errorf("%s: recorded as %q, answered as %q", sent, rep.ID, id)
		}
		last = id
	}
}
