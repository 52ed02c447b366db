package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/desktop/store"
)

// seen is what explain shows of the candidates.
type seen struct {
	Plan       []string
	Candidates []struct {
		Provider string
		Reading  struct {
			Stream *struct {
				Samples int64 `json:"samples_milli"`
				Mean    int64 `json:"mean_us"`
			}
			InFlight int64 `json:"in_flight"`
		}
	}
}

// Killed under load again and again, it comes back with a sound record, and knows which
// provider is the faster one.
func TestKill(t *testing.T) {
	cfg, _ := simulate(t, "", failing(provider.Behaviour{Latency: 40 * time.Millisecond}), failing(provider.Behaviour{Latency: 2 * time.Millisecond}))
	dir := t.TempDir()
	var known int64
	for round := 1; round <= 3; round++ {
		p := serving(t, cfg, dir)
		if round > 1 {
			informed(t, p, "after the kill")
			readable(t, p, known)
			explained(t, cfg, dir)
		}
		known = overwhelm(t, p)
		informed(t, p, "before the kill")
		p.kill()
		sound(t, dir)
	}
}

// overwhelm puts load on, and leaves it on: it returns how many exchanges must be in the
// record even if the process dies now.
func overwhelm(t *testing.T, p *process) int64 {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var done atomic.Int64
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for ctx.Err() == nil {
				if status, _ := shoot(ctx, p.url, request([]string{sim, sim + ":latency"}[i%2], true, "hello")); status == 200 {
					done.Add(1)
				}
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		all.Wait()
	})
	await(t, "some load", func() bool { return done.Load() > 400 })
	var s struct{ Store struct{ Written int64 } }
	p.get("/_/api/status", &s)
	if s.Store.Written == 0 {
		t.Error("nothing is written yet")
	}
	return s.Store.Written
}

// shoot sends a request and reads the answer; errors are what a killed server gives.
func shoot(ctx context.Context, url, body string) (int, string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		time.Sleep(5 * time.Millisecond) // there may be nobody to ask
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(text)
}

// informed checks that decisions rest on measurements and put the faster provider first.
func informed(t *testing.T, p *process, when string) {
	t.Helper()
	var d seen
	text := p.ask(http.MethodPost, "/_/api/explain", request(sim+":latency", true, "hello"), &d)
	if len(d.Plan) != 2 || d.Plan[0] != "p2/parrot-1" {
		t.Errorf("%s: the plan is %v", when, d.Plan)
	}
	var mean []int64
	for _, c := range d.Candidates {
		if c.Reading.Stream == nil || c.Reading.Stream.Samples < 5000 {
			t.Fatalf("%s: %s is not known: %s", when, c.Provider, text)
		}
		mean = append(mean, c.Reading.Stream.Mean)
	}
	if mean[0] < 2*mean[1] {
		t.Errorf("%s: %d µs and %d µs to the first token", when, mean[0], mean[1])
	}
}

// explained checks that the command line knows the same from the record.
func explained(t *testing.T, cfg, dir string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "strowger.yaml")
	if err := os.WriteFile(path, []byte(cfg), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := call(t, request(sim+":latency", true, "hello"), "explain", "--config", path, "--data", dir, "-")
	if code != 0 || errs != "" || !strings.Contains(out, "p2/parrot-1 goes first: lowest expected time to first token") || strings.Contains(out, "never tried") {
		t.Errorf("explain: %d %s %s", code, out, errs)
	}
}

// readable checks that everything that had been written is on the pages, without a gap,
// and can be read one by one.
func readable(t *testing.T, p *process, atLeast int64) {
	t.Helper()
	var last, rows int64
	for before := ""; ; {
		var page struct {
			Rows []struct {
				Seq int64
				ID  string
			}
			Next *int64
		}
		p.get("/_/api/decisions?limit=500"+before, &page)
		for i, row := range page.Rows {
			if last != 0 && row.Seq != last-1 {
				t.Fatalf("%d behind %d", row.Seq, last)
			}
			last = row.Seq
			if i%50 == 0 {
				var one struct {
					ID       string
					Attempts []struct{ Outcome string }
				}
				if text := p.get("/_/api/decisions/"+row.ID, &one); one.ID != row.ID || len(one.Attempts) == 0 {
					t.Errorf("%s", text)
				}
			}
		}
		rows += int64(len(page.Rows))
		if page.Next == nil {
			break
		}
		before = fmt.Sprintf("&before=%d", *page.Next)
	}
	if last != 1 || rows < atLeast {
		t.Errorf("%d rows down to %d, want at least %d down to 1", rows, last, atLeast)
	}
}

// sound checks a copy of what the killed process left.
func sound(t *testing.T, dir string) {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(copied, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %s %v", verdict, err)
	}
	var orphans int
	if err := db.QueryRow("SELECT count(*) FROM attempts WHERE seq NOT IN (SELECT seq FROM decisions)").Scan(&orphans); err != nil || orphans != 0 {
		t.Errorf("%d attempts without a decision, %v", orphans, err)
	}
}
