package control

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"strowger/core/jsonout"
	"strowger/desktop/control/reply"
	"strowger/desktop/store"
)

// exportEvery is after how many rows what was written is sent on.
const exportEvery = 500

// columns are what is exported of a decision: no prompts, no answers, no errors.
var columns = []string{"seq", "id", "at", "asked", "model", "provider", "endpoint", "strategy", "key", "route", "cache", "status", "outcome", "stream",
	"attempts", "first_us", "total_us", "cost_micro", "failed_cost_micro", "input", "cache_read", "cache_write", "cache_write_1h", "output", "reasoning",
	"estimated", "resumed", "dropped_events"}

// export sends the decisions that the filter means, newest first, as they are read.
func (c *Control) export(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	asked := q.decisions()
	format := q.text("format")
	if format != "csv" && format != "ndjson" {
		q.wrong("format", "must be csv or ndjson")
	}
	if q.err != "" {
		reply.Fail(w, http.StatusBadRequest, q.err)
		return
	}
	out := sender{w: w, conn: http.NewResponseController(w)}
	kind, begin, line := "application/x-ndjson", func() {}, writeNDJSON
	if format == "csv" {
		kind, begin, line = "text/csv; charset=utf-8", func() { _, _ = io.WriteString(w, strings.Join(columns, ",")+"\r\n") }, writeCSV
	}
	w.Header().Set("content-type", kind)
	w.Header().Set("content-disposition", `attachment; filename="strowger-`+time.Now().UTC().Format("2006-01-02T1504")+"."+format+`"`)
	w.Header().Set("cache-control", "no-store")
	begin()
	held, last := c.o.Feed.entries(asked)
	for i := range held {
		if out.send(line, &held[i]) != nil {
			return
		}
	}
	asked.Before = last
	if err := c.o.Store.Each(r.Context(), asked, func(d store.Decision) error { return out.send(line, &d) }); err != nil {
		panic(http.ErrAbortHandler) // what ends here must not look complete
	}
}

// sender sends rows as they come.
type sender struct {
	w    http.ResponseWriter
	conn *http.ResponseController
	rows int
}

func (s *sender) send(line func(io.Writer, *store.Decision) error, d *store.Decision) error {
	if s.rows++; s.rows%exportEvery == 1 {
		_ = s.conn.SetWriteDeadline(time.Now().Add(time.Minute))
	}
	if err := line(s.w, d); err != nil {
		return err
	}
	if s.rows%exportEvery == 0 {
		return s.conn.Flush()
	}
	return nil
}

// entries are the decisions held that a query means, newest first, without their documents, and
// the seq below which there may be more in the store.
func (f *Feed) entries(q store.Query) (all []store.Decision, last int64) {
	rows, _ := f.held(0, 0, kept)
	for _, r := range rows {
		if last = r.done.Seq; q.Match(r.entry()) {
			all = append(all, r.entry().Decision)
		}
	}
	return all, last
}

// writeCSV writes a row. Of text that a spreadsheet would take for a formula it is made text.
func writeCSV(w io.Writer, d *store.Decision) error {
	known := func(n int64, known bool) string {
		if !known {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	n := func(n int64) string { return known(n, true) }
	t := &d.Tokens
	cells := []string{n(d.Seq), d.ID, d.At.UTC().Format(time.RFC3339Nano), d.Asked, d.Model, d.Provider, d.Endpoint,
		d.Strategy, d.Key, d.Route, d.Cache, n(int64(d.Status)), d.Outcome, strconv.FormatBool(d.Stream), n(int64(d.Attempts)),
		known(micros(d.FirstToken), d.FirstToken > 0), n(micros(d.Total)), known(d.Cost, d.Priced), known(d.Failed, d.FailedPriced),
		n(t.Input), n(t.CacheRead), n(t.CacheWrite), n(t.CacheWriteHour), n(t.Output), n(t.Reasoning), strconv.FormatBool(t.Estimated),
		d.Resumed, n(int64(d.Dropped))}
	for i := range cells {
		cells[i] = quoted(plain(cells[i]))
	}
	_, err := io.WriteString(w, strings.Join(cells, ",")+"\r\n")
	return err
}

// plain keeps a spreadsheet from reading text as a formula: it has ' before whatever could begin
// one at the beginning of a cell, also where a spreadsheet ends cells at other signs than commas,
// or trims them.
func plain(s string) string {
	var out strings.Builder
	begins := true // nothing but what may be trimmed since a cell may have begun
	for _, r := range s {
		switch {
		case begins && strings.ContainsRune("=+-@\uFF1D\uFF0B\uFF0D\uFF20", r):
			out.WriteByte('\'')
			begins = false
		case strings.ContainsRune(";|\t\r\n", r):
			begins = true
		case r != '"' && !unicode.IsSpace(r) && !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r):
			begins = false
		}
		out.WriteRune(r)
	}
	return out.String()
}

// quoted is a cell of CSV, in quotes where it holds anything that ends a cell or may be trimmed.
func quoted(s string) string {
	if strings.TrimSpace(s) == s && !strings.ContainsAny(s, ",;|\"\t\r\n") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

func writeNDJSON(w io.Writer, d *store.Decision) error {
	j := jsonout.Writer{}
	j.Begin('{')
	j.Int("seq", d.Seq)
	j.String("id", d.ID)
	j.Time("at", d.At)
	j.String("asked", d.Asked)
	j.String("model", d.Model)
	j.String("provider", d.Provider)
	j.String("endpoint", d.Endpoint)
	j.String("strategy", d.Strategy)
	j.String("key", d.Key)
	j.String("route", d.Route)
	j.String("cache", d.Cache)
	j.Int("status", int64(d.Status))
	j.String("outcome", d.Outcome)
	j.Bool("stream", d.Stream)
	j.Int("attempts", int64(d.Attempts))
	j.IntOrNull("first_us", micros(d.FirstToken), d.FirstToken > 0)
	j.Int("total_us", micros(d.Total))
	j.IntOrNull("cost_micro", d.Cost, d.Priced)
	j.IntOrNull("failed_cost_micro", d.Failed, d.FailedPriced)
	t := &d.Tokens
	j.Int("input", t.Input)
	j.Int("cache_read", t.CacheRead)
	j.Int("cache_write", t.CacheWrite)
	j.Int("cache_write_1h", t.CacheWriteHour)
	j.Int("output", t.Output)
	j.Int("reasoning", t.Reasoning)
	j.Bool("estimated", t.Estimated)
	j.String("resumed", d.Resumed)
	j.Int("dropped_events", int64(d.Dropped))
	j.End('}')
	_, err := w.Write(append(j.Buf, '\n'))
	return err
}
