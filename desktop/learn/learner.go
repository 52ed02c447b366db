package learn

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"strowger/core/auto/pool"
	"strowger/desktop/store"
)

// Options make a Learner. All but Log are needed, Store may be nil.
type Options struct {
	Store *store.Store
	// Find is the report on a decision as JSON, empty if it was too large to be kept;
	// store.ErrNotFound if there is none, or none yet.
	Find func(ctx context.Context, decision string) (doc []byte, err error)
	// Use takes what is to correct choices from then on; nil is nothing.
	Use func(*pool.Learned)
	Log *slog.Logger // told when what is used changes, and when something cannot be kept
	On  bool         // as Switch
}

// The rhythm: verdicts are written after a moment, and learned from when there are some new ones,
// or an hour later if there are few.
const (
	moment   = time.Second
	enough   = 25
	hourly   = time.Hour
	patience = 15 * time.Minute // how long a decision may come after the verdict on it
	maxQueue = 1024             // verdicts that wait for that; more are dropped
	maxRead  = 10_000           // the newest verdicts, which are learned from
)

// Learner keeps verdicts and learns from them, on a goroutine of its own. Its methods may be
// called from any goroutine.
type Learner struct {
	o    Options
	stop chan struct{}
	done chan struct{}

	work sync.Mutex // held while writing, learning and forgetting, so that none undoes another

	readings readings

	mu    sync.Mutex // guards what follows
	on    bool
	queue []waiting
	fresh int  // verdicts written since the last fit
	due   bool // a fit is to be made soon
	state State
}

// waiting is a verdict that is not written yet, because its decision is not there.
type waiting struct {
	pool.Verdict
	since, next time.Time
}

// State is what has been learned and how.
type State struct {
	On      bool
	Learned *pool.Learned // in use; nil: nothing is
	At      time.Time     // of the last fit; zero: there was none
	Report  Report
}

// New is a Learner that begins with what it learns from what is kept; Close ends it.
func New(o Options) *Learner { return begin(o, moment) }

// begin is New with another moment, for tests.
func begin(o Options, every time.Duration) *Learner {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Learner{o: o, on: o.On, due: o.On, stop: make(chan struct{}), done: make(chan struct{})}
	go l.run(every)
	return l
}

// Close keeps what has been said and ends learning. It is called once.
func (l *Learner) Close() error {
	close(l.stop)
	<-l.done
	return nil
}

// Note remembers what was read of a task, for verdicts on its decision that are to come; it is for
// the data plane.
func (l *Learner) Note(decision string, t *pool.Task) {
	if !t.Unread && l.isOn() {
		l.readings.note(decision, &t.Features)
	}
}

// Judge takes a verdict; it does not block, and is for the data plane.
func (l *Learner) Judge(v pool.Verdict) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.on && len(l.queue) < maxQueue {
		l.queue = append(l.queue, waiting{Verdict: v, since: time.Now()})
	}
}

// Feedback keeps what a person says of the answer to a decision: it counts instead of what was
// taken from what they did. It is written when Feedback returns nil.
func (l *Learner) Feedback(ctx context.Context, decision string, good bool) error {
	if !l.isOn() {
		return ErrOff
	}
	doc, err := l.o.Find(ctx, decision)
	if err != nil {
		return err
	}
	row, err := l.rowOf(doc, pool.Verdict{Decision: decision, Good: good, Source: pool.VerdictFeedback})
	if err != nil {
		return err
	}
	return l.keep(ctx, row)
}

// Forget deletes all verdicts and what was learned from them.
func (l *Learner) Forget(ctx context.Context) error {
	l.work.Lock()
	defer l.work.Unlock()
	l.mu.Lock()
	l.queue, l.fresh, l.due = nil, 0, false
	l.mu.Unlock()
	if _, err := l.o.Store.ForgetVerdicts(ctx); err != nil {
		return err
	}
	l.use(nil, Report{Why: "all that was known has been forgotten"})
	return nil
}

// Switch says whether to learn: off, nothing is kept and nothing learned is used, but what was
// kept stays until it is on again or gets too old.
func (l *Learner) Switch(on bool) {
	l.mu.Lock()
	changed := l.on != on
	l.on = on
	if changed {
		l.queue, l.due = nil, on
		if !on {
			l.state.Learned = nil
			l.o.Use(nil)
		}
	}
	l.mu.Unlock()
}

// State is what is known now.
func (l *Learner) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.state
	s.On = l.on
	return s
}

func (l *Learner) isOn() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.on
}

func (l *Learner) run(every time.Duration) {
	defer close(l.done)
	ctx := context.Background()
	tick := time.NewTicker(every)
	defer tick.Stop()
	hour := time.NewTicker(hourly)
	defer hour.Stop()
	for {
		l.learn(ctx)
		select {
		case <-l.stop:
			l.write(ctx, time.Now())
			return
		case <-hour.C:
			l.mu.Lock()
			l.due = l.due || l.fresh > 0
			l.mu.Unlock()
		case now := <-tick.C:
			l.write(ctx, now)
		}
	}
}

// write keeps the verdicts that wait for that, but for those whose decisions are not there yet.
func (l *Learner) write(ctx context.Context, now time.Time) {
	l.work.Lock()
	defer l.work.Unlock()
	l.mu.Lock()
	queue := l.queue
	l.queue = nil
	l.mu.Unlock()
	var rows []store.Verdict
	var later []waiting
	for _, w := range queue {
		if now.Before(w.next) {
			later = append(later, w)
			continue
		}
		doc, err := l.o.Find(ctx, w.Decision)
		if err == nil {
			var row store.Verdict
			if row, err = l.rowOf(doc, w.Verdict); err == nil {
				rows = append(rows, row)
			}
		}
		switch age := now.Sub(w.since); {
		case errors.Is(err, store.ErrNotFound) && age < patience:
			w.next = now.Add(age) // seldom and more seldom
			later = append(later, w)
		case err != nil:
			l.o.Log.Debug("a verdict is not kept", "decision", w.Decision, "source", w.Source.String(), "err", err)
		}
	}
	if len(rows) > 0 {
		if err := l.keep(ctx, rows...); err != nil {
			l.o.Log.Warn("verdicts are not kept", "count", len(rows), "err", err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.on {
		l.queue = append(later, l.queue...)
		l.queue = l.queue[:min(len(l.queue), maxQueue)] // some have come while these were looked up
	}
}

// rowOf is the row for a verdict on the decision of that document.
func (l *Learner) rowOf(doc []byte, v pool.Verdict) (store.Verdict, error) {
	row, err := verdictOf(doc, v)
	if features := l.readings.find(v.Decision); features != nil {
		row.Layout, row.Features = layout(), features
	}
	return row, err
}

func (l *Learner) keep(ctx context.Context, rows ...store.Verdict) error {
	if err := l.o.Store.Judge(ctx, rows...); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fresh += len(rows)
	l.due = l.due || l.fresh >= enough
	return nil
}

// learn fits anew if that is due.
func (l *Learner) learn(ctx context.Context) {
	l.work.Lock()
	defer l.work.Unlock()
	l.mu.Lock()
	due, inUse := l.due && l.on, l.state.Learned
	if due {
		l.due, l.fresh = false, 0
	}
	l.mu.Unlock()
	if !due {
		return
	}
	learned, report, err := FitKept(ctx, l.o.Store, inUse)
	if err != nil {
		l.o.Log.Warn("nothing is learned", "err", err)
		return
	}
	l.use(learned, report)
}

// FitKept is Fit of the newest verdicts that are kept.
func FitKept(ctx context.Context, s *store.Store, inUse *pool.Learned) (*pool.Learned, Report, error) {
	verdicts, err := s.Verdicts(ctx, maxRead)
	if err != nil {
		return nil, Report{}, err
	}
	learned, report := Fit(outcomes(verdicts), inUse)
	return learned, report, nil
}

// use makes it what corrects choices, unless learning was switched off meanwhile.
func (l *Learner) use(learned *pool.Learned, r Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.on {
		learned = nil
	}
	was := l.state.Learned
	l.state = State{Learned: learned, At: time.Now(), Report: r}
	if revOf(was) != revOf(learned) {
		l.o.Use(learned)
		l.o.Log.Info("what corrects auto mode has changed", "rev", revOf(learned), "outcomes", r.Outcomes, "why", r.Why)
	}
}

func revOf(l *pool.Learned) string {
	if l == nil {
		return ""
	}
	return l.Rev
}
