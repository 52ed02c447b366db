package store

import (
	"database/sql/driver"
	"encoding/binary"
	"math/bits"

	"modernc.org/sqlite"
)

// Documents that are written together say the same for the most part. A pack holds them so: some
// stand there whole, one behind the other, as what the others are told apart from, and each is a
// list of what it takes from there and of what is its own. One is read without reading the others.
//
//	packForm, how many documents, how many bytes are common;
//	of each its seq, less the one before, its length, how many bytes its list has;
//	what is common; the lists
//
// A list is, in turn, how many bytes are its own, these, how many are taken, and from where.

const (
	packForm = 1
	// mostCommon bounds what is common, so that a place in it is 16 bits.
	mostCommon = 1 << 16
	// wholeUpTo is how long a document may be that becomes common.
	wholeUpTo = 16 << 10
	gram      = 8 // the least that is taken
	slotBits  = 13
	// perPack is how many documents a pack has at most: who reads one reads the pack.
	perPack = 64
	// mostPacked is how many bytes lists have, beside which no other document is packed.
	mostPacked = 256 << 10
)

// packer makes a pack. The zero value is empty.
type packer struct {
	common, index, lists []byte
	places               [1 << slotBits]uint16 // where in common a gram was met last
	n                    int
	first, last          int64
}

// full tells that no other document should be added.
func (p *packer) full() bool { return p.n >= perPack || len(p.lists) >= mostPacked }

func (p *packer) reset() {
	if len(p.common) > 0 {
		clear(p.places[:])
	}
	p.common, p.index, p.lists, p.n = p.common[:0], p.index[:0], p.lists[:0], 0
}

// add adds a document, whose seq is above the last one's.
func (p *packer) add(seq int64, doc []byte) {
	if p.n == 0 {
		p.first, p.last = seq, 0
	}
	begin := len(p.lists)
	p.list(doc)
	if own := len(p.lists) - begin; own > len(doc)/2 && len(doc) <= wholeUpTo && len(p.common)+len(doc) <= mostCommon {
		p.lists = p.lists[:begin]
		p.learn(doc)
		p.lists = appendNumbers(p.lists, 0, int64(len(doc)), int64(len(p.common)-len(doc)))
	}
	p.index = appendNumbers(p.index, seq-p.last, int64(len(doc)), int64(len(p.lists)-begin))
	p.n++
	p.last = seq
}

// learn makes a document common.
func (p *packer) learn(doc []byte) {
	at := len(p.common)
	p.common = append(p.common, doc...)
	for ; at+gram <= len(p.common); at++ {
		p.places[slotOf(binary.LittleEndian.Uint64(p.common[at:]))] = uint16(at)
	}
}

// slotOf spreads grams over the slots.
func slotOf(gram uint64) uint64 { return gram * 0x9E3779B97F4A7C15 >> (64 - slotBits) }

// list appends a document's list.
func (p *packer) list(doc []byte) {
	own, at := 0, 0 // what is its own begins at own
	for at+gram <= len(doc) && len(p.common) >= gram {
		v := binary.LittleEndian.Uint64(doc[at:])
		place := int(p.places[slotOf(v)])
		if place+gram > len(p.common) || binary.LittleEndian.Uint64(p.common[place:]) != v {
			at++
			continue
		}
		for at > own && place > 0 && doc[at-1] == p.common[place-1] {
			at, place = at-1, place-1
		}
		n := alike(doc[at:], p.common[place:])
		p.lists = append(binary.AppendUvarint(p.lists, uint64(at-own)), doc[own:at]...)
		p.lists = appendNumbers(p.lists, int64(n), int64(place))
		at += n
		own = at
	}
	if own < len(doc) {
		p.lists = append(binary.AppendUvarint(p.lists, uint64(len(doc)-own)), doc[own:]...)
	}
}

// alike is how many bytes both begin with.
func alike(a, b []byte) (n int) {
	for ; n+8 <= len(a) && n+8 <= len(b); n += 8 {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
	}
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// append appends the pack.
func (p *packer) append(to []byte) []byte {
	to = appendNumbers(append(to, packForm), int64(p.n), int64(len(p.common)))
	return append(append(append(to, p.index...), p.common...), p.lists...)
}

// unpack gives each those documents of a pack that are wanted, until one of them is enough. What is damaged
// behind that does not matter.
func unpack(pack []byte, want func(seq int64) bool, each func(seq int64, doc []byte) (enough bool)) error {
	r := unpacker{b: pack}
	r.form(packForm)
	n, common := r.length(), r.length()
	index := r
	for range 3 * n {
		r.number()
	}
	if r.err != nil || common > len(pack)-r.at {
		return errPacked
	}
	dict, at, seq := pack[r.at:r.at+common], r.at+common, int64(0)
	for range n {
		seq += index.number()
		length, size := index.number(), index.number()
		if length < 0 || length > MaxDoc || size < 0 || size > int64(len(pack)-at) {
			return errPacked
		}
		if want(seq) {
			doc, err := undo(pack[at:at+int(size)], dict, int(length))
			if err != nil {
				return err
			}
			if each(seq, doc) {
				return nil
			}
		}
		at += int(size)
	}
	return nil
}

// undo is the document of a list.
func undo(list, common []byte, length int) ([]byte, error) {
	doc := make([]byte, 0, length)
	r := unpacker{b: list}
	for len(doc) < length {
		own := r.bytes()
		if doc = append(doc, own...); len(doc) == length {
			break
		}
		n, from := r.number(), r.number()
		if r.err != nil || n < 0 || from < 0 || n > int64(len(common)) || from > int64(len(common))-n || len(own) == 0 && n == 0 {
			return nil, errPacked
		}
		doc = append(doc, common[from:from+n]...)
	}
	if r.err != nil || len(doc) != length {
		return nil, errPacked
	}
	return doc, nil
}

// documentIn is the document of a seq in a pack, nil if there is none.
func documentIn(pack []byte, seq int64) (doc []byte, err error) {
	err = unpack(pack, func(s int64) bool { return s == seq }, func(_ int64, d []byte) bool {
		doc = d
		return true
	})
	return doc, err
}

// What SQL reads documents with.
func init() {
	sqlite.MustRegisterDeterministicScalarFunction("decision_document", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		pack := blob(args[0])
		if pack == nil {
			return nil, nil
		}
		doc, err := documentIn(pack, num(args[1]))
		if doc == nil {
			return nil, err // nil in the interface is NULL
		}
		return doc, err
	})
}
