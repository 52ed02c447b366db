package traffic

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"strconv"
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
	message
	status int
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

func (c *client) read() error {
	if err := c.got.message.read(c.in, true); err != nil {
		return err
	}
	line := c.got.start
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return errFraming
	}
	var err error
	if c.got.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return errFraming
	}
	return nil
}
