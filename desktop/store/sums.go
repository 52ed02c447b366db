package store

import (
	"encoding/binary"
	"maps"
	"slices"
)

// sums are what came to pass in an hour, by each of what a series is told apart by: some thirty
// tallies instead of the cells of five hundred kinds.
type sums struct {
	by [ByOutcome]map[string]*tally // from ByProvider on
	lost
}

func newSums() *sums {
	s := &sums{lost: newLost()}
	for i := range s.by {
		s.by[i] = map[string]*tally{}
	}
	return s
}

// count adds a cell of a kind.
func (s *sums) count(k *kindNames, c *cell) {
	class := k.class()
	for i, name := range k.by() {
		t := at(s.by[i], name)
		t.cell.merge(c)
		t.add(class, c.requests, c.fallback)
	}
}

// sumsForm is the first byte of packed sums. Before those by something stands their length, so that
// what is not asked for is passed over.
const sumsForm = 3

func (s *sums) append(to []byte) []byte {
	to = append(to, sumsForm)
	var packed []byte
	for _, tallies := range s.by {
		packed = binary.AppendUvarint(packed[:0], uint64(len(tallies)))
		for _, name := range slices.Sorted(maps.Keys(tallies)) {
			t := tallies[name]
			packed = t.cell.append(appendNumbers(appendNumbers(appendText(packed, name), t.classes[:]...), t.after))
		}
		to = append(appendNumbers(to, int64(len(packed))), packed...)
	}
	return s.lost.append(to)
}

// sums reads those that are asked for.
func (to readers) sums(r *unpacker) {
	r.form(sumsForm)
	for i := range (sums{}).by {
		end := r.length()
		end += r.at
		if to.sum != nil && By(i)+ByProvider == to.by {
			for range r.length() {
				name := r.bytes()
				t := to.sum(name)
				if t == nil {
					t = new(tally)
				}
				for i := range t.classes {
					t.classes[i] += r.number()
				}
				t.after += r.number()
				r.cell(&t.cell)
			}
		}
		if r.err != nil {
			return
		}
		r.at = end
	}
}

// add adds packed sums.
func (s *sums) add(data []byte) error {
	for i := range s.by {
		to := readers{by: By(i) + ByProvider, sum: func(name []byte) *tally { return at(s.by[i], string(name)) }}
		if i == 0 {
			to.end, to.flow = s.end, s.flow
		}
		if err := to.read(data); err != nil {
			return err
		}
	}
	return nil
}
