package main

import (
	"bytes"
	"errors"
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
		{"--config a.yaml --data d --listen 127.0.0.1:0", settings{config: "a.yaml", data: "d", listen: "127.0.0.1:0"}, ""},
		{"--background", settings{background: true}, ""},
		{"--quit", settings{quit: true}, ""},
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

func TestProblemPage(t *testing.T) {
	w := httptest.NewRecorder()
	problem(errors.New(`listen: <address> in use`), settings{config: "my.yaml"}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	for _, want := range []string{"listen: &lt;address&gt; in use", "strowger check --config my.yaml", "--listen"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q is missing in %s", want, w.Body)
		}
	}
}
