package plan

import (
	"strconv"
	"time"

	"strowger/core/llm"
)

// ReasonCode says why a candidate was excluded or put last.
type ReasonCode uint8

// The reasons. The first group excludes, the second puts last, the third behind. Two of a
// name are one to programs: they differ in what they are about.
const (
	ReasonNone ReasonCode = iota
	ExcludedDisabled
	ExcludedIgnore
	ExcludedOnly
	ExcludedPrice
	ExcludedUndeclared
	ExcludedOperation
	ExcludedUnreadable // the request cannot be decoded, so not be translated
	ExcludedImpossible // a field that another schema cannot say, and that must not be left out
	ExcludedStrict     // something would be lost in another schema, and nothing may be
	ExcludedContext
	ExcludedMaxOutput
	ExcludedParameter
	ExcludedUnpriced
	ExcludedCost  // a limit on a request
	ExcludedFunds // what is left of a day's or month's limit
	ExcludedNoFallback
	ExcludedAttempts
	ExcludedRepeated
	ExcludedByHand
	RestingCircuit
	RestingProbe
	RestingLimited
	MissedLatency
	MissedThroughput
)

var reasonNames = [...]string{
	"", "disabled", "ignored", "not_in_only", "max_price", "undeclared", "operation", "untranslatable", "impossible", "strict", "context_window", "max_output",
	"parameter", "unpriced_under_limit", "cost_limit", "cost_limit", "fallbacks_off", "max_attempts", "repeated", "disabled_by_hand",
	"circuit_open", "circuit_probing", "retry_after", "missed_preference", "missed_preference",
}

// String is the reason's code, for programs.
func (c ReasonCode) String() string {
	if int(c) < len(reasonNames) {
		return reasonNames[c]
	}
	return ""
}

// ofMoney reports whether a limit on money excluded.
func (c ReasonCode) ofMoney() bool { return c == ExcludedCost || c == ExcludedFunds }

// ofRequest reports whether the request excluded by what it forbids, demands or needs.
func (c ReasonCode) ofRequest() bool { return c >= ExcludedIgnore && c <= ExcludedParameter }

// Reason is a code with the figures that make it a sentence.
type Reason struct {
	Code  ReasonCode
	Name  string // a parameter, a price, a field of the provider object, a limit, a provider, a field lost
	Note  string // who takes what of a field that is impossible; empty if that is not known
	N, Of int64
}

// unknownPrice stands in Reason.N where there is no price.
const unknownPrice = -1

// String is the reason as a sentence.
func (r Reason) String() string {
	n, of := strconv.FormatInt(r.N, 10), strconv.FormatInt(r.Of, 10)
	switch r.Code {
	case ExcludedDisabled:
		return "switched off in the configuration"
	case ExcludedIgnore:
		return "its provider is in provider.ignore"
	case ExcludedOnly:
		return "its provider is not in provider.only"
	case ExcludedPrice:
		if r.N == unknownPrice {
			return "its price is unknown, and provider.max_price." + r.Name + " is $" + llm.Dollars(r.Of)
		}
		return "its price of $" + llm.Dollars(r.N) + " is above provider.max_price." + r.Name + ", $" + llm.Dollars(r.Of)
	case ExcludedUndeclared:
		return "does not declare what provider." + r.Name + " asks for"
	case ExcludedOperation:
		return "does not serve " + r.Name + " in this schema"
	case ExcludedUnreadable:
		return "the request cannot be put into " + llm.Schema(r.N).String() + ": " + r.Name
	case ExcludedImpossible:
		return r.impossible()
	case ExcludedStrict:
		return llm.Schema(r.N).String() + " would lose " + r.Name + ", and provider.strict forbids that"
	case ExcludedContext:
		return "about " + n + " tokens do not fit its context of " + of
	case ExcludedMaxOutput:
		return "cannot write " + n + " tokens, its limit is " + of
	case ExcludedParameter:
		return "does not support " + r.Name
	case ExcludedUnpriced:
		return "its price is unknown, and spending is limited: give it a price, 0 if it is free"
	case ExcludedCost:
		return "its expected cost of $" + llm.Dollars(r.N) + " is above the limit of " + r.Name
	case ExcludedFunds:
		return "can cost $" + llm.Dollars(r.N) + ", and $" + llm.Dollars(r.Of) + " is left of " + r.Name
	case ExcludedNoFallback:
		return "fallbacks are off, and another endpoint is the one to try"
	case ExcludedAttempts:
		return "beyond the limit of " + n + " attempts"
	case ExcludedRepeated:
		return "the same endpoint stands earlier in the plan"
	case ExcludedByHand:
		return "disabled by hand until " + time.Unix(r.N, 0).UTC().Format(time.RFC3339)
	case RestingCircuit:
		return "resting for " + seconds(r.N) + " after " + of + " failures in a row"
	case RestingProbe:
		return "being probed by another request after failures"
	case RestingLimited:
		if r.Name != "" {
			return "the account at " + r.Name + " is limited for " + seconds(r.N)
		}
		return "the endpoint is limited for " + seconds(r.N)
	case MissedLatency:
		return "its " + r.Name + " of " + text(r.N, UnitMicros) + " is above provider.preferred_max_latency, " + text(r.Of, UnitMicros)
	case MissedThroughput:
		return "its " + r.Name + " of " + rate(r.N) + " is below provider.preferred_min_throughput, " + rate(r.Of)
	}
	return ""
}

func (r *Reason) impossible() string {
	text := llm.Schema(r.N).String() + " cannot: " + r.Name + " (" + llm.FieldNamed(r.Name).About() + ")"
	if r.Note != "" {
		text += ": " + r.Note
	}
	return text
}

// rate writes tokens per thousand seconds.
func rate(tokens int64) string {
	return string(append(appendDecimal(nil, float64(tokens)/1000, 1), " tokens/s"...))
}

// seconds writes milliseconds as seconds with one decimal, rounded up.
func seconds(ms int64) string {
	tenths := ms/100 + min(ms%100, 1)
	return strconv.FormatInt(tenths/10, 10) + "." + strconv.FormatInt(tenths%10, 10) + "s"
}
