package config

import (
	"slices"
	"strconv"
	"strings"

	"strowger/core/catalog"
)

// reader takes one value of the file into the configuration. What is wrong with the
// value it tells the walk; it then leaves its target alone. It also knows the shape of
// what it takes.
type reader struct {
	read  func(w *walk, n *node)
	shape func() shape
}

// field is one legal key of a section. Fields are read in the order of their table, not
// of the file: a reader may use what those before it have read.
type field struct {
	name    string
	about   string // what it is, in a line
	read    reader
	needed  bool // its absence is a problem
	def     any  // what counts without it, where that is one value
	example any
}

// walk goes through the tree of a file along the tables of fields, and collects what is
// wrong with it.
type walk struct {
	lookup   func(name string) (string, bool) // environment variables
	path     place
	keys     []spot // where each step of path stands
	problems Problems
	warnings Problems
	broken   map[string]bool // places that have a problem
	secrets  []string        // never to be shown
	literal  []string        // those of them that stand in the file as they are
}

// isBroken reports whether something is wrong with what is being read, or steps below it.
func (w *walk) isBroken(below ...string) bool {
	return w.broken[joined(append(slices.Clone(w.path), below...))]
}

// spot is a place in the text.
type spot struct{ line, column int }

// refuse reports a problem of the value n.
func (w *walk) refuse(n *node, message, near string) {
	w.broken[joined(w.path)] = true
	w.problems = append(w.problems, Problem{Line: n.line, Column: n.column, Place: w.path.String(), Message: message, Near: near})
}

// refuseKey reports a problem of the key that is being read.
func (w *walk) refuseKey(message, near string) {
	here := w.here()
	w.refuse(&node{line: here.line, column: here.column}, message, near)
}

// warn reports what is accepted but worth saying of the key that is being read.
func (w *walk) warn(message string) {
	here := w.here()
	w.warnings = append(w.warnings, Problem{Line: here.line, Column: here.column, Place: w.path.String(), Message: message})
}

// expected reports a value of the wrong type.
func (w *walk) expected(n *node, want string) {
	w.refuse(n, "expected "+want+", found "+n.found(false), "")
}

// expectedPrivate is expected for a value that must not be shown.
func (w *walk) expectedPrivate(n *node, want string) {
	w.refuse(n, "expected "+want+", found "+n.found(true), "")
}

// here is where the key or item stands that is being read.
func (w *walk) here() spot {
	if len(w.keys) == 0 {
		return spot{1, 1}
	}
	return w.keys[len(w.keys)-1]
}

// into reads a value one step further down.
func (w *walk) into(step string, where spot, n *node, read reader) {
	w.path, w.keys = append(w.path, step), append(w.keys, where)
	if n.kind == bad {
		w.refuse(n, n.text, "")
		if step == mergeKey { // anything may be missing now
			w.broken[joined(w.path[:len(w.path)-1])] = true
		}
	} else {
		read.read(w, n)
	}
	w.path, w.keys = w.path[:len(w.path)-1], w.keys[:len(w.keys)-1]
}

// entries are the entries of a mapping, each name once; nothing at all is an empty one.
func (w *walk) entries(n *node) []entry {
	if n.kind != mapping {
		if n.kind != null {
			w.expectedPrivate(n, "a mapping")
		}
		return nil
	}
	first := map[string]int{}
	out := make([]entry, 0, len(n.entries))
	for _, e := range n.entries {
		if line, ok := first[e.name]; ok && e.value.kind != bad {
			w.into(e.name, spot{e.line, e.column}, e.value, refusal("duplicate key; it stands on line "+strconv.Itoa(line)+" already"))
			continue
		}
		first[e.name] = e.line
		out = append(out, e)
	}
	return out
}

// section reads a mapping with a fixed set of keys.
func section(fields []field) reader {
	read := func(w *walk, n *node) {
		entries := w.entries(n)
		if n.kind != mapping && n.kind != null {
			return
		}
		var legal []string
		read := make([]bool, len(entries))
		for _, f := range fields {
			legal = append(legal, f.name)
			i := slices.IndexFunc(entries, func(e entry) bool { return e.name == f.name })
			if i >= 0 {
				read[i] = true
				w.into(f.name, spot{entries[i].line, entries[i].column}, entries[i].value, f.read)
			}
		}
		for i, e := range entries {
			if !read[i] {
				w.into(e.name, spot{e.line, e.column}, e.value, unknown(legal, n))
			}
		}
		for _, f := range fields { // last: a misspelt key is not missing
			if f.needed && !slices.ContainsFunc(entries, func(e entry) bool { return e.name == f.name }) && !w.isBroken() && !w.isBroken(f.name) {
				w.into(f.name, w.here(), &node{}, refusal(missing(f)))
			}
		}
	}
	return reader{read, func() shape {
		s := shape{Type: []string{"object", "null"}, Additional: false}
		for _, f := range fields {
			s.Properties = append(s.Properties, property{f.name, f.shape()})
			if f.needed {
				s.Required = append(s.Required, f.name)
			}
		}
		return s
	}}
}

// refusal refuses a key, whatever its value.
func refusal(message string) reader {
	return reader{read: func(w *walk, _ *node) { w.refuseKey(message, "") }}
}

// missing is what is said when f is not there.
func missing(f field) string {
	if names := f.read.shape().Enum; len(names) > 0 {
		return "missing; it is one of " + strings.Join(names, ", ")
	}
	return "missing"
}

// unknown refuses a key of in that is none of the legal ones.
func unknown(legal []string, in *node) reader {
	return reader{read: func(w *walk, _ *node) {
		last := len(w.path) - 1
		near := catalog.Nearest(w.path[last], legal)
		if near == "" {
			w.refuseKey("unknown key; the keys here are "+strings.Join(legal, ", "), "")
			return
		}
		if in.get(near) == nil { // then it is what was meant, and not missing
			w.broken[joined(append(w.path[:last:last], near))] = true
		}
		w.refuseKey("unknown key", near)
	}}
}

// named reads a mapping whose keys the user chooses, one T a key, in the file's order.
func named[T any](to *[]T, one func(name string, v *T) reader) reader {
	read := func(w *walk, n *node) {
		for _, e := range w.entries(n) {
			*to = append(*to, *new(T))
			w.into(e.name, spot{e.line, e.column}, e.value, one(e.name, &(*to)[len(*to)-1]))
		}
	}
	return reader{read, func() shape {
		return shape{Type: []string{"object", "null"}, Additional: one("", new(T)).shape()}
	}}
}

// listOf reads a list, one T an item. An empty list leaves an empty slice, not nil.
func listOf[T any](to *[]T, one func(v *T) reader) reader {
	read := func(w *walk, n *node) {
		if n.kind == list {
			*to = make([]T, len(n.items))
		}
		items(func(i int) reader { return one(&(*to)[i]) })(w, n)
	}
	return reader{read, func() shape { return lists(one(new(T))) }}
}

// lists is the shape of a list.
func lists(one reader) shape {
	item := one.shape()
	return shape{Type: []string{"array", "null"}, Items: &item}
}

// items reads a list; nothing at all is an empty one.
func items(one func(i int) reader) func(*walk, *node) {
	return func(w *walk, n *node) {
		if n.kind != list && n.kind != null {
			w.expectedPrivate(n, "a list")
			return
		}
		for i, item := range n.items {
			w.into(index(i), spot{item.line, item.column}, item, one(i))
		}
	}
}

// joined is a path as a key of a map.
func joined(path []string) string { return strings.Join(path, "\x00") }
