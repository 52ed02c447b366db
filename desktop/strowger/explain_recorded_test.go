package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"strowger/desktop/store"
)

// A recorded decision is made again, to the byte; under another configuration it is said what
// would be decided; and what cannot be made again says why.
func TestExplainRecorded(t *testing.T) {
	dir := homeless(t)
	config, data := filepath.Join(dir, "strowger.yaml"), filepath.Join(dir, "data")
	if err := os.WriteFile(config, []byte(twoProviders), 0o600); err != nil {
		t.Fatal(err)
	}
	code, decided, errs := call(t, `{"model":"sim/two:price","max_tokens":100,`+question+`}`, "explain", "--json", "--config", config, "--data", data, "-")
	if code != 0 {
		t.Fatal(errs)
	}
	decided = strings.TrimSpace(decided)
	ids := map[string]string{
		"0197c0de-0000-7000-8000-000000000001": decided,
		"0197c0de-0000-7000-8000-000000000002": strings.Replace(decided, `"why":"`, `"why":"not because `, 1),
		"0197c0de-0000-7000-8000-000000000003": "null",
		"0197c0de-0000-7000-8000-000000000004": strings.Replace(decided, `"stream":false`, `"stream":0`, 1),
	}
	recordDocs(t, data, ids)
	explain := func(id string, flags ...string) (int, string, string) {
		return call(t, "", append(append([]string{"explain", "--config", config, "--data", data}, flags...), id)...)
	}
	id := "0197c0de-0000-7000-8000-00000000000"
	code, out, errs := explain(id + "1")
	for _, line := range []string{
		"decision   " + id + "1\n", "recomputed equal, byte for byte\n", "bodies     kept: 2 bytes asked, 9 answered; --bodies prints them\n", "1     beta/two",
		"tip: alpha/two would go first if its price of output per million tokens were at most $1.300009 (is $15)\n",
	} {
		if code != 0 || errs != "" || !strings.Contains(out, line) {
			t.Errorf("%d %q: %s is not in\n%s", code, errs, line, out)
		}
	}
	var a struct {
		Equal    bool
		Rev      string
		Decision json.RawMessage
		Flips    []struct{ Endpoint, Quantity, Text string }
	}
	code, out, errs = explain(id+"1", "--json")
	if err := json.Unmarshal([]byte(out), &a); err != nil || code != 0 || !a.Equal || !bytes.Equal(a.Decision, []byte(decided)) || len(a.Flips) == 0 || a.Flips[0].Endpoint != "alpha/two" {
		t.Errorf("%d %v %s %s", code, err, errs, out)
	}
	for n, want := range map[string]string{
		"2": "the decision made again is not the recorded one", "3": "nothing was decided: the request was refused before",
		"4": "the recorded decision cannot be read: request.stream: expected true or false", "5": "has no decision of this id",
	} {
		if code, _, errs := explain(id + n); code != 1 || !strings.Contains(errs, want) {
			t.Errorf("%s: %d %s", n, code, errs)
		}
	}
	if code, _, errs := explain(id+"1", "--key", "x"); code != 2 || !strings.Contains(errs, "are for a request") {
		t.Error(code, errs)
	}
	dearer := strings.Replace(twoProviders, "input: 0.5, output: 2", "input: 50, output: 200", 1)
	if err := os.WriteFile(config, []byte(dearer), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := explain(id + "1"); code != 0 || !strings.Contains(out, "this is what would be decided now\n") || !strings.Contains(out, "1     alpha/two") {
		t.Errorf("%d %s", code, out)
	}
}

// What was asked and answered is printed when it is asked for, if it is kept, and no terminal obeys it.
func TestExplainBodies(t *testing.T) {
	data := filepath.Join(homeless(t), "data")
	const id = "0197c0de-0000-7000-8000-00000000000"
	db, err := store.Open(filepath.Join(data, store.FileName), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n, said := range []store.Bodies{
		{Request: []byte("{\"ask\":\"\x1b[31m\"}"), Answer: []byte("data: a\r\n\r\n"), AnswerSize: 2 << 20},
		{},
	} {
		db.Add(store.Entry{Decision: store.Decision{Seq: int64(n + 1), ID: fmt.Sprint(id, n+1), At: time.Now(), Doc: []byte(`{"decision":null}`)}, Bodies: said})
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	code, out, errs := call(t, "", "explain", "--data", data, "--bodies", id+"1")
	want := "request, 15 bytes\n{\"ask\":\"\ufffd[31m\"}\n\nanswer, 2097152 bytes, of which the first 1048576 are kept\ndata: a\n\n"
	if code != 0 || out != want || errs != "" {
		t.Errorf("%d %q %s", code, out, errs)
	}
	code, out, _ = call(t, "", "explain", "--data", data, "--bodies", "--json", id+"1")
	if code != 0 || !strings.Contains(out, `"answer":"data: a\r\n\r\n","bodies":{"request":15,"answer":2097152}`) {
		t.Errorf("%d %s", code, out)
	}
	for arg, want := range map[string]string{id + "2": "is not kept", id + "3": "has no decision of this id", "-": "name its id"} {
		if code, out, errs := call(t, "{}", "explain", "--data", data, "--bodies", arg); code == 0 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s: %d %s %s", arg, code, out, errs)
		}
	}
}

// recordDocs puts decisions into the record of a data folder, as reports have them.
func recordDocs(t *testing.T, dir string, decisions map[string]string) {
	t.Helper()
	s, err := store.Open(filepath.Join(dir, store.FileName), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	seq := int64(0)
	for id, doc := range decisions {
		seq++
		s.Add(store.Entry{Decision: store.Decision{Seq: seq, ID: id, At: time.Now(), Doc: []byte(`{"id":"` + id + `","decision":` + doc + `}`)},
			Bodies: store.Bodies{Request: []byte("{}"), Answer: []byte("an answer")}})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
