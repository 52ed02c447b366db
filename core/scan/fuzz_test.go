package scan

import (
	"bytes"
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// seeds are documents at the border of what is allowed.
func seeds(f *testing.F, add func(doc string)) {
	f.Helper()
	for _, s := range []string{
		``, ` `, `{}`, `[]`, `[[]]`, `{"a":{}}`, `null`, `true`, `false`, `"x"`, `-1.5e+3`, `01`, `-`, `1.`, `1e`, `tru`, "\ufeff{}",
		small, `{"a":1,"b":[1,2,{"c":null}],"d":"e\n"}`, " { \"a\" : 1 ,\n\t\"b\" : 2\r\n} ",
		`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"\u0061":1,"a":2}`, `{"mod\u0065l":1,"model":2}`, `{"\ud800":1,"\udbff":2}`,
		`{"\ud83d\ude00":1,"😀":2}`, `{"a":{"x":1,"x":2}}`, `{"/":1,"\/":2}`,
		`{"a":1,}`, `{"a":1,,}`, `{"a" 1}`, `{"a":}`, `{,}`, `[1,]`, `[,1]`, `[1 2]`, `{"a":1}}`, `{"a":1} x`, `{"a":1`, `{"a`, `[1`,
		`"\u12"`, `"\x"`, `"\`, "\"\x00\"", "\"\xff\"", "\"\xed\xa0\x80\"", "\"\xe0\x80\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xc1\xbf\"", "\"\xe6\x95\"",
		`"größe 敏捷的棕色狐狸 😀 größe"`, `"12345678\n1234567\"12345678"`, "\"1234567\x1f\"", `"\ud83d\ude00\ud83d\ud83dx"`,
		strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth),
		strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1),
		strings.Repeat(`{"a":`, MaxDepth) + "1" + strings.Repeat("}", MaxDepth),
		string(keysDoc(fewKeys)), string(keysDoc(fewKeys + 2)),
		string(bytes.Replace(keysDoc(fewKeys+2), []byte("k0"), []byte(`k\u0033\u0033`), 1)),
	} {
		add(s)
	}
}

// member is what encoding/json says about a member.
type member struct {
	key   string
	value json.RawMessage
}

// allowed says by means of encoding/json whether doc is to be accepted when walked: names are compared
// in the outermost object.
func allowed(doc []byte) bool {
	if !json.Valid(doc) || !utf8.Valid(doc) || levels(doc) > MaxDepth {
		return false
	}
	members, ok := membersOf(doc)
	if !ok {
		return true
	}
	seen := map[string]bool{}
	for _, m := range members {
		seen[m.key] = true
	}
	return len(seen) == len(members) && len(members) <= MaxKeys
}

// levels returns how many arrays and objects of a valid doc lie in each other.
func levels(doc []byte) (deepest int) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	for depth := 0; ; {
		tok, err := dec.Token()
		if err != nil {
			return deepest
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
			deepest = max(deepest, depth)
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// membersOf returns the members of a valid doc in their order; false if doc is no object.
func membersOf(doc []byte) (members []member, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return nil, false
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			panic(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			panic(err)
		}
		members = append(members, member{key.(string), bytes.TrimSpace(value)})
	}
	return members, true
}

func FuzzValid(f *testing.F) {
	seeds(f, func(doc string) { f.Add([]byte(doc)) })
	f.Fuzz(func(t *testing.T, doc []byte) {
		err := Valid(doc)
		if want := allowed(doc); (err == nil) != want {
			t.Errorf("%q: %v, encoding/json says %v", doc, err, want)
		}
		if e, ok := err.(*Error); err != nil && (!ok || e.Offset < 0 || e.Offset > len(doc)) {
			t.Errorf("%q: bad error %#v", doc, err)
		}
	})
}

func FuzzObject(f *testing.F) {
	seeds(f, func(doc string) { f.Add([]byte(doc)) })
	f.Fuzz(func(t *testing.T, doc []byte) {
		before := bytes.Clone(doc)
		checkObject(t, doc, Object(doc))
		if !bytes.Equal(doc, before) {
			t.Error("the document is changed")
		}
	})
}

// checkObject compares m, a walk over the object that doc is, with encoding/json, and goes on with all
// values in it.
func checkObject(t *testing.T, doc []byte, m Members) {
	var got []member
	var vals []Value
	for m.Next() {
		start, end := m.Span()
		v := m.Value()
		var alone map[string]json.RawMessage
		err := json.Unmarshal(slices.Concat([]byte("{"), doc[start:end], []byte("}")), &alone)
		if key := string(m.Key()); err != nil || !m.KeyIs(key) || !bytes.Equal(alone[key], v.Raw(doc)) {
			t.Fatalf("%q: key %q, value %+v, span %q: %v", doc, key, v, doc[start:end], err)
		}
		got = append(got, member{string(m.Key()), v.Raw(doc)})
		vals = append(vals, v)
	}
	var members []member
	want := allowed(doc)
	if want {
		members, want = membersOf(doc)
	}
	if (m.Err() == nil) != want {
		t.Fatalf("%q: %v, encoding/json says %v", doc, m.Err(), want)
	}
	if !want {
		return
	}
	if !slices.EqualFunc(got, members, func(a, b member) bool { return a.key == b.key && bytes.Equal(a.value, b.value) }) {
		t.Fatalf("%q: %q, want %q", doc, got, members)
	}
	for _, v := range vals {
		checkValue(t, doc, v)
	}
}

// checkValue compares what is decoded from v with encoding/json.
func checkValue(t *testing.T, doc []byte, v Value) {
	raw := v.Raw(doc)
	switch v.Kind {
	case KindString:
		var want string
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		if s, ok := String(doc, v); !ok || s != want {
			t.Errorf("%q: %q, want %q", raw, s, want)
		}
	case KindNumber:
		var want float64
		err := json.Unmarshal(raw, &want)
		if f, ok := Float(raw); ok != (err == nil) || (ok && f != want) {
			t.Errorf("%q: %v, %v, want %v, %v", raw, f, ok, want, err)
		}
	case KindObject:
		// The same members must be found in place and in a document of their own.
		inner, own := ObjectAt(doc, v), Object(raw)
		for own.Next() {
			if !inner.Next() || !bytes.Equal(inner.Key(), own.Key()) || inner.Value().Start != own.Value().Start+v.Start ||
				inner.Value().End != own.Value().End+v.Start || inner.Value().Kind != own.Value().Kind {
				t.Fatalf("%q: %q %+v, want %q %+v", raw, inner.Key(), inner.Value(), own.Key(), own.Value())
			}
		}
		if inner.Next() || (inner.Err() == nil) != (own.Err() == nil) {
			t.Fatalf("%q: %v, want %v", raw, inner.Err(), own.Err())
		}
		checkObject(t, raw, Object(raw))
	case KindArray:
		checkArray(t, raw)
	case KindNull, KindTrue, KindFalse:
		if want := map[Kind]string{KindNull: "null", KindTrue: "true", KindFalse: "false"}[v.Kind]; string(raw) != want {
			t.Errorf("%q is not %s", raw, want)
		}
	default:
		t.Errorf("%q has no kind", raw)
	}
}

func FuzzArray(f *testing.F) {
	seeds(f, func(doc string) { f.Add([]byte(doc)); f.Add([]byte("[" + doc + "]")) })
	f.Fuzz(checkArray)
}

func checkArray(t *testing.T, doc []byte) {
	var vals []Value
	a := Array(doc)
	for a.Next() {
		vals = append(vals, a.Value())
	}
	var want []json.RawMessage
	ok := json.Valid(doc) && utf8.Valid(doc) && levels(doc) <= MaxDepth && json.Unmarshal(doc, &want) == nil && want != nil
	if ok != (a.Err() == nil) {
		t.Fatalf("%q: %v, encoding/json says %v", doc, a.Err(), ok)
	}
	if !ok {
		return
	}
	if len(want) != len(vals) {
		t.Fatalf("%q: %d elements, want %d", doc, len(vals), len(want))
	}
	for i, v := range vals {
		if !bytes.Equal(v.Raw(doc), bytes.TrimSpace(want[i])) {
			t.Fatalf("%q: element %q, want %q", doc, v.Raw(doc), want[i])
		}
		checkValue(t, doc, v)
	}
}

func FuzzUnquote(f *testing.F) {
	seeds(f, func(doc string) { f.Add([]byte(doc)); f.Add([]byte(`"` + doc + `"`)) })
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want string
		trimmed := len(bytes.TrimSpace(raw)) == len(raw)
		ok := json.Valid(raw) && utf8.Valid(raw) && raw[0] == '"' && trimmed && json.Unmarshal(raw, &want) == nil
		got, gotOK := Unquote([]byte("> "), raw)
		if gotOK != ok || string(got) != "> "+want {
			t.Errorf("%q: %q, %v, want %q, %v", raw, got, gotOK, want, ok)
		}
		if len(got) > 2+max(0, len(raw)-2) {
			t.Errorf("%q: longer than its source: %q", raw, got)
		}
	})
}

func FuzzInt(f *testing.F) {
	for _, s := range []string{"0", "-0", "1e3", "1.0", "1.5", "-12.50e1", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
		"922337203685477580.7e1", "1000e-3", "0e999", "1e-999", "x", "01", "1.e1", ""} {
		f.Add([]byte(s))
	}
	number := regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, exp, _ := bytes.Cut(bytes.ToLower(raw), []byte("e")); len(exp) > 4 || len(raw) > 1000 {
			return // too much for math/big; the tables have such numbers
		}
		var want int64
		ok := number.Match(raw) && raw[len(raw)-1] != '\n'
		if ok {
			r, _ := new(big.Rat).SetString(string(raw))
			if ok = r.IsInt() && r.Num().IsInt64(); ok {
				want = r.Num().Int64()
			}
		}
		if got, gotOK := Int(raw); got != want || gotOK != ok {
			t.Errorf("%q: %d, %v, want %d, %v", raw, got, gotOK, want, ok)
		}
	})
}

// FuzzEditor removes, sets and adds members as ops says, a byte a member.
func FuzzEditor(f *testing.F) {
	seeds(f, func(doc string) {
		for _, ops := range []string{"", "\x01", "\x00\x01", "\x01\x01\x01\x01", "\x02\x01\x04", "\x01\x00\x01\x05\x04\x04"} {
			f.Add([]byte(doc), []byte(ops))
		}
	})
	f.Fuzz(func(t *testing.T, doc, ops []byte) {
		if !allowed(doc) {
			return
		}
		if members, ok := membersOf(doc); ok {
			checkEditor(t, doc, ops, len(members))
		}
	})
}

func checkEditor(t *testing.T, doc, ops []byte, n int) {
	var ed Editor
	ed.Reset(doc)
	var want []string // the members that are to come out, as they are spelled
	m := Object(doc)
	for i := 0; m.Next(); i++ {
		op := byte(0)
		if i < len(ops) {
			op = ops[i]
		}
		start, end := m.Span()
		v := m.Value()
		switch op % 4 {
		case 1:
			ed.Remove(start, end)
			if op&8 != 0 {
				ed.Set(v, []byte("void"))
			}
		case 2:
			if op&8 != 0 {
				ed.Set(v, []byte("void"))
			}
			ed.Set(v, []byte(`{"set":[]}`))
			want = append(want, string(doc[start:v.Start])+`{"set":[]}`)
		default:
			want = append(want, string(doc[start:end]))
		}
	}
	for i := n; i < min(len(ops), n+3); i++ {
		name := `"added ` + strings.Repeat("+", len(doc)+i) + `":1` // longer than any name in doc
		ed.Insert([]byte(name))
		want = append(want, name)
	}
	out := ed.Append([]byte("> "))[2:]
	if !allowed(out) {
		t.Fatalf("%q %v: invalid: %q", doc, ops, out)
	}
	var got []string
	o := Object(out)
	for o.Next() {
		start, end := o.Span()
		got = append(got, string(out[start:end]))
	}
	if o.Err() != nil || !slices.Equal(got, want) {
		t.Fatalf("%q %v: %q\nmembers %q\nwant    %q\n%v", doc, ops, out, got, want, o.Err())
	}
	if len(ops) == 0 && !bytes.Equal(out, doc) {
		t.Fatalf("%q: changed to %q without a change", doc, out)
	}
}

// FuzzBehind: what is left behind a part of a literal is what is left of what the literal
// stands for, to the next whole character; of what is no literal, it is some place in it.
func FuzzBehind(f *testing.F) {
	seeds(f, func(doc string) { f.Add([]byte(doc)) })
	for _, s := range []string{`"`, `"\u00`, `"\ud83d\ud`, `"\ud83d\u0041"`, `"\ude00\ud83d"`, `"\\\ud83d\ude00\""`, `"\ud83d\ud83d\ude00é\n"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<10 {
			return
		}
		text, ok := Unquote(nil, raw)
		for n := -1; n <= max(len(text), len(raw))+1; n++ {
			at := Behind(raw, n)
			if !ok {
				if at < 0 || at > len(raw) {
					t.Fatalf("%q: %d bytes end at %d", raw, n, at)
				}
				continue
			}
			from := min(max(n, 0), len(text))
			for from < len(text) && !utf8.RuneStart(text[from]) {
				from++
			}
			rest, whole := Unquote(nil, append([]byte{'"'}, raw[at:]...))
			if !whole || !bytes.Equal(rest, text[from:]) {
				t.Fatalf("%q: behind %d bytes there is %q, %v; want %q", raw, n, rest, whole, text[from:])
			}
		}
	})
}
