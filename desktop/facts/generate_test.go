package facts

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"strowger/core/auto/pool"
)

var update = flag.Bool("update", false, "write builtin.txt from the collected facts")

// collected is the source of the built-in catalog: facts of several public lists, joined.
type collected struct {
	AsOf    string `json:"as_of"`
	Sources []struct{ ID, Repo, Commit, Date, Licence, Gives string }
	// Providers by the names of models.dev.
	Providers map[string]struct {
		Dialect string
		BaseURL string   `json:"base_url"`
		KeyEnv  []string `json:"key_env"`
	}
	Models    map[string]struct{ Elo map[string][2]int }
	Endpoints []collectedEndpoint
}

type collectedEndpoint struct {
	Model, Provider, Upstream string
	Price                     struct {
		collectedPrice
		Tiers []struct {
			Above int64
			collectedPrice
		}
	}
	Context, Output  int64
	In               []string
	Tools, Reasoning bool
	StructuredOutput *bool `json:"structured_output"`
	Temperature      *bool
	Params           []string
}

// collectedPrice are dollars per million tokens.
type collectedPrice struct {
	In, Out, Reasoning *float64
	CacheRead          *float64 `json:"cache_read"`
	CacheWrite         *float64 `json:"cache_write"`
}

func (p *collectedPrice) dollars() dollars {
	d := dollars{}
	for name, v := range map[string]*float64{"input": p.In, "output": p.Out, "reasoning": p.Reasoning, "cache_read": p.CacheRead, "cache_write": p.CacheWrite} {
		if v != nil {
			d[name] = *v
		}
	}
	return d
}

// generatorLike are models that nobody has rated yet, each with the model of its family that
// came before it.
var generatorLike = map[string]string{
	"anthropic/claude-opus-4.8":     "anthropic/claude-opus-4.5",
	"anthropic/claude-sonnet-4.6":   "anthropic/claude-sonnet-4.5",
	"deepseek/deepseek-v4-flash":    "deepseek/deepseek-v3.2",
	"deepseek/deepseek-v4-pro":      "deepseek/deepseek-v3.2",
	"google/gemini-3.1-pro-preview": "google/gemini-2.5-pro",
	"openai/gpt-5.5":                "openai/gpt-5.1",
}

// generatorMaxHalf is the most that half of the 95 % interval of a rating by category or
// language may be, in Elo points. What is less certain says more of who compared than of the
// model. Overall ratings are all more certain than that.
const generatorMaxHalf = 20

// generatorProviders are facts about providers that the collection does not have: base URLs with
// the page that documents each, and their names elsewhere. Where name is empty it is that
// of the collection.
var generatorProviders = map[string]Provider{
	"amazon-bedrock":          {Also: []string{"bedrock", "bedrock_converse"}, Keys: []string{"AWS_BEARER_TOKEN_BEDROCK"}},
	"anthropic":               {URLs: []string{"https://api.anthropic.com"}, See: "https://docs.anthropic.com/en/api/overview"},
	"azure":                   {Keys: []string{"AZURE_API_KEY"}},
	"cerebras":                {URLs: []string{"https://api.cerebras.ai/v1"}, See: "https://inference-docs.cerebras.ai/resources/openai"},
	"deepinfra":               {URLs: []string{"https://api.deepinfra.com/v1/openai"}, See: "https://deepinfra.com/docs/advanced/openai_api"},
	"fastrouter":              {Reseller: true},
	"fireworks-ai":            {Name: "fireworks", Also: []string{"fireworks-ai", "fireworks_ai"}},
	"google":                  {Dialect: "gemini", URLs: []string{"https://generativelanguage.googleapis.com"}, Keys: []string{"GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"}, Also: []string{"gemini"}, See: "https://ai.google.dev/api"},
	"google-vertex":           {Dialect: "vertex", Also: []string{"vertex_ai-language-models"}, Keys: []string{"GOOGLE_APPLICATION_CREDENTIALS"}},
	"google-vertex-anthropic": {Dialect: "vertex", Also: []string{"vertex_ai-anthropic_models"}, Keys: []string{"GOOGLE_APPLICATION_CREDENTIALS"}},
	"groq":                    {URLs: []string{"https://api.groq.com/openai/v1"}, See: "https://console.groq.com/docs/openai"},
	"mistral":                 {URLs: []string{"https://api.mistral.ai/v1"}, See: "https://docs.mistral.ai/api"},
	"moonshotai":              {Also: []string{"moonshot"}},
	"novita-ai":               {Name: "novita", Also: []string{"novita-ai"}},
	"openai":                  {URLs: []string{"https://api.openai.com/v1"}, See: "https://platform.openai.com/docs/api-reference/introduction"},
	"openrouter":              {Reseller: true},
	"perplexity":              {Dialect: "openai", URLs: []string{"https://api.perplexity.ai"}, Keys: []string{"PERPLEXITY_API_KEY"}, See: "https://docs.perplexity.ai/docs/sonar/openai-compatibility"},
	"togetherai":              {Name: "together", URLs: []string{"https://api.together.ai/v1", "https://api.together.xyz/v1"}, Also: []string{"together_ai", "togetherai"}, See: "https://docs.together.ai/docs/inference/openai-compatibility"},
	"xai":                     {URLs: []string{"https://api.x.ai/v1"}, See: "https://docs.x.ai/docs/overview"},
}

const generatedHeader = `The built-in catalog: providers, and the common models that they serve.
desktop/facts/text.go describes the form. Facts, not a recommendation.

Written by go test ./desktop/facts -run TestGenerated -update; not to be edited by hand.
Prices, limits, abilities and names of keys, as of %s:
%s
Ratings, of answers compared by people, style controlled:
%s
Base URLs with see= are documented on that page; models.dev states the others.

Behind above=N stand the prices of requests with more than N input tokens, for the whole
request. A reseller that the list knows with a flat price, the same as its vendor's, has the
vendor's tiers.
Azure, Bedrock and Vertex have no base URL here: it holds the user's own names.`

// generate makes the text of the built-in catalog.
func generate(source []byte) ([]byte, error) {
	var from collected
	if err := json.Unmarshal(source, &from); err != nil {
		return nil, err
	}
	var sources, arena []string
	rated := "" // as of
	for _, s := range from.Sources {
		line := fmt.Sprintf("  %s, commit %s, %s (%s)", s.Repo, s.Commit[:12], s.Date, s.Licence)
		switch s.ID {
		case "modelsdev", "openrouter-dump":
			sources = append(sources, line)
		case "arena":
			arena, rated = append(arena, line), s.Date
		}
	}
	c := &Catalog{header: strings.Split(fmt.Sprintf(generatedHeader, from.AsOf, strings.Join(sources, "\n"), strings.Join(arena, "\n")), "\n")}
	for id, m := range from.Models {
		x := Rating{Model: id, From: "lmarena", Date: rated}
		for a := range pool.AspectCount {
			if elo := m.Elo[a.String()]; a == pool.AspectOverall || elo[1] <= generatorMaxHalf {
				x.Elo[a] = int16(elo[0])
			}
		}
		if like := generatorLike[id]; like != "" {
			x = Rating{Model: id, Like: like}
		}
		if x.Like != "" || x.Elo[pool.AspectOverall] > 0 {
			c.ratings = append(c.ratings, x)
		}
	}
	slices.SortFunc(c.ratings, func(a, b Rating) int { return strings.Compare(a.Model, b.Model) })
	for id, p := range from.Providers {
		c.providers = append(c.providers, from.provider(id, p.Dialect, p.BaseURL, p.KeyEnv))
	}
	c.providers = append(c.providers, from.provider("perplexity", "", "", nil))
	slices.SortFunc(c.providers, func(a, b Provider) int { return strings.Compare(a.Name, b.Name) })
	vocabulary := map[string]bool{}
	for _, e := range from.Endpoints {
		for _, p := range e.Params {
			vocabulary[p] = true
		}
	}
	for _, e := range from.Endpoints {
		p, ok := c.Provider(e.Provider)
		if !ok {
			return nil, fmt.Errorf("unknown provider %s", e.Provider)
		}
		made, err := e.endpoint(vocabulary)
		if err != nil {
			return nil, err
		}
		made.Provider, made.From, made.Date = p.Name, "models.dev", from.AsOf
		c.endpoints = append(c.endpoints, made)
	}
	c.vendorTiers()
	slices.SortFunc(c.endpoints, compare)
	return c.AppendText(nil), c.sorted()
}

// provider joins what the collection and generatorProviders say.
func (*collected) provider(id, dialect, baseURL string, keys []string) Provider {
	p := generatorProviders[id]
	if p.Name == "" {
		p.Name = id
	}
	if p.Dialect == "" {
		p.Dialect = dialect
	}
	if len(p.URLs) == 0 && baseURL != "" {
		p.URLs = []string{strings.TrimRight(baseURL, "/")}
	}
	if len(p.Keys) == 0 {
		p.Keys = keys
	}
	return p
}

func (e *collectedEndpoint) endpoint(vocabulary map[string]bool) (Endpoint, error) {
	made := Endpoint{Model: e.Model, Name: e.Upstream, Context: e.Context, MaxOutput: e.Output}
	price := listed{dollars: e.Price.dollars(), tiers: map[int64]dollars{}}
	for _, t := range e.Price.Tiers {
		price.tiers[t.Above] = t.dollars()
	}
	if err := made.price(price, e.Model+" at "+e.Provider); err != nil {
		return made, err
	}
	no := func(b *bool) bool { return b != nil && !*b }
	made.Lacks = lacks(e.In, abilities{noTools: !e.Tools, noSchema: no(e.StructuredOutput), noTemperature: no(e.Temperature), noReasoning: !e.Reasoning})
	flags := []string{"tools", "tool_choice", "structured_outputs", "temperature"} // the newer list decides
	for _, p := range common {
		if len(e.Params) > 0 && vocabulary[p] && !slices.Contains(e.Params, p) && !slices.Contains(flags, p) && !strings.HasSuffix(p, "_tokens") {
			made.Lacks = append(made.Lacks, p)
		}
	}
	for _, p := range e.Params {
		if !slices.Contains(common[:], p) {
			made.Has = append(made.Has, p)
		}
	}
	slices.Sort(made.Lacks)
	slices.Sort(made.Has)
	made.Lacks = slices.Compact(made.Lacks)
	return made, nil
}

// TestGenerated holds that the built-in catalog is what the generator makes of the
// collection, which lies beside the project and not in it: at STROWGER_FACTS or, seen from
// the project, at ../shared/catalog-facts.json.
func TestGenerated(t *testing.T) {
	path := os.Getenv("STROWGER_FACTS")
	if path == "" {
		path = filepath.Join("..", "..", "..", "shared", "catalog-facts.json")
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no collected facts: %v", err)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := generate(source)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("builtin.txt", text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != string(builtIn) {
		t.Error("builtin.txt differs from what its source makes; run with -update and read the diff")
	}
}
