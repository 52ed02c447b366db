package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"strowger/desktop/app"
)

// size is how many requests a soak has in tests.
func size() int {
	if testing.Short() {
		return 1000
	}
	return 2000
}

// inside runs strowger in this process, so that the race detector sees it and its goroutines
// can be counted.
func inside(t *testing.T, c *company, o options) *server {
	t.Helper()
	dir := t.TempDir()
	s := &server{pid: os.Getpid(), data: filepath.Join(dir, "data")}
	path := filepath.Join(dir, "strowger.yaml")
	if err := os.WriteFile(path, []byte(configuration(c, bounds(o))), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := app.Start(t.Context(), app.Options{ConfigPath: path, DataDir: s.data, Listen: "127.0.0.1:0", Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.url, s.stop = a.URL(), a.Close
	return s
}

// TestSoak is a short soak of strowger in this process.
func TestSoak(t *testing.T) {
	before := runtime.NumGoroutine()
	o := options{length: 10 * time.Minute, requests: size(), atOnce: 100, faults: 0.25, seed: 1, every: 5 * time.Second}
	c, err := newCompany(o.seed, o.faults)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	r := &run{o: o, out: &out, s: inside(t, c, o), company: c}
	if err := r.all(t.Context()); err != nil {
		t.Error(err)
	}
	t.Log(out.String())
	for _, class := range []string{
		"complete: stream, first try", "complete: stream, after a fallback", "complete: stream, from the cache",
		"complete: whole, first try", "complete: whole, after a fallback", "complete: whole, from the cache",
		"complete: stream, gone on with after a break", "failed: stream that ends in an error event", "failed: status 404", "failed: status 429", "failed: status 502", "caller left",
	} {
		if r.callers.tally.classes[class] == 0 {
			t.Errorf("never seen: %s", class)
		}
	}
	if c.begun.Load() == 0 {
		t.Error("no provider was given the beginning of an answer to go on with")
	}
	if err := until(func() (bool, error) { return runtime.NumGoroutine() <= before, nil }); err != nil {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
	}
}

// TestSoakOfStreams is a real serve with many streams that are open at the same time.
func TestSoakOfStreams(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	var out, log bytes.Buffer
	code := runCommand(t.Context(), &out, &log, []string{"-streams", "600", "-at-once", "300", "-pace", "2s", "-every", "2s"})
	t.Log(out.String())
	if code != exitOK || !strings.Contains(out.String(), "600 requests in ") || !strings.Contains(out.String(), "at most 300 at once") {
		t.Errorf("exit %d: %s", code, log.String())
	}
}

// A proxy that lies is found out: the callers are what everything rests on.
func TestLiarsAreFound(t *testing.T) {
	for _, c := range []struct {
		name  string
		wrong wrong
		lie   func(body string) string
	}{
		{"cut and finished", wrongTruncated, func(b string) string {
			events := strings.SplitAfter(b, "\n\n")
			for i := range events {
				if i > 4 && strings.Contains(events[i], `"finish_reason":"stop"`) {
					return strings.Join(append(events[:4:4], events[i:]...), "")
				}
			}
			return b
		}},
		{"an event twice", wrongText, func(b string) string {
			events := strings.SplitAfter(b, "\n\n")
			if len(events) < 8 {
				return b
			}
			return strings.Join(append(events[:4:4], events[3:]...), "")
		}},
		{"a clean end without a word", wrongEnd, func(b string) string { return strings.Replace(b, "data: [DONE]\n\n", "", 1) }},
		{"a character changed", wrongText, func(b string) string { return strings.Replace(b, "1", "7", 12) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if n := lied(t, c.lie)[c.wrong]; n == 0 {
				t.Errorf("%s was not seen", c.wrong)
			}
		})
	}
	if wrongs := lied(t, func(b string) string { return b }); len(wrongs) > 0 {
		t.Errorf("a proxy that tells the truth: %v", wrongs)
	}
}

// lied asks through a proxy that changes bodies, and gives what was found wrong.
func lied(t *testing.T, lie func(string) string) map[wrong]int {
	t.Helper()
	c, err := newCompany(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, _ := io.ReadAll(r.Body) // it comes whole, or not at all
		var model string
		for _, k := range kinds() {
			if k.path == r.URL.Path && bytes.Contains(asked, []byte(`"model":"`+k.model+`"`)) {
				model, _, _ = strings.Cut(k.model, ":")
			}
		}
		if model == "soak/unknown" {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":{"message":"no such model"}}`)
			return
		}
		req, _ := http.NewRequest(http.MethodPost, c.actors[0].url+"/v1/chat/completions", bytes.NewReader(asked))
		req.Header.Set("authorization", "Bearer "+providerKey)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		text := string(body)
		for _, k := range kinds() {
			text = strings.ReplaceAll(text, `"model":"`+k.model+`"`, `"model":"`+model+`"`)
		}
		w.Header().Set("content-type", resp.Header.Get("content-type"))
		w.Header().Set("x-strowger-attempts", "1")
		_, _ = io.WriteString(w, lie(text))
	}))
	defer proxy.Close()
	s := newScript(options{seed: 1})
	s.leaves = 0
	all := newCallers(proxy.URL, s, c, newTally(), 20)
	all.run(context.Background(), 20, 200, 0)
	all.closeIdle()
	return all.tally.wrongs
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-h"}, exitOK, "go tool task soak -- -streams 10000 -at-once 2000"},
		{[]string{"-for", "0s"}, exitUsage, "must be more than 0"},
		{[]string{"-at-once", "13000"}, exitUsage, "from 1 to 12000"},
		{[]string{"-faults", "0.6"}, exitUsage, "from 0 to 0.5"},
		{[]string{"-streams", "-1"}, exitUsage, "negative"},
		{[]string{"now"}, exitUsage, `unexpected "now"`},
		{[]string{"-strowger", "/does/not/exist"}, exitFailed, "/does/not/exist"},
	} {
		var out, log bytes.Buffer
		if code := runCommand(t.Context(), &out, &log, c.args); code != c.code || !strings.Contains(out.String()+log.String(), c.says) {
			t.Errorf("%q: exit %d: %s%s", c.args, code, out.String(), log.String())
		}
	}
}
