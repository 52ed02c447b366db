package provider

import (
	"errors"
	"fmt"
	"time"
)

// Behaviour is how one request is answered. The zero value answers at once and well. Negative numbers
// count as zero.
type Behaviour struct {
	// Latency passes before the headers; the first token comes with them. Jitter moves it evenly by as
	// much to either side.
	Latency, Jitter time.Duration
	// TokensPerSecond is the pace of a stream, and delays a plain answer by as long. 0 is all at once.
	TokensPerSecond float64
	// Tokens is the length of the answer in words; 16 if zero. A request's max_tokens caps it, and the
	// finish reason is then "length".
	Tokens int
	// Text is answered instead of made-up words; Tokens is then not looked at. A token is a word with the
	// white space before it.
	Text string
	// Prefill goes on behind what the assistant has said, where its message is the last of the request and
	// Text begins with it, as some providers do; others begin anew.
	Prefill bool

	// Fault is what goes wrong, nothing by default.
	Fault Fault
	// FaultRate is the probability of Fault, 0 to 1; 0 means always.
	FaultRate float64
	// After is how many tokens are sent before a fault in mid-answer.
	After int
	// Status is the HTTP status of the fault "status", 300 to 599; 500 if zero. Set without a Fault it
	// means that fault. It is the status of the fault "html" too, 200 if zero.
	Status int
	// Code is the error code in error bodies and error events; by default it follows from Status.
	Code string
	// RetryAfter is the literal Retry-After header of the fault "status": "2", or an HTTP date.
	RetryAfter string

	// NoUsage leaves usage out even when it was asked for.
	NoUsage bool
	// CachedTokens is how many of the prompt tokens usage reports as cached; at most all of them.
	CachedTokens int
	// ReasoningTokens are reported by usage on top of the words of the answer and of Thought. They are not
	// sent.
	ReasoningTokens int
	// Thought is the reasoning in front of the answer. Without it there is some usual one, if the request
	// asks for reasoning in a way that its schema shows: chat completions never do.
	Thought string
	// Redacted: reasoning is sent as what only the provider can read, where the schema has that.
	Redacted bool
	// Calls is how many tool calls are made at once, of the tools in turn; 1 if zero.
	Calls int
}

// Fault is one way to misbehave. The package comment says what each looks like to a caller.
type Fault string

// The faults. FaultNone and the empty string are the same.
const (
	FaultNone          Fault = "none"
	FaultStatus        Fault = "status"
	FaultStallHeaders  Fault = "stall_headers"
	FaultStallFirst    Fault = "stall_first"
	FaultStall         Fault = "stall"
	FaultKeepalive     Fault = "keepalive"
	FaultCut           Fault = "cut"
	FaultReset         Fault = "reset"
	FaultErrorEvent    Fault = "error_event"
	FaultBodyError     Fault = "body_error"
	FaultBadJSON       Fault = "bad_json"
	FaultEmptyStream   Fault = "empty_stream"
	FaultNoChoices     Fault = "no_choices"
	FaultEmpty         Fault = "empty"
	FaultHTML          Fault = "html"
	FaultNoDone        Fault = "no_done"
	FaultNoFinish      Fault = "no_finish"
	FaultUsageMissing  Fault = "usage_missing"
	FaultContentFilter Fault = "content_filter"
	FaultRefusal       Fault = "refusal"
	FaultTrickle       Fault = "trickle"
)

// Faults lists every fault except FaultNone, in the order of the package comment.
func Faults() []Fault {
	return []Fault{
		FaultStatus, FaultStallHeaders, FaultStallFirst, FaultStall, FaultKeepalive, FaultCut, FaultReset,
		FaultErrorEvent, FaultBodyError, FaultBadJSON, FaultEmptyStream, FaultNoChoices, FaultEmpty, FaultHTML,
		FaultNoDone, FaultNoFinish, FaultUsageMissing, FaultContentFilter, FaultRefusal, FaultTrickle,
	}
}

// Check reports what is wrong with b: an unknown fault, or a rate or status out of range. Every request
// is checked, and a bad Behaviour answers 400 with this error's text.
func (b Behaviour) Check() error {
	var errs []error
	if b.FaultRate < 0 || b.FaultRate > 1 || b.FaultRate != b.FaultRate {
		errs = append(errs, fmt.Errorf("fault rate %v: want 0 to 1", b.FaultRate))
	}
	if b.Status != 0 && (b.Status < 300 || b.Status > 599) {
		errs = append(errs, fmt.Errorf("status %d: want 300 to 599", b.Status))
	}
	if b.Fault != "" && b.Fault != FaultNone && !known(b.Fault) {
		errs = append(errs, fmt.Errorf("unknown fault %q", b.Fault))
	}
	return errors.Join(errs...)
}

func known(f Fault) bool {
	for _, k := range Faults() {
		if f == k {
			return true
		}
	}
	return false
}

// fault is what goes wrong with request n, now that chance has been asked.
func (b *Behaviour) fault(seed uint64, n int64) Fault {
	f := b.Fault
	if f == "" && b.Status != 0 {
		f = FaultStatus
	}
	if b.FaultRate > 0 && chance(seed, n, drawFault) >= b.FaultRate {
		return FaultNone
	}
	return f
}

// latency is Latency with the jitter of request n, never negative.
func (b *Behaviour) latency(seed uint64, n int64) time.Duration {
	d := b.Latency
	if b.Jitter > 0 {
		d += time.Duration((2*chance(seed, n, drawJitter) - 1) * float64(b.Jitter))
	}
	return max(d, 0)
}

// What a random number is drawn for. Each has its own, so that one setting does not shift another's luck.
const (
	drawFault = iota + 1
	drawJitter
	drawWords
	drawID
	drawMix
	drawTrickle
)

// draw is the random number of request n for one purpose: SplitMix64's finalizer over the three.
func draw(seed uint64, n int64, purpose uint64) uint64 {
	z := seed + uint64(n)*0x9e3779b97f4a7c15 + purpose*0xd1342543de82ef95
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// chance is draw as a number from 0 up to, not including, 1.
func chance(seed uint64, n int64, purpose uint64) float64 {
	return float64(draw(seed, n, purpose)>>11) / (1 << 53)
}
