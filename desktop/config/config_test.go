package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"strowger/core/auto"
	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/llm"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// env is the environment of the tests.
func env(name string) (string, bool) {
	v, ok := map[string]string{"AZURE_HOST": "acme.openai.azure.com", "OPENAI_API_KEY": "hunter2-from-env"}[name]
	return v, ok
}

// TestBroken holds each broken file against the messages a user would read. Read the
// diff after -update.
func TestBroken(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.[yj]*")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := parse(filepath.Base(file), src, nil, env)
			if c != nil || err == nil {
				t.Fatal("accepted")
			}
			checkProblems(t, src, err)
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("shows a secret")
			}
			golden(t, strings.TrimSuffix(file, filepath.Ext(file))+".txt", err.Error()+"\n")
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// checkProblems is what holds for every error of Parse.
func checkProblems(t *testing.T, src []byte, err error) {
	t.Helper()
	var ps Problems
	if !errors.As(err, &ps) || len(ps) == 0 {
		t.Fatalf("not Problems: %v", err)
	}
	lines := bytes.Count(src, []byte("\n")) + bytes.Count(src, []byte("\r")) + 1
	for i, p := range ps {
		if p.Line < 1 || p.Column < 1 || p.Line > lines {
			t.Errorf("outside of the text: %v", p)
		}
		if i > 0 && (p.Line < ps[i-1].Line || p.Line == ps[i-1].Line && p.Column < ps[i-1].Column) {
			t.Errorf("out of order: %v", p)
		}
		if p.Message == "" || strings.ContainsAny(p.Error(), "\n\r") {
			t.Errorf("not one line: %q", p.Error())
		}
	}
}

// fullCatalog is what stands in testdata/full.yaml.
func fullCatalog() catalog.Config {
	own := catalog.Timeouts{Connect: 3 * time.Second, FirstToken: 20 * time.Second, Idle: time.Minute, Total: 4 * time.Minute}
	return catalog.Config{
		Providers: []catalog.Provider{
			{Name: "openai", Schema: llm.SchemaOpenAI, BaseURL: "https://api.openai.com/v1", KeyRef: "env:OPENAI_API_KEY", Timeouts: catalog.Timeouts{Connect: 5 * time.Second, Idle: 30 * time.Second, Total: 10 * time.Minute}},
			{Name: "azure", Schema: llm.SchemaOpenAI, BaseURL: "https://acme.openai.azure.com/openai/v1/", KeyRef: "keyring:azure",
				Headers:  []catalog.Header{{Name: "api-version", Value: "literal:2025-01-01"}, {Name: "api-key", Value: "env:AZURE_KEY"}, {Name: "Authorization", Value: "literal:Bearer ${AZURE_TOKEN}"}},
				Timeouts: catalog.Timeouts{FirstToken: 12 * time.Second, Total: 90 * time.Minute}, Disabled: true},
			{Name: "local", Schema: llm.SchemaOpenAI, BaseURL: "http://localhost:11434/v1", KeyRef: "file:~/key", Assemble: true, Declared: catalog.Declared{NoCollection: true, ZDR: true, Quantization: "fp8"}},
			{Name: "old", Schema: llm.SchemaOpenAI, BaseURL: "http://[::1]:9000", KeyRef: "literal:not-so-secret-1"},
		},
		Models: []catalog.Model{
			{ID: "openai/gpt-4o", Ability: pool.Ability{Own: [5]int16{800, 800, 800, 800, 800}}, Cache: catalog.Cache{TTL: 10 * time.Minute, MaxBytes: 2 << 20, Coalesce: true}, Endpoints: []catalog.Endpoint{
				{Provider: "openai", Name: "gpt-4o", Context: 128000, MaxOutput: 16384, Parameters: []string{"tools", "temperature"},
					Price: catalog.Price{Known: true, Input: 2_500_000, Output: 10_000_000, CacheRead: 1_250_000, CacheWrite: 2_500_000, CacheWriteHour: 2_500_000, Reasoning: 10_000_000}},
				{Provider: "azure", Name: "my-gpt4o"},
			}},
			{ID: "meta/llama:free", Ability: pool.Ability{Own: [5]int16{auto.Code: 500, auto.Math: 1}}, Cache: catalog.Cache{Off: true}, Endpoints: []catalog.Endpoint{
				{Provider: "local", Parameters: []string{}, Prefill: true, Disabled: true, Timeouts: own,
					Price: catalog.Price{Known: true, CacheWrite: 1, CacheWriteHour: 3, Reasoning: 1, Request: 10_000, Image: 25_000, Tiers: []catalog.Tier{{Above: 9, Price: catalog.Price{
						Known: true, Input: 1_000_000, Output: 2_000_000, CacheRead: 3_000_000, CacheWrite: 4_000_000, CacheWriteHour: 5_000_000, Reasoning: 6_000_000, Request: 7_000_000, Image: 8_000_000}}}},
					PriceFrom: "example.org/prices, 2026-07-02"},
				{Provider: "old", Declared: catalog.Declared{Quantization: "int4"}, Timeouts: own},
			}},
		},
		Routing: catalog.Routing{
			Strategy: catalog.StrategyCost, Fallback: []string{"meta/llama:free", "gpt-4o"}, MaxAttempts: 4, Deadline: 2 * time.Minute,
			FallbackOn: catalog.FallbackOn{Statuses: []int{401}, Classes: []string{catalog.ClassContextLength}},
			Hold:       catalog.Hold{Tokens: 40}, Resume: catalog.ResumeReplay, Strict: new(true),
			Retry:   catalog.Retry{Max: 3, On: []int{503, 408}, Backoff: 250 * time.Millisecond, BackoffMax: 4 * time.Second, AfterMax: catalog.Never},
			Circuit: catalog.Circuit{Failures: 2, CoolDown: 4 * time.Second, CoolDownMax: 10 * time.Second},
			Auto:    catalog.Auto{Models: []string{"gpt-4o"}, Preference: pool.PreferenceQuality, Learn: new(bool)},
		},
		Timezone:   "Europe/Berlin",
		Aliases:    []catalog.Alias{{Name: "fast", Means: "openai/gpt-4o:latency"}, {Name: "house/best", Means: "meta/llama:free"}},
		Cache:      catalog.Cache{TTL: 24 * time.Hour, MaxBytes: 64 << 10, Coalesce: true},
		CostLimits: []catalog.CostLimit{{Most: 50_000_000, Per: catalog.PerMonth}},
		Keys: []catalog.Key{
			{Name: "laptop", SHA256: "6ca13d52ca70c883e0f0bb101e425a89e8624de51db2d2392593af6a84118090", Rate: catalog.Rate{Requests: 60, Per: time.Minute},
				CostLimits: []catalog.CostLimit{{Most: 20_000_000, Per: catalog.PerMonth}, {Most: 250_000, Per: catalog.PerRequest}}},
			{Name: "phone", SHA256: "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5"},
		},
		Routes: []catalog.Route{
			{Path: "/support", Schema: llm.SchemaOpenAI, Failover: true, LoadBalancing: true, Sticky: catalog.StickyUser,
				Cache: catalog.Cache{TTL: 90 * time.Minute, MaxBytes: 1000}, CostLimits: []catalog.CostLimit{{Most: 5_000_000, Per: catalog.PerDay}},
				Timeouts: catalog.Timeouts{Connect: 2 * time.Second, FirstToken: 15 * time.Second, Idle: 20 * time.Second, Total: 2 * time.Minute},
				Routing: catalog.Routing{Fallback: []string{}, MaxAttempts: 3, Deadline: time.Minute,
					FallbackOn: catalog.FallbackOn{Statuses: []int{}, Classes: []string{}},
					Hold:       catalog.Hold{For: 2500 * time.Millisecond}, Resume: catalog.ResumeOff, Strict: new(bool),
					Retry: catalog.Retry{Max: catalog.Never, On: []int{}, Backoff: time.Second, BackoffMax: 2 * time.Second, AfterMax: 9 * time.Second},
					Auto:  catalog.Auto{Models: []string{"meta/llama:free"}, Preference: pool.PreferenceCost}},
				Arms: []catalog.Arm{
					{Provider: "openai", Model: "gpt-4o", Weight: 90, Timeout: 20 * time.Second},
					{Provider: "old", Model: "llama", Timeout: 30 * time.Second, Price: catalog.Price{Known: true, Input: 1_000_000, CacheRead: 100_000, CacheWrite: 1_250_000, CacheWriteHour: 2_000_000, Output: 2_000_000, Reasoning: 3_000_000, Tiers: []catalog.Tier{
						{Above: 200_000, Price: catalog.Price{Known: true, Input: 2_000_000, CacheRead: 200_000, CacheWrite: 2_500_000, CacheWriteHour: 4_000_000, Output: 3_000_000, Reasoning: 4_500_000, Image: 500_000}},
						{Above: 1_000_000, Price: catalog.Price{Known: true, Input: 2_000_000, CacheRead: 300_000, CacheWrite: 2_500_000, CacheWriteHour: 4_000_000, Output: 3_000_000, Reasoning: 4_500_000, Image: 500_000}},
					}}},
					{Provider: "local", Weight: 1},
				}},
			{Path: "/plain/v2", Schema: llm.SchemaOpenAI, Cache: catalog.Cache{Off: true}, Routing: catalog.Routing{Strategy: catalog.StrategyLatency,
				Hold: catalog.Hold{Whole: true}, Retry: catalog.Retry{AfterMax: catalog.Never}}},
		},
	}
}

func TestFull(t *testing.T) {
	src, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := parse("full.yaml", src, nil, env)
	if err != nil {
		t.Fatal(err)
	}
	want := fullCatalog()
	if !reflect.DeepEqual(c.Catalog, want) {
		t.Errorf("got\n%+v\nwant\n%+v", c.Catalog, want)
	}
	if c.Listen != "0.0.0.0:8787" || c.Path != "full.yaml" || c.Location.String() != "Europe/Berlin" || c.CacheBytes != 1e9 ||
		c.Record != (Record{Retention: 180 * time.Hour, Bodies: true}) || c.Admin != (Admin{Listen: "127.0.0.1:8788", Token: "env:ADMIN_TOKEN"}) || !slices.Equal(c.Edges, []Edge{{"edge-1", "env:STROWGER_EDGE_SECRET"}}) {
		t.Errorf("%q %q %v %d %+v %+v", c.Listen, c.Path, c.Location, c.CacheBytes, c.Record, c.Admin)
	}
	c.Lint()
	golden(t, "testdata/full.txt", Problems(c.Warnings).Error()+"\n")
	if shown := fmt.Sprintf("%v %+v %#v %v %s", c, c, c, *c, c.Warnings); strings.Contains(shown, "not-so-secret") {
		t.Error("shows a secret:", shown)
	}
}

// TestJSON holds that the same configuration in JSON, compact or indented by tabs,
// reads the same.
func TestJSON(t *testing.T) {
	for _, file := range []string{"testdata/full.yaml"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := parse("", src, nil, env)
		if err != nil {
			t.Fatal(err)
		}
		compact, err := yaml.YAMLToJSON(src)
		if err != nil {
			t.Fatal(err)
		}
		var tabs, dense bytes.Buffer
		if err := errors.Join(json.Indent(&tabs, compact, "", "\t"), json.Compact(&dense, compact)); err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{compact, tabs.Bytes(), dense.Bytes(), bytes.ReplaceAll(tabs.Bytes(), []byte("\n"), []byte("\r\n"))} {
			got, err := parse("", text, nil, env)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if !reflect.DeepEqual(got.Catalog, want.Catalog) || got.Listen != want.Listen || got.Admin != want.Admin || got.Record != want.Record ||
				got.CacheBytes != want.CacheBytes || got.Location.String() != want.Location.String() || len(got.Warnings) != len(want.Warnings) {
				t.Errorf("%s differs as JSON:\n%s", file, text)
			}
		}
	}
}

func TestEmpty(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "{}", "null", "providers:\nmodels:\nrouting:\n", "\ufeff", "%YAML 1.2\n---\n{}\n...\n"} {
		c, err := Parse("x.yaml", []byte(text), nil)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if c.Listen != DefaultListen || c.Location != time.UTC || c.Record.Retention != DefaultRetention || c.CacheBytes != DefaultCacheBytes || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Message, "no models") {
			t.Errorf("%q: %v %v", text, c.Listen, c.Warnings)
		}
	}
}

func TestDirective(t *testing.T) {
	c, err := Parse("", []byte("# first\n%YAML 1.2\n---\n# second\nlisten: localhost:1 # third\n...\n# fourth\n"), nil)
	if err != nil || c.Listen != "localhost:1" {
		t.Error(c, err)
	}
}

// TestListen holds that an address which other machines reach needs keys and a token, and
// that one which is none is refused.
func TestListen(t *testing.T) {
	const keys = "\nkeys: [{name: a, sha256: 6ca13d52ca70c883e0f0bb101e425a89e8624de51db2d2392593af6a84118090}]"
	const token = "\nadmin: {token: env:TOKEN}"
	const add = "other machines reach this address: add "
	for _, address := range []string{"127.0.0.1:8787", "127.9.9.9:1", "[::1]:8787", "localhost:0", "LocalHost:65535"} {
		c, err := Parse("", []byte("listen: '"+address+"'"), nil)
		if err != nil || c.Listen != address {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"0.0.0.0:1", ":1", "[::]:1", "192.168.1.1:1", "example.org:1", "localhost.example.org:1"} {
		for more, want := range map[string]string{"": add + "keys and admin.token", keys: add + "admin.token", token: add + "keys", keys + token: ""} {
			_, err := Parse("", []byte("listen: '"+address+"'"+more), nil)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), "1:9: listen: "+want+", ")) {
				t.Errorf("%s%s: %v, want %q", address, more, err, want)
			}
		}
		if _, err := Parse("", []byte("admin: {listen: '"+address+"'}"), nil); err == nil || !strings.Contains(err.Error(), "admin.listen: "+add+"admin.token, ") {
			t.Errorf("admin.listen %s: %v", address, err)
		}
		if _, err := Parse("", []byte("admin: {token: env:TOKEN, listen: '"+address+"'}"), nil); err != nil {
			t.Error(err)
		}
	}
	if _, err := Parse("", []byte("admin: {listen: '"+DefaultListen+"'}"), nil); err == nil || !strings.Contains(err.Error(), "1:17: admin.listen: this is the address of the data plane") {
		t.Error(err)
	}
	for _, bad := range []string{"127.0.0.1", "127.0.0.1:65536", "127.0.0.1:-1", "", "[::1%lo]:x"} {
		if _, err := Parse("", []byte("listen: '"+bad+"'"+keys+token), nil); err == nil {
			t.Errorf("%s: accepted", bad)
		}
	}
}

// TestAnchors holds that anchors and merge keys mean what YAML says.
func TestAnchors(t *testing.T) {
	const src = `
providers:
  a: &a
    schema: openai
    base_url: https://a.example
    timeouts: &t {connect: 1s, idle: 2s}
  b: {<<: *a, base_url: "https://b.example"}
  c:
    base_url: https://c.example
    <<: [{timeouts: {<<: *t, idle: 3s}}, *a]
`
	c, err := Parse("", []byte(src), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Catalog.Providers
	if p[1].BaseURL != "https://b.example" || p[1].Schema != llm.SchemaOpenAI || p[1].Timeouts != p[0].Timeouts {
		t.Errorf("%+v", p[1])
	}
	if p[2].BaseURL != "https://c.example" || p[2].Timeouts != (catalog.Timeouts{Connect: time.Second, Idle: 3 * time.Second}) {
		t.Errorf("%+v", p[2])
	}
}
