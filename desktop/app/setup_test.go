package app_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/bench/provider"
	"strowger/desktop/app"
	"strowger/desktop/config"
	"strowger/desktop/control/edit"
	"strowger/desktop/journaltest"
)

const pasted = "sk-pasted-0123456789-wXyZ"

// empty is a machine on which nothing is set up, with two providers that are known: one that
// takes the pasted key, and another.
func empty(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); strings.HasSuffix(name, "_API_KEY") || strings.HasSuffix(name, "_BASE_URL") {
			t.Setenv(name, "")
		}
	}
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("OLLAMA_HOST", "127.0.0.1:1")
	t.Chdir(t.TempDir())
	text := ""
	for _, name := range []string{"north", "south"} {
		s, err := provider.Serve(provider.New(provider.Options{Name: name, Key: pasted}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		// A provider is known by its host, whatever the port.
		url := strings.Replace(s.BaseURL(""), "127.0.0.1", map[string]string{"north": "127.0.0.1", "south": "localhost"}[name], 1)
		text += fmt.Sprintf("provider %s openai url=%s keys=%s_API_KEY\n", name, url, strings.ToUpper(name))
	}
	for _, e := range []string{"large north large", "large south large", "north north small", "south south small"} {
		text += "endpoint house/" + e + " in=" + map[bool]string{true: "9", false: "1"}[strings.HasPrefix(e, "large")] + "000000 out=4000000 from=test@2026-01-02\n"
	}
	if err := os.MkdirAll(filepath.Join(home, "strowger"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "strowger", "catalog.txt"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

func startEmpty(t *testing.T, data string, log *journaltest.Journal) *app.App {
	t.Helper()
	a, err := app.Start(t.Context(), app.Options{DataDir: data, Listen: "127.0.0.1:0", Version: "test", Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

type setup struct {
	Missing, Writable   bool
	Model, Folder, File string
	Providers           []struct {
		Name       string
		Models     int
		Configured bool
	}
}

// With nothing set up it says so; a pasted key is all that it takes, and it is nowhere but in its
// file.
func TestFirstKey(t *testing.T) {
	home, data := empty(t), t.TempDir()
	log := &journaltest.Journal{}
	a := startEmpty(t, data, log)
	var before setup
	get(t, a.URL()+"/_/api/setup", &before)
	if !before.Missing || before.Model != "" || !before.Writable || len(before.Providers) != 2 || before.Providers[0].Models != 2 || before.Providers[0].Configured {
		t.Fatalf("%+v", before)
	}
	for path, want := range map[string]string{"status": `"kind":"setup","text":"no provider yet`, "attention": `"kind":"setup","severity":"bad"`} {
		if text := get(t, a.URL()+"/_/api/"+path, nil); !strings.Contains(text, want) {
			t.Errorf("%s does not say that nothing is set up: %s", path, text)
		}
	}
	seen := ""
	paste := func(name, key string) (status int) {
		status, text, _ := call(t, "POST", a.URL()+"/_/api/setup/key", fmt.Sprintf(`{"provider":%q,"key":%q}`, name, key), "content-type", "application/json")
		seen += text
		return status
	}
	for _, wrong := range []struct {
		name, key string
		status    int
	}{{"north", "", 400}, {"north", "short", 400}, {"north", pasted + " and more", 400}, {"north", pasted + "\nx", 400}, {"north", strings.Repeat("k", 513), 400}, {"north", strings.Repeat("k", 9000), 413}, {"nobody", pasted, 400}} {
		if status := paste(wrong.name, wrong.key); status != wrong.status {
			t.Errorf("%s %.20q: %d", wrong.name, wrong.key, status)
		}
	}
	if status, _, _ := call(t, "POST", a.URL()+"/_/api/setup/key", `{"provider":"north","key":"`+pasted+`"}`, "origin", "https://example.com"); status != 403 {
		t.Errorf("from another page: %d", status)
	}
	path := filepath.Join(home, "strowger", "strowger.yaml")
	if _, err := os.Stat(path); err == nil {
		t.Fatal("what was refused has made a file")
	}
	if status := paste("north", " "+pasted+"\n"); status != 200 || !strings.Contains(seen, `"last4":"wXyZ"`) || !strings.Contains(seen, `"model":"house/north"`) {
		t.Fatalf("%d %s", status, seen)
	}
	kept := filepath.Join(home, "strowger", "secrets", "north")
	for name, mode := range map[string]fs.FileMode{kept: 0o600, filepath.Dir(kept): 0o700, path: 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "file:"+kept) {
		t.Errorf("%s %v", text, err)
	}
	if status, text := post(t, a.URL(), strings.Replace(body(false, "hello"), model, "house/north", 1)); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	status, text, _ := call(t, "POST", a.URL()+"/_/api/providers/north/probe", `{"dry_run":false}`)
	if seen += text; status != 200 || !strings.Contains(text, `"outcome":"ok"`) {
		t.Errorf("the probe: %d %s", status, text)
	}

	// A second provider joins the models that are there; another key takes the place of the first.
	if status := paste("south", "sk-wrong-0123456789-abcd"); status != 200 {
		t.Fatalf("%d %s", status, seen)
	}
	if _, text, _ := call(t, "POST", a.URL()+"/_/api/providers/south/probe", `{"dry_run":false}`); !strings.Contains(text, `"status":401`) {
		t.Errorf("a wrong key: %s", text)
	}
	if status := paste("south", pasted); status != 200 {
		t.Fatal(seen)
	}
	if _, text, _ := call(t, "POST", a.URL()+"/_/api/providers/south/probe", `{"dry_run":false}`); !strings.Contains(text, `"outcome":"ok"`) {
		t.Errorf("the key was replaced: %s", text)
	}
	c, err := config.Load(path, nil)
	if err != nil || len(c.Catalog.Models) != 3 || len(c.Catalog.Models[0].Endpoints) != 2 {
		t.Errorf("%+v %v", c, err)
	}
	var after setup
	if get(t, a.URL()+"/_/api/setup", &after); after.Missing || after.Model == "" || !after.Providers[0].Configured {
		t.Errorf("%+v", after)
	}
	for _, path := range []string{"setup", "config", "settings", "status", "attention", "providers", "catalog", "diagnostics", "decisions", "config/history/1", "config/history/2"} {
		seen += get(t, a.URL()+"/_/api/"+path, nil)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	secretless(t, "an answer", seen)
	secretless(t, "the log", log.String())
	for _, dir := range []string{home, data} {
		err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Dir(path) == filepath.Dir(kept) {
				return err
			}
			b, err := os.ReadFile(path)
			secretless(t, path, string(b))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func secretless(t *testing.T, where, text string) {
	t.Helper()
	for _, key := range []string{pasted, "0123456789"} {
		if strings.Contains(text, key) {
			t.Errorf("the key is in %s", where)
		}
	}
}

// What the user wrote himself stays as it is written, and a name that leads elsewhere gets no key.
func TestKeyIntoFile(t *testing.T) {
	home := empty(t)
	path := filepath.Join(home, "strowger", "strowger.yaml")
	text := "# mine\nproviders:\n  mine: {schema: openai, base_url: \"http://127.0.0.1:9/v1\"} # at home\n  south: {schema: openai, base_url: \"http://127.0.0.1:9/v1\"}\nmodels:\n  house/large:\n    endpoints:\n      - {provider: mine, model: big} # first\n"
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	a := startEmpty(t, t.TempDir(), &journaltest.Journal{})
	if status := submit(t, a, "POST", "/_/api/setup/key", fields{"provider": "south", "key": pasted}, nil); status != 409 {
		t.Errorf("the key of a provider that is another server: %d", status)
	}
	if status := submit(t, a, "POST", "/_/api/setup/key", fields{"provider": "north", "key": pasted}, nil); status != 200 {
		t.Fatal(status)
	}
	got, _ := os.ReadFile(path)
	for _, line := range append(strings.Split(strings.TrimSpace(text), "\n"), "  north:", "      - {provider: north, model: large}", "  house/north: {endpoints: [{provider: north, model: small}]}") {
		if !bytes.Contains(got, []byte(line+"\n")) {
			t.Errorf("no %q in\n%s", line, got)
		}
	}
	if backup, _ := os.ReadFile(path + ".bak"); string(backup) != text {
		t.Errorf("the backup says\n%s", backup)
	}
	var doc document
	get(t, a.URL()+"/_/api/config", &doc)
	if status := submit(t, a, "POST", "/_/api/config/undo", fields{"stamp": doc.Stamp}, nil); status != 200 {
		t.Fatal(status)
	}
	if got, _ := os.ReadFile(path); string(got) != text {
		t.Errorf("undone it says\n%s", got)
	}
}

// Secrets that stand in the file are not shown, and writing keeps them.
func TestLiteralSecretsAreHidden(t *testing.T) {
	const old, bearer, token = "sk-old-in-a-comment-0123456789", "Bearer abcdef0123456789", "tok1"
	f, _ := newFile(t, "p1")
	f.base = strings.Replace(f.base, "schema: openai,", "schema: openai, api_key: \""+pasted+"\", headers: {Authorization: "+bearer+", x-title: openai},", 1)
	f.base += "# api_key: " + old + "\nadmin: {token: " + token + "}\n"
	f.write("routing: {strategy: cost}\n")
	log := &journaltest.Journal{}
	a := startFile(t, f, log)
	auth := []string{"content-type", "application/json", "authorization", "Bearer " + token}
	send := func(method, path string, body any, to any) (int, string) {
		t.Helper()
		status, text := submitWith(t, a, method, path, body, to, auth...)
		for _, s := range []string{pasted, "0123456789", "abcdef", token} {
			if strings.Contains(text, s) {
				t.Errorf("%s %s shows %s: %s", method, path, s, text)
			}
		}
		return status, text
	}
	disk := func() string { b, _ := os.ReadFile(f.path); return string(b) }
	before := disk()
	var doc document
	send("GET", "/_/api/config", nil, &doc)
	if !strings.Contains(doc.Text, "…wXyZ\"") || !strings.Contains(doc.Text, "x-title: openai") || strings.Count(doc.Text, "\n") != strings.Count(before, "\n") {
		t.Fatalf("%s", doc.Text)
	}
	// As it is shown, back: byte by byte the same.
	if status, text := send("PUT", "/_/api/config", fields{"text": doc.Text, "stamp": doc.Stamp}, &doc); status != 200 || disk() != before {
		t.Fatalf("%d %s\n%s", status, text, disk())
	}
	var edited struct {
		Text     string
		Problems []fields
		Outline  *edit.Outline
	}
	send("POST", "/_/api/config/edit", fields{"text": doc.Text, "edits": []fields{{"path": []any{"routing", "strategy"}, "value": "latency"}, {"path": []any{"providers", "p1", "enabled"}, "value": true}}}, &edited)
	send("POST", "/_/api/config/check", fields{"text": edited.Text}, nil)
	send("POST", "/_/api/config/diff", fields{"text": edited.Text}, nil)
	if status, _ := send("PUT", "/_/api/config", fields{"text": edited.Text, "stamp": doc.Stamp}, &doc); status != 200 {
		t.Fatal(status)
	}
	if now := disk(); !strings.Contains(now, "\""+pasted+"\"") || !strings.Contains(now, "enabled: true") || !strings.Contains(now, bearer) || !strings.Contains(now, old) || !strings.Contains(now, "strategy: latency") {
		t.Fatalf("%s", now)
	}
	for _, h := range doc.History {
		send("GET", "/_/api/config/history/"+h.ID, nil, nil)
	}
	// Changed outside meanwhile: both changes, and the secrets.
	f.write("routing: {strategy: throughput}\n")
	var clash struct{ Disk, Stamp string }
	if status, _ := send("PUT", "/_/api/config", fields{"text": edited.Text + "# more\n", "stamp": doc.Stamp}, &clash); status != 409 || clash.Disk == "" {
		t.Fatal(status)
	}
	if status, _ := send("PUT", "/_/api/config", fields{"text": clash.Disk, "stamp": clash.Stamp}, &doc); status != 200 || disk() != f.base+"routing: {strategy: throughput}\n" {
		t.Errorf("%d\n%s", status, disk())
	}
	if status, _ := send("POST", "/_/api/config/undo", fields{"stamp": doc.Stamp}, &doc); status != 200 || !strings.Contains(disk(), pasted) {
		t.Errorf("%d\n%s", status, disk())
	}
	// What stands for a secret of another process is no secret.
	now := disk()
	strange := strings.Replace(doc.Text, "hidden-", "hidden-0123456789…abcd # ", 1)
	if status, _ := submitWith(t, a, "PUT", "/_/api/config", fields{"text": strange, "stamp": doc.Stamp}, nil, auth...); status != 422 || disk() != now {
		t.Errorf("%d\n%s", status, disk())
	}
	// A file that cannot be read shows none either.
	f.write("routing: {strategy: [price}\n")
	send("GET", "/_/api/config", nil, &doc)
	if !strings.Contains(doc.Text, "…wXyZ") {
		t.Errorf("%s", doc.Text)
	}
}

// A secret that cannot be cut out keeps the whole text back.
func TestSecretWrittenInADisguise(t *testing.T) {
	f, _ := newFile(t, "p1")
	f.base = strings.Replace(f.base, "schema: openai,", `schema: openai, api_key: "sk-\x70asted-0123456789-wXyZ",`, 1)
	f.write("")
	a := startFile(t, f, &journaltest.Journal{})
	var doc document
	get(t, a.URL()+"/_/api/config", &doc)
	if doc.Text != "" || doc.Writable || !strings.Contains(doc.Reason, "env:NAME") {
		t.Errorf("%+v", doc)
	}
}

// What check warns of is said by the status and to whoever looks at what needs attention.
func TestWarningsAreSaid(t *testing.T) {
	f, _ := newFile(t, "p1")
	f.write("routing: {strategy: cost}\ncost_limit: {usd: 5, per: day}\n")
	known, err := config.Load(f.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	known.Lint()
	a := startFile(t, f, &journaltest.Journal{})
	said := state(t, a).Config.Warnings
	if len(known.Warnings) == 0 || len(said) != len(known.Warnings) {
		t.Fatalf("check: %v, status: %v", known.Warnings, said)
	}
	if text := get(t, a.URL()+"/_/api/attention", nil); !strings.Contains(text, `"kind":"config","severity":"info"`) {
		t.Errorf("attention: %s", text)
	}
}
