package proxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"strowger/desktop/proxy"
)

func TestMethodsAndPaths(t *testing.T) {
	r := newRig(t, setup{})
	for _, c := range []struct {
		method, path string
		status       int
		allow, says  string
	}{
		{"GET", "/v1/chat/completions", 405, "POST", "takes POST"},
		{"PUT", "/api/v1/chat/completions", 405, "POST", "takes POST"},
		{"OPTIONS", "/v1/chat/completions", 405, "POST", "takes POST"},
		{"POST", "/v1/models", 405, "GET, HEAD", "takes GET"},
		{"DELETE", "/v1/models/" + model, 405, "GET, HEAD", "takes GET"},
		{"POST", "/v1/nonsense", 404, "", "calls go to /v1/chat/completions"},
		{"GET", "/", 404, "", "no such path"},
		{"POST", "/v1/models/x/y", 405, "GET, HEAD", "takes GET"},
		{"GET", "/v1/responses", 405, "POST", "takes POST"},
		{"GET", "/v1/messages", 405, "POST", "takes POST"},
		{"GET", "/v1beta/models/" + model + ":generateContent", 405, "POST", "takes POST"},
		{"GET", "/v1/models/sim/none", 404, "", `no model \"sim/none\" is configured`},
		{"POST", "/v1/chat/completions/", 404, "", "no such path"},
	} {
		req, err := http.NewRequest(c.method, r.url+c.path, strings.NewReader(body(false, "hello")))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		a := read(resp)
		resp.Body.Close()
		if a.status != c.status || a.header.Get("allow") != c.allow || !strings.Contains(a.text, c.says) {
			t.Errorf("%s %s: %d, allow %q, %s; want %d, %q, %q", c.method, c.path, a.status, a.header.Get("allow"), a.text, c.status, c.allow, c.says)
		}
		if a.header.Get("x-should-retry") != "false" {
			t.Errorf("%s %s: SDKs are not told that asking again is no use", c.method, c.path)
		}
	}
	if n := r.providers[0].Requests(); n != 0 {
		t.Errorf("%d requests reached the provider", n)
	}
}

func TestWhatDoesNotDecideThePath(t *testing.T) {
	r := newRig(t, setup{})
	for _, path := range []string{"//v1/chat/completions", "/v1/chat/completions?beta=true", "/api/v1/chat/completions?x=/v1/models"} {
		resp, err := http.Post(r.url+path, "application/json", strings.NewReader(body(false, "sim: text=well")))
		if err != nil {
			t.Fatal(err)
		}
		a := read(resp)
		resp.Body.Close()
		if a.status != 200 || !strings.Contains(a.text, `"content":"well"`) {
			t.Errorf("%s: %d %s", path, a.status, a.text)
		}
	}
}

func TestModels(t *testing.T) {
	r := newRig(t, setup{})
	for _, path := range []string{"/v1/models", "/api/v1/models", "//v1/models", "/v1/models/" + model, "/v1/models/" + model + "/endpoints"} {
		resp, err := http.Get(r.url + path)
		if err != nil {
			t.Fatal(err)
		}
		a := read(resp)
		resp.Body.Close()
		if a.status != 200 || !strings.Contains(a.text, `"id":"`+model+`"`) || a.header.Get("content-type") != "application/json" {
			t.Errorf("%s: %d %s %s", path, a.status, a.header.Get("content-type"), a.text)
		}
	}
}

func TestBodyTooLarge(t *testing.T) {
	r := newRig(t, setup{options: proxy.Options{MaxBody: 4096}})
	fits := body(false, "sim: text=well")
	fits = strings.Replace(fits, "{", "{"+strings.Repeat(" ", 4096-len(fits)), 1)
	if a := r.post(fits); a.status != 200 {
		t.Errorf("4096 bytes: %d %s", a.status, a.text)
	}
	for _, chunked := range []bool{false, true} {
		var sent io.Reader = strings.NewReader(" " + fits)
		if chunked {
			sent = struct{ io.Reader }{sent}
		}
		resp, err := http.Post(r.url+"/v1/chat/completions", "application/json", sent)
		if err != nil {
			t.Fatal(err)
		}
		a := read(resp)
		resp.Body.Close()
		if a.status != 413 || !strings.Contains(a.text, "request_too_large") || !strings.Contains(a.text, "larger than 4096 bytes") {
			t.Errorf("4097 bytes, chunked %v: %d %s", chunked, a.status, a.text)
		}
		if a.header.Get("x-strowger-decision") == "" || a.header.Get("x-should-retry") != "false" {
			t.Errorf("headers: %v", a.header)
		}
	}
	if rep := r.report(2); rep.Outcome != "refused" || rep.Status != 413 {
		t.Errorf("recorded as %s %d", rep.Outcome, rep.Status)
	}
}

// A caller that asks before it sends is told before it sends.
func TestBodyTooLargeIsNotSent(t *testing.T) {
	r := newRig(t, setup{options: proxy.Options{MaxBody: 4096}})
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := read(resp); a.status != 413 || !strings.Contains(a.text, "larger than 4096 bytes") {
		t.Errorf("%d %s", a.status, a.text)
	}
}

// A body that breaks off while its sender still listens is answered, never with an empty
// 200.
func TestBodyBreaksOff(t *testing.T) {
	r := newRig(t, setup{})
	for name, sent := range map[string]string{
		"bad chunk":   "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"mod\r\nnonsense\r\n",
		"half closed": "Content-Length: 100\r\n\r\n{\"model\":",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n%s", sent)
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if a := read(resp); a.status != 400 || !strings.Contains(a.text, "the body broke off") {
			t.Errorf("%s: %d %q", name, a.status, a.text)
		}
	}
	if n := r.providers[0].Requests(); n != 0 {
		t.Errorf("%d requests reached the provider", n)
	}
}

func TestNonsenseIsAnswered(t *testing.T) {
	r := newRig(t, setup{})
	for name, sent := range map[string]string{
		"nothing": "", "a list": "[]", "half": `{"model":"` + model + `"`, "no model": `{"messages":[]}`,
		"twice": body(false, "x") + body(false, "x"), "not text": "\x00\xff",
	} {
		a := r.post(sent)
		if a.status != 400 || !strings.Contains(a.text, `"error"`) || !strings.Contains(a.text, "invalid_request") {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}
