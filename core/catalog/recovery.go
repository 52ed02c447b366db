package catalog

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/core/jsonout"
	"strowger/core/scan"
)

// Hold is how long an answer is held back after its first content, so that it can still
// fall back. At most one field is set; the zero value says nothing, which means not at all.
type Hold struct {
	First  bool          // not at all: the first content is passed on
	Tokens int64         // until there are so many tokens of output, by estimate
	For    time.Duration // for so long after the first content
	Whole  bool          // until the answer is complete
}

// Said reports whether h says anything.
func (h Hold) Said() bool { return h != Hold{} }

// String is the hold as in a configuration: first_event, 40 tokens, 2s, whole.
func (h Hold) String() string {
	switch {
	case h.Whole:
		return "whole"
	case h.Tokens > 0:
		return strconv.FormatInt(h.Tokens, 10) + " tokens"
	case h.For > 0:
		return h.For.String()
	}
	return "first_event"
}

// Resume is how an answer that broke off in the middle is continued.
type Resume uint8

// The ways to continue. ResumeNone means none was chosen here.
const (
	ResumeNone    Resume = iota
	ResumeAuto           // by prefill where an endpoint can, else by replay
	ResumePrefill        // another endpoint is given what was said, and goes on
	ResumeReplay         // another endpoint is asked afresh, and must say the same up to there
	ResumeOff            // not at all: the stream ends in an error
)

var resumeNames = [...]string{"", "auto", "prefill", "replay", "off"}

// String is the way's name as written in a configuration.
func (r Resume) String() string {
	if int(r) < len(resumeNames) {
		return resumeNames[r]
	}
	return ""
}

// ResumeNamed is the way of that name; ResumeNone if there is none.
func ResumeNamed(name string) Resume {
	return Resume(max(slices.Index(resumeNames[:], name), 0))
}

// ResumeNames lists the names.
func ResumeNames() []string { return append([]string(nil), resumeNames[1:]...) }

// Retry is when an endpoint is tried again within one exchange. A zero field means its
// default; Max and AfterMax below zero mean never.
type Retry struct {
	Max        int           // retries by status for one endpoint; default 2
	On         []int         // statuses that are tried again, 400..599; none by default
	Backoff    time.Duration // first pause; default 500ms, doubled each time
	BackoffMax time.Duration // default 8s
	AfterMax   time.Duration // longest Retry-After that is waited for; default 3s
}

// Never in Max or AfterMax of a Retry switches it off. In a Catalog no other value is below
// zero.
const Never = -1

// The bounds of a hold and of the retries for one endpoint. Who would hold an answer back for
// longer wants the whole of it; who would try more often wants another endpoint.
const (
	MostHoldTokens = 1_000_000
	MostHoldFor    = 10 * time.Minute
	MostRetries    = 10
)

// or fills the zero fields of r from d. Of the two pauses the one that is not said gives way,
// so that what fills a gap never contradicts what was said.
func (r Retry) or(d Retry) Retry {
	setDefault(&r.Max, d.Max)
	setDefault(&r.AfterMax, d.AfterMax)
	switch {
	case r.BackoffMax == 0:
		r.BackoffMax = max(d.BackoffMax, r.Backoff)
	case r.Backoff == 0 && r.BackoffMax > 0:
		r.Backoff = min(d.Backoff, r.BackoffMax)
	}
	setDefault(&r.Backoff, d.Backoff)
	if r.On == nil {
		r.On = d.On
	}
	return r
}

// checkRecovery checks what becomes of an attempt that failed, and gives never one form.
func (c *checker) checkRecovery(place []string, r *Routing) {
	c.checkHold(place, r.Hold)
	if r.Resume != ResumeNone && r.Resume.String() == "" {
		c.report(place, "resume", "must be one of "+strings.Join(ResumeNames(), ", "), "")
	}
	t := &r.Retry
	t.Max, t.AfterMax = max(t.Max, Never), max(t.AfterMax, Never)
	if t.Max > MostRetries {
		c.report(place, "retry.max", "must be at most "+strconv.Itoa(MostRetries), "")
	}
	for i, status := range t.On {
		if status < 400 || status > 599 {
			c.report(place, "retry.on."+strconv.Itoa(i), "a status must be from 400 to 599", "")
		}
	}
	c.checkDuration(place, "retry.backoff", t.Backoff)
	c.checkDuration(place, "retry.backoff_max", t.BackoffMax)
	if t.BackoffMax > 0 && t.Backoff > t.BackoffMax {
		c.report(place, "retry.backoff_max", "must be at least backoff, which is "+t.Backoff.String(), "")
	}
	c.checkDuration(place, "retry.retry_after_max", max(t.AfterMax, 0))
}

// checkHold refuses a hold that says two things, or one that is out of bounds.
func (c *checker) checkHold(place []string, h Hold) {
	said := 0
	for _, is := range [...]bool{h.First, h.Tokens != 0, h.For != 0, h.Whole} {
		if is {
			said++
		}
	}
	if said > 1 {
		c.report(place, "hold", "must be one of first_event, whole, {tokens: 40}, {for: 2s}", "")
	}
	if h.Tokens < 0 || h.Tokens > MostHoldTokens {
		c.report(place, "hold.tokens", "must be from 1 to "+strconv.Itoa(MostHoldTokens), "")
	}
	c.checkDuration(place, "hold.for", h.For)
	if h.For > MostHoldFor {
		c.report(place, "hold.for", "must be at most "+MostHoldFor.String()+"; whole holds back all of an answer", "")
	}
}

// setRecovery fills in the defaults of the global rules.
func (r *Routing) setRecovery() {
	setDefault(&r.Hold, Hold{First: true})
	setDefault(&r.Resume, ResumeAuto)
	if r.Strict != nil && !*r.Strict { // says no more than nothing
		r.Strict = nil
	}
	dropEmpty(&r.Retry.On)
	r.Retry = r.Retry.or(Retry{Max: DefaultRetries, Backoff: DefaultBackoff, BackoffMax: DefaultBackoffMax, AfterMax: DefaultRetryAfterMax})
}

func writeRecovery(w *jsonout.Writer, r *Routing) {
	if h := r.Hold; h.Said() {
		w.BeginAt("hold", '{')
		optBool(w, "first", h.First)
		w.OptInt("tokens", h.Tokens)
		w.OptInt("for_us", h.For.Microseconds())
		optBool(w, "whole", h.Whole)
		w.End('}')
	}
	w.OptString("resume", r.Resume.String())
	if r.Strict != nil {
		w.Bool("strict", *r.Strict)
	}
	w.OptInt("retry_max", int64(r.Retry.Max))
	if r.Retry.On != nil {
		writeInts(w, "retry_on", r.Retry.On)
	}
	w.OptInt("retry_backoff_us", r.Retry.Backoff.Microseconds())
	w.OptInt("retry_backoff_max_us", r.Retry.BackoffMax.Microseconds())
	if r.Retry.AfterMax < 0 {
		w.Int("retry_after_max_us", Never)
	} else {
		w.OptInt("retry_after_max_us", r.Retry.AfterMax.Microseconds())
	}
}

func (r *reader) hold(at *Hold) func(scan.Value) {
	return func(v scan.Value) {
		r.nested(v, "hold", map[string]func(scan.Value){
			"first":  r.bool(&at.First, "first"),
			"tokens": r.int("tokens", func(n int64) { at.Tokens = n }),
			"for_us": r.micros(&at.For, "for_us"),
			"whole":  r.bool(&at.Whole, "whole"),
		})
	}
}

// orNever reads microseconds, or anything below zero as Never.
func (r *reader) orNever(at *time.Duration, place string) func(scan.Value) {
	read := r.micros(at, place)
	return func(v scan.Value) {
		read(v)
		*at = max(*at, Never)
	}
}
