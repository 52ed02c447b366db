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

// Moments are written as package time writes them.
func TestTime(t *testing.T) {
	for _, at := range []time.Time{
		time.Unix(0, 0), time.Unix(-1, 999_999_999), time.UnixMicro(1), time.UnixMicro(1<<53 - 1),
		time.Date(2024, 2, 29, 23, 59, 59, 999_999_999, time.FixedZone("", -3600)),
		time.Date(9999, 12, 31, 23, 59, 59, 120_000, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(0, 3, 4, 5, 6, 7, 8000, time.UTC), time.Date(-5, 3, 4, 5, 6, 7, 8000, time.UTC), time.Date(987, 6, 5, 4, 3, 2, 1000, time.UTC),
	} {
		w := Writer{}
		w.Time("", at)
		if want := at.UTC().Format(`"2006-01-02T15:04:05.000000Z"`); string(w.Buf) != want {
			t.Errorf("%v is written %s, want %s", at, w.Buf, want)
		}
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
