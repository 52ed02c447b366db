// Package stress does what leans on the tables that the runtime unwinds and collects by, for a
// test to see that a slimmed module does it as every other program does.
package stress

import (
	"errors"
	"runtime"
	"runtime/debug"
	"strconv"
)

var errDeep = errors.New("deep enough")

// node is what is allocated: what it points to is found again only if the collector saw it.
type node struct {
	next *node
	text string
	more map[int]*node
}

// Run grows stacks to that depth that often, with the collector as busy as can be: it goes
// through frames with pointers of all kinds, and through panics that run deferred functions and are
// recovered. The result is a checksum of all that was kept.
func Run(rounds, depth int) uint64 {
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	sum := uint64(0)
	for round := range rounds {
		done := make(chan uint64)
		go func() { // on a stack that is as small as they begin
			sum, _ := down(round, depth, &node{text: "root"})
			done <- sum
		}()
		sum = sum*31 + <-done + caught(round, depth)
	}
	return sum
}

// down calls itself, and adds up on the way back what it had made on the way down.
func down(round, depth int, above *node) (sum uint64, last *node) {
	mine := &node{next: above, text: strconv.Itoa(depth * (round + 1)), more: map[int]*node{depth: above}}
	var local [8]*node
	local[depth%8] = mine
	if depth%64 == 0 {
		runtime.GC()
	}
	defer func() {
		sum += check(local[depth%8], depth)
	}()
	if depth == 0 {
		return 1, mine
	}
	sum, last = down(round, depth-1, mine)
	for i := range depth % 3 { // a deferred call in a loop is kept otherwise than the one above
		defer func() { sum += uint64(len(mine.text) + i) }()
	}
	return sum * 7, last
}

func check(n *node, depth int) uint64 {
	sum := uint64(0)
	for at := n; at != nil && sum < 1<<20; at = at.next {
		for _, c := range []byte(at.text) {
			sum = sum*3 + uint64(c)
		}
	}
	if n.more[depth] != n.next {
		panic("a pointer was lost")
	}
	return sum
}

// caught is what a panic at that depth adds up on its way, a cause of another kind each round.
func caught(round, depth int) (sum uint64) {
	defer func() {
		switch cause := recover().(type) {
		case runtime.Error:
			sum += uint64(len(cause.Error()))
		case error:
			sum += uint64(len(cause.Error())) + 100
		case string:
			sum += uint64(len(cause)) + 200
		default:
			sum = 0
		}
	}()
	fall(round, depth, &sum)
	return 0
}

func fall(round, depth int, sum *uint64) {
	text := strconv.Itoa(depth)
	defer func() { *sum = *sum*5 + uint64(len(text)) }()
	if depth > 0 {
		fall(round, depth-1, sum)
		return
	}
	var none *node
	switch round % 5 {
	case 0:
		panic(errDeep)
	case 1:
		panic("deep enough, and said so")
	case 2:
		none.text = text
	case 3:
		panic(any(none).(error))
	case 4:
		panic(make([]*node, 1)[depth+round])
	}
}
