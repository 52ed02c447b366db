package scan

import (
	"bytes"
	"encoding/json"
	"math/big"
	"reflect"
	"strings"
	"testing"
)

func TestCanonical(t *testing.T) {
	for doc, want := range map[string]string{
		` { "b" : [ 1 , 2 ] , "a" : { } } `:         `{"a":{},"b":[1,2]}`,
		`{"b":1,"a":2,"\u0061\u0062":3}`:            `{"a":2,"ab":3,"b":1}`,
		`[1.0,1e0,10e-1,0.1E+1,1]`:                  `[1,1,1,1,1]`,
		`[-0,0.0,-0e9,0e99999999999999999999,-0.0]`: `[0,0,0,0,0]`,
		`[1000,1.50,0.00120,-12e-3,1e400]`:          `[1e3,15e-1,12e-4,-12e-3,1e400]`,
		`9007199254740993`:                          `9007199254740993`,
		`1e00000000000000000000007`:                 `1e7`,
		`"\u0041\/\n\u000A\"\\\ud83d\ude00\u007f"`:  "\"A/\\n\\n\\\"\\\\😀\x7f\"",
		"[\"\\u2028\",\"\u2028\",\"a\u2028\\n\"]":   "[\"\u2028\",\"\u2028\",\"a\u2028\\n\"]",
		`["\uD800","\ud800x","�","\ufffd"]`:         `["\ud800","\ud800x","�","�"]`,
		`[true,false,null,[[]]]`:                    `[true,false,null,[[]]]`,
	} {
		got, err := AppendCanonical([]byte("x"), []byte(doc))
		if err != nil || string(got) != "x"+want {
			t.Errorf("%s\n got  %s %v\n want %s", doc, got, err, want)
		}
	}
	got, err := AppendCanonical(nil, []byte(`{"z":{"model":1},"m\u006fdel":2,"model2":[]}`), "model", "provider")
	if err != nil || string(got) != `{"model2":[],"z":{"model":1}}` {
		t.Errorf("%s %v", got, err)
	}
	if got, err := AppendCanonical(nil, []byte(`{"model":2}`), "model"); err != nil || string(got) != `{}` {
		t.Errorf("%s %v", got, err)
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for _, doc := range []string{
		``, `{`, `{"a":1}x`, `{"a":1,"a":2}`, `[{"a":1,"\u0061":2}]`, `1e1234567890123456789`, `[1e-9999999999999999999]`, `{"a":01}`,
		strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1),
		string(keysDoc(MaxKeys + 1)), `[` + string(keysDoc(MaxKeys+1)) + `]`,
	} {
		if got, err := AppendCanonical([]byte("x"), []byte(doc)); err == nil || string(got) != "x" {
			t.Errorf("%.80s: %.80s", doc, got)
		}
	}
	if _, err := AppendCanonical(nil, keysDoc(MaxKeys)); err != nil {
		t.Error(err)
	}
}

// FuzzCanonical holds the form against encoding/json: it means what the document means, so that
// documents of different meaning differ; and the document as encoding/json writes it, sorted and with
// other escapes, has the same form.
func FuzzCanonical(f *testing.F) {
	seeds(f, func(doc string) { f.Add([]byte(doc)) })
	f.Add([]byte(`{"b":[1.50,-0,{"d":"\u00e9\u2028","c":1E+3}],"a":"\ud83d\ude00"}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := AppendCanonical(nil, doc)
		if err != nil {
			return
		}
		if again, err := AppendCanonical(nil, got); err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%s is no form: %s %v", got, again, err)
		}
		a, b := meaning(t, doc), meaning(t, got)
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%s means something else than %s", got, doc)
		}
		if bytes.Contains(doc, []byte(`\`)) && bytes.Contains(bytes.ToLower(got), []byte(`\ud`)) {
			return // half of a surrogate pair, which encoding/json does not keep
		}
		other, err := json.MarshalIndent(a, " ", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if form, err := AppendCanonical(nil, other); err != nil || !bytes.Equal(form, got) {
			t.Fatalf("%s\n means  %s\n and is %s, not\n %s (%v)", doc, other, form, got, err)
		}
	})
}

// meaning is what encoding/json makes of a document, with numbers that are equal if they are.
func meaning(t *testing.T, doc []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return exactly(v)
}

func exactly(v any) any {
	switch v := v.(type) {
	case json.Number:
		raw := string(v)
		i := strings.IndexAny(raw, "eE")
		if i >= 0 && len(strings.TrimLeft(raw[i+1:], "+-0")) > 4 { // too long to be written out
			form, _ := AppendCanonical(nil, []byte(raw))
			return json.Number(form)
		}
		r, ok := new(big.Rat).SetString(raw)
		if !ok {
			return v
		}
		if r.IsInt() {
			return json.Number(r.Num().String())
		}
		digits, exact := r.FloatPrec()
		if !exact {
			return v
		}
		return json.Number(r.FloatString(digits))
	case []any:
		for i := range v {
			v[i] = exactly(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = exactly(v[k])
		}
	}
	return v
}
