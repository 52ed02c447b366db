package http1

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

var bg = context.Background()

const ok = "HTTP/1.1 200 OK\r\n"

// answers are answers and what is to come of them: a body, and whether the connection can be used
// again; or words of the error.
var answers = []struct {
	name, data, body string
	reuse            bool
	wrong            string
}{
	{name: "sized", data: ok + "Content-Length: 5\r\n\r\nhello", body: "hello", reuse: true},
	{name: "sized and more", data: ok + "Content-Length: 5\r\n\r\nhelloHTTP/1.1", body: "hello", reuse: true},
	{name: "empty", data: ok + "Content-Length: 0\r\n\r\n", reuse: true},
	{name: "chunks", data: ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n", body: "hello!", reuse: true},
	{name: "hexadecimal", data: ok + "transfer-encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0b\r\n0123456789a\r\n00\r\n\r\n", body: "01234567890123456789a", reuse: true},
	{name: "trailers", data: ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n", body: "x", reuse: true},
	{name: "until it closes", data: ok + "\r\nhello", body: "hello"},
	{name: "closing", data: ok + "Connection: close\r\nContent-Length: 1\r\n\r\nx", body: "x"},
	{name: "closing among others", data: ok + "Connection: a, Close\r\nContent-Length: 1\r\n\r\nx", body: "x"},
	{name: "HTTP/1.0", data: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", body: "x"},
	{name: "no content", data: "HTTP/1.1 204 No Content\r\n\r\n", reuse: true},
	{name: "without a reason", data: "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", body: "x", reuse: true},
	{name: "hints before", data: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok + "Content-Length: 1\r\n\r\nx", body: "x", reuse: true},
	{name: "another protocol", data: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nxyz"},

	{name: "nothing", wrong: "EOF"},
	{name: "cut in its head", data: "HTTP/1.1 200 OK\r\nA: b\r\n", wrong: "unexpected EOF"},
	{name: "cut in its status", data: "HTTP/1.1 2", wrong: "ends within a line"},
	{name: "cut in a header", data: "HTTP/1.1 200 OK\r\nCont", wrong: "ends within a line"},
	{name: "cut in its body", data: ok + "Content-Length: 5\r\n\r\nhell", body: "hell", wrong: "unexpected EOF"},
	{name: "cut in a chunk", data: ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhe", body: "he", wrong: "unexpected EOF"},
	{name: "cut behind a chunk", data: ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n", body: "he", wrong: "unexpected EOF"},
	{name: "cut in the trailers", data: ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n", wrong: "unexpected EOF"},
	{name: "another protocol's words", data: "SSH-2.0-OpenSSH\r\n\r\n", wrong: "begin with HTTP/1."},
	{name: "HTTP/2", data: "HTTP/2 200 OK\r\n\r\n", wrong: "begin with HTTP/1"},
	{name: "HTTP/1.2", data: "HTTP/1.2 200 OK\r\n\r\n", wrong: "begin with HTTP/1.1"},
	{name: "a status of two digits", data: "HTTP/1.1 20 OK\r\n\r\n", wrong: "status line"},
	{name: "a status of 099", data: "HTTP/1.1 099 OK\r\n\r\n", wrong: "status line"},
	{name: "a sign", data: "HTTP/1.1 +20 OK\r\n\r\n", wrong: "status line"},
	{name: "two lengths", data: ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy", wrong: "two headers content-length"},
	{name: "the same length twice", data: ok + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", wrong: "two headers content-length"},
	{name: "lengths in a list", data: ok + "Content-Length: 1, 1\r\n\r\nx", wrong: "content-length is no number"},
	{name: "a length with a sign", data: ok + "Content-Length: +1\r\n\r\nx", wrong: "content-length is no number"},
	{name: "an empty length", data: ok + "Content-Length:\r\n\r\nx", wrong: "content-length is no number"},
	{name: "a length beyond all", data: ok + "Content-Length: 9223372036854775808\r\n\r\nx", wrong: "content-length is no number"},
	{name: "length and chunks", data: ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", wrong: "both"},
	{name: "another encoding", data: ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", wrong: "not chunked alone"},
	{name: "chunked twice", data: ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", wrong: "not chunked alone"},
	{name: "chunks of HTTP/1.0", data: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", wrong: "HTTP/1.0"},
	{name: "chunks without content", data: "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", wrong: "status 204"},
	{name: "a bare LF", data: "HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\nx", wrong: "without CR"},
	{name: "a bare LF at the end", data: ok + "Content-Length: 1\r\n\nx", wrong: "without CR"},
	{name: "a bare LF behind a size", data: ok + "Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n", wrong: "without CR"},
	{name: "a bare CR", data: ok + "A: b\rc\r\nContent-Length: 1\r\n\r\nx", wrong: "header A has a character"},
	{name: "a folded line", data: ok + "A: b\r\n c\r\nContent-Length: 1\r\n\r\nx", wrong: "no name"},
	{name: "a space before the colon", data: ok + "Content-Length : 1\r\n\r\nx", wrong: "no name"},
	{name: "a line without a colon", data: ok + "nonsense\r\n\r\n", wrong: "no name"},
	{name: "a NUL", data: ok + "A: \x00\r\n\r\n", wrong: "header A has a character"},
	{name: "a chunk longer than its size", data: ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n", body: "x", wrong: "longer than its size"},
	{name: "a size that is none", data: ok + "Transfer-Encoding: chunked\r\n\r\nx\r\n", wrong: "size of a chunk"},
	{name: "a negative size", data: ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", wrong: "size of a chunk"},
	{name: "a prefixed size", data: ok + "Transfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n", wrong: "size of a chunk"},
	{name: "an empty size", data: ok + "Transfer-Encoding: chunked\r\n\r\n\r\n", wrong: "size of a chunk"},
	{name: "a size beyond all", data: ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", wrong: "size of a chunk"},
	{name: "a size of many digits", data: ok + "Transfer-Encoding: chunked\r\n\r\n00000000000000001\r\nx\r\n0\r\n\r\n", wrong: "size of a chunk"},
	{name: "a long extension", data: ok + "Transfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", maxSizeLine) + "\r\nx\r\n", wrong: "longer than"},
	{name: "a trailer that is none", data: ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nx\r\n\r\n", wrong: "no name"},
	{name: "many trailers", data: ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("A: b\r\n", maxTrailers+1) + "\r\n", wrong: "trailers"},
	{name: "many headers", data: ok + strings.Repeat("A: b\r\n", maxFields+1) + "\r\n", wrong: "headers"},
	{name: "a large head", data: ok + "A: " + strings.Repeat("b", 300<<10) + "\r\n\r\n", wrong: "its head is longer"},
	{name: "only hints", data: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", maxHints+1), wrong: "hints"},
}

func TestAnswers(t *testing.T) {
	for _, c := range answers {
		t.Run(c.name, func(t *testing.T) {
			got, err := read(strings.NewReader(c.data), "POST")
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Fatalf("%v, want %q", err, c.wrong)
				}
				if strings.Contains(c.wrong, "EOF") == errors.Is(err, ErrMalformed) {
					t.Fatalf("%v wraps ErrMalformed: %v", err, errors.Is(err, ErrMalformed))
				}
				if got.body != c.body || got.reuse && err == io.EOF {
					t.Fatalf("%+v", got)
				}
				return
			}
			if err != nil || got.body != c.body || got.reuse != c.reuse {
				t.Fatalf("%+v, %v", got, err)
			}
		})
	}
}
