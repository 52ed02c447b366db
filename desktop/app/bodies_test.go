package app_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/bench/provider"
	"strowger/desktop/app"
	"strowger/desktop/journaltest"
	"strowger/desktop/store"
)

// Unless record.bodies is on, what was asked and answered is in no file of the data folder and on
// no page of the API: the record is about requests, and does not hold them.
func TestBodiesAreNotRecorded(t *testing.T) {
	const asked, answered = "a-question-nobody-else-asks", "an-answer-nobody-else-gives"
	cfg, ps := simulate(t, provider.Options{})
	dir := t.TempDir()
	a := start(t, cfg, dir, nil)
	for _, stream := range []bool{false, true} {
		sent := strings.Replace(body(stream, "sim: text="+answered), `"messages":[`, `"messages":[{"role":"system","content":"`+asked+`"},`, 1)
		if code, text := post(t, a.URL(), sent); code != 200 || !strings.Contains(text, answered) {
			t.Fatal(code, text)
		}
	}
	if !strings.Contains(string(ps[0].Last().Body), asked) {
		t.Fatal("it was not asked: this tests nothing")
	}
	var list rows
	told := get(t, a.URL()+"/_/api/decisions", &list)
	for _, row := range list.Rows {
		told += get(t, a.URL()+"/_/api/decisions/"+row.ID, nil)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	size := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		size += len(b)
		told += string(b)
		return err
	})
	if err != nil || size < 1000 || len(list.Rows) != 2 {
		t.Errorf("%d bytes of record, %d rows, %v", size, len(list.Rows), err)
	}
	if strings.Contains(told, asked) || strings.Contains(told, answered) {
		t.Error("it was recorded")
	}
}

// told is what the dashboard is told of a request's bodies.
type told struct {
	Body, Answer      *string
	Why               string
	Request, Response *struct {
		Bytes int64
		Kind  string
		Cut   bool
	}
}

// listening is a server whose file says whether bodies are kept.
type listening struct {
	t *testing.T
	f file
	a *app.App
	n int // requests so far
}

func listen(t *testing.T) *listening {
	f, _ := newFile(t, "one")
	return &listening{t: t, f: f, a: startFile(t, f, &journaltest.Journal{})}
}

// use edits the file, and waits until that counts.
func (l *listening) use(on bool) {
	l.f.write(fmt.Sprintf("record: {bodies: %v}\n", on))
	var s struct{ Record struct{ Bodies bool } }
	await(l.t, "the change", func() bool { get(l.t, l.a.URL()+"/_/api/settings", &s); return s.Record.Bodies == on })
}

// ask sends a request and gives the id of its decision and the answer.
func (l *listening) ask(sent string) (id, got string) {
	_, got = post(l.t, l.a.URL(), sent)
	l.n++
	var list rows
	await(l.t, "the decision", func() bool { get(l.t, l.a.URL()+"/_/api/decisions", &list); return len(list.Rows) == l.n })
	return list.Rows[0].ID, got
}

func (l *listening) tell(id string) (x told) {
	get(l.t, l.a.URL()+"/_/api/decisions/"+id+"/request", &x)
	return x
}

// Editing the file switches it on and off for requests that come then. What is kept stays, until it
// is forgotten.
func TestBodiesByTheFile(t *testing.T) {
	l := listen(t)
	before, _ := l.ask(body(false, "sim: text=before"))
	if x := l.tell(before); x.Body != nil || x.Answer != nil || x.Request != nil || x.Response != nil || !strings.Contains(x.Why, "with record.bodies: true only") {
		t.Errorf("off: %+v", x)
	}
	l.use(true)
	kept, got := l.ask(body(false, "sim: text=kept"))
	stays := func() bool { x := l.tell(kept); return x.Answer != nil && *x.Answer == got && x.Why == "" }
	if !stays() {
		t.Errorf("on: %+v", l.tell(kept))
	}
	if x := l.tell(before); x.Body != nil || !strings.Contains(x.Why, "it came before") {
		t.Errorf("before: %+v", x)
	}
	l.use(false)
	after, _ := l.ask(body(false, "sim: text=after"))
	if x := l.tell(after); x.Body != nil || x.Answer != nil || !stays() {
		t.Errorf("off again: %+v, and %+v", x, l.tell(kept))
	}
	if status := submit(t, l.a, "POST", "/_/api/purge", fields{"bodies": true, "before": "1"}, nil); status != 400 {
		t.Errorf("a purge of two kinds: %d", status)
	}
	var started struct{ Job string }
	if status := submit(t, l.a, "POST", "/_/api/purge", fields{"bodies": true}, &started); status != 202 {
		t.Fatal(status)
	}
	var job struct {
		State  string
		Result struct{ Decisions int }
	}
	await(t, "the purge", func() bool { get(t, l.a.URL()+"/_/api/jobs/"+started.Job, &job); return job.State != "running" })
	if x := l.tell(kept); job.Result.Decisions != 1 || x.Body != nil || x.Answer != nil {
		t.Errorf("%+v, and it is not forgotten: %+v", job, x)
	}
}

// What is kept is told as it was, with what is known of it; what is no text is not shown.
func TestBodiesAsTheyWere(t *testing.T) {
	l := listen(t)
	l.use(true)
	for _, c := range []struct{ sent, request, answer string }{
		{body(false, "sim: text=kept"), "json", "json"}, {body(true, "sim: text=kept"), "json", "events"},
		{"no request", "text", "json"}, {strings.Replace(body(false, ""), model, "nobody/knows", 1), "json", "json"},
	} {
		id, got := l.ask(c.sent)
		x := l.tell(id)
		if x.Body == nil || *x.Body != c.sent || x.Answer == nil || *x.Answer != got || got == "" || x.Why != "" {
			t.Fatalf("%q and %q: %+v", c.sent, got, x)
		}
		if q, r := x.Request, x.Response; q.Bytes != int64(len(c.sent)) || r.Bytes != int64(len(got)) || q.Cut || r.Cut || q.Kind != c.request || r.Kind != c.answer {
			t.Errorf("%q: %+v %+v", c.sent, q, r)
		}
		if all := get(t, l.a.URL()+"/_/api/decisions/"+id, nil); strings.Contains(all, "sim: text") {
			t.Errorf("it stands in the decision, too: %s", all)
		}
	}
	long, _ := l.ask(body(false, strings.Repeat("ö", store.MaxBody)))
	if x := l.tell(long); x.Body == nil || !x.Request.Cut || x.Request.Bytes < 2*store.MaxBody || len(*x.Body) > store.MaxBody || !strings.HasSuffix(*x.Body, "öö") {
		t.Errorf("long: %+v", x.Request)
	}
	noise, _ := l.ask("{\"\xff\xfe")
	if x := l.tell(noise); x.Body != nil || x.Request == nil || x.Request.Kind != "binary" || x.Request.Bytes != 4 || x.Answer == nil {
		t.Errorf("no text: %+v", x)
	}
	if status, _, _ := call(t, "GET", l.a.URL()+"/_/api/decisions/none/request", ""); status != 404 {
		t.Errorf("of nothing: %d", status)
	}
}
