package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

// answered is what a reader makes of the bytes of a connection.
type answered struct {
	status int
	fields http.Header
	body   string
	left   int // bytes behind the answer; of no meaning if it ends with its connection
	reuse  bool
}

// read reads one answer with this package, in pieces as from gives them.
func read(from io.Reader, method string) (a answered, err error) {
	x := &exchange{t: &Transport{}, stop: func() bool { return true }, ctx: bg}
	x.body.in.begin(from)
	var h head
	if err := h.read(&x.body.in, 256<<10); err != nil {
		return a, err
	}
	b := &x.body
	x.answer(method, &h, true)
	text, err := io.ReadAll(iotest.OneByteReader(b))
	rest, _ := io.ReadAll(from)
	a = answered{h.status, h.header(), string(text), len(rest) + b.in.w - b.in.r, b.clean}
	return a, err
}

// readLine reads one answer as a Line whose waits end all the time, where the bytes of from end.
func readLine(from io.Reader, method string) (a answered, err error) {
	x := &exchange{t: &Transport{}, c: &conn{}}
	x.body.in.begin(&waits{from: from})
	var h head
	for err = os.ErrDeadlineExceeded; errors.Is(err, os.ErrDeadlineExceeded); {
		err = h.read(&x.body.in, 256<<10)
	}
	if err != nil {
		return a, err
	}
	x.c = nil // it is not to be closed
	b := &x.body
	x.answer(method, &h, true)
	var text []byte
	for err = nil; err == nil || errors.Is(err, os.ErrDeadlineExceeded); {
		var n int
		var room [7]byte
		n, err = b.Read(room[:])
		text = append(text, room[:n]...)
	}
	if err == io.EOF {
		err = nil
	}
	rest, _ := io.ReadAll(from)
	return answered{h.status, h.header(), string(text), len(rest) + b.in.w - b.in.r, b.clean}, err
}

// waits gives nothing in time at every other read.
type waits struct {
	from io.Reader
	late bool
}

func (w *waits) Read(p []byte) (int, error) {
	if w.late = !w.late; w.late {
		return 0, os.ErrDeadlineExceeded
	}
	return w.from.Read(p)
}

// oracle reads it with net/http.
func oracle(data []byte, method string) (a answered, err error) {
	in := bufio.NewReader(bytes.NewReader(data))
	for range maxHints {
		resp, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			return a, err
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		if resp.StatusCode == http.StatusSwitchingProtocols {
			resp.Body = http.NoBody
		}
		text, err := io.ReadAll(resp.Body)
		rest, _ := io.ReadAll(in)
		return answered{resp.StatusCode, resp.Header, string(text), len(rest), !resp.Close}, err
	}
	return a, errors.New("only hints")
}

// pieces gives data in pieces of all sizes.
type pieces struct {
	data []byte
	rng  *rand.Rand
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.data[:1+p.rng.IntN(min(len(p.data), 1+p.rng.IntN(64)))])
	p.data = p.data[n:]
	return n, nil
}

// FuzzAnswer holds whatever is accepted against net/http, and against itself in other pieces. What
// net/http accepts may be refused: it takes more than RFC 9112 lets pass.
func FuzzAnswer(f *testing.F) {
	for _, c := range answers {
		f.Add([]byte(c.data), uint64(1), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64, head bool) {
		method := http.MethodPost
		if head {
			method = http.MethodHead
		}
		whole, err := read(bytes.NewReader(data), method)
		cut, err2 := read(&pieces{bytes.Clone(data), rand.New(rand.NewPCG(seed, 1))}, method)
		if (err == nil) != (err2 == nil) || whole.status != cut.status || whole.body != cut.body || err == nil && whole.left != cut.left {
			t.Fatalf("in pieces: %.500v, %v\nat once: %.500v, %v", cut, err2, whole, err)
		}
		line, err3 := readLine(&pieces{bytes.Clone(data), rand.New(rand.NewPCG(seed, 2))}, method)
		if (err == nil) != (err3 == nil) || whole.status != line.status || whole.body != line.body || err == nil && (whole.left != line.left || whole.reuse != line.reuse) {
			t.Fatalf("on a line: %.500v, %v\nat once: %.500v, %v", line, err3, whole, err)
		}
		if err != nil {
			return
		}
		want, err := oracle(data, method)
		if err != nil {
			t.Fatalf("%.500v is accepted, but net/http says: %v", whole, err)
		}
		if whole.status != want.status || whole.body != want.body {
			t.Fatalf("%.500v\nnet/http: %.500v", whole, want)
		}
		if whole.reuse && (!want.reuse || whole.left != want.left) {
			t.Fatalf("the connection would be used again with %d bytes left\nnet/http: %+v", whole.left, want)
		}
		want.fields.Del("Trailer") // net/http keeps apart what it takes out of the header
		for name, values := range want.fields {
			if strings.Join(whole.fields[name], "\n") != strings.Join(values, "\n") {
				t.Fatalf("header %s: %q, net/http: %q", name, whole.fields[name], values)
			}
		}
	})
}
