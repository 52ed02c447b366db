package http1

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// origin is where a connection leads.
type origin struct {
	secure bool
	addr   string // host:port
}

func originOf(u *url.URL) origin {
	o := origin{secure: u.Scheme == "https", addr: u.Host}
	if u.Port() == "" {
		port := "80"
		if o.secure {
			port = "443"
		}
		o.addr = net.JoinHostPort(u.Hostname(), port)
	}
	return o
}

// sendable says what is wrong with a request, in words without its secrets.
func sendable(req *http.Request) error {
	if req.URL == nil || req.URL.Scheme != "http" && req.URL.Scheme != "https" || req.URL.Hostname() == "" {
		return errors.New("http1: not an address of HTTP")
	}
	if !IsToken(req.Method) {
		return errors.New("http1: not a method: " + strconv.Quote(req.Method))
	}
	if req.ContentLength < 0 || req.ContentLength == 0 && req.Body != nil && req.Body != http.NoBody || len(req.TransferEncoding) > 0 || len(req.Trailer) > 0 {
		return errors.New("http1: a body whose length is not known")
	}
	if !IsText(hostOf(req)) || strings.ContainsAny(hostOf(req), " \t/\\@") {
		return errors.New("http1: not a host's name")
	}
	for name, values := range req.Header {
		if !IsToken(name) {
			return errors.New("http1: not a name of a header: " + strconv.Quote(name))
		}
		for _, v := range values {
			if !IsText(v) {
				return errors.New("http1: the value of the header " + name + " has a character that none may have")
			}
		}
	}
	return nil
}

func hostOf(req *http.Request) string {
	if req.Host != "" {
		return req.Host
	}
	return req.URL.Host
}

// own reports whether a header says how the request is framed, which is not up to its maker.
func own(name string) bool {
	return slices.ContainsFunc(framed[:], func(f string) bool { return len(f) == len(name) && strings.EqualFold(f, name) })
}

var framed = [...]string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Te", "Upgrade", "Keep-Alive"}

// appendHead appends the request line and the headers.
func appendHead(b []byte, req *http.Request) []byte {
	b = append(b, req.Method...)
	b = append(b, ' ')
	b = append(b, req.URL.RequestURI()...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, hostOf(req)...)
	b = append(b, "\r\n"...)
	for name, values := range req.Header {
		if own(name) {
			continue
		}
		for _, v := range values {
			b = append(b, name...)
			b = append(b, ": "...)
			b = append(b, v...)
			b = append(b, "\r\n"...)
		}
	}
	if req.ContentLength > 0 || req.Method == http.MethodPost || req.Method == http.MethodPut || req.Method == http.MethodPatch {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, req.ContentLength, 10)
		b = append(b, "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// atOnce is how many bytes of a request are sent in one write and before anything is read: so many
// find room in the systems on both sides, even if the server reads nothing yet.
const atOnce = 32 << 10

var outgoing = sync.Pool{New: func() any { return new([atOnce]byte) }}

var errShort = errors.New("http1: the body is shorter than its length")

// send writes the request. What does not fit into one write is sent on behind the reader's back,
// so that an answer that comes before all is sent is seen. The body is closed once it has been read.
func (x *exchange) send(req *http.Request) error {
	room := outgoing.Get().(*[atOnce]byte)
	b := appendHead(room[:0], req)
	left := req.ContentLength
	part := int(min(left, int64(max(atOnce-len(b), 0))))
	b, err := appendBody(b, req.Body, part)
	if left -= int64(part); err != nil || left == 0 {
		if err == nil {
			_, err = x.c.Write(b)
		}
		outgoing.Put(room)
		closeBody(req)
		return err
	}
	c := x.c
	x.sent = make(chan error, 1)
	go func(sent chan<- error) {
		_, err := c.Write(b)
		for err == nil && left > 0 {
			part := int(min(left, atOnce))
			if b, err = appendBody(room[:0], req.Body, part); err == nil {
				_, err = c.Write(b)
			}
			left -= int64(part)
		}
		if errors.Is(err, errShort) {
			c.abort()
		}
		outgoing.Put(room)
		closeBody(req)
		sent <- err
	}(x.sent)
	return nil
}

// appendBody appends the next n bytes of a body; b has room for them, or is a large head.
func appendBody(b []byte, body io.Reader, n int) ([]byte, error) {
	if n == 0 {
		return b, nil
	}
	b = b[:len(b)+n]
	if _, err := io.ReadFull(body, b[len(b)-n:]); err != nil {
		return b, errShort
	}
	return b, nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close() // it was for reading
	}
}

// sentWait is how long the end of an answer waits for the end of its request.
const sentWait = 50 * time.Millisecond

// allSent reports whether the whole request has been sent.
func (x *exchange) allSent() bool {
	if x.sent == nil {
		return true
	}
	timer := time.NewTimer(sentWait)
	defer timer.Stop()
	select {
	case err := <-x.sent:
		return err == nil
	case <-timer.C:
		return false
	}
}
