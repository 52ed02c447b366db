package control

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"strowger/desktop/control/reply"
	"strowger/desktop/store"
)

const (
	defaultPage = 100
	maxPage     = 500
	maxWait     = 25 * time.Second
)

// list answers what is newer than a seq, or a page going back from the newest.
func (c *Control) list(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	asked := q.decisions()
	after := q.number("after")
	asked.Before = q.number("before")
	if asked.Limit = int(min(q.number("limit"), maxPage)); asked.Limit == 0 {
		asked.Limit = defaultPage
	}
	if q.err != "" {
		reply.Fail(w, http.StatusBadRequest, q.err)
		return
	}
	if q.values.Has("after") {
		reply.JSON(w, appendRows(nil, c.newer(r, after, asked.Limit), 0))
		return
	}
	lines, next, err := c.older(r.Context(), asked)
	if err != nil {
		reply.Fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	var looked time.Time
	if next > 0 && len(lines) < asked.Limit {
		looked = c.lookedTo(r.Context(), next)
	}
	reply.JSON(w, appendPage(nil, lines, next, looked))
}

// lookedTo is how far back was looked for a page that is short: to the time of the next decision,
// as far as that can be said.
func (c *Control) lookedTo(ctx context.Context, next int64) time.Time {
	page, err := c.o.Store.Decisions(ctx, store.Query{Before: next, Limit: 1})
	if err != nil || len(page.Decisions) == 0 {
		return time.Time{}
	}
	return page.Decisions[0].At
}

// newer are the rows newer than after; it waits for one if asked to.
func (c *Control) newer(r *http.Request, after int64, limit int) [][]byte {
	deadline := time.NewTimer(maxWait)
	defer deadline.Stop()
	for {
		fresh := c.o.Feed.Watch()
		lines, _ := c.o.Feed.after(after, limit)
		if len(lines) > 0 || r.URL.Query().Get("wait") != "1" {
			return lines
		}
		select {
		case <-fresh:
		case <-deadline.C:
			return nil
		case <-r.Context().Done():
			return nil
		case <-c.o.Closing:
			return nil
		}
	}
}

// older is a page of rows and the seq to ask for the next with, 0 if there is none. The
// newest come from memory, where they stand before they are written; the rest from the
// store.
func (c *Control) older(ctx context.Context, q store.Query) (lines [][]byte, next int64, err error) {
	want := q.Limit
	lines, q.Before = c.o.Feed.page(q)
	if q.Limit = want - len(lines); q.Limit > 0 {
		page, err := c.o.Store.Decisions(ctx, q)
		if err != nil {
			return nil, 0, err
		}
		lines, err = c.appendStored(ctx, lines, page.Decisions)
		return lines, page.Next, err
	}
	return lines, q.Before, nil
}

// together is how many decisions' attempts are read at once: that many cannot have more
// than the store gives.
const together = 75

// appendStored appends recorded decisions, newest first, as rows.
func (c *Control) appendStored(ctx context.Context, lines [][]byte, ds []store.Decision) ([][]byte, error) {
	for len(ds) > 0 {
		n := 1
		for n < len(ds) && ds[0].Seq-ds[n].Seq < together {
			n++
		}
		attempts, err := c.o.Store.Attempts(ctx, ds[n-1].Seq, ds[0].Seq)
		if err != nil {
			return nil, err
		}
		bySeq := map[int64][]store.Attempt{}
		for _, a := range attempts {
			bySeq[a.Seq] = append(bySeq[a.Seq], a)
		}
		for _, d := range ds[:n] {
			lines = append(lines, appendRow(nil, &store.Entry{Decision: d, Attempts: bySeq[d.Seq]}, ""))
		}
		ds = ds[n:]
	}
	return lines, nil
}

// one is a whole report, from memory or from the store.
func (c *Control) one(w http.ResponseWriter, r *http.Request) {
	doc, seq, err := c.o.Feed.Find(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, store.ErrNotFound):
		reply.Fail(w, http.StatusNotFound, "no decision "+r.PathValue("id")+" is recorded")
		return
	case err != nil:
		reply.Fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	if len(doc) == 0 {
		reply.Fail(w, http.StatusGone, "decision "+r.PathValue("id")+" was too large to be kept whole")
		return
	}
	reply.JSON(w, append(strconv.AppendInt([]byte(`{"seq":`), seq, 10), append([]byte{','}, doc[1:]...)...))
}
