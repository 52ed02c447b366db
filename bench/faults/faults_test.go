package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestMatrix runs every row, and a sweep whose cuts lie further apart, on a strowger that was
// built from this tree.
func TestMatrix(t *testing.T) {
	res, err := run(t.Context(), options{every: 29, parallel: 64}, t.TempDir())
	if err != nil {
		t.Error(err)
	}
	if res == nil {
		return
	}
	var text bytes.Buffer
	if err := res.print(&text, false); err != nil {
		t.Fatal(err)
	}
	if !res.perfect() {
		t.Errorf("not as it should be:\n%s", text.String())
	}
	good, all := res.score()
	t.Logf("%d of %d in %.1f s", good, all, res.took.Seconds())
}

// The matrix has every stage in both forms, and no two rows of one name in one form and stage.
func TestMatrixIsComplete(t *testing.T) {
	type place struct {
		at     stage
		stream bool
	}
	count, names := map[place]int{}, map[string]bool{}
	for _, tr := range trialsOf(matrix()) {
		if tr.mode == modeNone {
			count[place{tr.row.stage, tr.stream}]++
		}
		if names[tr.String()] {
			t.Errorf("twice: %v", tr)
		}
		names[tr.String()] = true
		if tr.half.first == "" {
			t.Errorf("%v: no attempt is expected", tr)
		}
		if told := tr.half.told; !strings.HasPrefix(fullText, told) {
			t.Errorf("%v: %q is not the beginning of the text", tr, told)
		}
	}
	for _, at := range []stage{stageHeaders, stageContent, stageAfter, stageFine} {
		for _, stream := range []bool{false, true} {
			if n := count[place{at, stream}]; n < 10 {
				t.Errorf("%s, stream %v: %d rows", at, stream, n)
			}
		}
	}
}

func TestCommand(t *testing.T) {
	for _, test := range []struct {
		args string
		code int
		want string
	}{
		{"-help", exitOK, "Examples:"},
		{"-run (", exitUsage, "-run: "},
		{"-parallel 0", exitUsage, "-parallel from 1"},
		{"-every -1", exitUsage, "-every must not"},
		{"-nonsense", exitUsage, "see -help"},
		{"more", exitUsage, `unexpected "more"`},
		{"-run nothing -strowger /does/not/exist", exitFailed, "/does/not/exist"},
	} {
		var out, log bytes.Buffer
		code := command(t.Context(), &out, &log, strings.Fields(test.args))
		if code != test.code || !strings.Contains(out.String()+log.String(), test.want) {
			t.Errorf("%s: %d %s%s", test.args, code, out.String(), log.String())
		}
	}
	if o, err := parse(&bytes.Buffer{}, []string{"-run", "reset"}); err != nil || o.every != 0 || !matches(o.match, row{fault: "heard, then reset"}) || matches(o.match, row{fault: "silent"}) {
		t.Errorf("%+v %v", o, err)
	}
}

// What is printed says what went wrong, and never a hundred percent if something did.
func TestTable(t *testing.T) {
	rows := []row{{fault: "this", stage: stageAfter, stream: half{does: does(fin), alone: cut("stream_cut"), second: goesOn, first: "cut"}}}
	trials := trialsOf(rows)
	l := &lane{cuts: 20000, body: "x", problems: []string{"lost"}}
	trials[2].problems = []string{"a lie"}
	o := &outcome{trials: trials, lanes: []*lane{l}, left: []string{"a connection"}}
	var text, doc bytes.Buffer
	if err := o.print(&text, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"FAIL other", "FAIL a lie", "FAIL lost", "FAIL a connection", "20003 of 20006 as they should be: 99.98 %"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
	if err := o.writeJSON(&doc); err != nil || !json.Valid(doc.Bytes()) || !strings.Contains(doc.String(), `"a lie"`) {
		t.Errorf("%v %s", err, doc.String())
	}
	if o.perfect() || (&outcome{}).perfect() {
		t.Error("perfect")
	}
	*o = outcome{trials: trials[:1]}
	if !o.perfect() {
		t.Error("not perfect")
	}
}
