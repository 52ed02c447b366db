package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"strowger/core/exchange"
	"strowger/core/stats"
)

// streamError is what errors.As gives of a stream of HTTP/2 that was reset: net/http fills
// in any struct of these fields.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (e streamError) Error() string { return "the stream was reset" }

// unreadable is an answer that cannot be decoded.
type unreadable string

func (e unreadable) Error() string { return string(e) }

// failed says what kind of failure err is, in words without addresses.
func (a *attempt) failed(err error, what string) exchange.Failed {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	var bad unreadable
	f := exchange.Failed{Attempt: a.n, Outcome: stats.OutcomeUnreachable, Message: what, Died: a.died(err)}
	switch {
	case errors.Is(err, errNoConnection):
		f.Outcome, f.Message = stats.OutcomeConnectTimeout, a.conn.late()
	case errors.As(err, &bad):
		f.Outcome, f.Message = stats.OutcomeBadAnswer, string(bad)
	case errors.As(err, &dns):
		f.Message = "the name of the provider's host cannot be resolved"
	case ranOut(err) && a.conn.made.Load():
		f.Message = what + ": nothing came in time"
	case ranOut(err):
		f.Outcome, f.Message = stats.OutcomeConnectTimeout, errNoConnection.Error()
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Message = "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		f.Message = what + ": connection reset"
	case errors.As(err, &cert), errors.As(err, &unknown):
		f.Message = "the provider's certificate is not trusted"
	case errors.As(err, &record):
		f.Message = "the provider does not speak TLS"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		f.Message = what + ": the connection was closed"
	default:
		f.Message = what + ": " + plainly(err)
	}
	return f
}

// died reports whether err means that there was a connection and that it ended. Before the
// headers that is all that is known: whether the request was worked on is not.
func (a *attempt) died(err error) bool {
	if !a.conn.made.Load() || errors.Is(err, context.Canceled) || errors.Is(err, errNoConnection) {
		return false
	}
	var op *net.OpError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	case errors.As(err, &op):
		return (op.Op == "read" || op.Op == "write") && !op.Timeout()
	case errors.As(err, new(streamError)): // a stream of HTTP/2 is all that the attempt has
		return true
	}
	// net/http has no types for these. The last one is what it would have sent again itself.
	for _, words := range [...]string{"server closed idle connection", "sent GOAWAY", "client connection lost", "cannot retry err"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// ranOut reports whether err means that something was not there in time.
func ranOut(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || strings.Contains(err.Error(), "TLS handshake timeout") {
		return true
	}
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" && op.Timeout()
}

// plainly is err without addresses, and without net/http's advice to programmers.
func plainly(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	text := err.Error()
	if _, rest, ok := strings.Cut(text, "cannot retry err ["); ok {
		text, _, _ = strings.Cut(rest, "] after Request.Body")
	}
	return text
}
