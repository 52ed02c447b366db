package main

import (
	"fmt"
	"strings"

	"strowger/core/llm"
)

// result is what became of one recording.
type result struct {
	recording *recording
	stated    bool // it says something of usage
	unread    string
	total     bool // the provider itself states a total
	tokens    int64
	off       int64    // tokens that are wrong
	faults    []string // why
	odd       []string // what is stated and cannot be, and so is not compared
}

// check compares what the product reads in a recording with what the recording states.
func check(r *recording) result {
	s, ok := statedBy(r)
	out := result{recording: r, stated: ok}
	if !ok && r.broken {
		out.stated, out.unread = true, "recordings that are no JSON themselves"
		return out
	}
	if !ok {
		return out
	}
	if s.schema == "" {
		out.unread = s.why
		return out
	}
	got := tokens(r, s.schema)
	out.tokens, out.total = got.Total(), s.total >= 0
	out.compare(s, got)
	return out
}

// compare adds what is wrong. The total counts where it is stated; what it is made of has to
// agree as far as that is stated too.
func (out *result) compare(s stated, got llm.Usage) {
	differ := func(name string, want, have int64) {
		if want < 0 || want == have {
			return
		}
		out.off = max(out.off, want-have, have-want)
		out.faults = append(out.faults, fmt.Sprintf("%s is %d, stated %d", name, have, want))
	}
	if !got.Known {
		out.faults = append(out.faults, "no usage was read")
	}
	input := got.Input + got.CacheRead + got.CacheWrite + got.CacheWriteHour
	output := got.Output + got.Reasoning
	if s.schema == anthropic {
		s.input += max(s.read, 0) + max(s.written, 0)
	}
	differ("the total", s.total, got.Total())
	if s.total < 0 {
		differ("the input", s.input, input)
		differ("the output", s.output, output)
	} else if s.input >= 0 && s.output >= 0 && s.input+s.output == s.total {
		// Where the parts are the total they must be the same here.
		differ("the input", s.input, input)
		differ("the output", s.output, output)
	}
	if s.read <= s.input {
		differ("what was read from a cache", s.read, got.CacheRead)
	} else {
		out.odd = append(out.odd, "more read from a cache than the input has")
	}
	differ("what was written to a cache", s.written, got.CacheWrite+got.CacheWriteHour)
	differ("what was written for an hour", s.hour, got.CacheWriteHour)
	if s.reasons <= s.output || s.input+s.output+s.reasons == s.total {
		differ("reasoning", s.reasons, got.Reasoning)
	} else {
		out.odd = append(out.odd, "more reasoning than output")
	}
}

// why is all that is wrong, in a line.
func (out *result) why() string { return strings.Join(out.faults, "; ") }
