// Package codec says what a schema must be able to do: read what callers send and
// write what they are answered (Ingress), and write what a provider is sent and read
// what it answers (Egress). Both meet in the neutral form of package llm.
//
// Where both sides speak the same schema nothing is rebuilt: an event carries the
// provider's own bytes, and the writer puts the model's name into them. Else a request goes
// by way of llm.Prompt and an answer by way of llm.Delta, and what the other side cannot say
// is told by its Table. Here is, too, what all schemas have in common: scanning a request
// (Reading), reading JSON and event streams (NewReader), errors, and text that stays escaped.
package codec

import (
	"strowger/core/llm"
)

// Asked is what a path of the data plane says beside the body.
type Asked struct {
	Operation llm.Operation
	// Model and Stream where the schema has them in the path.
	Model  string
	Stream bool
}

// Ingress is the callers' side of a schema.
type Ingress interface {
	// ReadRequest scans body, which stays the caller's and is kept in the request.
	// The error is the caller's mistake, with Param naming the field.
	ReadRequest(a Asked, body []byte) (*llm.Request, *llm.Error)
	// ReadPrompt decodes a request that ReadRequest has accepted. The error names the field
	// that cannot be understood; the prompt is nil then, unless nobody says anything in it.
	ReadPrompt(r *llm.Request) (*llm.Prompt, *llm.Error)
	// NewWriter starts an answer to r.
	NewWriter(r *llm.Request) Writer
	// AppendError appends e as the body of an answer that is not a stream.
	AppendError(dst []byte, e *llm.Error) []byte
}

// Egress is the providers' side of a schema.
type Egress interface {
	// Path is the operation's path behind the provider's base URL, with a leading slash and,
	// where there is one, a query.
	Path(r *llm.Request, f Form) string
	// AppendRequest appends the body to send: r as f says. A request in another schema is
	// written from f.Prompt.
	AppendRequest(dst []byte, r *llm.Request, f Form) []byte
	// NewReader starts reading the provider's answer to r, a stream or not.
	NewReader(r *llm.Request, stream bool) Reader
	// NewAssembler starts making one whole answer to r of a stream.
	NewAssembler(r *llm.Request) Assembler
	// ReadError reads the body of an answer with an error status.
	ReadError(status int, body []byte) *llm.Error
}

// Form is what an endpoint is sent beside the request itself.
type Form struct {
	Name   string // the model's name there
	Stream bool   // the answer is to be a stream
	// Prefill is the text of the answer so far, with which the endpoint is to go on; empty:
	// there is none.
	Prefill []byte
	// BaseURL is the endpoint's, for what one server wants to be told otherwise than others.
	BaseURL string
	// Prompt is the request in full; nil if it is in the endpoint's schema.
	Prompt *llm.Prompt
	// MaxOutput is the endpoint's limit on output tokens; 0 if unknown.
	MaxOutput int64
}

// Assembler makes one whole answer of the events of a stream.
type Assembler interface {
	// Add takes the next event, of which nothing is kept.
	Add(e *llm.Event)
	// Whole is the answer so far as one event, as a Reader of an answer that is no stream
	// would give it. It is good until the next call.
	Whole() (*llm.Event, error)
}

// Reader reads one answer. Its events and its errors are the same wherever the answer
// was cut into pieces, and behind the end mark of a stream there are none.
type Reader interface {
	// Read takes the next bytes, which it does not keep, and hands over the events they
	// complete. An event is valid only until emit returns, and not to be changed but for its
	// Content and Deltas. An error means the answer cannot be read on.
	Read(p []byte, emit func(*llm.Event)) error
	// Close says that the answer has ended.
	Close(emit func(*llm.Event)) error
}

// Repeater is a Reader of a stream, where an event most often differs from the one before in nothing
// but its text.
type Repeater interface {
	// Repeat is Read of the first n bytes of p, which are one such event, and gives it, valid until the
	// next call; nil if p does not begin with one, and nothing has been read.
	Repeat(p []byte) (e *llm.Event, n int)
}

// Writer writes one answer: of a stream whole frames, of other answers one document.
type Writer interface {
	// Append appends what event e is for the caller, under the name model; a.Cost
	// goes in where the caller asked for it. a is only read.
	Append(dst []byte, e *llm.Event, a *Answer) []byte
	// AppendPause appends what callers' parsers pass over, to show that the stream is alive;
	// nothing where the schema has no such thing.
	AppendPause(dst []byte) []byte
}

// Answer is what the exchange adds to an event.
type Answer struct {
	ID      string // of the exchange, for what is written anew
	Created int64  // when it began, in seconds since 1970
	Model   string // the model that answers
	Cost    int64  // micro-dollars of the whole answer
	Priced  bool   // Cost is known
	Input   int64  // tokens of the request, as estimated, for what is said before they are known
	Output  int64  // tokens of the answer so far, as estimated
	// Resumed: the answer was begun by another endpoint, so the event goes on under the id
	// of its first event.
	Resumed bool
	// SkipText and SkipThought are how many bytes of the event's text and reasoning, decoded,
	// the caller has already.
	SkipText, SkipThought int
	// Lead is text that goes before the event's own.
	Lead []byte
}

// Used is what an answer used, for schemas that always say it: what the provider stated, else
// what is estimated. Without Input there is no estimate: the answer is written to be read again,
// or is none.
func (a *Answer) Used(stated llm.Usage) llm.Usage {
	if stated.Known || a.Input == 0 {
		return stated
	}
	return llm.Usage{Estimated: true, Input: a.Input, Output: a.Output}
}

// MaxAnswer bounds an answer that is not a stream, in bytes.
const MaxAnswer = 64 << 20

// MaxFrame bounds one event of a stream, in bytes.
const MaxFrame = 16 << 20
