package store

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	"strowger/core/stats"
)

// Histogram counts times in microseconds, in buckets of a quarter of an octave each: from
// 256 µs to nine minutes, what lies outside in the first and the last.
type Histogram [stats.Buckets]uint32

func (h *Histogram) add(micros int64) { h[stats.Bucket(micros)]++ }

// Count is how many times were counted.
func (h *Histogram) Count() (n int64) {
	for _, v := range h {
		n += int64(v)
	}
	return n
}

// Percentile is the time in microseconds that share of a hundred of the times lie below,
// interpolated inside a bucket; 0 without times.
func (h *Histogram) Percentile(share int64) int64 {
	at, seen := h.Count()*share/100, int64(0)
	for i, v := range h {
		if n := int64(v); n > 0 && seen+n > at {
			low, high := stats.Bounds(i)
			return low + (high-low)*(at-seen)/n
		}
		seen += int64(v)
	}
	return 0
}

// merge adds the times of another.
func (h *Histogram) merge(o *Histogram) {
	for i, v := range o {
		h[i] += v
	}
}

// cell counts the decisions of a kind in a bucket of time.
type cell struct {
	requests, fallback     int64 // fallback: of more than one attempt
	cost, failed, unpriced int64 // failed: what failed attempts have cost. unpriced: decisions
	saved                  int64 // the only number that may be below 0
	tokens                 Tokens
	estimated              int64 // decisions
	first, total           Histogram
}

// cellNumbers is how many numbers a cell has beside its histograms.
const cellNumbers = 13

// numbers are the cell's numbers but saved, in the order in which they are packed.
func (c *cell) numbers() [cellNumbers]*int64 {
	t := &c.tokens
	return [...]*int64{&c.requests, &c.fallback, &c.cost, &c.failed, &c.unpriced, &c.estimated,
		&t.Input, &t.CacheRead, &t.CacheWrite, &t.CacheWriteHour, &t.Output, &t.Reasoning, &t.Images}
}

// endKey is how attempts of an endpoint ended, endCell what they took.
type (
	endKey struct {
		endpoint int64 // endpoints.id
		outcome  string
	}
	endCell struct {
		n, total, cost, unpriced int64
	}
)

// flowKey is a way from what was asked over what failed first to what served, flowCell who took it.
type (
	flowKey  struct{ asked, trigger, provider string }
	flowCell struct {
		n, time, cost, unpriced int64 // time and cost of the attempts that failed
	}
)

// maxFlows is how many ways a bucket tells apart: what is asked is the caller's own text. The
// others are counted with nothing asked.
const maxFlows = 256

// roll is what came to pass in a bucket of time.
type roll struct {
	kinds map[int64]*cell
	lost
}

func newRoll() *roll { return &roll{map[int64]*cell{}, newLost()} }

func (r *roll) kind(kind int64) *cell { return at(r.kinds, kind) }

// lost is how attempts ended, and what became of their exchanges.
type lost struct {
	ends  map[endKey]*endCell
	flows map[flowKey]*flowCell
}

func newLost() lost { return lost{map[endKey]*endCell{}, map[flowKey]*flowCell{}} }

// at is the value of a key, made if need be.
func at[K comparable, V any](m map[K]*V, k K) *V {
	v := m[k]
	if v == nil {
		v = new(V)
		m[k] = v
	}
	return v
}

func (r *lost) end(k endKey) *endCell { return at(r.ends, k) }

func (r *lost) flow(k flowKey) *flowCell {
	if len(r.flows) >= maxFlows && r.flows[k] == nil {
		k.asked = ""
	}
	return at(r.flows, k)
}

// rollForm is the first byte of a packed roll. Before each cell stands its length, so that those
// that are not asked for are passed over.
const rollForm = 2

func (r *roll) append(to []byte) []byte {
	to = append(to, rollForm)
	to = binary.AppendUvarint(to, uint64(len(r.kinds)))
	var packed []byte
	before := int64(0)
	for _, kind := range slices.Sorted(maps.Keys(r.kinds)) {
		packed = r.kinds[kind].append(packed[:0])
		to = append(appendNumbers(to, kind-before, int64(len(packed))), packed...)
		before = kind
	}
	return r.lost.append(to)
}

func (c *cell) append(to []byte) []byte {
	for _, v := range c.numbers() {
		to = appendNumbers(to, *v)
	}
	to = binary.AppendVarint(to, c.saved)
	return appendHistogram(appendHistogram(to, &c.first), &c.total)
}

func (r *lost) append(to []byte) []byte {
	to = binary.AppendUvarint(to, uint64(len(r.ends)))
	for _, k := range slices.SortedFunc(maps.Keys(r.ends), func(a, b endKey) int {
		return cmp.Or(cmp.Compare(a.endpoint, b.endpoint), cmp.Compare(a.outcome, b.outcome))
	}) {
		c := r.ends[k]
		to = appendNumbers(appendText(appendNumbers(to, k.endpoint), k.outcome), c.n, c.total, c.cost, c.unpriced)
	}
	to = binary.AppendUvarint(to, uint64(len(r.flows)))
	for _, k := range slices.SortedFunc(maps.Keys(r.flows), func(a, b flowKey) int {
		return cmp.Or(cmp.Compare(a.asked, b.asked), cmp.Compare(a.trigger, b.trigger), cmp.Compare(a.provider, b.provider))
	}) {
		c := r.flows[k]
		to = appendNumbers(appendText(appendText(appendText(to, k.asked), k.trigger), k.provider), c.n, c.time, c.cost, c.unpriced)
	}
	return to
}

func appendNumbers(to []byte, values ...int64) []byte {
	for _, v := range values {
		to = binary.AppendUvarint(to, uint64(max(v, 0)))
	}
	return to
}

// appendHistogram appends how many buckets are not empty, and of each how many stand before it and
// what it counts.
func appendHistogram(to []byte, h *Histogram) []byte {
	used := uint64(0)
	for _, v := range h {
		if v > 0 {
			used++
		}
	}
	to = binary.AppendUvarint(to, used)
	before := 0
	for i, v := range h {
		if v > 0 {
			to = appendNumbers(to, int64(i-before), int64(v))
			before = i
		}
	}
	return to
}

// cell reads what cell.append appended and adds it.
func (r *unpacker) cell(c *cell) {
	for _, v := range c.numbers() {
		*v += r.number()
	}
	c.saved += r.signed()
	r.histogram(&c.first)
	r.histogram(&c.total)
}

// histogram reads what appendHistogram appended and adds it.
func (r *unpacker) histogram(h *Histogram) {
	i := int64(0)
	for range r.length() {
		var v int64
		if b := r.b[r.at:]; len(b) > 1 && b[0] < 0x80 && b[1] < 0x80 { // most are
			i, v = i+int64(b[0]), int64(b[1])
			r.at += 2
		} else {
			i, v = i+r.number(), r.number()
		}
		if i < 0 || i >= int64(len(Histogram{})) {
			r.fail()
			return
		}
		h[i] += uint32(v)
	}
}

// readers are told what stands in packed counts. Of kinds kind says where the kind's cell is to be
// added, nil if nowhere, and added, unless it is nil, is told what was added; of sums sum says where
// those by by are to be added. Without end and flow there is none of them to be told.
type readers struct {
	kind  func(kind int64) *cell
	added func(kind, requests, fallback int64)
	by    By
	sum   func(name []byte) *tally
	end   func(endKey) *endCell
	flow  func(flowKey) *flowCell
}

// noKind wants the cells of no kind.
func noKind(int64) *cell { return nil }

// read adds what is packed to what the readers give.
func (to readers) read(data []byte) error {
	r := unpacker{b: data}
	if len(data) > 0 && data[0] == sumsForm {
		to.sums(&r)
	} else {
		to.kinds(&r)
	}
	if to.end != nil {
		to.lost(&r)
	}
	return r.err
}

// kinds reads the cells of kinds.
func (to readers) kinds(r *unpacker) {
	r.form(rollForm)
	kind := int64(0)
	for range r.length() {
		kind += r.number()
		n := r.length()
		c := to.kind(kind)
		if c == nil {
			r.at += n
			continue
		}
		requests, fallback := c.requests, c.fallback
		r.cell(c)
		if to.added != nil {
			to.added(kind, c.requests-requests, c.fallback-fallback)
		}
	}
}

// lost reads what lost.append appended.
func (to readers) lost(r *unpacker) {
	for range r.length() {
		k := endKey{r.number(), r.text()}
		c := to.end(k)
		for _, v := range [...]*int64{&c.n, &c.total, &c.cost, &c.unpriced} {
			*v += r.number()
		}
	}
	for range r.length() {
		k := flowKey{r.text(), r.text(), r.text()}
		c := to.flow(k)
		for _, v := range [...]*int64{&c.n, &c.time, &c.cost, &c.unpriced} {
			*v += r.number()
		}
	}
}

// take adds a roll that is not packed.
func (to readers) take(r *roll) {
	for kind, v := range r.kinds {
		if c := to.kind(kind); c != nil {
			c.merge(v)
			if to.added != nil {
				to.added(kind, v.requests, v.fallback)
			}
		}
	}
	if to.end == nil {
		return
	}
	for k, v := range r.ends {
		to.end(k).merge(v)
	}
	for k, v := range r.flows {
		to.flow(k).merge(v)
	}
}

// add adds a packed roll.
func (r *roll) add(data []byte) error {
	return readers{kind: r.kind, end: r.end, flow: r.flow}.read(data)
}
