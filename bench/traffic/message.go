package traffic

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// message is an HTTP/1.1 message as it was read, as far as anybody here looks at it. It is
// overwritten by the next.
type message struct {
	start    []byte // the request or status line
	key      []byte // Authorization
	attempts int    // x-strowger-attempts; 0 if it is not there
	body     []byte
}

var errFraming = errors.New("the message cannot be understood")

// read reads a whole message. One with neither a length nor chunks has no body, or, if it must
// have one, is an error.
func (m *message) read(in *bufio.Reader, must bool) error {
	line, err := readLine(in)
	if err != nil {
		return err
	}
	m.start = append(m.start[:0], line...)
	m.key, m.attempts, m.body = m.key[:0], 0, m.body[:0]
	length, chunked := -1, false
	for {
		if line, err = readLine(in); err != nil {
			return err
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 {
				return errFraming
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.Equal(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Authorization")):
			m.key = append(m.key, value...)
		case bytes.EqualFold(name, []byte("X-Strowger-Attempts")):
			if m.attempts, err = strconv.Atoi(string(value)); err != nil {
				return errFraming
			}
		}
	}
	switch {
	case chunked:
		return m.chunks(in)
	case length >= 0:
		return m.take(in, length)
	case must:
		return errFraming
	}
	return nil
}

func (m *message) chunks(in *bufio.Reader) error {
	for {
		line, err := readLine(in)
		if err != nil {
			return err
		}
		size, err := strconv.ParseUint(string(line), 16, 31)
		if err != nil {
			return errFraming
		}
		if size > 0 {
			if err := m.take(in, int(size)); err != nil {
				return err
			}
		}
		if line, err = readLine(in); err != nil {
			return err
		}
		if len(line) > 0 {
			return errFraming
		}
		if size == 0 {
			return nil
		}
	}
}

// take appends the next n bytes to the body.
func (m *message) take(in *bufio.Reader, n int) error {
	const most = 8 << 20
	from := len(m.body)
	if from+n > most {
		return errFraming
	}
	if cap(m.body)-from < n {
		m.body = append(make([]byte, 0, 2*cap(m.body)+n), m.body...)
	}
	m.body = m.body[:from+n]
	_, err := io.ReadFull(in, m.body[from:])
	return err
}

// readLine is the next line without its end.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}
