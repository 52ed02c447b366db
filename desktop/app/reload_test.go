package app_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"strowger/bench/provider"
	"strowger/desktop/app"
	"strowger/desktop/journaltest"
)

// file is a configuration file that changes.
type file struct {
	t    *testing.T
	path string
	base string
}

func newFile(t *testing.T, names ...string) (file, []*provider.Provider) {
	t.Helper()
	var options []provider.Options
	for _, name := range names {
		options = append(options, provider.Options{Name: name})
	}
	cfg, ps := simulate(t, options...)
	var b strings.Builder
	b.WriteString("providers:\n")
	for _, p := range cfg.Catalog.Providers {
		fmt.Fprintf(&b, "  %s: {schema: openai, base_url: %q}\n", p.Name, p.BaseURL)
	}
	b.WriteString("models:\n  " + model + ":\n    endpoints:\n")
	for _, p := range cfg.Catalog.Providers {
		fmt.Fprintf(&b, "      - {provider: %s}\n", p.Name)
	}
	f := file{t: t, path: filepath.Join(t.TempDir(), "strowger.yaml"), base: b.String()}
	f.write("")
	return f, ps
}

// write replaces the file as editors do: a new one under the old one's name.
func (f file) write(more string) {
	f.t.Helper()
	next := f.path + ".new"
	if err := os.WriteFile(next, []byte(f.base+more), 0o600); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Rename(next, f.path); err != nil {
		f.t.Fatal(err)
	}
}

type configState struct {
	Config struct {
		Path, Rev, Problem string
		Warnings           []string
	}
}

func state(t *testing.T, a *app.App) configState {
	t.Helper()
	var s configState
	get(t, a.URL()+"/_/api/status", &s)
	return s
}

func startFile(t *testing.T, f file, log *journaltest.Journal) *app.App {
	t.Helper()
	a, err := app.Start(t.Context(), app.Options{ConfigPath: f.path, DataDir: t.TempDir(), Listen: "127.0.0.1:0",
		Version: "test", Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// The file changes again and again while requests come and go: each is answered, and every
// change counts.
func TestReloadUnderLoad(t *testing.T) {
	f, ps := newFile(t, "one", "two")
	var log journaltest.Journal
	a := startFile(t, f, &log)
	var stop atomic.Bool
	var sent, failed atomic.Int64
	var load sync.WaitGroup
	for i := range 8 {
		load.Go(func() {
			for !stop.Load() {
				code, text := post(t, a.URL(), body(i%2 == 0, "sim: latency=5ms text=well"))
				sent.Add(1)
				if code != 200 || !strings.Contains(text, "well") {
					failed.Add(1)
					t.Error(code, text)
				}
			}
		})
	}
	revs := map[string]bool{}
	for i := range 8 {
		before := state(t, a).Config.Rev
		f.write(fmt.Sprintf("routing: {strategy: %s, max_attempts: %d}\n", []string{"latency", "balanced"}[i%2], i+1))
		await(t, "the change to be taken", func() bool { return state(t, a).Config.Rev != before })
		revs[state(t, a).Config.Rev] = true
	}
	stop.Store(true)
	load.Wait()
	if failed.Load() > 0 || sent.Load() < 100 || len(revs) != 8 {
		t.Errorf("%d of %d requests failed, %d revisions", failed.Load(), sent.Load(), len(revs))
	}
	if ps[1].Requests() == 0 {
		t.Error("the balanced strategy was never in use")
	}
}

// A file that is wrong is reported with its place; what was in use stays so until it is
// put right.
func TestReloadRefuses(t *testing.T) {
	f, ps := newFile(t, "one", "two")
	var log journaltest.Journal
	a := startFile(t, f, &log)
	good := state(t, a).Config.Rev
	f.write("routing: {strategy: fastest}\n")
	await(t, "the problem", func() bool { return state(t, a).Config.Problem != "" })
	s := state(t, a).Config
	if !strings.Contains(s.Problem, f.path) || !strings.Contains(s.Problem, "routing.strategy") || s.Rev != good || s.Path != f.path {
		t.Errorf("%+v", s)
	}
	if code, _ := post(t, a.URL(), body(false, "hello")); code != 200 {
		t.Error("served no more:", code)
	}
	if err := os.WriteFile(f.path, nil, 0o600); err != nil { // as an editor may that is about to write
		t.Fatal(err)
	}
	await(t, "the empty file to be refused", func() bool { return strings.Contains(state(t, a).Config.Problem, "nothing would be served") })
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	await(t, "the file to be missed", func() bool { return strings.Contains(state(t, a).Config.Problem, "no such file") })
	f.write("routing: {fallback_on: [402]}\nlisten: 127.0.0.1:1\n")
	await(t, "the file to be good again", func() bool { return state(t, a).Config.Problem == "" })
	if s := state(t, a).Config; s.Rev == good || !strings.Contains(strings.Join(s.Warnings, "\n"), "listen changed") {
		t.Errorf("%+v", s)
	}
	before := ps[1].Requests()
	if code, text := post(t, a.URL(), body(false, "sim: status=402")); ps[1].Requests() != before+1 {
		t.Error("the new rule is not in use:", code, text)
	}
	if !strings.Contains(log.String(), "stays in use") || !strings.Contains(log.String(), "is in use") {
		t.Error("the log says nothing of it:", log.String())
	}
}
