package proxy_test

import (
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
)

// A host that does not accept the connection in time is passed over for the next one.
func TestConnectTimeoutAndSomebodyElse(t *testing.T) {
	r := newRig(t, setup{
		providers: []provider.Options{{Name: "good"}},
		more:      []catalog.Provider{{Name: "deaf", BaseURL: "http://" + deaf(t)}},
		timeouts:  catalog.Timeouts{Connect: 100 * time.Millisecond},
	})
	for _, stream := range []bool{false, true} {
		a := r.post(body(stream, "sim: text=well", `"provider":{"order":["deaf"]},`))
		if a.status != 200 || !strings.Contains(a.text, "well") || a.header.Get("x-strowger-provider") != "good" || a.header.Get("x-strowger-attempts") != "2" {
			t.Errorf("stream %v: %d %v %s", stream, a.status, a.header, a.text)
		}
	}
	if got := r.report(1).Attempts[0].Outcome.String(); got != "connect_timeout" {
		t.Errorf("the first attempt ended as %s", got)
	}
}
