// Package stats turns measurements into what is known now: samples are folded into an
// endpoint's health, and a reading is taken of the health at a moment. Everything is
// a value; there is no clock and no lock here, and only integers, so that two hosts
// that saw the same samples know the same to the bit.
package stats

import (
	"slices"
	"time"

	"strowger/core/llm"
)

// Sample is one attempt as measured.
type Sample struct {
	Endpoint string
	At       time.Time // when the attempt ended
	Outcome  Outcome
	Stream   bool
	Status   int // HTTP status; 0 when there was none
	// FirstToken is the time from sending to the first content; 0 when there was none.
	FirstToken time.Duration
	Total      time.Duration
	Usage      llm.Usage
	Price      Price
	Cost       int64 // micro-dollars; meaningless unless Price.Known
	// RetryAt is when the provider asked to be tried again; zero if it did not say. With a
	// success it is the moment until which nothing more is let in.
	RetryAt time.Time
	// Account is the name of the provider if the limit that RetryAt ends, or that the
	// attempt met, is one of the account there, so of all its endpoints; else empty.
	Account string
	// Resumed: the attempt went on with an answer that another had begun.
	Resumed bool
}

// span is when the attempt ended and when it began, in microseconds since 1970.
func (s *Sample) span() (at, began int64) {
	return s.At.UnixMicro(), s.At.Add(-max(s.Total, 0)).UnixMicro()
}

// Price are the unit prices a sample's cost was computed with, micro-dollars per
// million tokens (Request and Image: each); of a price in tiers, those of the tier that held.
type Price struct {
	Known                                                                           bool
	Input, CacheRead, CacheWrite, CacheWriteHour, Output, Reasoning, Request, Image int64
}

// Outcome is how an attempt ended.
type Outcome uint8

// The outcomes.
const (
	OutcomeNone           Outcome = iota
	OutcomeOK                     // a complete answer
	OutcomeRateLimited            // 429
	OutcomeProviderError          // 5xx, or an error event in a stream
	OutcomeOverloaded             // 503, 529
	OutcomeConnectTimeout         // no connection in time
	OutcomeFirstTimeout           // no first token in time
	OutcomeIdleTimeout            // silence in mid-answer
	OutcomeTotalTimeout           // the attempt's whole time was used up
	OutcomeStatusTimeout          // 408, 425, 504 from the provider
	OutcomeUnreachable            // DNS, refused, reset, TLS
	OutcomeCut                    // the answer ended in the middle
	OutcomeBadAnswer              // not an answer: bad JSON, HTML, empty, no choices
	OutcomeNoModel                // the provider does not have the model
	OutcomeCredentials            // 401, 402, 403
	OutcomeClientError            // another 4xx: the caller's mistake
	OutcomeContextLength          // the input is too long for the model
	OutcomeFiltered               // refused by a content filter
	OutcomeLeft                   // the caller went away
	OutcomeAbandoned              // ended by us: the deadline, or shutting down
	OutcomeUnaffordable           // not sent: earlier attempts used up the money for it
)

var outcomeNames = [...]string{
	"", "ok", "rate_limited", "provider_error", "overloaded", "connect_timeout",
	"first_token_timeout", "idle_timeout", "total_timeout", "status_timeout", "unreachable",
	"cut", "bad_answer", "no_model", "credentials", "client_error", "context_length",
	"content_filter", "left", "abandoned", "cost_limit",
}

// String is the outcome's name.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return ""
}

// OutcomeNamed is the outcome of that name; OutcomeNone if there is none.
func OutcomeNamed(name string) Outcome {
	return Outcome(max(slices.Index(outcomeNames[:], name), 0))
}

// Fault is whose fault an outcome was.
type Fault uint8

// The faults.
const (
	FaultNone Fault = iota
	FaultProvider
	FaultCredentials
	FaultQuota
	FaultCaller
)

var faultNames = [...]string{"none", "provider", "credentials", "quota", "caller"}

// String is the fault's name.
func (f Fault) String() string {
	if int(f) < len(faultNames) {
		return faultNames[f]
	}
	return ""
}

// answered reports whether the provider did what it is there for.
func (o Outcome) answered() bool { return o == OutcomeOK || o == OutcomeFiltered }

// Fault tells whose fault the outcome was. Only the provider's count against its circuit.
func (o Outcome) Fault() Fault {
	switch o {
	case OutcomeProviderError, OutcomeOverloaded, OutcomeConnectTimeout, OutcomeFirstTimeout,
		OutcomeIdleTimeout, OutcomeTotalTimeout, OutcomeStatusTimeout, OutcomeUnreachable,
		OutcomeCut, OutcomeBadAnswer, OutcomeNoModel:
		return FaultProvider
	case OutcomeRateLimited:
		return FaultQuota
	case OutcomeCredentials:
		return FaultCredentials
	case OutcomeClientError, OutcomeContextLength, OutcomeLeft:
		return FaultCaller
	}
	return FaultNone
}
