package control_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/core/stats"
	"strowger/edge/abi"
)

// edge is what the control plane of a rig knows of edge hosts.
type edge struct {
	mu     sync.Mutex
	folded []stats.Sample
}

const edgeSecret = "0123456789abcdef0123456789abcdef"

func (*edge) EdgeSecret(name string) (string, bool) {
	return map[string]string{"edge-1": edgeSecret, "edge-2": edgeSecret, "edge-0": ""}[name], name != "stranger"
}

func (*edge) ProviderOf(endpoint string) (string, bool) {
	return "p", strings.HasPrefix(endpoint, "p/")
}

func (e *edge) FoldEdge(s stats.Sample) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.folded = append(e.folded, s)
}

// signed posts a body as an edge does; change may spoil it before it goes.
func (r *rig) signed(from, body, secret string, at time.Time, change func(*http.Request)) (int, string) {
	r.t.Helper()
	req, err := http.NewRequest("POST", r.url+"/_/api/samples", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	now := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(now + "." + body))
	req.Header.Set("x-strowger-from", from)
	req.Header.Set("x-strowger-time", now)
	req.Header.Set("x-strowger-signature", hex.EncodeToString(mac.Sum(nil)))
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func batchOf(from, name string, samples ...stats.Sample) string {
	var docs []string
	for _, s := range samples {
		docs = append(docs, string(abi.AppendSample(nil, s)))
	}
	return fmt.Sprintf(`{"from":%q,"batch":%q,"dropped":2,"samples":[%s]}`, from, name, strings.Join(docs, ","))
}

// Samples of known endpoints are folded and kept, once, however often they come.
func TestSamples(t *testing.T) {
	r := newRig(t, "")
	past, ahead := time.Now().Add(-time.Minute).Truncate(time.Microsecond).UTC(), time.Now().Add(time.Hour)
	one := stats.Sample{Endpoint: "p/m", At: past, Outcome: stats.OutcomeOK, Status: 200, FirstToken: time.Millisecond, Total: time.Second,
		Cost: 7, Price: stats.Price{Known: true, Input: 1, Output: 2}}
	two := stats.Sample{Endpoint: "p/n", At: ahead, Outcome: stats.OutcomeRateLimited, Status: 429, RetryAt: past.Add(time.Hour), Account: "p"}
	body := batchOf("edge-1", "b1", one, two, stats.Sample{Endpoint: "x/y", At: past, Outcome: stats.OutcomeOK})
	for i, want := range []string{`{"taken":2,"unknown":1,"again":false}`, `{"taken":0,"unknown":0,"again":true}`} {
		if status, text := r.signed("edge-1", body, edgeSecret, time.Now(), nil); status != 200 || text != want {
			t.Errorf("%d: %d %s", i, status, text)
		}
	}
	r.restart()
	if status, text := r.signed("edge-1", body, edgeSecret, time.Now(), nil); status != 200 || !strings.Contains(text, `"again":true`) {
		t.Errorf("after a restart: %d %s", status, text)
	}
	if status, text := r.signed("edge-2", batchOf("edge-2", "b1", one), edgeSecret, time.Now(), nil); status != 200 || !strings.Contains(text, `"taken":1`) {
		t.Errorf("another edge's: %d %s", status, text)
	}
	if len(r.edge.folded) != 3 || r.edge.folded[0] != one || r.edge.folded[1].At.After(time.Now()) || r.edge.folded[2] != one {
		t.Errorf("folded %+v", r.edge.folded)
	}
	var kept []stats.Sample
	if err := r.store.Samples(t.Context(), time.Time{}, 0, func(s stats.Sample) error { kept = append(kept, s); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(kept) != 3 || kept[0] != one || kept[2].Account != "p" || !kept[2].RetryAt.Equal(two.RetryAt) {
		t.Errorf("kept %+v", kept)
	}
	var list struct {
		Edges []struct {
			Name                               string
			Last                               time.Time
			Batches, Samples, Unknown, Dropped int
		}
	}
	r.get("/_/api/edges", 200, &list)
	if len(list.Edges) != 2 || list.Edges[0].Name != "edge-1" || list.Edges[0].Batches != 1 || list.Edges[0].Samples != 2 || list.Edges[0].Unknown != 1 ||
		list.Edges[0].Dropped != 2 || time.Since(list.Edges[0].Last) > time.Minute {
		t.Errorf("%+v", list)
	}
}

// What no edge signed a short time ago is refused, and so is what is no batch; nothing is folded.
func TestSamplesRefused(t *testing.T) {
	r := newRig(t, "")
	good := batchOf("edge-1", "b1", stats.Sample{Endpoint: "p/m", At: time.Now(), Outcome: stats.OutcomeOK})
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, c := range map[string]struct {
		from, body, secret string
		late               time.Duration
		change             func(*http.Request)
		status             int
		says               string
	}{
		"no signature":        {"edge-1", good, edgeSecret, 0, set("x-strowger-signature", ""), 401, "x-strowger-signature is missing"},
		"half a signature":    {"edge-1", good, edgeSecret, 0, set("x-strowger-signature", "abc"), 401, "not signed"},
		"another's":           {"edge-1", good, "another", 0, nil, 401, "not signed"},
		"a stranger":          {"stranger", good, "", 0, nil, 401, "not signed"},
		"an empty secret":     {"edge-0", good, "", 0, nil, 401, "not signed"},
		"another time":        {"edge-1", good, edgeSecret, 0, set("x-strowger-time", "1"), 401, "not signed"},
		"long ago":            {"edge-1", good, edgeSecret, 6 * time.Minute, nil, 401, "within 5m0s of the clock here"},
		"in the future":       {"edge-1", good, edgeSecret, -6 * time.Minute, nil, 401, "within 5m0s of the clock here"},
		"under another name":  {"edge-2", good, edgeSecret, 0, nil, 400, "from: the body must name"},
		"GET":                 {"edge-1", good, edgeSecret, 0, func(r *http.Request) { r.Method = "GET" }, 405, "takes POST"},
		"DELETE":              {"edge-1", good, edgeSecret, 0, func(r *http.Request) { r.Method = "DELETE" }, 405, "takes POST"},
		"no JSON":             {"edge-1", "x", edgeSecret, 0, nil, 400, "no batch of samples"},
		"more behind it":      {"edge-1", good + "{}", edgeSecret, 0, nil, 400, "something stands behind it"},
		"an unknown member":   {"edge-1", `{"from":"edge-1","batch":"b","x":1}`, edgeSecret, 0, nil, 400, "unknown field"},
		"no name":             {"edge-1", `{"from":"edge-1"}`, edgeSecret, 0, nil, 400, "batch: needed"},
		"a long name":         {"edge-1", batchOf("edge-1", strings.Repeat("b", 65)), edgeSecret, 0, nil, 400, "at most 64 bytes"},
		"a sample without at": {"edge-1", `{"from":"edge-1","batch":"b","samples":[{"endpoint":"p/m","outcome":"ok"}]}`, edgeSecret, 0, nil, 400, "samples[0]: "},
		"an account":          {"edge-1", batchOf("edge-1", "b", stats.Sample{Endpoint: "x/y", At: time.Now(), Outcome: stats.OutcomeOK}, stats.Sample{Endpoint: "p/m", At: time.Now(), Outcome: stats.OutcomeRateLimited, Account: "x"}), edgeSecret, 0, nil, 400, `samples[1]: account: must be empty or \"p\"`},
		"a negative cost":     {"edge-1", `{"from":"edge-1","batch":"b","samples":[{"endpoint":"p/m","at_us":1,"outcome":"ok","price":{},"cost_micro":-1}]}`, edgeSecret, 0, nil, 400, "samples[0]: "},
		"too many":            {"edge-1", batchOf("edge-1", "b", slices.Repeat([]stats.Sample{{Endpoint: "p/m", At: time.Now(), Outcome: stats.OutcomeOK}}, 1001)...), edgeSecret, 0, nil, 400, "1001 are too many"},
		"too long":            {"edge-1", strings.Repeat(" ", 3<<20) + good, edgeSecret, 0, nil, 413, "cannot be read"},
	} {
		status, text := r.signed(c.from, c.body, c.secret, time.Now().Add(-c.late), c.change)
		if status != c.status || !strings.Contains(text, c.says) || strings.Contains(text, edgeSecret) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if len(r.edge.folded) != 0 {
		t.Errorf("folded %+v", r.edge.folded)
	}
	if status, text := r.signed("edge-1", good, edgeSecret, time.Now().Add(-4*time.Minute), nil); status != 200 {
		t.Errorf("a clock that is a little late: %d %s", status, text)
	}
}

// Without a record nothing can be known to have come before, so that nothing is taken.
func TestSamplesWithoutStore(t *testing.T) {
	r := newRig(t, "the disk is gone")
	if status, text := r.signed("edge-1", batchOf("edge-1", "b"), edgeSecret, time.Now(), nil); status != 503 || len(r.edge.folded) != 0 {
		t.Errorf("%d %s", status, text)
	}
}

// What an edge says of times does no harm: no window is longer than an hour, and what is old is
// kept but says nothing of now.
func TestSampleTimes(t *testing.T) {
	r := newRig(t, "")
	now := time.Now()
	forever := time.UnixMicro(1<<53 - 1)
	body := batchOf("edge-1", "b1",
		stats.Sample{Endpoint: "p/m", At: now.Add(-time.Minute), Outcome: stats.OutcomeRateLimited, Account: "p", RetryAt: forever},
		stats.Sample{Endpoint: "p/m", At: forever, Outcome: stats.OutcomeRateLimited, RetryAt: forever},
		stats.Sample{Endpoint: "p/m", At: time.UnixMicro(1), Outcome: stats.OutcomeOK},
		stats.Sample{Endpoint: "p/m", At: now.Add(-stats.Late - time.Second), Outcome: stats.OutcomeOK})
	if status, text := r.signed("edge-1", body, edgeSecret, now, nil); status != 200 || !strings.Contains(text, `"taken":4`) {
		t.Fatalf("%d %s", status, text)
	}
	if len(r.edge.folded) != 2 {
		t.Fatalf("folded %+v", r.edge.folded)
	}
	for _, s := range r.edge.folded {
		if s.At.After(time.Now()) || s.RetryAt.Sub(s.At) != stats.MaxWindow {
			t.Errorf("%+v", s)
		}
	}
}

// An edge that sends more than it may in a minute is told to wait; another is not.
func TestSamplesPace(t *testing.T) {
	r := newRig(t, "")
	unknown := slices.Repeat([]stats.Sample{{Endpoint: "x/y", At: time.Now(), Outcome: stats.OutcomeOK}}, 1000)
	var after string
	for i := range 22 {
		status, text := r.signed("edge-1", batchOf("edge-1", strconv.Itoa(i), unknown...), edgeSecret, time.Now(), nil)
		if want := map[bool]int{true: 200, false: 429}[i < 20]; status != want {
			t.Errorf("batch %d: %d %s", i, status, text)
		}
		after = text
	}
	if !strings.Contains(after, "20000 samples a minute") {
		t.Error(after)
	}
	if status, text := r.signed("edge-2", batchOf("edge-2", "1", unknown...), edgeSecret, time.Now(), nil); status != 200 {
		t.Errorf("another edge: %d %s", status, text)
	}
}
