package sse

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// event is what a client sees of a frame, in a form that can be compared.
type event struct {
	name, data string
	comment    bool
}

func (e event) String() string {
	if e.comment {
		return fmt.Sprintf("%q -", e.name)
	}
	return fmt.Sprintf("%q %q", e.name, e.data)
}

// reference reads a whole stream as section 9.2 of the standard is worded, knowing nothing of pieces or
// places: normalise the line ends, go over the lines, fill buffers.
func reference(stream string) (events []event) {
	stream = strings.TrimPrefix(stream, "\ufeff")
	stream = strings.ReplaceAll(stream, "\r\n", "\n")
	stream = strings.ReplaceAll(stream, "\r", "\n")
	all := strings.Split(stream, "\n")
	var name, data string
	any := false
	read := func(line string) {
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "data":
			data += value + "\n"
			any = true
		case "event":
			name = value
		}
	}
	push := func() {
		events = append(events, event{name, strings.TrimSuffix(data, "\n"), !any})
		name, data, any = "", "", false
	}
	for _, line := range all[:len(all)-1] {
		if line == "" {
			push()
			continue
		}
		read(line)
	}
	if last := all[len(all)-1]; strings.HasPrefix(last, "data:") { // the rule of Framer.Close
		read(last)
	}
	if any {
		push()
	}
	return events
}

// frames feeds stream in pieces of the given sizes, the last of which is used again and again, and checks
// what must hold of each frame and of all together.
func frames(t *testing.T, stream []byte, sizes ...int) (events []event) {
	t.Helper()
	var f Framer
	var all []byte
	emit := func(fr Frame) {
		all = append(all, fr.Raw...)
		check(t, fr)
		events = append(events, event{string(fr.Event), string(fr.Data), fr.Comment})
	}
	for rest := stream; len(rest) > 0; {
		n := min(max(1, sizes[0]), len(rest))
		if len(sizes) > 1 {
			sizes = sizes[1:]
		}
		piece := bytes.Clone(rest[:n])
		if err := f.Write(piece, emit); err != nil {
			t.Fatalf("%q: %v", stream, err)
		}
		for i := range piece { // it must not be used any more
			piece[i] = 'X'
		}
		rest = rest[n:]
	}
	rest := f.Close(emit)
	if rest < 0 || !bytes.Equal(all, stream[:len(stream)-rest]) {
		t.Fatalf("%.500q: the Raw of all frames are %.500q, the rest %d bytes", stream, all, rest)
	}
	if rest := f.Close(emit); rest != 0 {
		t.Errorf("%q: a second Close gives %d", stream, rest)
	}
	return events
}

func check(t *testing.T, f Frame) {
	t.Helper()
	single := f.DataAt >= 0
	switch {
	case len(f.Raw) == 0:
		t.Errorf("a frame without bytes")
	case f.Comment != (f.Data == nil):
		t.Errorf("%q: comment %v with data %q", f.Raw, f.Comment, f.Data)
	case f.Event != nil && len(f.Event) == 0:
		t.Errorf("%q: an empty name", f.Raw)
	case single && !bytes.HasPrefix(f.Raw[f.DataAt:], f.Data):
		t.Errorf("%q: data %q is not at %d", f.Raw, f.Data, f.DataAt)
	case cap(f.Raw) > len(f.Raw) || single && cap(f.Data) > len(f.Data) || cap(f.Event) > len(f.Event):
		t.Errorf("%q: appending to a part would overwrite what follows", f.Raw)
	}
	if single {
		if after := f.Raw[f.DataAt+len(f.Data):]; len(after) > 0 && after[0] != '\n' && after[0] != '\r' {
			t.Errorf("%q: data %q at %d is cut", f.Raw, f.Data, f.DataAt)
		}
	}
}

var streams = []struct {
	stream string
	want   []event
}{
	{"", nil},
	{"data: a\n\n", []event{{"", "a", false}}},
	{"data: a\r\n\r\n", []event{{"", "a", false}}},
	{"data: a\r\r", []event{{"", "a", false}}},
	{"data: a\n\r\ndata: b\r\n\ndata: c\r\n\rdata: d\n\rdata: e\r\r\n", []event{{"", "a", false}, {"", "b", false}, {"", "c", false}, {"", "d", false}, {"", "e", false}}},
	{"data: a\r\rdata: b\r\r\rdata: c\r\r", []event{{"", "a", false}, {"", "b", false}, {"", "", true}, {"", "c", false}}},
	{"\ufeffdata: a\n\ndata: b\n\n", []event{{"", "a", false}, {"", "b", false}}},
	{"\ufeff\n\ufeffdata: a\n\n", []event{{"", "", true}, {"", "", true}}}, // only the first is a mark
	{"\ufeff\r\ndata: a\n\n", []event{{"", "", true}, {"", "a", false}}},
	{"\xef\xbbdata: a\n\n", []event{{"", "", true}}},
	{": ping\n\ndata: a\n\n:\n\n", []event{{"", "", true}, {"", "a", false}, {"", "", true}}},
	{"\n\n\ndata: a\n\n\n", []event{{"", "", true}, {"", "", true}, {"", "", true}, {"", "a", false}, {"", "", true}}},
	{"data\n\ndata:\n\ndata: \n\ndata:  a \n\ndata:a:b\n\n", []event{{"", "", false}, {"", "", false}, {"", "", false}, {"", " a ", false}, {"", "a:b", false}}},
	{"data: a\ndata: b\ndata\ndata:c\n\n", []event{{"", "a\nb\n\nc", false}}},
	{"data\ndata\n\n", []event{{"", "\n", false}}},
	{"event: x\nid: 1\nretry: 10\ndata: a\n\nevent: y\r\ndata: b\r\n\r\n", []event{{"x", "a", false}, {"y", "b", false}}},
	{"data: a\nevent: x\nevent: y\n\n", []event{{"y", "a", false}}},
	{"event: x\nevent:\ndata: a\n\nevent\ndata: b\n\n", []event{{"", "a", false}, {"", "b", false}}},
	{"event: x\n\ndata: a\n\n", []event{{"x", "", true}, {"", "a", false}}},
	{"Data: a\n\ndatax: a\n\n data: a\n\ndat: a\n\neventx: b\ndata: a\n\n", []event{{"", "", true}, {"", "", true}, {"", "", true}, {"", "", true}, {"", "a", false}}},
	{"data: größe 敏捷 😀\n\ndata: \u2028\u2029\u0085\v\f\n\n", []event{{"", "größe 敏捷 😀", false}, {"", "\u2028\u2029\u0085\v\f", false}}},
	{"data: {\"a\":1}\n\ndata: [DONE]\n\n", []event{{"", "{\"a\":1}", false}, {"", "[DONE]", false}}},
	// no blank line at the end
	{"data: a\n\ndata: [DONE]\n", []event{{"", "a", false}, {"", "[DONE]", false}}},
	{"data: a\n\ndata: [DONE]", []event{{"", "a", false}, {"", "[DONE]", false}}},
	{"data: a\n\ndata: [DONE]\r", []event{{"", "a", false}, {"", "[DONE]", false}}},
	{"\ufeffdata:a", []event{{"", "a", false}}},
	{"data: a\ndata: b", []event{{"", "a\nb", false}}},
	{"event: x\ndata: b\ni", []event{{"x", "b", false}}},
	{"data: b\nevent: do", []event{{"", "b", false}}},
	{"data: a\n\ndata", []event{{"", "a", false}}},
	{"data: a\n\nevent: x\n", []event{{"", "a", false}}},
	{"data: a\n\n: ping\n", []event{{"", "a", false}}},
	{": ping", nil},
	{"<html>\nno stream", nil},
}

// TestStreams checks each stream whole, cut at every place, cut at every two places, and byte by byte.
func TestStreams(t *testing.T) {
	for _, s := range streams {
		stream := []byte(s.stream)
		if got := reference(s.stream); !slices.Equal(got, s.want) {
			t.Errorf("%q: the reference says %v, want %v", s.stream, got, s.want)
		}
		try := func(sizes ...int) {
			if got := frames(t, stream, sizes...); !slices.Equal(got, s.want) {
				t.Errorf("%q in pieces of %v: %v, want %v", s.stream, sizes, got, s.want)
			}
		}
		try(len(stream))
		try(1)
		for i := 1; i < len(stream); i++ {
			for j := 1; j <= len(stream)-i; j++ {
				try(i, j, len(stream))
			}
		}
	}
}

// TestClose checks how many bytes are left, and that a last frame's Raw ends where it should.
func TestClose(t *testing.T) {
	for _, c := range []struct {
		stream string
		raw    string
		rest   int
	}{
		{"", "", 0},
		{"data: a", "data: a", 0},
		{"data: a\r", "data: a\r", 0},
		{"data: a\nda", "data: a\n", 2},
		{"data: a\ndata", "data: a\n", 4},
		{"data: a\ndata:", "data: a\ndata:", 0},
		{"data: a\nevent: x", "data: a\n", 8},
		{"data: a\n: x\n", "data: a\n: x\n", 0},
		{"event: x\n", "", 9},
		{"da", "", 2},
		{": ping\n", "", 7},
	} {
		var f Framer
		var raw string
		emit := func(fr Frame) { raw += string(fr.Raw) }
		if err := f.Write([]byte(c.stream), emit); err != nil || raw != "" {
			t.Fatalf("%q: %v, %q before Close", c.stream, err, raw)
		}
		if rest := f.Close(emit); rest != c.rest || raw != c.raw {
			t.Errorf("%q: %q and %d bytes, want %q and %d", c.stream, raw, rest, c.raw, c.rest)
		}
		raw = ""
		if err := f.Write([]byte("\ufeffdata: next\n\n"), emit); err != nil || raw != "\ufeffdata: next\n\n" {
			t.Errorf("%q: then %v, %q", c.stream, err, raw)
		}
	}
}

// TestPromptness: a frame is emitted with the very byte that completes it, also if that is a CR.
func TestPromptness(t *testing.T) {
	for _, stream := range []string{"data: a\n\n", "data: a\r\n\r", "data: a\r\r", "data: a\n\r"} {
		var f Framer
		n := 0
		for i := range len(stream) {
			if n > 0 {
				t.Fatalf("%q: emitted before byte %d", stream, i)
			}
			if err := f.Write([]byte(stream[i:i+1]), func(Frame) { n++ }); err != nil {
				t.Fatal(err)
			}
		}
		if n != 1 {
			t.Errorf("%q: %d frames", stream, n)
		}
		// The LF of a CR LF that came too late is in the next Raw and ends nothing.
		var raw, data string
		err := f.Write([]byte("\ndata: b\n\n"), func(fr Frame) { raw += string(fr.Raw); data += string(fr.Data) })
		if strings.HasSuffix(stream, "\r") && (err != nil || raw != "\ndata: b\n\n" || data != "b") {
			t.Errorf("%q: then %v, %q, %q", stream, err, raw, data)
		}
	}
}

func TestDataAt(t *testing.T) {
	for _, c := range []struct {
		stream string
		want   int
	}{
		{"data: a\n\n", 6},
		{"data:a\n\n", 5},
		{"data:\n\n", 5},
		{"data\n\n", -1},
		{": x\nevent: y\ndata: a\nid: 1\n\n", 19},
		{"\ufeffdata: a\n\n", 9},
		{"data: a\ndata: b\n\n", -1},
		{"data: a\ndata\n\n", -1},
		{"event: a\n\n", -1},
	} {
		var f Framer
		at := -2
		if err := f.Write([]byte(c.stream), func(fr Frame) { at = fr.DataAt }); err != nil || at != c.want {
			t.Errorf("%q: %d, %v, want %d", c.stream, at, err, c.want)
		}
	}
}

// TestNoCopy: frames that lie in a piece are parts of it, also behind one that began in an earlier piece.
func TestNoCopy(t *testing.T) {
	var f Framer
	piece := []byte("a\n\nevent: x\ndata: one\n\ndata: two\n\ndata: thr")
	if err := f.Write([]byte("data: "), nil); err != nil {
		t.Fatal(err)
	}
	at, n := 3, 0
	if err := f.Write(piece, func(fr Frame) {
		n++
		if n > 1 {
			if &fr.Raw[0] != &piece[at] || &fr.Data[0] != &piece[at+fr.DataAt] {
				t.Errorf("%q is a copy", fr.Raw)
			}
			at += len(fr.Raw)
		}
	}); err != nil || n != 3 {
		t.Fatal(err, n)
	}
	chunk := bytes.Repeat([]byte("event: x\ndata: one\n\n: ping\n\ndata: two\ndata: three\n\n"), 10)
	f = Framer{}
	emit := func(Frame) {}
	if n := testing.AllocsPerRun(100, func() {
		if err := f.Write(chunk, emit); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTooLong(t *testing.T) {
	stream := "data: ok\n\ndata: 1234\n\ndata: 12345\n\ndata: ok\n\n" // frames of 10, 12 and 13 bytes
	for size := 1; size <= len(stream); size++ {
		f := Framer{Max: 12}
		var got []string
		emit := func(fr Frame) { got = append(got, string(fr.Data)) }
		var err error
		for rest := stream; rest != "" && err == nil; rest = rest[min(size, len(rest)):] {
			err = f.Write([]byte(rest[:min(size, len(rest))]), emit)
		}
		if !errors.Is(err, ErrTooLong) || err.Error() != "server-sent event is too long" || !slices.Equal(got, []string{"ok", "1234"}) {
			t.Errorf("pieces of %d: %v, %v", size, got, err)
		}
		if err := f.Write([]byte("data: a\n\n"), emit); err != ErrTooLong || f.Write(nil, emit) != ErrTooLong {
			t.Errorf("pieces of %d: goes on with %v", size, err)
		}
		if n := f.Close(emit); n != 0 || len(got) != 2 {
			t.Errorf("pieces of %d: Close gives %d, %v", size, n, got)
		}
	}
	var f Framer // one line that never ends
	var err error
	n := 0
	for chunk := make([]byte, 1<<20); err == nil; n++ {
		err = f.Write(chunk, nil)
	}
	if err != ErrTooLong || n != 9 {
		t.Errorf("%v after %d MiB", err, n)
	}
}

// TestLongLine: 2 MB in one line, in pieces of several sizes.
func TestLongLine(t *testing.T) {
	data := strings.Repeat("敏捷 quick ", 2<<20/13)
	stream := []byte("event: big\r\ndata: " + data + "\r\n\r\ndata: next\n\n")
	for _, size := range []int{4096, 16<<10 + 1, 1 << 20, len(stream)} {
		got := frames(t, stream, size)
		if want := []event{{"big", data, false}, {"", "next", false}}; !slices.Equal(got, want) {
			t.Errorf("pieces of %d: %d frames", size, len(got))
		}
	}
}

func FuzzFramer(f *testing.F) {
	for _, s := range streams {
		f.Add([]byte(s.stream), []byte{1})
		f.Add([]byte(s.stream), []byte{3, 1, 2, 5})
	}
	f.Add([]byte("data: a\r\n\r\n\r\n\r\ndata\r\rdata:\n\r"), []byte{9, 1, 1, 1, 2})
	f.Fuzz(func(t *testing.T, stream, cuts []byte) {
		want := reference(string(stream))
		sizes := []int{}
		for _, c := range cuts {
			sizes = append(sizes, int(c))
		}
		sizes = append(sizes, len(stream))
		for _, sizes := range [][]int{{len(stream)}, {1}, sizes} {
			if got := frames(t, stream, sizes...); !slices.Equal(got, want) {
				t.Errorf("%q in pieces of %v: %v, want %v", stream, sizes, got, want)
			}
		}
	})
}
