package exports

import (
	"errors"
	"math"
	"strings"
	"testing"

	"strowger/edge/abi"
)

func first(t *testing.T, result []byte) string {
	t.Helper()
	r, rest, ok := abi.Next(result)
	if !ok || len(rest) > 0 {
		t.Fatalf("not one record: %q", result)
	}
	return string(r.Control)
}

func TestPanicKillsTheInstance(t *testing.T) {
	for _, c := range []struct {
		cause any
		want  string
	}{{"on request", "on request"}, {errors.New("broken"), "broken"}, {7, "a panic"}} {
		var i instance
		want := `{"kind":"error","code":"dead","message":"the module has failed: ` + c.want + `"}`
		got := first(t, i.call(0, 0, func(_, _, _ []byte) []byte { panic(c.cause) }))
		if got != want {
			t.Errorf("the panic gives\n %s, want\n %s", got, want)
		}
		called := false
		got = first(t, i.call(0, 0, func(dst, _, _ []byte) []byte { called = true; return dst }))
		if got != want || called {
			t.Errorf("after the panic (called: %v)\n %s, want\n %s", called, got, want)
		}
		if got = first(t, i.data(1, 1, 1, 0)); got != want {
			t.Errorf("after the panic data gives\n %s, want\n %s", got, want)
		}
	}
}

func TestInputIsBounded(t *testing.T) {
	var i instance
	if i.alloc(maxInput+1) != nil || len(i.alloc(0)) != 0 || len(i.alloc(10)) != 10 {
		t.Error("alloc gives what was not asked for")
	}
	for _, lengths := range [][2]uint32{{11, 0}, {0, 11}, {6, 5}, {1<<32 - 1, 1<<32 - 1}, {1, 1<<32 - 1}} {
		got := first(t, i.call(lengths[0], lengths[1], i.machine.Decide))
		if !strings.Contains(got, `"code":"limit"`) {
			t.Errorf("%v gives %s", lengths, got)
		}
	}
	copy(i.alloc(10), `{"abi":4}x`)
	if got := first(t, i.call(9, 1, i.machine.Configure)); !strings.Contains(got, `"code":"config"`) {
		t.Errorf("configure gives %s", got)
	}
	i.free()
	if got := first(t, i.call(9, 1, i.machine.Configure)); !strings.Contains(got, `"code":"limit"`) {
		t.Errorf("after free configure gives %s", got)
	}
}

// TestPlaceStays writes to one place for several calls, and sees when a new one is needed.
func TestPlaceStays(t *testing.T) {
	var i instance
	place := i.alloc(100)
	for range 3 {
		copy(place, `{"abi":4}x`)
		if got := first(t, i.call(9, 1, i.machine.Configure)); !strings.Contains(got, `"code":"config"`) {
			t.Errorf("configure gives %s", got)
		}
		if &place[0] != &i.in[0] || len(i.in) != 100 {
			t.Fatal("the place has moved")
		}
	}
	big := i.alloc(maxKept + 1)
	if i.alloc(100); cap(i.in) > maxKept || &i.in[0] == &big[0] {
		t.Error("a small place is part of a big one, which goes with the next call")
	}
	for name, end := range map[string]func(){
		"a big chunk": func() { i.alloc(maxKept + 1); i.data(1, 1, 1, maxKept+1) },
		"a big input": func() { i.alloc(maxKept + 1); i.call(0, 0, i.machine.Configure) },
		"open":        func() { i.alloc(8 << 10); i.call(0, 4<<10, i.open) },
		"free":        func() { i.alloc(1); i.free() },
	} {
		if end(); i.in != nil {
			t.Errorf("%s leaves a place that the host must not have", name)
		}
	}
}

// TestData brings a chunk with more bytes than there are, and one of which the machine says what it is.
func TestData(t *testing.T) {
	var i instance
	i.alloc(10)
	if got := first(t, i.data(1, 1, 1, 11)); !strings.Contains(got, `"code":"limit"`) {
		t.Errorf("a chunk that was not written gives %s", got)
	}
	for _, moment := range []float64{1, -1, 1e300, math.NaN()} {
		if got := first(t, i.data(1, 1, moment, 10)); !strings.Contains(got, `"code":"handle"`) {
			t.Errorf("a chunk of nobody gives %s", got)
		}
	}
}

// TestOpenKeepsItsBody writes over the input behind an open exchange.
func TestOpenKeepsItsBody(t *testing.T) {
	for _, room := range []uint32{0, 64 << 10} { // the body fills its place, and does not
		openKeepsItsBody(t, room)
	}
}

func openKeepsItsBody(t *testing.T, room uint32) {
	var i instance
	i.alloc(room)
	write := func(control, raw string) (uint32, uint32) {
		copy(i.alloc(uint32(len(control)+len(raw))), control+raw)
		return uint32(len(control)), uint32(len(raw))
	}
	c, r := write(`{"abi":4}`, `{"providers":[{"name":"p","schema":"openai","base_url":"http://p"}],"models":[{"id":"a/m","endpoints":[{"provider":"p"}]}]}`)
	first(t, i.call(c, r, i.machine.Configure))
	body := `{"model":"a/m","messages":[{"role":"user","content":"` + strings.Repeat("keep me ", 1000) + `"}]}`
	c, r = write(`{"id":"x","seed":"1","path":"/v1/chat/completions"}`, body)
	if got := first(t, i.call(c, r, i.open)); got != `{"kind":"opened","handle":1}` {
		t.Fatal(got)
	}
	write(strings.Repeat("x", 5000), "")
	c, r = write(`{"now_us":1,"event":"started"}`, "")
	result := i.call(c, r, func(dst, c, r []byte) []byte { return i.machine.Step(dst, 1, c, r) })
	send, _, ok := abi.Next(result)
	if !ok || string(send.Raw) != strings.Replace(body, "a/m", "m", 1) {
		t.Errorf("sends %.200q", send.Raw)
	}
	big := i.out
	i.free()
	if i.in != nil || i.out != nil || len(big) == 0 {
		t.Error("free keeps something")
	}
}
