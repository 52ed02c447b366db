package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"strowger/bench/provider"
)

var update = flag.Bool("update", false, "write the golden files")

// golden holds what was written against a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and read the diff. Got:\n%s", path, got)
	}
}

// homeless keeps the user's own files out of a test.
func homeless(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"} {
		t.Setenv(name, dir)
	}
	t.Chdir(dir)
	return dir
}

func TestExitCodes(t *testing.T) {
	homeless(t)
	good := "strowger.yml"
	if err := os.WriteFile(good, []byte("providers: {a: {schema: openai, base_url: \"http://127.0.0.1:1\"}}\nmodels: {x/y: {endpoints: [{provider: a, price: {input: 0, output: 0}}]}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		says string // on the one of the two outputs that is for people to read now
	}{
		{"", 2, "Exit codes: 0 good, 1 failed, 2 wrong usage"},
		{"help", 0, "strowger demo"},
		{"--help", 0, "Each takes --help"},
		{"-h", 0, "strowger explain"},
		{"explian", 2, `no command "explian"; the commands are serve, demo, explain, replay, test, check, schema, models, key, export, verify, version`},
		{"version", 0, "strowger dev (go"},
		{"--version", 0, "strowger dev (go"},
		{"version --nonsense", 2, "flag provided but not defined: -nonsense\nusage: strowger version [--json]"},
		{"version more", 2, `unexpected "more"`},
		{"serve --listen", 2, "flag needs an argument"},
		{"serve one", 2, `unexpected "one"`},
		{"serve --listen 0.0.0.0:0", 1, "other machines could use it"},
		{"serve --config /nowhere.yaml", 1, "configuration /nowhere.yaml cannot be read: no such file or directory"},
		{"demo --rate 0", 2, "--rate must be above 0"},
		{"demo --rate 1000", 2, "at most 50"},
		{"demo --rate fast", 2, "invalid value"},
		{"demo --for -1x", 2, "invalid value"},
		{"explain", 2, "name a file with a request's body, - for standard input, or the id of a recorded decision"},
		{"explain --schema grpc x.json", 2, "--schema: expected one of openai, openai-responses, anthropic, gemini"},
		{"explain a b", 2, `unexpected "b"`},
		{"explain nowhere.json", 1, "the request cannot be read: open nowhere.json: no such file or directory"},
		{"check " + good, 0, "strowger.yml: good: 1 provider, 1 model, 0 warnings"},
		{"check", 0, "strowger.yml: good"},
		{"check --config " + good, 0, "strowger.yml: good"},
		{"check nowhere.yaml", 1, "configuration nowhere.yaml cannot be read: no such file or directory\n"},
		{"check nowhere.yaml " + good, 1, "strowger.yml: good"},
		{"schema", 0, `"title": "strowger.yaml"`},
		{"schema more", 2, `unexpected "more"`},
		{"check .", 1, "configuration . is a folder, not a file\n"},
	} {
		code, out, err := call(t, "", strings.Fields(c.args)...)
		if code != c.code {
			t.Errorf("strowger %s: exit code %d, want %d", c.args, code, c.code)
		}
		if !strings.Contains(out+err, c.says) {
			t.Errorf("strowger %s: %q %q; want %q", c.args, out, err, c.says)
		}
		if code == 2 && (out != "" || err == "") || code == 0 && err != "" {
			t.Errorf("strowger %s: code %d, standard output %q, standard error %q", c.args, code, out, err)
		}
	}
	if err := os.Remove(good); err != nil {
		t.Fatal(err)
	}
	if code, _, err := call(t, "", "check"); code != 2 || !strings.Contains(err, "no strowger.yaml here") {
		t.Errorf("check without any file: %d %s", code, err)
	}
}

// The process itself ends with these codes.
func TestExitCodesOfTheProcess(t *testing.T) {
	for args, want := range map[string]int{"version": 0, "check /nowhere.yaml": 1, "nonsense": 2, "serve --nonsense": 2} {
		p := launch(t, strings.Fields(args)...)
		<-p.ended
		if got := p.cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("strowger %s: %d, want %d", args, got, want)
		}
	}
}

// Every command explains itself and shows an example that begins with its name.
func TestHelp(t *testing.T) {
	for _, c := range commands() {
		for _, ask := range []string{"--help", "-h"} {
			code, out, err := call(t, "", c.name, ask)
			if code != 0 || err != "" {
				t.Errorf("%s %s: %d %s", c.name, ask, code, err)
			}
			_, example, ok := strings.Cut(out, "\nExample:\n  ")
			if !ok || !strings.Contains(example, "strowger "+c.name) {
				t.Errorf("%s %s has no example: %s", c.name, ask, out)
			}
			if !strings.HasPrefix(out, "strowger "+c.name+" ") || !strings.Contains(strings.ToLower(out), strings.ToLower(c.short)) {
				t.Errorf("%s %s: %s", c.name, ask, out)
			}
		}
		if _, out, _ := call(t, "", "help"); !strings.Contains(out, c.name) || !strings.Contains(out, c.short) {
			t.Errorf("help leaves out %s", c.name)
		}
	}
}

func TestVersionJSON(t *testing.T) {
	code, out, _ := call(t, "", "version", "--json")
	var v struct{ Version, Go string }
	if err := json.Unmarshal([]byte(out), &v); code != 0 || err != nil || v.Version != version || v.Go != runtime.Version() {
		t.Errorf("%d %s %v", code, out, err)
	}
}

var placed = regexp.MustCompile(`^[\w.-]+:\d+:\d+: \S`)

// All problems of a broken file, each with its place, as text and as JSON.
func TestCheckBrokenFiles(t *testing.T) {
	t.Chdir(filepath.Join("..", "config", "testdata", "broken"))
	files, err := filepath.Glob("*.[yj]*")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		code, out, errs := call(t, "", "check", file)
		if code != 1 || errs != "" {
			t.Errorf("%s: exit code %d, %s", file, code, errs)
		}
		want, err := os.ReadFile(strings.TrimSuffix(file, filepath.Ext(file)) + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if out != string(want) {
			t.Errorf("%s:\n%s\nwant\n%s", file, out, want)
		}
		lines := strings.Split(strings.TrimSpace(out), "\n")
		code, out, _ = call(t, "", "check", "--json", file)
		found := findings(t, out)
		if code != 1 || len(found) != len(lines) {
			t.Errorf("%s: code %d, %d lines, %d in JSON", file, code, len(lines), len(found))
			continue
		}
		for i, f := range found {
			if start := fmt.Sprintf("%s:%d:%d: ", file, f.Line, f.Column); !placed.MatchString(lines[i]) || !strings.HasPrefix(lines[i], start) ||
				!strings.Contains(lines[i], f.Message) || !strings.Contains(lines[i], f.Near) || f.File != file || f.Warning {
				t.Errorf("%s: %q is %+v in JSON", file, lines[i], f)
			}
		}
	}
}

func findings(t *testing.T, out string) (found []finding) {
	t.Helper()
	for dec := json.NewDecoder(strings.NewReader(out)); dec.More(); {
		var f finding
		if err := dec.Decode(&f); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		found = append(found, f)
	}
	return found
}

// A good file with things worth saying; flags may stand behind the file.
func TestCheckGoodFile(t *testing.T) {
	file := filepath.Join("..", "config", "testdata", "full.yaml")
	for _, name := range []string{"AZURE_HOST", "AZURE_TOKEN"} {
		t.Setenv(name, "azure.example")
	}
	code, out, err := call(t, "", "check", file)
	if code != 0 || err != "" || !strings.Contains(out, "warning: "+file+":17:5: providers.old.api_key: ") || !strings.Contains(out, file+": good: 4 providers, 2 models, ") {
		t.Errorf("%d %s %s", code, out, err)
	}
	code, out, _ = call(t, "", "check", file, "--json")
	for _, f := range findings(t, out) {
		if !f.Warning || f.Line == 0 || f.File != file {
			t.Errorf("%+v", f)
		}
	}
	if code != 0 || strings.Contains(out, "good") || strings.Contains(out, "not-so-secret") {
		t.Errorf("%d %s", code, out)
	}
}

// A demo runs a while by itself, shows what happens, and leaves nothing behind.
func TestDemo(t *testing.T) {
	t.Parallel()
	p := launch(t, "demo", "--for", "3s", "--rate", "20", "--listen", "127.0.0.1:0")
	<-p.ended
	out := p.out.String()
	if left, err := os.ReadDir(p.home); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if p.failed != nil {
		t.Fatalf("%v\n%s%s", p.failed, out, p.err.String())
	}
	for _, want := range []string{
		`dashboard  http://127\.0\.0\.1:\d+/_/`, `try +curl -s http://127\.0\.0\.1:\d+/v1/chat/completions`,
		`tortoise +openai +\$0\.1 in, \$0\.4 out per million tokens\. Slow to begin`,
		`(?m)^\d\d:\d\d:\d\d  demo/parrot-1:price +(bargain|tortoise) .* goes first: lowest expected cost`,
		`(?m)^\d\d:\d\d:\d\d  /support +express ✓ +\d+ms/.* goes first: drawn by weight 90 of 100`,
		`(?m)^\d\d:\d\d:\d\d  /support +(express|phoenix) ✓ cache +.* \$0  `,
		`(?m)^\d\d:\d\d:\d\d  auto +.* is chosen by balanced: `, `(?m)^\d\d:\d\d:\d\d  auto:cost +.* is chosen by cost: `,
		`(?m)^auto: \d+ answers, \d+ by demo/sparrow-1, \d+ by demo/jackdaw-1, [1-9]\d* by demo/owl-1; \$0\.\d+ spent, always the best model \$0\.\d+: \d\d% saved at an expected quality of \d\d\.\d% against \d\d\.\d%, as the demo states the talents of its models, which are invented$`,
		`how good each is at what is invented`,
		`(?m)^\d+ requests: \d+ served at the first try, \d+ after a fallback, \d+ failed, \d+ refused or left by their callers; \$0\.\d+ spent$`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	lines := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d  (demo/|/support|auto)`).FindAllString(out, -1)
	var requests int
	if i := strings.LastIndex(out, "\n\n"); i >= 0 {
		fmt.Sscanf(out[i:], "\n\n%d requests", &requests)
	}
	if requests < 20 || len(lines) != requests {
		t.Errorf("%d lines of %d requests", len(lines), requests)
	}
}

func TestServeEnds(t *testing.T) {
	cfg, _ := simulate(t, "", provider.Options{})
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p := serving(t, cfg, t.TempDir())
		if out := p.out.String(); !strings.Contains(out, "strowger dev serves 1 model at "+p.url+"/v1 (") {
			t.Errorf("it says %s", out)
		}
		await(t, "the dashboard's address", func() bool { return strings.Contains(p.out.String(), "dashboard: "+p.url+"/_/") })
		if err := p.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		<-p.ended
		if p.failed != nil || !strings.Contains(p.err.String(), "shutting down") {
			t.Errorf("%v: %v %s", sig, p.failed, p.err.String())
		}
	}
}

// What is wrong is said in a line that names it and what to do.
func TestServeRefuses(t *testing.T) {
	cfg, _ := simulate(t, "", provider.Options{})
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, broken := write("good.yaml", cfg), write("broken.yaml", "listn: 127.0.0.1:1\nmodels: 3\n")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	addr := taken.Addr().String()
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"--config", good, "--listen", addr}, []string{"strowger serve: listen " + addr + ": ", "address already in use", "is another strowger running?", "--listen"}},
		{[]string{"--config", broken}, []string{broken + ":1:1: listn: unknown key; did you mean \"listen\"?", broken + ":2:9: models: expected a mapping"}},
		{[]string{"--config", dir}, []string{"configuration " + dir + " is a folder, not a file"}},
		{[]string{"--config", filepath.Join(dir, "none")}, []string{"cannot be read: no such file or directory"}},
	} {
		code, out, errs := call(t, "", append([]string{"serve", "--data", t.TempDir()}, c.args...)...)
		if code != 1 || out != "" {
			t.Errorf("%v: %d %s", c.args, code, out)
		}
		for _, s := range c.says {
			if !strings.Contains(errs, s) {
				t.Errorf("%v: %s; want %q", c.args, errs, s)
			}
		}
	}
}
