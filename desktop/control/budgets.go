package control

import (
	"math/bits"
	"net/http"
	"strconv"
	"strings"
	"time"

	"strowger/core/jsonout"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/policy"
	"strowger/desktop/control/reply"
)

// budgets lists every limit on money as it stands. Money is in micro-dollars.
func (c *Control) budgets(w http.ResponseWriter, _ *http.Request) {
	j := jsonout.Writer{}
	j.Begin('{')
	j.BeginAt("budgets", '[')
	now := time.Now()
	for _, b := range c.standings() {
		f := forecastOf(&b.Standing, now)
		if b.state == stateReached {
			f.reaches = time.Time{}
		}
		j.Begin('{')
		j.String("account", b.Account)
		j.String("per", b.Per.String())
		j.Int("limit_micro", b.Most)
		j.Int("spent_micro", b.Spent)
		j.Int("reserved_micro", b.Reserved)
		j.Int("left_micro", b.Left)
		j.Time("since", b.Start)
		j.Time("reset", b.Reset)
		j.IntOrNull("forecast_micro", f.spent, f.known)
		j.Time("reaches", f.reaches)
		j.String("effect", effect(&b.Standing))
		j.String("state", b.state)
		j.Int("refused", b.refused.requests)
		j.Time("refused_since", b.refused.since)
		j.String("text", tell(&b))
		j.End('}')
	}
	j.End(']')
	j.End('}')
	reply.JSON(w, j.Buf)
}

// The states of a limit on money.
const (
	stateRoom    = "room"
	stateNear    = "near"    // four fifths of it are spent
	stateReached = "reached" // it refuses requests, or would the next
)

// standing is a limit on money as it stands, and what became of it.
type standing struct {
	limits.Standing
	refused refusals
	state   string
}

// standings are all limits on money. One is reached before all of it is spent: what is left has to
// be as much as a request can cost.
func (c *Control) standings() []standing {
	var all []standing
	for _, s := range c.o.Budgets() {
		b := standing{s, c.o.Feed.refusedBy(&s), stateRoom}
		left := s.Most - s.Spent
		switch near := left <= s.Most/5; {
		case left <= 0, left < b.refused.need, near && left < c.o.Feed.usual(s.Account):
			b.state = stateReached
		case near:
			b.state = stateNear
		}
		all = append(all, b)
	}
	return all
}

// tell says how a limit stands.
func tell(b *standing) string {
	spent := "$" + llm.Dollars(b.Spent) + " of $" + llm.Dollars(b.Most) + " are spent"
	name := b.Account + " per " + b.Per.String() + ": "
	switch {
	case b.state != stateReached && b.refused.requests > 0:
		return name + counted(b.refused.requests, "request") + " refused since " + clock(b.refused.since) + " while others were going on; " + spent
	case b.refused.requests > 0:
		return name + "reached: " + counted(b.refused.requests, "request") + " refused since " + clock(b.refused.since) + "; " + spent
	case b.state == stateReached && b.Spent < b.Most:
		return name + "reached: " + spent + ", and what is left is less than a request usually costs"
	case b.state == stateReached:
		return name + "reached: " + spent
	}
	return name + spent
}

// clock writes a moment within a sentence; whoever shows it makes it one of the reader's zone.
func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// counted is a number of things.
func counted(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.FormatInt(n, 10) + " " + thing
}

// forecast is what a window comes to if spending goes on as it did so far.
type forecast struct {
	known   bool // a tenth of the window is over
	spent   int64
	reaches time.Time // the limit; zero: not in this window
}

func forecastOf(s *limits.Standing, now time.Time) (f forecast) {
	gone, whole := now.Sub(s.Start), s.Reset.Sub(s.Start)
	if s.Spent >= s.Most {
		f.reaches = now.UTC()
	}
	if gone <= 0 || gone > whole || gone < whole/10 {
		return f
	}
	f.known, f.spent = true, times(s.Spent, whole, gone)
	if f.spent > s.Most && f.reaches.IsZero() {
		f.reaches = s.Start.Add(time.Duration(times(int64(gone), time.Duration(s.Most), time.Duration(s.Spent)))).UTC()
	}
	return f
}

// times is n·a/b, all at least 0 and b above; the largest number if that does not fit.
func times(n int64, a, b time.Duration) int64 {
	const most = 1<<63 - 1
	hi, lo := bits.Mul64(uint64(n), uint64(a))
	if hi >= uint64(b) {
		return most
	}
	q, _ := bits.Div64(hi, lo, uint64(b))
	return int64(min(q, most))
}

// effect says what reaching a limit does.
func effect(s *limits.Standing) string {
	who := "requests"
	if name, ok := strings.CutPrefix(s.Account, policy.AccountKey); ok {
		who = "requests with key " + name
	} else if name, ok := strings.CutPrefix(s.Account, policy.AccountRoute); ok {
		who = "requests on route " + name
	}
	return who + " are refused with 429 until " + clock(s.Reset)
}
