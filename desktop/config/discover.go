package config

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/desktop/facts"
)

// Surroundings are what Discover looks at.
type Surroundings struct {
	Getenv func(string) string // os.Getenv, say
	Known  *facts.Catalog      // what is known of providers; nil means facts.BuiltIn
	// Client asks a local Ollama what it has; nil means that none is looked for.
	Client *http.Client
}

// Discover is the configuration when there is no file: the known providers whose key is
// in the environment, a local Ollama, and the models that are known of them. If there is
// nothing, it has no models and says so in a warning. It takes less than a second.
func Discover(ctx context.Context, s Surroundings) Config {
	if s.Known == nil {
		s.Known = facts.BuiltIn()
	}
	c := Config{Listen: DefaultListen}
	for _, p := range s.Known.Providers() {
		key := set(s.Getenv, p.Keys)
		if key == "" {
			continue
		}
		if elsewhere := elsewhere(s, p, key); elsewhere != "" {
			c.warn(elsewhere + " is set, so " + key + " is taken to be for another server than " + p.Name + "'s own and not used; name that server in strowger.yaml")
			continue
		}
		c.offer(s.Known, p, key)
	}
	if s.Client != nil {
		c.offerOllama(ctx, s)
	}
	if len(c.Catalog.Models) == 0 {
		c.warn(noModels + ": there is no configuration, no provider's key in the environment and no Ollama; write strowger.yaml or set OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY")
	}
	return c
}

// noModels begins the warning that nothing can be served.
const noModels = "no models are configured, so no request can be served"

func (c *Config) warn(text string) { c.Warnings = append(c.Warnings, Problem{Message: text}) }

// set is the first of these variables that is set.
func set(getenv func(string) string, names []string) string {
	for _, name := range names {
		if strings.TrimSpace(getenv(name)) != "" {
			return name
		}
	}
	return ""
}

// elsewhere is the variable that says to SDKs that a key is for another server than the
// provider's own, such as OPENAI_BASE_URL; empty if there is none. One of this machine is
// most likely strowger itself, and says nothing.
func elsewhere(s Surroundings, p facts.Provider, key string) string {
	name := strings.TrimSuffix(key, "_API_KEY") + "_BASE_URL"
	u, err := url.Parse(strings.TrimSpace(s.Getenv(name)))
	if err != nil || u.Host == "" || Loopback(u.Host) {
		return ""
	}
	if own, ok := s.Known.ByURL(u.String()); ok && own.Name == p.Name {
		return ""
	}
	return name
}

// offer adds a provider whose key is there.
func (c *Config) offer(known *facts.Catalog, p facts.Provider, key string) {
	schema := llm.SchemaNamed(p.Dialect)
	if len(p.URLs) == 0 || schema == llm.SchemaNone {
		return
	}
	found := catalog.Provider{Name: p.Name, Schema: schema, BaseURL: p.URLs[0], KeyRef: "env:" + key}
	if len(known.Models([]catalog.Provider{found})) == 0 {
		c.warn(key + " is set, but no model of " + p.Name + " is known: write strowger.yaml, or run strowger models refresh")
		return
	}
	c.Catalog.Providers = append(c.Catalog.Providers, found)
	c.Catalog.Models = known.Models(c.Catalog.Providers)
}

// Bounds of a look at an Ollama.
const (
	ollamaWait   = 300 * time.Millisecond // for its list, and again for what its models are
	ollamaModels = 200
	ollamaAnswer = 4 << 20 // bytes
)

// offerOllama adds what an Ollama serves, if one answers where OLLAMA_HOST says or on
// this machine. Its models cost nothing.
func (c *Config) offerOllama(ctx context.Context, s Surroundings) {
	host := strings.TrimSpace(s.Getenv("OLLAMA_HOST"))
	base, err := ollamaURL(host)
	if err != nil {
		c.warn("OLLAMA_HOST: " + err.Error())
		return
	}
	client := *s.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // only there
	o := ollama{client: &client, base: base}
	names, err := o.names(ctx)
	if err != nil {
		if host != "" { // somebody expects one
			c.warn("no Ollama at OLLAMA_HOST: " + err.Error())
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, ollamaWait)
	defer cancel()
	p := catalog.Provider{Name: "ollama", Schema: llm.SchemaOpenAI, BaseURL: base + "/v1",
		Timeouts: catalog.Timeouts{FirstToken: 2 * time.Minute}} // it may have to load the model
	var models []catalog.Model
	for _, name := range names {
		e := catalog.Endpoint{Provider: p.Name, Name: name, Price: catalog.Price{Known: true}, PriceFrom: "local"}
		m := catalog.Model{ID: p.Name + "/" + name, Endpoints: []catalog.Endpoint{e}}
		if !o.describe(ctx, &m.Endpoints[0]) {
			continue
		}
		_, err := catalog.New(catalog.Config{Providers: []catalog.Provider{p}, Models: []catalog.Model{m}})
		if err != nil {
			c.warn(fmt.Sprintf("a model of Ollama cannot be served: %v", err))
			continue
		}
		models = append(models, m)
	}
	if len(models) > 0 {
		c.Catalog.Providers = append(c.Catalog.Providers, p)
		c.Catalog.Models = append(c.Catalog.Models, models...)
	}
}

// ollamaURL is the base URL that OLLAMA_HOST means to a client
// (https://docs.ollama.com/faq): a host, a port or both, with http:// and 11434 unless
// said otherwise. An address to listen on everywhere is reached on this machine.
func ollamaURL(text string) (string, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	port := map[string]string{"http": "80", "https": "443"}[scheme]
	if !ok {
		scheme, rest, port = "http", text, "11434"
	}
	rest, _, _ = strings.Cut(rest, "/")
	host := strings.Trim(rest, "[]")
	if h, p, err := net.SplitHostPort(rest); err == nil {
		host, port = h, p
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || strings.ContainsAny(host, "@?#% ") || scheme != "http" && scheme != "https" {
		return "", errors.New("expected HOST:PORT or http://HOST:PORT")
	}
	u := url.URL{Scheme: scheme, Host: net.JoinHostPort(host, port)}
	return u.String(), nil
}

// ollama is one that is asked what it has.
type ollama struct {
	client *http.Client
	base   string
}

// names lists its models.
func (o ollama) names(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, ollamaWait)
	defer cancel()
	var list struct {
		Models []struct {
			Name string `json:"name"`
		} `json:"models"`
	}
	if err := o.ask(ctx, http.MethodGet, "/api/tags", nil, &list); err != nil {
		return nil, err
	}
	var names []string
	for _, m := range list.Models[:min(len(list.Models), ollamaModels)] {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// describe fills in what the model can do, as far as that is known in time; false if it is
// known that it cannot chat.
func (o ollama) describe(ctx context.Context, e *catalog.Endpoint) bool {
	var about struct {
		Capabilities []string                   `json:"capabilities"`
		Info         map[string]json.RawMessage `json:"model_info"`
	}
	body, err := json.Marshal(map[string]string{"model": e.Name})
	if err != nil || o.ask(ctx, http.MethodPost, "/api/show", body, &about) != nil {
		return true
	}
	for name, value := range about.Info { // llama.context_length: the family's name comes first
		if strings.HasSuffix(name, ".context_length") {
			n, err := strconv.ParseInt(string(value), 10, 64)
			if err == nil && n > 0 {
				e.Context = n
			}
		}
	}
	return len(about.Capabilities) == 0 || slices.Contains(about.Capabilities, "completion")
}

func (o ollama) ask(ctx context.Context, method, path string, body []byte, to any) error {
	req, err := http.NewRequestWithContext(ctx, method, o.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := o.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", o.base+path, resp.Status)
	}
	return json.NewDecoder(io.LimitReader(resp.Body, ollamaAnswer)).Decode(to)
}
