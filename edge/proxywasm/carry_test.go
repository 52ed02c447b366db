package main_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
)

// asked is a request of a schema's for a text.
func asked(schema, text string, stream bool) (path, body string) {
	flag := ""
	if stream {
		flag = `,"stream":true`
	}
	switch schema {
	case "openai-responses":
		return "/v1/responses", `{"model":"` + model + `","input":"` + text + `"` + flag + `}`
	case "anthropic":
		return "/v1/messages", `{"model":"` + model + `","max_tokens":100,"messages":[{"role":"user","content":"` + text + `"}]` + flag + `}`
	case "gemini":
		path = "/v1beta/models/" + model + ":generateContent"
		if stream {
			path = "/v1beta/models/" + model + ":streamGenerateContent?alt=sse"
		}
		return path, `{"contents":[{"role":"user","parts":[{"text":"` + text + `"}]}]}`
	}
	return "/v1/chat/completions", chatBody(text, stream)
}

var schemas = []string{"openai", "openai-responses", "anthropic", "gemini"}

// Every caller gets the text of every provider, streamed and not.
func TestPairs(t *testing.T) {
	for _, served := range schemas {
		r := newRig(t, rigging{upstreams: []upstream{{schema: served}}})
		for _, caller := range schemas {
			for _, stream := range []bool{false, true} {
				path, body := asked(caller, `sim: text=heron`, stream)
				a := r.send("POST", path, body)
				a.want(t, 200, "heron")
				path, body = asked(caller, `sim: fault=trickle tokens=5`, stream)
				if b := r.send("POST", path, body); b.status != 200 || b.broken != nil || stream && strings.Count(b.body, "data:") < 5 {
					t.Errorf("%s from %s in small pieces: %d %v %s", caller, served, b.status, b.broken, b.body)
				}
				if got := strings.HasPrefix(a.header.Get("content-type"), "text/event-stream"); got != stream {
					t.Errorf("%s from %s: the answer is %s", caller, served, a.header.Get("content-type"))
				}
			}
		}
	}
}

// An answer streams: what has come is there before the rest is.
func TestStreams(t *testing.T) {
	r := newRig(t, rigging{upstreams: []upstream{{}}})
	for _, caller := range schemas {
		path, body := asked(caller, `sim: text=\"one two three four five\" fault=stall after=3`, true)
		if caller == "openai" {
			body = chatBody(`sim: text="one two three four five" fault=stall after=3`, true)
		}
		text := r.readUntil(path, body, "three")
		if strings.Contains(text, "five") {
			t.Errorf("%s: %s", caller, text)
		}
	}
	r.eventually("the caller's leaving", func() bool {
		b, _ := r.host.Shared("strowger.1.samples")
		return strings.Count(string(b), `"outcome":"left"`) == len(schemas)
	})
}

// Where an attempt fails before there is content, the next one is a call, and the caller sees a
// whole answer: of a stream as well.
func TestFallback(t *testing.T) {
	for name, fault := range map[string]provider.Behaviour{
		"status":        {Fault: provider.FaultStatus, Status: 503},
		"stall headers": {Fault: provider.FaultStallHeaders},
		"stall first":   {Fault: provider.FaultStallFirst},
		"reset":         {Fault: provider.FaultReset},
		"empty stream":  {Fault: provider.FaultEmptyStream},
		"html":          {Fault: provider.FaultHTML},
		"bad json":      {Fault: provider.FaultBadJSON},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigging{upstreams: []upstream{{behaviour: fault}, {schema: "anthropic", behaviour: provider.Behaviour{Text: "from the second"}}},
				timeouts: impatient})
			for _, stream := range []bool{false, true} {
				a := r.chat("hello", stream, "x-strowger-provider", first)
				a.want(t, 200, "second")
				if stream && !strings.HasSuffix(a.body, "data: [DONE]\n\n") {
					t.Errorf("the stream ends in %q", a.body[max(0, len(a.body)-100):])
				}
			}
		})
	}
}

// impatient are timeouts that a test can wait for.
var impatient = catalog.Timeouts{FirstToken: 300 * time.Millisecond, Idle: time.Second, Total: 5 * time.Second}

// Nobody listens at the first one; the caller does not notice.
func TestUnreachable(t *testing.T) {
	r := newRig(t, rigging{upstreams: []upstream{{url: "http://127.0.0.1:1"}, {behaviour: provider.Behaviour{Text: "from the second"}}}})
	r.chat("hello", false, "x-strowger-provider", first).want(t, 200, "second")
	r = newRig(t, rigging{upstreams: []upstream{{url: "http://127.0.0.1:1"}, {url: "http://127.0.0.1:1"}}})
	r.chat("hello", true).want(t, 503, `"error"`, "p1/gpt-4o", "p2/gpt-4o")
}

// An answer that breaks off in the middle does not look complete.
func TestCut(t *testing.T) {
	r := newRig(t, rigging{upstreams: []upstream{{behaviour: provider.Behaviour{Text: "one two three four", Fault: provider.FaultCut, After: 2}}}})
	a := r.chat("hello", true)
	if strings.Contains(a.body, "[DONE]") || !strings.Contains(a.body, "two") {
		t.Errorf("%v: %s", a.broken, a.body)
	}
	r = newRig(t, rigging{upstreams: []upstream{{behaviour: provider.Behaviour{Text: "one two three four", Fault: provider.FaultNoFinish, After: 2}}}})
	r.chat("hello", true).want(t, 200, "two", `"error"`)
}

// A stream that ends without its end is taken up by another endpoint: what is missing comes behind
// what the caller has, once the call is answered.
func TestTakenUp(t *testing.T) {
	const text = "one two three four five"
	r := newRig(t, rigging{upstreams: []upstream{{behaviour: provider.Behaviour{Text: text, Fault: provider.FaultNoFinish, After: 3}}, {behaviour: provider.Behaviour{Text: text}}}})
	a := r.chat("hello", true, "x-strowger-provider", first)
	a.want(t, 200, "one", "five", "[DONE]")
	if n := strings.Count(a.body, "two"); n != 1 || strings.Contains(a.body, `"error"`) {
		t.Errorf("%d times: %s", n, a.body)
	}
}

// What a provider says about a key that it refuses does not tell the key.
func TestKeyIsRedacted(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"error":{"message":"you sent %s and %s","type":"invalid_request_error"}}`, q.Header.Get("authorization"), q.Header.Get("x-strowger-key"))
	}))
	defer echo.Close()
	r := newRig(t, rigging{upstreams: []upstream{{url: echo.URL}}})
	a := r.chat("hello", false)
	if a.want(t, 400, "you sent Bearer …"); strings.Contains(a.body, secretKey) || strings.Contains(a.body, clientKey) {
		t.Error(a.body)
	}
}

// A request and an answer with trailers are complete as well.
func TestTrailers(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("content-type", "application/json")
		w.Header().Set("trailer", "x-sum")
		fmt.Fprint(w, `{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"heron"},"finish_reason":"stop"}]}`)
		w.Header().Set("x-sum", "1")
	}))
	defer echo.Close()
	r := newRig(t, rigging{upstreams: []upstream{{url: echo.URL}}})
	req, err := http.NewRequestWithContext(t.Context(), "POST", r.url+"/v1/chat/completions", io.NopCloser(strings.NewReader(chatBody("hi", false))))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("authorization", "Bearer "+clientKey)
	req.Trailer = http.Header{"X-Sent": {"1"}}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	answer{resp.StatusCode, resp.Header, string(body), err}.want(t, 200, "heron")
}

// Many at once, each with its own answer.
func TestManyAtOnce(t *testing.T) {
	r := newRig(t, rigging{upstreams: []upstream{{}, {behaviour: provider.Behaviour{Fault: provider.FaultReset, FaultRate: 0.5}}}, workers: 2})
	var wait sync.WaitGroup
	for i := range 24 {
		wait.Go(func() {
			word := fmt.Sprintf("heron%d", i)
			if a := r.chat("sim: text="+word, i%2 == 0); a.status != 200 || !strings.Contains(a.body, word) {
				t.Errorf("%d: %d %v %.300s", i, a.status, a.broken, a.body)
			}
		})
	}
	wait.Wait()
}
