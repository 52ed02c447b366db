package exchange

import (
	"time"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/codec"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/memory"
	"strowger/core/stats"
)

// Event is something that happened outside; the cases below are the only ones.
type Event interface{ event() }

// Started begins the exchange. All is read during the step and not kept.
type Started struct {
	Stats  stats.Snapshot
	Ledger *limits.Ledger // nil: no money has been spent
	Memory *memory.Store  // nil: nothing is remembered
	// Of auto mode: the conversations so far, and what has been learned; nil: nothing.
	Conversations *pool.Conversations
	Learned       *pool.Learned
}

// Cached answers Lookup: the kept answer, or that there is none.
type Cached struct {
	Attempt int
	Hit     bool
	Body    []byte // the provider's own bytes, valid during the step
}

// Headers are the status and headers of an attempt's answer. RetryAfter and the like
// are read from Header, which gives a header's value by its lower-case name.
type Headers struct {
	Attempt int
	Status  int
	Header  func(name string) string
}

// Data are the next bytes of an attempt's answer, valid during the step.
type Data struct {
	Attempt int
	Bytes   []byte
}

// Ended says that an attempt's answer ended as the transport says it should.
type Ended struct{ Attempt int }

// Failed says that an attempt broke: no connection, or one that was cut.
type Failed struct {
	Attempt int
	Outcome stats.Outcome
	Message string // for people; holds no secret that Hide does not know
	// Died: there was a connection, and it ended before an answer began.
	Died bool
}

// Blocked says that the host could not listen to the attempt in flight for so long until
// now, as when a slow caller is written to: that nothing came was not the provider's silence.
type Blocked struct{ For time.Duration }

// Woke says that the moment asked for by Wake has come.
type Woke struct{}

// Left says that the caller went away.
type Left struct{}

// Closing says that the host cannot go on: it is shutting down, or this request has been
// cancelled there by hand.
type Closing struct{ Cancelled bool }

func (Started) event() {}
func (Cached) event()  {}
func (Headers) event() {}
func (Data) event()    {}
func (Ended) event()   {}
func (Failed) event()  {}
func (Blocked) event() {}
func (Woke) event()    {}
func (Left) event()    {}
func (Closing) event() {}

// Command is something the host is to do; the cases below are the only ones.
type Command interface{ command() }

// Send starts attempt number Attempt: POST Content() to URL() with the endpoint's credentials.
type Send struct {
	Attempt  int
	Endpoint *catalog.Endpoint
	Path     string
	Body     []byte // what Content gives; nil until it is asked for
	Stream   bool
	// Header are the request headers that the schema needs beside its content type.
	// KeyName is the one that carries the endpoint's credential, behind KeyPrefix.
	Header             []Header
	KeyName, KeyPrefix string
	// Turn, unless 0, is the endpoint's new count of turns.
	Turn int64

	// What Body is written from.
	egress  codec.Egress
	request *llm.Request
	form    codec.Form
}

// Content is the body to send. It is written when it is first asked for, as that takes a while
// where the schemas differ, which a host need not have happen while it holds the state that
// Started brings. That must be before the next Step. The bytes are nobody else's, then or later: an attempt may still be
// sending them when the exchange has ended.
func (s *Send) Content() []byte {
	if s.Body == nil && s.egress != nil {
		s.Body = s.AppendContent(nil)
	}
	return s.Body
}

// AppendContent appends what Content gives, within the same time, for a host that has memory for it.
func (s *Send) AppendContent(dst []byte) []byte {
	if s.Body != nil || s.egress == nil {
		return append(dst, s.Body...)
	}
	return s.egress.AppendRequest(dst, s.request, s.form)
}

// URL is where the body is sent.
func (s *Send) URL() string { return codec.URL(s.Endpoint.BaseURL, s.Path) }

// Wake asks for Woke at a moment. It replaces any earlier one.
type Wake struct{ At time.Time }

// Cancel ends an attempt: nothing more of it is wanted.
type Cancel struct{ Attempt int }

// Reply begins the answer to the caller.
type Reply struct {
	Status int
	Header []Header
}

// Header is one response header, its name in lower case.
type Header struct{ Name, Value string }

// Write are the next bytes for the caller, valid until the next step.
type Write struct{ Bytes []byte }

// Admit counts the request against its limits and reserves money.
type Admit struct{ limits.Admission }

// Settle ends what Admit began: Spent is what all attempts together cost.
type Settle struct {
	limits.Admission
	Spent catalog.MicroDollars
}

// Remember keeps what belongs to tool calls, for the requests with the same client key that
// go on from there; what is kept already is kept for longer.
type Remember struct {
	Key   string // the client key's name; empty for none
	Calls []memory.Call
}

// Converse notes the turn of a conversation that auto mode has chosen a model for.
type Converse struct {
	Conversation uint64
	Turn         pool.Turn
}

// Judge gives a verdict on an answer, of this exchange or an earlier one, for the host to keep
// and to learn from. Nothing of what was said is in it.
type Judge struct{ pool.Verdict }

// Lookup asks whether an answer to Key is kept; the host answers with Cached. Key is the
// question in full, of any size; a host hashes it. Wait: if the same question is being
// asked already, its answer is to be waited for. When that takes too long the attempt is
// sent; a Cached that comes after its Send does nothing.
type Lookup struct {
	Attempt int
	Key     []byte
	Wait    bool
}

// Keep gives the complete answer to the question that Lookup asked with the same Key.
type Keep struct {
	Key  []byte
	Body []byte
	TTL  time.Duration
}

// Answering says that an attempt carries content, where the endpoint's circuit was not
// closed: it was the probe, and is one no longer.
type Answering struct{ Endpoint string }

// Record is one attempt as measured.
type Record struct{ Sample stats.Sample }

// Finish ends the exchange. Cut says that the answer must not look complete: the host
// breaks the connection rather than ending it well.
type Finish struct {
	Report *Report
	Cut    bool
}

func (Send) command()      {}
func (Wake) command()      {}
func (Cancel) command()    {}
func (Reply) command()     {}
func (Write) command()     {}
func (Admit) command()     {}
func (Settle) command()    {}
func (Remember) command()  {}
func (Converse) command()  {}
func (Judge) command()     {}
func (Lookup) command()    {}
func (Keep) command()      {}
func (Answering) command() {}
func (Record) command()    {}
func (Finish) command()    {}
