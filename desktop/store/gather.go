package store

import "strowger/core/stats"

// gathered are counts of entries that were written and are not yet in the database: to count them
// as they are written takes a tenth of what reading them back does. If the process dies they are
// gone, and the rows are read from the mark on.
type gathered struct {
	rolls [2]map[int64]*roll // minutes, hours
	facts map[int64]*facts
	last  int64 // seq
	rows  int64
}

func newGathered() *gathered {
	return &gathered{rolls: [2]map[int64]*roll{{}, {}}, facts: map[int64]*facts{}}
}

// roll is the one that begins at that second, made if need be.
func (g *gathered) roll(level int, second int64) *roll {
	r := g.rolls[level][second]
	if r == nil {
		r = newRoll()
		g.rolls[level][second] = r
	}
	return r
}

// counted counts into it, which cannot fail.
func (g *gathered) counted() counted {
	return counted{
		hour:   func(second int64) *roll { return g.roll(1, second) },
		minute: func(second int64) *roll { return g.roll(0, second) },
		facts: func(block int64) *facts {
			f := g.facts[block]
			if f == nil {
				f = newFacts()
				g.facts[block] = f
			}
			return f
		},
	}
}

func (g *gathered) add(w *recorded) {
	to := g.counted()
	_ = to.add(&w.fact, w.tries, func(int64) (kindNames, error) { return w.names, nil }) // none of it can fail
	g.last = w.seq
	g.rows++
}

// recorded is an entry as it is counted.
type recorded struct {
	fact
	tries []try
	names kindNames
}

// gather counts entries that were written, all those of a batch, in order. lost: not all were.
func (f *folder) gather(batch []recorded, lost bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if lost {
		f.live = nil
	}
	if f.live == nil {
		return
	}
	for i := range batch {
		if batch[i].seq > f.counted { // else it was read back
			f.live.add(&batch[i])
		}
	}
}

// take gives what was gathered, if it is known, and begins anew.
func (f *folder) take() *gathered {
	f.mu.Lock()
	defer f.mu.Unlock()
	live := f.live
	if live != nil {
		f.live = newGathered()
		f.counted = max(f.counted, live.last)
	}
	return live
}

// follow gathers from behind a seq on. All that is written is counted up to there.
func (f *folder) follow(seq int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.live, f.counted = newGathered(), seq
}

// lose gathers no more: the rows are read instead.
func (f *folder) lose() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.live = nil
}

// note keeps what is to be counted of an entry whose rows were appended.
func (in *inserter) note(e *Entry, kind int64, endpoint func(attempt int) int64) {
	d := &e.Decision
	w := recorded{
		fact: fact{seq: d.Seq, kind: kind, at: d.At.UnixMicro(), status: int64(d.Status), total: micros(d.Total), first: micros(d.FirstToken),
			cost: -1, failed: -1, saved: d.Saved, stream: d.Stream, fallback: d.Attempts > 1, id: cut(d.ID, MaxName), asked: cut(d.Asked, MaxName), tokens: d.Tokens},
		names: kindNames{outcome: cut(d.Outcome, MaxName), cache: cut(d.Cache, MaxName), provider: cut(d.Provider, MaxName)},
	}
	if d.Priced {
		w.cost = d.Cost
	}
	if d.FailedPriced {
		w.failed = d.Failed
	}
	first := len(in.tries)
	for i := range e.Attempts {
		t := try{endpoint: endpoint(i), outcome: cut(e.Attempts[i].Outcome, MaxName), total: micros(e.Attempts[i].Total)}
		if i < len(e.Samples) && e.Samples[i].Outcome != stats.OutcomeNone {
			s := &e.Samples[i]
			if s.Price.Known {
				t.cost = s.Cost
			} else {
				u := &s.Usage
				t.unpriced = u.Input+u.CacheRead+u.CacheWrite+u.CacheWriteHour+u.Output+u.Reasoning > 0
			}
		}
		in.tries = append(in.tries, t)
	}
	w.tries = in.tries[first:]
	in.recorded = append(in.recorded, w)
}
