package scan

// walk goes over the items of one array or object. doc is cut off at the end of what is walked, so
// that the end of doc means the same for a whole document and for a value in it.
type walk struct {
	doc   []byte
	pos   int  // what has been checked ends here
	begun bool // the opening bracket is behind
	done  bool // nothing more to come: all read, or an error
	val   Value
	err   *Error
	ends  *ends // nil: nobody asks for them
}

// walkAt returns a walk over v, which is to be of the given kind.
func walkAt(doc []byte, v Value, kind Kind, msg string) walk {
	if v.Kind != kind || !v.within(doc) {
		return walk{done: true, err: &Error{v.Start, msg}}
	}
	return walk{doc: doc[:v.End], pos: v.Start}
}

// Value returns the span of the current value, in the whole document.
func (w *walk) Value() Value { return w.val }

// Err returns why the document is refused (an *Error), or nil. Nil says that all of it is in order only
// after Next has returned false.
func (w *walk) Err() error {
	if w.err == nil {
		return nil
	}
	return w.err
}

func (w *walk) fail(at int, msg string) bool {
	if at >= len(w.doc) {
		msg = msgEnd
	}
	w.err = &Error{at, msg}
	w.done = true
	return false
}

// step moves to the next item and reports whether there is one; missing is the message if there is
// neither a comma nor the end.
func (w *walk) step(open, shut byte, absent, missing string) bool {
	i := skipSpace(w.doc, w.pos)
	c := peek(w.doc, i)
	switch {
	case !w.begun && c != open:
		return w.fail(i, absent)
	case !w.begun:
		w.begun = true
		i = skipSpace(w.doc, i+1)
		if peek(w.doc, i) == shut {
			return w.finish(i + 1)
		}
	case c == ',':
		i = skipSpace(w.doc, i+1)
	case c == shut:
		return w.finish(i + 1)
	default:
		return w.fail(i, missing)
	}
	w.pos = i
	return true
}

// finish checks that nothing but white space follows the place behind the outermost value.
func (w *walk) finish(i int) bool {
	w.done = true
	if i = skipSpace(w.doc, i); i < len(w.doc) {
		return w.fail(i, msgTrailing)
	}
	w.pos = i
	return false
}

// value checks the value at i and makes it the current one.
func (w *walk) value(i int) bool {
	end, kind, msg := skipValue(w.doc, i, 1, w.ends)
	if msg != "" {
		return w.fail(end, msg)
	}
	w.val = Value{kind, i, end}
	w.pos = end
	return true
}

// Elements walks the elements of an array. Use it by pointer, and copy it at most before the first Next.
type Elements struct{ walk }

// Array walks the array that doc consists of. The whole of doc is checked on the way.
func Array(doc []byte) Elements { return Elements{walk{doc: doc}} }

// ArrayAt walks the array v of doc, v being a value that was found in doc. If it is no array, Next
// returns false and Err says so.
func ArrayAt(doc []byte, v Value) Elements { return Elements{walkAt(doc, v, KindArray, msgArray)} }

// Next moves to the next element and reports whether there is one: false at the end and at an error.
func (e *Elements) Next() bool {
	return !e.done && e.step('[', ']', msgArray, msgInArray) && e.value(e.pos)
}
