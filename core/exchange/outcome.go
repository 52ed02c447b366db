package exchange

import (
	"time"

	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/stats"
)

// codeOf is the error code a caller sees for an attempt that ended so.
func codeOf(o stats.Outcome) llm.Code {
	switch o {
	case stats.OutcomeConnectTimeout, stats.OutcomeFirstTimeout, stats.OutcomeIdleTimeout,
		stats.OutcomeTotalTimeout, stats.OutcomeStatusTimeout, stats.OutcomeAbandoned:
		return llm.CodeTimeout
	case stats.OutcomeUnreachable:
		return llm.CodeUnreachable
	case stats.OutcomeCut:
		return llm.CodeStreamCut
	case stats.OutcomeBadAnswer:
		return llm.CodeBadAnswer
	case stats.OutcomeRateLimited:
		return llm.CodeRateLimited
	}
	return llm.CodeProvider
}

// succeed ends the exchange well, unless what was gathered proves to be no answer.
func (x *Exchange) succeed() {
	a := x.cur
	if a.assembler != nil && !x.assemble(a) {
		return
	}
	if x.cfg.Request.Stream {
		x.release()
		if !x.committed { // there is a reason to end, and no content
			x.commit(a, x.answer(a))
		}
		x.told = x.answer(a)
		x.out = x.writer.Append(x.out, &llm.Event{Schema: x.cfg.Request.Schema, Done: true}, &x.told)
	}
	outcome := stats.OutcomeOK
	if a.finish == llm.FinishFilter {
		outcome = stats.OutcomeFiltered
	}
	x.record(outcome, "")
	x.keep(a)
	x.finish(OutcomeOK, nil, false)
}

// assemble passes on a stream as one answer.
func (x *Exchange) assemble(a *attempt) bool {
	e, err := a.assembler.Whole()
	if err != nil {
		x.fail(stats.OutcomeBadAnswer, asError(err))
		return false
	}
	a.gather(e.Raw)
	x.pass(a, e)
	return true
}

// answeredError ends an attempt that was answered with an error status.
func (x *Exchange) answeredError() {
	a := x.cur
	e := x.hidden(a.egress.ReadError(a.status, a.errorBody))
	c := classify(a.status, e, &x.cfg.Policy.FallbackOn)
	if c.outcome == stats.OutcomeContextLength && x.foreign(a) {
		e = overflow(e)
	}
	a.failure, a.ofAccount = e, c.account
	if a.retryAt.IsZero() && (a.status == 429 || a.status == 503) {
		a.retryAt = retryDelay(x.now, a.errorBody)
	}
	if _, again := x.retryable(a); c.next || x.committed || again && x.mayTry() {
		x.fail(c.outcome, e)
		return
	}
	x.record(c.outcome, e.Message)
	x.passed = a
	x.giveUp(x.withNote(e, c.outcome), OutcomeClientError)
}

// withNote says whose credentials were refused: not the caller's.
func (x *Exchange) withNote(e *llm.Error, o stats.Outcome) *llm.Error {
	if o != stats.OutcomeCredentials {
		return e
	}
	c := *e
	c.Raw = nil
	c.Message = "the credentials configured for provider " + x.attempts[len(x.attempts)-1].candidate.Endpoint.Provider + " were refused: " + e.Message
	return &c
}

// fail ends the attempt in flight and goes on with another, or ends the exchange when no
// other can help.
func (x *Exchange) fail(o stats.Outcome, e *llm.Error) {
	a := x.cur
	e = x.hidden(e)
	a.failure = e
	x.cancel()
	x.record(o, e.Message)
	a.free()
	switch {
	case x.committed:
		if x.breach == nil {
			c := *e
			if c.Code == llm.CodeProvider { // whatever the provider's words, say how it broke off
				c.Code = codeOf(o)
			}
			x.breach, x.breachAt = &c, x.now
		}
		if !x.resume(a) {
			x.cut(x.breach, OutcomeFailed)
		}
	case !x.goOn(a):
		x.giveUp(x.allFailed(), OutcomeFailed)
	}
}

// cut ends an answer that has begun: an error event and nothing after it.
func (x *Exchange) cut(e *llm.Error, outcome string) {
	if x.cfg.Request.Stream {
		answer := &codec.Answer{ID: x.cfg.ID, Created: x.started.Unix()}
		if x.serving > 0 {
			answer.Model = x.attempts[x.serving-1].candidate.Endpoint.Model
		}
		x.out = x.writer.Append(x.out, &llm.Event{Err: e}, answer)
	}
	x.finish(outcome, e, true)
}

// allFailed is the caller's error when every attempt failed. The primary failure
// decides the status: a timeout is 504, a connection 502, else the provider's status.
// Of a 429 the headers name the earliest moment to come back.
func (x *Exchange) allFailed() *llm.Error {
	first := &x.attempts[0]
	e := &llm.Error{Code: codeOf(first.outcome), Status: statusOf(first), Message: "every attempt failed", Detail: x.detail()}
	if x.sent() == 1 {
		e.Message = "the only attempt failed"
	}
	for i := range x.attempts {
		a := &x.attempts[i]
		e.Message += "; " + a.candidate.Endpoint.ID + ": " + a.outcome.String()
		if a.message != "" {
			e.Message += " (" + clip(a.message) + ")"
		}
	}
	if first.outcome == stats.OutcomeContextLength && x.foreign(first) {
		e = overflow(e)
	}
	return e
}

// statusOf is the status that an attempt's failure means for the caller.
func statusOf(a *attempt) int {
	if a.outcome == stats.OutcomeStatusTimeout {
		return 504
	}
	if a.isError() && a.status >= 400 {
		return a.status
	}
	if a.failure != nil && a.failure.Status >= 400 {
		return a.failure.Status
	}
	return (&llm.Error{Code: codeOf(a.outcome)}).HTTPStatus()
}

// detail lists the attempts for the body of an error.
func (x *Exchange) detail() []byte {
	w := jsonout.Writer{}
	w.Begin('{')
	w.String("decision", x.cfg.ID)
	w.BeginAt("attempts", '[')
	for i := range x.attempts {
		a := &x.attempts[i]
		w.Begin('{')
		w.String("provider", a.candidate.Endpoint.Provider)
		w.String("model", a.candidate.Endpoint.Model)
		w.String("outcome", a.outcome.String())
		w.IntOrNull("status", int64(a.status), a.status != 0)
		w.Micros("total_us", a.ended.Sub(a.sent))
		w.String("error", clip(a.message))
		w.End('}')
	}
	w.End(']')
	w.End('}')
	return w.Buf
}

// tooLate is the caller's error when the deadline passes while the cache is being asked.
func (x *Exchange) tooLate(l limit) *llm.Error {
	if len(x.attempts) > 0 {
		return x.allFailed()
	}
	return &llm.Error{Code: llm.CodeTimeout, Message: l.String() + " before the cache answered", Detail: x.detail()}
}

// nothing is the caller's error when nothing is eligible.
func (x *Exchange) nothing(ledger *limits.Ledger, s limits.Standing) *llm.Error {
	if e := x.overflows(); e != nil {
		return e
	}
	if e := x.lossy(); e != nil {
		return e
	}
	if x.decision.OverLimit() {
		return x.overLimit(ledger, s)
	}
	for i := range x.decision.Candidates {
		if c := &x.decision.Candidates[i]; c.Excluded.Code == plan.ExcludedUnreadable {
			return c.Lost.Unreadable
		}
	}
	return x.noEndpoint()
}

// lossy is the caller's error when an endpoint fell out only because something would be lost
// there: what would, at the first of them.
func (x *Exchange) lossy() *llm.Error {
	for i := range x.decision.Candidates {
		c := &x.decision.Candidates[i]
		if c.Excluded.Code != plan.ExcludedStrict {
			continue
		}
		msg := "strict: at " + c.Endpoint.ID + " something would be lost:"
		for i, w := range c.Lost.Told {
			if i > 0 {
				msg += ","
			}
			msg += " " + w.Code
		}
		return &llm.Error{Code: llm.CodeInvalidRequest, Param: c.Excluded.Name, Message: msg}
	}
	return nil
}

// noEndpoint is the caller's error when nothing is eligible: 404 by what the request
// itself demands, else 503.
func (x *Exchange) noEndpoint() *llm.Error {
	e := &llm.Error{Code: llm.CodeNoEndpoint, Status: 503, Message: x.decision.Why()}
	if x.decision.Filtered() {
		e.Status = 404
		if r := x.impossible(); r != nil {
			e.Param, e.Message = r.Name, r.Name+": "+r.Note+"; "+e.Message
		}
	}
	e.Detail = x.candidates()
	return e
}

// impossible is why the first endpoint that cannot be asked for a field fell out; nil if there
// is none.
func (x *Exchange) impossible() *plan.Reason {
	for i := range x.decision.Candidates {
		if r := &x.decision.Candidates[i].Excluded; r.Code == plan.ExcludedImpossible {
			return r
		}
	}
	return nil
}

// candidates lists what excluded each candidate, for the body of an error.
func (x *Exchange) candidates() []byte {
	w := jsonout.Writer{}
	w.Begin('{')
	w.String("decision", x.cfg.ID)
	x.writeCandidates(&w)
	w.End('}')
	return w.Buf
}

func (x *Exchange) writeCandidates(w *jsonout.Writer) {
	w.BeginAt("candidates", '[')
	for i := range x.decision.Candidates {
		c := &x.decision.Candidates[i]
		w.Begin('{')
		w.String("endpoint", c.Endpoint.ID)
		w.String("model", c.Endpoint.Model)
		w.String("code", c.Excluded.Code.String())
		w.String("reason", c.Excluded.String())
		w.End('}')
	}
	w.End(']')
}

// refuse ends an exchange that never had an attempt.
func (x *Exchange) refuse(e *llm.Error) { x.giveUp(e, OutcomeRefused) }

// giveUp ends the exchange with an error, as a whole answer if none has begun.
func (x *Exchange) giveUp(e *llm.Error, outcome string) {
	if x.replied {
		x.cut(e, outcome)
		return
	}
	x.do(Reply{Status: e.HTTPStatus(), Header: x.errorHeader(e)})
	x.out = x.cfg.Ingress.AppendError(x.out, e)
	x.finish(outcome, e, false)
}

// record measures the attempt in flight, which is over.
func (x *Exchange) record(o stats.Outcome, message string) {
	a := x.cur
	a.outcome, a.message, a.ended = o, message, x.now
	a.settle(x.cfg.Request)
	price := a.candidate.Endpoint.Price.At(a.usage)
	s := stats.Sample{
		Endpoint: a.candidate.Endpoint.ID, At: x.now, Outcome: o, Stream: a.stream, Resumed: a.resumes != resumeNone,
		Account: a.account(), Status: a.status, Total: x.now.Sub(a.sent), Usage: a.usage, Cost: a.cost, RetryAt: a.retryAt,
		Price: stats.Price{Known: price.Known, Input: price.Input, CacheRead: price.CacheRead, CacheWrite: price.CacheWrite,
			CacheWriteHour: price.CacheWriteHour, Output: price.Output, Reasoning: price.Reasoning, Request: price.Request, Image: price.Image},
	}
	if !a.first.IsZero() {
		s.FirstToken = a.first.Sub(a.sent)
	}
	x.cur = nil
	if a.stage == stageSent {
		x.do(Record{s})
	}
}

// account is the provider whose account is limited, where the limit is not that of the
// endpoint alone.
func (a *attempt) account() string {
	if a.ofAccount {
		return a.candidate.Endpoint.Provider
	}
	return ""
}

// settle fixes what the attempt used and cost. Where the provider said nothing about an
// answer, a part of one, or one that was not waited for, it is estimated and marked so. The
// cost of what was used at an unknown price is unknown; a failure that used nothing cost
// nothing at any price, and so did an answer from the cache.
func (a *attempt) settle(r *llm.Request) {
	if r.Operation == llm.OperationCountTokens { // none of them is used
		a.usage = llm.Usage{}
	}
	if a.gratis(r) {
		a.priced = true
		if price := &a.candidate.Endpoint.Price; price.Known && a.usage.Known {
			a.saved = price.Cost(a.usage)
		}
		return
	}
	if !a.usage.Known && a.worked() {
		a.usage = llm.Usage{Estimated: true, Input: a.input(r), Output: a.output(), Images: r.Images}
	}
	switch price := &a.candidate.Endpoint.Price; {
	case !a.usage.Known && !a.usage.Estimated:
		a.priced = true
	case price.Known:
		a.priced, a.cost = true, price.Cost(a.usage)
		a.saved = price.Cost(uncached(a.usage)) - a.cost
	}
}

// input and output are how many tokens the attempt used, by estimate.
func (a *attempt) input(r *llm.Request) int64 { return r.InputTokens + int64(a.given/bytesPerToken) }

func (a *attempt) output() int64 {
	return int64(a.size+a.unread+bytesPerToken-1) / bytesPerToken
}

// gratis reports whether the attempt costs nothing, whatever it is answered with: from the
// cache, or only the number of the tokens.
func (a *attempt) gratis(r *llm.Request) bool {
	return a.stage == stageCached || r.Operation == llm.OperationCountTokens
}

// worked reports whether the provider has to be taken to have worked on an answer: there was
// one, or it was given up, or lost, before anybody could say that there would be none.
func (a *attempt) worked() bool {
	switch a.outcome {
	case stats.OutcomeOK, stats.OutcomeFiltered:
		return true
	case stats.OutcomeLeft, stats.OutcomeAbandoned, stats.OutcomeFirstTimeout,
		stats.OutcomeIdleTimeout, stats.OutcomeTotalTimeout, stats.OutcomeCut:
		return !a.header || !a.isError()
	}
	return a.content || a.untold
}

// deadline is when the answer must have begun, or have been taken up again.
func (x *Exchange) deadline() time.Time {
	if x.breach != nil {
		return x.breachAt.Add(x.cfg.Policy.Deadline)
	}
	return x.started.Add(x.cfg.Policy.Deadline)
}

// clip bounds text that came from outside.
func clip(s string) string { return llm.Clip(s, 300) }
