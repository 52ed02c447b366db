package control_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/core/exchange"
	"strowger/core/llm"
)

// Pages go back without a gap or a repetition: in memory, across from memory to the
// store, and in the store alone.
func TestPages(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	if p := r.list(""); len(p.Rows) != 0 || p.Next != nil {
		t.Errorf("nothing recorded: %+v", p)
	}
	r.record(1, 1500) // memory holds the newest thousand
	for _, limit := range []int{7, 100, 500} {
		await(t, "everything to be written", func() bool { return r.store.Counters().Queued == 0 })
		falling(t, r.walk("", limit), 1500, 1)
	}
	if p := r.list(""); len(p.Rows) != 100 || *p.Next != 1401 {
		t.Errorf("a page has %d rows and then %d", len(p.Rows), *p.Next)
	}
	if p := r.list("?limit=9999"); len(p.Rows) != 500 {
		t.Errorf("the largest page has %d rows", len(p.Rows))
	}
	r.restart()
	r.record(1501, 1520)
	falling(t, r.walk("", 97), 1520, 1)
	falling(t, r.list("?before=1511&limit=20").Rows, 1510, 1491)
	falling(t, r.list("?before=11").Rows, 10, 1)
}

// What is not written yet is on the pages all the same, and more is promised if there is.
func TestPagesOfWhatIsNotWritten(t *testing.T) {
	r := newRig(t, "")
	r.record(1, 30)
	p := r.list("?limit=10")
	falling(t, p.Rows, 30, 21)
	if p.Next == nil || *p.Next != 21 {
		t.Fatalf("next %v, want 21", p.Next)
	}
	p = r.list("?limit=10&before=21")
	falling(t, p.Rows, 20, 11)
}

// While much is recorded at once, no page has a gap.
func TestPagesWhileRecording(t *testing.T) {
	r := newRig(t, "")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 150 {
				r.record(i*1000+n, i*1000+n)
			}
		})
	}
	stop := make(chan struct{})
	go func() {
		all.Wait()
		close(stop)
	}()
	for running := true; running; {
		select {
		case <-stop:
			running = false
		default:
		}
		if p := r.list("?limit=300"); len(p.Rows) > 0 {
			last := p.Rows[0].Seq
			falling(t, p.Rows, last, max(1, last-299))
		}
	}
	falling(t, r.walk("", 50), 1200, 1)
}

// Filters hold in memory and in the store, and every row has its attempts however far
// apart the rows lie.
func TestFilters(t *testing.T) {
	t.Parallel()
	r := newRig(t, "")
	r.record(1, 3000) // twice as many attempts
	check := func(where string) {
		t.Helper()
		for _, c := range []struct {
			filter string
			want   int
			is     func(row) bool
		}{
			{"&outcome=failed", 300, func(r row) bool { return r.Outcome == "failed" }},
			{"&provider=p1", 1000, func(r row) bool { return r.Provider == "p1" }},
			{"&model=sim/m1", 1500, func(r row) bool { return r.Model == "sim/m1" }},
			{"&provider=p1&outcome=failed&model=sim/m0", 100, func(r row) bool { return r.Provider == "p1" && r.Outcome == "failed" && r.Model == "sim/m0" }},
			{"&provider=nobody", 0, func(row) bool { return false }},
			{"&outcome=' OR 1=1", 0, func(row) bool { return false }},
		} {
			rows := r.walk(strings.ReplaceAll(c.filter, " ", "%20"), 500)
			if len(rows) != c.want {
				t.Errorf("%s, %s: %d rows, want %d", where, c.filter, len(rows), c.want)
			}
			for i, row := range rows {
				if !c.is(row) || i > 0 && rows[i-1].Seq <= row.Seq {
					t.Fatalf("%s, %s: row %d is %+v", where, c.filter, i, row)
				}
				if len(row.Attempts) != 2 || row.Attempts[0].Provider != "px" || row.CostMicro == nil || *row.CostMicro != 7 {
					t.Fatalf("%s, %s: row %d is not complete: %+v", where, c.filter, i, row)
				}
			}
		}
	}
	await(t, "everything to be written", func() bool { return r.store.Counters().Queued == 0 })
	check("from memory and store")
	r.restart()
	check("from the store")
}

// What an answer cost stands apart from what the attempts cost that failed; what is not known is
// null, and never 0.
func TestMoneyInRows(t *testing.T) {
	r := newRig(t, "")
	r.record(1, 4)
	change := []func(*exchange.Report){
		func(r *exchange.Report) { r.Cost, r.Wasted, r.Attempts[0].Cost = 7, 3, 3 },
		func(r *exchange.Report) { r.Cost, r.Priced, r.Attempts[1].Priced = 0, false, false },
		func(r *exchange.Report) { r.WastedUnknown, r.Attempts[0].Priced = true, false },
		func(r *exchange.Report) { // nothing served
			r.Served, r.Cost, r.Priced, r.Wasted, r.Outcome = 0, 0, false, 7, exchange.OutcomeFailed
			r.Attempts[0].Usage = llm.Usage{Estimated: true, CacheWriteHour: 5, Images: 2}
		},
	}
	for i, change := range change {
		one := report(10 * (i + 1))
		change(one)
		r.feed.Record(one, nil, nil)
	}
	dollars := func(micro *int64) string {
		if micro == nil {
			return "null"
		}
		return strconv.FormatInt(*micro, 10)
	}
	check := func(where string) {
		var got []string
		rows := r.list("").Rows
		for _, row := range rows {
			got = append(got, dollars(row.CostMicro)+"+"+dollars(row.Failed))
		}
		if want := "0+7 7+null null+0 7+3 7+0 7+0 7+0 7+0"; strings.Join(got, " ") != want {
			t.Errorf("%s: got %s, want %s", where, got, want)
		}
		used := rows[0].Tokens
		if used["cache_write_1h"] != 5.0 || used["images"] != 2.0 || used["input"] != 5.0 || used["estimated"] != true {
			t.Errorf("%s: tokens %v", where, used)
		}
	}
	check("from memory")
	r.restart()
	check("from the store")
}

// A row says how its answer went on and what could not be read; and who served is the attempt
// that the answer is from, not one behind it that was to go on with it and did not.
func TestResumedInRows(t *testing.T) {
	r := newRig(t, "")
	whole, resumed, failed := report(1), report(2), report(3)
	resumed.Resumed, resumed.Attempts[1].Resumes, resumed.Attempts[0].Dropped, resumed.Attempts[1].Dropped = "replay", "replay", 2, 1
	failed.Served, failed.Outcome, failed.Attempts[1].Resumes = 1, exchange.OutcomeFailed, "prefill"
	for _, one := range []*exchange.Report{whole, resumed, failed} {
		r.feed.Record(one, nil, nil)
	}
	check := func(where string) {
		var got []string
		for _, row := range r.list("").Rows {
			got = append(got, fmt.Sprintf("%s %q %d", row.Provider, row.Resumed, row.Dropped))
		}
		if want := `px "" 0, p2 "replay" 3, p1 "" 0`; strings.Join(got, ", ") != want {
			t.Errorf("%s: got %s, want %s", where, got, want)
		}
	}
	check("from memory")
	r.restart()
	check("from the store")
}

// Newer rows come at once if there are any; with wait they are waited for.
func TestAfter(t *testing.T) {
	r := newRig(t, "")
	r.record(1, 20)
	falling(t, r.list("?after=15").Rows, 20, 16)
	falling(t, r.list("?after=0&limit=5").Rows, 20, 16)
	falling(t, r.list("?after=19&wait=1").Rows, 20, 20)
	if p := r.list("?after=20"); len(p.Rows) != 0 {
		t.Errorf("nothing is newer: %+v", p.Rows)
	}

	got := make(chan page)
	go func() { got <- r.list("?after=20&wait=1") }()
	select {
	case p := <-got:
		t.Fatalf("it did not wait: %+v", p)
	case <-time.After(50 * time.Millisecond):
	}
	start := time.Now()
	r.record(21, 21)
	falling(t, (<-got).Rows, 21, 21)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v to see a new row", took)
	}
	go func() { got <- r.list("?after=21&wait=1") }()
	close(r.closing)
	if p := <-got; len(p.Rows) != 0 {
		t.Errorf("closing: %+v", p.Rows)
	}
}

// One decision, from memory, from the store, and when it was too large to be kept.
func TestOne(t *testing.T) {
	r := newRig(t, "")
	r.record(1, 3)
	big := report(4)
	big.Attempts[0].Message = strings.Repeat("x", 2<<20)
	r.feed.Record(big, nil, nil)
	var d struct {
		Seq      int64
		ID       string
		Outcome  string
		Attempts []struct{ Provider, Error string }
	}
	fromMemory := r.get("/_/api/decisions/id-2", 200, &d)
	if d.Seq != 2 || d.ID != "id-2" || len(d.Attempts) != 2 || d.Attempts[0].Error != "slow down" {
		t.Errorf("%+v", d)
	}
	r.get("/_/api/decisions/id-4", 200, nil)
	r.restart()
	if fromStore := r.get("/_/api/decisions/id-2", 200, nil); fromStore != fromMemory {
		t.Errorf("from the store\n%s\nfrom memory\n%s", fromStore, fromMemory)
	}
	if says := r.get("/_/api/decisions/id-4", 410, nil); !strings.Contains(says, "too large to be kept") {
		t.Errorf("%s", says)
	}
	if says := r.get("/_/api/decisions/id-99", 404, nil); !strings.Contains(says, "no decision id-99 is recorded") {
		t.Errorf("%s", says)
	}
}

// Without a store everything else works, and the status says why there is none.
func TestNoStore(t *testing.T) {
	r := newRig(t, "nothing is recorded: strowger.db is damaged")
	r.record(1, 250)
	falling(t, r.walk("", 100), 250, 1)
	if rows := r.walk("&outcome=failed", 10); len(rows) != 25 {
		t.Errorf("%d failed", len(rows))
	}
	r.get("/_/api/decisions/id-7", 200, nil)
	r.get("/_/api/decisions/id-700", 404, nil)
	var s status
	r.get("/_/api/status", 200, &s)
	if s.Store.OK || s.Store.Message != "nothing is recorded: strowger.db is damaged" || s.Requests != 250 {
		t.Errorf("%+v", s)
	}
}

type status struct {
	Version, Listen            string
	Requests, Failed, Unpriced int64
	FirstTry                   int64 `json:"first_try"`
	AfterFallback              int64 `json:"after_fallback"`
	Store                      struct {
		OK               bool
		Message          string
		Written, Dropped int64
	}
}

func TestStatus(t *testing.T) {
	r := newRig(t, "")
	r.record(1, 20)
	r.feed.Record(&exchange.Report{ID: "refused", Status: 400, Outcome: exchange.OutcomeRefused}, nil, nil)
	first := report(1)
	first.Attempts = first.Attempts[1:]
	first.Attempts[0].Priced, first.Priced, first.Served, first.WastedUnknown = false, false, 1, true // one request
	r.feed.Record(first, nil, nil)
	await(t, "everything to be written", func() bool { return r.store.Counters().Written == 22 })
	var s status
	r.get("/_/api/status", 200, &s)
	if s.Requests != 22 || s.FirstTry != 1 || s.AfterFallback != 18 || s.Failed != 2 || s.Unpriced != 1 {
		t.Errorf("%+v", s)
	}
	if !s.Store.OK || s.Store.Written != 22 || s.Store.Dropped != 0 || s.Version != "test" {
		t.Errorf("%+v", s)
	}
}

func TestBadQueries(t *testing.T) {
	r := newRig(t, "")
	for path, status := range map[string]int{
		"/_/api/decisions?before=x": 400, "/_/api/decisions?limit=-1": 400, "/_/api/decisions?after=1e9": 400,
		"/_/api/decisions?before=99999999999999999999": 400, "/_/api/nonsense": 404, "/_/api/decisions/a/b": 404,
	} {
		var e struct {
			Error struct {
				Status  int
				Message string
			}
		}
		if says := r.get(path, status, &e); e.Error.Status != status || e.Error.Message == "" {
			t.Errorf("%s: %s", path, says)
		}
	}
	if says := r.get("/_/health", 200, nil); says != `{"status":"ok"}` {
		t.Errorf("health: %s", says)
	}
}

func TestExplain(t *testing.T) {
	r := newRig(t, "")
	for _, c := range []struct{ query, body, want string }{
		{"", `{"model":"m"}`, `200 {"body":"{\"model\":\"m\"}","header":"{\"sort\":\"price\"}","path":"/v1/chat/completions"}`},
		{"?path=/v1/messages", `{}`, `200 {"body":"{}","header":"{\"sort\":\"price\"}","path":"/v1/messages"}`},
		{"?path=/v1beta/models/m:generateContent", `{}`, `200 {"body":"{}","header":"{\"sort\":\"price\"}","path":"/v1beta/models/m:generateContent"}`},
		{"", "wrong", `400 {"error":{"status":400,"code":"bad_request","message":"provider.sort: must be one of these"}}`},
	} {
		body, want := c.body, c.want
		req, err := http.NewRequest("POST", r.url+"/_/api/explain"+c.query, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("x-strowger-provider", `{"sort":"price"}`)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 4096)
		n, _ := resp.Body.Read(buf)
		resp.Body.Close()
		if got := fmt.Sprintf("%d %s", resp.StatusCode, buf[:n]); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}
