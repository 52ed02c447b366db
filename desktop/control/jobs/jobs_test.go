package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func serve(t *testing.T, g *Registry) string {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, serve := range g.Routes() {
		mux.HandleFunc(pattern, serve)
	}
	s := httptest.NewServer(mux)
	t.Cleanup(func() {
		s.Close()
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return s.URL + "/_/api/jobs/"
}

func look(t *testing.T, url string) (s Status, code int) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		err = json.NewDecoder(resp.Body).Decode(&s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, resp.StatusCode
}

// until waits for a state.
func until(t *testing.T, url string, want State) Status {
	t.Helper()
	for range 5000 {
		if s, _ := look(t, url); s.State == want {
			return s
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("never %s", want)
	return Status{}
}

func TestJobs(t *testing.T) {
	g := &Registry{}
	url := serve(t, g)
	step := make(chan struct{})
	id, err := g.Start("count", func(ctx context.Context, progress func(int64, int64)) (any, error) {
		progress(3, 10)
		<-step
		return map[string]int{"n": 7}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s := until(t, url+id, Running)
	for s.Done != 3 {
		s, _ = look(t, url+id)
	}
	if s.Total != 10 || s.Kind != "count" {
		t.Errorf("%+v", s)
	}
	close(step)
	if s = until(t, url+id, Done); s.Result.(map[string]any)["n"] != 7.0 {
		t.Errorf("%+v", s)
	}
	failed, _ := g.Start("x", func(context.Context, func(int64, int64)) (any, error) { return nil, errors.New("no luck") })
	if s = until(t, url+failed, Failed); s.Error != "no luck" {
		t.Errorf("%+v", s)
	}
	panics, _ := g.Start("x", func(context.Context, func(int64, int64)) (any, error) { panic("oh") })
	if s = until(t, url+panics, Failed); s.Error == "" {
		t.Errorf("%+v", s)
	}
	if _, code := look(t, url+"none"); code != 404 {
		t.Error(code)
	}
}

func TestJobsAreCancelledAndBounded(t *testing.T) {
	g := &Registry{}
	url := serve(t, g)
	forever := func(ctx context.Context, _ func(int64, int64)) (any, error) { <-ctx.Done(); return nil, ctx.Err() }
	var ids []string
	for range most {
		id, err := g.Start("x", forever)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if _, err := g.Start("x", forever); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	req, _ := http.NewRequest(http.MethodDelete, url+ids[0], nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != 204 {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	until(t, url+ids[0], Cancelled)
	if _, err := g.Start("x", forever); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}

func TestResultsAreDropped(t *testing.T) {
	now := time.Now()
	g := &Registry{now: func() time.Time { return now }}
	url := serve(t, g)
	id, _ := g.Start("x", func(context.Context, func(int64, int64)) (any, error) { return 1, nil })
	until(t, url+id, Done)
	now = now.Add(keep + time.Second)
	if _, code := look(t, url+id); code != 404 {
		t.Errorf("still there: %d", code)
	}
	for range 3 * held {
		id, err := g.Start("x", func(context.Context, func(int64, int64)) (any, error) { return 1, nil })
		if err != nil {
			t.Fatal(err)
		}
		until(t, url+id, Done)
	}
	if len(g.jobs) > held+1 {
		t.Errorf("%d jobs are held", len(g.jobs))
	}
}
