package main

import (
	"runtime"
	"slices"
	"strconv"
	"time"
)

// row is one fault of a provider, for callers of plain answers and of streams.
type row struct {
	fault  string
	stage  stage
	plain  half
	stream half
}

// stage is how far the answer had come when the fault struck, as the caller sees it.
type stage string

// The stages. A fault at stageFine is none: it looks odd, and the answer is complete.
const (
	stageHeaders stage = "before headers"
	stageContent stage = "before content"
	stageAfter   stage = "after content"
	stageFine    stage = "no harm"
)

// half is one row for one form of answer. Without does there is no such fault in that form.
type half struct {
	does   []script // what the provider does at each request; the last one again and again
	alone  result   // what the caller gets when there is no other provider
	second part     // what becomes of a healthy second provider
	// first are the outcomes of the attempts at the faulty provider, as recorded, in order;
	// alone are those without a second one, where they differ.
	first, firstAlone string

	more    string // further members of the caller's request
	told    string // what the caller was told of the text before the fault; usually text1
	thought string // the reasoning of the complete answer
	text    string // the text of the complete answer, where it is not the usual one
	finish  string // its finish reason, if not stop
	ended   bool   // all of the text was told: who is given it says nothing, and is asked afresh
	dropped int    // events that were left out and counted
	wait    bool   // the caller is told when to come back
}

// same is a row whose two halves are one.
func same(fault string, at stage, h half) row { return row{fault, at, h, h} }

// result is what a caller gets: a complete answer, an error instead of one, or the
// beginning of an answer and an error event.
type result struct {
	kind   kind
	status int
	code   string // of the error; empty: any
}

type kind uint8

const (
	kindWhole kind = iota
	kindError
	kindCut
)

// The results.
var whole = result{kind: kindWhole}

func fails(status int, code string) result { return result{kindError, status, code} }
func cut(code string) result               { return result{kindCut, 200, code} }

// String is the result in words.
func (r result) String() string {
	switch r.kind {
	case kindWhole:
		return "a complete answer"
	case kindCut:
		return "the beginning, an error event " + r.code + ", a broken connection"
	}
	return "status " + strconv.Itoa(r.status) + " " + r.code
}

// part is what a healthy second provider has to do with a case.
type part uint8

const (
	// unasked: the second provider is not asked; the caller gets what it gets alone.
	unasked part = iota
	// asked: its answer is the caller's, with no trace of the first.
	asked
	// goesOn: the answer that was begun is completed, to the byte, by a provider that says the
	// same or that takes a beginning; one that says something else makes an honest end.
	goesOn
)

// The times that providers are given: little if they never end by themselves, else so much that
// a busy machine makes no difference.
const (
	shortTimes = "{connect: 500ms, first_token: 900ms, idle: 600ms, total: 1800ms}"
	longTimes  = "{connect: 5s, first_token: 10s, idle: 10s, total: 20s}"
)

// The pauses of providers that are slow but well.
const (
	aWhile   = 120 * time.Millisecond
	aLongOne = 400 * time.Millisecond
)

// times are the clocks of the faulty provider.
func (h *half) times() string {
	switch {
	case hangs(h.does):
		return shortTimes
	}
	return longTimes
}

// matrix are all rows.
func matrix() []row {
	var all []row
	for _, rows := range [...][]row{
		rowsOfConnections(), rowsOfHeads(), rowsOfStatuses(), rowsOfCallersFaults(), rowsOfLimits(),
		rowsWithoutAnswer(), rowsBeforeContent(), rowsOfBodies(), rowsInMidAnswer(), rowsOfTransport(),
		rowsNobodyGoesOn(), rowsOfEnds(), rowsOfOddities(), rowsOfTransportOddities(),
	} {
		all = append(all, rows...)
	}
	if runtime.GOOS != "linux" { // where no queue of connections can be filled
		all = slices.DeleteFunc(all, func(r row) bool { return len(r.plain.does) > 0 && slices.Contains(r.plain.does[0], full) })
	}
	return all
}
