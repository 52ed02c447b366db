package control

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/http"
	"slices"

	"strowger/core/auto"
	"strowger/core/auto/pool"
	"strowger/core/jsonout"
	"strowger/desktop/control/reply"
	"strowger/desktop/learn"
	"strowger/desktop/store"
)

// maxFeedback is how long the body of feedback may be.
const maxFeedback = 4 << 10

// feedback keeps what a person says of an answer.
func (c *Control) feedback(w http.ResponseWriter, r *http.Request) {
	body, ok := reply.Body(w, r, maxFeedback)
	if !ok {
		return
	}
	var f struct {
		Decision string `json:"decision"`
		Good     *bool  `json:"good"`
	}
	if err := json.Unmarshal(body, &f); err != nil || f.Decision == "" || f.Good == nil {
		reply.Fail(w, http.StatusBadRequest, `the body must be {"decision": "ID", "good": true} or false: how the answer of that decision was`)
		return
	}
	if err := c.o.Learner.Feedback(r.Context(), f.Decision, *f.Good); err != nil {
		failLearning(w, f.Decision, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// forget deletes all verdicts and what was learned from them.
func (c *Control) forget(w http.ResponseWriter, r *http.Request) {
	if err := c.o.Learner.Forget(r.Context()); err != nil {
		failLearning(w, "", err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func failLearning(w http.ResponseWriter, decision string, err error) {
	switch {
	case errors.Is(err, store.ErrNotFound):
		reply.Fail(w, http.StatusNotFound, "no decision "+decision+" is recorded")
	case errors.Is(err, learn.ErrNotAuto), errors.Is(err, learn.ErrUnserved), errors.Is(err, learn.ErrUnrated):
		reply.Fail(w, http.StatusBadRequest, "nothing can be learned from decision "+decision+": "+err.Error())
	case errors.Is(err, learn.ErrTooLarge):
		reply.Fail(w, http.StatusGone, "decision "+decision+" was too large to be kept whole")
	case errors.Is(err, learn.ErrOff):
		reply.Fail(w, http.StatusConflict, err.Error())
	case errors.Is(err, store.ErrNoStore):
		reply.Fail(w, http.StatusServiceUnavailable, err.Error())
	default:
		reply.Fail(w, http.StatusInternalServerError, err.Error())
	}
}

// auto tells what has been learned, and from what.
func (c *Control) auto(w http.ResponseWriter, r *http.Request) {
	counts, err := c.o.Store.VerdictCounts(r.Context())
	if err != nil {
		reply.Fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	s := c.o.Learner.State()
	j := jsonout.Writer{}
	j.Begin('{')
	j.Bool("learn", s.On)
	j.BeginAt("outcomes", '[')
	for _, n := range counts {
		j.Begin('{')
		j.String("source", n.Source)
		j.String("model", n.Model)
		j.Int("good", n.Good)
		j.Int("bad", n.Bad)
		j.End('}')
	}
	j.End(']')
	writeFit(&j, &s)
	writeLearned(&j, s.Learned)
	j.End('}')
	reply.JSON(w, j.Buf)
}

// writeFit writes how the last fit went; losses are in thousandths of a nat.
func writeFit(j *jsonout.Writer, s *learn.State) {
	if s.At.IsZero() {
		j.Null("fit")
		return
	}
	f := &s.Report
	tested := f.Before > 0
	j.BeginAt("fit", '{')
	j.Time("at", s.At)
	j.Int("outcomes", int64(f.Outcomes))
	j.Int("bad", int64(f.Bad))
	j.Int("held_back", int64(f.HeldBack))
	j.IntOrNull("loss_before_milli", milli(f.Before), tested)
	j.IntOrNull("loss_after_milli", milli(f.After), tested)
	j.IntOrNull("error_milli", milli(f.Error), tested)
	j.Bool("accepted", f.Accepted)
	j.String("why", f.Why)
	j.End('}')
}

func milli(nats float64) int64 { return int64(math.Round(nats * 1000)) }

// writeLearned writes the corrections in use.
func writeLearned(j *jsonout.Writer, l *pool.Learned) {
	if l == nil {
		j.Null("learned")
		return
	}
	j.BeginAt("learned", '{')
	j.String("rev", l.Rev)
	j.Int("outcomes", int64(l.Outcomes))
	j.BeginAt("models", '[')
	for _, name := range slices.Sorted(maps.Keys(l.Models)) {
		j.Begin('{')
		j.String("model", name)
		j.Int("points", int64(l.Models[name]))
		j.End('}')
	}
	j.End(']')
	j.BeginAt("features", '[')
	for f, w := range l.Features {
		if w != 0 {
			j.Begin('{')
			j.String("name", auto.Feature(f).String())
			j.Int("permille", learn.PerDeviation(w))
			j.End('}')
		}
	}
	j.End(']')
	j.End('}')
}
