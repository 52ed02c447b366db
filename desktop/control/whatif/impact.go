package whatif

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"strowger/core/catalog"
	"strowger/desktop/config"
	"strowger/desktop/control/reply"
	"strowger/desktop/impact"
	"strowger/desktop/store"
)

// The bounds of an impact.
const (
	mostDecisions = 100_000
	fewDecisions  = 1000 // if nothing is said
)

// impact starts a job that says what a configuration would have changed.
func (p *Part) impact(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Config *string `json:"config"`
		A      *string `json:"a"`
		B      *string `json:"b"`
		From   any     `json:"from"`
		To     any     `json:"to"`
		Limit  int     `json:"limit"`
	}
	if !reply.Read(w, r, maxBody, &q) {
		return
	}
	if q.Config != nil {
		q.B = q.Config
	}
	span := store.Query{Limit: fewDecisions, To: time.Now()}
	if q.Limit != 0 {
		span.Limit = q.Limit
	}
	from, err1 := moment(q.From, span.To.Add(-30*24*time.Hour))
	to, err2 := moment(q.To, span.To)
	span.From, span.To = from, to
	switch {
	case q.B == nil:
		reply.Fail(w, http.StatusBadRequest, "config is needed: the text to compare with what was decided; or a and b")
		return
	case err1 != nil || err2 != nil:
		reply.Fail(w, http.StatusBadRequest, "from and to are times such as 2026-07-01T00:00:00Z, or seconds since 1970")
		return
	case span.Limit < 0 || span.Limit > mostDecisions:
		reply.Fail(w, http.StatusBadRequest, "limit is at most "+strconv.Itoa(mostDecisions))
		return
	}
	var cats impact.Catalogs
	for _, side := range [...]struct {
		text *string
		cat  **catalog.Catalog
	}{{q.A, &cats.Before}, {q.B, &cats.After}} {
		if side.text == nil {
			continue
		}
		var err error
		if *side.cat, err = p.o.Catalogs.Read(*side.text); err != nil {
			reply.Fail(w, http.StatusUnprocessableEntity, first(err))
			return
		}
	}
	p.o.Jobs.Accept(w, "impact", func(ctx context.Context, progress func(done, total int64)) (any, error) {
		total, err := impact.Count(ctx, p.o.Store, span)
		if err != nil {
			return nil, err
		}
		progress(0, total)
		return impact.Compare(ctx, impact.Of(p.o.Store, span), cats, func(done int64) { progress(done, max(done, total)) })
	})
}

// first is the first of a text's problems.
func first(err error) string {
	var all config.Problems
	if errors.As(err, &all) && len(all) > 0 {
		return all[0].Error()
	}
	return err.Error()
}

// moment reads a time: RFC 3339, or seconds since 1970.
func moment(v any, otherwise time.Time) (time.Time, error) {
	switch v := v.(type) {
	case nil:
		return otherwise, nil
	case float64:
		return time.Unix(int64(v), 0), nil
	case string:
		if v == "" {
			return otherwise, nil
		}
		return reply.Moment(v)
	}
	return otherwise, errors.New("not a time")
}
