package store

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"math"
	"slices"
	"strings"
)

// blockShift makes blocks of 512 seqs: small enough that looking through one takes half a
// millisecond, large enough that a million decisions have two thousand.
const blockShift = 9

// facts are what occurs among the decisions of a block. They may say more than there is, since
// decisions go, never less.
type facts struct {
	rows           int64
	oldest, newest int64 // times
	least, most    int64 // costs; without one least is above most
	total, first   int64 // the longest
	has            int64 // the has… bits
	lowest, last   string
	kinds          []int64 // in order, as those that follow
	statuses       []int64
	asked          []int64 // hashes
	causes         []string
}

const (
	hasStream = 1 << iota
	hasPlain
	hasFallback
	hasSingle
	hasUnpriced
	hasPriced
)

func newFacts() *facts {
	return &facts{oldest: math.MaxInt64, newest: math.MinInt64, least: math.MaxInt64, most: -1}
}

func (f *facts) add(d *fact) {
	if f.rows == 0 || d.id < f.lowest {
		f.lowest = d.id
	}
	f.last = max(f.last, d.id)
	f.rows++
	f.oldest, f.newest = min(f.oldest, d.at), max(f.newest, d.at)
	f.total, f.first = max(f.total, d.total), max(f.first, d.first)
	if d.cost >= 0 {
		f.least, f.most = min(f.least, d.cost), max(f.most, d.cost)
		f.has |= hasPriced
	} else {
		f.has |= hasUnpriced
	}
	f.has |= bit(d.stream, hasStream) | bit(!d.stream, hasPlain) | bit(d.fallback, hasFallback) | bit(!d.fallback, hasSingle)
	f.kinds = with(f.kinds, d.kind)
	f.statuses = with(f.statuses, d.status)
	f.asked = with(f.asked, hashed(d.asked))
}

// merge adds what occurs among others.
func (f *facts) merge(o *facts) {
	if f.rows == 0 || o.lowest < f.lowest {
		f.lowest = o.lowest
	}
	f.last = max(f.last, o.last)
	f.rows += o.rows
	f.oldest, f.newest = min(f.oldest, o.oldest), max(f.newest, o.newest)
	f.least, f.most = min(f.least, o.least), max(f.most, o.most)
	f.total, f.first, f.has = max(f.total, o.total), max(f.first, o.first), f.has|o.has
	for _, sets := range [...]struct {
		to   *[]int64
		from []int64
	}{{&f.kinds, o.kinds}, {&f.statuses, o.statuses}, {&f.asked, o.asked}} {
		for _, v := range sets.from {
			*sets.to = with(*sets.to, v)
		}
	}
	for _, v := range o.causes {
		f.causes = with(f.causes, v)
	}
}

// with is the set with v.
func with[T int64 | string](set []T, v T) []T {
	i, ok := slices.BinarySearch(set, v)
	if ok {
		return set
	}
	return slices.Insert(set, i, v)
}

func has[T int64 | string](set []T, v T) bool {
	_, ok := slices.BinarySearch(set, v)
	return ok
}

func hashed(text string) int64 {
	h := fnv.New32a()
	h.Write([]byte(text))
	return int64(h.Sum32())
}

// may tells whether a decision that s means may be among them.
func (f *facts) may(s *search) bool {
	is := func(is Is, yes, no int64) bool {
		return is == Either || is == Yes && f.has&yes != 0 || is == No && f.has&no != 0
	}
	return (s.From.IsZero() || f.newest >= ceilMicro(s.From)) && (s.To.IsZero() || f.oldest < ceilMicro(s.To)) &&
		is(s.Stream, hasStream, hasPlain) && is(s.Fallback, hasFallback, hasSingle) && is(s.Unpriced, hasUnpriced, hasPriced) &&
		(s.CostMin <= 0 || f.most >= s.CostMin) && (s.CostMax <= 0 || f.least <= s.CostMax) &&
		(s.TotalMin <= 0 || f.total >= micros(s.TotalMin)) && (s.FirstMin <= 0 || f.first >= micros(s.FirstMin)) &&
		(s.Status == 0 || has(f.statuses, int64(s.Status))) && (s.Asked == "" || has(f.asked, hashed(s.Asked))) &&
		(s.Cause == "" || has(f.causes, s.Cause)) &&
		(!s.failed || len(f.causes) > 1 || len(f.causes) == 1 && f.causes[0] != "ok") &&
		(s.ID == "" || f.last >= s.ID && (f.lowest <= s.ID || strings.HasPrefix(f.lowest, s.ID))) &&
		(s.kinds == nil || meet(f.kinds, s.kinds))
}

// meet tells whether two sets have a number in common.
func meet(a, b []int64) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	for _, v := range a {
		i, ok := slices.BinarySearch(b, v)
		if ok {
			return true
		}
		b = b[i:]
	}
	return false
}

// factsForm is the first byte of encoded facts.
const factsForm = 1

func (f *facts) append(to []byte) []byte {
	to = append(to, factsForm)
	for _, v := range []int64{f.rows, f.oldest, f.newest, f.least, f.most, f.total, f.first, f.has} {
		to = binary.AppendVarint(to, v)
	}
	to = appendText(appendText(to, f.lowest), f.last)
	for _, set := range [][]int64{f.kinds, f.statuses, f.asked} {
		to = binary.AppendUvarint(to, uint64(len(set)))
		before := int64(0)
		for _, v := range set {
			to = binary.AppendVarint(to, v-before)
			before = v
		}
	}
	to = binary.AppendUvarint(to, uint64(len(f.causes)))
	for _, v := range f.causes {
		to = appendText(to, v)
	}
	return to
}

func readFacts(b []byte) (*facts, error) {
	f := newFacts()
	r := unpacker{b: b}
	r.form(factsForm)
	for _, v := range []*int64{&f.rows, &f.oldest, &f.newest, &f.least, &f.most, &f.total, &f.first, &f.has} {
		*v = r.signed()
	}
	f.lowest, f.last = r.text(), r.text()
	for _, set := range []*[]int64{&f.kinds, &f.statuses, &f.asked} {
		n := r.length()
		*set = make([]int64, 0, n)
		before := int64(0)
		for range n {
			before += r.signed()
			*set = append(*set, before)
		}
	}
	for range r.length() {
		f.causes = append(f.causes, r.text())
	}
	return f, r.err
}

func appendText(to []byte, s string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(s))), s...)
}

// errPacked says that what was packed is not what it should be.
var errPacked = errors.New("a part of the record is damaged")

// unpacker reads what was packed. After an error all that it reads is nothing.
type unpacker struct {
	b   []byte
	at  int // of what comes next: to cut b shorter each time would cost more than reading it
	err error
}

func (r *unpacker) fail() {
	r.at, r.err = len(r.b), errPacked
}

func (r *unpacker) form(want byte) {
	if len(r.b) == 0 || r.b[0] != want {
		r.fail()
		return
	}
	r.at = 1
}

func (r *unpacker) signed() int64 {
	v, n := binary.Varint(r.b[r.at:])
	if n <= 0 {
		r.fail()
		return 0
	}
	r.at += n
	return v
}

func (r *unpacker) number() int64 {
	if at := r.at; at < len(r.b) && r.b[at] < 0x80 { // most are
		r.at++
		return int64(r.b[at])
	}
	return r.long()
}

// long is a number of more than one byte.
func (r *unpacker) long() int64 {
	v, n := binary.Uvarint(r.b[r.at:])
	if n <= 0 {
		r.fail()
		return 0
	}
	r.at += n
	return int64(v)
}

// length is how many of something follow, each of a byte at least.
func (r *unpacker) length() int {
	n := r.number()
	if n < 0 || n > int64(len(r.b)-r.at) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *unpacker) text() string { return string(r.bytes()) }

// bytes are a text's, as they stand there.
func (r *unpacker) bytes() []byte {
	n := r.length()
	b := r.b[r.at : r.at+n]
	r.at += n
	return b
}
