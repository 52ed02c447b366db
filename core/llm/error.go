package llm

import "strings"

// Code says what kind of failure an Error is, for programs.
type Code string

// The codes. Each schema maps them to a status and a body in exactly one place.
const (
	CodeInvalidRequest Code = "invalid_request"      // 400: the caller's mistake
	CodeTooLarge       Code = "request_too_large"    // 413
	CodeUnauthorized   Code = "unauthorized"         // 401: no or a wrong client key
	CodeForbidden      Code = "forbidden"            // 403: foreign host or origin
	CodeNotFound       Code = "not_found"            // 404: no such path
	CodeMethod         Code = "method_not_allowed"   // 405
	CodeModelNotFound  Code = "model_not_found"      // 404
	CodeNoEndpoint     Code = "no_eligible_endpoint" // 404 or 503, see Error.Status
	CodeRateLimited    Code = "rate_limited"         // 429
	CodeCostLimit      Code = "cost_limit_exceeded"  // 429
	CodeTimeout        Code = "timeout"              // 504
	CodeUnreachable    Code = "unreachable"          // 502: no connection, or it broke
	CodeProvider       Code = "provider_error"       // the provider's own status
	CodeBadAnswer      Code = "bad_answer"           // 502: an answer that is none
	CodeStreamCut      Code = "stream_cut"           // ended in mid-answer
	CodeShuttingDown   Code = "shutting_down"        // 503
	CodeCancelled      Code = "cancelled"            // 499, as google.rpc.Code has it: by whoever runs this host
	CodeInternal       Code = "internal"             // 500
	CodeUnsupported    Code = "unsupported"          // 501
)

// Error is a failure: a code for programs, a sentence for people, a cause for us.
// Messages are lower case, name the thing and end without a full stop.
type Error struct {
	Code    Code
	Message string
	Param   string // the field at fault, such as provider.sort
	// Status overrides the code's own HTTP status; 0 means the code's.
	Status int
	// Raw is the provider's error body if it may be passed on as it is.
	Raw []byte
	// Schema is the schema of Raw.
	Schema Schema
	// Type and ProviderCode are the provider's own words for it.
	Type         string
	ProviderCode string
	// Detail is raw JSON that is added to the error object (candidates, attempts).
	Detail []byte
}

// Error is the sentence, with the field in front if there is one.
func (e *Error) Error() string {
	if e.Param != "" && !strings.HasPrefix(e.Message, e.Param+":") {
		return e.Param + ": " + e.Message
	}
	return e.Message
}

// HTTPStatus is the status an answer with this error carries.
func (e *Error) HTTPStatus() int {
	if e.Status != 0 {
		return e.Status
	}
	switch e.Code {
	case CodeInvalidRequest:
		return 400
	case CodeUnauthorized:
		return 401
	case CodeForbidden:
		return 403
	case CodeNotFound, CodeModelNotFound, CodeNoEndpoint:
		return 404
	case CodeMethod:
		return 405
	case CodeTooLarge:
		return 413
	case CodeRateLimited, CodeCostLimit:
		return 429
	case CodeCancelled:
		return 499
	case CodeUnsupported:
		return 501
	case CodeUnreachable, CodeBadAnswer, CodeStreamCut, CodeProvider:
		return 502
	case CodeShuttingDown:
		return 503
	case CodeTimeout:
		return 504
	}
	return 500
}
