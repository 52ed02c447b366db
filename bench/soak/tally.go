package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
)

// tally is what was seen.
type tally struct {
	mu       sync.Mutex
	answered int
	left     int
	most     int64 // questions under way at the same time
	classes  map[string]int
	kinds    map[string]int
	wrongs   map[wrong]int
	examples []string
	receipts map[string]int64 // micro-dollars shown to the caller, by decision
}

func newTally() *tally {
	return &tally{classes: map[string]int{}, kinds: map[string]int{}, wrongs: map[wrong]int{}, receipts: map[string]int64{}}
}

const (
	maxExamples = 20
	maxReceipts = 50_000
)

func (t *tally) opened(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.most = max(t.most, n)
}

func (t *tally) add(n uint64, q *question, v verdict, id string, left bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answered++
	if left {
		t.left++
	}
	t.classes[v.class]++
	t.kinds[q.kind.name]++
	if v.cost != nil && id != "" && v.wrong == "" && len(t.receipts) < maxReceipts {
		t.receipts[id] = int64(math.Round(*v.cost * 1e6))
	}
	if v.wrong != "" {
		t.wrongs[v.wrong]++
		t.example(fmt.Sprintf("%s: question %d (%s, stream %v, decision %s), %s: %s", v.wrong, n, q.kind.name, q.stream, id, v.class, v.why))
	}
}

func (t *tally) example(text string) {
	if len(t.examples) < maxExamples {
		t.examples = append(t.examples, text)
	}
}

// violations is how much was seen that must not be.
func (t *tally) violations() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range t.wrongs {
		n += k
	}
	return n
}

func (t *tally) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.answered
}

// table is a map of counts as lines.
func table[K ~string](counts map[K]int) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		name := string(k)
		if name == "" {
			name = "none"
		}
		fmt.Fprintf(&b, "%10d  %s\n", counts[k], name)
	}
	return b.String()
}
