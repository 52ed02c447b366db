package learn

import (
	"hash/fnv"
	"sync"

	"strowger/core/auto"
	"strowger/core/auto/pool"
)

// maxReadings is how many readings are remembered: a conversation's verdicts come within pool.Lasts,
// and pool.MaxConversations are remembered. A verdict on an older decision, or one from before the
// start, has no features, and so says something of the model alone.
const maxReadings = pool.MaxConversations

// readings remembers the features of the newest tasks by decision. The zero value remembers none
// yet. It is safe for concurrent use.
type readings struct {
	mu    sync.Mutex
	of    map[string][]int16
	order [maxReadings]string // a ring
	next  int
}

func (r *readings) note(decision string, features *[auto.Features]int16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = make(map[string][]int16)
	}
	delete(r.of, r.order[r.next])
	r.order[r.next] = decision
	r.next = (r.next + 1) % maxReadings
	r.of[decision] = append([]int16(nil), features[:]...)
}

// find is nil if the decision is not remembered.
func (r *readings) find(decision string) []int16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.of[decision]
}

// layout tells the features of this version from those of another: a hash of their names.
var layout = sync.OnceValue(func() uint32 {
	h := fnv.New32a()
	for f := range auto.Features {
		h.Write([]byte(f.String()))
		h.Write([]byte{0})
	}
	return h.Sum32()
})
