package proxytest

import (
	"bytes"
	"slices"
	"testing"
)

func TestPairs(t *testing.T) {
	good := Pairs{{"a", "1"}, {"b", "22"}}.encode()
	if p, ok := decodePairs(bytes.ToUpper(good)); !ok || !slices.Equal(p, Pairs{{"a", "1"}, {"b", "22"}}) {
		t.Errorf("got %q", p)
	}
	for name, b := range map[string][]byte{
		"one byte more": append(bytes.Clone(good), 0), "one byte less": good[:len(good)-1],
		"a zero for NUL": Pairs{{"a", "1"}}.encodeWith('0'), "a count alone": {9, 0, 0, 0}, "half a count": {1, 0},
	} {
		if p, ok := decodePairs(b); ok {
			t.Errorf("%s: %q", name, p)
		}
	}
}

func FuzzPairs(f *testing.F) {
	f.Add(Pairs{{"a", "1"}, {"b", "22"}}.encode())
	f.Add([]byte{0})
	f.Add([]byte{255, 255, 255, 255, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok := decodePairs(b)
		if !ok {
			return
		}
		if again, ok := decodePairs(p.encode()); !ok || !slices.Equal(p, again) {
			t.Errorf("%q became %q", p, again)
		}
	})
}
