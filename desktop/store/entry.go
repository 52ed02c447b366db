package store

import (
	"time"
	"unicode/utf8"

	"strowger/core/stats"
)

// What is longer than these is cut (texts, in bytes), or left out (attempts behind the
// last, a document).
const (
	MaxName     = 256
	MaxError    = 500
	MaxAttempts = 64
	MaxDoc      = 1 << 20
)

// Entry is one exchange as it is recorded. It is written whole or not at all. Who adds
// it gives it away: its slices must not be changed afterwards.
type Entry struct {
	Decision Decision
	// Document appends what is to be Decision.Doc, which the writer asks for; nil: what there is.
	Document interface{ AppendJSON(to []byte) []byte }
	// DocumentSize is about how many bytes that will be; less than 4096 is taken for that.
	DocumentSize int
	Attempts     []Attempt
	// Samples[i] is what was measured of Attempts[i]; one with stats.OutcomeNone stands
	// for an attempt that was not measured. Samples without an attempt are numbered on.
	Samples []stats.Sample
	// Bodies are those that the caller sent and got, if they are to be kept; empty else. What is
	// longer than MaxBody is cut. A size that is less than what is there does not count.
	Bodies

	// As found when it was added.
	simple bool // as plain says
	size   int  // rows
}

// Decision is one exchange in a row: what was asked, what served it, what it took.
type Decision struct {
	Seq int64     // unique, rising from entry to entry, above 0
	ID  string    // what x-strowger-decision says
	At  time.Time // when the exchange began; kept to the microsecond, read as UTC

	Asked    string // the model as the caller wrote it
	Model    string // what served it, or was tried last; empty if nothing was
	Provider string
	Endpoint string // the catalog's endpoint ID
	Strategy string
	Key      string // the client key's name
	Route    string // the route's path
	Cache    string // hit, miss, off

	Status   int    // the HTTP status the caller got; 0 when there was none
	Outcome  string // how the exchange ended
	Stream   bool
	Attempts int
	Resumed  string // how the answer went on that broke off: prefill, replay; empty if it did not
	Dropped  int    // events of all attempts that could not be read

	FirstToken time.Duration // since the exchange began; 0: none came. To the microsecond
	Total      time.Duration

	Cost   int64 // micro-dollars of the attempt that served; 0 unless Priced
	Priced bool
	// Failed are the micro-dollars of the attempts that failed; 0 unless FailedPriced.
	Failed       int64
	FailedPriced bool
	// Saved are the micro-dollars that the answer would have cost beside Cost if no cache had been
	// there: neither the answer in ours, nor tokens in the provider's. Below 0 where what was written
	// to that cost more. 0 where the price is not known.
	Saved  int64
	Tokens Tokens // of all attempts

	// Doc is the decision as JSON; the store does not look into it. Lists leave it out. Of an entry see
	// Document.
	Doc []byte
}

// Tokens counts what an exchange used, in disjoint buckets.
type Tokens struct {
	Input, CacheRead, CacheWrite, CacheWriteHour, Output, Reasoning int64

	Images int64 // of the input, beside their tokens

	Estimated bool // counted by us, because the provider stated nothing
}

// Attempt is one try of one endpoint, as a waterfall or a lane draws it.
type Attempt struct {
	Seq      int64  // the decision's; set when read, ignored when written
	N        int    // from 1; 0 is taken as the place in Entry.Attempts
	Endpoint string // the catalog's endpoint ID
	Provider string
	Model    string
	Outcome  string
	Status   int // HTTP status; 0 when there was none

	Start      time.Duration // since the exchange began
	FirstToken time.Duration // since Start; 0: none came
	Total      time.Duration // since Start
	Error      string        // for people; at most MaxError bytes
}

// number is the attempt number of the entry's i-th attempt or sample.
func (e *Entry) number(i int) int64 {
	if i < len(e.Attempts) && e.Attempts[i].N > 0 {
		return int64(e.Attempts[i].N)
	}
	return int64(i + 1)
}

// bound leaves out what is too much, so that one entry cannot hold up the rest, and finds out how
// it is to be written.
func (e *Entry) bound() {
	if len(e.Decision.Doc) > MaxDoc {
		e.Decision.Doc = nil
	}
	e.Attempts = e.Attempts[:min(len(e.Attempts), MaxAttempts)]
	e.Samples = e.Samples[:min(len(e.Samples), MaxAttempts)]
	e.simple = e.plain()
	e.size = e.rows()
}

// rows is how many rows the entry takes, lookup tables and packed documents apart.
func (e *Entry) rows() int {
	n := 1
	if !e.simple {
		n += len(e.Attempts)
		for i := range e.Samples {
			if e.Samples[i].Outcome != stats.OutcomeNone {
				n++
			}
		}
	}
	if len(e.Request) > 0 || len(e.Answer) > 0 {
		n++
	}
	return n
}

// bytes is about what the entry holds in memory.
func (e *Entry) bytes() int {
	n := 512 + len(e.Decision.Doc) + len(e.Request) + len(e.Answer) + 256*(len(e.Attempts)+len(e.Samples))
	for i := range e.Attempts {
		n += len(e.Attempts[i].Error)
	}
	if e.Document != nil {
		n += max(e.DocumentSize, 4096)
	}
	return n
}

// cut shortens s to n bytes without splitting a rune.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// micros is d in microseconds: something stays something, less than nothing is nothing.
func micros(d time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return max(1, d.Microseconds())
}
