package server_test

import (
	"strings"
	"testing"
)

const get = "GET / HTTP/1.1\r\nHost: a\r\n"

// heads are requests, how many of them are served, and with what status the last is answered.
var heads = []struct {
	name, text string
	served     int
	status     string
}{
	{"plain", get + "\r\n", 1, "200"},
	{"without a reason to go on", get + "Connection: close\r\n\r\n" + get + "\r\n", 1, "200"},
	{"two behind each other", get + "\r\n" + get + "\r\n", 2, "200"},
	{"a body and the next", "POST /a?b=c HTTP/1.1\r\nHost: a:80\r\nContent-Length: 3\r\n\r\nabc" + get + "\r\n", 2, "200"},
	{"a body that breaks off", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab", 1, "200"},
	{"names in other letters", get + "cOnTeNt-LeNgTh: 1\r\nx-FOO_bar: 1\r\nX-Foo_bar:2\r\n\r\nx", 1, "200"},
	{"a value of spaces", get + "X-A: \t \r\nX-B:\r\n\r\n", 1, "200"},
	{"a value in UTF-8", get + "X-A: \xc3\xa4\r\n\r\n", 1, "200"},
	{"an escaped path", "GET /a%2fb%20c/(x)?q=%zz HTTP/1.1\r\nHost: a\r\n\r\n", 1, "200"},
	{"a path with two slashes", "GET //a/b HTTP/1.1\r\nHost: a\r\n\r\n", 1, "200"},
	{"an empty query", "GET /? HTTP/1.1\r\nHost: a\r\n\r\n", 1, "200"},
	{"an absolute target", "GET http://b/c HTTP/1.1\r\nHost: a\r\n\r\n", 1, "200"},
	{"an asterisk, which net/http answers itself", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 0, "200"},
	{"an address of IPv6", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 1, "200"},
	{"of 1.0", "GET / HTTP/1.0\r\n\r\n", 1, "200"},
	{"chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" + get + "\r\n", 2, "200"},
	{"it expects 100", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx", 1, "200"},
	{"another protocol", get + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 1, "200"},
	{"pragma", get + "Pragma: no-cache\r\n\r\n", 1, "200"},
	{"chunks with trailers", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n0\r\nX-T: 1\r\n\r\n", 1, "200"},

	{"two lengths", get + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy", 0, "400"},
	{"a length twice", get + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 0, "400"},
	{"a list of lengths", get + "Content-Length: 1, 1\r\n\r\nx", 0, "400"},
	{"a length with a sign", get + "Content-Length: +1\r\n\r\nx", 0, "400"},
	{"a length below 0", get + "Content-Length: -1\r\n\r\nx", 0, "400"},
	{"a length that is none", get + "Content-Length: 1x\r\n\r\nx", 0, "400"},
	{"a length that is empty", get + "Content-Length:\r\n\r\n", 0, "400"},
	{"a length that is too large", get + "Content-Length: 9223372036854775807\r\n\r\n", 0, "400"},
	{"a length and chunks", get + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, "400"},
	{"chunks and a length", get + "Transfer-Encoding: Chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", 0, "400"},
	{"chunks that are twice chunks", get + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, "501"},
	{"another coding", get + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 0, "501"},
	{"a coding with a character before", get + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 0, "400"},
	{"LF alone", "GET / HTTP/1.1\nHost: a\n\n", 0, "400"},
	{"LF alone once", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 0, "400"},
	{"LF alone at the end", get + "\n", 0, "400"},
	{"CR within", get + "X: a\rb\r\n\r\n", 0, "400"},
	{"CR within a name", get + "X\r: a\r\n\r\n", 0, "400"},
	{"a zero", get + "X: a\x00b\r\n\r\n", 0, "400"},
	{"folded", get + "X: a\r\n b\r\n\r\n", 0, "400"},
	{"folded at once", "GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n", 0, "400"},
	{"a space before the colon", get + "X : a\r\n\r\n", 0, "400"},
	{"a length with a space before the colon", get + "Content-Length : 1\r\n\r\nx", 0, "400"},
	{"no colon", get + "nonsense\r\n\r\n", 0, "400"},
	{"no name", get + ": a\r\n\r\n", 0, "400"},
	{"no host", "GET / HTTP/1.1\r\n\r\n", 0, "400"},
	{"two hosts", get + "Host: a\r\n\r\n", 0, "400"},
	{"a host that is none", "GET / HTTP/1.1\r\nHost: a\xff\r\n\r\n", 0, "400"},
	{"no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", 0, "400"},
	{"a method that is none", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 0, "400"},
	{"no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n", 0, "400"},
	{"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 0, "400"},
	{"a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 0, "400"},
	{"a space behind", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 0, "400"},
	{"a tab for a space", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 0, "400"},
	{"a control character in the target", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 0, "400"},
	{"an escape that is none", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 0, "400"},
	{"a line before", "\r\n" + get + "\r\n", 0, "400"},
	{"a version that is none", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 0, "400"},
	{"a version to come", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", 0, "505"},
	{"too large", get + "X: " + strings.Repeat("x", 20<<10) + "\r\n\r\n", 0, "431"},
	{"too large without an end", get + "X: " + strings.Repeat("x", 20<<10), 0, "431"},
	{"a first line that is too large", "GET /" + strings.Repeat("x", 20<<10) + " HTTP/1.1\r\n\r\n", 0, "431"},
	{"too many", get + strings.Repeat("a:b\r\n", 1100) + "\r\n", 0, "431"},
	{"not HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n", 0, "400"},
	{"nothing", "", 0, ""},
	{"half a head", "GET / HTTP/1.1\r\nHo", 0, ""},
}

// A request is served, or it is refused with a status: in pieces of any size.
func TestHeads(t *testing.T) {
	r := newRig(true)
	for _, row := range heads {
		for _, piece := range []int{1 << 15, 100, 3, 1} {
			served, answers := r.play([]byte(row.text), piece)
			last := answers[max(strings.LastIndex(answers, "HTTP/1.1 "), 0):]
			if last == "" {
				last = answers[max(strings.LastIndex(answers, "HTTP/1.0 "), 0):]
			}
			status := last[:min(len(last), len("HTTP/1.1 200"))]
			if len(served) != row.served || !strings.HasSuffix(status, row.status) || (row.status == "") != (status == "") {
				t.Errorf("%s, in pieces of %d: %d served, then %q", row.name, piece, len(served), status)
			}
		}
	}
}
