// Package reply is how the control plane reads requests and answers them: JSON, errors as
// `{"error": {"status", "code", "message"}}`, bodies that are bounded in size and time.
package reply

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"strowger/core/jsonout"
)

// JSON answers 200 with a document that no cache is to keep.
func JSON(w http.ResponseWriter, body []byte) {
	w.Header().Set("content-type", "application/json")
	w.Header().Set("cache-control", "no-store")
	_, _ = w.Write(body) // whoever left needs no answer
}

// Fail answers with an error; its code is the status in words, such as not_found.
func Fail(w http.ResponseWriter, status int, message string) {
	j := jsonout.Writer{}
	j.Begin('{')
	j.BeginAt("error", '{')
	j.Int("status", int64(status))
	j.String("code", strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_"))
	j.String("message", message)
	j.End('}')
	j.End('}')
	w.Header().Set("content-type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(j.Buf)
}

// rest is how long what is left of a refused body is read, so that its sender sees the answer.
const rest = time.Second

// Body is the body of a request, unless it is longer than most or does not come: that is
// answered.
func Body(w http.ResponseWriter, r *http.Request, most int64) (body []byte, ok bool) {
	conn := http.NewResponseController(w)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		w.Header().Set("connection", "close")
		_ = conn.SetReadDeadline(time.Now().Add(rest))
		Fail(w, unread(err), "the request cannot be read: "+err.Error())
		return nil, false
	}
	_ = conn.SetReadDeadline(time.Time{})
	return body, true
}

// unread is the status for a body that did not come to its end.
func unread(err error) int {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return http.StatusRequestTimeout
	}
	return http.StatusBadRequest
}
