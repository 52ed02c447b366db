package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"strowger/edge"
	"strowger/edge/abi"
	"strowger/edge/deploy"
	"strowger/edge/document"
	"strowger/edge/edgetest"
)

// secretive is a configuration with a secret, or what could be one, wherever there can be any.
const secretive = `
providers:
  openai: {schema: openai, base_url: "https://api.openai.com/v1", api_key: "${EXPORT_KEY}"}
  azure: {schema: openai, base_url: "https://eu.openai.azure.com/openai/v1?api-version=preview", api_key: "keyring:azure", headers: {x-plain: "hunter2-plain", x-token: "Bearer ${EXPORT_TOKEN} hunter2-around"}}
  anthropic: {schema: anthropic, base_url: "https://api.anthropic.com", api_key: "hunter2-literal"}
  second: {schema: anthropic, base_url: "https://two.example.com", api_key: "literal:hunter2-said", headers: {authorization: "literal:hunter2-header"}}
  gemini: {schema: gemini, base_url: "https://generativelanguage.googleapis.com", api_key: "file:FILE"}
models:
  openai/gpt-4o: {endpoints: [{provider: openai}, {provider: azure}]}
  anthropic/claude: {endpoints: [{provider: anthropic}, {provider: second}]}
  google/gemini: {endpoints: [{provider: gemini}]}
keys: [{name: laptop, sha256: "0000000000000000000000000000000000000000000000000000000000000000"}]
admin: {token: "hunter2-admin"}
edges: [{name: edge-1, secret: "hunter2-edge"}]
`

// exporter is a folder with a configuration and a module to export.
func exporter(t *testing.T, config string) {
	t.Helper()
	dir := homeless(t)
	t.Setenv("EXPORT_KEY", "hunter2-env")
	t.Setenv("EXPORT_TOKEN", "hunter2-token")
	for name, text := range map[string]string{
		"strowger.yaml": strings.ReplaceAll(config, "FILE", filepath.Join(dir, "key")), "key": "hunter2-file", "none.wasm": "\x00asm\x01\x00\x00\x00",
		"m.wasm": string(edgetest.Module(abi.Version, false)), "p.wasm": string(edgetest.Module(abi.Version, true)), "old.wasm": string(edgetest.Module(abi.Version-1, false)),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// module is the file of a module for a target.
func module(target deploy.Target) string {
	if target == deploy.ProxyWasm {
		return "p.wasm"
	}
	return "m.wasm"
}

// said runs a command and gives what it said.
func said(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), &env{strings.NewReader(""), &o, &e}, args)
	return code, o.String(), e.String()
}

// written are the files below a folder with what is in them.
func written(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		all[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestExportSecrets: no byte that is written or said is a secret's, wherever it stood.
func TestExportSecrets(t *testing.T) {
	exporter(t, secretive)
	for _, target := range deploy.Targets() {
		for _, how := range [][]string{nil, {"--json", "--force"}, {"--strict", "--force"}, {"--home", "https://h.example.com", "--force"}} {
			if len(how) == 3 && target != deploy.Worker {
				continue
			}
			code, out, errs := said(t, append([]string{"export", "--target", string(target), "--out", string(target), "--module", module(target)}, how...)...)
			if strings.Contains(out+errs, "hunter2") {
				t.Errorf("%s %v says a secret:\n%s%s", target, how, out, errs)
			}
			if want := map[bool]int{true: exitFailed}[slices.Contains(how, "--strict")]; code != want {
				t.Errorf("%s %v: exit %d\n%s", target, how, code, errs)
			}
		}
		files := written(t, string(target))
		for name, text := range files {
			if strings.Contains(text, "hunter2") {
				t.Errorf("%s of %s holds a secret", name, target)
			}
		}
		doc, err := deploy.Read([]byte(files[document.FileName]))
		if err != nil {
			t.Fatal(err)
		}
		if len(doc.Secrets) != 8 { // each of them, so that the rest of the test means something
			t.Errorf("%s names %d secrets: %v", target, len(doc.Secrets), doc.Secrets)
		}
	}
	exporter(t, strings.Replace(secretive, "https://api.openai.com", "https://me:hunter2@api.openai.com", 1))
	if code, out, errs := said(t, "export", "--target", "wasi", "--out", "o", "--module", "m.wasm"); code != exitFailed || strings.Contains(out+errs, "hunter2") || len(files(t, ".", "o")) > 0 {
		t.Errorf("a password in an address: exit %d\n%s%s", code, out, errs)
	}
}

// files are the names in a folder of a folder, if it exists.
func files(t *testing.T, dir, name string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestExportFolder: a folder with anything in it is refused; with --force what is not the export's is left alone, and so
// is what its reader has changed by right.
func TestExportFolder(t *testing.T) {
	exporter(t, secretive)
	args := []string{"export", "--target", "worker", "--out", "deep/o", "--module", "m.wasm"}
	if code, _, errs := said(t, args...); code != exitOK {
		t.Fatal(errs)
	}
	first := written(t, "deep/o")
	if want := []string{"README.md", "index.mjs", "main.mjs", "strowger.json", "strowger.wasm", "worker.mjs", "wrangler.toml", recordName}; !subset(want, first) {
		t.Errorf("wrote %v", first)
	}
	if info, err := os.Stat("deep/o/strowger.json"); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v: a host under another user could not read it", info.Mode(), err)
	}
	if code, _, errs := said(t, args...); code != exitFailed || !strings.Contains(errs, "--force") {
		t.Errorf("into a folder that is not empty: exit %d, %s", code, errs)
	}
	lay(t, "deep/o", map[string]string{"mine.txt": "mine", "wrangler.toml": "# with my id"})
	code, out, errs := said(t, append(args, "--force", "--json")...)
	var report exported
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	again := written(t, "deep/o")
	if again["mine.txt"] != "mine" || again["wrangler.toml"] != "# with my id" || again["README.md"] != first["README.md"] || len(again) != len(first)+1 {
		t.Errorf("after --force: %v", files(t, "deep", "o"))
	}
	if !slices.Equal(report.Kept, []string{"wrangler.toml"}) || len(report.Files) != len(first)-1 || len(report.Secrets) != 8 || report.Rev == "" || len(report.Warnings) == 0 {
		t.Errorf("%+v", report)
	}
}

func subset(names []string, of map[string]string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { _, ok := of[name]; return !ok })
}

// lay writes files.
func lay(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestExportKeeps: --force writes over nothing that an export has not written as it is, and into no other target's folder.
func TestExportKeeps(t *testing.T) {
	exporter(t, secretive)
	lay(t, "mine", map[string]string{"README.md": "mine", "main.mjs": "mine", "wrangler.toml": "mine", "other.txt": "mine"})
	worker := func(dir string) []string {
		return []string{"export", "--target", "worker", "--out", dir, "--module", "m.wasm", "--force"}
	}
	if code, _, errs := said(t, worker("w")...); code != exitOK {
		t.Fatal(errs)
	}
	lay(t, "w", map[string]string{"README.md": "changed", "strowger.json": "changed"})
	for _, c := range []struct {
		dir, target, want string
	}{
		{"mine", "worker", "wrangler.toml, README.md, main.mjs; move"},
		{"w", "worker", "strowger.json, README.md; move"},
		{"w", "wasi", "w holds an export for worker; name another folder for wasi"},
	} {
		was := written(t, c.dir)
		args := worker(c.dir)
		args[2] = c.target
		if code, out, errs := said(t, args...); code != exitFailed || !strings.Contains(errs, c.want) || strings.Contains(errs, "warning:") || out != "" {
			t.Errorf("%s into %s: exit %d, %s%s; wanted %q", c.target, c.dir, code, out, errs, c.want)
		}
		if !maps.Equal(written(t, c.dir), was) {
			t.Errorf("%s into %s has written", c.target, c.dir)
		}
	}
	lay(t, "free", map[string]string{"other.txt": "mine"})
	if code, _, errs := said(t, worker("free")...); code != exitOK || written(t, "free")["other.txt"] != "mine" {
		t.Errorf("exit %d, %s", code, errs)
	}
}

// TestExportLimits: what is said of sizes is written, kept by the next export, and followed by the proxy's buffers.
func TestExportLimits(t *testing.T) {
	exporter(t, secretive)
	for _, c := range []struct {
		target deploy.Target
		args   string
		want   document.Limits
	}{
		{deploy.Worker, "", document.Limits{MaxBody: 8 << 20, MaxAnswer: 8 << 20}},
		{deploy.WASI, "", document.Limits{MaxBody: 8 << 20, MaxAnswer: 16 << 20}},
		{deploy.ProxyWasm, "--max-body 20MiB", document.Limits{MaxBody: 20 << 20, MaxAnswer: 16 << 20}},
		{deploy.ProxyWasm, "--force", document.Limits{MaxBody: 20 << 20, MaxAnswer: 16 << 20}},
		{deploy.ProxyWasm, "--force --max-answer 24MB", document.Limits{MaxBody: 20 << 20, MaxAnswer: 24_000_000}},
		{deploy.Worker, "--force --max-body 1000 --max-answer 64MiB", document.Limits{MaxBody: 1000, MaxAnswer: 64 << 20}},
	} {
		args := []string{"export", "--target", string(c.target), "--out", string(c.target), "--module", module(c.target)}
		if code, _, errs := said(t, append(args, strings.Fields(c.args)...)...); code != exitOK {
			t.Fatal(c, errs)
		}
		files := written(t, string(c.target))
		doc, err := deploy.Read([]byte(files[document.FileName]))
		if err != nil || doc.Limits != c.want {
			t.Errorf("%s %s: %+v, %v; wanted %+v", c.target, c.args, doc.Limits, err, c.want)
		}
		if buffer := fmt.Sprintf("per_connection_buffer_limit_bytes: %d\n", max(c.want.MaxBody, c.want.MaxAnswer)); c.target == deploy.ProxyWasm && !strings.Contains(files["envoy.yaml"], buffer) {
			t.Errorf("%s: envoy.yaml has no %s", c.args, buffer)
		}
	}
}

// TestExportAgain: the command in the folder's README works there, and gives the same.
func TestExportAgain(t *testing.T) {
	exporter(t, secretive)
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range deploy.Targets() {
		t.Chdir(root)
		args := []string{"export", "--target", string(target), "--out", string(target), "--module", module(target)}
		if target == deploy.Worker {
			args = append(args, "--home", "https://h.example.com/a;b", "--max-body", "1MiB")
		}
		if code, _, errs := said(t, args...); code != exitOK {
			t.Fatal(errs)
		}
		first := written(t, string(target))
		_, command, _ := strings.Cut(first["README.md"], "\nstrowger export ")
		command, _, _ = strings.Cut(command, "\n")
		t.Chdir(string(target))
		if code, _, errs := said(t, "export", "--target", string(target), "--out", ".", "--force"); code != exitFailed || !strings.Contains(errs, "deployment document") {
			t.Errorf("%s: without --config: exit %d, %s", target, code, errs)
		}
		sh := exec.Command("sh", "-c", "printf '%s\\n' "+command)
		words, err := sh.Output()
		if err != nil {
			t.Fatal(err)
		}
		again := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(words), "PATH/", "../")), "\n")
		if code, _, errs := said(t, append([]string{"export", "--module", "../" + module(target)}, again...)...); code != exitOK {
			t.Fatalf("%v: %s", again, errs)
		}
		if !maps.Equal(written(t, "."), first) {
			t.Errorf("%v writes otherwise", again)
		}
	}
}

// TestExportRefused: what is wrong is said, and nothing is written.
func TestExportRefused(t *testing.T) {
	open := strings.Replace(secretive, "keys:", "#", 1)
	for _, c := range []struct {
		config, args string
		code         int
		want         string
	}{
		{secretive, "", exitUsage, "--target is missing; it is worker, proxy-wasm or wasi"},
		{secretive, "--target vercel --out o", exitUsage, `no target "vercel"`},
		{secretive, "--target worker", exitUsage, "--out is missing"},
		{secretive, "--target worker --out o more", exitUsage, `unexpected "more"`},
		{secretive, "--target worker --out o --module missing.wasm", exitFailed, "missing.wasm"},
		{secretive, "--target worker --out o --module none.wasm", exitFailed, "not a module of strowger"},
		{secretive, "--target wasi --out o --module old.wasm", exitFailed, "speaks version 3"},
		{secretive, "--target worker --out o --module p.wasm", exitFailed, "it is the filter for proxies"},
		{secretive, "--target proxy-wasm --out o --module m.wasm", exitFailed, "what is needed here is strowger-proxy.wasm"},
		{secretive, "--target worker --out o --max-body 2GiB", exitUsage, "must be from 1 to 64MiB"},
		{secretive, "--target worker --out o --max-answer lots", exitUsage, "a number of bytes such as"},
		{secretive, "--target worker --out o --name edge-1", exitUsage, "say --home URL too"},
		{secretive, "--target worker --out o --home https://h.example.com/?a=b", exitUsage, "--home must be"},
		{secretive, "--target worker --out o --home https://h.example.com/#", exitUsage, "--home must be"},
		{strings.Replace(secretive, "edges:", "#", 1), "--target worker --out o --home https://h.example.com", exitFailed, `say --name edge-1, and write into it:` + "\n" + `edges: [{name: edge-1, secret: "${STROWGER_EDGE_SECRET}"}]`},
		{secretive, "--target worker --out o --module strowger.yaml", exitFailed, "no WebAssembly module"},
		{secretive, "--target worker --out m.wasm --module m.wasm", exitFailed, "--out: "},
		{secretive, "--target worker --out o --module m.wasm --config none.yaml", exitFailed, "none.yaml"},
		{open, "--target worker --out o --module m.wasm", exitFailed, "say --open"},
		{secretive, "--target worker --out o --module m.wasm --home https://h.example.com --name other", exitFailed, `no edge "other"; it has edge-1`},
		{secretive, "--target wasi --out o --module m.wasm --home https://h.example.com", exitUsage, "only a Worker reports"},
		{secretive, "--target proxy-wasm --out o --module p.wasm --strict", exitFailed, "--strict was said"},
	} {
		exporter(t, c.config)
		code, out, errs := said(t, append([]string{"export"}, strings.Fields(c.args)...)...)
		if code != c.code || !strings.Contains(errs, c.want) || out != "" {
			t.Errorf("%s: exit %d\n%s%s; wanted %d and %q", c.args, code, out, errs, c.code, c.want)
		}
		if got := files(t, ".", "o"); len(got) > 0 {
			t.Errorf("%s: wrote %v", c.args, got)
		}
	}
	exporter(t, open)
	if code, _, errs := said(t, strings.Fields("export --target wasi --out o --module m.wasm --open")...); code != exitOK || !strings.Contains(errs, "warning: keys: ") {
		t.Errorf("--open: exit %d, %s", code, errs)
	}
}

// TestExportModule: without --module it is the one in the program, or the reader is told how to get one.
func TestExportModule(t *testing.T) {
	exporter(t, secretive)
	for _, target := range deploy.Targets() {
		_, missing := edge.Module(target.Module())
		code, _, errs := said(t, "export", "--target", string(target), "--out", "o"+string(target))
		if missing != nil {
			if code != exitFailed || !strings.Contains(errs, "go tool task build, or say --module FILE") {
				t.Errorf("%s: exit %d, %s", target, code, errs)
			}
			continue
		}
		if wasm := written(t, "o"+string(target))[target.Module()]; code != exitOK || len(wasm) < 1<<20 {
			t.Errorf("%s: exit %d, a module of %d bytes, %s", target, code, len(wasm), errs)
		}
	}
}

// TestExportProgram: what is written imports nothing that is not there.
func TestExportProgram(t *testing.T) {
	exporter(t, secretive)
	for target := range entries {
		if code, _, errs := said(t, "export", "--target", string(target), "--out", string(target), "--module", module(target)); code != exitOK {
			t.Fatal(errs)
		}
		all := written(t, string(target))
		for name, text := range all {
			for line := range strings.SplitSeq(text, "\n") {
				_, from, ok := strings.Cut(line, "from '.")
				if !ok || strings.HasPrefix(strings.TrimSpace(line), "//") || strings.HasPrefix(strings.TrimSpace(line), "*") {
					continue
				}
				from, _, _ = strings.Cut(from, "'")
				if _, ok := all[strings.TrimPrefix(from, "/")]; !ok {
					t.Error(fmt.Sprint(target, ": ", name, " imports .", from, ", which is not there"))
				}
			}
		}
	}
}
