package control_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/exchange"
	"strowger/core/plan"
	"strowger/core/policy"
)

// automatic is the n-th exchange of a test, whose model auto mode chose.
func automatic(n int) *exchange.Report {
	r := report(n)
	served := r.Attempts[1].Model
	r.Decision = &plan.Decision{Policy: policy.Policy{Auto: &policy.Auto{}}, Auto: &pool.Choice{
		Preference: pool.PreferenceCost, Task: pool.Task{Difficulty: 640}, RunnerUp: -1,
		Options: []pool.Option{{Model: served, Rating: 1300, Eligible: true, Rank: 1}}, Ranked: []int{0}}}
	return r
}

// call asks for a path with a body and gives the status and the body that comes.
func (r *rig) call(method, path, body string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// learning is what GET /_/api/auto answers.
type learning struct {
	Learn    bool
	Outcomes []struct {
		Source, Model string
		Good, Bad     int
	}
	Fit *struct {
		At            time.Time
		Outcomes, Bad int
		HeldBack      int  `json:"held_back"`
		Before        *int `json:"loss_before_milli"`
		After         *int `json:"loss_after_milli"`
		Error         *int `json:"error_milli"`
		Accepted      bool
		Why           string
	}
	Learned *struct {
		Rev      string
		Outcomes int
		Models   []struct {
			Model  string
			Points int
		}
		Features []struct {
			Name     string
			Permille int
		}
	}
}

func (r *rig) learning() (l learning) {
	r.t.Helper()
	r.get("/_/api/auto", 200, &l)
	return l
}

// What a person says of an answer is kept and counted, the last word on each, also of a decision
// that is in the store alone; forgotten, it is gone.
func TestFeedback(t *testing.T) {
	r := newRig(t, "")
	for n := range 2 {
		r.feed.Record(automatic(n+1), nil, nil)
	}
	for _, body := range []string{`{"decision":"id-1","good":true}`, `{"decision":"id-1","good":false}`, `{"decision":"id-2","good":true}`} {
		if status, text := r.call("POST", "/_/api/feedback", body); status != 204 || text != "" {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
	r.restart()
	if status, text := r.call("POST", "/_/api/feedback", `{"decision":"id-1","good":false}`); status != 204 {
		t.Errorf("of before the start: %d %s", status, text)
	}
	l := r.learning()
	if got := fmt.Sprint(l.Outcomes); !l.Learn || got != "[{feedback sim/m0 1 0} {feedback sim/m1 0 1}]" || l.Learned != nil {
		t.Errorf("%+v", l)
	}
	await(t, "a first fit", func() bool { return r.learning().Fit != nil })
	if f := r.learning().Fit; f.Accepted || f.HeldBack != 0 || f.Before != nil || f.Why != "too few: 2 outcomes of at least 200" {
		t.Errorf("%+v", f)
	}
	if status, text := r.call("DELETE", "/_/api/auto/learned", ""); status != 204 {
		t.Errorf("%d %s", status, text)
	}
	if l := r.learning(); len(l.Outcomes) != 0 || l.Learned != nil {
		t.Errorf("%+v", l)
	}
}

// What is learned is told: corrections by model and feature, and how they were tested.
func TestLearnedIsTold(t *testing.T) {
	r := newRig(t, "")
	for n := 1; n <= 400; n++ { // m1 is liked, m0 is not
		report := automatic(n)
		r.feed.Record(report, nil, nil)
		report.Decision.Auto.Task.Features[2] = int16(n % 5 * 64)
		r.learner.Note(report.ID, &report.Decision.Auto.Task)
		good := (n%2 == 1) != (n%11 == 0)
		if n%5 == 4 {
			good = false
		}
		if err := r.learner.Feedback(t.Context(), report.ID, good); err != nil {
			t.Fatal(err)
		}
	}
	r.learner.Switch(false)
	r.learner.Switch(true) // so that the last few are learned from without waiting for more
	await(t, "corrections from all", func() bool { l := r.learning().Learned; return l != nil && l.Outcomes == 400 })
	l := r.learning()
	if f := l.Fit; !f.Accepted || f.Outcomes != 400 || f.HeldBack != 400 || *f.After >= *f.Before || *f.Error <= 0 || !strings.HasPrefix(f.Why, "better on 400") || time.Since(f.At) > time.Minute {
		t.Errorf("%+v", f)
	}
	m := l.Learned.Models
	if len(m) != 2 || m[0].Model != "sim/m0" || m[0].Points >= 0 || m[1].Points <= 0 || l.Learned.Rev == "" {
		t.Errorf("%+v", m)
	}
	if f := l.Learned.Features; len(f) != 1 || f[0].Name != "lines" || f[0].Permille <= 0 {
		t.Errorf("%+v", f)
	}
	r.learner.Switch(false)
	if l := r.learning(); l.Learn || l.Learned != nil || len(l.Outcomes) != 2 {
		t.Errorf("off: %+v", l)
	}
	if status, text := r.call("POST", "/_/api/feedback", `{"decision":"id-1","good":true}`); status != 409 || !strings.Contains(text, "routing.auto.learn is off") {
		t.Errorf("off: %d %s", status, text)
	}
}

func TestFeedbackErrors(t *testing.T) {
	r := newRig(t, "")
	r.record(1, 1)
	failed := automatic(2)
	failed.Served = 0
	r.feed.Record(failed, nil, nil)
	for _, c := range []struct {
		body   string
		status int
		want   string
	}{
		{"", 400, "the body must be"},
		{"{}", 400, "the body must be"},
		{`{"decision":"id-1"}`, 400, "the body must be"},
		{`{"good":true}`, 400, "the body must be"},
		{`{"decision":"id-1","good":"yes"}`, 400, "the body must be"},
		{`{"decision":"id-1","good":true} more`, 400, "the body must be"},
		{`[1]`, 400, "the body must be"},
		{`{"decision":"id-9","good":true}`, 404, "no decision id-9 is recorded"},
		{`{"decision":"id-1","good":true}`, 400, "nothing can be learned from decision id-1: its model was named by the caller"},
		{`{"decision":"id-2","good":true}`, 400, "nothing can be learned from decision id-2: no model answered"},
		{`{"decision":"` + strings.Repeat("x", 5000) + `","good":true}`, 413, "cannot be read"},
	} {
		status, text := r.call("POST", "/_/api/feedback", c.body)
		var e struct {
			Error struct {
				Status  int
				Message string
			}
		}
		if err := json.Unmarshal([]byte(text), &e); err != nil || status != c.status || e.Error.Status != c.status || !strings.Contains(e.Error.Message, c.want) {
			t.Errorf("%.60s: %d %s, %v", c.body, status, text, err)
		}
	}
	if l := r.learning(); len(l.Outcomes) != 0 {
		t.Errorf("%+v", l.Outcomes)
	}
}

// Without a record nothing can be kept, and who says something is told.
func TestFeedbackWithoutRecord(t *testing.T) {
	r := newRig(t, "nothing is recorded")
	r.feed.Record(automatic(1), nil, nil)
	for _, c := range [][3]string{{"POST", "/_/api/feedback", `{"decision":"id-1","good":true}`}, {"DELETE", "/_/api/auto/learned", ""}} {
		if status, text := r.call(c[0], c[1], c[2]); status != 503 || !strings.Contains(text, "there is no record") {
			t.Errorf("%s: %d %s", c[1], status, text)
		}
	}
	if l := r.learning(); !l.Learn || len(l.Outcomes) != 0 {
		t.Errorf("%+v", l)
	}
}
