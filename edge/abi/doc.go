// Package abi is the core behind a plain, versioned boundary: bytes in, bytes out, so
// that a host in any language can drive it. A [Machine] is one core with its router,
// its statistics and its open exchanges; the WebAssembly module is a Machine with
// exports around it, and a Go program can hold one without WebAssembly.
//
// It does no I/O and knows no clock: the host sends the bytes, keeps the timers and
// resolves credentials. It does not say how bytes get into a module's memory: see
// edge/reactor.
//
// # A call
//
// Every method takes a control message, a JSON object, and raw bytes that are never
// JSON-escaped: a catalog, a request's body, a chunk. It returns records, one after the
// other:
//
//	u32 length of the control message, little-endian
//	control message: a JSON object whose first member is "kind"
//	u32 length of the raw bytes, little-endian
//	raw bytes
//
// step and data return any number of them, every other method exactly one. A moment is a whole
// number of microseconds since 1970 (_us, exact in JavaScript), and durations are
// microseconds too: nothing here is finer. While the host's clock goes back, time stands
// still for an exchange. A seed is text: up to 16 hexadecimal digits. Unknown members and
// kinds, values of a wrong type or out of range are errors: nothing is guessed.
//
//	method     control                                      raw       record
//	configure  {"abi":4,"reset":false}                      catalog   configured {rev}
//	fold       {}                                           sample    folded {known}
//	decide     {seed, target, caller, id, now_us}           body      decided; raw: the decision
//	open       {id, seed, target, caller, refused}          body      opened {handle}
//	step       handle, {now_us, event, …}                   chunk     commands
//	data       handle, attempt, now_us                      chunk     commands
//	close      handle                                                 closed
//	abort      {target, id, refused}                                  aborted; raw: what ends a stream
//	admit      {now_us, client_key, rate, limits, amount_micro}       admitted {ok, wait_us}; raw: the accounts
//	settle     {the same, spent_micro}                                settled; raw: the accounts
//	accounts   {now_us}                                     accounts  accounts; raw: the accounts
//	models     {"model":""} or {"path":"/v1beta/models"}              models; raw: the list, or the model
//	recall     {}                                           decision  recalled {equal}; raw: the decision
//
// The catalog is in its canonical form (catalog.AppendJSON). Configuring again changes
// the catalog and keeps statistics, accounts and open exchanges; reset forgets the first two.
// target is "path":"/v1/chat/completions" or another of the data plane or a route's; or
// "schema" and "operation" by name, with "model" and "stream":true where the path says so, as
// Gemini's do, and "route", its path.
// caller is what came with the body, each where there is any: "provider" and
// "cache_control", the values of x-strowger-provider and cache-control, "client_key", the
// name of the key that the host has checked, and "headers", an object of those that
// [RequestHeaderNames] lists. refused, {code, message, param, status}, is a
// mistake that the host found before it read the body. The body given to open belongs
// to the machine until the handle is closed or the exchange has finished.
//
// recall makes a decision again from its own JSON, which any machine may have made, under the
// catalog of the same revision; equal says whether every byte is the same. The filter of proxies
// does not have this method.
//
// What the caller got wrong is no error of the boundary: open makes an exchange that
// answers so, decide returns a record of kind refused {code, message, param, status}
// with the error body as raw bytes. Where a record of another kind is expected, error
// {code, message} says that the host did something wrong (see [Code]).
//
// # Events and commands
//
//	{"now_us":1,"event":"started"}                    first, once
//	{"now_us":1,"event":"cached","attempt":1,"hit":true}   raw: the kept body; without hit: none is kept
//	{"now_us":1,"event":"headers","attempt":1,"status":200,"headers":{"retry-after":"7"}}
//	{"now_us":1,"event":"data","attempt":1}           raw: the bytes
//	{"now_us":1,"event":"ended","attempt":1}
//	{"now_us":1,"event":"failed","attempt":1,"outcome":"unreachable","message":"refused"}
//	{"now_us":1,"event":"failed","attempt":1,"outcome":"unreachable","died":true}   it broke before an answer began
//	{"now_us":1,"event":"blocked","for_us":1}         the attempt could not be listened to for so long until now
//	{"now_us":1,"event":"woke"}, "left", "closing"
//
// Header names are in lower case; only those of [HeaderNames] are read.
//
//	send    {attempt, endpoint, provider, model, name, schema, base_url, path, url, key, headers, request_headers, key_header, key_prefix, stream, turn, timeouts_us}; raw: body
//	wake    {at_us}        cancel {attempt}        reply {status, headers}        write; raw: bytes
//	lookup  {attempt, wait}; raw: the question     keep {ttl_us, question_bytes}; raw: the question, then the body
//	admit   {client_key, rate, limits, amount_micro}       settle {the same, spent_micro}
//	answering {endpoint}                           remember {client_key, calls}
//	judge   {decision, model, good, source}        converse {conversation, decision, model, warm_tokens, answered, judged}
//	record  raw: the sample, as fold takes it      finish {outcome, cut}; raw: the report
//
// POST the body to url, which base_url and path make, with the credential that key refers to; headers are
// pairs [[name, value]], whose values may be references too; those of request_headers are
// no references but come from the caller, or are the schema's. The credential goes into the
// header key_header, behind key_prefix. A literal secret never enters
// the catalog: its key is "literal:", and the host knows the rest. Of timeouts_us only
// connect is the host's to keep. answering is about the machine's own statistics, remember,
// with the ids of tool calls, about its own memory of what belongs to them, converse about its
// own memory of conversations, for which auto mode has chosen a model. judge is what became
// of an answer, of this exchange or an earlier one, as pool.Verdict says: a host that wants to
// learn which models do well keeps it. The
// machine has counted its own samples: a record is for the
// host to keep, and for other machines. After finish the handle takes any event and does
// nothing, until it is closed.
//
// Every lookup is answered with cached, at once by a host that keeps nothing: until then
// nothing is sent, unless the answer takes half of the time that is left; a later one does
// nothing. wait means that the same question may be on its way already, and that its answer
// is to be waited for. The question is of any size: hash it. The machine keeps the
// accounts that admit and settle are about itself; they tell the host what to remember.
//
// data is step with the event data, and needs no control message: chunks are many.
//
// # Several machines, one account
//
// Where several machines serve the same limits, one of them is asked by all: to it a host gives
// what the commands admit and settle say as the methods of these names. If it does not admit,
// the host forgets the exchange without doing what else the step said, has the machine take
// over the accounts that came back (method accounts), and opens the exchange anew, which is
// then refused or admitted for less. A rate's request that has to wait says for how long.
// Accounts are {"accounts":[{account, per, start_us, spent_micro, reserved_micro}],
// "rates":[{client_key, due_us}]}; the host keeps them where they survive.
//
// # Bounds
//
// Open exchanges: [MaxOpen]; a control message: [MaxControl]; raw bytes: [MaxRaw].
package abi

import (
	"strowger/core/exchange"
	"strowger/core/router"
)

// Version is the version of the boundary. It changes when a host made for the former
// one could misunderstand; new kinds of commands and members do so.
const Version = 4

// The bounds of what a Machine takes.
const (
	MaxOpen    = 10_000    // exchanges with a handle
	MaxControl = 256 << 10 // bytes of a control message
	MaxRaw     = 64 << 20  // raw bytes of one call
)

// HeaderNames are the response headers that the core reads; a host may leave out others.
func HeaderNames() []string { return exchange.HeaderNames() }

// RequestHeaderNames are the headers of a caller's request that the core reads.
func RequestHeaderNames() []string { return router.HeaderNames() }

// The kinds of records. Those of commands are the commands' names in lower case.
const (
	KindConfigured = "configured"
	KindFolded     = "folded"
	KindDecided    = "decided"
	KindRefused    = "refused"
	KindOpened     = "opened"
	KindClosed     = "closed"
	KindModels     = "models"
	KindAborted    = "aborted"
	KindAdmitted   = "admitted"
	KindSettled    = "settled"
	KindAccounts   = "accounts"
	KindRecalled   = "recalled"
	KindError      = "error"

	KindRemember  = "remember"
	KindAdmit     = "admit"
	KindSettle    = "settle"
	KindLookup    = "lookup"
	KindKeep      = "keep"
	KindSend      = "send"
	KindWake      = "wake"
	KindCancel    = "cancel"
	KindReply     = "reply"
	KindWrite     = "write"
	KindAnswering = "answering"
	KindConverse  = "converse"
	KindJudge     = "judge"
	KindRecord    = "record"
	KindFinish    = "finish"
)
