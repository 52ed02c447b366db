package main

import (
	"net/http"
	"strings"
	"testing"
)

// The places from which an answer may and must be complete are right behind what they are
// about, in every framing.
func TestLanes(t *testing.T) {
	all := lanes()
	if len(all) != 3*3*2*2 {
		t.Errorf("%d lanes", len(all))
	}
	for _, l := range all {
		if !l.stream {
			if before := l.body[:l.may]; !strings.HasSuffix(before, "}}") || l.must < l.may {
				t.Errorf("%v: may be complete behind %q", l, before[len(before)-20:])
			}
			continue
		}
		if before := l.body[:l.may]; !strings.HasSuffix(before, `"finish_reason":"stop"}]}`) {
			t.Errorf("%v: may be complete behind %q", l, before[len(before)-20:])
		}
		if late := l.ending == "a stall" && l.framing == "chunked"; late && l.must != len(l.body) {
			t.Errorf("%v: must be complete behind %d of %d bytes", l, l.must, len(l.body))
		} else if before := l.body[:l.must]; !late && !strings.HasSuffix(before, `"finish_reason":"stop"}]}`+"\n\n") {
			t.Errorf("%v: must be complete behind %q", l, before[len(before)-20:])
		}
		if n := len(l.body); n < 1900 || n > 3000 {
			t.Errorf("%v: %d bytes", l, n)
		}
	}
}

func TestLaneJudges(t *testing.T) {
	l := lane{text: sweptStream, stream: true, may: 100, must: 102}
	said := func(text string, end ...string) *heard {
		body := strings.ReplaceAll(role+event(content(text), "null")+strings.Join(end, ""), `"up"`, `"m"`)
		return listen(answer(http.StatusOK, eventStream, body, len(end) == 1), "m", true)
	}
	onFire := `data: {"error":{"message":"on fire","type":"server_error","code":"stream_cut"}}` + "\n\n"
	for _, test := range []struct {
		name    string
		h       *heard
		at      int
		mode    mode
		problem string
	}{
		{"complete", said(sweptStream, stop, done), 101, modeNone, ""},
		{"honest", said(sweptStream[:9], onFire), 50, modeNone, ""},
		{"honest, but it was complete", said(sweptStream, onFire), 102, modeNone, "not complete"},
		{"gone on with", said(sweptStream, stop, done), 50, modeSame, ""},
		{"not gone on with", said(sweptStream[:9], onFire), 50, modeSame, "not complete"},
		{"complete too soon", said(sweptStream, stop, done), 99, modeNone, "out of nothing"},
		{"truncated", said(sweptStream[:9], stop, done), 101, modeSame, "looks complete and is not"},
		{"another text", said("no", onFire), 50, modeNone, "not that of the answer"},
		{"silent end", said(sweptStream[:9], "", ""), 50, modeNone, "a lie"},
	} {
		l.mode = test.mode
		if got := l.judge(test.h, test.at); test.problem == "" && got != "" || !strings.Contains(got, test.problem) {
			t.Errorf("%s: %q, want %q", test.name, got, test.problem)
		}
	}
}
