package stats

import "time"

// scope is what a limit is on.
type scope uint8

const (
	ofEndpoint scope = iota
	ofAccount        // all endpoints of a provider
)

// has reports whether what the attempt met is a limit of the scope.
func (of scope) has(s *Sample) bool { return (s.Account != "") == (of == ofAccount) }

// growth bounds the windows whose length the provider did not say, in microseconds. What is
// limited per minute is mostly let in again within seconds, drop by drop; at most eight of
// them are the rest of a circuit that opens for the first time. An account without money
// waits for somebody to pay: asking once a minute does no harm, and it is in use again a
// minute after. That begins with eight seconds and not with more because there are providers
// that say insufficient_quota of a limit per minute.
func (of scope) growth() (first, most int64) {
	const second = int64(time.Second / time.Microsecond)
	if of == ofAccount {
		return 8 * second, 60 * second
	}
	return second, 8 * second
}

// MaxWindow bounds how long a provider can ask to be left alone.
const MaxWindow = time.Hour

// limit is the window in which a provider is left alone because it said that it limits.
type limit struct {
	window
	refusals int // in a row without saying for how long
}

// judge takes the end of an attempt at what is under the limit. Any success ends it.
func (l *limit) judge(s *Sample, of scope) {
	at, began := s.span()
	fault := s.Outcome.Fault()
	refused := fault == FaultQuota || fault == FaultCredentials && s.Account != ""
	switch {
	case s.Outcome.answered():
		if began >= l.from { // one that began before says nothing of the limit
			*l = limit{}
		}
	case !refused && fault != FaultProvider:
		return
	}
	if !of.has(s) {
		return
	}
	switch until := min(s.RetryAt.UnixMicro(), at+MaxWindow.Microseconds()); {
	case until > at:
		l.refusals = 0
		l.leave(at, until)
	case refused:
		l.grow(at, began, of)
	}
}

// grow opens a window that is twice as long with each refusal in a row. Attempts that were
// under way when it opened last were refused for the same reason: together they are one. And
// after a pause as long as the longest window a new row begins.
func (l *limit) grow(at, began int64, of scope) {
	length, most := of.growth()
	if at-l.until > most {
		l.refusals = 0
	}
	if l.refusals == 0 || began >= l.from {
		l.refusals++
	}
	for n := 1; n < l.refusals && length < most; n++ {
		length *= 2
	}
	l.leave(at, at+min(length, most))
}

// leave opens the window, unless there is one that ends later.
func (l *limit) leave(at, until int64) {
	if until > l.until || !l.covers(at) {
		l.window = window{at, until}
	}
}
