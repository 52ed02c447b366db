package exchange

import (
	"bytes"
	"unicode/utf8"

	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/scan"
	"strowger/core/stats"
)

// resumption is how an attempt goes on with an answer that another began.
type resumption uint8

const (
	resumeNone    resumption = iota
	resumePrefill            // it is given what was said, and goes on behind it
	resumeReplay             // it begins anew, and has to say the same up to there
)

var resumptionNames = [...]string{"", "prefill", "replay"}

// String is the name of the way.
func (r resumption) String() string { return resumptionNames[r] }

// said is what the caller has been told, as far as another endpoint could go on with it.
type said struct {
	text, thought []byte
	vague         bool // there is reasoning that cannot be compared
	beyond        bool // there is more than that: a tool call, a second choice, too much text, the end
}

// maxSaid bounds how long an answer may be to be continued, in bytes.
const maxSaid = 1 << 20

// note keeps what an event tells the caller. What nobody could go on with is not kept.
func (x *Exchange) note(e *llm.Event, answer *codec.Answer) {
	s := &x.said
	switch {
	case s.beyond || !e.Content && e.Finish == llm.FinishNone:
	case e.Reasoned && !e.Plain && x.resumes:
		s.vague = true
	case !x.resumes || !e.Plain || e.Finish != llm.FinishNone || len(s.text)+len(s.thought) > maxSaid:
		s.give()
	default:
		text, thought := len(s.text), len(s.thought)
		s.text = tell(append(s.text, answer.Lead...), e, e.Text, answer.SkipText)
		s.thought = tell(s.thought, e, e.Thought, answer.SkipThought)
		if bytes.Contains(s.text[text:], replacement) || bytes.Contains(s.thought[thought:], replacement) {
			s.give()
		}
	}
}

// more is note for an event that tells nothing new but its text, which has no escapes.
func (s *said) more(e *llm.Event, resumes bool) {
	if !resumes || len(s.text)+len(s.thought) > maxSaid {
		s.give()
		return
	}
	at, thinks := e.Text, false
	if at.End-at.Start <= len(`""`) {
		at, thinks = e.Thought, true
	}
	text := e.Raw[at.Start+1 : at.End-1]
	var all byte
	for _, b := range text {
		all |= b
	}
	switch {
	case all >= utf8.RuneSelf && bytes.Contains(text, replacement):
		s.give()
	case thinks:
		s.thought = append(s.thought, text...)
	default:
		s.text = append(s.text, text...)
	}
}

// replacement stands for what is no character by itself, such as half of a surrogate pair: it
// cannot be compared, nor be given to anybody.
var replacement = []byte("\ufffd")

// give gives up what was said: nobody can go on with it.
func (s *said) give() { *s = said{beyond: true} }

// tell appends the text at a place of the event, but for its first bytes.
func tell(dst []byte, e *llm.Event, at llm.Span, skip int) []byte {
	if at.Empty() {
		return dst
	}
	from := len(dst)
	dst, _ = scan.Unquote(dst, e.Raw[at.Start:at.End])
	if skip == 0 {
		return dst
	}
	return append(dst[:from], dst[min(from+skip, len(dst)):]...)
}

// resumable reports whether the request allows that its answer is put together from two.
// Probabilities of tokens and several choices do not allow it.
func (x *Exchange) resumable() bool {
	r := x.cfg.Request
	return r.Stream && r.Operation == llm.OperationChat && x.cfg.Policy.Resume != catalog.ResumeOff &&
		r.Features&(llm.FeatureMany|llm.FeatureLogprobs) == 0
}

// resume goes on with an answer that broke off, where that is possible. a is the attempt
// that failed.
func (x *Exchange) resume(a *attempt) bool {
	if a.differs || x.said.beyond || len(x.said.text) == 0 && (x.said.vague || len(x.said.thought) == 0) || !x.mayTry() {
		return false
	}
	how := x.cfg.Policy.Resume
	if how != catalog.ResumeReplay && x.prefillable() {
		for _, i := range x.decision.Plan {
			c := &x.decision.Candidates[i]
			if c.Endpoint.Prefill && x.tries(c) == 0 && x.begin(c, resumePrefill) {
				return true
			}
		}
		// The one that broke off can go on itself, once, unless it fell silent.
		if a.resumes == resumeNone && a.candidate.Endpoint.Prefill && x.tries(a.candidate) == 1 && !silent(a.outcome) && !a.isError() &&
			x.begin(a.candidate, resumePrefill) {
			return true
		}
	}
	if how == catalog.ResumePrefill {
		return false
	}
	for _, i := range x.decision.Plan {
		if c := &x.decision.Candidates[i]; x.unheard(c) && x.begin(c, resumeReplay) {
			return true
		}
	}
	return false
}

// unheard reports whether c has not been asked, but for going on with what was said, which it
// could not.
func (x *Exchange) unheard(c *plan.Candidate) bool {
	for i := range x.attempts {
		if a := &x.attempts[i]; a.candidate == c && (a.resumes != resumePrefill || a.outcome != stats.OutcomeAbandoned) {
			return false
		}
	}
	return true
}

// prefillable reports whether an endpoint can go on behind what was said: behind text, and
// behind all of it. Where the answer has a form that is enforced, it would begin anew.
func (x *Exchange) prefillable() bool {
	return len(x.said.text) > 0 && x.cfg.Request.Features&(llm.FeatureJSONObject|llm.FeatureJSONSchema) == 0
}

// goal is how much of what was said an attempt has to say again, and how far it has come.
type goal struct {
	text, thought     int
	atText, atThought int
}

// reached reports whether the attempt has come to where the answer broke off. Behind text it
// does not matter which reasoning led there.
func (g *goal) reached() bool {
	return g.atText == g.text && (g.text > 0 || g.atThought == g.thought)
}

// follow leaves out of an event what the caller has already. It reports whether anything is
// left for the caller; an attempt that says something else, or nothing, has failed.
func (x *Exchange) follow(a *attempt, e *llm.Event, answer *codec.Answer) bool {
	answer.Resumed = true
	if comment(e) {
		return true
	}
	told := e.Finish != llm.FinishNone || e.Usage.Known
	if e.Reasoned && a.goal.text > 0 { // the reasoning was given before
		return told
	}
	text, thought := tell(nil, e, e.Text, 0), tell(nil, e, e.Thought, 0)
	switch {
	case a.resumes == resumePrefill:
		if !x.extend(a, e, text, answer) {
			return false
		}
	case !a.goal.reached() && !x.retell(a, e, text, thought, answer):
		a.differs, a.failed = true, stats.OutcomeAbandoned
		a.failure = &llm.Error{Code: llm.CodeStreamCut, Message: "its answer is not the one that was begun"}
		return false
	}
	if a.goal.text > 0 {
		answer.SkipThought = len(thought)
	}
	news := e.Content && !e.Plain || len(answer.Lead) > 0 || len(text) > answer.SkipText || len(thought) > answer.SkipThought
	a.extended = a.extended || news
	return news || told || a.extended && len(e.Deltas) > 0
}

// comment reports whether an event says nothing to the caller.
func comment(e *llm.Event) bool {
	return e.Object.Empty() && len(e.Deltas) == 0 && e.Err == nil
}

// leastEcho is how much of what was said must come again, in bytes, to be no accident.
const leastEcho = 16

// extend takes an event of an attempt that was given what was said. Some endpoints say that
// again first (Mistral: docs.mistral.ai/capabilities/completion, prefix): it is left out, if
// all of it comes. text is the event's. It reports false, and the attempt has failed, if that cannot be told, or
// if the answer ends without having gone on: then it is not known to be complete.
func (x *Exchange) extend(a *attempt, e *llm.Event, text []byte, answer *codec.Answer) bool {
	g := &a.goal
	why := ""
	switch {
	case e.Content && !e.Plain && !e.Tool && !e.Reasoned:
		why = "it goes on with something else than text"
	case !a.decided && len(text) > 0:
		n, same := agree(x.said.text[g.atText:g.text], text)
		switch {
		case !same: // it goes on at once
			a.decided, answer.Lead = true, x.said.text[:g.atText:g.atText]
		case g.atText+n < g.text:
			g.atText, answer.SkipText = g.atText+n, n
		case g.text < leastEcho:
			why = "it may be saying again what was said"
		default:
			a.decided, g.atText, answer.SkipText = true, g.text, n
		}
	case !a.decided && g.atText > 0 && e.Content && !e.Reasoned:
		why = "it may be saying again what was said"
	case e.Tool:
		a.decided = true
	}
	if why == "" && e.Finish != llm.FinishNone && !a.extended && len(text) <= answer.SkipText && !e.Tool {
		why = "it does not go on with what was said"
	}
	if why == "" {
		return true
	}
	a.failed, a.failure = stats.OutcomeAbandoned, &llm.Error{Code: llm.CodeStreamCut, Message: why}
	return false
}

// retell holds an event against what was said. It reports false at the first difference.
func (x *Exchange) retell(a *attempt, e *llm.Event, text, thought []byte, answer *codec.Answer) bool {
	g := &a.goal
	if e.Content && !e.Plain {
		return false
	}
	if g.text == 0 {
		n, same := agree(x.said.thought[g.atThought:g.thought], thought)
		g.atThought += n
		answer.SkipThought = n
		if !same {
			return false
		}
	}
	if len(text) > 0 {
		n, same := agree(x.said.text[g.atText:g.text], text)
		g.atText += n
		answer.SkipText = n
		if !same || g.text == 0 && g.atThought < g.thought {
			return false
		}
	}
	return e.Finish == llm.FinishNone || g.reached()
}

// agree is how many bytes the two have in common from the beginning, and whether one of them
// is all of that.
func agree(a, b []byte) (n int, same bool) {
	n = min(len(a), len(b))
	if bytes.Equal(a[:n], b[:n]) {
		return n, true
	}
	return 0, false
}

// formOf is what the attempt's endpoint is sent beside the request.
func (x *Exchange) formOf(a *attempt) codec.Form {
	f := codec.Form{Name: a.endpoint.Name, BaseURL: a.endpoint.BaseURL, Stream: a.stream, MaxOutput: a.endpoint.MaxOutput}
	if a.endpoint.Schema != x.cfg.Request.Schema {
		f.Prompt = x.cfg.Prompt
	}
	if a.resumes == resumePrefill {
		f.Prefill = x.said.text
	}
	return f
}

// prefills reports whether anybody in the plan goes on with what was said.
func prefills(d *plan.Decision) bool {
	for _, i := range d.Plan {
		if d.Candidates[i].Endpoint.Prefill {
			return true
		}
	}
	return false
}
