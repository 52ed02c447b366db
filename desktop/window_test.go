package main

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestFlags(t *testing.T) {
	for _, c := range []struct {
		args string
		want settings
		err  string
	}{
		{"", settings{}, ""},
		{"--config a.yaml --data d --listen 127.0.0.1:0", settings{"a.yaml", "d", "127.0.0.1:0"}, ""},
		{"--nope", settings{}, "flag provided but not defined: -nope"},
		{"serve", settings{}, `unexpected argument "serve"; see --help`},
	} {
		got, err := parse(strings.Fields(c.args), &bytes.Buffer{})
		if text := errText(err); text != c.err || err == nil && got != c.want {
			t.Errorf("%q: %+v, %s", c.args, got, text)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestExitCodes(t *testing.T) {
	var out, errOut bytes.Buffer
	if code := run([]string{"--help"}, &out, &errOut); code != 0 || !strings.Contains(out.String(), "--listen") {
		t.Errorf("help: %d %q", code, out.String())
	}
	if code := run([]string{"--nope"}, &out, &errOut); code != exitUsage || !strings.Contains(errOut.String(), "-nope") {
		t.Errorf("usage: %d %q", code, errOut.String())
	}
}

// What the window asks for reaches the handler as if a browser at the listener's address did.
func TestDashboard(t *testing.T) {
	var got *http.Request
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r })
	h := dashboard(next, "127.0.0.1:8787")
	for _, c := range []struct{ origin, left string }{
		{"wails://wails", ""},
		{"http://wails.localhost", ""},
		{"http://wails.localhost:34115", ""},
		{"https://evil.example", "https://evil.example"},
		{"http://wails.localhost.evil.example", "http://wails.localhost.evil.example"},
		{"wails://evil", "wails://evil"},
		{"null", "null"},
	} {
		r := httptest.NewRequest("GET", "/_/api/status", nil)
		r.Host = "wails"
		r.Header.Set("Origin", c.origin)
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got.Host != "127.0.0.1:8787" || got.Header.Get("Origin") != c.left || got.URL.Path != "/_/api/status" {
			t.Errorf("%s: host %q, origin %q", c.origin, got.Host, got.Header.Get("Origin"))
		}
	}
}

func TestStartPage(t *testing.T) {
	w := httptest.NewRecorder()
	dashboard(http.NotFoundHandler(), "x").ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), `content="0;url=/_/"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestProblemPage(t *testing.T) {
	w := httptest.NewRecorder()
	problem(errors.New(`listen: <address> in use`), settings{config: "my.yaml"}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	for _, want := range []string{"listen: &lt;address&gt; in use", "strowger check --config my.yaml", "--listen"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q is missing in %s", want, w.Body)
		}
	}
}
