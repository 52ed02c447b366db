package app_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/bench/provider"
	"strowger/desktop/app"
	"strowger/desktop/control/edit"
	"strowger/desktop/journaltest"
)

// document is what GET config answers.
type document struct {
	Path                                       *string
	Rev, Stamp, Text, Problem, Reason, Creates string
	Writable, Undo                             bool
	Outline                                    struct {
		Strategy  string
		Providers []string
		Models    []string
	}
	History []struct {
		ID, Why, Rev, Kept string
		Bytes              int
	}
}

// submit sends JSON and gives the status and reads the answer.
func submit(t *testing.T, a *app.App, method, path string, body, to any) int {
	t.Helper()
	status, _ := submitWith(t, a, method, path, body, to, "content-type", "application/json")
	return status
}

func submitWith(t *testing.T, a *app.App, method, path string, body, to any, header ...string) (status int, text string) {
	t.Helper()
	doc, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	status, text, _ = call(t, method, a.URL()+path, string(doc), header...)
	if to != nil {
		if err := json.Unmarshal([]byte(text), to); err != nil {
			t.Fatalf("%s %s: %d %v: %s", method, path, status, err, text)
		}
	}
	return status, text
}

type fields map[string]any

func TestConfigurationIsEdited(t *testing.T) {
	f, _ := newFile(t, "p1", "p2")
	f.write("# about routing\nrouting:\n  strategy: cost # cheap\n")
	a := startFile(t, f, &journaltest.Journal{})
	var doc document
	get(t, a.URL()+"/_/api/config", &doc)
	if doc.Path == nil || *doc.Path != f.path || !doc.Writable || doc.Outline.Strategy != "cost" || len(doc.Outline.Providers) != 2 || doc.Text != f.base+"# about routing\nrouting:\n  strategy: cost # cheap\n" {
		t.Fatalf("%+v", doc)
	}

	var edited struct {
		Text     string
		Problems []fields
		Outline  *edit.Outline
	}
	change := []fields{{"path": []any{"routing", "strategy"}, "value": "latency"}, {"path": []any{"routing", "max_attempts"}, "value": 3}}
	if status := submit(t, a, "POST", "/_/api/config/edit", fields{"text": doc.Text, "edits": change}, &edited); status != 200 || len(edited.Problems) > 0 {
		t.Fatalf("%d %+v", status, edited)
	}
	if o := edited.Outline; o == nil || o.Strategy != "latency" || o.MaxAttempts != 3 {
		t.Errorf("the outline is not that of the changed text: %+v", o)
	}
	if want := f.base + "# about routing\nrouting:\n  strategy: latency # cheap\n  max_attempts: 3\n"; edited.Text != want {
		t.Fatalf("got\n%s", edited.Text)
	}
	var difference struct{ Hunks []struct{ From int } }
	submit(t, a, "POST", "/_/api/config/diff", fields{"text": edited.Text}, &difference)
	if len(difference.Hunks) != 1 {
		t.Errorf("%+v", difference)
	}

	before := doc
	if status := submit(t, a, "PUT", "/_/api/config", fields{"text": edited.Text, "stamp": doc.Stamp, "why": "faster"}, &doc); status != 200 {
		t.Fatalf("%d %+v", status, doc)
	}
	if doc.Text != edited.Text || doc.Outline.Strategy != "latency" || doc.Problem != "" || doc.Rev == before.Rev || doc.Rev != state(t, a).Config.Rev {
		t.Errorf("after saving: %+v", doc)
	}
	if got := doc.History; len(got) != 2 || got[0].Why != "faster" || got[0].Rev != doc.Rev || got[1].Rev != before.Rev {
		t.Errorf("history %+v", got)
	}
	if b, _ := os.ReadFile(f.path); string(b) != edited.Text {
		t.Errorf("the file says\n%s", b)
	}
	if b, _ := os.ReadFile(f.path + ".bak"); string(b) != before.Text {
		t.Errorf("the backup says\n%s", b)
	}
	var past struct{ Text string }
	if get(t, a.URL()+"/_/api/config/history/"+doc.History[1].ID, &past); past.Text != before.Text {
		t.Errorf("the past says %q", past.Text)
	}
}

func TestConfigurationIsUndone(t *testing.T) {
	f, _ := newFile(t, "p1")
	a := startFile(t, f, &journaltest.Journal{})
	var doc document
	get(t, a.URL()+"/_/api/config", &doc)
	if doc.Undo || submit(t, a, "POST", "/_/api/config/undo", fields{"stamp": doc.Stamp}, nil) != 409 {
		t.Error("there is nothing to undo yet")
	}
	texts := []string{doc.Text, f.base + "aliases: {a: " + model + "}\n", f.base + "aliases: {b: " + model + "}\n"}
	for _, text := range texts[1:] {
		if status := submit(t, a, "PUT", "/_/api/config", fields{"text": text, "stamp": doc.Stamp}, &doc); status != 200 {
			t.Fatal(status)
		}
	}
	for _, want := range []string{texts[1], texts[0]} {
		if status := submit(t, a, "POST", "/_/api/config/undo", fields{"stamp": doc.Stamp}, &doc); status != 200 || doc.Text != want || doc.Rev != state(t, a).Config.Rev {
			t.Fatalf("%d: %q, not %q", status, doc.Text, want)
		}
	}
	if doc.Undo {
		t.Error("nothing is left to undo")
	}
}

func TestConfigurationIsRefused(t *testing.T) {
	f, _ := newFile(t, "p1")
	a := startFile(t, f, &journaltest.Journal{})
	var doc document
	get(t, a.URL()+"/_/api/config", &doc)
	var said struct {
		Problems []struct {
			File, Field, Message, Suggestion, Severity string
			Line, Column                               int
		}
		Same    bool
		Outline *edit.Outline
	}
	wrong := doc.Text + "routing: {strategi: cost}\n"
	for _, r := range [...]struct {
		method, path string
		status       int
	}{{"POST", "/_/api/config/check", 200}, {"PUT", "/_/api/config", 422}} {
		if status := submit(t, a, r.method, r.path, fields{"text": wrong, "stamp": doc.Stamp}, &said); status != r.status {
			t.Fatalf("%s: %d", r.path, status)
		}
		if p := said.Problems; len(p) != 1 || p[0].Suggestion != "strategy" || p[0].Line == 0 || p[0].Column != 11 || p[0].Severity != "error" || p[0].Field != "routing.strategi" {
			t.Errorf("%s: %+v", r.path, p)
		}
	}
	if b, _ := os.ReadFile(f.path); string(b) != doc.Text {
		t.Errorf("the file says\n%s", b)
	}
	if said.Outline != nil {
		t.Error("a text that is not valid has no outline")
	}
	if submit(t, a, "POST", "/_/api/config/check", fields{"text": doc.Text + "# only a comment\ncache: {ttl: 90m}\n"}, &said); said.Same || said.Outline == nil || fmt.Sprint(said.Outline.Cache) != "map[coalesce:false ttl:90m]" {
		t.Errorf("with a cache: %+v", said.Outline)
	}
	if submit(t, a, "POST", "/_/api/config/check", fields{"text": doc.Text + "# only a comment\n"}, &said); !said.Same {
		t.Error("it means the same")
	}
	if status := submit(t, a, "POST", "/_/api/config/edit", fields{"text": "a: &x 1\nb: *x\n", "edits": []fields{{"path": []any{"b"}, "value": 2}}}, &said); status != 422 || said.Problems[0].Line != 2 {
		t.Errorf("%d %+v", status, said)
	}
}

func TestConfigurationThatChangedOnDisk(t *testing.T) {
	f, _ := newFile(t, "p1")
	f.write("aliases: {a: " + model + "}\n# 1\n# 2\n# 3\nrouting: {strategy: cost}\n")
	a := startFile(t, f, &journaltest.Journal{})
	var doc document
	get(t, a.URL()+"/_/api/config", &doc)
	f.write("aliases: {other: " + model + "}\n# 1\n# 2\n# 3\nrouting: {strategy: cost}\n")
	var clash struct {
		Error              struct{ Code, Message string }
		Disk, Stamp, Yours string
		Base, Merged       *string
		Conflicts          []struct{ Line int }
	}
	yours := strings.Replace(doc.Text, "strategy: cost", "strategy: latency", 1)
	if status := submit(t, a, "PUT", "/_/api/config", fields{"text": yours, "stamp": doc.Stamp}, &clash); status != 409 {
		t.Fatal(status)
	}
	want := f.base + "aliases: {other: " + model + "}\n# 1\n# 2\n# 3\nrouting: {strategy: latency}\n"
	if clash.Merged == nil || *clash.Merged != want || clash.Base == nil || *clash.Base != doc.Text || clash.Error.Code != "conflict" {
		t.Fatalf("%+v", clash)
	}
	if status := submit(t, a, "PUT", "/_/api/config", fields{"text": *clash.Merged, "stamp": clash.Stamp}, &doc); status != 200 || doc.Text != want {
		t.Fatalf("%d %+v", status, doc)
	}
	// In the same place.
	f.write("aliases: {third: " + model + "}\n# 1\n# 2\n# 3\nrouting: {strategy: latency}\n")
	yours = strings.Replace(doc.Text, "other", "mine", 1)
	if status := submit(t, a, "PUT", "/_/api/config", fields{"text": yours, "stamp": doc.Stamp}, &clash); status != 409 || len(clash.Conflicts) != 1 {
		t.Fatalf("%d %+v", status, clash)
	}
}

// Without a file the user's own is made, in use at once and watched from then on.
func TestConfigurationIsMade(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("HOME", home)
	t.Setenv("OPENAI_API_KEY", "sk-made-0123456789abcdef")
	t.Chdir(t.TempDir())
	a, err := app.Start(t.Context(), app.Options{DataDir: t.TempDir(), Listen: "127.0.0.1:0", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	path := filepath.Join(home, "strowger", "strowger.yaml")
	var doc document
	get(t, a.URL()+"/_/api/config", &doc)
	if doc.Path != nil || doc.Creates != path || doc.Stamp != "" || !doc.Writable || !strings.Contains(doc.Text, "env:OPENAI_API_KEY") {
		t.Fatalf("%+v", doc)
	}
	if status := submit(t, a, "PUT", "/_/api/config", fields{"text": doc.Text + "routing: {strategy: cost}\n", "stamp": ""}, &doc); status != 200 || doc.Path == nil || *doc.Path != path || doc.Outline.Strategy != "cost" {
		t.Fatalf("%d %+v", status, doc)
	}
	if got := state(t, a).Config; got.Path != path || got.Rev != doc.Rev {
		t.Errorf("in use: %+v", got)
	}
	if err := os.WriteFile(path, []byte(doc.Text+"# more\nretention: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	await(t, "the file to be looked at", func() bool { return state(t, a).Config.Problem != "" })
}

// What is not in a file cannot be written.
func TestConfigurationWithoutFile(t *testing.T) {
	c, _ := simulate(t, provider.Options{})
	a := start(t, c, t.TempDir(), nil)
	var doc document
	get(t, a.URL()+"/_/api/config", &doc)
	if doc.Writable || doc.Reason == "" || doc.Path != nil {
		t.Errorf("%+v", doc)
	}
	if status := submit(t, a, "PUT", "/_/api/config", fields{"text": "", "stamp": ""}, nil); status != 403 {
		t.Error(status)
	}
}

// A text with a secret in it can be undone, and is in no file but the configuration's own.
func TestSecretsStayInTheConfiguration(t *testing.T) {
	const key = "sk-literal-0123456789abcdef"
	f, _ := newFile(t, "p1")
	dir := t.TempDir()
	a, err := app.Start(t.Context(), app.Options{ConfigPath: f.path, DataDir: dir, Listen: "127.0.0.1:0", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	var doc document
	get(t, a.URL()+"/_/api/config", &doc)
	with := strings.Replace(doc.Text, "schema: openai,", "schema: openai, api_key: "+key+",", 1)
	for _, text := range []string{with, doc.Text} {
		if status := submit(t, a, "PUT", "/_/api/config", fields{"text": text, "stamp": doc.Stamp}, &doc); status != 200 {
			t.Fatal(status)
		}
	}
	if h := doc.History; len(h) != 3 || h[0].Kept != "record" || h[1].Kept != "memory" || h[2].Kept != "record" {
		t.Fatalf("%+v", h)
	}
	if status := submit(t, a, "POST", "/_/api/config/undo", fields{"stamp": doc.Stamp}, &doc); status != 200 {
		t.Fatal(status)
	}
	if b, _ := os.ReadFile(f.path); string(b) != with || strings.Contains(doc.Text, key) {
		t.Fatalf("%q in the file, shown as %q", b, doc.Text)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), key) {
			t.Errorf("the secret is in %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
