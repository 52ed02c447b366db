package app_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/desktop/app"
	"strowger/desktop/config"
)

const model = "sim/parrot-1"

// simulate starts providers and gives the configuration that uses them, in their order.
func simulate(t testing.TB, options ...provider.Options) (*config.Config, []*provider.Provider) {
	t.Helper()
	c, m := &config.Config{}, catalog.Model{ID: model}
	var ps []*provider.Provider
	for i, o := range options {
		if o.Name == "" {
			o.Name = fmt.Sprintf("p%d", i+1)
		}
		p := provider.New(o)
		s, err := provider.Serve(p)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		ps = append(ps, p)
		def := catalog.Provider{Name: o.Name, Schema: llm.SchemaNamed(cmp.Or(o.Schema, "openai")), BaseURL: s.BaseURL(o.Schema)}
		if o.Key != "" {
			def.KeyRef = "literal:" + o.Key
		}
		c.Catalog.Providers = append(c.Catalog.Providers, def)
		m.Endpoints = append(m.Endpoints, catalog.Endpoint{Provider: o.Name})
	}
	c.Catalog.Models = []catalog.Model{m}
	return c, ps
}

// start starts an app on a free port.
func start(t testing.TB, c *config.Config, dir string, log io.Writer) *app.App {
	t.Helper()
	o := app.Options{Config: c, DataDir: dir, Listen: "127.0.0.1:0", Version: "test"}
	if log != nil {
		o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	a, err := app.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func body(stream bool, directive string) string {
	return fmt.Sprintf(`{"model":%q,"stream":%v,"messages":[{"role":"user","content":%q}]}`, model, stream, directive)
}

// post sends a request and gives the status and the whole of the answer, as far as it came.
func post(t testing.TB, url, body string) (int, string) {
	t.Helper()
	resp, err := http.Post(url+"/v1/chat/completions", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		text = append(text, " broken: "+err.Error()...)
	}
	return resp.StatusCode, string(text)
}

// call sends a request with headers, name after name and value, and gives what came back.
func call(t testing.TB, method, url, body string, header ...string) (status int, text string, h http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	req.Host = req.Header.Get("host") // empty: that of the URL
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

// get reads JSON of the control plane.
func get(t testing.TB, url string, to any) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s: %d %s %v", url, resp.StatusCode, text, err)
	}
	if to != nil {
		if err := json.Unmarshal(text, to); err != nil {
			t.Fatalf("%s: %v: %s", url, err, text)
		}
	}
	return string(text)
}

type status struct {
	Requests, Failed int64
	Store            struct {
		OK               bool
		Message          string
		Written, Dropped int64
	}
}

type rows struct {
	Rows []struct {
		Seq     int64
		ID      string
		Outcome string
	}
	Next *int64
}

// await waits until something is so.
func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for: " + what)
		}
	}
}

// within ends a test that hangs in something that must end.
func within(t testing.TB, d time.Duration, what string, do func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		t.Errorf("%s takes longer than %v", what, d)
	}
}
