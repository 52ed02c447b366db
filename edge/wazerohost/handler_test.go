package wazerohost

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/edge/document"
)

const chatPath, messagesPath = "/v1/chat/completions", "/v1/messages"

// documentOf is a deployment document of one model at one provider.
func documentOf(t *testing.T, provider string, change func(*document.Document, *catalog.Config)) *document.Document {
	t.Helper()
	cfg := catalog.Config{
		Providers: []catalog.Provider{{Name: "p", Schema: llm.SchemaOpenAI, BaseURL: provider, KeyRef: "env:K"}},
		Models:    []catalog.Model{{ID: "a/m", Endpoints: []catalog.Endpoint{{Provider: "p"}}}},
	}
	doc := &document.Document{Secrets: map[string]string{"env:K": "K"}, Open: true, Limits: document.Limits{}.OrDefault()}
	if change != nil {
		change(doc, &cfg)
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	doc.Rev, doc.Catalog = cat.Rev(), catalog.AppendJSON(nil, cfg)
	return doc
}

// handlerOf serves a document on a server of its own.
func handlerOf(t *testing.T, h *Host, doc *document.Document, o Serving) (http.Handler, string) {
	t.Helper()
	o.Secret = func(string) string { return "a secret" }
	handler, err := h.Handler(t.Context(), doc, o)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return handler, s.URL
}

// provider answers calls with a handler.
func provider(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

func bodyOf(stream bool) string {
	return fmt.Sprintf(`{"model":"a/m","stream":%t,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`, stream)
}

func post(t *testing.T, address, body string, header ...string) (status int, answer string) {
	t.Helper()
	status, answer, err := send(address, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return status, answer
}

func send(address, body string, header ...string) (status int, answer string, err error) {
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

func piece(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprintf(w, `data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":%q}}]}`+"\n\n", text)
	_ = http.NewResponseController(w).Flush()
}

func lastPiece(w http.ResponseWriter) {
	fmt.Fprint(w, `data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
}

// max_answer is for answers that are no stream: a stream is handed on and may be of any length.
func TestHandlerBoundsWhatIsHeld(t *testing.T) {
	const most = 64 << 10
	long := strings.Repeat("long ", 2000)
	up := provider(t, func(w http.ResponseWriter, r *http.Request) {
		if b, _ := io.ReadAll(r.Body); !strings.Contains(string(b), `"stream":true`) {
			fmt.Fprintf(w, `{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}]}`, strings.Repeat(long, 20))
			return
		}
		for range 20 {
			piece(w, long)
		}
		lastPiece(w)
	})
	doc := documentOf(t, up, func(d *document.Document, _ *catalog.Config) { d.Limits.MaxAnswer = most })
	_, at := handlerOf(t, newHost(t, Options{}), doc, Serving{})
	status, answer := post(t, at+chatPath, bodyOf(true))
	if status != 200 || strings.Count(answer, long) != 20 || !strings.Contains(answer, "[DONE]") {
		t.Errorf("a long stream: %d, %d bytes, …%s", status, len(answer), answer[max(0, len(answer)-300):])
	}
	if status, answer = post(t, at+chatPath, bodyOf(false)); status != 502 || !strings.Contains(answer, "larger than 65536 bytes") {
		t.Errorf("a long answer: %d %.300s", status, answer)
	}
}

// pausing is a caller that takes its time over its first bytes.
type pausing struct {
	*httptest.ResponseRecorder
	pause time.Duration
	taken chan struct{}
}

func (p *pausing) Write(b []byte) (int, error) {
	if p.pause > 0 {
		time.Sleep(p.pause)
		p.pause = 0
		close(p.taken)
	}
	return p.ResponseRecorder.Write(b)
}

// While a slow caller is written to, a provider is not silent.
func TestHandlerIsBlocked(t *testing.T) {
	const idle = time.Second
	w := &pausing{httptest.NewRecorder(), idle * 3 / 2, make(chan struct{})}
	up := provider(t, func(out http.ResponseWriter, _ *http.Request) {
		piece(out, "one")
		<-w.taken
		time.Sleep(idle / 5)
		piece(out, "two")
		lastPiece(out)
	})
	doc := documentOf(t, up, func(_ *document.Document, cfg *catalog.Config) { cfg.Providers[0].Timeouts.Idle = idle })
	handler, _ := handlerOf(t, newHost(t, Options{}), doc, Serving{})
	defer func() { _ = recover() }() // an answer that broke off, of which the next lines tell
	defer func() {
		if got := w.Body.String(); !strings.Contains(got, "two") || strings.Contains(got, "silent") {
			t.Errorf("%d %s", w.Code, got)
		}
	}()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, chatPath, strings.NewReader(bodyOf(true))))
}

// A module that fails is told of in the schema of the caller, a stream breaks off behind that, and the
// next request has another.
func TestHandlerOutlivesATrap(t *testing.T) {
	reached, goOn := make(chan bool), make(chan bool)
	up := provider(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if strings.Contains(string(b), `"stream":true`) {
			piece(w, "one")
		}
		select {
		case reached <- true:
			<-goOn
		default: // nobody wants to see it fail
		}
		if strings.Contains(string(b), `"stream":true`) {
			piece(w, "two")
			lastPiece(w)
			return
		}
		fmt.Fprint(w, `{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}`)
	})
	h := newHost(t, Options{}, "strowger_panic")
	_, at := handlerOf(t, h, documentOf(t, up, nil), Serving{})
	for _, c := range []struct {
		path   string
		stream bool
		status int
		want   string
	}{
		{chatPath, false, 500, `{"error":{"message":"a bug in strowger`},
		{messagesPath, false, 500, `{"type":"error","error":{"type":"api_error","message":"a bug in strowger`},
		{chatPath, true, 200, `data: {"error":{"message":"a bug in strowger`},
		{messagesPath, true, 200, `event: error`},
	} {
		failing := make(chan struct{})
		go func() {
			defer close(failing)
			status, answer, err := send(at+c.path, bodyOf(c.stream))
			if (err != nil) != c.stream || status != c.status || !strings.Contains(answer, c.want) {
				t.Errorf("%s, stream %t: %d %v %s", c.path, c.stream, status, err, answer)
			}
		}()
		<-reached
		if c.stream {
			time.Sleep(100 * time.Millisecond) // for the first chunk to come through
		}
		h.mu.Lock()
		i := h.live[0]
		h.mu.Unlock()
		i.mu.Lock()
		_, err := i.module.ExportedFunction("strowger_panic").Call(t.Context())
		i.mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		goOn <- true
		<-failing
		if status, answer := post(t, at+chatPath, bodyOf(false)); status != 200 || !strings.Contains(answer, "hello") {
			t.Errorf("the next: %d %s", status, answer)
		}
	}
}

// Refusals of the host are in the schema of the caller.
func TestHandlerRefuses(t *testing.T) {
	up := provider(t, func(w http.ResponseWriter, _ *http.Request) { t.Error("asked") })
	host := newHost(t, Options{})
	hash := sha256.Sum256([]byte("sk-strowger-mine"))
	_, closed := handlerOf(t, host, documentOf(t, up, func(d *document.Document, cfg *catalog.Config) {
		cfg.Keys = []catalog.Key{{Name: "mine", SHA256: hex.EncodeToString(hash[:])}}
		d.Open, d.Keys, d.Limits.MaxBody = false, []document.Key{{Name: "mine", SHA256: hex.EncodeToString(hash[:])}}, 100
	}), Serving{})
	_, open := handlerOf(t, host, documentOf(t, up, nil), Serving{})
	gemini := "/v1beta/models/a%2Fm:generateContent"
	mine := []string{"X-Api-Key", "sk-strowger-mine"}
	for _, c := range []struct {
		at, body string
		header   []string
		status   int
		want     string
	}{
		{closed + chatPath, "{}", nil, 401, `{"error":{"message":"a client key is needed`},
		{closed + messagesPath, "{}", nil, 401, `{"type":"error","error":{"type":"authentication_error"`},
		{closed + gemini, "{}", nil, 401, `"status":"UNAUTHENTICATED"`},
		{closed + gemini + "?key=sk-strowger-other", "{}", nil, 401, `not known here`},
		{open + chatPath, "{}", []string{"Authorization", "bearer sk-strowger-other"}, 401, `not known here`},
		{open + chatPath, "{}", []string{"Api-Key", "sk-strowger-other"}, 401, `not known here`},
		{closed + messagesPath, strings.Repeat(" ", 101), mine, 413, `"type":"request_too_large"`},
		{closed + chatPath, strings.Repeat(" ", 101), mine, 413, `larger than 100 bytes`},
		{closed + messagesPath, "{}", append([]string{"Content-Encoding", "gzip"}, mine...), 415, `{"type":"error"`},
		{closed + "/v1/models", "{}", mine, 405, `takes GET`},
		{closed + "/v1/nothing", "{}", append([]string{"Anthropic-Version", "1"}, mine...), 404, `{"type":"error"`},
		{open + "/v1beta/models/a%2Fm:streamGenerateContent", "{}", nil, 400, `alt=sse`},
	} {
		if status, answer := post(t, c.at, c.body, c.header...); status != c.status || !strings.Contains(answer, c.want) {
			t.Errorf("%s %q: %d %s", strings.TrimPrefix(c.at, "http://127.0.0.1"), c.header, status, answer)
		}
	}
	if resp := half(t, open, messagesPath); resp != "" && !strings.Contains(resp, "400 Bad Request") {
		t.Errorf("a body that broke off: %s", resp)
	}
}

// half sends the beginning of a body and nothing more, and gives what is answered.
func half(t *testing.T, at, path string) string {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n\r\n{", path)
	_ = conn.(*net.TCPConn).CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	b, _ := io.ReadAll(bufio.NewReader(conn))
	return string(b)
}

// More than the places there are is refused, not queued.
func TestHandlerIsBusy(t *testing.T) {
	reached, goOn := make(chan bool), make(chan bool)
	up := provider(t, func(w http.ResponseWriter, _ *http.Request) {
		reached <- true
		<-goOn
		fmt.Fprint(w, `{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}`)
	})
	_, at := handlerOf(t, newHost(t, Options{}), documentOf(t, up, nil), Serving{Requests: 1})
	first := make(chan int)
	go func() {
		status, _, _ := send(at+chatPath, bodyOf(false))
		first <- status
	}()
	<-reached
	if status, answer := post(t, at+messagesPath, bodyOf(false)); status != 503 || !strings.Contains(answer, `{"type":"error"`) {
		t.Errorf("%d %s", status, answer)
	}
	goOn <- true
	if status := <-first; status != 200 {
		t.Error(status)
	}
}

// Lists of models are the core's, as the module gives them.
func TestHandlerLists(t *testing.T) {
	doc := documentOf(t, "http://127.0.0.1:1", nil)
	_, at := handlerOf(t, newHost(t, Options{}), doc, Serving{})
	cat, err := doc.Check()
	if err != nil {
		t.Fatal(err)
	}
	on := router.New(cat)
	for path, status := range map[string]int{"/v1/models": 200, "/v1beta/models": 200, "/v1/models/a/m": 200, "/v1/models/a/n": 404, "/v1/models/" + strings.Repeat("a", 2000): 404} {
		resp, err := http.Get(at + path)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		l, _ := on.ListingOf(path)
		want, unknown := on.AppendListing(nil, l, nil, time.Time{})
		if resp.StatusCode != status || unknown == nil && string(got) != string(want) {
			t.Errorf("%.40s: %d %s, want %d %s", path, resp.StatusCode, got, status, want)
		}
	}
}
