package main

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// answer is a response as net/http gives it; a broken one ends in an error.
func answer(status int, kind, body string, breaks bool) *http.Response {
	r := io.Reader(strings.NewReader(body))
	if breaks {
		r = io.MultiReader(r, broke{})
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}, "Retry-After": {"40"}}, Body: io.NopCloser(r)}
}

type broke struct{}

func (broke) Read([]byte) (int, error) { return 0, errors.New("unexpected EOF") }

const eventStream = "text/event-stream"

// A reader that trusts nothing finds whatever is wrong with an answer.
func TestHeardFindsLies(t *testing.T) {
	text := func(events ...string) string { return strings.ReplaceAll(strings.Join(events, ""), `"up"`, `"m"`) }
	all := []string{role, word1, word2, word3, stop, done}
	onFire := `data: {"error":{"message":"on fire","type":"server_error","code":"stream_cut"}}` + "\n\n"
	trial := func(alone result) *trial {
		return &trial{half: &half{alone: alone, told: text1, wait: true}, stream: true}
	}
	for _, test := range []struct {
		name, body string
		breaks     bool
		want       result
		problem    string // empty: it is right
	}{
		{"complete", text(all...), false, whole, ""},
		{"cut, and honest", text(role, word1, onFire), true, cut("stream_cut"), ""},
		{"no [DONE]", text(all[:5]...), false, whole, "neither a complete answer nor an error"},
		{"no reason", text(role, word1, word2, word3, done), false, whole, "without a finish reason"},
		{"a broken end", text(all...), true, whole, "neither a complete"},
		{"[DONE] behind an error", text(role, word1, onFire, done), true, cut("stream_cut"), "behind the error"},
		{"a good end behind an error", text(role, word1, onFire), false, cut("stream_cut"), "ends well"},
		{"another error", text(role, word1, onFire), true, cut("timeout"), "want the beginning"},
		{"a character is lost", text(role, word1[:strings.Index(word1, "ü")]+word1[strings.Index(word1, "ü")+2:], word2, word3, stop, done), false, whole, "want the text"},
		{"a piece is there twice", text(role, word1, word1, word2, word3, stop, done), false, whole, "want the text"},
		{"two reasons", text(role, word1, word2, word3, stop, stop, done), false, whole, "want the finish reasons"},
		{"text behind the reason", text(role, word1, word2, stop, word3, done), false, whole, "text behind the finish reason"},
		{"something behind [DONE]", text(append(all, word1)...), false, whole, "something behind [DONE]"},
		{"usage that nobody asked for", text(role, word1, word2, word3, stop, usage, done), false, whole, "without choices"},
		{"the provider's name of the model", strings.Join(all, ""), false, whole, `model "up"`},
		{"another id in the middle", text(role, word1, word2, strings.ReplaceAll(word3, "first", "second"), stop, done), false, whole, "id changes"},
		{"half an event", text(role, word1, word2, word3, stop, broken, done), false, whole, "not JSON"},
		{"truncated", text(role, word1, word2, stop, done), false, whole, "want the text"},
	} {
		tr := trial(test.want)
		h := listen(answer(200, eventStream, test.body, test.breaks), "m", true)
		tr.problems = append(tr.problems, h.wrong...)
		if lie := h.truncated(true); lie != "" {
			tr.complain("%s", lie)
		}
		tr.judge(h)
		got := strings.Join(tr.problems, "; ")
		if test.problem == "" && got != "" || !strings.Contains(got, test.problem) {
			t.Errorf("%s: %q, want %q", test.name, got, test.problem)
		}
	}
}

func TestHeardWhole(t *testing.T) {
	for _, test := range []struct {
		name, kind, body string
		status           int
		breaks           bool
		want             result
		problem          string
	}{
		{"complete", "application/json", strings.Replace(usual, `"up"`, `"m"`, 1), 200, false, whole, ""},
		{"the provider's name", "application/json", usual, 200, false, whole, `model "up"`},
		{"half", "application/json", half1(usual), 200, false, whole, "not JSON"},
		{"a broken end", "application/json", strings.Replace(usual, `"up"`, `"m"`, 1), 200, true, whole, "broke"},
		{"an error", "application/json", refusal("no", "x", `"rate_limited"`), 429, false, fails(429, "rate_limited"), ""},
		{"another status", "application/json", refusal("no", "x", `"rate_limited"`), 500, false, fails(429, "rate_limited"), "want status 429"},
		{"an error that is a page", "text/html", page, 502, false, fails(502, ""), "no SDK reads"},
		{"an error as a success", "application/json", refusal("no", "x", `"y"`), 200, false, fails(502, ""), "an error with status 200"},
		{"nothing", "application/json", "", 200, false, whole, "not JSON"},
	} {
		tr := &trial{half: &half{alone: test.want, wait: true}}
		h := listen(answer(test.status, test.kind, test.body, test.breaks), "m", false)
		tr.problems = append(tr.problems, h.wrong...)
		tr.judge(h)
		got := strings.Join(tr.problems, "; ")
		if test.problem == "" && got != "" || !strings.Contains(got, test.problem) {
			t.Errorf("%s: %q, want %q", test.name, got, test.problem)
		}
	}
}

func TestEvents(t *testing.T) {
	for stream, want := range map[string][]string{
		"data: a\n\ndata: b\n\n":                       {"a", "b"},
		"data: a\r\n\r\ndata:b\r\rdata: c\n\n":         {"a", "b", "c"},
		"\ufeffdata: a\n\n: comment\n\nevent: x\n\n":   {"a"},
		"id: 1\ndata: a\ndata: b\nretry: 3\n\n":        {"a\nb"},
		"data: a\n\ndata: unfinished\n":                {"a"},
		"data: a\n\ndata: cut":                         {"a"},
		"data\n\nnodata: x\n\n data: indented\n\n\n\n": nil,
	} {
		if got := eventsOf(stream); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", stream, got, want)
		}
	}
}

// Attempts are held against what the providers saw.
func TestAttemptsAreCounted(t *testing.T) {
	type attempts = []struct {
		Provider string
		Outcome  string
		Error    string
		Dropped  int `json:"dropped_events"`
	}
	try := func(d *decision, heard int64, second int) string {
		r, err := newRaw(does(fin), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.close()
		r.heard.Store(heard)
		tr := &trial{half: &half{alone: fails(502, ""), second: asked, first: "cut"}, mode: modeOther, name: "x", raw: r}
		tr.judgeAttempts(d, second)
		return strings.Join(tr.problems, "; ")
	}
	good := attempts{{"raw-x", "cut", "", 0}, {"other", "ok", "", 0}}
	for _, test := range []struct {
		d       *decision
		heard   int64
		second  int
		problem string
	}{
		{&decision{"ok", good}, 1, 1, ""},
		{&decision{"ok", good}, 2, 1, "asked 2 times, want 1"},
		{&decision{"ok", good}, 1, 2, "second provider was asked 2 times"},
		{&decision{"ok", good[:1]}, 1, 1, "0 attempts are recorded"},
		{&decision{"failed", good}, 1, 1, `recorded as "failed"`},
		{&decision{"ok", attempts{{"raw-x", "ok", "", 0}, {"other", "ok", "", 0}}}, 1, 1, `recorded are ["ok"]`},
		{&decision{"ok", attempts{{"raw-x", "cut", "", 3}, {"other", "ok", "", 0}}}, 1, 1, "3 events"},
	} {
		if got := try(test.d, test.heard, test.second); test.problem == "" && got != "" || !strings.Contains(got, test.problem) {
			t.Errorf("%+v: %q, want %q", test.d, got, test.problem)
		}
	}
}
