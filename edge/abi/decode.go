package abi

import (
	"strconv"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/llm"
)

// Command is a command that has come over the boundary, for hosts in Go.
type Command struct {
	// Command is the command. The Endpoint of a Send holds what the record carries and
	// no more; a Finish has no Report.
	exchange.Command
	Outcome string // of a Finish: how the exchange ended
	Report  []byte // of a Finish: the report as JSON
	Sample  []byte // of a Record: the sample as fold takes it
}

// Written is what the result of step or data writes, if it is one Write and no more.
func Written(result []byte) (written []byte, alone bool) {
	const head = len(writeHead) + lengthSize
	if len(result) < head || string(result[:len(writeHead)]) != writeHead || length(result[len(writeHead):]) != uint64(len(result)-head) {
		return nil, false
	}
	return result[head:], true
}

// DecodeCommands reads the result of step. The commands point into result. The error is
// of type *Error: the module's own, or of code record when result is none of step's.
func DecodeCommands(result []byte) (cmds []Command, err error) {
	for len(result) > 0 {
		rec, rest, ok := Next(result)
		if !ok {
			return nil, cutShort()
		}
		cmd, err := decodeCommand(rec)
		if err != nil {
			return nil, err
		}
		cmds = append(cmds, cmd)
		result = rest
	}
	return cmds, nil
}

func decodeCommand(rec Record) (Command, error) {
	if string(rec.Control) == writeControl { // as nearly all are
		return Command{Command: exchange.Write{Bytes: rec.Raw}}, nil
	}
	var r reply
	if err := r.read(rec.Control); err != nil {
		return Command{}, err
	}
	var cmd Command
	switch r.kind {
	case KindSend:
		r.send.Body = rec.Raw
		for _, h := range r.pairs {
			r.send.Endpoint.Headers = append(r.send.Endpoint.Headers, catalog.Header(h))
		}
		cmd.Command = r.send
	case KindWake:
		cmd.Command = exchange.Wake{At: moment(r.at)}
	case KindCancel:
		cmd.Command = exchange.Cancel{Attempt: r.send.Attempt}
	case KindReply:
		cmd.Command = exchange.Reply{Status: r.status, Header: r.pairs}
	case KindWrite:
		cmd.Command = exchange.Write{Bytes: rec.Raw}
	case KindAdmit:
		cmd.Command = exchange.Admit{Admission: r.money.Admission}
	case KindSettle:
		cmd.Command = exchange.Settle{Admission: r.money.Admission, Spent: r.money.spent}
	case KindRemember:
		cmd.Command = exchange.Remember{Key: r.money.Key, Calls: r.calls}
	case KindConverse:
		r.turn.Turn.Model = r.send.Endpoint.Model
		cmd.Command = r.turn
	case KindJudge:
		r.verdict.Decision, r.verdict.Model = r.turn.Turn.Decision, r.send.Endpoint.Model
		cmd.Command = exchange.Judge{Verdict: r.verdict}
	case KindLookup:
		cmd.Command = exchange.Lookup{Attempt: r.send.Attempt, Key: rec.Raw, Wait: r.wait}
	case KindKeep:
		if r.size > int64(len(rec.Raw)) {
			return Command{}, &Error{CodeRecord, "question_bytes: more than the raw bytes are"}
		}
		cmd.Command = exchange.Keep{Key: rec.Raw[:r.size:r.size], Body: rec.Raw[r.size:], TTL: time.Duration(r.ttl) * time.Microsecond}
	case KindAnswering:
		cmd.Command = exchange.Answering{Endpoint: r.send.Endpoint.ID}
	case KindRecord:
		s, err := readSample(rec.Raw)
		if err != nil {
			err.Code = CodeRecord
			return Command{}, err
		}
		cmd.Command, cmd.Sample = exchange.Record{Sample: s}, rec.Raw
	case KindFinish:
		cmd.Command, cmd.Outcome, cmd.Report = exchange.Finish{Cut: r.cut}, r.outcome, rec.Raw
	default:
		return Command{}, r.unexpected()
	}
	return cmd, nil
}

// Result is what a call other than step returned.
type Result struct {
	Rev    string // of configured
	Handle uint32 // of opened
	Known  bool   // of folded: the catalog has the endpoint
	Equal  bool   // of recalled: every byte is the same
	Raw    []byte // of decided, recalled and models; part of what was decoded
}

// DecodeResult reads the result of a call that returns one record of that kind. The
// error is a *Refusal when the caller's request was refused, else an *Error.
func DecodeResult(result []byte, kind string) (Result, error) {
	rec, rest, ok := Next(result)
	if !ok || len(rest) > 0 {
		return Result{}, cutShort()
	}
	var r reply
	if err := r.read(rec.Control); err != nil {
		return Result{}, err
	}
	switch r.kind {
	case kind:
		return Result{Rev: r.rev, Handle: r.handle, Known: r.known, Equal: r.equal, Raw: rec.Raw}, nil
	case KindRefused:
		return Result{}, &Refusal{
			Err:  llm.Error{Code: llm.Code(r.code), Message: r.message, Param: r.param, Status: r.status},
			Body: rec.Raw,
		}
	}
	return Result{}, r.unexpected()
}

// unexpected is the error that a record stands for, or that it should not be there.
func (r *reply) unexpected() *Error {
	if r.kind == KindError {
		return &Error{Code(r.code), r.message}
	}
	return &Error{CodeRecord, "unexpected record of kind " + strconv.Quote(r.kind)}
}

func cutShort() *Error { return &Error{CodeRecord, "the result is no sequence of records"} }
