package provider

import (
	"fmt"
	"net/http"
	"strconv"
)

// failure is an error, named as OpenAI does: {"error":{"message","type","param","code"}}. The other schemas
// go by status.
type failure struct {
	schema               schema
	status               int
	ok                   bool   // the error comes with status 200
	kind                 string // "type" on the wire
	param, code, message string
	retryAfter           string // header, if any
}

// badRequest is a 400 that names a field; param and code may be empty.
func badRequest(param, code, message string) *failure {
	return &failure{status: http.StatusBadRequest, kind: "invalid_request_error", param: param, code: code, message: message}
}

// simulated is the error that a behaviour with this status and, if not empty, this code stands for.
func simulated(status int, code string) *failure {
	f := &failure{status: status, kind: "invalid_request_error", message: "Simulated failure: " + http.StatusText(status) + "."}
	switch {
	case status == http.StatusUnauthorized:
		f.code = "invalid_api_key"
	case status == http.StatusForbidden:
		f.code = "unsupported_country_region_territory"
	case status == http.StatusNotFound, status == http.StatusGone:
		f.code, f.message = "model_not_found", "The model does not exist or you do not have access to it."
	case status == http.StatusTooManyRequests:
		f.kind, f.code, f.message = "requests", "rate_limit_exceeded", "Rate limit reached. Please try again later."
	case status == 529:
		f.kind, f.code, f.message = "server_error", "overloaded", "The engine is currently overloaded, please try again later."
	case status >= 500:
		f.kind, f.code, f.message = "server_error", "server_error", "The server had an error while processing your request. Sorry about that!"
	}
	if code != "" {
		f.code = code
	}
	return f
}

// unknownPath is what OpenAI says to a path or method it does not have.
func unknownPath(r *http.Request) *failure {
	return &failure{
		status:  http.StatusNotFound,
		kind:    "invalid_request_error",
		message: "Invalid URL (" + r.Method + " " + r.URL.Path + ")",
	}
}

// append appends the error as JSON.
func (f *failure) append(dst []byte) []byte {
	switch f.schema {
	case anthropic:
		dst = fmt.Appendf(dst, `{"type":"error","error":{"type":%q,"message":"`, anthropicKind(f.status))
		return append(appendEscaped(dst, f.words()), `"},"request_id":"req_sim"}`...)
	case gemini:
		dst = append(appendEscaped(fmt.Appendf(dst, `{"error":{"code":%d,"message":"`, f.status), f.words()), '"')
		dst = fmt.Appendf(dst, `,"status":%q`, geminiStatus(f.status))
		if wait, err := strconv.Atoi(f.retryAfter); err == nil && f.status == http.StatusTooManyRequests {
			dst = fmt.Appendf(dst, `,"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"%ds"}]`, wait)
		} else if f.code == "invalid_api_key" {
			dst = append(dst, `,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]`...)
		}
		return append(dst, "}}"...)
	}
	dst = append(dst, `{"error":{"message":"`...)
	dst = appendEscaped(dst, f.message)
	dst = append(dst, `","type":"`...)
	dst = appendEscaped(dst, f.kind)
	dst = append(dst, `","param":`...)
	dst = appendOrNull(dst, f.param)
	dst = append(dst, `,"code":`...)
	dst = appendOrNull(dst, f.code)
	return append(dst, `}}`...)
}

func appendOrNull(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return append(appendEscaped(append(dst, '"'), s), '"')
}

// words is the message as schemas without codes say it: what OpenAI has a code for stands in the text.
func (f *failure) words() string {
	switch {
	case f.code == "context_length_exceeded" && f.schema == anthropic:
		return "prompt is too long: 200001 tokens > 200000 maximum"
	case f.code == "context_length_exceeded":
		return "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576)."
	case f.status == 529:
		return "Overloaded"
	}
	return f.message
}

// anthropicKind is the type of an error (docs.anthropic.com/en/api/errors).
func anthropicKind(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "authentication_error"
	case http.StatusPaymentRequired:
		return "billing_error"
	case http.StatusForbidden:
		return "permission_error"
	case http.StatusNotFound:
		return "not_found_error"
	case http.StatusRequestEntityTooLarge:
		return "request_too_large"
	case http.StatusTooManyRequests:
		return "rate_limit_error"
	case http.StatusGatewayTimeout:
		return "timeout_error"
	case 529:
		return "overloaded_error"
	}
	if status >= 500 {
		return "api_error"
	}
	return "invalid_request_error"
}

// geminiStatus is the status of an error in words (ai.google.dev/gemini-api/docs/troubleshooting).
func geminiStatus(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "UNAUTHENTICATED"
	case http.StatusForbidden:
		return "PERMISSION_DENIED"
	case http.StatusNotFound:
		return "NOT_FOUND"
	case http.StatusTooManyRequests:
		return "RESOURCE_EXHAUSTED"
	case http.StatusServiceUnavailable:
		return "UNAVAILABLE"
	case http.StatusGatewayTimeout:
		return "DEADLINE_EXCEEDED"
	}
	if status >= 500 {
		return "INTERNAL"
	}
	return "INVALID_ARGUMENT"
}

// send answers with the error.
func (f *failure) send(w http.ResponseWriter) {
	body := f.append(nil)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if f.retryAfter != "" {
		h.Set("Retry-After", f.retryAfter)
	}
	if f.ok {
		w.WriteHeader(http.StatusOK)
	} else {
		w.WriteHeader(f.status)
	}
	_, _ = w.Write(body) // a caller who has left misses nothing
}
