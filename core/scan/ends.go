package scan

import (
	"cmp"
	"slices"
)

// What is kept of where strings end: so many for every so many bytes of a document, from a number on that
// is worth it. What a string is written with decides how long the search for its end takes.
const (
	bytesPerString = 64
	fewEnds        = 32
	mostEnds       = 4 << 10
)

// ends are the places where strings begin and end, in their order. Nil keeps none.
type ends struct{ of []ending }

type ending struct{ at, end uint32 } // nobody takes a document of 4 GiB

// note keeps one, if there is room.
func (e *ends) note(at, end int) {
	if e != nil && len(e.of) < cap(e.of) {
		e.of = append(e.of, ending{uint32(at), uint32(end)})
	}
}

// from are those of strings that begin at a place or behind it.
func (e *ends) from(at int) []ending {
	if e == nil {
		return nil
	}
	i, _ := slices.BinarySearchFunc(e.of, uint32(at), func(e ending, at uint32) int { return cmp.Compare(e.at, at) })
	return e.of[i:]
}
