package app_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/desktop/app"
	"strowger/desktop/journaltest"
	"strowger/desktop/lockfile"
	"strowger/desktop/store"
)

// A damaged database is no reason not to carry requests; the status says what is wrong.
func TestDamagedDatabase(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{})
	dir := t.TempDir()
	path := filepath.Join(dir, store.FileName)
	damaged := strings.Repeat("this is no database. ", 1000)
	if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	var log journaltest.Journal
	a := start(t, cfg, dir, &log)
	for range 3 {
		if code, text := post(t, a.URL(), body(false, "sim: text=well")); code != 200 || !strings.Contains(text, "well") {
			t.Errorf("%d %s", code, text)
		}
	}
	var s status
	get(t, a.URL()+"/_/api/status", &s)
	if s.Store.OK || !strings.Contains(s.Store.Message, "nothing is recorded: "+path+" is damaged or not a database") || s.Requests != 3 {
		t.Errorf("status %+v", s)
	}
	if len(a.Warnings) != 1 || !strings.Contains(log.String(), "nothing is recorded") {
		t.Errorf("warnings %q, log %s", a.Warnings, log.String())
	}
	var list rows
	get(t, a.URL()+"/_/api/decisions", &list)
	if len(list.Rows) != 3 {
		t.Errorf("%d rows", len(list.Rows))
	}
	get(t, a.URL()+"/_/api/decisions/"+list.Rows[2].ID, nil)
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != damaged {
		t.Error("the damaged file was changed")
	}
}

// Two on one folder do not mix their records: the second carries requests and says that
// it records nothing. When the first has ended, the folder is free again.
func TestTwoOnOneFolder(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{})
	dir := t.TempDir()
	first, second := start(t, cfg, dir, nil), start(t, cfg, dir, nil)
	for range 3 {
		for _, a := range []*app.App{first, second} {
			if code, text := post(t, a.URL(), body(false, "hello")); code != 200 {
				t.Errorf("%d %s", code, text)
			}
		}
	}
	var one, two status
	await(t, "the first to record", func() bool {
		get(t, first.URL()+"/_/api/status", &one)
		return one.Store.Written == 3
	})
	get(t, second.URL()+"/_/api/status", &two)
	if !one.Store.OK || two.Store.OK || two.Requests != 3 || !strings.Contains(two.Store.Message, "nothing is recorded: ") || len(second.Warnings) != 1 {
		t.Errorf("first %+v, second %+v, %q", one, two, second.Warnings)
	}
	for _, a := range []*app.App{second, first} {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	third := start(t, cfg, dir, nil)
	var list rows
	get(t, third.URL()+"/_/api/decisions", &list)
	if len(third.Warnings) != 0 || len(list.Rows) != 3 {
		t.Errorf("%q, %+v", third.Warnings, list.Rows)
	}
}

// A key that is not there is named at the start, with its provider.
func TestKeysThatAreMissing(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{}, provider.Options{Name: "poor"}, provider.Options{Name: "off"})
	cfg.Catalog.Providers[1].KeyRef = "env:STROWGER_TEST_NO_SUCH_KEY"
	cfg.Catalog.Providers[2].KeyRef, cfg.Catalog.Providers[2].Disabled = "env:STROWGER_TEST_NO_SUCH_KEY", true
	var log journaltest.Journal
	a := start(t, cfg, t.TempDir(), &log)
	if len(a.Warnings) != 1 || !strings.Contains(a.Warnings[0], "provider poor has no key: env:STROWGER_TEST_NO_SUCH_KEY") || !strings.Contains(log.String(), "provider poor") {
		t.Errorf("%q, log %s", a.Warnings, log.String())
	}
}

// Numbers go on after a restart, and what was recorded before is read from the store.
func TestRestart(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{})
	dir := t.TempDir()
	a := start(t, cfg, dir, nil)
	for range 5 {
		post(t, a.URL(), body(true, "hello"))
	}
	var before rows
	get(t, a.URL()+"/_/api/decisions", &before)
	one := get(t, a.URL()+"/_/api/decisions/"+before.Rows[0].ID, nil)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = start(t, cfg, dir, nil)
	post(t, a.URL(), body(true, "hello"))
	var after rows
	get(t, a.URL()+"/_/api/decisions", &after)
	if len(after.Rows) != 6 || after.Rows[0].Seq != 6 || after.Rows[1].ID != before.Rows[0].ID {
		t.Errorf("before %+v, after %+v", before.Rows, after.Rows)
	}
	if again := get(t, a.URL()+"/_/api/decisions/"+before.Rows[0].ID, nil); again != one {
		t.Errorf("from memory\n%s\nfrom the store\n%s", one, again)
	}
}

// What cannot be started says why, names the thing, and leaves nothing that another could take for a running one.
func TestStartFails(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{})
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	broken := filepath.Join(t.TempDir(), "broken.yaml")
	if err := os.WriteFile(broken, []byte("listn: 1\nproviders: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o    app.Options
		says []string
	}{
		"port in use":      {app.Options{Config: cfg, Listen: taken.Addr().String()}, []string{taken.Addr().String(), "address already in use", "--listen"}},
		"all addresses":    {app.Options{Config: cfg, Listen: "0.0.0.0:0"}, []string{"0.0.0.0:0", "127.0.0.1"}},
		"every address":    {app.Options{Config: cfg, Listen: ":0"}, []string{":0", "127.0.0.1"}},
		"no such port":     {app.Options{Config: cfg, Listen: "127.0.0.1:99999"}, []string{"127.0.0.1:99999", "invalid port"}},
		"no such file":     {app.Options{ConfigPath: "/nowhere/strowger.yaml"}, []string{"/nowhere/strowger.yaml", "no such file"}},
		"a broken file":    {app.Options{ConfigPath: broken}, []string{broken + ":1:1: listn", broken + ":2:12: providers"}},
		"a folder as file": {app.Options{ConfigPath: t.TempDir()}, []string{"is a folder"}},
	} {
		c.o.DataDir = t.TempDir()
		a, err := app.Start(t.Context(), c.o)
		if err == nil {
			a.Close()
			t.Errorf("%s: started", name)
			continue
		}
		for _, s := range c.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %v; want %q in it", name, err, s)
			}
		}
		// The folder is held before a port is: the file for that stays, and says nothing.
		if left, _ := os.ReadDir(c.o.DataDir); len(left) != 1 || left[0].Name() != "strowger.lock" {
			t.Errorf("%s: left %v", name, left)
		}
		if p, err := store.Holder(filepath.Join(c.o.DataDir, store.FileName)); !errors.Is(err, lockfile.ErrNoNote) {
			t.Errorf("%s: left %+v, %v", name, p, err)
		}
	}
}

// Without any configuration it starts all the same, and says what to do.
func TestNoConfiguration(t *testing.T) {
	empty := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"} {
		t.Setenv(name, empty)
	}
	for _, name := range []string{"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY", "DEEPSEEK_API_KEY"} {
		t.Setenv(name, "")
	}
	t.Chdir(empty)
	a := start(t, nil, "", nil)
	if len(a.Config().Warnings) != 1 || !strings.Contains(a.Config().Warnings[0].Message, "OPENAI_API_KEY") {
		t.Errorf("warnings %v", a.Config().Warnings)
	}
	if text := get(t, a.URL()+"/v1/models", nil); !strings.HasPrefix(text, `{"object":"list","data":[]`) {
		t.Errorf("models %s", text)
	}
	if code, text := post(t, a.URL(), body(false, "hello")); code != 404 || !strings.Contains(text, "model_not_found") {
		t.Errorf("%d %s", code, text)
	}
	if _, err := os.Stat(filepath.Join(empty, "strowger", store.FileName)); err != nil {
		t.Error("the record is not where the user's data belongs:", err)
	}
}

// Closing waits for short answers, ends long ones with an error event, writes everything
// down and leaves nothing running.
func TestClose(t *testing.T) {
	cfg, ps := simulate(t, provider.Options{})
	dir := t.TempDir()
	before := runtime.NumGoroutine()
	a := start(t, cfg, dir, nil)
	var short, long string
	var all sync.WaitGroup
	all.Go(func() { _, short = post(t, a.URL(), body(true, "sim: latency=300ms text=well")) })
	all.Go(func() { _, long = post(t, a.URL(), body(true, `sim: fault=stall after=2 text="one two three"`)) })
	await(t, "both to arrive", func() bool { return ps[0].Open() == 2 })
	within(t, 20*time.Second, "closing", func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
	if !strings.Contains(short, "well") || !strings.HasSuffix(short, "data: [DONE]\n\n") {
		t.Errorf("the short answer: %s", short)
	}
	if !strings.Contains(long, "two") || !strings.Contains(long, "shutting_down") || strings.Contains(long, "[DONE]") || !strings.Contains(long, "broken") {
		t.Errorf("the long answer: %s", long)
	}
	await(t, "the provider to see that it is over", func() bool { return ps[0].Open() == 0 })
	http.DefaultClient.CloseIdleConnections()
	await(t, fmt.Sprintf("%d goroutines as before", before), func() bool { return runtime.NumGoroutine() <= before })
	a = start(t, cfg, dir, nil)
	var list rows
	get(t, a.URL()+"/_/api/decisions", &list)
	if len(list.Rows) != 2 || list.Rows[0].Outcome != "failed" || list.Rows[1].Outcome != "ok" {
		t.Errorf("recorded %+v", list.Rows)
	}
}

// secretKey is what must be found nowhere.
const secretKey = "sk-very-secret-0123456789"

// The key is in no answer, no page of the API, no log and nowhere in the data folder,
// whatever goes wrong.
func TestSecretsAreNowhere(t *testing.T) {
	t.Setenv("STROWGER_TEST_SECRET", secretKey)
	cfg, ps := simulate(t, provider.Options{Key: secretKey}, provider.Options{Key: "another"})
	cfg.Catalog.Providers[1].KeyRef = "env:STROWGER_TEST_SECRET"
	dir := t.TempDir()
	var log, told journaltest.Journal
	a := start(t, cfg, dir, &log)
	for _, directive := range []string{
		"hello", "sim: status=400", "sim: status=401", "sim: status=429 retry-after=1", "sim: status=503", "sim: fault=reset",
		"sim: fault=html", "sim: fault=error_event after=2", "sim: fault=cut after=2", "sim: fault=bad_json", "sim: bad=directive",
	} {
		for _, stream := range []bool{false, true} {
			_, text := post(t, a.URL(), body(stream, directive))
			fmt.Fprintln(&told, text)
		}
	}
	if ps[0].Last().Header.Get("authorization") != "Bearer "+secretKey || ps[1].Requests() == 0 {
		t.Fatal("the key was not used: this tests nothing")
	}
	var list rows
	fmt.Fprintln(&told, get(t, a.URL()+"/_/api/decisions?limit=500", &list))
	for _, row := range list.Rows {
		fmt.Fprintln(&told, get(t, a.URL()+"/_/api/decisions/"+row.ID, nil))
	}
	for _, path := range []string{"/_/api/status", "/v1/models", "/v1/models/" + model} {
		fmt.Fprintln(&told, get(t, a.URL()+path, nil))
	}
	fmt.Fprintf(&told, "%v %+v %#v %v\n", *a.Config(), *a.Config(), *a.Config(), a.Warnings)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(told.String(), secretKey) {
		t.Error("the key was told")
	}
	if strings.Contains(log.String(), secretKey) {
		t.Error("the key was logged")
	}
	size := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		size += len(b)
		if strings.Contains(string(b), secretKey) {
			t.Errorf("the key is in %s", path)
		}
		if info, _ := d.Info(); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil || size < 10_000 {
		t.Errorf("%d bytes of record, %v", size, err)
	}
}
