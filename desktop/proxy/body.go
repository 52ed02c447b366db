package proxy

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"strowger/core/llm"
)

// A caller's body may pause for Options.BodyTimeout, and has to come in at this many bytes
// per second after it: a byte now and then would keep a connection for ever.
const leastPace = 4 << 10

// rest is how long what is left of a refused body is read, so that its sender sees the answer.
const rest = time.Second

// readBody reads a request's body, decoded and within its bounds.
func (p *Proxy) readBody(w http.ResponseWriter, r *http.Request, conn *http.ResponseController) ([]byte, *llm.Error) {
	body, refused := p.receive(w, r, conn) // where conn has no deadlines, nothing is bounded
	if refused != nil {
		unread(w)
		return nil, refused
	}
	_ = conn.SetReadDeadline(time.Time{})
	return body, nil
}

// unread gives up what has not come of a body. The server would wait for it before it answers.
func unread(w http.ResponseWriter) {
	w.Header().Set("connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(rest))
}

func (p *Proxy) receive(w http.ResponseWriter, r *http.Request, conn *http.ResponseController) ([]byte, *llm.Error) {
	compressed, ok := encoded(strings.Join(r.Header["Content-Encoding"], ","))
	if !ok {
		w.Header().Set("accept-encoding", "gzip")
		return nil, &llm.Error{Code: llm.CodeInvalidRequest, Status: http.StatusUnsupportedMediaType,
			Message: "content-encoding " + strings.Join(r.Header["Content-Encoding"], ",") + " is not supported: send the body as it is, or with gzip"}
	}
	if r.ContentLength > p.o.MaxBody { // before it is sent, where the caller waits for 100 Continue
		return nil, p.tooLarge()
	}
	body := r.Body
	if r.ContentLength < 0 {
		body = http.MaxBytesReader(w, body, p.o.MaxBody)
	}
	var from io.Reader = &paced{from: body, conn: conn, pause: p.o.BodyTimeout, began: time.Now()}
	if compressed {
		zip, err := gzip.NewReader(from)
		if err != nil {
			return nil, p.brokeOff(err, 0)
		}
		from = zip
	}
	size := min(max(r.ContentLength, 512), 1<<20)
	got := make([]byte, 0, size+1)
	for {
		if len(got) == cap(got) {
			got = append(got, 0)[:len(got)]
		}
		n, err := from.Read(got[len(got):cap(got)])
		got = got[:len(got)+n]
		switch {
		case int64(len(got)) > p.o.MaxBody:
			return nil, p.tooLarge()
		case err == io.EOF:
			return got, nil
		case err != nil:
			return nil, p.brokeOff(err, len(got))
		}
	}
}

func (p *Proxy) tooLarge() *llm.Error {
	return &llm.Error{Code: llm.CodeTooLarge, Message: "the body is larger than " + byteSize(p.o.MaxBody)}
}

// brokeOff is the answer to a body that did not come to its end: its sender left, was too
// slow, or sends nonsense and waits for an answer.
func (p *Proxy) brokeOff(err error, after int) *llm.Error {
	e := &llm.Error{Code: llm.CodeInvalidRequest, Message: "the body broke off after " + byteSize(int64(after))}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return p.tooLarge()
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		e.Status, e.Message = http.StatusRequestTimeout, "the body came too slowly: "+byteSize(int64(after))+" and then nothing in time"
	case garbled(err):
		e.Message = "the body is not the gzip that its content-encoding says"
	}
	return e
}

// paced reads with a deadline that moves on with what has come.
type paced struct {
	from  io.Reader
	conn  *http.ResponseController
	pause time.Duration
	began time.Time
	n     int64
}

func (p *paced) Read(b []byte) (int, error) {
	next := time.Now().Add(p.pause)
	if last := p.began.Add(p.pause + time.Duration(p.n/leastPace)*time.Second); last.Before(next) {
		next = last
	}
	_ = p.conn.SetReadDeadline(next)
	n, err := p.from.Read(b)
	p.n += int64(n)
	return n, err
}
