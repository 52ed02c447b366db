package scan

import (
	"strings"
	"testing"
)

func TestArray(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{`[]`, ""},
		{" [ ] ", ""},
		{`[1]`, "1"},
		{` [ 1 , "a,]" , [2,3] ,{"a":[]},null , true,false ] `, `1|"a,]"|[2,3]|{"a":[]}|null|true|false`},
	} {
		var got []string
		a := Array([]byte(c.doc))
		for a.Next() {
			got = append(got, string(a.Value().Raw([]byte(c.doc))))
		}
		if a.Err() != nil || strings.Join(got, "|") != c.want {
			t.Errorf("%s: %q, %v", c.doc, got, a.Err())
		}
		if a.Next() || a.Err() != nil {
			t.Errorf("%s: goes on after its end: %v", c.doc, a.Err())
		}
	}
}

func TestArrayRefuses(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{``, "invalid JSON at byte 0: unexpected end"},
		{`{}`, "invalid JSON at byte 0: expected an array"},
		{`1`, "invalid JSON at byte 0: expected an array"},
		{`[`, "invalid JSON at byte 1: unexpected end"},
		{`[,]`, "invalid JSON at byte 1: expected a value"},
		{`[1,]`, "invalid JSON at byte 3: expected a value"},
		{`[1`, "invalid JSON at byte 2: unexpected end"},
		{`[1 2]`, "invalid JSON at byte 3: expected ',' or ']'"},
		{`[1}`, "invalid JSON at byte 2: expected ',' or ']'"},
		{`[] x`, "invalid JSON at byte 3: unexpected data after the document"},
	} {
		a := Array([]byte(c.doc))
		for a.Next() {
		}
		if a.Err() == nil || a.Err().Error() != c.want {
			t.Errorf("%s: %v, want %s", c.doc, a.Err(), c.want)
		}
	}
}

func TestArrayAt(t *testing.T) {
	doc := []byte(`{"stop":["a", "b"],"n":2}`)
	m := Object(doc)
	if !m.Next() {
		t.Fatal(m.Err())
	}
	var got []string
	a := ArrayAt(doc, m.Value())
	for a.Next() {
		s, ok := String(doc, a.Value())
		if !ok {
			t.Errorf("%+v is no string", a.Value())
		}
		got = append(got, s)
	}
	if a.Err() != nil || strings.Join(got, "") != "ab" {
		t.Errorf("%q, %v", got, a.Err())
	}
	if !m.Next() {
		t.Fatal(m.Err())
	}
	if n := ArrayAt(doc, m.Value()); n.Next() || n.Err() == nil {
		t.Error("a number passes as an array")
	}
}

func TestKinds(t *testing.T) {
	doc := []byte(`[null,false,true,-1.5,"s",[],{}]`)
	want := KindNull
	a := Array(doc)
	for a.Next() {
		if a.Value().Kind != want {
			t.Errorf("%s: kind %d, want %d", a.Value().Raw(doc), a.Value().Kind, want)
		}
		want++
	}
	if want != KindObject+1 || a.Err() != nil {
		t.Error(want, a.Err())
	}
}
