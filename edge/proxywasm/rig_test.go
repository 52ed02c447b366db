package main_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/edge/proxytest"
	"strowger/edge/slim/module/moduletest"
)

const (
	model     = "sim/parrot-1"
	clientKey = "sk-strowger-of-the-caller"
	secretKey = "sk-of-the-provider-0123456789"
)

// compiled keeps compiled code for all tests.
var compiled = sync.OnceValue(wazero.NewCompilationCache)

// module is the filter's module with those tags.
func module(t testing.TB, tags string) ([]byte, wazero.CompilationCache) {
	t.Helper()
	return moduletest.Proxy(t, tags), compiled()
}

// upstream is a provider in the catalog: a simulated one, or where nothing listens.
type upstream struct {
	schema    string // openai if empty
	behaviour provider.Behaviour
	open      bool   // it wants no key
	url       string // instead of a simulated one
	name      string // of its model; model's own if empty
}

// rigging says what a rig is made of.
type rigging struct {
	upstreams []upstream
	tags      string
	profile   *proxytest.Profile // Envoy with allow_on_headers_stop_iteration if nil
	as        string             // the filter's name for it
	config    catalog.Config     // limits, keys and routing
	secrets   map[string]string  // instead of all
	document  func(map[string]any)
	timeouts  catalog.Timeouts
	workers   int
	mayLog    bool // a test looks at the log itself
	violates  bool // and at the violations
}

// rig is the filter in the strict host, with simulated providers behind it.
type rig struct {
	t         testing.TB
	host      *proxytest.Host
	url       string
	providers []*provider.Provider

	mu  sync.Mutex
	log strings.Builder
}

// upstreamNames are what simulated models are called, after those with the strictest rules.
var upstreamNames = map[string]string{"": "gpt-4o", "openai": "gpt-4o", "openai-responses": "gpt-5-mini", "anthropic": "claude-sonnet-4-5", "gemini": "gemini-3-flash-preview"}

func newRig(t testing.TB, g rigging) *rig {
	t.Helper()
	r := &rig{t: t}
	document, clusters, secrets := r.deploy(g)
	if g.secrets != nil {
		secrets = g.secrets
	}
	values, _ := json.Marshal(secrets)
	profile := proxytest.EnvoyStopIteration()
	if g.profile != nil {
		profile = *g.profile
	}
	wasm, cache := module(t, g.tags)
	var err error
	r.host, err = proxytest.New(t.Context(), wasm, proxytest.Options{
		Profile: profile, Clusters: clusters, RouteHeader: "x-strowger-cluster", PluginConfig: document, VMConfig: values,
		Workers: g.workers, Log: r.write, MaxBody: 12 << 20, Cache: cache,
		Interpreter: g.tags != "", // few requests are made of those: compiling takes longer
	})
	if err != nil {
		t.Fatal(err, r.logged())
	}
	front := httptest.NewServer(r.host)
	t.Cleanup(func() {
		front.Close()
		if err := r.host.Close(); err != nil {
			t.Error("closing:", err)
		}
		if v := r.host.Violations(); len(v) > 0 && !g.violates {
			t.Errorf("what the filter did wrong: %s", strings.Join(v, "\n"))
		}
		if log := r.logged(); strings.Contains(log, secretKey) || strings.Contains(log, clientKey) || !g.mayLog && strings.Contains(log, "strowger: a bug") {
			t.Errorf("the log says %s", log)
		}
	})
	r.url = front.URL
	return r
}

// deploy starts the providers and writes the plugin's configuration.
func (r *rig) deploy(g rigging) (document []byte, clusters, secrets map[string]string) {
	cfg := g.config
	clusters, secrets = map[string]string{}, map[string]string{}
	named, references := map[string]string{}, map[string]string{}
	m := catalog.Model{ID: model}
	for i, u := range g.upstreams {
		name := fmt.Sprintf("p%d", i+1)
		def := catalog.Provider{Name: name, Schema: llm.SchemaNamed(u.schema), KeyRef: "env:KEY_" + name}
		if u.schema == "" {
			def.Schema = llm.SchemaOpenAI
		}
		key := secretKey
		if u.open {
			key, def.KeyRef = "", ""
		}
		base := u.url
		if def.BaseURL = base + "/v1"; base == "" {
			def.BaseURL, base = r.simulate(provider.Options{Name: name, Key: key, Behaviour: u.behaviour}, def.Schema.String())
		}
		clusters["to-"+name], named[name] = base, "to-"+name
		if !u.open {
			secrets["KEY_"+name], references[def.KeyRef] = secretKey, "KEY_"+name
		}
		cfg.Providers = append(cfg.Providers, def)
		e := catalog.Endpoint{Provider: name, Timeouts: g.timeouts, Name: upstreamNames[u.schema], MaxOutput: 8192, Price: catalog.Price{Known: true, Input: 1_000_000, Output: 2_000_000}}
		if u.name != "" {
			e.Name = u.name
		}
		m.Endpoints = append(m.Endpoints, e)
	}
	cfg.Models = append(cfg.Models, m)
	sum := sha256.Sum256([]byte(clientKey))
	laptop := catalog.Key{Name: "laptop", SHA256: hex.EncodeToString(sum[:])}
	if !slices.ContainsFunc(cfg.Keys, func(k catalog.Key) bool { return k.Name == laptop.Name }) {
		cfg.Keys = append(slices.Clone(cfg.Keys), laptop)
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	doc := map[string]any{
		"strowger": 1, "rev": cat.Rev(), "catalog": json.RawMessage(catalog.AppendJSON(nil, *cat.Config())), "secrets": references,
		"keys": []any{map[string]string{"name": laptop.Name, "sha256": laptop.SHA256}}, "profile": "envoy", "clusters": named,
	}
	if g.as != "" {
		doc["profile"] = g.as
	}
	if g.document != nil {
		g.document(doc)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		r.t.Fatal(err)
	}
	return b.Bytes(), clusters, secrets
}

// simulate starts a provider.
func (r *rig) simulate(o provider.Options, schema string) (baseURL, url string) {
	r.t.Helper()
	p := provider.New(o)
	server, err := provider.Serve(p)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = server.Close() })
	r.providers = append(r.providers, p)
	return server.BaseURL(schema), server.URL
}

func (r *rig) write(level uint32, message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintln(&r.log, level, message)
}

func (r *rig) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// answer is what a caller got.
type answer struct {
	status int
	header http.Header
	body   string
	broken error // the answer broke off
}

// send sends a request with the caller's key.
func (r *rig) send(method, path, body string, header ...string) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("authorization", "Bearer "+clientKey)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{Timeout: 20 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return answer{broken: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(b), err}
}

// chat asks for a chat completion.
func (r *rig) chat(text string, stream bool, header ...string) answer {
	r.t.Helper()
	return r.send("POST", "/v1/chat/completions", chatBody(text, stream), header...)
}

func chatBody(text string, stream bool) string {
	b, _ := json.Marshal(map[string]any{"model": model, "stream": stream, "messages": []any{map[string]string{"role": "user", "content": text}}})
	return string(b)
}

// want checks an answer.
func (a answer) want(t testing.TB, status int, parts ...string) {
	t.Helper()
	if a.status != status || a.broken != nil {
		t.Fatalf("answered %d %v (%.400s), want %d", a.status, a.broken, a.body, status)
	}
	for _, part := range parts {
		if !strings.Contains(a.body, part) {
			t.Errorf("the answer lacks %q: %.600s", part, a.body)
		}
	}
}

// readUntil reads a stream until a word has come, and leaves.
func (r *rig) readUntil(path, body, word string) (text string) {
	r.t.Helper()
	ctx, leave := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer leave()
	req, err := http.NewRequestWithContext(ctx, "POST", r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("authorization", "Bearer "+clientKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b := make([]byte, 4<<10)
	for !strings.Contains(text, word) {
		n, err := resp.Body.Read(b)
		if text += string(b[:n]); err != nil {
			r.t.Fatalf("%v after %q", err, text)
		}
	}
	return text
}

// eventually waits for something that another goroutine does.
func (r *rig) eventually(what string, so func() bool) {
	r.t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-deadline:
			r.t.Fatalf("never came: %s", what)
		case <-tick.C:
		}
	}
}

// first has the providers asked in their order.
const first = `{"order":["p1","p2"]}`
