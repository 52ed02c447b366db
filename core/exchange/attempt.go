package exchange

import (
	"slices"
	"time"

	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/memory"
	"strowger/core/plan"
	"strowger/core/stats"
)

// stage is how far an attempt has come.
type stage uint8

const (
	stageSkipped stage = iota // it could not be paid for
	stageLooking              // the cache is being asked
	stageSent
	stageCached    // answered from the cache
	stageEstimated // a number of tokens, by our own count
)

// attempt is one try of one endpoint.
type attempt struct {
	n         int
	stage     stage
	candidate *plan.Candidate
	endpoint  *catalog.Endpoint // the candidate's, with the timeouts that hold here
	egress    codec.Egress
	reader    codec.Reader
	repeater  codec.Repeater  // the reader; nil if it is none
	again     bool            // the endpoint has been tried before
	last      bool            // the plan ends here
	stream    bool            // the answer is to be a stream
	assembler codec.Assembler // of a caller that did not ask for one; nil otherwise
	resumes   resumption      // how it goes on with an answer that another began
	goal      goal            // how much of that it has to say again
	given     int             // bytes of an answer that it was given to go on with
	differs   bool            // it said something else
	decided   bool            // whether it says again what was said
	extended  bool            // it has gone on with it

	key  []byte // the question as the cache knows it; nil when there is no cache
	room int64  // how much more may be kept; 0 when nothing is
	kept []byte // the answer so far

	sent, heard, first time.Time // when sent, last heard of, and the first content
	judged             time.Time // when the status came
	lively             time.Time // when something was said that is not a comment
	unsaid             int       // bytes since then that made no event
	header             bool
	died               bool // the connection ended before an answer began
	ofAccount          bool // the limit is one of the whole account
	hopeless           bool // the provider says that another try does not help
	cancelled          bool
	status             int
	retryAt            time.Time
	errorBody          []byte

	content bool // has carried content
	answers bool // has carried what another schema's caller is told, and not only reasoning
	untold  bool // has carried content for which the caller's schema has no place
	media   bool // which was a picture, a sound or the like
	size    int  // bytes of content
	unread  int  // bytes of an answer that is no stream, until it has been read
	dropped int  // unreadable events
	finish  llm.Finish
	spoke   uint64 // choices heard of, as in llm.Event
	ends    uint64 // those of them that have ended
	usage   llm.Usage
	named   int             // tool calls that got their id from us
	heed    memory.Listener // of an endpoint of another schema
	called  []byte          // id of the first tool call; empty: there is none, or nobody asks
	done    bool
	failure *llm.Error // found while reading
	failed  stats.Outcome

	// Set when it is over.
	ended   time.Time
	outcome stats.Outcome
	message string
	cost    int64
	saved   int64 // as in Report
	priced  bool
}

// isError reports whether the answer has an error status.
func (a *attempt) isError() bool { return a.status < 200 || a.status > 299 }

// complete reports whether every choice that was heard of has given a reason to end.
func (a *attempt) complete() bool { return a.ends != 0 && a.spoke&^a.ends == 0 }

// maxErrorBody bounds how much of an error answer is kept.
const maxErrorBody = 64 << 10

// free lets go of what has been read of an attempt that failed.
func (a *attempt) free() {
	a.reader, a.repeater, a.assembler, a.errorBody = nil, nil, nil, nil
	a.discard()
}

func (a *attempt) keepError(p []byte) {
	a.errorBody = append(a.errorBody, p[:min(len(p), maxErrorBody-len(a.errorBody))]...)
}

// take is given each event of the answer in flight.
func (x *Exchange) take(e *llm.Event) {
	a := x.cur
	if e.Again && x.flows(a) {
		a.lively = x.now
		x.out = x.flow(a, e, x.out)
		return
	}
	x.calm = false
	if a.failure != nil || a.done {
		return
	}
	if e.Content || e.Finish != llm.FinishNone || e.Usage.Known || e.Dropped {
		a.lively, a.unsaid = x.now, 0
	}
	if e.Dropped {
		switch a.dropped++; {
		case !x.committed:
			a.failed, a.failure = stats.OutcomeBadAnswer, &llm.Error{Code: llm.CodeBadAnswer, Message: "an event of the stream is not JSON"}
		case a.dropped > 1:
			a.failed, a.failure = stats.OutcomeBadAnswer, &llm.Error{Code: llm.CodeBadAnswer, Message: "two events of the stream are not JSON"}
		}
		return
	}
	a.unread = 0
	if x.figures(e) { // which have no reason to end
		e.Choices, e.Spoke, e.Ended = true, 1, 1
	}
	a.spoke |= e.Spoke
	a.ends |= e.Ended
	if e.Usage.Known {
		a.usage = e.Usage
		a.usage.Images = x.cfg.Request.Images
	}
	if e.Finish != llm.FinishNone {
		a.finish = e.Finish
	}
	if x.muffle(a, e); e.Content {
		a.content = true
		a.size += e.Size
		if a.first.IsZero() && !e.Whole {
			a.first = x.now
			if a.stage == stageSent && (a.n > 1 || a.candidate.Reading.Circuit != stats.Closed) { // later ones may be probes by now
				x.do(Answering{a.candidate.Endpoint.ID})
			}
		}
	}
	if x.spoils(a, e) {
		return
	}
	a.done = e.Done || e.Whole
	switch {
	case a.assembler != nil:
		a.assembler.Add(e)
	case !e.Done: // which succeed writes
		x.pass(a, e)
	}
}

// spoils reports whether the event is the attempt's failure.
func (x *Exchange) spoils(a *attempt, e *llm.Event) bool {
	on := &x.cfg.Policy.FallbackOn
	switch {
	case e.Err != nil && !(e.Whole && e.Choices):
		a.failure, a.failed = e.Err, stats.OutcomeProviderError
		if e.Err.Status != 0 {
			a.failed = classify(e.Err.Status, e.Err, on).outcome
		}
	case e.Whole && !e.Choices:
		a.failed, a.failure = stats.OutcomeBadAnswer, &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer has no choices"}
	case e.Whole && x.repeats(e.Raw):
		a.failed, a.failure = stats.OutcomeBadAnswer, &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer has an error beside it that repeats a secret"}
	case e.Whole && !e.Content && e.Finish == llm.FinishNone && !x.figures(e):
		a.failed, a.failure = stats.OutcomeBadAnswer, &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer has no content and gives no reason"}
	case a.untold && !a.answers && a.finish != llm.FinishFilter && (e.Whole || e.Done || a.complete()):
		a.failed, a.failure = stats.OutcomeBadAnswer, &llm.Error{Code: llm.CodeBadAnswer,
			Message: "the answer holds nothing that " + x.cfg.Request.Schema.String() + " can say"}
	case e.Whole && !a.complete():
		a.failed, a.failure = stats.OutcomeCut, &llm.Error{Code: llm.CodeStreamCut, Message: "the answer gives no reason to end"}
	case e.Done && a.ends == 0 && !a.content:
		a.failed, a.failure = stats.OutcomeBadAnswer, &llm.Error{Code: llm.CodeBadAnswer, Message: "the stream is empty"}
	case e.Done && !a.complete():
		a.failed, a.failure = stats.OutcomeCut, &llm.Error{Code: llm.CodeStreamCut, Message: "the answer ended in the middle"}
	case e.Finish == llm.FinishFilter && !x.committed && !a.last && slices.Contains(on.Classes, "content_filter"):
		a.failed, a.failure = stats.OutcomeFiltered, &llm.Error{Code: llm.CodeProvider, Message: "refused by the provider's content filter"}
	default:
		return false
	}
	return true
}

// asError is err as an error of an answer.
func asError(err error) *llm.Error {
	if e, ok := err.(*llm.Error); ok {
		return e
	}
	return &llm.Error{Code: llm.CodeBadAnswer, Message: err.Error()}
}

// uncached is what would have been used if the provider had no cache.
func uncached(u llm.Usage) llm.Usage {
	u.Input += u.CacheRead + u.CacheWrite + u.CacheWriteHour
	u.CacheRead, u.CacheWrite, u.CacheWriteHour = 0, 0, 0
	return u
}
