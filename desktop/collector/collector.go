// Package collector says how often Go's garbage collector is to run in a process that carries requests.
package collector

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// A few MiB live as long as few requests go on, and Go would collect whenever as much again has
// gathered: a hundred times a second under load, for a third of the processor. So more may gather
// while little lives: roomFor bytes, but no more than mostPercent of what lives.
const (
	usualPercent = 100 // Go's own
	mostPercent  = 400
	roomFor      = 24 << 20
)

// Pace sets that once for the process, unless somebody has set GOGC.
var Pace = sync.OnceFunc(func() {
	if was := debug.SetGCPercent(mostPercent); was != usualPercent {
		debug.SetGCPercent(was)
		return
	}
	p := &pacer{percent: mostPercent, live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	p.wait()
})

// pacer adjusts it after collections.
type pacer struct {
	percent int
	live    []metrics.Sample
}

// wait has adjust called after the next collection.
func (p *pacer) wait() {
	runtime.SetFinalizer(&struct{ p *pacer }{p}, func(s *struct{ p *pacer }) { s.p.adjust() })
}

// adjust is called by the runtime. Setting the percentage stops the world for a moment, so small
// differences are left.
func (p *pacer) adjust() {
	metrics.Read(p.live)
	if percent := percentFor(p.live[0].Value.Uint64()); percent > p.percent*5/4 || percent < p.percent*4/5 {
		p.percent = percent
		debug.SetGCPercent(percent)
	}
	p.wait()
}

// percentFor is how much may gather where so many bytes live.
func percentFor(live uint64) int {
	return int(max(usualPercent, min(mostPercent, 100*roomFor/max(live, 1))))
}
