package provider

import (
	"net/http"
	"strconv"
)

// failure is an error in OpenAI's shape: {"error":{"message","type","param","code"}}.
type failure struct {
	status               int
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

// send answers with the error.
func (f *failure) send(w http.ResponseWriter) {
	body := f.append(nil)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if f.retryAfter != "" {
		h.Set("Retry-After", f.retryAfter)
	}
	w.WriteHeader(f.status)
	_, _ = w.Write(body) // a caller who has left misses nothing
}
