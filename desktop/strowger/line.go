package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/stats"
)

// requestLine is one finished exchange in a line: when, what was asked, the attempts,
// the times, the cost, and why.
func requestLine(r *exchange.Report) string {
	why := ""
	switch {
	case r.Error != nil && len(r.Attempts) == 0:
		why = r.Error.Error()
	case r.Decision != nil:
		why = r.Decision.Why()
	}
	if n := len(r.Attempts); n > 1 {
		why += "; then " + r.Attempts[0].Provider + ": " + strings.ReplaceAll(r.Attempts[0].Outcome.String(), "_", " ") +
			", so " + r.Attempts[n-1].Provider + " was tried"
	}
	return fmt.Sprintf("%s  %-22s %-44s %14s %10s  %s", r.Started.Local().Format("15:04:05"),
		asked(r), chain(r), times(r), cost(r), why)
}

// asked is the model that was asked for, or the route where that says it all.
func asked(r *exchange.Report) string {
	if r.Route == "" {
		return r.Asked
	}
	return strings.TrimSpace(r.Route + " " + r.Asked)
}

// chain are the attempts: a failed one with its cause, the one that served with a tick.
func chain(r *exchange.Report) string {
	if len(r.Attempts) == 0 {
		return "refused " + strconv.Itoa(r.Status)
	}
	parts := make([]string, len(r.Attempts))
	for i := range r.Attempts {
		a := &r.Attempts[i]
		parts[i] = a.Provider + " ✕" + cause(a)
		switch {
		case a.Cached:
			parts[i] = a.Provider + " ✓ cache"
		case a.Outcome == stats.OutcomeOK:
			parts[i] = a.Provider + " ✓"
		}
	}
	return strings.Join(parts, " › ")
}

func cause(a *exchange.AttemptReport) string {
	if a.Status >= 400 {
		return strconv.Itoa(a.Status)
	}
	return a.Outcome.String()
}

func times(r *exchange.Report) string {
	if r.First > 0 {
		return short(r.First) + "/" + short(r.Total)
	}
	return short(r.Total)
}

func short(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + "s"
}

// cost is the money of the answer and, apart, of the attempts that failed: priced, free or
// unpriced are three different things.
func cost(r *exchange.Report) string {
	amount := func(micro int64, priced bool) string {
		if !priced {
			return "unpriced"
		}
		return "$" + llm.Dollars(micro)
	}
	s := amount(r.Cost, r.Priced || r.Served == 0) // no answer costs nothing
	if r.Wasted > 0 || r.WastedUnknown {
		s += " + " + amount(r.Wasted, !r.WastedUnknown) + " failed"
	}
	return s
}
