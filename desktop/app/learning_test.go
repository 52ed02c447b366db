package app_test

import (
	"fmt"
	"strings"
	"testing"

	"strowger/bench/provider"
	"strowger/desktop/app"
	"strowger/desktop/journaltest"
)

// outcomes is what GET /_/api/auto counts, as "source model good bad".
func outcomes(t *testing.T, a *app.App) (learn bool, counts string) {
	t.Helper()
	var v struct {
		Learn    bool
		Outcomes []struct {
			Source, Model string
			Good, Bad     int
		}
	}
	get(t, a.URL()+"/_/api/auto", &v)
	var b strings.Builder
	for _, o := range v.Outcomes {
		fmt.Fprintf(&b, "%s %s %d %d\n", o.Source, o.Model, o.Good, o.Bad)
	}
	return v.Learn, b.String()
}

// automatic asks auto mode and gives the decision's id.
func automatic(t *testing.T, a *app.App, say string) (decision string) {
	t.Helper()
	status, text, h := call(t, "POST", a.URL()+"/v1/chat/completions", fmt.Sprintf(`{"model":"auto","user":"ann","messages":[{"role":"user","content":%q}]}`, say), "content-type", "application/json")
	if status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	return h.Get("x-strowger-decision")
}

// Asked the same again, and told that an answer was bad: both are kept, over a restart too, and
// nothing of what was said is in the record.
func TestLearning(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{})
	dir := t.TempDir()
	a := start(t, cfg, dir, nil)
	first := automatic(t, a, "why is the xylophone blue")
	automatic(t, a, "why is the xylophone blue")
	if status, text, _ := call(t, "POST", a.URL()+"/_/api/feedback", `{"decision":"`+first+`","good":false}`); status != 204 {
		t.Fatalf("%d %s", status, text)
	}
	want := "feedback " + model + " 0 1\nregenerated " + model + " 0 1\n"
	await(t, "both verdicts", func() bool { _, got := outcomes(t, a); return got == want })
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = start(t, cfg, dir, nil)
	if learn, got := outcomes(t, a); !learn || got != want {
		t.Errorf("after a restart: %v %s", learn, got)
	}
	if status, text, _ := call(t, "DELETE", a.URL()+"/_/api/auto/learned", ""); status != 204 {
		t.Errorf("%d %s", status, text)
	}
	if _, got := outcomes(t, a); got != "" {
		t.Errorf("forgotten, and still there: %s", got)
	}
}

// routing.auto.learn is taken from a changed file while serving: off, nothing more is kept.
func TestLearningIsSwitched(t *testing.T) {
	f, _ := newFile(t, "p1")
	a := startFile(t, f, &journaltest.Journal{})
	f.write("routing: {auto: {learn: false}}\n")
	await(t, "learning off", func() bool { learn, _ := outcomes(t, a); return !learn })
	id := automatic(t, a, "hello")
	if status, text, _ := call(t, "POST", a.URL()+"/_/api/feedback", `{"decision":"`+id+`","good":true}`); status != 409 || !strings.Contains(text, "routing.auto.learn is off") {
		t.Errorf("%d %s", status, text)
	}
	f.write("")
	await(t, "learning on", func() bool { learn, _ := outcomes(t, a); return learn })
	if status, text, _ := call(t, "POST", a.URL()+"/_/api/feedback", `{"decision":"`+id+`","good":true}`); status != 204 {
		t.Errorf("%d %s", status, text)
	}
	if _, got := outcomes(t, a); got != "feedback "+model+" 1 0\n" {
		t.Error(got)
	}
}

// Feedback is guarded as the rest of the control plane is.
func TestFeedbackIsGuarded(t *testing.T) {
	cfg, _ := simulate(t, provider.Options{})
	cfg.Admin.Token = "literal:open sesame"
	a := start(t, cfg, t.TempDir(), nil)
	id := automatic(t, a, "hello")
	say := `{"decision":"` + id + `","good":true}`
	token := []string{"Authorization", "Bearer open sesame"}
	for _, c := range []struct {
		name, host string
		header     []string
		status     int
	}{
		{"no token", a.Addr(), nil, 401},
		{"a foreign page", a.Addr(), append(token, "Origin", "https://evil.example"), 403},
		{"a foreign host", "evil.example", token, 403},
		{"a program", a.Addr(), token, 204},
	} {
		for _, ask := range []string{"POST /_/api/feedback", "DELETE /_/api/auto/learned"} {
			if status, text := raw(t, a.Addr(), ask, c.host, c.header, say); status != c.status {
				t.Errorf("%s, %s: %d %s, want %d", c.name, ask, status, text, c.status)
			}
		}
	}
}
