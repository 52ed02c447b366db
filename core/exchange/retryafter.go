package exchange

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/core/stats"
)

// maxWindow is how long a provider can ask to be left alone.
const maxWindow = stats.MaxWindow

// limitHeaders are the headers that say when a limit lets something in again, each with the
// one that says how much of it is left. A reset is a number of seconds, a duration, a date,
// or a moment in seconds or milliseconds since 1970: which one is seen from the value.
var limitHeaders = [...]struct{ left, reset string }{
	// OpenAI, Groq: durations; Azure and the like: seconds.
	{"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
	{"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"},
	{"x-ratelimit-remaining-tokens", "x-rate-limit-reset-tokens"}, // Azure
	// Cerebras: seconds.
	{"x-ratelimit-remaining-requests-minute", "x-ratelimit-reset-requests-minute"},
	{"x-ratelimit-remaining-requests-day", "x-ratelimit-reset-requests-day"},
	{"x-ratelimit-remaining-tokens-minute", "x-ratelimit-reset-tokens-minute"},
	// Anthropic: dates of RFC 3339.
	{"anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"},
	{"anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"},
	{"anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"},
	{"anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"},
	// Mistral: seconds.
	{"ratelimitbysize-remaining", "ratelimitbysize-reset"},
	{"x-ratelimitbysize-remaining", "x-ratelimitbysize-reset"},
	// OpenRouter: milliseconds since 1970; GitHub's way: seconds since then; Together: seconds.
	{"x-ratelimit-remaining", "x-ratelimit-reset"},
	// draft-ietf-httpapi-ratelimit-headers up to 07: seconds.
	{"ratelimit-remaining", "ratelimit-reset"},
}

// limitList is the header of the same draft that has all in one:
// "limit=100, remaining=0, reset=5" up to 07, `"burst";r=0;t=5` since 08.
const limitList = "ratelimit"

// HeaderNames are the response headers that are read, in lower case; a host may leave out
// all others.
func HeaderNames() []string {
	names := []string{"retry-after", "retry-after-ms", "x-should-retry", limitList}
	for i := range limitHeaders {
		h := &limitHeaders[i]
		if !slices.Contains(names, h.left) { // one has two resets
			names = append(names, h.left)
		}
		names = append(names, h.reset)
	}
	return names
}

// retryAt reads when a provider that refused asks to be tried again. What it says itself
// counts: retry-after-ms, or retry-after in seconds or as a date (RFC 9110 section 10.2.3).
// Else it is when the last of the limits that are used up lets something in again. Zero if
// it does not say, and never more than maxWindow away.
func retryAt(now time.Time, header func(string) string) time.Time {
	if header == nil {
		return time.Time{}
	}
	if ms, ok := number(header("retry-after-ms")); ok {
		return within(now, after(now, ms/1000))
	}
	if t, ok := moment(now, header("retry-after")); ok {
		return within(now, t)
	}
	l := resets{now: now}
	l.read(header)
	return within(now, l.refused())
}

// retryDelay reads what Gemini says in the body instead, a google.rpc.RetryInfo
// (google/rpc/error_details.proto): "retryDelay": "34.07s". Zero if there is none.
func retryDelay(now time.Time, body []byte) time.Time {
	_, rest, _ := bytes.Cut(body, []byte(`"retryDelay"`))
	parts := bytes.SplitN(rest, []byte{'"'}, 3)
	if len(parts) < 3 || len(bytes.Trim(parts[0], ": \t\r\n")) > 0 {
		return time.Time{}
	}
	d, err := time.ParseDuration(string(parts[1]))
	if err != nil {
		return time.Time{}
	}
	return within(now, now.Add(d))
}

// exhausted reads from an answer that was given when the provider will take something again,
// if this was the last that it takes. Zero if more is left, or it does not say.
func exhausted(now time.Time, header func(string) string) time.Time {
	if header == nil {
		return time.Time{}
	}
	l := resets{now: now, emptyOnly: true}
	l.read(header)
	return within(now, l.empty)
}

// resets are when the limits of an answer let something in again, the latest of each kind.
// Limits of which something is left are not among them: they are not what refused.
type resets struct {
	now       time.Time
	emptyOnly bool // nothing else is asked for

	empty   time.Time // of those that are used up
	unknown time.Time // of those that do not say what is left
	distant time.Time // of these, what is further away than maxWindow
}

// refused is the moment that counts after a refusal. Of limits that do not say what is left
// the distant ones, such as one per day, are less likely to have refused than the near ones.
func (l *resets) refused() time.Time {
	switch {
	case !l.empty.IsZero():
		return l.empty
	case !l.unknown.IsZero():
		return l.unknown
	}
	return l.distant
}

func (l *resets) read(header func(string) string) {
	for i := range limitHeaders {
		h := &limitHeaders[i]
		left := header(h.left)
		if n, ok := number(left); ok && n > 0 || l.emptyOnly && !ok {
			continue
		}
		l.add(left, header(h.reset))
	}
	if list := header(limitList); list != "" {
		l.list(list)
	}
}

// add takes one limit: how much of it is left, and when it is reset. A negative rest is
// Azure's way of saying that it does not know.
func (l *resets) add(left, reset string) {
	t, ok := moment(l.now, reset)
	if !ok || !t.After(l.now) {
		return
	}
	switch n, known := number(left); {
	case known && n > 0:
	case known:
		l.empty = later(l.empty, t)
	case t.Sub(l.now) > maxWindow:
		l.distant = later(l.distant, t)
	default:
		l.unknown = later(l.unknown, t)
	}
}

// list takes the limits of the header that has them all in one. A new one begins with its
// name in quotation marks, or with its limit.
func (l *resets) list(value string) {
	var left, reset string
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ';' }) {
		key, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case key == "limit" || strings.HasPrefix(key, `"`):
			l.add(left, reset)
			left, reset = "", ""
		case key == "remaining" || key == "r":
			left = v
		case key == "reset" || key == "t":
			reset = v
		}
	}
	l.add(left, reset)
}

// moment reads a point in time: a number, which is one of seconds from now on, or since
// 1970 where that would be decades, or of milliseconds since then; a duration such as 6m0s;
// or a date.
func moment(now time.Time, value string) (time.Time, bool) {
	if n, ok := number(value); ok {
		switch {
		case n < 1e9:
			return after(now, n), true
		case n < 1e12:
			return time.Unix(int64(n), 0).UTC(), true
		case n < 1e15:
			return time.UnixMilli(int64(n)).UTC(), true
		}
		return time.Time{}, false
	}
	value = strings.TrimSpace(value)
	if value == "" {
		return time.Time{}, false
	}
	if d, err := time.ParseDuration(value); err == nil {
		return now.Add(d), d >= 0
	}
	// GMT is written out: a zone by name would be looked up in the host's own time zone.
	for _, layout := range [...]string{time.RFC3339, "Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		if t, err := time.ParseInLocation(layout, value, time.UTC); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// number reads a decimal number without sign or exponent, as headers have them.
func number(value string) (float64, bool) {
	value = strings.TrimSpace(value)
	if value == "" || strings.Trim(value, "0123456789.") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(value, 64)
	return n, err == nil
}

// after is that many seconds later, fewer than fit into a duration.
func after(now time.Time, seconds float64) time.Time {
	return now.Add(time.Duration(min(seconds, 1e9) * float64(time.Second)))
}

// within is t if it is yet to come, and at most maxWindow away; else none.
func within(now, t time.Time) time.Time {
	if !t.After(now) {
		return time.Time{}
	}
	if most := now.Add(maxWindow); t.After(most) {
		return most
	}
	return t
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
