package verify

import (
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
)

// Recorded is what a record keeps of a request. The body is not among it: prompts are not
// recorded.
type Recorded struct {
	ID, Asked, Route, Key string
	At                    time.Time
	Stream                bool
	InputTokens           int64
}

// History decides anew at the moments of recorded decisions, with what had been measured until
// then: for the same model, route and client key, as long, but of other words, because these
// are not recorded. Both lists are in the order of their times.
func History(cfg catalog.Config, decisions []Recorded, samples []stats.Sample) Source {
	return Source{"recorded", func(r *Recorder) error {
		cat, err := catalog.New(cfg)
		if err != nil {
			return err
		}
		h := &history{r, cfg, router.New(cat), samples}
		for n := 0; n < len(decisions); n += decisionsOfCase {
			part := decisions[n:min(len(decisions), n+decisionsOfCase)]
			if err := r.Case("recorded/"+strconv.Itoa(n/decisionsOfCase), func() error { return h.decide(part) }); err != nil {
				return err
			}
		}
		return nil
	}}
}

// What a case of recorded decisions holds: decisions, and samples from before the first.
const (
	decisionsOfCase = 100
	samplesBefore   = 500
)

type history struct {
	*Recorder
	cfg     catalog.Config
	router  *router.Router
	samples []stats.Sample
}

func (h *history) decide(list []Recorded) error {
	if _, err := Configure(h.Recorder, h.cfg); err != nil {
		return err
	}
	next := 0
	for next < len(h.samples) && h.samples[next].At.Before(list[0].At) {
		next++
	}
	next = max(0, next-samplesBefore)
	for i := range list {
		d := &list[i]
		for ; next < len(h.samples) && !h.samples[next].At.After(d.At); next++ {
			if err := fold(h.Recorder, h.samples[next]); err != nil {
				return err
			}
		}
		if err := decide(h.Recorder, h.call(d), d.At); err != nil {
			return err
		}
	}
	return nil
}

func (h *history) call(d *Recorded) router.Call {
	entry, ok := h.router.EntryOf(d.Route)
	if !ok || d.Route == "" {
		entry = router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}
	}
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(d.ID)) // never fails
	a := ask{model: d.Asked, stream: d.Stream, text: strings.Repeat("word ", int(min(max(d.InputTokens, 1), 20_000)))}
	return router.Call{ID: d.ID, Seed: seed.Sum64(), Entry: entry, Key: d.Key, Body: a.body(entry.Schema, entry.Operation)}
}
