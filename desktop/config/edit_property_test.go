package config_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"strowger/desktop/config"
)

// writer writes random files in every style there is. Each scalar, key and comment is there
// once, so that what a change has touched can be told.
type writer struct {
	*rand.Rand
	strings.Builder
	n       int
	eol     string
	json    bool
	scalars []scalar
}

type scalar struct {
	path    []any
	written string
}

func (w *writer) pick(of ...string) string { return of[w.IntN(len(of))] }

func (w *writer) name(prefix string) string { w.n++; return fmt.Sprintf("%s%d", prefix, w.n) }

// comment is what may stand at the end of a line.
func (w *writer) comment() string {
	if w.json {
		return ""
	}
	return w.pick("", "", "  ", "\t", " # "+w.name("c"), "\t# é "+w.name("c"))
}

// between is what may stand between lines.
func (w *writer) between(indent string) {
	if !w.json {
		w.WriteString(w.pick("", "", "", w.eol, indent+"# "+w.name("c")+w.eol, "   "+w.eol))
	}
}

func (w *writer) value(path []any) string {
	v := w.name("v")
	written := w.pick(v, `"`+v+`"`, "'"+v+"'", "é"+v, `"\u00e9\n`+v+`"`, "'it''s "+v+"'")
	if w.json {
		written = `"` + v + `"`
	}
	w.scalars = append(w.scalars, scalar{slices.Clone(path), written})
	return written
}

func (w *writer) key() (name, written string) {
	name = w.name("k")
	if w.json {
		return name, `"` + name + `"`
	}
	return name, w.pick(name, name, `"`+name+`"`, "'"+name+"'")
}

// braces writes a value in one line or several.
func (w *writer) braces(path []any, depth int, indent string) {
	if depth == 0 || w.IntN(3) == 0 {
		w.WriteString(w.value(path))
		return
	}
	inner, sep, end := "", w.pick(" ", "  "), ""
	if w.json || w.IntN(3) == 0 {
		inner, end = w.eol+indent+w.pick("  ", "    "), w.eol+indent
		if w.json && w.IntN(3) == 0 {
			inner = w.eol + indent + "\t"
		}
		sep = inner
	}
	n := w.IntN(4)
	list := w.IntN(2) == 0 && len(path) > 0
	w.WriteString(map[bool]string{true: "[", false: "{"}[list])
	for i := range n {
		if i > 0 {
			w.WriteString("," + sep)
		} else {
			w.WriteString(inner)
		}
		if list {
			w.braces(append(path, i), depth-1, strings.TrimPrefix(inner, w.eol))
			continue
		}
		name, written := w.key()
		w.WriteString(written + ": ")
		w.braces(append(path, name), depth-1, strings.TrimPrefix(inner, w.eol))
	}
	if n > 0 {
		w.WriteString(end)
	}
	w.WriteString(map[bool]string{true: "]", false: "}"}[list])
}

// block writes the pairs of a mapping or the items of a list.
func (w *writer) block(path []any, depth int, indent string, list bool, first string) {
	for i := range 1 + w.IntN(4) {
		lead := indent
		if i == 0 {
			lead = first
		} else {
			w.between(indent)
		}
		w.WriteString(lead)
		var step any = i
		written := "-"
		if !list {
			step, written = w.key()
			written += ":"
		}
		at := append(slices.Clone(path), step)
		deeper := indent + w.pick("  ", "  ", "    ")
		switch k := w.IntN(7); {
		case depth > 0 && k < 2 && !list:
			w.WriteString(written + w.comment() + w.eol)
			w.between(deeper)
			w.block(at, depth-1, deeper, k == 0, deeper)
		case depth > 0 && k < 2: // a mapping behind the hyphen
			w.WriteString("- ")
			w.block(at, depth-1, indent+"  ", false, "")
		case k == 2 && !list:
			w.WriteString(written + w.comment() + w.eol)
		case k == 3 && !list:
			w.WriteString(written + " |" + w.eol + indent + "    one " + w.name("v") + w.eol + w.eol + indent + "    two" + w.eol)
		case k == 4:
			w.WriteString(written + " ")
			w.braces(at, 2, indent+"  ")
			w.WriteString(w.comment() + w.eol)
		default:
			w.WriteString(written + w.pick(" ", "   ") + w.value(at) + w.comment() + w.eol)
		}
	}
}

func randomFile(seed uint64) *writer {
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 1)), eol: "\n"}
	if w.IntN(4) == 0 {
		w.eol = "\r\n"
	}
	if w.json = w.IntN(5) == 0; w.json {
		for w.Len() < 3 { // not a scalar, nor nothing
			w.Reset()
			w.scalars = nil
			w.WriteString("{" + w.eol + ` "a": `)
			w.braces([]any{"a"}, 3, " ")
			w.WriteString(w.eol + "}" + w.eol)
		}
		return w
	}
	w.between("")
	w.block(nil, 3, "", false, "")
	w.between("")
	return w
}

func (w *writer) file() string {
	s := w.String()
	if w.IntN(5) == 0 {
		s = strings.TrimRight(s, "\r\n")
	}
	return s
}

// without leaves out what is at a path, with does the opposite: the independent model.
func with(v any, path []any, to any, gone bool) any {
	if len(path) == 0 {
		return to
	}
	if name, ok := path[0].(string); ok {
		m, _ := v.(map[string]any)
		out := map[string]any{}
		for k, x := range m {
			out[k] = x
		}
		if gone && len(path) == 1 {
			delete(out, name)
		} else {
			out[name] = with(out[name], path[1:], to, gone)
		}
		return out
	}
	i := path[0].(int)
	l, _ := v.([]any)
	out := slices.Clone(l)
	switch {
	case gone && len(path) == 1:
		return slices.Delete(out, i, i+1)
	case i == len(out):
		return append(out, with(nil, path[1:], to, gone))
	}
	out[i] = with(out[i], path[1:], to, gone)
	return out
}

// read is the meaning of a file, as JSON has it.
func read(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return tidied(v)
}

// tidied takes nothing for nothing, however it is written.
func tidied(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			out[k] = tidied(x)
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		out := []any{}
		for _, x := range v {
			out = append(out, tidied(x))
		}
		return out
	case uint64:
		return float64(v)
	}
	return v
}

var commentForm = regexp.MustCompile(`# (é )?c\d+`)

// subsequence reports whether all bytes of a stand in b in their order.
func subsequence(a, b string) bool {
	for i := 0; i < len(b) && a != ""; i++ {
		if b[i] == a[0] {
			a = a[1:]
		}
	}
	return a == ""
}

// kinds of changes.
const (
	another = iota // scalar in the place of one
	more           // at the end of what one stands in
	gone
	parents // made on the way
	kinds
)

// trial is a change of a random file.
type trial struct {
	*testing.T
	seed   uint64
	w      *writer
	text   string
	before any
	at     scalar
	kind   int
	change config.Change
	value  any
}

func newTrial(t *testing.T, seed uint64) *trial {
	w := randomFile(seed)
	tr := &trial{T: t, seed: seed, w: w, text: w.file()}
	if len(w.scalars) == 0 {
		return nil
	}
	tr.before = read(t, tr.text)
	tr.at, tr.kind = w.scalars[w.IntN(len(w.scalars))], w.IntN(kinds)
	tr.change.Path = slices.Clone(tr.at.path)
	switch last := len(tr.at.path) - 1; tr.kind {
	case another:
		tr.value = "new-value"
	case more:
		tr.change.Path[last] = "-"
		if _, named := tr.at.path[last].(string); named {
			tr.change.Path[last] = "added"
		}
		tr.value = []any{"x", float64(1), map[string]any{"a": "b", "c": []any{"d: e", true}}, []any{}, []any{map[string]any{"long": strings.Repeat("x ", 50) + "y", "more": []any{strings.Repeat("z", 80)}}}}[w.IntN(5)]
	case parents:
		tr.change.Path, tr.value = []any{"new", "parent", "key"}, map[string]any{"a": float64(1)}
	}
	if tr.value != nil {
		tr.change.Value, _ = json.Marshal(tr.value)
	}
	return tr
}

// where is the path of the change with the number that "-" stands for.
func (tr *trial) where() []any {
	path := tr.change.Path
	if path[len(path)-1] != "-" {
		return path
	}
	path = tr.at.path[:len(tr.at.path)-1]
	l := tr.before
	for _, step := range path {
		if i, ok := step.(int); ok {
			l = l.([]any)[i]
		} else {
			l = l.(map[string]any)[step.(string)]
		}
	}
	return append(slices.Clone(path), len(l.([]any)))
}

// check looks at what came out: what it means, and that nothing else has changed.
func (tr *trial) check(got string) {
	fail := func(what string) {
		tr.Fatalf("seed %d: %s: %v = %s\nfrom\n%s\nto\n%s\n%q", tr.seed, what, tr.change.Path, tr.change.Value, tr.text, got, got)
	}
	if after, want := read(tr.T, got), tidied(with(tr.before, tr.where(), tr.value, tr.value == nil)); !reflect.DeepEqual(after, want) {
		fail(fmt.Sprintf("means\n%v, not\n%v", after, want))
	}
	switch tr.kind {
	case another:
		quoted := "new-value"
		if q := tr.at.written[:1]; q == `"` || q == "'" {
			quoted = q + quoted + q
		}
		if got != strings.Replace(tr.text, tr.at.written, quoted, 1) {
			fail("other bytes changed")
		}
	case more, parents:
		if !subsequence(tr.text, got) {
			fail("something is missing")
		}
	case gone:
		if !subsequence(strings.NewReplacer(" {}", "", " []", "", "{}", "", "[]", "").Replace(got), tr.text) {
			fail("something is new")
		}
		if len(commentForm.FindAllString(tr.text, -1))-len(commentForm.FindAllString(got, -1)) > 1 {
			fail("comments are lost")
		}
	}
	if strings.Contains(tr.text, "\r\n") && bareBreak.MatchString(got) {
		fail("mixed line ends")
	}
}

var bareBreak = regexp.MustCompile(`[^\r]\n`)

func TestEditKeepsEverythingElse(t *testing.T) {
	const files = 3000
	refused := 0
	for seed := range uint64(files) {
		tr := newTrial(t, seed)
		if tr == nil {
			continue
		}
		got, err := config.Edit([]byte(tr.text), []config.Change{tr.change})
		if err != nil {
			refused++
			continue
		}
		tr.check(string(got))
	}
	if refused > files/100 { // what follows a literal at the end of a file, for instance
		t.Errorf("%d of %d changes refused", refused, files)
	}
}
