package app

import (
	"context"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/stats"
	"strowger/desktop/control"
	"strowger/desktop/learn"
	"strowger/desktop/store"
)

// recorder tells the feed of what has ended, and the learner of what auto mode has read and of
// what became of it. It implements proxy.Recorder and proxy.Judge.
type recorder struct {
	*control.Feed
	learner *learn.Learner
}

// Record implements proxy.Recorder.
func (r *recorder) Record(report *exchange.Report, samples []stats.Sample, said *store.Bodies) {
	if d := report.Decision; d != nil && d.Auto != nil {
		r.learner.Note(report.ID, &d.Auto.Task)
	}
	r.Feed.Record(report, samples, said)
}

// Judge implements proxy.Judge.
func (r *recorder) Judge(v pool.Verdict) { r.learner.Judge(v) }

// startLearning makes the learner of a data plane that serves nobody yet.
func (a *App) startLearning(db *store.Store) {
	a.learner = learn.New(learn.Options{
		Store: db, Use: a.proxy.Learn, Log: a.log, On: Learns(a.live.Load().catalog.Config()),
		Find: func(ctx context.Context, id string) ([]byte, error) {
			doc, _, err := a.Feed.Find(ctx, id)
			return doc, err
		},
	})
	a.closers = append(a.closers, a.learner.Close)
}

// Learns reports whether the configuration lets auto mode learn.
func Learns(c *catalog.Config) bool { return c.Routing.Auto.Learn == nil || *c.Routing.Auto.Learn }
