package http1

import (
	"errors"
	"io"
	"os"
)

// The bounds of what stands around chunks: the line of a chunk's size with its extensions, a line
// of the trailers, and how many of these there are.
const (
	maxSizeLine = 256
	maxTrailer  = 8 << 10
	maxTrailers = 64
)

var errClosed = errors.New("http1: the body was closed")

// part is what comes next in a body.
type part uint8

const (
	plain    part = iota // no chunks
	size                 // a chunk's size
	data                 // a chunk's bytes
	dataEnd              // the end of line behind them
	trailers             // what stands behind the last chunk
)

// body is the body of an answer. When it has been read to its end, the connection goes back.
type body struct {
	x     *exchange
	in    reader
	next  part
	left  int64 // of the body, or of the chunk; untilClose if only the connection's end tells
	lines int   // of the trailers, so far
	clean bool  // the connection may be used again after the end
	err   error
}

// Read gives what is there, and waits only if nothing is. The last bytes may come with io.EOF.
func (b *body) Read(p []byte) (n int, err error) {
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if b.next == plain {
		n, err = b.readPlain(p)
	} else {
		n, err = b.readChunks(p)
	}
	if err != nil {
		if b.x.ctx == nil && errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err // it may be read on
		}
		b.finish(err)
	}
	return n, b.err
}

// Close ends the exchange. Before the body's end that ends the connection.
func (b *body) Close() error {
	b.finish(errClosed)
	return nil
}

// finish ends the body; err is io.EOF if all is there.
func (b *body) finish(err error) {
	if b.err != nil {
		return
	}
	all := err == io.EOF
	if !all && err != errClosed {
		err = b.x.why(err)
	}
	b.err = err
	b.x.end(all && b.clean && b.in.r == b.in.w)
}

func (b *body) readPlain(p []byte) (n int, err error) {
	if b.left == untilClose {
		return b.in.take(p)
	}
	n, err = b.in.take(p[:min(int64(len(p)), b.left)])
	if b.left -= int64(n); b.left == 0 {
		return n, io.EOF
	}
	return n, whole(err)
}

// readChunks reads one chunk after another as long as they are there (RFC 9112, section 7.1).
func (b *body) readChunks(p []byte) (n int, err error) {
	for {
		if b.next != data {
			line, err := b.in.line(b.bound(), n == 0)
			if err != nil || line == nil {
				return n, err
			}
			if err := b.mark(line); err != nil {
				return n, err
			}
			continue
		}
		if n == len(p) || n > 0 && b.in.r == b.in.w {
			return n, nil
		}
		if b.in.r == b.in.w && b.left < readSize { // more than this chunk may come with it
			if err := b.in.more(); err != nil {
				return n, whole(err)
			}
		}
		got, err := b.in.take(p[n:][:min(int64(len(p)-n), b.left)])
		n += got
		if b.left -= int64(got); b.left == 0 {
			b.next = dataEnd
		} else if err != nil {
			return n, whole(err)
		}
	}
}

func (b *body) bound() int {
	if b.next == trailers {
		return maxTrailer
	}
	return maxSizeLine
}

// mark takes a line that stands around chunks. The last one is answered with io.EOF.
func (b *body) mark(line []byte) (err error) {
	switch b.next {
	case size:
		if b.left, err = chunkSize(line); err != nil {
			return err
		}
		if b.next = data; b.left == 0 {
			b.next = trailers
		}
	case dataEnd:
		if len(line) > 0 {
			return malformed("a chunk is longer than its size")
		}
		b.next = size
	case trailers:
		if len(line) == 0 {
			return io.EOF
		}
		if b.lines++; b.lines > maxTrailers {
			return malformed("more than %d trailers", maxTrailers)
		}
		_, _, err = field(string(line)) // nobody asks for them
	}
	return err
}

// chunkSize reads the line of a chunk's size. Extensions are passed over.
func chunkSize(line []byte) (n int64, err error) {
	i := 0
	for ; i < len(line) && i <= 15; i++ {
		d := digits[line[i]]
		if d < 0 {
			break
		}
		n = n<<4 | int64(d)
	}
	rest := line[i:]
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		rest = rest[1:]
	}
	if i == 0 || n < 0 || n > most || len(rest) > 0 && rest[0] != ';' || !IsText(string(rest)) {
		return 0, malformed("the size of a chunk is no number")
	}
	return n, nil
}

// digits are the values of hexadecimal digits; -1 for others.
var digits = func() (of [256]int8) {
	for c := range of {
		of[c] = -1
	}
	for c := range int8(10) {
		of['0'+c] = c
	}
	for c := range int8(6) {
		of['a'+c], of['A'+c] = 10+c, 10+c
	}
	return of
}()
