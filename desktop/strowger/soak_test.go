package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/desktop/app"
	"strowger/desktop/config"
)

// soakSize is how many requests a soak has.
func soakSize() int {
	if testing.Short() {
		return 2_000
	}
	return 20_000
}

// soaking is soakers with servers that the test closes itself.
func soaking(t *testing.T) (cfg string, ps []*provider.Provider, stop func()) {
	t.Helper()
	var servers []*provider.Server
	cfg = "providers:\n"
	endpoints := ""
	for i, o := range soakers() {
		p := provider.New(o)
		s, err := provider.Serve(p)
		if err != nil {
			t.Fatal(err)
		}
		servers, ps = append(servers, s), append(ps, p)
		cfg += fmt.Sprintf("  p%d: {schema: openai, base_url: %q, api_key: sk-soak-0123456789, timeouts: {connect: 1s, first_token: 150ms, idle: 150ms, total: 600ms}}\n", i+1, s.URL+"/v1")
		endpoints += fmt.Sprintf("      - {provider: p%d, price: {input: 1, output: 2}}\n", i+1)
	}
	stop = func() {
		for _, s := range servers {
			_ = s.Close()
		}
	}
	t.Cleanup(stop)
	return cfg + "models:\n  " + sim + ":\n    endpoints:\n" + endpoints + soakRouting, ps, stop
}

// level is what the process holds.
type level struct{ rss, threads, files int }

func (p *process) level() level {
	p.t.Helper()
	dir := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	text, err := os.ReadFile(dir + "status")
	if err != nil {
		p.t.Skip("needs /proc: ", err)
	}
	files, err := os.ReadDir(dir + "fd")
	if err != nil {
		p.t.Fatal(err)
	}
	l := level{files: len(files)}
	for _, line := range strings.Split(string(text), "\n") {
		name, value, _ := strings.Cut(line, ":")
		n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		switch name {
		case "VmRSS":
			l.rss = n
		case "Threads":
			l.threads = n
		}
	}
	return l
}

func (l level) String() string {
	return fmt.Sprintf("%.1f MB, %d threads, %d files", float64(l.rss)/1024, l.threads, l.files)
}

// TestSoak puts a real serve under a load of every fault and many callers that leave:
// nothing may be left behind, and no answer may look complete that is not.
func TestSoak(t *testing.T) {
	cfg, ps, stop := soaking(t)
	p := serving(t, cfg, t.TempDir())
	var list struct{}
	p.get("/_/api/decisions?before=2", &list) // opens the record for reading
	http.DefaultClient.CloseIdleConnections()
	fresh := p.level()
	l := newLoad(p.url)
	l.run(200)
	quiet(t, p, ps)

	n, start := soakSize(), time.Now()
	l.run(n / 2)
	quiet(t, p, ps)
	half := p.level()
	l.run(n / 2)
	took := time.Since(start)
	quiet(t, p, ps)
	full := p.level()

	sent := n + 200
	recorded(t, p, sent, l.seen["caller left"])
	l.client.CloseIdleConnections()
	http.DefaultClient.CloseIdleConnections()
	stop()
	// The record may be open for reading four times, with three files each.
	await(t, fmt.Sprintf("about the %d files of the beginning", fresh.files), func() bool { return p.level().files <= fresh.files+9 })
	t.Logf("%d requests in %.1f s, %.0f a second\nfresh  %v\nhalf   %v\nfull   %v\nafter  %v%s", n, took.Seconds(), float64(n)/took.Seconds(), fresh, half, full, p.level(), l.table())
	for _, bad := range l.bad {
		t.Error(bad)
	}
	if float64(full.rss) > 1.3*float64(max(half.rss, 64<<10)) {
		t.Errorf("memory grows: %v, then %v", half, full)
	}
	if full.threads > half.threads+8 {
		t.Errorf("threads grow: %v, then %v", half, full)
	}
	covered(t, l)
	p.stop()
}

// covered checks that the load was what it is meant to be.
func covered(t *testing.T, l *load) {
	t.Helper()
	for _, what := range []string{
		"stream, complete, first try", "stream, complete, after a fallback", "stream, error event",
		"whole answer, first try", "whole answer, after a fallback", "caller left", "status 502", "status 504",
	} {
		if l.seen[what] == 0 {
			t.Errorf("never seen: %s", what)
		}
	}
}

// quiet waits until nothing is going on any more, neither here nor at the providers.
func quiet(t *testing.T, p *process, ps []*provider.Provider) {
	t.Helper()
	await(t, "attempts in flight to end", func() bool {
		var d seen
		p.ask(http.MethodPost, "/_/api/explain", request(sim, true, "hello"), &d)
		for _, c := range d.Candidates {
			if c.Reading.InFlight != 0 {
				return false
			}
		}
		return len(d.Candidates) == len(ps)
	})
	for i, s := range ps {
		await(t, fmt.Sprintf("provider %d to have nothing open", i+1), func() bool { return s.Open() == 0 })
	}
}

// recorded checks that every exchange is in the record, or counted as dropped.
func recorded(t *testing.T, p *process, sent, left int) {
	t.Helper()
	var s struct {
		Requests int
		Store    struct{ Written, Dropped int }
	}
	await(t, "everything to be written", func() bool {
		p.get("/_/api/status", &s)
		return s.Requests == s.Store.Written+s.Store.Dropped
	})
	// A caller that leaves may be gone before its request has come.
	if s.Requests > sent || s.Requests < sent-left {
		t.Errorf("%d exchanges of %d requests, of which %d left", s.Requests, sent, left)
	}
	if s.Store.Dropped > sent/10 {
		t.Errorf("%d of %d not recorded", s.Store.Dropped, sent)
	}
	t.Logf("%d exchanges: %d recorded, %d dropped", s.Requests, s.Store.Written, s.Store.Dropped)
}

// TestSoakInside is the same load on an app in this process, whose goroutines can be
// counted.
func TestSoakInside(t *testing.T) {
	text, ps, stop := soaking(t)
	path := filepath.Join(t.TempDir(), "strowger.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(path, nil); err != nil {
		t.Fatal(err)
	}
	empty := runtime.NumGoroutine()
	a, err := app.Start(t.Context(), app.Options{ConfigPath: path, DataDir: t.TempDir(), Listen: "127.0.0.1:0", Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	before := runtime.NumGoroutine()
	l := newLoad(a.URL())
	l.run(soakSize() / 5)
	for i, s := range ps {
		await(t, fmt.Sprintf("provider %d to have nothing open", i+1), func() bool { return s.Open() == 0 })
	}
	busy := runtime.NumGoroutine()
	l.client.CloseIdleConnections()
	stop()
	// Three accepting goroutines of the simulated providers have ended.
	await(t, fmt.Sprintf("no more than the %d goroutines of before", before), func() bool { return runtime.NumGoroutine() <= before })
	after := runtime.NumGoroutine()
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	await(t, fmt.Sprintf("no more than the %d goroutines of the beginning", empty), func() bool { return runtime.NumGoroutine() <= empty })
	t.Logf("goroutines: %d before the app, %d before the load, %d with idle connections, %d after; %d when closed%s", empty, before, busy, after, runtime.NumGoroutine(), l.table())
	for _, bad := range l.bad {
		t.Error(bad)
	}
}
