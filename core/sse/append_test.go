package sse

import (
	"slices"
	"strings"
	"testing"
)

func TestAppend(t *testing.T) {
	for _, c := range []struct {
		got  []byte
		want string
	}{
		{AppendData(nil, []byte("a")), "data: a\n\n"},
		{AppendData([]byte("> "), []byte("{}")), "> data: {}\n\n"},
		{AppendData(nil, nil), "data: \n\n"},
		{AppendData(nil, []byte(" a")), "data:  a\n\n"},
		{AppendData(nil, []byte("a\nb\r\nc\rd\n\n")), "data: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: \n\n"},
		{AppendEvent(nil, "x", []byte("a")), "event: x\ndata: a\n\n"},
		{AppendEvent(nil, "", []byte("a")), "data: a\n\n"},
		{AppendEvent(nil, "x\ndata: b", []byte("a")), "event: x\ndata: a\n\n"},
		{AppendEvent(nil, "\r\n\r\ndata: b", []byte("a\nb")), "data: a\ndata: b\n\n"},
		{AppendComment(nil, "ping"), ": ping\n\n"},
		{AppendComment(nil, ""), ": \n\n"},
		{AppendComment(nil, "a\r\n\r\ndata: b"), ": a\n: \n: data: b\n\n"},
	} {
		if string(c.got) != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	dst := make([]byte, 0, 100)
	data := []byte("some data")
	if n := testing.AllocsPerRun(100, func() { AppendEvent(dst, "name", data) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzAppend reads back what is written: it is always one frame.
func FuzzAppend(f *testing.F) {
	f.Add("", "")
	f.Add("message_start", `{"type":"message_start"}`)
	f.Add("a\nb", "a\nb\r\nc\r\r\n\n")
	f.Add("\r", " \n \n")
	f.Add("  x", ":")
	f.Fuzz(func(t *testing.T, name, data string) {
		line, _, _ := strings.Cut(strings.ReplaceAll(name, "\r", "\n"), "\n")
		text := strings.ReplaceAll(strings.ReplaceAll(data, "\r\n", "\n"), "\r", "\n")
		stream := AppendComment(nil, data)
		stream = AppendEvent(stream, name, []byte(data))
		stream = AppendData(stream, []byte(data))
		want := []event{{"", "", true}, {line, text, false}, {"", text, false}}
		if got := frames(t, stream, len(stream)); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", stream, got, want)
		}
	})
}
