package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// client is a kept connection that speaks just enough HTTP/1.1, and cheaply: the load
// shares its core with the provider.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	got  answer
	req  request
}

// answer is a whole response. It is overwritten by the next.
type answer struct {
	status int
	body   []byte
}

// dial connects to the address host:port.
func dial(ctx context.Context, addr string, until time.Time) (*client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(until); err != nil {
		_ = conn.Close() // there is an error already
		return nil, err
	}
	return &client{conn: conn, in: bufio.NewReaderSize(conn, 32<<10)}, nil
}

func (c *client) close() { _ = c.conn.Close() } // nothing is waited for

// exchange sends the bytes of a request and reads the response.
func (c *client) exchange(wire []byte) (*answer, error) {
	if _, err := c.conn.Write(wire); err != nil {
		return nil, err
	}
	if err := c.read(); err != nil {
		return nil, err
	}
	return &c.got, nil
}

var errFraming = errors.New("the response cannot be understood")

func (c *client) read() error {
	line, err := c.line()
	if err != nil {
		return err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return errFraming
	}
	if c.got.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return errFraming
	}
	length, chunked := -1, false
	for {
		if line, err = c.line(); err != nil {
			return err
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return errFraming
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.Equal(value, []byte("chunked"))
		}
	}
	c.got.body = c.got.body[:0]
	if chunked {
		return c.chunks()
	}
	if length < 0 {
		return errFraming
	}
	return c.take(length)
}

func (c *client) chunks() error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		size, err := strconv.ParseUint(string(line), 16, 31)
		if err != nil {
			return errFraming
		}
		if size > 0 {
			if err := c.take(int(size)); err != nil {
				return err
			}
		}
		if line, err = c.line(); err != nil {
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
func (c *client) take(n int) error {
	from := len(c.got.body)
	if cap(c.got.body)-from < n {
		c.got.body = append(make([]byte, 0, 2*cap(c.got.body)+n), c.got.body...)
	}
	c.got.body = c.got.body[:from+n]
	_, err := io.ReadFull(c.in, c.got.body[from:])
	return err
}

// line is the next line without its end.
func (c *client) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}

// block is one closed loop of requests to one peer.
type block struct {
	load    workload
	addr    string
	clients []*client
	serial  *atomic.Int64 // numbers of requests, through the whole run

	left  atomic.Int64
	mu    sync.Mutex // guards wrong
	wrong []error
}

// maxWrong is how many wrong answers are told one by one.
const maxWrong = 5

// openBlock connects.
func openBlock(ctx context.Context, l workload, addr string, connections int, serial *atomic.Int64) (*block, error) {
	b := &block{load: l, addr: addr, serial: serial}
	until := time.Now().Add(2 * time.Minute)
	for range connections {
		c, err := dial(ctx, addr, until)
		if err != nil {
			b.close()
			return nil, err
		}
		c.req = l.request(addr)
		b.clients = append(b.clients, c)
	}
	return b, nil
}

func (b *block) close() {
	for _, c := range b.clients {
		c.close()
	}
}

// send sends so many requests, waits for all answers, and gives how long each took. The
// first wrong answer ends it: no connection sends another request.
func (b *block) send(ctx context.Context, requests int) []time.Duration {
	b.left.Store(int64(requests))
	took := make([][]time.Duration, len(b.clients))
	var all sync.WaitGroup
	for i, c := range b.clients {
		took[i] = make([]time.Duration, 0, requests/len(b.clients)*2)
		all.Go(func() { took[i] = b.work(ctx, c, took[i]) })
	}
	all.Wait()
	var times []time.Duration
	for _, t := range took {
		times = append(times, t...)
	}
	return times
}

func (b *block) work(ctx context.Context, c *client, took []time.Duration) []time.Duration {
	for b.left.Add(-1) >= 0 && ctx.Err() == nil {
		c.req.number(int(b.serial.Add(1)))
		start := time.Now()
		a, err := c.exchange(c.req.wire)
		took = append(took, time.Since(start))
		if err == nil {
			err = b.load.check(a, c.req.mark)
		}
		if err != nil {
			b.note(fmt.Errorf("request %s: %w", c.req.mark, err))
			return took
		}
	}
	return took
}

// note keeps what was wrong and ends the block.
func (b *block) note(err error) {
	b.left.Store(0)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.wrong) < maxWrong {
		b.wrong = append(b.wrong, err)
	}
}
