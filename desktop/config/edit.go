package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Edit makes changes in the text of a file, one after the other, and leaves everything else
// as it is written: comments, order, quotes and line ends. The result is read again and
// holds what the changes say and nothing else; where that cannot be had, as where an anchor
// or alias stands, the text is not changed and the error, a Problem, names the place. The
// result need not be a valid configuration.
func Edit(src []byte, changes []Change) ([]byte, error) {
	if len(src) > maxSize {
		return nil, Problem{Message: tooLarge}
	}
	if len(changes) > maxChanges {
		return nil, Problem{Message: fmt.Sprintf("more than %d changes at once", maxChanges)}
	}
	for _, c := range changes {
		e := editor{work: maxWork}
		if problem := e.open(src); problem != nil {
			return nil, *problem
		}
		next, problem := e.change(c)
		if problem != nil {
			return nil, *problem
		}
		src = next
	}
	return src, nil
}

// maxWork bounds how many bytes are read again in the course of one change.
const maxWork = 64 << 20

// editor makes one change in small steps: after each the text is read anew.
type editor struct {
	raw []byte
	cr  []int // places in the clean text before which raw has one more byte
	*layout
	style style
	work  int
}

// open reads a text.
func (e *editor) open(src []byte) *Problem {
	if e.work -= len(src) + 1; e.work < 0 {
		return &Problem{Message: "the change has too many parts; edit the file itself"}
	}
	clean, problem := clean(src)
	if problem != nil {
		return problem
	}
	d, problem := readDocument(clean)
	if problem != nil {
		return problem
	}
	l, ok := layoutOf(d)
	if !ok {
		return &Problem{Message: "the file is written in a way that keeps it from being changed here; edit the file itself"}
	}
	e.raw, e.layout, e.style, e.cr = src, l, styleOf(l), nil
	at := 0
	rest := strings.TrimPrefix(string(src), "\ufeff")
	for i := 0; i < len(rest); i++ {
		if rest[i] == '\r' && i+1 < len(rest) && rest[i+1] == '\n' {
			e.cr = append(e.cr, at)
			continue
		}
		at++
	}
	return nil
}

// splice replaces parts of the text, which are given in their order, and reads the result.
func (e *editor) splice(parts ...part) *Problem {
	offset := len(e.raw) - len(e.text) - len(e.cr) // of a byte order mark
	raw := func(at int) int {
		// A carriage return belongs to the line break behind it: what ends before the break
		// ends before both.
		n, _ := slices.BinarySearch(e.cr, at)
		return offset + at + n
	}
	var out []byte
	last := 0
	for _, p := range parts {
		out = append(append(out, e.raw[last:raw(p.from)]...), e.breaks(p.text)...)
		last = raw(p.to)
	}
	return e.open(append(out, e.raw[last:]...))
}

// part is what comes in the place of a span.
type part struct {
	span
	text string
}

// breaks is a text with the line breaks of the file.
func (e *editor) breaks(s string) string {
	if len(e.cr) > 0 {
		return strings.ReplaceAll(s, "\n", "\r\n")
	}
	return s
}

// change makes a change and looks whether it is what was made.
func (e *editor) change(c Change) ([]byte, *Problem) {
	if len(c.Path) == 0 {
		return nil, &Problem{Message: "a change needs the path of what it changes"}
	}
	refuse := func(message string) *Problem { return &Problem{Place: shown(c.Path), Message: message} }
	var want *node
	path := c.Path
	switch {
	case c.To != nil:
		var problem *Problem
		path = path[:len(path)-1]
		if want, problem = e.moving(path, c.Path[len(path)], *c.To); problem != nil {
			return nil, problem
		}
	case !c.deletes():
		var err error
		if want, err = valueOf(c.Value); err != nil {
			return nil, refuse("the new value is not JSON: " + err.Error())
		}
	}
	before := e.root
	if problem := e.set(path, want); problem != nil {
		return nil, problem
	}
	if !same(e.root, changed(before, path, want)) {
		return nil, refuse("this cannot be changed without changing something else too; edit the file itself")
	}
	return e.raw, nil
}

// moving is the list at path with one of its items at another place.
func (e *editor) moving(path []any, item any, to int) (*node, *Problem) {
	n, _, steps, problem := e.find(path)
	if problem != nil {
		return nil, problem
	}
	from, numbered := item.(int)
	if !numbered || steps < len(path) || e.root == nil {
		return nil, e.refuse(n, path, "only an item of a list is moved")
	}
	have := reached(e.root, path)
	if have.kind != list || max(from, to) >= len(have.items) || to < 0 {
		return nil, e.refuse(n, path, fmt.Sprintf("expected a list with the items %d and %d, found %s", from, to, have.found(true)))
	}
	rest := slices.Delete(slices.Clone(have.items), from, from+1)
	return &node{kind: list, items: slices.Insert(rest, to, have.items[from])}, nil
}

// refuse is a problem at a value of the file.
func (e *editor) refuse(n ast.Node, path []any, message string) *Problem {
	p := &Problem{Place: shown(path), Message: message}
	if n != nil {
		if first, _ := e.ends(n); first != nil {
			here, _ := e.word(first)
			p.Line, p.Column = 1+strings.Count(e.text[:here.from], "\n"), 1+e.column(here.from)
		}
	}
	return p
}

const shared = "an anchor or alias stands here, so a change would mean more than it says; edit the file itself"

// find goes along a path as far as there is something: the value it came to, what that
// stands in, and how many steps it took.
func (e *editor) find(path []any) (n, in ast.Node, steps int, problem *Problem) {
	n = e.body
	for i, step := range path {
		switch n.(type) {
		case *ast.AnchorNode, *ast.AliasNode:
			return nil, nil, 0, e.refuse(n, path[:i], shared)
		}
		child, _ := e.step(n, step)
		if child == nil {
			return n, in, i, nil
		}
		n, in = child, n
	}
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode:
		return nil, nil, 0, e.refuse(n, path, shared)
	}
	return n, in, len(path), nil
}

// set makes the value at path what is wanted, nil meaning none, in as few places as can be.
func (e *editor) set(path []any, want *node) *Problem {
	n, in, steps, problem := e.find(path)
	if problem != nil {
		return problem
	}
	if steps < len(path) {
		return e.create(n, in, path, steps, want)
	}
	switch have := reached(e.root, path); {
	case want == nil:
		return e.remove(n, path)
	case same(have, want):
		return nil
	case have.kind == mapping && want.kind == mapping && len(have.entries) > 0 && len(want.entries) > 0:
		return e.setEntries(path, have, want)
	case have.kind == list && want.kind == list && len(have.items) > 0 && len(want.items) > 0:
		return e.setItems(path, have, want)
	}
	return e.replace(n, in, path, want)
}

// reached is the value at a path that leads to one.
func reached(n *node, path []any) *node {
	for _, step := range path {
		if i, ok := step.(int); ok {
			n = n.items[i]
		} else {
			n = n.get(step.(string)).value
		}
	}
	return n
}

// create writes what is not there: n, which stands in another, is the last thing on the
// path that is.
func (e *editor) create(n, in ast.Node, path []any, steps int, want *node) *Problem {
	if want == nil {
		return nil // gone already, or brought in by a merge key: then the check says no
	}
	rest := path[steps:]
	have := &node{}
	if e.root != nil {
		have = reached(e.root, path[:steps])
	}
	_, named := rest[0].(string)
	named = named && rest[0] != "-"
	switch {
	case n == nil || have.kind == null || len(have.items)+len(have.entries) == 0 && (have.kind == list && !named || have.kind == mapping && (named || rest[0] == "-")):
		if i, ok := rest[0].(int); ok && i > 0 {
			return e.refuse(n, path, fmt.Sprintf("there is no item %d to come before this one", i-1))
		}
		whole := changed(nil, rest, want)
		if n == nil {
			return e.appendRoot(whole)
		}
		return e.replace(n, in, path[:steps], whole)
	case have.kind == mapping && (named || rest[0] == "-"):
		name := rest[0].(string)
		return e.insertEntry(n, path[:steps], name, changed(nil, rest[1:], want))
	case have.kind == list && !named:
		if i, ok := rest[0].(int); ok && i > len(have.items) {
			return e.refuse(n, path, fmt.Sprintf("the list has %d items", len(have.items)))
		}
		return e.insertItem(n, path[:steps], len(have.items), changed(nil, rest[1:], want), nil)
	}
	return e.refuse(n, path[:steps], fmt.Sprintf("expected a mapping or list with %s in it, found %s", shown(rest[:1]), have.found(true)))
}

// setEntries makes a mapping what is wanted, key by key.
func (e *editor) setEntries(path []any, have, want *node) *Problem {
	for _, w := range want.entries {
		if problem := e.set(append(slices.Clone(path), w.name), w.value); problem != nil {
			return problem
		}
	}
	for _, h := range have.entries {
		if want.get(h.name) == nil {
			if problem := e.set(append(slices.Clone(path), h.name), nil); problem != nil {
				return problem
			}
		}
	}
	return nil
}
