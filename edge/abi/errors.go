package abi

import "strowger/core/llm"

// Code says what a host did wrong, for programs.
type Code string

// The codes of an Error.
const (
	CodeVersion  Code = "version"        // configure was asked for another version
	CodeControl  Code = "control"        // the control message cannot be read
	CodeConfig   Code = "config"         // the catalog is not valid
	CodeNoConfig Code = "not_configured" // nothing has been configured yet
	CodeNotFound Code = "not_found"      // nothing is served at this path; no such model
	CodeHandle   Code = "handle"         // no exchange has this handle
	CodeEvent    Code = "event"          // an event at the wrong time
	CodeLimit    Code = "limit"          // beyond a bound of the package
	CodeDead     Code = "dead"           // the module has failed; only a new instance helps
	CodeDecision Code = "decision"       // it cannot be read, or not be made again under this catalog
	CodeRecord   Code = "record"         // what came back is no result: seen by a Go host
)

// Error is a mistake at the boundary. Messages are lower case and name the thing.
type Error struct {
	Code    Code
	Message string
}

// Error is the code and the message.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Refusal is the error that a caller's request earned, in place of a decision.
type Refusal struct {
	Err  llm.Error // Code, Message, Param and Status are set
	Body []byte    // what the caller is answered, in its own schema
}

// Error is the refusal's sentence.
func (r *Refusal) Error() string { return r.Err.Error() }
