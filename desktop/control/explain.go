package control

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"strowger/core/router"
)

// rest is how long what is left of a refused body is read, so that its sender sees the answer.
const rest = time.Second

// explain decides on the request in the body as if it had come to the path in the query,
// which is that of chat completions if it is left out.
func (c *Control) explain(w http.ResponseWriter, r *http.Request) {
	body, ok := read(w, r, 32<<20)
	if !ok {
		return
	}
	path := cmp.Or(r.URL.Query().Get("path"), "/v1/chat/completions")
	doc, refused := c.o.Decider.DecideAt(path, router.Call{Body: body, ProviderHeader: []byte(r.Header.Get("x-strowger-provider"))})
	if refused != nil {
		fail(w, refused.HTTPStatus(), refused.Error())
		return
	}
	send(w, doc)
}

// read is the body of a request, unless it is longer than most or does not come: that is
// answered.
func read(w http.ResponseWriter, r *http.Request, most int64) (body []byte, ok bool) {
	conn := http.NewResponseController(w)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		w.Header().Set("connection", "close")
		_ = conn.SetReadDeadline(time.Now().Add(rest))
		fail(w, unreadStatus(err), "the request cannot be read: "+err.Error())
		return nil, false
	}
	_ = conn.SetReadDeadline(time.Time{})
	return body, true
}

// unreadStatus is the status for a body that did not come to its end.
func unreadStatus(err error) int {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return http.StatusRequestTimeout
	}
	return http.StatusBadRequest
}
