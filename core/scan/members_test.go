package scan

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// walkAll returns the members of doc as `key=value` lines.
func walkAll(doc string) (string, error) {
	var out []string
	m := Object([]byte(doc))
	for m.Next() {
		start, end := m.Span()
		if start >= m.Value().Start || end != m.Value().End || doc[start] != '"' {
			return "", fmt.Errorf("span %d:%d of value %+v", start, end, m.Value())
		}
		out = append(out, fmt.Sprintf("%s=%s", m.Key(), m.Value().Raw([]byte(doc))))
	}
	return strings.Join(out, "\n"), m.Err()
}

func TestObject(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{`{}`, ""},
		{" \t\r\n{ \t\r\n} \t\r\n", ""},
		{`{"a":1}`, "a=1"},
		{`{ "a" : 1 , "b" : [1, {"a":2}] }`, "a=1\nb=[1, {\"a\":2}]"},
		{`{"a":"}","b":"\"","c":"\\"}`, "a=\"}\"\nb=\"\\\"\"\nc=\"\\\\\""},
		{`{"":null,"a":true,"b":false}`, "=null\na=true\nb=false"},
		{`{"mod\u0065l":"x"}`, `model="x"`},
		{`{"\ud83d\ude00":0}`, "😀=0"},
		{`{"größe":-0.5e+3}`, "größe=-0.5e+3"},
		{`{"` + strings.Repeat(`\u0061`, 100) + `":1}`, strings.Repeat("a", 100) + "=1"},
		{`{"a":1,"A":2,"a ":3,"aa":4}`, "a=1\nA=2\na =3\naa=4"},
		{`{"a":{"x":1,"x":2}}`, `a={"x":1,"x":2}`}, // nested names are not compared
	} {
		got, err := walkAll(c.doc)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v, want %q", c.doc, got, err, c.want)
		}
	}
}

// TestEscapedKeys has names of all lengths, so that both buffers for them are filled to their borders.
func TestEscapedKeys(t *testing.T) {
	for n := range 200 {
		name := strings.Repeat("k", n)
		doc := `{"\n` + name + `":1,"\t` + name + `":2,"` + name + `":3}`
		m := Object([]byte(doc))
		for _, want := range []string{"\n" + name, "\t" + name, name} {
			if !m.Next() || !m.KeyIs(want) || string(m.Key()) != want {
				t.Fatalf("%s: key %q, want %q, %v", doc, m.Key(), want, m.Err())
			}
		}
		for range 2 { // the end stays the end
			if m.Next() || m.Err() != nil {
				t.Errorf("%s: %v", doc, m.Err())
			}
		}
	}
}

// refusal is a document, where it is wrong, and how.
type refusal struct {
	doc    string
	offset int
	msg    string
}

func refuses(t *testing.T, cases []refusal) {
	t.Helper()
	for _, c := range cases {
		m := Object([]byte(c.doc))
		for m.Next() {
		}
		var e *Error
		if err := m.Err(); !errors.As(err, &e) || e.Offset != c.offset || e.Msg != c.msg {
			t.Errorf("%s: %v, want byte %d: %s", c.doc, err, c.offset, c.msg)
		}
		if m.Next() {
			t.Errorf("%s: goes on after an error", c.doc)
		}
	}
}

func TestObjectRefuses(t *testing.T) {
	refuses(t, []refusal{
		{``, 0, msgEnd},
		{`  `, 2, msgEnd},
		{`[]`, 0, msgObject},
		{`"a"`, 0, msgObject},
		{"\ufeff{}", 0, msgObject},
		{`{`, 1, msgEnd},
		{`{]`, 1, msgKey},
		{`{,}`, 1, msgKey},
		{`{a:1}`, 1, msgKey},
		{`{'a':1}`, 1, msgKey},
		{`{"a"}`, 4, msgColon},
		{`{"a":}`, 5, msgValue},
		{`{"a":1`, 6, msgEnd},
		{`{"a":1,}`, 7, msgKey},
		{`{"a":1,,"b":2}`, 7, msgKey},
		{`{"a":1 "b":2}`, 7, msgInObject},
		{`{"a":1]`, 6, msgInObject},
		{`{"a":{"b":1]}`, 11, msgInObject},
		{`{"a":[1}}`, 7, msgInArray},
		{`{"a":[1,]}`, 8, msgValue},
		{`{} {}`, 3, msgTrailing},
		{`{},`, 2, msgTrailing},
		{"{}\x00", 2, msgTrailing},
		{`{"a":tru}`, 5, msgLiteral},
		{`{"a":True}`, 5, msgValue},
		{`{"a":nullx}`, 9, msgInObject},
		{`{"a":nul`, 5, msgLiteral},
		{`{"a":01}`, 6, msgInObject},
		{`{"a":+1}`, 5, msgValue},
		{`{"a":.5}`, 5, msgValue},
		{`{"a":-}`, 6, msgNumber},
		{`{"a":1.}`, 7, msgNumber},
		{`{"a":1e}`, 7, msgNumber},
		{`{"a":1e+}`, 8, msgNumber},
		{`{"a":NaN}`, 5, msgValue},
		{`{"a":0x1}`, 6, msgInObject},
	})
}

func TestObjectRefusesText(t *testing.T) {
	refuses(t, []refusal{
		{"{\"a\n\":1}", 3, msgControl},
		{"{\"a\":\"1234567\x1f\"}", 13, msgControl},
		{"{\"a\":\"\x7f\"}x", 9, msgTrailing},
		{`{"a":"\x"}`, 6, msgEscape},
		{`{"a":"\u12g4"}`, 6, msgEscape},
		{`{"a":"\u12`, 6, msgEscape},
		{`{"a":"\`, 6, msgEscape},
		{`{"a":"b`, 7, msgEnd},
		{`{"a":"12345678`, 14, msgEnd},
		{"{\"a\":\"ä\xff\"}", 8, msgUTF8},
		{"{\"a\":\"\xc0\x80\"}", 6, msgUTF8},         // overlong
		{"{\"a\":\"\xe0\x80\x80\"}", 6, msgUTF8},     // overlong
		{"{\"a\":\"\xed\xa0\x80\"}", 6, msgUTF8},     // surrogate
		{"{\"a\":\"\xf4\x90\x80\x80\"}", 6, msgUTF8}, // beyond U+10FFFF
		{"{\"a\":\"\xe6\x95\"}", 6, msgUTF8},         // cut
		{"{\"a\":\"\xe6\x95", 6, msgUTF8},            // cut
		{"{\"a\xff\":1}", 3, msgUTF8},                // in a key
		{"{\"a\":{\"b\":\"\xff\"}}", 11, msgUTF8},    // deep
		{"{\"a\":1}\u00a0", 7, msgTrailing},          // no JSON white space
	})
}

func TestObjectRefusesDuplicates(t *testing.T) {
	refuses(t, []refusal{
		{`{"a":1,"b":2,"a":3}`, 13, `duplicate key "a"`},
		{`{"model":"x","mod\u0065l":"y"}`, 13, `duplicate key "model"`},
		{`{"mod\u0065l":"x","model":"y"}`, 18, `duplicate key "model"`},
		{`{"\/":1,"/":2}`, 8, `duplicate key "/"`},
		{`{"\ud800":1,"\ufffd":2}`, 12, "duplicate key \"\ufffd\""},
		{`{"":1,"":2}`, 6, `duplicate key ""`},
	})
}

func TestErrorText(t *testing.T) {
	err := Valid([]byte(`{"model": "x", "model": "y"}`))
	if want := `invalid JSON at byte 15: duplicate key "model"`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	long := strings.Repeat("k", 1000)
	err = Valid([]byte(`{"` + long + `":1,"` + long + `":2}`))
	if want := `invalid JSON at byte 1006: duplicate key "` + long[:64] + `…"`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestDepth(t *testing.T) {
	nest := func(open, shut string, n int) string { return strings.Repeat(open, n) + "1" + strings.Repeat(shut, n) }
	for _, c := range []struct{ open, shut string }{{"[", "]"}, {`{"a":`, "}"}, {` [ `, " ] "}} {
		if err := Valid([]byte(nest(c.open, c.shut, MaxDepth))); err != nil {
			t.Errorf("%s: %v", c.open, err)
		}
		err := Valid([]byte(nest(c.open, c.shut, MaxDepth+1)))
		var e *Error
		if !errors.As(err, &e) || e.Msg != msgDepth {
			t.Errorf("%s: %v, want %s", c.open, err, msgDepth)
		}
	}
	a := Array([]byte(nest("[", "]", MaxDepth+1)))
	if a.Next() || a.Err() == nil {
		t.Error("Array accepts one level too many")
	}
}

// keysDoc returns an object of n members.
func keysDoc(n int) []byte {
	doc := []byte(`{"k0":0`)
	for i := 1; i < n; i++ {
		doc = fmt.Appendf(doc, `,"k%d":%d`, i, i)
	}
	return append(doc, '}')
}

func TestManyKeys(t *testing.T) {
	for _, n := range []int{1, fewKeys - 1, fewKeys, fewKeys + 1, 500, MaxKeys} {
		doc := keysDoc(n)
		if err := Valid(doc); err != nil {
			t.Errorf("%d keys: %v", n, err)
		}
		if n == MaxKeys {
			continue
		}
		for _, i := range []int{0, n / 2, n - 1} { // the i-th key once more, plain and with an escape
			for _, format := range []string{`,"k%d":0}`, `,"\u006B%d":0}`} {
				twice := fmt.Appendf(doc[:len(doc)-1:len(doc)-1], format, i)
				var e *Error
				err := Valid(twice)
				if !errors.As(err, &e) || e.Msg != fmt.Sprintf(`duplicate key "k%d"`, i) || e.Offset != len(doc) {
					t.Errorf("%d keys, the %dth twice: %v", n, i, err)
				}
			}
		}
	}
	var e *Error
	if err := Valid(keysDoc(MaxKeys + 1)); !errors.As(err, &e) || e.Msg != msgKeys {
		t.Errorf("%v, want %s", err, msgKeys)
	}
}

// TestSameSum has names that only a full comparison tells apart: sum looks at their ends alone.
func TestSameSum(t *testing.T) {
	name := func(i int) string { return fmt.Sprintf("beginning%05dtheveryend", i) }
	if sum([]byte(name(1))) != sum([]byte(name(2))) {
		t.Fatal("the sums differ: choose other names")
	}
	for _, n := range []int{10, 1000} {
		doc := []byte(`{"first":0`)
		for i := range n {
			doc = fmt.Appendf(doc, `,"%s":1`, name(i))
		}
		if err := Valid(append(doc, '}')); err != nil {
			t.Error(err)
		}
		if err := Valid(fmt.Appendf(doc, `,"%s":1}`, name(n/2))); err == nil {
			t.Errorf("%d keys: duplicate not seen", n)
		}
	}
}

func TestObjectAt(t *testing.T) {
	doc := []byte(`{"a":1, "o" : { "x":[1], "y\n" : "v" } , "d":{"x":1,"x":2}} `)
	m := Object(doc)
	var vals []Value
	for m.Next() {
		vals = append(vals, m.Value())
	}
	if m.Err() != nil {
		t.Fatal(m.Err())
	}
	o := ObjectAt(doc, vals[1])
	if !o.Next() || !o.KeyIs("x") || string(o.Value().Raw(doc)) != "[1]" {
		t.Errorf("first member: %q %+v", o.Key(), o.Value())
	}
	if start, end := o.Span(); string(doc[start:end]) != `"x":[1]` {
		t.Errorf("span %q", doc[start:end])
	}
	if !o.Next() || !o.KeyIs("y\n") || string(o.Value().Raw(doc)) != `"v"` {
		t.Errorf("second member: %q %+v", o.Key(), o.Value())
	}
	if o.Next() || o.Err() != nil {
		t.Errorf("no end: %v", o.Err())
	}
	d := ObjectAt(doc, vals[2])
	for d.Next() {
	}
	if want := `invalid JSON at byte 52: duplicate key "x"`; d.Err() == nil || d.Err().Error() != want {
		t.Errorf("%v, want %s", d.Err(), want)
	}
	for _, v := range []Value{vals[0], {}, {KindObject, -1, 3}, {KindObject, 5, 4}, {KindObject, 0, 1000}} {
		if m := ObjectAt(doc, v); m.Next() || m.Err() == nil {
			t.Errorf("%+v passes as an object", v)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	docs := map[string][]byte{
		"small": []byte(small), "large": large(20<<10, plainText), "dense": large(20<<10, denseText),
		"escaped key": []byte(`{"mod\u0065l":"x","m":{}}`), "keys": keysDoc(fewKeys),
	}
	for name, doc := range docs {
		if n := testing.AllocsPerRun(100, func() {
			m := Object(doc)
			for m.Next() {
				if m.KeyIs("m") {
					o := ObjectAt(doc, m.Value())
					for o.Next() {
					}
				}
			}
			if m.Err() != nil || Valid(doc) != nil {
				t.Fatal(m.Err())
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
