package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// raw is a provider that does exactly what its scripts say, byte for byte.
type raw struct {
	url      string // its base URL; of one that refuses connections, a port that nobody listens at
	scripts  []script
	choose   func(request []byte) script // instead of scripts, if set
	listener net.Listener                // nil where there are no connections
	empty    func()                      // ends a full queue
	closing  chan struct{}
	serving  sync.WaitGroup

	heard    atomic.Int64 // requests that were read, or connections where none was
	accepted atomic.Int64
	open     atomic.Int64
}

// refusing is the address of a port that needs a privilege and that nothing has used for
// decades: a connection to it is refused.
const refusing = "127.0.0.1:1"

// newRaw starts a provider with such scripts. An empty first one refuses connections.
func newRaw(scripts []script, choose func([]byte) script) (*raw, error) {
	r := &raw{scripts: scripts, choose: choose, closing: make(chan struct{})}
	if choose == nil && len(scripts[0]) == 0 {
		r.url = "http://" + refusing
		return r, nil
	}
	var err error
	if choose == nil && scripts[0][0] == full {
		var addr string
		if addr, r.empty, err = fullQueue(); err == nil {
			r.url = "http://" + addr
		}
		return r, err
	}
	if r.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	r.url = "http://" + r.listener.Addr().String()
	r.serving.Go(r.accept)
	return r, nil
}

// close ends the provider and all its connections.
func (r *raw) close() {
	if r.empty != nil {
		r.empty()
	}
	if r.listener == nil {
		return
	}
	close(r.closing)
	_ = r.listener.Close() // whatever it says, nothing is accepted any more
	r.serving.Wait()
}

func (r *raw) accept() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.accepted.Add(1)
		r.open.Add(1)
		r.serving.Go(func() {
			defer r.open.Add(-1)
			over := make(chan struct{})
			r.serving.Go(func() {
				select {
				case <-r.closing:
					_ = conn.Close() // ends what goes on there
				case <-over:
				}
			})
			r.serve(conn.(*net.TCPConn))
			_ = conn.Close() // it may be closed already
			close(over)
		})
	}
}

// serve reads requests from a connection and does for each what the script says.
func (r *raw) serve(conn *net.TCPConn) {
	if r.choose == nil && r.scripts[0][0] == deaf {
		r.heard.Add(1)
		r.perform(conn, r.scripts[0])
		return
	}
	in := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		n := int(r.heard.Add(1))
		s := script(nil)
		if r.choose != nil {
			s = r.choose(body)
		} else {
			s = r.scripts[min(n, len(r.scripts))-1]
		}
		if !r.perform(conn, s) {
			return
		}
	}
}

// settling is how long bytes that were written get to arrive before the end does.
const settling = 3 * time.Millisecond

// perform does what a script says. It reports whether the connection is still good.
func (r *raw) perform(conn *net.TCPConn, s script) bool {
	for _, step := range s {
		if step.say != "" {
			if _, err := io.WriteString(conn, step.say); err != nil {
				return false
			}
		}
		if step.pause > 0 && !r.sleep(step.pause) {
			return false
		}
		for step.tick != "" {
			if _, err := io.WriteString(conn, step.tick); err != nil || !r.sleep(40*time.Millisecond) {
				return false
			}
		}
		switch step.end {
		case endFIN:
			_ = conn.Close() // which is all that is wanted
			return false
		case endRST:
			r.sleep(settling)
			_ = conn.SetLinger(0)
			_ = conn.Close() // which is all that is wanted
			return false
		case endHang:
			_, _ = io.Copy(io.Discard, conn) // until the other side has gone
			return false
		}
	}
	return true
}

// sleep pauses; false if the provider is being closed.
func (r *raw) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.closing:
		return false
	}
}
