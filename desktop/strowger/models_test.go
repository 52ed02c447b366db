package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/desktop/facts"
)

// listsOf is where the lists of prices for tests are.
var listsOf = filepath.Join("..", "facts", "testdata")

// alone is homeless, without any provider's key in the environment and without an Ollama.
// It returns the folder of the tests.
func alone(t *testing.T) (tests string) {
	t.Helper()
	tests, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	homeless(t)
	for _, p := range facts.BuiltIn().Providers() {
		for _, key := range p.Keys {
			t.Setenv(key, "")
		}
	}
	t.Setenv("OLLAMA_HOST", "127.0.0.1:1")
	return tests
}

func TestModels(t *testing.T) {
	tests := alone(t)
	code, out, errs := call(t, "", "models")
	if code != 0 || !strings.Contains(out, "0 models.") || !strings.Contains(errs, "no models are configured, so no request can be served") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	text := `providers:
  work: {schema: openai, base_url: "https://api.openai.com/v1", api_key: "env:X"}
  own:  {schema: openai, base_url: "http://127.0.0.1:1/v1"}
models:
  openai/gpt-4o: {endpoints: [{provider: work}, {provider: own, enabled: false}]}
  me/cheap: {endpoints: [{provider: own, price: {input: 0.05, output: 1, tiers: [{above: 500, output: 2}]}, context: 1000, max_output: 10, parameters: [tools]}]}
`
	if err := os.WriteFile("strowger.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs = call(t, "", "models")
	if code != 0 || errs != "" {
		t.Errorf("%d %s", code, errs)
	}
	shown := out
	code, out, _ = call(t, "", "models", "--json")
	var list []servedModel
	if err := json.Unmarshal([]byte(out), &list); code != 0 || err != nil || len(list) != 2 {
		t.Fatalf("%d %v %s", code, err, out)
	}
	cheap, known, unknown := list[0].Endpoints[0], list[1].Endpoints[0], list[1].Endpoints[1]
	if cheap.Price == nil || cheap.Price.Input != "0.05" || *cheap.MaxOutput != 10 || len(cheap.Price.Tiers) != 1 || cheap.Price.Tiers[0].Above != 500 || cheap.Price.Tiers[0].Output != "2" || len(cheap.Parameters) != 1 {
		t.Errorf("%+v", cheap)
	}
	if known.Price == nil || known.Price.Output != "10" || known.PriceFrom != "models.dev 2026-07-02" || *known.Context != 128000 || known.Parameters != nil {
		t.Errorf("%+v", known)
	}
	if unknown.Price != nil || unknown.Context != nil || unknown.Enabled {
		t.Errorf("%+v", unknown)
	}
	t.Chdir(tests)
	golden(t, "models.txt", shown)
}

// Keys in the environment are enough.
func TestModelsDiscovered(t *testing.T) {
	alone(t)
	t.Setenv("GROQ_API_KEY", "x")
	code, out, errs := call(t, "", "models")
	if code != 0 || !strings.Contains(out, "openai/gpt-oss-120b") || !strings.Contains(out, "models.dev 2026-07-02") || !strings.Contains(errs, "OLLAMA_HOST") {
		t.Errorf("%d %s %s", code, out, errs)
	}
}

func TestModelsRefresh(t *testing.T) {
	tests := alone(t)
	list, other := filepath.Join(tests, listsOf, "models-dev.json"), filepath.Join(tests, listsOf, "litellm.json")
	t.Setenv("OPENAI_API_KEY", "x")
	code, dry, errs := call(t, "", "models", "refresh", list, "--dry-run", "--as-of", "2026-11-20")
	file, _ := facts.UserFile()
	if _, err := os.Stat(file); err == nil || code != 0 || errs != "" || !strings.HasSuffix(dry, "nothing is written: this was a dry run\n") {
		t.Fatalf("%d %s %s", code, dry, errs)
	}
	code, out, _ := call(t, "", "models", "refresh", list, "--as-of", "2026-11-20")
	shown := strings.ReplaceAll(out, file, "CATALOG")
	if code != 0 || strings.Count(out, "\n") != strings.Count(dry, "\n") {
		t.Errorf("%d: another outcome than the dry run's: %s", code, dry)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Error(info, err)
	}
	_, out, _ = call(t, "", "models")
	if !strings.Contains(out, "$2 ") || !strings.Contains(out, "models.dev 2026-11-20") || !strings.Contains(out, "openai/gpt-next") {
		t.Errorf("the refreshed catalog is not used: %s", out)
	}
	if code, out, _ = call(t, "", "models", "refresh", list, "--as-of", "2026-11-20"); code != 0 || !strings.HasPrefix(out, "nothing changed\n") {
		t.Errorf("%d %s", code, out)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	code, out, _ = call(t, "", "models", "refresh", other, "--json", "--as-of", "2026-11-21")
	var r refreshed
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil || r.Source != "litellm" || r.AsOf != "2026-11-21" || r.Written != file || r.Listed != 4 || len(r.Changes) == 0 {
		t.Errorf("%d %v %s", code, err, out)
	}
	if kept, err := os.ReadFile(file + ".bak"); err != nil || string(kept) != string(before) {
		t.Error("no backup of the one before:", err)
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
	t.Chdir(tests)
	golden(t, "refresh.txt", shown)
}

func TestModelsRefuses(t *testing.T) {
	alone(t)
	file, err := facts.UserFile()
	if err != nil {
		t.Skip(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{"broken.json": "{\n  \"openai\": {,\n", "other.json": `{"a":{"b":1}}`,
		"price.json": `{"openai":{"models":{"m":{"modalities":{"input":["text"],"output":["text"]},"cost":{"input":"x"}}}}}`, file: "provider acme\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		code int
		args string
		says string
	}{
		{2, "models refresh", "name the file"},
		{2, "models refresh a b", `unexpected "b"`},
		{2, "models list", `unexpected "list"`},
		{2, "models --dry-run", "go with refresh"},
		{2, "models refresh broken.json --as-of yesterday", "expected a date such as 2026-07-02"},
		{1, "models refresh nowhere.json", "the list of prices cannot be read: open nowhere.json: no such file"},
		{1, "models refresh .", "the list of prices cannot be read"},
		{1, "models refresh broken.json", "broken.json: 2:14: invalid character ','"},
		{1, "models refresh other.json", "other.json: neither models.dev's api.json"},
		{1, "models refresh price.json", "price.json: openai.models.m.cost.input: expected a number, found string"},
		{1, "models --config nowhere.yaml", "cannot be read"},
		{0, "models", "warning: " + file + ":1: dialect: missing or not a word of printable text; the built-in catalog is used"},
	} {
		if code, out, errs := call(t, "", strings.Fields(c.args)...); code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("strowger %s: %d %q %q, want %q", c.args, code, out, errs, c.says)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "provider acme\n" {
		t.Error("the user's catalog was touched:", err)
	}
}
