package provider

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestDirectives(t *testing.T) {
	base := Behaviour{Latency: time.Second, Fault: FaultStall, FaultRate: 0.25}
	for _, c := range []struct {
		headers, message string
		want             Behaviour
	}{
		{"", "", base},
		{"", "sim:", base},
		{"", "sim: latency=5ms", Behaviour{Latency: 5 * time.Millisecond, Fault: FaultStall, FaultRate: 0.25}},
		{"X-Sim-Fault: cut;after=3", "", Behaviour{Latency: time.Second, Fault: FaultCut, After: 3}},
		{"X-Sim-Fault: cut; after=3 ; rate=0.5", "", Behaviour{Latency: time.Second, Fault: FaultCut, After: 3, FaultRate: 0.5}},
		{"X-Sim-Rate: 0.5;fault=cut", "", Behaviour{Latency: time.Second, Fault: FaultCut, FaultRate: 0.5}},
		{"X-Sim-Status: 429;retry-after=1|X-Sim-Latency: 0s", "", Behaviour{Fault: FaultStatus, Status: 429, RetryAfter: "1"}},
		{"X-Sim-Status: 529|X-Sim-Fault: error_event", "", Behaviour{Latency: time.Second, Fault: FaultErrorEvent, Status: 529}},
		{"X-Sim-Fault: cut;after=3", "sim: fault=none", Behaviour{Latency: time.Second, Fault: FaultNone, After: 3}},
		{"", "sim: fault=error_event status=502 code=bad\nstatus=200", Behaviour{Latency: time.Second, Fault: FaultErrorEvent, Status: 502, Code: "bad"}},
		{"", "sim: fault=none prefill=true", Behaviour{Latency: time.Second, Fault: FaultNone, Prefill: true}},
		{"X-Sim-Prefill: true", "sim: fault=none prefill=false", Behaviour{Latency: time.Second, Fault: FaultNone}},
		{
			"", `sim:retry-after="Wed, 21 Oct 2026 07:28:00 GMT"  text="a b=c" tps=1e2 tokens=20 jitter=1s cached=1 reasoning=2`,
			Behaviour{
				Latency: time.Second, Fault: FaultStall, FaultRate: 0.25, RetryAfter: "Wed, 21 Oct 2026 07:28:00 GMT", Text: "a b=c",
				TokensPerSecond: 100, Tokens: 20, Jitter: time.Second, CachedTokens: 1, ReasoningTokens: 2,
			},
		},
	} {
		b := base
		d := directives{b: &b}
		if err := d.headers(header(c.headers)); err != nil {
			t.Errorf("%s: %v", c.headers, err)
		}
		if err := d.message(c.message); err != nil {
			t.Errorf("%s: %v", c.message, err)
		}
		if b != c.want {
			t.Errorf("%s, %s:\n got %+v\nwant %+v", c.headers, c.message, b, c.want)
		}
	}
}

func header(lines string) http.Header {
	h := http.Header{"Accept": {"*/*"}}
	for line := range strings.SplitSeq(lines, "|") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			h.Set(name, value)
		}
	}
	return h
}

func TestBadDirectives(t *testing.T) {
	_, s := start(t, Options{})
	for _, c := range []struct{ headers, message, param string }{
		{"", "sim: falt=cut", "falt"},
		{"", "sim: fault=tantrum", "fault"},
		{"", "sim: after=x", "after"},
		{"", "sim: after=-1", "after"},
		{"", "sim: latency=5", "latency"},
		{"", "sim: latency=-5ms", "latency"},
		{"", "sim: tps=NaN", "tps"},
		{"", "sim: rate=0", "rate"},
		{"", "sim: rate=1.1", "rate"},
		{"", "sim: status=200", "status"},
		{"", "sim: tokens=0", "tokens"},
		{"", "sim: prefill=yes", "prefill"},
		{"", "sim: hello there", "hello"},
		{"", "sim: hello there=1", "hello"},
		{"", `sim: text="open`, "text"},
		{"X-Sim-Speed: 9", "hi", "speed"},
		{"X-Sim-Fault: cut;after", "hi", "fault"},
		{"X-Sim-Fault: cut;after=", "hi", "after"},
	} {
		res, body := post(t, s, say(c.message, ""), c.headers)
		if res.StatusCode != 400 || !strings.Contains(body, `"param":"`+c.param+`"`) || !strings.Contains(body, `"code":"bad_directive"`) {
			t.Errorf("%s, %s: %d %s", c.headers, c.message, res.StatusCode, body)
		}
	}
}
