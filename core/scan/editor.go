package scan

import (
	"cmp"
	"slices"
)

// Editor collects changes to a document that is an object, and writes it with them: values replaced,
// members removed and added. It may be fed while the document is being walked or later; the document
// must have turned out to be valid by the time of [Editor.Append]. The zero value is an Editor for an
// empty document. Used again by Reset, it stops allocating.
type Editor struct {
	doc     []byte
	changes []change
	added   [][]byte
	edits   []Edit
}

// change is a value that is set or a member that is removed.
type change struct {
	Edit
	remove bool
}

// Reset forgets all changes and begins with doc, which must stay as it is until the last Append.
func (e *Editor) Reset(doc []byte) {
	e.doc = doc
	clear(e.changes)
	clear(e.added)
	clear(e.edits)
	e.changes, e.added, e.edits = e.changes[:0], e.added[:0], e.edits[:0]
}

// Set replaces the value v, which may be one of a nested object or array, by with: any JSON value, kept
// until Append and not checked. If a value is set twice, the last one counts; what lies inside of
// another value that is set, or of a member that is removed, goes with that.
//
//go:noinline
func (e *Editor) Set(v Value, with []byte) {
	if v.within(e.doc) {
		e.changes = append(e.changes, change{Edit: Edit{v.Start, v.End, with}})
	}
}

// Remove removes the member that doc[start:end] is, as [Members.Span] gives it, with one comma beside it
// if there is one, and the white space between. It may be one of a nested object, or an element of an
// array.
func (e *Editor) Remove(start, end int) {
	if (Value{Start: start, End: end}).within(e.doc) {
		e.changes = append(e.changes, change{Edit{start, end, nil}, true})
	}
}

// Insert adds a member, such as `"key":true`, behind the last one of the outermost object; nothing if
// the document is no object. It is kept until Append and not checked; that the object does not have the
// key yet is the caller's care.
//
//go:noinline
func (e *Editor) Insert(member []byte) { e.added = append(e.added, member) }

// Append appends the document to dst with all changes made; dst must not share memory with it. Bytes
// that no change touches stay as they are. The changes are kept: a second call appends the same.
func (e *Editor) Append(dst []byte) []byte {
	e.settle()
	end, some := e.tail()
	if e.plan() {
		some = false
	}
	size := len(e.doc)
	for _, edit := range e.edits {
		size += len(edit.With)
	}
	for _, member := range e.added {
		size += len(",") + len(member)
	}
	dst = slices.Grow(dst, size)
	dst = AppendEdited(dst, e.doc[:end], e.edits)
	if end < len(e.doc) {
		for _, member := range e.added {
			if some {
				dst = append(dst, ',')
			}
			dst = append(dst, member...)
			some = true
		}
	}
	return append(dst, e.doc[end:]...)
}

// settle sorts the changes and leaves out those that others make void.
func (e *Editor) settle() {
	slices.SortStableFunc(e.changes, func(a, b change) int { return cmp.Compare(a.Start, b.Start) })
	kept := e.changes[:0]
	for _, c := range e.changes {
		last := len(kept) - 1
		switch {
		case last < 0 || c.Start >= kept[last].End:
			kept = append(kept, c)
		case c.Start == kept[last].Start: // the same span, then: what begins a value begins no other
			kept[last] = c
		}
	}
	clear(e.changes[len(kept):])
	e.changes = kept
}

// plan turns the changes into edits and reports whether they leave the outermost object empty.
func (e *Editor) plan() (emptied bool) {
	e.edits = e.edits[:0]
	for i := 0; i < len(e.changes); {
		c := e.changes[i]
		i++
		if !c.remove {
			e.edits = append(e.edits, c.Edit)
			continue
		}
		for ; i < len(e.changes) && e.changes[i].remove && e.changes[i].Start == e.after(c.End); i++ {
			c.End = e.changes[i].End
		}
		cut, all := e.cut(c.Start, c.End)
		e.edits = append(e.edits, cut)
		emptied = emptied || all
	}
	return emptied
}

// tail returns the place behind the last member of the outermost object, or behind its opening brace if
// it has none, and whether it has some; the end of doc if doc is no object.
func (e *Editor) tail() (at int, some bool) {
	shut := spaceBefore(e.doc, len(e.doc))
	if shut == 0 || e.doc[shut-1] != '}' {
		return len(e.doc), false
	}
	at = spaceBefore(e.doc, shut-1)
	return at, at > 0 && e.doc[at-1] != '{'
}

// after returns where the next member begins, given where one ends; -1 if that was the last one.
func (e *Editor) after(end int) int {
	comma := skipSpace(e.doc, end)
	if peek(e.doc, comma) != ',' {
		return -1
	}
	return skipSpace(e.doc, comma+1)
}

// cut returns the edit that removes the neighbouring members from start to end: with the comma behind
// them, or with the one in front if they are the last ones. all says that they are all members of the
// outermost object.
func (e *Editor) cut(start, end int) (cut Edit, all bool) {
	if next := e.after(end); next >= 0 {
		return Edit{start, next, nil}, false
	}
	front := spaceBefore(e.doc, start) - 1
	if front >= 0 && e.doc[front] == ',' {
		return Edit{front, end, nil}, false
	}
	return Edit{start, end, nil}, front == skipSpace(e.doc, 0)
}

// spaceBefore returns where the white space begins that ends at i.
func spaceBefore(doc []byte, i int) int {
	for i > 0 && isSpace(doc[i-1]) {
		i--
	}
	return i
}
