package control_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// event is one server-sent event.
type event struct{ name, data string }

// listen opens the live events; the channel ends with them.
func (r *rig) listen(ctx context.Context) <-chan event {
	r.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/_/api/events", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	if got := resp.Header.Get("content-type"); resp.StatusCode != 200 || got != "text/event-stream" {
		r.t.Fatalf("%d %s", resp.StatusCode, got)
	}
	events := make(chan event, 64)
	go func() {
		defer close(events)
		defer resp.Body.Close()
		var e event
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 4<<20)
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "event":
				e.name = value
			case "data":
				e.data += value
			case "":
				events <- e
				e = event{}
			}
		}
	}()
	return events
}

// next waits for the next event of that name.
func next(t *testing.T, events <-chan event, name string, to any) {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatalf("the events ended before %q", name)
			}
			if e.name != name {
				continue
			}
			if err := json.Unmarshal([]byte(e.data), to); err != nil {
				t.Fatalf("%v: %s", err, e.data)
			}
			return
		case <-late:
			t.Fatalf("no event %q", name)
		}
	}
}

// The status comes first; rows come in batches, all of them, each once.
func TestEvents(t *testing.T) {
	r := newRig(t, "")
	r.record(1, 3)
	events := r.listen(t.Context())
	var s status
	next(t, events, "status", &s)
	if s.Requests != 3 {
		t.Errorf("%+v", s)
	}
	const from, to = 4, 403
	go func() {
		for n := from; n <= to; n++ {
			r.record(n, n)
			if n%100 == 0 {
				time.Sleep(100 * time.Millisecond) // a batch begins and goes on
			}
		}
	}()
	seen, batches := map[int64]bool{}, 0
	for len(seen) < to-from+1 {
		var p page
		next(t, events, "rows", &p)
		batches++
		for i, row := range p.Rows {
			if seen[row.Seq] || row.Seq < from || i > 0 && p.Rows[i-1].Seq <= row.Seq {
				t.Fatalf("row %d again, old, or out of order", row.Seq)
			}
			seen[row.Seq] = true
		}
	}
	if batches > 10 {
		t.Errorf("400 rows in %d batches: they are not gathered", batches)
	}
}

// Watchers end when the host shuts down, and when they leave.
func TestEventsEnd(t *testing.T) {
	r := newRig(t, "")
	events := r.listen(t.Context())
	var s status
	next(t, events, "status", &s)
	close(r.closing)
	late := time.After(10 * time.Second)
	for {
		select {
		case _, ok := <-events:
			if !ok {
				return
			}
		case <-late:
			t.Fatal("the events go on while the host shuts down")
		}
	}
}

// The status comes by itself now and then.
func TestEventsBeat(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a beat takes 5 s")
	}
	r := newRig(t, "")
	events := r.listen(t.Context())
	var s status
	next(t, events, "status", &s)
	next(t, events, "status", &s)
}
