package jsonout

import (
	"encoding/json"
	"testing"
	"time"
)

func TestWriter(t *testing.T) {
	w := Writer{}
	w.Begin('{')
	w.String("s", "a\"b\n:{[")
	w.OptString("none", "")
	w.OptString("t", "x:")
	w.Int("i", -7)
	w.OptInt("zero", 0)
	w.OptInt("j", 8)
	w.IntOrNull("k", 9, true)
	w.IntOrNull("l", 9, false)
	w.Bool("b", true)
	w.Null("n")
	w.Raw("r", []byte(`{"x":[1]}`))
	w.Raw("none", nil)
	w.Literal("lit", `[{}]`)
	w.Text("e", []byte(`a\"b`))
	w.Micros("d", 1500*time.Microsecond)
	w.Time("at", time.Date(2025, 1, 2, 3, 4, 5, 678_999, time.FixedZone("", 3600)))
	w.Time("never", time.Time{})
	w.Strings("list", []string{"a", "b"})
	w.Strings("empty", nil)
	w.BeginAt("nested", '[')
	for range 2 {
		w.Begin('[')
		w.Begin('{')
		w.End('}')
		w.Int("", 1)
		w.Bool("", false)
		w.Null("")
		w.End(']')
	}
	w.End(']')
	w.End('}')
	const want = `{"s":"a\"b\n:{[","t":"x:","i":-7,"j":8,"k":9,"l":null,"b":true,"n":null,"r":{"x":[1]},"none":null,"lit":[{}],"e":"a\"b","d":1500,` +
		`"at":"2025-01-02T02:04:05.000678Z","never":null,"list":["a","b"],"empty":[],"nested":[[{},1,false,null],[{},1,false,null]]}`
	if string(w.Buf) != want {
		t.Errorf("got  %s\nwant %s", w.Buf, want)
	}
	if !json.Valid(w.Buf) {
		t.Error("not JSON")
	}
}

// What stands before is neither changed nor continued.
func TestWriterLeavesWhatWasBefore(t *testing.T) {
	for _, before := range []string{"data: ", "{}\n", `"x"`, "{", "["} {
		w := Writer{Buf: []byte(before)}
		w.Begin('{')
		w.Int("a", 1)
		w.Int("b", 2)
		w.End('}')
		if want := before + `{"a":1,"b":2}`; string(w.Buf) != want {
			t.Errorf("got %s, want %s", w.Buf, want)
		}
	}
}

func FuzzString(f *testing.F) {
	f.Add("key", "value")
	f.Add("", "\x00\xff\u2028")
	f.Fuzz(func(t *testing.T, key, value string) {
		w := Writer{}
		w.Begin('{')
		w.String("x"+key, value)
		w.Strings("list"+key, []string{value, value})
		w.End('}')
		if !json.Valid(w.Buf) {
			t.Errorf("%q is not JSON", w.Buf)
		}
	})
}
