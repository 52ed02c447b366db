package trace_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"

	"strowger/bench/provider"
)

func TestFallback(t *testing.T) {
	c := collect(t, nil)
	r := export(t, to(c), provider.Options{Behaviour: provider.Behaviour{Fault: provider.FaultStatus, Status: 503}}, provider.Options{})
	if status, text := r.post(body(false, `sim: text="well well"`)); status != 200 {
		t.Fatal(status, text)
	}
	rep := <-r.reports
	own, below := c.exchange(2)
	if own.Name != "chat "+model || own.Status.GetCode() != tracepb.Status_STATUS_CODE_UNSET {
		t.Errorf("%s, %v", own.Name, own.Status)
	}
	if id := strings.ReplaceAll(rep.ID, "-", ""); hex.EncodeToString(own.TraceId) != id || len(own.ParentSpanId) != 0 || own.Flags != 0x103 {
		t.Errorf("trace %x of decision %s, parent %x, flags %x", own.TraceId, rep.ID, own.ParentSpanId, own.Flags)
	}
	if start := uint64(rep.Started.UnixNano()); own.StartTimeUnixNano != start || own.EndTimeUnixNano != start+uint64(rep.Total) {
		t.Errorf("from %d to %d, reported as %v, %v", own.StartTimeUnixNano, own.EndTimeUnixNano, rep.Started, rep.Total)
	}
	own.want(t, map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.request.model": model, "gen_ai.response.model": model, "gen_ai.provider.name": "p2",
		"gen_ai.response.finish_reasons": "[stop]", "gen_ai.request.stream": nil, "gen_ai.response.time_to_first_chunk": nil,
		"http.response.status_code": 200, "error.type": nil, "gen_ai.usage.input_tokens": nil,
		"strowger.decision.id": rep.ID, "strowger.outcome": "ok", "strowger.strategy": "priority", "strowger.cache": "off", "strowger.schema": "openai",
		"strowger.attempts": 2, "strowger.fallbacks": 1, "strowger.cost_micro": int(rep.Cost), "strowger.failed_cost_micro": 0, "strowger.route": nil,
	})
	if why, _ := own.is["strowger.reason"].(string); !strings.Contains(why, "p1/upstream-p1 goes first") {
		t.Errorf("reason %q", why)
	}
	if below[0].Name != "chat upstream-p1" || below[0].Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR || below[0].Flags != 0x103 {
		t.Errorf("%s, %v, flags %x", below[0].Name, below[0].Status, below[0].Flags)
	}
	below[0].want(t, map[string]any{"error.type": "overloaded", "http.response.status_code": 503, "gen_ai.provider.name": "p1", "gen_ai.request.model": "upstream-p1",
		"server.address": "127.0.0.1", "gen_ai.usage.input_tokens": nil, "strowger.attempt.number": 1, "strowger.attempt.outcome": "overloaded"})
	u := &rep.Attempts[1].Usage
	below[1].want(t, map[string]any{"error.type": nil, "http.response.status_code": 200, "gen_ai.provider.name": "p2", "strowger.attempt.provider": "p2",
		"server.address": "127.0.0.1", "server.port": r.ports[1],
		"gen_ai.usage.input_tokens": int(u.Input), "gen_ai.usage.output_tokens": int(u.Output), "gen_ai.response.finish_reasons": "[stop]",
		"strowger.attempt.number": 2, "strowger.attempt.model": model, "strowger.attempt.cost_micro": int(rep.Cost)})
	if rep.Cost == 0 || u.Input == 0 || u.Output == 0 {
		t.Errorf("nothing was used: %d, %+v", rep.Cost, u)
	}
}

func TestStream(t *testing.T) {
	c := collect(t, nil)
	s := to(c)
	s.Gzip = true
	r := export(t, s, provider.Options{})
	if status, text := r.post(body(true, "sim: tokens=20 latency=20ms")); status != 200 || !strings.Contains(text, "[DONE]") {
		t.Fatal(status, text)
	}
	rep := <-r.reports
	own, below := c.exchange(1)
	want := map[string]any{"gen_ai.request.stream": true, "gen_ai.response.finish_reasons": "[stop]"}
	own.want(t, want)
	below[0].want(t, want)
	if got := own.is["gen_ai.response.time_to_first_chunk"]; got != rep.First.Seconds() || rep.First == 0 {
		t.Errorf("first chunk after %v s, want %v", got, rep.First)
	}
	if got := below[0].is["gen_ai.response.time_to_first_chunk"]; got != rep.Attempts[0].First.Seconds() {
		t.Errorf("first chunk of the attempt after %v s, want %v", got, rep.Attempts[0].First)
	}
}

// A stream that is cut for good is strowger's failure, whatever status it began with.
func TestCutStream(t *testing.T) {
	c := collect(t, nil)
	r := export(t, to(c), provider.Options{})
	resp, err := http.Post(r.url+"/v1/chat/completions", "application/json", strings.NewReader(body(true, "sim: fault=cut after=3")))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
	}
	own, below := c.exchange(1)
	if own.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR || below[0].Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR {
		t.Errorf("%v, %v", own.Status, below[0].Status)
	}
	own.want(t, map[string]any{"strowger.outcome": "failed", "http.response.status_code": 200, "error.type": "stream_cut"})
	below[0].want(t, map[string]any{"error.type": "cut", "gen_ai.response.finish_reasons": nil})
}

// The caller leaves: that is nobody's failure.
func TestCallerLeaves(t *testing.T) {
	c := collect(t, nil)
	r := export(t, to(c), provider.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+"/v1/chat/completions", strings.NewReader(body(true, `sim: fault=stall after=3 text="one two three four"`)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan() && !strings.Contains(lines.Text(), "three"); {
	}
	cancel()
	own, below := c.exchange(1)
	if own.Status.GetCode() != tracepb.Status_STATUS_CODE_UNSET || below[0].Status.GetCode() != tracepb.Status_STATUS_CODE_UNSET {
		t.Errorf("%v, %v", own.Status, below[0].Status)
	}
	own.want(t, map[string]any{"error.type": "left", "strowger.outcome": "left"})
	below[0].want(t, map[string]any{"error.type": "left", "strowger.attempt.outcome": "left"})
}

// A request that is refused has a span and no attempt; the caller's mistake is no failure of ours.
func TestRefused(t *testing.T) {
	for _, tc := range []struct {
		body, name, code string
		status           int
	}{
		{`{"model":"sim/none","messages":[{"role":"user","content":"x"}]}`, "chat sim/none", "model_not_found", 404},
		{`{"model":`, "chat", "invalid_request", 400},
	} {
		c := collect(t, nil)
		r := export(t, to(c), provider.Options{})
		if status, text := r.post(tc.body); status != tc.status {
			t.Fatal(status, text)
		}
		own, _ := c.exchange(0)
		if own.Name != tc.name || own.Status.GetCode() != tracepb.Status_STATUS_CODE_UNSET {
			t.Errorf("%q, %v", own.Name, own.Status)
		}
		own.want(t, map[string]any{"http.response.status_code": tc.status, "error.type": tc.code, "strowger.outcome": "refused", "strowger.attempts": 0,
			"gen_ai.provider.name": nil, "gen_ai.response.model": nil})
	}
}

const (
	parentTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	parentSpan  = "00f067aa0ba902b7"
)

// A well-formed traceparent is the parent, and what it says of sampling holds. Another says nothing.
func TestParent(t *testing.T) {
	good := "00-" + parentTrace + "-" + parentSpan
	for _, tc := range []struct {
		headers []string
		child   bool
		lost    bool
	}{
		{headers: []string{good + "-01"}, child: true},
		{headers: []string{"01-" + parentTrace + "-" + parentSpan + "-09-what-is-to-come"}, child: true},
		{headers: []string{good + "-00"}, lost: true},
		{headers: []string{good + "-01", good + "-01"}},
		{headers: []string{good + "-01-more"}},
		{headers: []string{good}},
		{headers: []string{good + "-0g"}},
		{headers: []string{"ff-" + parentTrace + "-" + parentSpan + "-01"}},
		{headers: []string{"01-" + parentTrace + "-" + parentSpan + "-01+"}},
		{headers: []string{"00-" + strings.ToUpper(parentTrace) + "-" + parentSpan + "-01"}},
		{headers: []string{"00-" + strings.Repeat("0", 32) + "-" + parentSpan + "-01"}},
		{headers: []string{"00-" + parentTrace + "-" + strings.Repeat("0", 16) + "-01"}},
		{headers: []string{"00_" + parentTrace + "-" + parentSpan + "-01"}},
		{headers: []string{""}},
	} {
		t.Run(fmt.Sprint(tc.headers), func(t *testing.T) {
			c := collect(t, nil)
			r := export(t, to(c), provider.Options{})
			var sent []string
			for _, h := range tc.headers {
				sent = append(sent, "traceparent", h)
			}
			if status, text := r.post(body(false, "hello"), sent...); status != 200 {
				t.Fatal(status, text)
			}
			if got := r.providers[0].Last().Header["Traceparent"]; got != nil {
				t.Errorf("the provider was sent %q", got)
			}
			if tc.lost {
				<-r.reports
				if _ = r.exporter.Close(); len(c.spans()) > 0 {
					t.Error("a trace that is not sampled is exported")
				}
				return
			}
			own, _ := c.exchange(1)
			child := hex.EncodeToString(own.TraceId) == parentTrace && hex.EncodeToString(own.ParentSpanId) == parentSpan && own.Flags == 0x301
			if root := len(own.ParentSpanId) == 0 && own.Flags == 0x103; child != tc.child || root == tc.child {
				t.Errorf("trace %x, parent %x, flags %x", own.TraceId, own.ParentSpanId, own.Flags)
			}
		})
	}
}

// Nothing of what was said, no key and no address but the host gets into a span, whatever providers
// put into their errors.
func TestNothingPrivate(t *testing.T) {
	const key, said, answered = "sk-provider-0123456789", "the-secret-question", "the-secret-answer"
	c := collect(t, nil)
	r := export(t, to(c), provider.Options{Key: key}, provider.Options{Key: key})
	r.post(body(false, `sim: text="`+answered+`"`+"\n"+said), "authorization", "Bearer sk-caller-0123456789", "x-api-key", "sk-caller-0123456789")
	r.post(body(true, `sim: text="`+answered+`"`+"\n"+said))
	r.post(body(false, "sim: status="+strconv.Itoa(400)+"\n"+said))
	r.post(body(false, "sim: fault=bad_json\n"+said))
	r.post(strings.Replace(body(false, said), `"stream":false`, `"stream":"`+said+`"`, 1))
	for range 5 {
		<-r.reports
	}
	if err := r.exporter.Close(); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	all := strings.Join(c.bodies, "\n")
	for _, private := range []string{key, said, answered, "sk-caller", "/v1/chat", "http://"} {
		if strings.Contains(all, private) {
			t.Errorf("%q is exported", private)
		}
	}
	if !strings.Contains(all, "strowger.decision.id") {
		t.Error("nothing is exported")
	}
}
