package server

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"strowger/desktop/http1"
)

// errElsewhere is what parse says of a request that the inner server is to serve, or to refuse.
var errElsewhere = errors.New("not a plain request")

// refusal is why a request is not served by anybody.
type refusal struct {
	status int
	why    string
}

func (r *refusal) Error() string { return r.why }

func bad(why string) error { return &refusal{http.StatusBadRequest, why} }

// The bounds of a request: the bytes of its body, and how many headers it may have.
const (
	most      = 1 << 62
	maxFields = 1000
)

// parse reads a head, with the empty line that ends it. Lines end with CR LF there, and nowhere
// else is an LF.
func (q *call) parse(text string, r *http.Request) error {
	line, rest, _ := strings.Cut(text, "\r\n")
	if err := q.requestLine(line, r); err != nil {
		return err
	}
	var f framing
	for n := 0; rest != "\r\n"; n++ {
		line, rest, _ = strings.Cut(rest, "\r\n")
		i := strings.IndexByte(line, ':')
		if i <= 0 || !http1.IsToken(line[:i]) {
			return bad("a header has no name")
		}
		name, value := line[:i], strings.Trim(line[i+1:], " \t")
		if !http1.IsText(value) {
			return bad("a header has a character that none may have")
		}
		if n == maxFields {
			return &refusal{http.StatusRequestHeaderFieldsTooLarge, "too many headers"}
		}
		if name = canonical(name); name == "Host" {
			if f.hosts++; f.hosts == 1 {
				r.Host = value
			}
			continue
		}
		if err := f.note(name, value); err != nil {
			return err
		}
		r.Header[name] = q.value(r.Header[name], value)
	}
	return f.apply(q, r)
}

// requestLine reads the first line (RFC 9112, section 3).
func (q *call) requestLine(line string, r *http.Request) error {
	method, rest, _ := strings.Cut(line, " ")
	target, version, _ := strings.Cut(rest, " ")
	if version != "HTTP/1.1" || !http1.IsToken(method) || method == http.MethodConnect {
		return errElsewhere
	}
	r.Method, r.RequestURI = method, target
	path, query, asked := strings.Cut(target, "?")
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || !all(query, visible) || asked && query == "" {
		return errElsewhere
	}
	if all(path, plain) {
		q.url = url.URL{Path: path, RawQuery: query}
		return nil
	}
	u, err := url.ParseRequestURI(target)
	if err != nil || !all(path, visible) {
		return errElsewhere
	}
	q.url = *u
	return nil
}

// value appends to the values of a header. The first of them needs no memory of its own.
func (q *call) value(had []string, v string) []string {
	if had != nil || q.used == len(q.values) {
		return append(had, v)
	}
	q.values[q.used] = v
	q.used++
	return q.values[q.used-1 : q.used : q.used]
}

// framing is what headers say of where the body ends, and of the connection.
type framing struct {
	hosts, lengths  int
	length          int64
	chunked, closes bool
	elsewhere       bool
}

func (f *framing) note(name, value string) error {
	switch name {
	case "Content-Length":
		n, err := strconv.ParseUint(value, 10, 63)
		if err != nil || !all(value, digit) || n > most {
			return bad("its content-length is no number")
		}
		f.length = int64(n)
		f.lengths++
	case "Transfer-Encoding":
		f.chunked = f.chunked || strings.EqualFold(value, "chunked")
		f.elsewhere = true
	case "Connection":
		for option := range strings.SplitSeq(value, ",") {
			option = strings.Trim(option, " \t")
			if strings.EqualFold(option, "close") {
				f.closes = true
			} else if option != "" && !strings.EqualFold(option, "keep-alive") {
				f.elsewhere = true
			}
		}
	case "Expect", "Upgrade", "Trailer", "Http2-Settings", "Pragma":
		f.elsewhere = true
	}
	return nil
}

// apply says what all headers together mean.
func (f *framing) apply(q *call, r *http.Request) error {
	switch {
	case f.lengths > 1:
		return bad("it has two headers content-length")
	case f.lengths > 0 && f.chunked:
		return bad("it has a content-length and chunks")
	case f.hosts != 1:
		return bad("it needs one header host")
	case f.elsewhere || !all(r.Host, host) || r.Host == "":
		return errElsewhere
	}
	r.Close, r.ContentLength = f.closes, f.length
	q.closing, q.body.left = f.closes, f.length
	return nil
}

// names are those of headers that are often sent, as they are sent and as they are kept.
var names = func() map[string]string {
	of := map[string]string{}
	for _, name := range []string{
		"Accept", "Accept-Encoding", "Accept-Language", "Anthropic-Beta", "Anthropic-Dangerous-Direct-Browser-Access", "Anthropic-Version", "Api-Key",
		"Authorization", "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Cookie", "Host", "Http-Referer",
		"Idempotency-Key", "If-None-Match", "Keep-Alive", "Openai-Beta", "Openai-Organization", "Openai-Project", "Origin", "Priority", "Referer",
		"Sec-Ch-Ua", "Sec-Ch-Ua-Mobile", "Sec-Ch-Ua-Platform", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Sec-Fetch-User", "Session-Id",
		"Traceparent", "Tracestate", "User-Agent", "X-Api-Key", "X-App", "X-Goog-Api-Client", "X-Goog-Api-Key", "X-Request-Id",
		"X-Stainless-Arch", "X-Stainless-Async", "X-Stainless-Helper-Method", "X-Stainless-Lang", "X-Stainless-Os", "X-Stainless-Package-Version",
		"X-Stainless-Retry-Count", "X-Stainless-Runtime", "X-Stainless-Runtime-Version", "X-Stainless-Timeout", "X-Strowger-Provider", "X-Title",
	} {
		of[name], of[strings.ToLower(name)] = name, name
	}
	of["X-Stainless-OS"], of["HTTP-Referer"], of["OpenAI-Beta"] = "X-Stainless-Os", "Http-Referer", "Openai-Beta"
	return of
}()

// canonical is the name as http.Header keeps it.
func canonical(name string) string {
	if known, ok := names[name]; ok {
		return known
	}
	return http.CanonicalHeaderKey(name)
}

// class is a set of classes of bytes.
type class uint8

const (
	visible class = 1 << iota // in a request's target
	plain                     // in a path that means what it says
	host                      // in the name of a host, or its address, with a port
	digit
)

var classes = func() (of [256]class) {
	set := func(bytes string, c class) {
		for i := range len(bytes) {
			of[bytes[i]] |= c
		}
	}
	for c := range of {
		if c > ' ' && c < 0x7f {
			of[c] |= visible
		}
	}
	const digits, letters = "0123456789", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	set(digits, digit)
	set(digits+letters, plain|host)
	set("-_.~$&+,/:;=@", plain)
	set("-_.~:[]", host)
	return of
}()

// all reports whether each byte is of the class.
func all(s string, c class) bool {
	for i := range len(s) {
		if classes[s[i]]&c == 0 {
			return false
		}
	}
	return true
}
