package main

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// notice is what a person is told although they do not look at the window.
type notice struct{ title, body string }

// kind is what a notice is about. Each has its own switch and its own pace.
type kind int

const (
	kindFailover kind = iota
	kindBudget
	kindCredentials
	kindRateLimited
	kinds
)

// on reports whether notices of a kind are wanted.
func (w wants) on(k kind) bool {
	return [kinds]bool{w.Failover, w.Budget, w.Credentials, w.RateLimited}[k]
}

// quiet is how long after a notice none of its kind is given.
const quiet = time.Minute

// row is what is looked at in a row of /_/api/decisions.
type row struct {
	Seq      int64
	Asked    string
	Provider string
	Outcome  string
	Attempts []struct {
		Provider, Outcome string
		Status            int
	}
}

// concern is one of /_/api/attention. Those of kind budget have an id, the same as long as the
// limit stands alike in its period.
type concern struct{ Kind, Severity, Text, Next, ID string }

// reporter makes notices of what has happened: at most one of a kind in a while, with how many
// there were in between.
type reporter struct {
	wants func() wants
	said  [kinds]time.Time
	kept  [kinds]int      // not said since
	known map[string]bool // ids of concerns that were said
}

func newReporter(wants func() wants) *reporter {
	return &reporter{wants: wants, known: map[string]bool{}}
}

// look gives what is to be said at now about rows, newest first, and about what needs attention.
func (r *reporter) look(now time.Time, rows []row, concerns []concern) (out []notice) {
	say := func(k kind, title, body string) {
		switch {
		case !r.wants().on(k):
		case !r.said[k].IsZero() && now.Sub(r.said[k]) < quiet:
			r.kept[k]++
		default:
			if n := r.kept[k]; n > 0 {
				body += fmt.Sprintf(" (and %d more since the last notice)", n)
			}
			r.said[k], r.kept[k] = now, 0
			out = append(out, notice{title, body})
		}
	}
	for i := len(rows) - 1; i >= 0; i-- {
		read(&rows[i], say)
	}
	r.spending(concerns, say)
	return out
}

// read says what is worth it in a row.
func read(w *row, say func(k kind, title, body string)) {
	over := false
	for _, a := range w.Attempts {
		switch a.Outcome {
		case "credentials":
			say(kindCredentials, a.Provider+" refuses its key", fmt.Sprintf("Asked for %s, %s answered %s. Check its key: strowger key, or the page Providers.", w.Asked, a.Provider, status(a.Status)))
		case "rate_limited":
			say(kindRateLimited, a.Provider+" is over its rate limit", "It refused a request for "+w.Asked+".")
		}
		if w.Outcome == "ok" && a.Provider != w.Provider && failed(a.Outcome) && !over {
			over = true // one notice a request
			say(kindFailover, w.Provider+" answered for "+a.Provider, fmt.Sprintf("%s failed at a request for %s: %s.", a.Provider, w.Asked, reason(a.Outcome, a.Status)))
		}
	}
}

// failed reports whether an attempt that ended so is one that another had to stand in for.
func failed(outcome string) bool {
	return outcome != "" && outcome != "ok" && outcome != "left" && outcome != "abandoned"
}

func reason(outcome string, code int) string {
	if code >= 400 {
		return outcome + ", " + status(code)
	}
	return outcome
}

func status(code int) string {
	if code == 0 {
		return "nothing"
	}
	return "status " + strconv.Itoa(code)
}

// spending says of every limit on money once a period that it is nearly reached, and once that it
// is: when is for the control plane to say.
func (r *reporter) spending(concerns []concern, say func(k kind, title, body string)) {
	now := map[string]bool{}
	for _, c := range concerns {
		if c.Kind != "budget" || c.ID == "" {
			continue
		}
		if now[c.ID] = true; r.known[c.ID] {
			continue
		}
		title := "A budget is nearly spent"
		if c.Severity == "bad" {
			title = "A budget is reached"
		}
		say(kindBudget, title, local(c.Text+"; "+c.Next+"."))
	}
	r.known = now
}

var moment = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// local is a text with its moments as the clock here shows them.
func local(text string) string {
	return moment.ReplaceAllStringFunc(text, func(s string) string {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return s
		}
		return t.Local().Format("2 Jan 15:04")
	})
}

// The rhythm of looking: never more often than pause, and less often where something fails.
const (
	pause = time.Second
	rest  = 5 * time.Second
)

// follow looks at what the Strowger that is shown does, until ctx is done, and tells what is worth
// it. What happened before is not.
func (r *reporter) follow(ctx context.Context, get func(ctx context.Context, path string, to any) error, tell func(notice)) {
	last := int64(-1)
	for wait := time.Duration(0); sleep(ctx, wait); {
		wait = pause
		rows, err := newer(ctx, get, &last)
		var page struct{ Items []concern }
		if err == nil {
			err = get(ctx, "/_/api/attention", &page)
		}
		if err != nil { // it has ended, and the next counts anew where nothing is recorded
			last, wait = -1, rest
			continue
		}
		for _, n := range r.look(time.Now(), rows, page.Items) {
			tell(n)
		}
	}
}

// newer waits for rows newer than last, and moves it. A last below 0 is moved to the newest.
func newer(ctx context.Context, get func(ctx context.Context, path string, to any) error, last *int64) ([]row, error) {
	q := url.Values{"limit": {"1"}}
	if *last >= 0 {
		q = url.Values{"limit": {"500"}, "after": {strconv.FormatInt(*last, 10)}, "wait": {"1"}}
	}
	var page struct{ Rows []row }
	if err := get(ctx, "/_/api/decisions?"+q.Encode(), &page); err != nil {
		return nil, err
	}
	first := *last < 0
	*last = max(*last, 0)
	for _, r := range page.Rows {
		*last = max(*last, r.Seq)
	}
	if first {
		return nil, nil
	}
	return page.Rows, nil
}

// sleep waits; false if ctx is done.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
