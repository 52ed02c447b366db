package verify

import (
	"bytes"
	"fmt"
)

// Comparer is the Sink that makes each call once more, on a host, and holds what comes back
// against what the native core answered. Its errors are of type *Difference.
type Comparer struct {
	host    Host
	carrier Carrier
	name    string // of the case
	n       int    // calls of the case
}

// NewComparer compares with a host. Close it.
func NewComparer(h Host) *Comparer { return &Comparer{host: h} }

// Begin implements Sink.
func (c *Comparer) Begin(name string, fresh bool) (err error) {
	c.name, c.n = name, 0
	if !fresh && c.carrier != nil {
		return nil
	}
	if err := c.Close(); err != nil {
		return err
	}
	if c.carrier, err = c.host.New(); err != nil {
		c.carrier = nil
		return fmt.Errorf("%s: %w", c.host.Name(), err)
	}
	return nil
}

// Take implements Sink.
func (c *Comparer) Take(call Call) error {
	c.n++
	got, err := carry(c.carrier, &call)
	if err == nil && bytes.Equal(got, call.Want) {
		return nil
	}
	return &Difference{Host: c.host.Name(), Case: c.name, N: c.n, Call: call, Got: bytes.Clone(got), Err: err}
}

// Close lets the machine go that is there.
func (c *Comparer) Close() error {
	if c.carrier == nil {
		return nil
	}
	carrier := c.carrier
	c.carrier = nil
	return carrier.Close()
}
