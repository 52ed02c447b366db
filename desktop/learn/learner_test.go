package learn

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/core/auto"
	"strowger/core/auto/pool"
	"strowger/desktop/store"
)

// rig is a learner over a record of its own, and decisions made by hand.
type rig struct {
	t       *testing.T
	path    string
	store   *store.Store
	learner *Learner
	closed  bool

	mu    sync.Mutex
	docs  map[string]string
	inUse *pool.Learned
	uses  int
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, path: filepath.Join(t.TempDir(), store.FileName), docs: map[string]string{}}
	r.open()
	t.Cleanup(r.close)
	return r
}

func (r *rig) open() {
	r.t.Helper()
	var err error
	if r.store, err = store.Open(r.path, store.Options{}); err != nil {
		r.t.Fatal(err)
	}
	r.closed = false
	r.learner = begin(Options{Store: r.store, Find: r.find, Use: r.use, On: true}, time.Millisecond)
}

func (r *rig) close() {
	if r.closed {
		return
	}
	r.closed = true
	if err := errors.Join(r.learner.Close(), r.store.Close()); err != nil {
		r.t.Error(err)
	}
}

func (r *rig) find(_ context.Context, id string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if doc, ok := r.docs[id]; ok {
		return []byte(doc), nil
	}
	return nil, store.ErrNotFound
}

func (r *rig) use(l *pool.Learned) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inUse = l
	r.uses++
}

func (r *rig) using() *pool.Learned {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.inUse
}

func (r *rig) decide(id, doc string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.docs[id] = doc
}

// report is a decision of auto mode between a/b and c/d, which a/b answered.
func report() string {
	return `{"at":"2026-01-02T03:04:05.000006Z","served":{"model":"a/b"},"decision":{"auto":{"preference":"speed","difficulty":640,
		"category":"math","language":"ja","models":[{"model":"c/d","rating":1250},{"model":"a/b","rating":1300}]}}}`
}

func (r *rig) verdicts() []store.Verdict {
	r.t.Helper()
	list, err := r.store.Verdicts(r.t.Context(), maxRead)
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func (r *rig) await(what string, is func() bool) {
	r.t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatal("waited in vain for: " + what)
		}
	}
}

// A verdict is kept with the numbers of its decision, also when it comes before the decision;
// after the end of the process it is still there.
func TestVerdictsAreKept(t *testing.T) {
	r := newRig(t)
	r.learner.Judge(pool.Verdict{Decision: "d1", Model: "c/d", Source: pool.VerdictFallback})
	r.learner.Judge(pool.Verdict{Decision: "never", Model: "c/d", Source: pool.VerdictFallback})
	time.Sleep(5 * time.Millisecond) // looked for in vain at least once
	r.learner.Note("d1", &pool.Task{Reading: auto.Reading{Features: [auto.Features]int16{0: -77, 5: 1<<15 - 1}}})
	r.learner.Note("d2", &pool.Task{Unread: true})
	r.decide("d2", report())
	r.decide("d1", report())
	r.await("the verdict", func() bool { return len(r.verdicts()) == 1 })
	if err := r.learner.Feedback(t.Context(), "d1", true); err != nil {
		t.Fatal(err)
	}
	r.learner.Judge(pool.Verdict{Decision: "d1", Model: "a/b", Good: true, Source: pool.VerdictContinued})
	r.learner.Judge(pool.Verdict{Decision: "d2", Model: "a/b", Source: pool.VerdictRegenerated})
	r.close() // what waits is written
	r.open()
	features := make([]int16, auto.Features)
	features[0], features[5] = -77, 1<<15-1
	want := store.Verdict{Decision: "d1", Source: "continued", At: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), Model: "a/b", Good: true,
		Preference: "speed", Category: "math", Language: "ja", Difficulty: 640, Quality: prior(1300, 640), Layout: layout(), Features: features}
	fallback, feedback := want, want
	feedback.Source = "feedback"
	fallback.Source, fallback.Model, fallback.Good, fallback.Quality = "fallback", "c/d", false, prior(1250, 640)
	unread := want
	unread.Decision, unread.Source, unread.Good, unread.Layout, unread.Features = "d2", "regenerated", false, 0, []int16{}
	if got := r.verdicts(); fmt.Sprint(got) != fmt.Sprint([]store.Verdict{want, fallback, feedback, unread}) {
		t.Errorf("%+v", got)
	}
}

// What can be learned nothing from is refused when a person says it, and says why.
func TestFeedbackRefused(t *testing.T) {
	r := newRig(t)
	for id, doc := range map[string]string{
		"named":   `{"served":{"model":"a/b"},"decision":{"model":"a/b"}}`,
		"none":    `{"served":null,"decision":null}`,
		"failed":  strings.Replace(report(), `{"model":"a/b"}`, "null", 1),
		"outside": strings.Replace(report(), `{"model":"a/b"}`, `{"model":"e/f"}`, 1),
		"large":   "",
		"broken":  `{"served":`,
	} {
		r.decide(id, doc)
	}
	for id, want := range map[string]error{"named": ErrNotAuto, "none": ErrNotAuto, "failed": ErrUnserved, "outside": ErrUnrated,
		"large": ErrTooLarge, "unknown": store.ErrNotFound} {
		if err := r.learner.Feedback(t.Context(), id, true); !errors.Is(err, want) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if err := r.learner.Feedback(t.Context(), "broken", true); err == nil {
		t.Error("broken")
	}
	if got := r.verdicts(); got != nil {
		t.Errorf("%+v", got)
	}
}

// The quality that is kept is without what had been learned: what was corrected once is not
// learned a second time. It is what auto mode itself expects.
func TestPriorIsWithoutWhatWasLearned(t *testing.T) {
	for _, learned := range []*pool.Learned{nil, {Models: map[string]int32{"a/b": -120}, Features: [auto.Features]int16{0: 90}}} {
		c := pool.Choice{Learned: learned, Thrift: 1000, Options: []pool.Option{{Model: "a/b", Eligible: true, Success: 1000}}}
		c.Options[0].Ability.Elo[pool.AspectOverall] = 1300
		c.Task.Difficulty, c.Task.Features[0] = 640, 256
		c.Choose()
		o := &c.Options[0]
		kept := prior(int64(o.Rating), int64(c.Task.Difficulty))
		if near := max(kept-int64(o.Quality), int64(o.Quality)-kept) <= 1; kept != prior(1300, 640) || near != (learned == nil) {
			t.Errorf("%d kept, %d expected with %+v", kept, o.Quality, learned)
		}
	}
}

// teach keeps outcomes as verdicts.
func (r *rig) teach(list []Outcome) {
	r.t.Helper()
	rows := make([]store.Verdict, len(list))
	for i, o := range list {
		rows[i] = store.Verdict{Decision: o.Decision, Source: o.Source.String(), At: time.Now(), Model: o.Model, Good: o.Good, Quality: int64(o.Prior), Layout: layout(), Features: o.Features}
	}
	if err := r.learner.keep(r.t.Context(), rows...); err != nil {
		r.t.Fatal(err)
	}
}

// Enough verdicts are learned from by themselves, and again after a start, with the same
// corrections; switched off nothing is used or kept, at once; forgotten is forgotten.
func TestLearns(t *testing.T) {
	r := newRig(t)
	r.teach(biased.outcomes(3000, 1))
	r.await("corrections", func() bool { return r.using() != nil })
	first := r.using()
	if s := r.learner.State(); !s.On || s.Learned != first || !s.Report.Accepted || s.Report.Outcomes != 3000 || s.At.IsZero() {
		t.Errorf("%+v", s)
	}
	r.close()
	r.open()
	r.await("corrections anew", func() bool { l := r.using(); return l != nil && l != first })
	if again := r.using(); again.Rev != first.Rev || again.Features != first.Features {
		t.Errorf("%+v, before %+v", again, first)
	}

	r.learner.Switch(false)
	if r.using() != nil || r.learner.State().Learned != nil || r.learner.State().On {
		t.Error("off, and still used")
	}
	r.decide("d", report())
	r.learner.Judge(pool.Verdict{Decision: "d", Model: "a/b", Source: pool.VerdictContinued})
	if err := r.learner.Feedback(t.Context(), "d", true); !errors.Is(err, ErrOff) {
		t.Error(err)
	}
	r.learner.Switch(true)
	r.await("corrections once more", func() bool { return r.using() != nil })
	if n := len(r.verdicts()); n != 3000 {
		t.Errorf("%d verdicts: some were kept while off", n)
	}

	if err := r.learner.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.using() != nil || r.verdicts() != nil || r.learner.State().Learned != nil {
		t.Error("forgotten, and still there")
	}
}

// Where a person has said something, what they did does not count; the verdict on another
// model's answer does. Features of another version say nothing.
func TestFeedbackOverrides(t *testing.T) {
	row := func(decision, source, model string) store.Verdict {
		return store.Verdict{Decision: decision, Source: source, Model: model, Layout: layout(), Features: []int16{7}}
	}
	other := row("e", "regenerated", "a/b")
	other.Layout++
	got := outcomes([]store.Verdict{row("d", "continued", "a/b"), row("d", "fallback", "c/d"), row("d", "feedback", "a/b"), row("d", "tool_failed", "a/b"), row("d", "omen", "a/b"), other})
	want := []Outcome{{Decision: "d", Model: "c/d", Source: pool.VerdictFallback, Features: []int16{7}},
		{Decision: "d", Model: "a/b", Source: pool.VerdictFeedback, Features: []int16{7}}, {Decision: "e", Model: "a/b", Source: pool.VerdictRegenerated}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// The features of the newest tasks are remembered, those of older ones are not.
func TestReadings(t *testing.T) {
	var r readings
	for i := range 2*maxReadings + 5 {
		r.note(fmt.Sprint(i), &[auto.Features]int16{3: int16(i)})
	}
	if got := r.find(fmt.Sprint(2*maxReadings + 4)); len(got) != int(auto.Features) || got[3] != 2*maxReadings+4 {
		t.Error(got)
	}
	if r.find(fmt.Sprint(maxReadings+4)) != nil || r.find(fmt.Sprint(maxReadings+5)) == nil || len(r.of) != maxReadings {
		t.Errorf("%d are remembered", len(r.of))
	}
}

// However many verdicts come on decisions that do not, no more than some wait.
func TestQueueIsBounded(t *testing.T) {
	r := newRig(t)
	for i := range 3 * maxQueue {
		r.learner.Judge(pool.Verdict{Decision: fmt.Sprint(i), Model: "a/b", Source: pool.VerdictContinued})
	}
	r.learner.mu.Lock()
	defer r.learner.mu.Unlock()
	if n := len(r.learner.queue); n > maxQueue {
		t.Errorf("%d wait", n)
	}
}
