package deploy_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/edge/abi"
	"strowger/edge/deploy"
	"strowger/edge/document"
	"strowger/edge/document/documenttest"
)

var update = flag.Bool("update", false, "write the golden files")

// hidden is in each secret of full, and nowhere else.
const hidden = "hunter2"

// full is a configuration with one of everything that an export has to think about.
func full() catalog.Config {
	priced := catalog.Price{Known: true, Input: 2_500_000, Output: 10_000_000}
	return catalog.Config{
		Timezone: "Europe/Berlin",
		Providers: []catalog.Provider{
			{Name: "openai", Schema: llm.SchemaOpenAI, BaseURL: "https://api.openai.com/v1", KeyRef: "env:OPENAI_API_KEY", Timeouts: catalog.Timeouts{Connect: 3 * time.Second}},
			{Name: "azure/eu", Schema: llm.SchemaOpenAI, BaseURL: "https://eu.openai.azure.com/openai/v1?api-version=preview", KeyRef: "keyring:azure", Headers: []catalog.Header{
				{Name: "x-org", Value: "literal:plain " + hidden}, {Name: "X-Token", Value: "literal:Bearer ${TOKEN} " + hidden}, {Name: "x-also", Value: "env:ALSO"},
			}},
			{Name: "anthropic", Schema: llm.SchemaAnthropic, BaseURL: "https://api.anthropic.com", KeyRef: "literal:sk-ant-" + hidden},
			{Name: "second", Schema: llm.SchemaAnthropic, BaseURL: "https://api.example.com:8443", KeyRef: "sk-no-scheme-" + hidden},
			{Name: "gemini", Schema: llm.SchemaGemini, BaseURL: "https://generativelanguage.googleapis.com", KeyRef: "file:/run/secrets/gemini"},
			{Name: "local", Schema: llm.SchemaOpenAI, BaseURL: "http://127.0.0.1:11434/v1"},
			{Name: "plain", Schema: llm.SchemaOpenAI, BaseURL: "http://plain.example.com", KeyRef: "env:OPENAI_API_KEY"},
			{Name: "off", Schema: llm.SchemaOpenAI, BaseURL: "https://10.0.0.1", KeyRef: "env:OFF", Disabled: true},
			{Name: "ip", Schema: llm.SchemaOpenAI, BaseURL: "https://[2001:db8::1]/v1"},
		},
		Models: []catalog.Model{
			{ID: "openai/text-embedding-3", Endpoints: []catalog.Endpoint{{Provider: "openai"}}},
			{ID: "openai/gpt-4o", Endpoints: []catalog.Endpoint{{Provider: "openai", Price: priced}, {Provider: "azure/eu", Price: priced, Timeouts: catalog.Timeouts{Total: time.Hour}}}},
			{ID: "anthropic/claude", Endpoints: []catalog.Endpoint{{Provider: "anthropic"}, {Provider: "second"}}},
			{ID: "google/gemini", Endpoints: []catalog.Endpoint{{Provider: "gemini"}}},
			{ID: "local/llama", Endpoints: []catalog.Endpoint{{Provider: "local"}, {Provider: "plain"}, {Provider: "off"}, {Provider: "ip"}}, Cache: catalog.Cache{TTL: time.Hour}},
		},
		Routing:    catalog.Routing{Hold: catalog.Hold{Tokens: 40}, Retry: catalog.Retry{On: []int{503}}, Auto: catalog.Auto{Models: []string{"openai/gpt-4o"}}},
		Keys:       []catalog.Key{{Name: "laptop", SHA256: strings.Repeat("0a", 32)}, {Name: "phone", SHA256: strings.Repeat("1b", 32)}},
		CostLimits: []catalog.CostLimit{{Most: 5_000_000, Per: catalog.PerDay}},
	}
}

// bare is the least that can be exported.
func bare() catalog.Config {
	return catalog.Config{
		Providers: []catalog.Provider{{Name: "a", Schema: llm.SchemaOpenAI, BaseURL: "https://a.example.com/v1"}},
		Models:    []catalog.Model{{ID: "x/y", Endpoints: []catalog.Endpoint{{Provider: "a"}}}},
	}
}

func made(t testing.TB, cfg catalog.Config) *deploy.Deployment {
	t.Helper()
	d, err := deploy.New(cfg, deploy.Options{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestRead: what is written is read again, formatted anew too, and the module's own revision is that
// of the document.
func TestRead(t *testing.T) {
	for name, cfg := range map[string]catalog.Config{"full": full(), "bare": bare()} {
		want := made(t, cfg).Document
		text := want.AppendJSON(nil)
		for form, text := range map[string][]byte{"as written": text, "spaced": bytes.ReplaceAll(text, []byte(`":{`), []byte("\" :\n {"))} {
			got, err := deploy.Read(text)
			if err != nil {
				t.Errorf("%s, %s: %v", name, form, err)
				continue
			}
			if again := got.AppendJSON(nil); !bytes.Equal(again, want.AppendJSON(nil)) {
				t.Errorf("%s, %s: read and written again it is %s", name, form, again)
			}
			var m abi.Machine
			if r := m.Configure(nil, abi.AppendConfigure(nil, false), got.Catalog); !bytes.Contains(r, []byte(`"rev":"`+got.Rev+`"`)) {
				t.Errorf("%s, %s: the module says %q, the document %s", name, form, r, got.Rev)
			}
		}
	}
}

// TestRefused: what every reader refuses is refused here.
func TestRefused(t *testing.T) {
	for _, c := range documenttest.Cases(t) {
		_, err := deploy.Read(c.Text)
		problem := ""
		if err != nil {
			problem = err.Error()
		}
		c.Check(t, problem)
	}
	good := string(made(t, full()).Document.AppendJSON(nil))
	for _, c := range []struct{ from, to, want string }{ // that the module alone can tell, elsewhere
		{`https://api.openai.com`, `https://api.other.com`, "rev: is"},
		{`"key":"env:OPENAI_API_KEY"`, `"key":"literal:"`, "rev: is"},
		{`"strategy"`, `"strateg"`, "catalog: "},
	} {
		if _, err := deploy.Read([]byte(strings.Replace(good, c.from, c.to, 1))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s instead of %s: %v; wanted %q", c.to, c.from, err, c.want)
		}
	}
}

// TestNoKeys: who wants no client keys has to say so.
func TestNoKeys(t *testing.T) {
	if _, err := deploy.New(bare(), deploy.Options{}); !errors.Is(err, deploy.ErrNoKeys) {
		t.Errorf("%v", err)
	}
	if d := made(t, bare()); !d.Document.Open {
		t.Error("said to be open, and is not")
	}
	if d := made(t, full()); d.Document.Open { // there are keys: they count
		t.Error("open in spite of its keys")
	}
}

// TestAddress: a base URL with a secret in it is not exported.
func TestAddress(t *testing.T) {
	for _, url := range []string{"https://user:" + hidden + "@a.example.com", "https://a.example.com?api_key=" + hidden, "https://a.example.com/?sig=" + hidden,
		"https://a.example.com/?code=" + hidden, "https://a.example.com/?api-version=1&password=" + hidden, "https://a.example.com/?version=1;" + hidden, "https://a.example.com/#" + hidden} {
		cfg := bare()
		cfg.Providers[0].BaseURL = url
		_, err := deploy.New(cfg, deploy.Options{Open: true})
		if err == nil || !strings.Contains(err.Error(), "providers.a.base_url") || strings.Contains(err.Error(), hidden) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestClusterName: no two providers share a cluster.
func TestClusterName(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"a.b", "a_dot_b", "a__dot__b", "a/b", "a__b", "a_slash_b", "a_b", "a_/b", "a/_b", "a_", "a__", "a-b"} {
		made := deploy.ClusterName(name)
		if other, has := seen[made]; has || strings.ContainsAny(made, "./") {
			t.Errorf("%s is the cluster of %s and of %s", made, name, other)
		}
		seen[made] = name
	}
}

// TestNames: every reference has a name of its own, and none of those that hosts use themselves.
func TestNames(t *testing.T) {
	cfg := bare()
	cfg.Models[0].Endpoints = nil
	cfg.Providers = nil
	for name, ref := range map[string]string{"a-b": "literal:1", "a.b": "literal:2", "a/b": "file:/same", "c": "file:/same", "d": "env:STROWGER", "e": "env:STROWGER_KEY_A_B", "f": "env:LEDGER"} {
		cfg.Providers = append(cfg.Providers, catalog.Provider{Name: name, Schema: llm.SchemaOpenAI, BaseURL: "https://a.example.com", KeyRef: ref})
		cfg.Models[0].Endpoints = append(cfg.Models[0].Endpoints, catalog.Endpoint{Provider: name})
	}
	slices.SortFunc(cfg.Providers, func(a, b catalog.Provider) int { return strings.Compare(a.Name, b.Name) })
	var got []string
	for _, b := range made(t, cfg).Bindings {
		got = append(got, b.Reference+"="+b.Name+" of "+strings.Join(b.Places, ","))
	}
	want := []string{
		"env:STROWGER_KEY_A_B_2=STROWGER_KEY_A_B_2 of providers.a-b.api_key",
		"env:STROWGER_KEY_A_B_3=STROWGER_KEY_A_B_3 of providers.a.b.api_key",
		"file:/same=STROWGER_KEY_A_B_4 of providers.a/b.api_key,providers.c.api_key",
		"env:STROWGER=STROWGER_KEY_D of providers.d.api_key",
		"env:STROWGER_KEY_A_B=STROWGER_KEY_A_B of providers.e.api_key",
		"env:LEDGER=STROWGER_KEY_F of providers.f.api_key",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwanted\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestDisabled: what only a disabled provider has is named in the document, but no host has to be given it.
func TestDisabled(t *testing.T) {
	cfg := bare()
	off := catalog.Provider{Name: "off", Schema: llm.SchemaOpenAI, BaseURL: "https://a.example.com", KeyRef: "env:OFF", Disabled: true}
	cfg.Providers = append(cfg.Providers, off)
	d := made(t, cfg)
	if i := slices.IndexFunc(d.Bindings, func(b deploy.Binding) bool { return b.Name == "OFF" }); i >= 0 {
		t.Errorf("listed: %+v", d.Bindings[i])
	}
	if d.Document.Secrets["env:OFF"] != "OFF" {
		t.Errorf("the document names %v", d.Document.Secrets)
	}
	cfg.Providers[0].KeyRef = "env:OFF"
	want := []string{"providers." + cfg.Providers[0].Name + ".api_key"}
	for _, b := range made(t, cfg).Bindings {
		if b.Name == "OFF" && !slices.Equal(b.Places, want) {
			t.Errorf("places %v, wanted %v", b.Places, want)
		}
	}
	home := document.Home{URL: "https://home.example.com", Name: "edge-1"}
	cfg.Providers[0].KeyRef = ""
	with, err := deploy.New(cfg, deploy.Options{Open: true, Home: home, HomeSecret: "env:OFF"})
	if err != nil || !slices.ContainsFunc(with.Bindings, func(b deploy.Binding) bool { return b.Name == "OFF" }) {
		t.Errorf("what is signed with is not listed: %+v, %v", with, err)
	}
}

// TestHome: a host that reports has a secret to sign with, which is not exported either.
func TestHome(t *testing.T) {
	home := document.Home{URL: "https://home.example.com", Name: "edge-1"}
	for ref, want := range map[string]string{
		"env:EDGE_SECRET": "env:EDGE_SECRET=EDGE_SECRET", "literal:" + hidden: "env:STROWGER_EDGE_SECRET=STROWGER_EDGE_SECRET",
		"keyring:edge": "keyring:edge=STROWGER_EDGE_SECRET", "env:LEDGER": "env:LEDGER=STROWGER_EDGE_SECRET", "env:OPENAI_API_KEY": "",
	} {
		d, err := deploy.New(full(), deploy.Options{Home: home, HomeSecret: ref})
		if err != nil {
			t.Fatal(err)
		}
		before := made(t, full()).Bindings
		got := ""
		if len(d.Bindings) > len(before) {
			b := d.Bindings[len(before)]
			got = b.Reference + "=" + b.Name
		}
		text := d.Document.AppendJSON(nil)
		if got != want || d.Document.Home.URL != home.URL || bytes.Contains(text, []byte(hidden)) {
			t.Errorf("%s: %s, wanted %s; home %+v", ref, got, want, d.Document.Home)
		}
		if _, err := deploy.Read(text); err != nil {
			t.Error(err)
		}
	}
	if _, err := deploy.New(full(), deploy.Options{Home: document.Home{URL: "https://u:" + hidden + "@h.example.com", Name: "e"}, HomeSecret: "env:X"}); err == nil || strings.Contains(err.Error(), hidden) {
		t.Errorf("a home with a password: %v", err)
	}
}

// TestHomeWarnings: a home that a Worker cannot reach, or only in clear text, is said.
func TestHomeWarnings(t *testing.T) {
	for url, want := range map[string]string{
		"https://h.example.com": "", "http://h.example.com": "home: what is measured would go over the network in clear text; use https",
		"http://127.0.0.1:8787": "home: 127.0.0.1 cannot be reached from a Worker", "https://desk.local": "home: desk.local cannot be reached",
	} {
		d, err := deploy.New(bare(), deploy.Options{Open: true, Home: document.Home{URL: url, Name: "e"}, HomeSecret: "env:X"})
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, w := range d.Warnings(deploy.Worker) {
			if w.Place == "home" {
				said = append(said, w.String())
			}
		}
		if got := strings.Join(said, "\n"); !strings.HasPrefix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: %q; wanted %q", url, got, want)
		}
	}
}

// TestGolden: the files of each target and its warnings, as text.
func TestGolden(t *testing.T) {
	for name, cfg := range map[string]catalog.Config{"full": full(), "bare": bare()} {
		d := made(t, cfg)
		for _, target := range deploy.Targets() {
			files, err := d.Files(target)
			if err != nil {
				t.Fatal(err)
			}
			var said strings.Builder
			for _, w := range d.Warnings(target) {
				said.WriteString(w.String() + "\n")
			}
			for _, f := range append(files, deploy.File{Name: "warnings.txt", Text: []byte(said.String())}) {
				golden(t, filepath.Join("testdata", name, string(target), f.Name), f.Text)
				if bytes.Contains(f.Text, []byte(hidden)) {
					t.Errorf("%s of %s holds a secret", f.Name, target)
				}
			}
		}
	}
	if _, err := made(t, bare()).Files("vercel"); err == nil || !strings.Contains(err.Error(), "worker, proxy-wasm and wasi") {
		t.Errorf("an unknown target: %v", err)
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update and read the difference", path)
	}
}

func FuzzRead(f *testing.F) {
	for _, cfg := range []catalog.Config{full(), bare()} {
		d, err := deploy.New(cfg, deploy.Options{Open: true})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(d.Document.AppendJSON(nil))
	}
	f.Add([]byte(`{"strowger":1,"rev":"","catalog":null,"secrets":null,"keys":[null],"limits":null,"home":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := deploy.Read(text)
		if err != nil {
			if d != nil {
				t.Error("a document and an error")
			}
			return
		}
		once := d.AppendJSON(nil)
		again, err := deploy.Read(once)
		if err != nil {
			t.Fatalf("what was read and written is refused: %v\n%s", err, once)
		}
		if twice := again.AppendJSON(nil); !bytes.Equal(once, twice) {
			t.Errorf("written twice it differs:\n%s\n%s", once, twice)
		}
	})
}
