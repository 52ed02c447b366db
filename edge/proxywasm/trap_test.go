package main_test

import (
	"bufio"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"strowger/edge/proxytest"
)

// A trap in the middle of a stream breaks that off, so that nobody takes what has come for an
// answer, and lets nothing through without the filter. Other threads go on, and where the proxy
// makes a new VM, as export's configuration of Envoy has it do, that one serves.
func TestTrap(t *testing.T) {
	for name, c := range map[string]struct {
		reload  bool
		workers int
		then    []int // answered to the requests that follow
		asked   int64 // of the provider
	}{
		"a new VM":       {true, 1, []int{200, 200}, 3},
		"none":           {false, 1, []int{503, 503}, 1},
		"another thread": {false, 2, []int{200, 503, 200, 503}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			var traps atomic.Bool
			profile := proxytest.EnvoyStopIteration()
			profile.Reload = c.reload
			profile.Now = func() time.Time {
				if traps.Swap(false) { // the module is left in the middle of a callback
					panic("the memory is gone")
				}
				return time.Now()
			}
			r := newRig(t, rigging{upstreams: []upstream{{}}, profile: &profile, workers: c.workers, violates: true})
			text, err := r.untilBroken(chatBody(`sim: text="one two`+strings.Repeat(" and so on", 20)+` end" tps=10`, true), "two", func() { traps.Store(true) })
			if err == nil || strings.Contains(text, "[DONE]") || strings.Contains(text, "end") {
				t.Errorf("the stream ends with %v: %s", err, text)
			}
			for i, status := range c.then {
				if a := r.chat("sim: text=heron", true); a.status != status || strings.Contains(a.body, "heron") != (status == 200) {
					t.Errorf("request %d is answered %d %v %.300s, want %d", i, a.status, a.broken, a.body, status)
				}
			}
			if v := r.host.Violations(); len(v) != 1 || !strings.Contains(v[0], "trapped: the memory is gone") {
				t.Errorf("%q", v)
			}
			if n := r.providers[0].Requests(); n != c.asked {
				t.Errorf("the provider was asked %d times, want %d", n, c.asked)
			}
		})
	}
}

// untilBroken reads a stream to its end and does something once a word has come.
func (r *rig) untilBroken(body, word string, then func()) (text string, err error) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), "POST", r.url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("authorization", "Bearer "+clientKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	for lines := bufio.NewReader(resp.Body); ; {
		line, err := lines.ReadString('\n')
		if text += line; err != nil {
			return text, err
		}
		if strings.Contains(line, word) {
			then()
		}
	}
}
