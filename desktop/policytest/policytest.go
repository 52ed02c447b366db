// Package policytest are tests of a policy: what a configuration is to decide on requests, under a
// state of the endpoints that is written down. A test is either a request with that state, or a
// recorded decision, which holds both. Nothing is sent. The format is in
// docs/reference/policy-tests.md.
//
//	file, err := policytest.Read("policies.yaml", text)
//	for _, test := range file.Tests {
//		outcome := test.Run(setting)
//	}
package policytest

import (
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/stats"
)

// File are the tests of a file.
type File struct {
	// Config is the path of the configuration as it is written; empty if none is.
	Config string
	// Inline is the configuration as JSON, if it stands in the file, at line InlineAt.
	Inline   []byte
	InlineAt int
	Tests    []Test
}

// Test is one of them.
type Test struct {
	Name string
	Line int
	// Record is a recorded decision as JSON; nil: it is a request.
	Record  []byte
	Request Request
	State   stats.Frozen
	Spent   map[string]catalog.MicroDollars // by account: all, "key NAME", "route /PATH"
	At      time.Time
	Seed    uint64
	Expect  []Expectation
}

// Request is what is asked.
type Request struct {
	Path    string
	Key     string
	Headers map[string]string // by lower-case name
	Body    []byte
}

// What is a kind of expectation.
type What string

// The kinds.
const (
	Plan     What = "plan"     // all endpoints in the order they are tried
	First    What = "first"    // the endpoint that goes first
	Excluded What = "excluded" // why an endpoint is not in the plan
	Strategy What = "strategy"
	Error    What = "error" // the code of what the caller is told instead
)

// Expectation is what is to come of a test.
type Expectation struct {
	What     What
	Line     int
	Endpoint string   // of Excluded
	Want     []string // one, but for Plan
}

// Outcome is what came of a test.
type Outcome struct {
	Failures []Failure
	// Why is the decision's sentence, or what the request is refused with.
	Why string
}

// Failure is an expectation that does not hold.
type Failure struct {
	Expectation
	Got []string // what holds instead; nothing: the request is refused, or the plan is empty
}

// Setting is what tests are run with.
type Setting struct {
	Catalog *catalog.Catalog
	Zone    *time.Location // in which days and months begin
}

// refusal is what a request is refused with.
func refusal(err *llm.Error) string { return string(err.Code) + ": " + err.Error() }
