package config

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/desktop/facts"
)

// environment is a getenv of a few variables.
func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func discover(t *testing.T, s Surroundings) (Config, *catalog.Catalog) {
	t.Helper()
	c := Discover(t.Context(), s)
	cat, err := catalog.New(c.Catalog)
	if err != nil {
		t.Fatal(err)
	}
	return c, cat
}

func TestDiscover(t *testing.T) {
	for key, name := range map[string]string{
		"OPENAI_API_KEY": "openai", "OPENROUTER_API_KEY": "openrouter", "GROQ_API_KEY": "groq", "MISTRAL_API_KEY": "mistral",
		"DEEPSEEK_API_KEY": "deepseek", "XAI_API_KEY": "xai", "TOGETHER_API_KEY": "together", "FIREWORKS_API_KEY": "fireworks", "CEREBRAS_API_KEY": "cerebras",
	} {
		c, cat := discover(t, Surroundings{Getenv: environment(key, "hunter2", "OTHER", "x")})
		if len(c.Catalog.Providers) != 1 || c.Catalog.Providers[0].Name != name || c.Catalog.Providers[0].KeyRef != "env:"+key || len(cat.IDs()) == 0 || len(c.Warnings) != 0 {
			t.Errorf("%s: %+v", key, c.Catalog)
		}
	}
	all, cat := discover(t, Surroundings{Getenv: func(string) string { return "hunter2" }})
	if len(all.Catalog.Providers) < 15 || all.Listen != DefaultListen || strings.Contains(fmt.Sprintf("%+v", all.Catalog), "hunter2") {
		t.Errorf("%+v", all)
	}
	for id, first := range map[string]string{"openai/gpt-4o": "openai", "deepseek/deepseek-v4-flash": "deepseek", "mistral/mistral-large-2512": "mistral", "openai/gpt-oss-120b": "cerebras"} {
		if m := cat.Model(id); m == nil || m.Endpoints[0].Provider != first || m.Endpoints[len(m.Endpoints)-1].Provider != "openrouter" {
			t.Errorf("%s: %+v", id, m)
		}
	}
}

// The vendors with a schema of their own are called in it, by the names that their APIs have
// for their models.
func TestDiscoverOtherSchemas(t *testing.T) {
	for _, w := range []struct{ key, provider, schema, url, model, name string }{
		{"ANTHROPIC_API_KEY", "anthropic", "anthropic", "https://api.anthropic.com", "anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"},
		{"GEMINI_API_KEY", "google", "gemini", "https://generativelanguage.googleapis.com", "google/gemini-2.5-pro", "gemini-2.5-pro"},
		{"GOOGLE_API_KEY", "google", "gemini", "https://generativelanguage.googleapis.com", "google/gemini-2.5-flash", "gemini-2.5-flash"},
		{"GOOGLE_GENERATIVE_AI_API_KEY", "google", "gemini", "https://generativelanguage.googleapis.com", "google/gemini-2.5-flash", "gemini-2.5-flash"},
	} {
		c, cat := discover(t, Surroundings{Getenv: environment(w.key, "hunter2", "OPENROUTER_API_KEY", "x")})
		p := c.Catalog.Providers[0]
		if p.Name != w.provider || p.Schema.String() != w.schema || p.BaseURL != w.url || p.KeyRef != "env:"+w.key || len(c.Warnings) != 0 {
			t.Errorf("%s: %+v %v", w.key, p, c.Warnings)
		}
		m := cat.Model(w.model)
		if m == nil || m.Endpoints[0].Provider != w.provider || m.Endpoints[0].Name != w.name || m.Endpoints[0].Schema != p.Schema || !m.Endpoints[0].Price.Known {
			t.Fatalf("%s: %s: %+v", w.key, w.model, m)
		}
		if last := m.Endpoints[len(m.Endpoints)-1]; last.Provider != "openrouter" || last.Name != w.model {
			t.Errorf("%s: behind it %+v", w.key, last)
		}
	}
	c, _ := discover(t, Surroundings{Getenv: environment("GEMINI_API_KEY", "x", "GOOGLE_API_KEY", "y")})
	if len(c.Catalog.Providers) != 1 || c.Catalog.Providers[0].KeyRef != "env:GEMINI_API_KEY" {
		t.Errorf("two keys of one provider: %+v", c.Catalog.Providers)
	}
	c, _ = discover(t, Surroundings{Getenv: environment("ANTHROPIC_API_KEY", "x", "ANTHROPIC_BASE_URL", "https://gateway.example")})
	if len(c.Catalog.Providers) != 0 {
		t.Error("a key for another server is sent to the vendor's own")
	}
}

// What has a key and cannot be served is said, and nothing is guessed.
func TestDiscoverWarns(t *testing.T) {
	for _, w := range []struct {
		key       string
		providers int
		warning   string
	}{
		{"PERPLEXITY_API_KEY", 0, "PERPLEXITY_API_KEY is set, but no model of perplexity is known"},
		{"AZURE_API_KEY", 0, noModels},
		{"NONE", 0, noModels},
		{"OPENAI_API_KEY", 1, ""},
	} {
		c, _ := discover(t, Surroundings{Getenv: environment(w.key, "hunter2", "OPENAI_API_KEY", strings.Repeat("x", w.providers))})
		text := Problems(c.Warnings).Error()
		if len(c.Catalog.Providers) != w.providers || !strings.Contains(text, w.warning) || (w.warning == "") != (len(c.Warnings) == 0) || strings.Contains(text, "hunter2") {
			t.Errorf("%s: %s", w.key, text)
		}
	}
	if c, _ := discover(t, Surroundings{Getenv: environment("OPENAI_API_KEY", " \t")}); len(c.Catalog.Providers) != 0 {
		t.Error("an empty key is a key")
	}
}

// anOllama is a server that lists these models, and knows about those that are described.
func anOllama(t *testing.T, about map[string]string, names ...string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/tags", func(w http.ResponseWriter, _ *http.Request) {
		var list []map[string]string
		for _, n := range names {
			list = append(list, map[string]string{"name": n, "model": n})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"models": list})
	})
	mux.HandleFunc("POST /api/show", func(w http.ResponseWriter, r *http.Request) {
		var ask struct{ Model string }
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || about[ask.Model] == "" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, about[ask.Model])
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestDiscoverOllama(t *testing.T) {
	s := anOllama(t, map[string]string{
		"llama3.2:latest":  `{"capabilities":["completion","tools"],"model_info":{"general.architecture":"llama","llama.context_length":131072,"llama.tokens":null}}`,
		"nomic-embed-text": `{"capabilities":["embedding"],"model_info":{"nomic-bert.context_length":2048}}`,
	}, "llama3.2:latest", "nomic-embed-text", "hf.co/someone/thing-GGUF:Q4_K_M", "bad name", "llama3.2:latest")
	c, cat := discover(t, Surroundings{Getenv: environment("OLLAMA_HOST", s.URL, "GROQ_API_KEY", "x"), Client: s.Client()})
	m := cat.Model("ollama/llama3.2:latest")
	if m == nil || len(m.Endpoints) != 1 {
		t.Fatalf("got %q, %v", cat.IDs(), c.Warnings)
	}
	if e := m.Endpoints[0]; e.Name != "llama3.2:latest" || !e.Price.Equal(catalog.Price{Known: true}) || e.PriceFrom != "local" || e.Context != 131072 ||
		e.Parameters != nil || e.BaseURL != s.URL+"/v1" || e.KeyRef != "" || e.Timeouts.FirstToken != 2*time.Minute {
		t.Errorf("got %+v", e)
	}
	if e := cat.Model("ollama/hf.co/someone/thing-GGUF:Q4_K_M"); e == nil || e.Endpoints[0].Context != 0 {
		t.Errorf("undescribed: %+v", e)
	}
	if cat.Model("ollama/nomic-embed-text") != nil || cat.Model("openai/gpt-oss-120b") == nil {
		t.Errorf("got %q", cat.IDs())
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Message, "bad name") {
		t.Errorf("warnings: %v", c.Warnings)
	}
}

// An Ollama that is not there, or that does not answer, costs little time and, unless it
// was asked for, no warning.
func TestDiscoverNoOllama(t *testing.T) {
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer slow.Close()
	defer close(release)
	moved := httptest.NewServer(http.RedirectHandler(anOllama(t, nil, "elsewhere").URL+"/api/tags", http.StatusFound))
	defer moved.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for what, host := range map[string]string{"slow": slow.URL, "moved": moved.URL, "gone": gone.URL, "bad": "ftp://x:1"} {
		start := time.Now()
		c, _ := discover(t, Surroundings{Getenv: environment("OLLAMA_HOST", host, "GROQ_API_KEY", "x"), Client: slow.Client()})
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s: took %s", what, took)
		}
		if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Message, "OLLAMA_HOST: ") || len(c.Catalog.Providers) != 1 {
			t.Errorf("%s: %v", what, c.Warnings)
		}
	}
	refuse := &http.Client{Transport: refusing{}}
	if c, _ := discover(t, Surroundings{Getenv: environment("GROQ_API_KEY", "x"), Client: refuse}); len(c.Warnings) != 0 {
		t.Errorf("%v", c.Warnings)
	}
}

// refusing checks that nothing but this machine is asked.
type refusing struct{}

func (refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.String() != "http://127.0.0.1:11434/api/tags" {
		panic("asked " + r.URL.String())
	}
	return nil, http.ErrServerClosed
}

func TestOllamaURL(t *testing.T) {
	for text, want := range map[string]string{
		"": "http://127.0.0.1:11434", "0.0.0.0": "http://127.0.0.1:11434", "0.0.0.0:8080": "http://127.0.0.1:8080", ":1": "http://127.0.0.1:1", "[::]:7": "http://127.0.0.1:7",
		"gpu.lan": "http://gpu.lan:11434", "gpu.lan:80": "http://gpu.lan:80", "http://gpu.lan": "http://gpu.lan:80", "https://gpu.lan/": "https://gpu.lan:443",
		"https://gpu.lan:9/x": "https://gpu.lan:9", "::1": "http://[::1]:11434", "[::1]:5": "http://[::1]:5",
		"ftp://gpu.lan:1": "", "gpu.lan:x": "", "gpu.lan:0": "", "me:pw@gpu.lan:1": "", "gpu lan": "",
	} {
		if got, err := ollamaURL(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}

// A file with providers and no models serves what is known of them, and may name it; where
// nothing is known it says that nothing is served.
func TestKnownModels(t *testing.T) {
	text := []byte("providers: {work: {schema: openai, base_url: \"https://api.openai.com/v1\", api_key: \"env:X\"}}\nrouting: {fallback: [openai/gpt-4o]}\n")
	c, err := Parse("x.yaml", text, facts.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(c.Catalog.Models, func(m catalog.Model) bool { return m.ID == "openai/gpt-4o" }) {
		t.Errorf("models: %v", c.Catalog.Models)
	}
	for _, w := range c.Warnings {
		if strings.HasPrefix(w.Message, noModels) || strings.Contains(w.Place, "models") {
			t.Errorf("warns of what it did not say: %v", w)
		}
	}
	if _, err := Parse("x.yaml", text, nil); err == nil || !strings.Contains(err.Error(), "openai/gpt-4o") {
		t.Errorf("without facts: %v", err)
	}
	empty, err := Parse("x.yaml", nil, facts.BuiltIn())
	if err != nil || len(empty.Warnings) != 1 || !strings.HasPrefix(empty.Warnings[0].Message, noModels) {
		t.Errorf("%v, warnings: %v", err, empty.Warnings)
	}
}

// A key that the environment says is for another server goes to nobody's own; one for this
// machine is most likely meant for strowger.
func TestDiscoverElsewhere(t *testing.T) {
	for base, offered := range map[string]bool{
		"": true, "https://api.openai.com/v1": true, "http://127.0.0.1:8787/v1": true, "http://localhost:8787/v1": true, "http://[::1]:8787": true,
		"https://llm.example.org/v1": false, "http://10.0.0.7:8000/v1": false,
	} {
		env := map[string]string{"OPENAI_API_KEY": "x", "OPENAI_BASE_URL": base, "GROQ_API_KEY": "y"}
		c, _ := discover(t, Surroundings{Getenv: func(name string) string { return env[name] }})
		has := slices.ContainsFunc(c.Catalog.Providers, func(p catalog.Provider) bool { return p.Name == "openai" })
		warned := slices.ContainsFunc(c.Warnings, func(p Problem) bool { return strings.HasPrefix(p.Message, "OPENAI_BASE_URL is set") })
		if has != offered || warned == offered || len(c.Catalog.Providers) == 0 {
			t.Errorf("%q: offered %v, warned %v", base, has, warned)
		}
	}
}
