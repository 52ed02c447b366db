package proxy_test

import (
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
)

// An answer that is not whole in its total time is none: somebody else is asked.
func TestTotalTimeAndSomebodyElse(t *testing.T) {
	r := newRig(t, setup{timeouts: catalog.Timeouts{Total: 150 * time.Millisecond}, providers: []provider.Options{
		{Behaviour: provider.Behaviour{Fault: provider.FaultStallHeaders}},
		{Behaviour: provider.Behaviour{Text: "well"}}}})
	a := r.post(body(false, "hello"))
	if a.status != 200 || a.header.Get("x-strowger-provider") != "p2" || a.header.Get("x-strowger-attempts") != "2" {
		t.Errorf("%d %v %s", a.status, a.header, a.text)
	}
	if got := r.report(1).Attempts[0].Outcome.String(); got != "total_timeout" {
		t.Errorf("the first attempt ended as %s", got)
	}
	r.idle()
}
