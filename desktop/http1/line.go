package http1

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Field is one header, its name as it is written.
type Field struct{ Name, Value string }

// Target is where POST requests go, looked at once for all of them.
type Target struct {
	origin origin
	begin  string // of the head
}

// TargetOf is the target of an address; the error says why it is none, without the address.
func TargetOf(u *url.URL) (*Target, error) {
	if err := sendable(&http.Request{Method: http.MethodPost, URL: u}); err != nil {
		return nil, err
	}
	return &Target{originOf(u), "POST " + u.RequestURI() + " HTTP/1.1\r\nHost: " + u.Host + "\r\n"}, nil
}

// Line is a request and its answer on a connection that stood already, for a goroutine that does
// the waiting itself and is wanted for other things meanwhile. A wait ends with os.ErrDeadlineExceeded
// at the moment that Until has set, or when Interrupt is called, and can be taken up again. Any other
// error, io.EOF after the body among them, ends it.
type Line struct {
	exchange
	head   head
	room   *[atOnce]byte
	rest   []byte // of the request, to be sent
	failed error  // of sending
	until  time.Time
	called bool // Interrupt was, and no wait has ended since; guarded by mu
}

// Begin takes a connection for a request, which Head then sends. It is nil if none waits or the
// request is too long for one write: RoundTrip serves that. An error is that of a header.
func (t *Transport) Begin(to *Target, header []Field, body []byte, until time.Time) (*Line, error) {
	size := len(to.begin) + len("Content-Length: \r\n\r\n") + 20 + len(body)
	for i := range header {
		if err := header[i].sendable(); err != nil {
			return nil, err
		}
		size += len(header[i].Name) + len(header[i].Value) + len(": \r\n")
	}
	if size > atOnce {
		return nil, nil
	}
	c := t.idle.take(to.origin, until)
	if c == nil {
		return nil, nil
	}
	c.timed = true // Interrupt may end it at any time
	l := &Line{exchange: exchange{t: t, c: c}, room: outgoing.Get().(*[atOnce]byte), until: until}
	b := append(l.room[:0], to.begin...)
	for i := range header {
		if f := &header[i]; !own(f.Name) {
			b = append(append(append(append(b, f.Name...), ": "...), f.Value...), "\r\n"...)
		}
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	l.rest = append(b, body...)
	l.body.x = &l.exchange
	l.body.in.begin(c)
	return l, nil
}

func (f *Field) sendable() error {
	if !IsToken(f.Name) {
		return errors.New("http1: not a name of a header: " + strconv.Quote(f.Name))
	}
	if !IsText(f.Value) {
		return errors.New("http1: the value of the header " + f.Name + " has a character that none may have")
	}
	return nil
}

// Head sends the request and waits for the head of the answer: the status and the headers.
func (l *Line) Head() (status int, header []Field, err error) {
	for len(l.rest) > 0 && l.failed == nil {
		n, err := l.c.Write(l.rest)
		if l.rest = l.rest[n:]; errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, nil, l.wait(err)
		}
		l.failed = err
	}
	l.sent()
	if err := l.head.read(&l.body.in, orElse(l.t.MaxHead, 256<<10)); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, nil, l.wait(err)
		}
		l.end(false)
		if l.failed != nil { // a server may answer and close before it has read everything
			err = l.failed
		}
		return 0, nil, err
	}
	l.answer(http.MethodPost, &l.head, l.failed == nil)
	return l.head.status, l.head.fields, nil
}

// sent lets go of the request.
func (l *Line) sent() {
	if l.room != nil {
		outgoing.Put(l.room)
		l.room, l.rest = nil, nil
	}
}

// Read reads the body, as RoundTrip's.
func (l *Line) Read(p []byte) (n int, err error) {
	n, err = l.body.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = l.wait(err)
	}
	return n, err
}

// Ready waits until something of a stream is there, for which no room is needed; errors but that of a
// wait are Read's to tell.
func (l *Line) Ready() error {
	b := &l.body
	if b.err != nil || b.next == plain || b.in.r < b.in.w {
		return nil
	}
	if err := b.in.more(); errors.Is(err, os.ErrDeadlineExceeded) {
		return l.wait(err)
	}
	return nil // another comes again
}

// wait notes that the deadline is over.
func (l *Line) wait(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until, l.called = time.Time{}, false
	return err
}

// Until ends waits at that moment, or earlier: moving it costs something, so one that is set already
// and comes before stays. What is waited for longer is waited for again. A wait that Interrupt is to end
// stays so.
func (l *Line) Until(t time.Time) {
	if l.c == nil || !l.until.IsZero() && !t.Before(l.until) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.called {
		_ = l.c.SetDeadline(t) // fails on a closed one, as what comes next does
		l.until = t
	}
}

// Interrupt ends the wait that is going on, or else the next one. Any goroutine may call it.
func (l *Line) Interrupt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.c != nil {
		l.called = true
		_ = l.c.SetDeadline(time.Unix(1, 0)) // that a closed one has none does not matter
	}
}

// Close ends the line, and before the answer's end the connection with it.
func (l *Line) Close() {
	l.sent()
	l.body.finish(errClosed)
	l.end(false)
}

// Get is the first value of a header of an answer, by its name in any case.
func Get(header []Field, name string) string {
	for i := range header {
		if f := &header[i]; len(f.Name) == len(name) && strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// All are the values of a header, with commas between them.
func All(header []Field, name string) string {
	all := ""
	for i := range header {
		if f := &header[i]; len(f.Name) == len(name) && strings.EqualFold(f.Name, name) {
			if all != "" {
				all += ","
			}
			all += f.Value
		}
	}
	return all
}

// Set gives a header that value, instead of what it had.
func Set(header []Field, name, value string) []Field {
	if i := slices.IndexFunc(header, func(f Field) bool { return strings.EqualFold(f.Name, name) }); i >= 0 {
		header[i].Value = value
		return header
	}
	return append(header, Field{name, value})
}
