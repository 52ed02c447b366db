package app_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/llm"
)

// Who is refused cannot hold a connection with a body that never comes.
func TestRefusedWithoutABody(t *testing.T) {
	t.Parallel()
	cfg, _ := simulate(t, provider.Options{})
	a := start(t, cfg, t.TempDir(), nil)
	conn, err := net.Dial("tcp", a.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "POST /_/api/explain HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 20\r\n\r\n{")
	if said, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(said), "HTTP/1.1 403 ") {
		t.Errorf("%s, %v", said, err)
	}
}

// What a page of another origin could send is refused on every path, and reaches nobody.
func TestGuard(t *testing.T) {
	cfg, ps := simulate(t, provider.Options{})
	a := start(t, cfg, t.TempDir(), nil)
	_, port, err := net.SplitHostPort(a.Addr())
	if err != nil {
		t.Fatal(err)
	}
	own := "127.0.0.1:" + port
	for _, c := range []struct {
		name, host string
		header     []string
		served     bool
	}{
		{"a program", own, nil, true},
		{"by name", "localhost:" + port, nil, true},
		{"by name with a dot", "LocalHost.:" + port, nil, true},
		{"IPv6", "[::1]:" + port, nil, true},
		{"another loopback address", "127.9.9.9", nil, true},
		{"the dashboard", own, []string{"Origin", "http://" + own, "Sec-Fetch-Site", "same-origin"}, true},
		{"typed into the browser", own, []string{"Sec-Fetch-Site", "none"}, true},
		{"rebinding", "evil.example:" + port, nil, false},
		{"rebinding, looking like this", "127.0.0.1.evil.example", nil, false},
		{"rebinding, looking like this", "localhost.evil.example:" + port, nil, false},
		{"all addresses", "0.0.0.0:" + port, nil, false},
		{"another machine", "192.168.1.2:" + port, nil, false},
		{"nobody", "", nil, false},
		{"a foreign page", own, []string{"Origin", "https://evil.example"}, false},
		{"a page of another port", own, []string{"Origin", "http://127.0.0.1:1"}, false},
		{"a page without origin", own, []string{"Origin", "null"}, false},
		{"an image of a foreign page", own, []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"a frame of the same site", own, []string{"Sec-Fetch-Site", "same-site"}, false},
		{"nonsense", own, []string{"Origin", "http://[::1"}, false},
	} {
		for _, ask := range []string{"GET /_/api/status", "GET /_/", "GET /v1/models", "POST /v1/chat/completions", "GET /nothing"} {
			before := ps[0].Requests()
			status, text := raw(t, a.Addr(), ask, c.host, c.header, body(false, "hello"))
			refused := status == http.StatusForbidden && strings.Contains(text, "forbidden")
			if refused == c.served || status == http.StatusBadRequest {
				t.Errorf("%s, %s: %d %s", c.name, ask, status, text)
			}
			if refused && ps[0].Requests() != before {
				t.Errorf("%s, %s: it reached the provider", c.name, ask)
			}
		}
	}
}

// Who is refused is told so in the schema of the path.
func TestGuardInSchema(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{})
	cfg.Catalog.Routes = []catalog.Route{{Path: "/help", Schema: llm.SchemaAnthropic, Arms: []catalog.Arm{{Provider: "p1", Model: model, Weight: 1}}}}
	a := start(t, cfg, t.TempDir(), nil)
	const openai, anthropic, gemini = `{"error":{"message":"the host`, `{"type":"error","error":{"type":"permission_error","message":"the host`, `{"error":{"code":403,"message":"the host`
	for ask, want := range map[string]string{
		"POST /v1/chat/completions": openai, "POST /v1/responses": openai, "GET /_/api/status": openai, "GET /nothing": openai,
		"POST /v1/messages": anthropic, "POST /v1/messages/count_tokens": anthropic, "POST /help": anthropic,
		"POST /v1beta/models/m:generateContent": gemini, "GET /v1beta/models/m:streamGenerateContent": gemini,
	} {
		if status, text := raw(t, a.Addr(), ask, "evil.example", nil, body(false, "hello")); status != http.StatusForbidden || !strings.HasPrefix(text, want) || !json.Valid([]byte(text)) {
			t.Errorf("%s: %d %s, want %s", ask, status, text, want)
		}
	}
}

// A link on a foreign page leads to the dashboard, which shows that page nothing; it leads
// nowhere else, and the dashboard cannot be framed or asked from there.
func TestLinksFromForeignPages(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{})
	a := start(t, cfg, t.TempDir(), nil)
	link := func(site, mode, dest string) []string {
		return []string{"Sec-Fetch-Site", site, "Sec-Fetch-Mode", mode, "Sec-Fetch-Dest", dest}
	}
	for _, c := range []struct {
		ask    string
		header []string
		status int
	}{
		{"GET /", nil, 302},
		{"GET /", link("cross-site", "navigate", "document"), 302},
		{"GET /_/", link("same-site", "navigate", "document"), 200},
		{"GET /_/", link("cross-site", "navigate", "iframe"), 403},
		{"GET /_/", link("cross-site", "no-cors", "script"), 403},
		{"POST /_/", link("cross-site", "navigate", "document"), 403},
		{"GET /_/api/status", link("cross-site", "navigate", "document"), 403},
		{"GET /_/api/decisions", link("same-site", "navigate", "document"), 403},
		{"GET /v1/models", link("cross-site", "navigate", "document"), 403},
		{"POST /v1/chat/completions", link("cross-site", "navigate", "document"), 403},
	} {
		if status, text := raw(t, a.Addr(), c.ask, a.Addr(), c.header, body(false, "hello")); status != c.status {
			t.Errorf("%s %v: %d %s, want %d", c.ask, c.header, status, text, c.status)
		}
	}
}

// raw sends a request as a browser would, with any Host.
func raw(t *testing.T, addr, ask, host string, header []string, body string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	text := fmt.Sprintf("%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n", ask, host, len(body))
	for i := 0; i+1 < len(header); i += 2 {
		text += header[i] + ": " + header[i+1] + "\r\n"
	}
	if _, err := io.WriteString(conn, text+"\r\n"+body); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if cors := resp.Header.Get("Access-Control-Allow-Origin"); cors != "" {
		t.Errorf("%s: CORS allows %s", ask, cors)
	}
	return resp.StatusCode, string(got)
}
