package scan

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// What a cursor finds, and where it stands afterwards.
func TestCursor(t *testing.T) {
	doc := []byte(` {"a" : [1, "x\"y" ,{}], "\u0062":{"c":null}, "d":"e", "f":[ ]} tail`)
	c := CursorAt(doc, 0)
	var got []string
	if !c.Enter('{') {
		t.Fatal("no object")
	}
	for c.Next() {
		switch key := string(c.Key()); key {
		case "a":
			if c.Peek() != '[' || !c.Filled() || !c.Enter('[') {
				t.Fatal("no array")
			}
			for c.Next() {
				got = append(got, "a "+string(c.Value()))
			}
		case "d":
			if n := c.Length(); n != 1 {
				t.Errorf("the string has %d bytes", n)
			}
		case "f":
			if c.Filled() || c.Enter('{') { // which steps over it
				t.Error("an empty array is a filled one, or an object")
			}
		default:
			got = append(got, key+" "+string(c.Value()))
		}
	}
	want := []string{`a 1`, `a "x\"y"`, `a {}`, `b {"c":null}`}
	if !slices.Equal(got, want) || string(doc[c.At:]) != " tail" {
		t.Errorf("found %q, then %q", got, doc[c.At:])
	}
}

// FuzzCursor checks that a cursor goes over checked JSON exactly, and ends on anything.
func FuzzCursor(f *testing.F) {
	seeds(f, func(doc string) { f.Add([]byte(doc)) })
	f.Fuzz(func(t *testing.T, doc []byte) {
		c := CursorAt(doc, 0)
		for c.Next() { // ends whatever doc is
			before := c.At
			c.Skip()
			if c.At == before && c.Peek() != ',' && c.Peek() != ':' {
				c.At++
			}
		}
		if Valid(doc) != nil {
			return
		}
		c = CursorAt(doc, 0)
		if v := c.Value(); !bytes.Equal(v, bytes.TrimSpace(doc)) {
			t.Fatalf("%q is one value, not %q", doc, v)
		}
		checkCursor(t, doc)
		checkKept(t, doc)
	})
}

// checkKept walks the members of doc with what was kept of their strings, as far as there was room, and
// without.
func checkKept(t *testing.T, doc []byte) {
	for _, room := range []int{1, 3, 1000} {
		m := Object(doc)
		m.ends = &ends{of: make([]ending, 0, room)}
		for m.Next() {
			if kept, alone := m.Cursor(), CursorAt(doc, m.Value().Start); !slices.Equal(leaves(&kept), leaves(&alone)) || kept.At != alone.At {
				t.Fatalf("%q: %s is read otherwise with %v", doc, m.Key(), m.ends.of)
			}
		}
	}
}

// leaves are the places of all values that are not made of others, or of every other such, so that some
// of them are stepped over in one.
func leaves(c *Cursor) (at []int) {
	switch b := c.Peek(); {
	case b == '{' && c.Enter('{'):
		for skip := false; c.Next(); skip = !skip {
			if c.Key(); skip {
				c.Skip()
			} else {
				at = append(at, leaves(c)...)
			}
			at = append(at, c.At)
		}
	case b == '[' && c.Enter('['):
		for c.Next() {
			at = append(at, leaves(c)...)
		}
	default:
		c.Skip()
	}
	return append(at, c.At)
}

// Many strings are kept, of a large document.
func TestKeep(t *testing.T) {
	doc := []byte(`{"a":["` + strings.Repeat(`x\"y","`, 2000) + `"],"b":{"c":"d"}}`)
	for size, want := range map[int]int{len(doc): len(doc) / bytesPerString, 100: 0} {
		m := Object(doc[:size])
		m.Keep()
		for m.Next() {
			if kept, alone := m.Cursor(), CursorAt(doc, m.Value().Start); !slices.Equal(leaves(&kept), leaves(&alone)) {
				t.Errorf("%s is read otherwise", m.Key())
			}
		}
		if m.ends != nil && len(m.ends.of) != want || m.ends == nil && want > 0 {
			t.Errorf("of %d bytes the wrong number of strings is kept", size)
		}
	}
}

// checkCursor walks doc, an object or array, beside encoding/json.
func checkCursor(t *testing.T, doc []byte) {
	c := CursorAt(doc, 0)
	switch c.Peek() {
	case '{':
		var want map[string]json.RawMessage
		if err := json.Unmarshal(doc, &want); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		c.Enter('{')
		for c.Next() {
			key := string(c.Key())
			got[key] = string(c.Value())
		}
		for key, v := range want {
			if len(key) < 10 && got[key] != string(v) { // longer ones may be written with many escapes
				t.Fatalf("%q: member %q is %s, not %s", doc, key, v, got[key])
			}
			checkCursor(t, v)
		}
	case '[':
		var want []json.RawMessage
		if err := json.Unmarshal(doc, &want); err != nil {
			t.Fatal(err)
		}
		c.Enter('[')
		n := 0
		for ; c.Next(); n++ {
			if v := c.Value(); n >= len(want) || string(want[n]) != string(v) {
				t.Fatalf("%q: element %d is %s", doc, n, v)
			}
		}
		if n != len(want) {
			t.Fatalf("%q: %d elements, not %d", doc, n, len(want))
		}
	}
	if c.At != len(bytes.TrimRight(doc, " \t\r\n")) && (doc[0] == '{' || doc[0] == '[') {
		t.Fatalf("%q: ends at %d", doc, c.At)
	}
}
