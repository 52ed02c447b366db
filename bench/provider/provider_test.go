package provider

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestKeyAndModels(t *testing.T) {
	p, s := start(t, Options{Name: "acme", Description: "One sentence.", Key: "sk-1", Models: []string{"a/b", "m"}, Price: Price{Input: 0.15, Output: 2.5}})
	for _, c := range []struct {
		body, key string
		status    int
		code      string
	}{
		{say("hi", ""), "", 401, "<nil>"},
		{say("hi", ""), "Authorization: Bearer sk-2", 401, "invalid_api_key"},
		{say("hi", ""), "Authorization: Bearer sk-1", 200, ""},
		{`{"model":"a\/b","messages":[{}]}`, "Authorization: Bearer sk-1", 200, ""},
		{`{"model":"gpt-9","messages":[{}]}`, "Authorization: Bearer sk-1", 404, "model_not_found"},
	} {
		res, body := post(t, s, c.body, c.key)
		var m struct {
			Error struct{ Message, Type, Code any }
		}
		if err := json.Unmarshal([]byte(body), &m); err != nil || res.StatusCode != c.status || c.code != "" && fmt.Sprint(m.Error.Code) != c.code {
			t.Errorf("%s with %q: %d %s %v", c.body, c.key, res.StatusCode, body, err)
		}
	}
	if got := p.Requests(); got != 5 {
		t.Errorf("%d requests", got)
	}

	req, _ := http.NewRequest(http.MethodGet, s.URL+"/v1/models", nil)
	req.Header.Set("Authorization", "Bearer sk-1")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	for _, want := range []string{`"object":"list"`, `"id":"a/b"`, `"name":"acme: m"`, `"description":"One sentence."`, `"prompt":"0.00000015"`, `"completion":"0.0000025"`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("models: no %s in %s", want, body)
		}
	}
	if got := p.Requests(); got != 5 {
		t.Errorf("%d requests: the model list was counted", got)
	}
}

// TestPrefill holds that an answer goes on behind what the assistant said last, and only there.
func TestPrefill(t *testing.T) {
	const user, text = `{"role":"user","content":"go on"}`, "one two größer \"four\" five"
	for name, c := range map[string]struct {
		prefill        bool
		messages, want string
	}{
		"begun":             {true, user + `,{"role":"assistant","content":"one two gr\u00f6\u00dfer"}`, ` "four" five`},
		"begun in parts":    {true, user + `,{"role":"assistant","content":[{"type":"text","text":"one"}]}`, ` two größer "four" five`},
		"all of it":         {true, user + `,{"role":"assistant","content":"one two größer \"four\" five"}`, ""},
		"something else":    {true, user + `,{"role":"assistant","content":"two"}`, text},
		"not the last":      {true, `{"role":"assistant","content":"one two"},` + user, text},
		"said by a user":    {true, `{"role":"user","content":"one two"}`, text},
		"a call, no words":  {true, user + `,{"role":"assistant","content":null}`, text},
		"it does not do so": {false, user + `,{"role":"assistant","content":"one two"}`, text},
	} {
		_, s := start(t, Options{Behaviour: Behaviour{Text: text, Prefill: c.prefill}})
		_, body := post(t, s, `{"model":"m","messages":[`+c.messages+`]}`)
		var got wire
		if err := json.Unmarshal([]byte(body), &got); err != nil || *(*got.Choices)[0].Message.Content != c.want {
			t.Errorf("%s: %s", name, body)
		}
	}
}

func TestUnknownPath(t *testing.T) {
	_, s := start(t, Options{})
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"POST", "/chat/completions", 200},
		{"POST", "/v1/chat/completions?x=1", 200},
		{"GET", "/models", 200},
		{"GET", "/v1/chat/completions", 404},
		{"POST", "/v1/moderations", 404},
		{"POST", "/v1beta/models/m:predict", 404},
	} {
		req, _ := http.NewRequest(c.method, s.URL+c.path, strings.NewReader(say("hi", "")))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != c.status {
			t.Errorf("%s %s: %d", c.method, c.path, res.StatusCode)
		}
	}
}

func TestRateLimit(t *testing.T) {
	var clock atomic.Int64
	now := func() time.Time { return fixed().Add(time.Duration(clock.Load())) }
	_, s := start(t, Options{RateLimit: RateLimit{Requests: 2, Per: 10 * time.Second}, Now: now})
	for _, c := range []struct {
		at                          time.Duration
		status                      int
		remaining, resets, retryFor string
	}{
		{0, 200, "1", "10s", ""},
		{1500 * time.Millisecond, 200, "0", "8.5s", ""},
		{1500 * time.Millisecond, 429, "0", "8.5s", "9"},
		{9 * time.Second, 429, "0", "1s", "1"},
		{10 * time.Second, 200, "1", "10s", ""},
	} {
		clock.Store(int64(c.at))
		res, body := post(t, s, say("hi", ""))
		h := res.Header
		if res.StatusCode != c.status || h.Get("Retry-After") != c.retryFor || h.Get("X-Ratelimit-Limit-Requests") != "2" ||
			h.Get("X-Ratelimit-Remaining-Requests") != c.remaining || h.Get("X-Ratelimit-Reset-Requests") != c.resets {
			t.Errorf("at %v: %d %v %s", c.at, res.StatusCode, h, body)
		}
		if c.status == 429 && !strings.Contains(body, `"code":"rate_limit_exceeded"`) {
			t.Errorf("at %v: %s", c.at, body)
		}
	}
}

func TestLastAndCounters(t *testing.T) {
	p, s := start(t, Options{})
	if got := p.Last(); got.Method != "" || got.Body != nil {
		t.Errorf("before the first: %+v", got)
	}
	post(t, s, say("sim: tokens=5 reasoning=2", ""), "X-Who: me")
	last := p.Last()
	if last.Method != "POST" || last.URL != "/v1/chat/completions" || last.Host != s.URL[len("http://"):] ||
		last.Header.Get("X-Who") != "me" || string(last.Body) != say("sim: tokens=5 reasoning=2", "") || last.Size != int64(len(last.Body)) {
		t.Errorf("last %+v", last)
	}
	if in, out := p.Tokens(); in != 7 || out != 7 {
		t.Errorf("tokens %d in, %d out", in, out)
	}
	conn := dial(t, s, say("sim: fault=cut after=3", `,"stream":true`))
	observe(conn, 5*time.Second)
	if in, out := p.Tokens(); in != 7+6 || out != 7+3 {
		t.Errorf("tokens after a cut: %d in, %d out", in, out)
	}
	post(t, s, say("sim: status=500", ""))
	if in, out := p.Tokens(); in != 7+6 || out != 7+3 {
		t.Errorf("tokens after a refused request: %d in, %d out", in, out)
	}

	long := say(strings.Repeat("x", 2*maxKept), "")
	post(t, s, long)
	if last := p.Last(); len(last.Body) != maxKept || last.Size != int64(len(long)) {
		t.Errorf("long body: kept %d of %d", len(last.Body), last.Size)
	}
	if p.Requests() != 4 {
		t.Errorf("%d requests", p.Requests())
	}
	eventually(t, "nothing open", func() bool { return p.Open() == 0 })
}

// eventually waits for what happens soon but in another goroutine.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 5 s", what)
		}
	}
}

// TestConcurrent is for the race detector: everything at once on one provider.
func TestConcurrent(t *testing.T) {
	p, s := start(t, Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				p.SetBehaviour(Behaviour{Tokens: i + 1})
				_, body := post(t, s, say("hi", fmt.Sprintf(`,"stream":%v`, j%2 == 0)))
				if !strings.Contains(body, `"finish_reason":"stop"`) {
					t.Errorf("answer %s", body)
				}
				p.Tokens()
				if last := p.Last(); last.Method != "POST" {
					t.Errorf("last %+v", last)
				}
			}
		})
	}
	wg.Wait()
	if p.Requests() != 160 {
		t.Errorf("%d requests", p.Requests())
	}
}

func TestSetBehaviourEndsScript(t *testing.T) {
	p, s := start(t, Options{Script: Cycle(Phase{For: time.Hour, Behaviour: Behaviour{Status: 503, RetryAfter: "2"}})})
	if res, _ := post(t, s, say("hi", "")); res.StatusCode != 503 || res.Header.Get("Retry-After") != "2" {
		t.Errorf("script: %d %v", res.StatusCode, res.Header)
	}
	p.SetBehaviour(Behaviour{Text: "back again"})
	if _, body := post(t, s, say("hi", "")); !strings.Contains(body, `"back again"`) {
		t.Errorf("after SetBehaviour: %s", body)
	}
	p.SetBehaviour(Behaviour{Fault: "tantrum"})
	if res, body := post(t, s, say("hi", "")); res.StatusCode != 400 || !strings.Contains(body, "tantrum") {
		t.Errorf("unknown fault: %d %s", res.StatusCode, body)
	}
}

// TestPace checks what time must pass at least; a busy machine may take longer.
func TestPace(t *testing.T) {
	_, s := start(t, Options{})
	for _, c := range []struct {
		directive, more string
		least           time.Duration
	}{
		{"sim: latency=40ms", "", 40 * time.Millisecond},
		{"sim: latency=40ms jitter=10ms", `,"stream":true`, 30 * time.Millisecond},
		{"sim: tps=100 tokens=6 latency=10ms", `,"stream":true`, 60 * time.Millisecond},
		{"sim: tps=100 tokens=6 latency=10ms", "", 60 * time.Millisecond},
		{"sim: status=500 latency=40ms", "", 40 * time.Millisecond},
	} {
		began := time.Now()
		post(t, s, say(c.directive, c.more))
		if took := time.Since(began); took < c.least {
			t.Errorf("%s%s: took %v, want %v at least", c.directive, c.more, took, c.least)
		}
	}
}

// TestPacedStreamArrivesPieceByPiece reads a slow stream: its first token is there long before its last.
func TestPacedStreamArrivesPieceByPiece(t *testing.T) {
	_, s := start(t, Options{Behaviour: Behaviour{TokensPerSecond: 20, Tokens: 8}})
	res, err := http.Post(s.URL+"/v1/chat/completions", "application/json", strings.NewReader(say("hi", `,"stream":true`)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	buf := make([]byte, 16)
	if _, err := io.ReadFull(res.Body, buf); err != nil {
		t.Fatal(err)
	}
	first := time.Now()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	if gap := time.Since(first); gap < 150*time.Millisecond {
		t.Errorf("last came %v after the first; 8 tokens at 20/s take 350ms", gap)
	}
}

func TestUsage(t *testing.T) {
	_, s := start(t, Options{})
	for _, c := range []struct {
		directive                                string
		input, output, total, cached, reasonings int
	}{
		{"sim: tokens=5  ", 4, 5, 9, 0, 0},
		{"sim: tokens=5 cached=3", 6, 5, 11, 3, 0},
		{"sim: tokens=5 cached=99 reasoning=7", 9, 12, 21, 9, 7},
	} {
		_, body := post(t, s, say(c.directive, ""))
		var m wire
		if err := json.Unmarshal([]byte(body), &m); err != nil || m.Usage == nil {
			t.Fatalf("%s: %v %s", c.directive, err, body)
		}
		u := m.Usage
		if u.PromptTokens != c.input || u.CompletionTokens != c.output || u.TotalTokens != c.total || u.Prompt.Cached != c.cached || u.Completion.Reasoning != c.reasonings {
			t.Errorf("%s: usage %+v", c.directive, *u)
		}
	}
}

func TestStatusBodies(t *testing.T) {
	_, s := start(t, Options{})
	for directive, want := range map[string]string{
		"sim: status=400 code=context_length_exceeded": `400 invalid_request_error context_length_exceeded`,
		"sim: status=401":                     `401 invalid_request_error invalid_api_key`,
		"sim: status=403":                     `403 invalid_request_error unsupported_country_region_territory`,
		"sim: status=404":                     `404 invalid_request_error model_not_found`,
		"sim: status=429":                     `429 requests rate_limit_exceeded`,
		"sim: status=500":                     `500 server_error server_error`,
		"sim: status=529":                     `529 server_error overloaded`,
		"sim: fault=body_error status=429":    `200 requests rate_limit_exceeded`,
		"sim: fault=error_event code=my_code": `200 server_error my_code`,
	} {
		res, body := post(t, s, say(directive, ""))
		var m wire
		if err := json.Unmarshal([]byte(body), &m); err != nil || m.Error == nil || m.Error.Code == nil {
			t.Fatalf("%s: %v %s", directive, err, body)
		}
		if got := fmt.Sprintf("%d %s %s", res.StatusCode, m.Error.Type, *m.Error.Code); got != want {
			t.Errorf("%s: %s, want %s", directive, got, want)
		}
	}
}

// TestLongBodies bounds what is held in memory: of a request by refusing it, of a stream by sending it.
func TestLongBodies(t *testing.T) {
	p := New(Options{})
	w := &countingWriter{ResponseRecorder: httptest.NewRecorder()}
	p.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/chat/completions", endless{}))
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("endless request: %d %s", w.Code, w.Body)
	}
	w = &countingWriter{ResponseRecorder: httptest.NewRecorder()}
	p.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/chat/completions", strings.NewReader(say("sim: tokens=1000", `,"stream":true`))))
	if w.most > sendAt+1024 || strings.Count(w.Body.String(), `"content"`) != 1001 {
		t.Errorf("long stream: %d tokens, a write of %d bytes", strings.Count(w.Body.String(), `"content"`), w.most)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// TestTrickleWritesLittle counts writes, which the network would not show.
func TestTrickleWritesLittle(t *testing.T) {
	p := New(Options{Behaviour: Behaviour{Fault: FaultTrickle}})
	w := &countingWriter{ResponseRecorder: httptest.NewRecorder()}
	p.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/chat/completions", strings.NewReader(say("hi", `,"stream":true`))))
	if w.most > 16 || w.writes < w.Body.Len()/16 || !strings.HasSuffix(w.Body.String(), done) {
		t.Errorf("%d writes of at most %d bytes for %d", w.writes, w.most, w.Body.Len())
	}
}

type countingWriter struct {
	*httptest.ResponseRecorder
	writes, most int
}

func (w *countingWriter) Write(b []byte) (int, error) {
	w.writes++
	w.most = max(w.most, len(b))
	return w.ResponseRecorder.Write(b)
}

// TestNoHijacker breaks the connection the only way left where it cannot be taken over.
func TestNoHijacker(t *testing.T) {
	p := New(Options{Behaviour: Behaviour{Fault: FaultReset}})
	defer func() {
		if r := recover(); r != http.ErrAbortHandler {
			t.Errorf("recovered %v", r)
		}
		if p.Open() != 0 {
			t.Errorf("%d open", p.Open())
		}
	}()
	p.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/chat/completions", strings.NewReader(say("hi", ""))))
}
