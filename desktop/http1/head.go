package http1

import (
	"net/http"
	"strconv"
	"strings"
)

// untilClose is the length of a body that ends with its connection.
const untilClose = -1

// most is the longest body there may be, and maxFields how many headers an answer may have.
const (
	most      = 1 << 62
	maxFields = 1000
	maxHints  = 8 // answers of 1xx that come before the answer
)

// head is what comes before the body of an answer.
type head struct {
	status  int
	reason  string // with the status
	minor   int    // of HTTP/1.x
	fields  []Field
	length  int64 // of the body; untilClose if only its end tells
	chunked bool
	keep    bool // the connection may be used again
}

// read reads a head of so many bytes at most, and those of hints (1xx) before it.
func (h *head) read(in *reader, limit int) error {
	for range maxHints {
		if err := h.readOne(in, limit); err != nil {
			return err
		}
		if h.status >= 200 || h.status == http.StatusSwitchingProtocols {
			return nil
		}
	}
	return malformed("more than %d hints", maxHints)
}

func (h *head) readOne(in *reader, limit int) error {
	size, err := in.head(limit)
	if err != nil {
		return err
	}
	text := string(in.buffered()[:size]) // every value is a part of it
	in.r += size
	line, rest, _ := strings.Cut(text, "\r\n")
	if err := h.statusLine(line); err != nil {
		return err
	}
	f := framing{}
	h.fields = make([]Field, 0, 12)
	for rest != "\r\n" {
		line, rest, _ = strings.Cut(rest, "\r\n")
		name, value, err := field(line)
		if err != nil {
			return err
		}
		if len(h.fields) == maxFields {
			return malformed("more than %d headers", maxFields)
		}
		if err := f.note(name, value); err != nil {
			return err
		}
		h.fields = append(h.fields, Field{name, value})
	}
	return h.framed(&f)
}

// header gives the fields as net/http has them.
func (h *head) header() http.Header {
	fields := make(http.Header, len(h.fields))
	values := make([]string, 0, len(h.fields))
	for _, f := range h.fields {
		name := http.CanonicalHeaderKey(f.Name)
		if had := fields[name]; had != nil {
			fields[name] = append(had, f.Value)
			continue
		}
		values = append(values, f.Value)
		fields[name] = values[len(values)-1 : len(values) : len(values)]
	}
	return fields
}

// statusLine reads the first line (RFC 9112, section 4).
func (h *head) statusLine(line string) error {
	version, rest, _ := strings.Cut(line, " ")
	switch version {
	case "HTTP/1.1":
		h.minor = 1
	case "HTTP/1.0":
		h.minor = 0
	default:
		return malformed("it does not begin with HTTP/1.1 or HTTP/1.0")
	}
	code, reason, _ := strings.Cut(rest, " ")
	status, err := strconv.ParseUint(code, 10, 16)
	if err != nil || len(code) != 3 || status < 100 || !IsText(reason) {
		return malformed("its status line is none")
	}
	h.status, h.reason = int(status), rest
	return nil
}

// field reads one header (RFC 9112, section 5). Folded ones begin with a space, which no name has.
func field(line string) (name, value string, err error) {
	name, value, ok := strings.Cut(line, ":")
	if !ok || !IsToken(name) {
		return "", "", malformed("a header has no name")
	}
	value = strings.Trim(value, " \t")
	if !IsText(value) {
		return "", "", malformed("the header %s has a character that none may have", name)
	}
	return name, value, nil
}

// framing is what headers say of where the body ends, and of the connection.
type framing struct {
	length         int64
	sized, chunked bool
	close, keep    bool
}

func (f *framing) note(name, value string) error {
	switch {
	case strings.EqualFold(name, "Content-Length"):
		n, err := strconv.ParseUint(value, 10, 63)
		if err != nil || !isDigits(value) || n > most {
			return malformed("its content-length is no number")
		}
		if f.sized {
			return malformed("it has two headers content-length")
		}
		f.length, f.sized = int64(n), true
	case strings.EqualFold(name, "Transfer-Encoding"):
		if f.chunked || !strings.EqualFold(value, "chunked") {
			return malformed("its transfer-encoding is not chunked alone")
		}
		f.chunked = true
	case strings.EqualFold(name, "Connection"):
		for option := range strings.SplitSeq(value, ",") {
			switch option = strings.Trim(option, " \t"); {
			case strings.EqualFold(option, "close"):
				f.close = true
			case strings.EqualFold(option, "keep-alive"):
				f.keep = true
			}
		}
	}
	return nil
}

// framed decides where the body ends (RFC 9112, section 6.3). What two headers say differently is
// refused, not resolved.
func (h *head) framed(f *framing) error {
	switch {
	case f.chunked && f.sized:
		return malformed("it has both content-length and transfer-encoding")
	case f.chunked && h.minor == 0:
		return malformed("HTTP/1.0 has no transfer-encoding")
	case f.chunked && (h.status < 200 || h.status == http.StatusNoContent):
		return malformed("status %d has no transfer-encoding", h.status)
	case f.sized && (h.status < 200 || h.status == http.StatusNoContent) && f.length > 0:
		return malformed("status %d has no content", h.status)
	}
	h.length, h.chunked = untilClose, f.chunked
	if f.sized {
		h.length = f.length
	}
	h.keep = !f.close && h.minor == 1 && (f.sized || f.chunked || h.status == http.StatusNoContent || h.status == http.StatusNotModified)
	return nil
}

// IsToken reports whether s is a token (RFC 9110, section 5.6.2).
func IsToken(s string) bool {
	for i := range len(s) {
		if !tokens[s[i]] {
			return false
		}
	}
	return s != ""
}

var tokens = func() (is [256]bool) {
	for c := '0'; c <= 'z'; c++ {
		is[c] = c <= '9' || c >= 'a' || c >= 'A' && c <= 'Z'
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		is[c] = true
	}
	return is
}()

// IsText reports whether s can stand in a header's value (RFC 9110, section 5.5).
func IsText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
