package scan

import "slices"

// Edit replaces doc[Start:End] by With; if Start is End, it inserts.
type Edit struct {
	Start, End int
	With       []byte
}

// AppendEdited appends doc to dst with the edits made. They are to be sorted by Start and not to
// overlap; several may insert at one place, in their order. An edit that begins before the end of the
// one made before it, or does not lie in doc, is left out: nothing panics and no byte is written twice.
// dst must not share memory with doc.
func AppendEdited(dst, doc []byte, edits []Edit) []byte {
	size := len(doc)
	for _, e := range edits {
		size += len(e.With)
	}
	dst = slices.Grow(dst, size)
	from := 0 // what precedes is written
	for _, e := range edits {
		if e.Start < from || e.End < e.Start || e.End > len(doc) {
			continue
		}
		dst = append(dst, doc[from:e.Start]...)
		dst = append(dst, e.With...)
		from = e.End
	}
	return append(dst, doc[from:]...)
}
