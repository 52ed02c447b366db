package control

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"strowger/desktop/control/reply"
	"strowger/desktop/store"
)

// query reads a query string; err says what is wrong with it first, naming the parameter.
type query struct {
	values url.Values
	err    string
}

func queryOf(r *http.Request) *query { return &query{values: r.URL.Query()} }

func (q *query) text(name string) string { return q.values.Get(name) }

func (q *query) wrong(name, what string) {
	if q.err == "" {
		q.err = name + " " + what
	}
}

// number is a whole number; 0 if there is none.
func (q *query) number(name string) int64 {
	text := q.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		q.wrong(name, "must be a whole number")
	}
	return n
}

// micros is a time in microseconds.
func (q *query) micros(name string) time.Duration {
	return time.Duration(min(q.number(name), int64(1<<62)/1000)) * time.Microsecond
}

// is is 1 or true, 0 or false, or neither.
func (q *query) is(name string) store.Is {
	switch q.text(name) {
	case "":
		return store.Either
	case "1", "true":
		return store.Yes
	case "0", "false":
		return store.No
	}
	q.wrong(name, "must be 1 or 0")
	return store.Either
}

// moment is a time of RFC 3339, or in seconds since 1970; zero if there is none.
func (q *query) moment(name string) time.Time {
	text := q.text(name)
	if text == "" {
		return time.Time{}
	}
	t, err := reply.Moment(text)
	if err != nil {
		q.wrong(name, err.Error())
	}
	return t
}

// span is from and to; the last hour where they are left out.
func (q *query) span(now time.Time) (from, to time.Time) {
	from, to = q.moment("from"), q.moment("to")
	if to.IsZero() {
		to = now.UTC()
	}
	if from.IsZero() {
		from = to.Add(-time.Hour)
	}
	switch {
	case !from.Before(to):
		q.wrong("from", "must be before to")
	case to.Sub(from) > store.MaxSpan:
		q.wrong("from", "must be at most "+strconv.Itoa(int(store.MaxSpan/(24*time.Hour)))+" days before to")
	}
	return from, to
}

// decisions are those that the query string means.
func (q *query) decisions() store.Query {
	return store.Query{
		From: q.moment("from"), To: q.moment("to"),
		Provider: q.text("provider"), Model: q.text("model"), Asked: q.text("asked"), Outcome: q.text("outcome"), Cause: q.text("cause"),
		Key: q.text("key"), Route: q.text("route"), Strategy: q.text("strategy"), Cache: q.text("cache"), ID: strings.ToLower(q.text("id")),
		Status: int(min(q.number("status"), 999)), Stream: q.is("stream"), Fallback: q.is("fallback"), Unpriced: q.is("unpriced"),
		CostMin: q.number("cost_min"), CostMax: q.number("cost_max"), TotalMin: q.micros("total_min_us"), FirstMin: q.micros("first_min_us"),
	}
}
