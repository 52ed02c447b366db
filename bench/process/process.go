// Package process runs strowger as a user runs it, and programs that stand beside it: as
// processes of their own, that say where they serve and are asked to end.
//
//	err := process.Build(ctx, binary)
//	cmd, err := process.Serve(binary, dir, config)
//	p, err := process.Start(ctx, "strowger", cmd, cmd.Start)
//	… p.Addr …
//	err = p.Stop()
package process

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// patience is how long a process may take to start, and to end.
const patience = 30 * time.Second

// Serve is the command of "strowger serve" with a configuration, which is written to dir; what
// strowger records goes to Data(dir).
func Serve(binary, dir string, config []byte) (*exec.Cmd, error) {
	return ServeData(binary, dir, Data(dir), config)
}

// ServeData is Serve with the folder of the record. Where another process records in it, this
// one records nothing.
func ServeData(binary, dir, data string, config []byte) (*exec.Cmd, error) {
	file := filepath.Join(dir, "strowger.yaml")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return nil, err
	}
	return exec.Command(binary, "serve", "--config", file, "--data", data, "--listen", "127.0.0.1:0"), nil
}

// Data is the data folder of a strowger in dir.
func Data(dir string) string { return filepath.Join(dir, "data") }

// Process is a process that serves.
type Process struct {
	Name string
	Addr string // host:port it serves at
	Pid  int
	cmd  *exec.Cmd
	in   io.Closer
	said tail
	done chan struct{}
	err  error // how it ended, once done
}

// Start starts cmd by start, in a group of its own, and waits until it says where it serves. Its standard input
// stays open for as long as this program lives and does not stop it.
func Start(ctx context.Context, name string, cmd *exec.Cmd, start func() error) (*Process, error) {
	found := make(chan string, 1)
	p, err := begin(name, cmd, start, found)
	if err != nil {
		return nil, err
	}
	return p.wait(ctx, found)
}

// StartAt is Start for a program that does not say where it serves: it is waited until
// somebody accepts connections at addr, host:port.
func StartAt(ctx context.Context, name, addr string, cmd *exec.Cmd, start func() error) (*Process, error) {
	p, err := begin(name, cmd, start, make(chan string, 1))
	if err != nil {
		return nil, err
	}
	found, left := make(chan string, 1), make(chan struct{})
	defer close(left)
	go knock(ctx, addr, found, left)
	return p.wait(ctx, found)
}

// knock gives addr once it accepts a connection, unless that is no longer waited for.
func knock(ctx context.Context, addr string, found chan<- string, left <-chan struct{}) {
	const pause = time.Millisecond
	var d net.Dialer
	for {
		conn, err := d.DialContext(ctx, "tcp", addr)
		if err == nil {
			_ = conn.Close() // nothing was sent
			found <- addr
			return
		}
		select {
		case <-left:
			return
		case <-time.After(pause):
		}
	}
}

// begin starts cmd; the first address that it writes goes to found.
func begin(name string, cmd *exec.Cmd, start func() error, found chan<- string) (*Process, error) {
	p := &Process{Name: name, cmd: cmd, done: make(chan struct{})}
	cmd.Stderr = &p.said
	apart(cmd)
	var err error
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p.Pid = cmd.Process.Pid
	go func() {
		scan(io.TeeReader(out, &p.said), found)
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// wait waits for the address; a process that does not give one is stopped.
func (p *Process) wait(ctx context.Context, found <-chan string) (*Process, error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	var err error
	select {
	case p.Addr = <-found:
		return p, nil
	case <-p.done:
		return nil, fmt.Errorf("%s ended: %v: %s", p.Name, p.err, &p.said)
	case <-late.C:
		err = fmt.Errorf("%s does not serve after %s: %s", p.Name, patience, &p.said)
	case <-ctx.Done():
		err = ctx.Err()
	}
	_ = p.Stop() // why it did not start is the error
	return nil, err
}

// scan gives the first address that is written, and reads on until the end.
func scan(r io.Reader, found chan<- string) {
	address := regexp.MustCompile(`http://([\w.\[\]:-]+:\d+)`)
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if m := address.FindSubmatch(lines.Bytes()); m != nil {
			select {
			case found <- string(m[1]):
			default: // it was found before
			}
		}
	}
	_, _ = io.Copy(io.Discard, r) // behind a line that is too long: it is kept anyway
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Stop asks the process to end and waits until it has. One that fails at that, had failed
// before, or has to be killed, is an error. A process that was never started is none.
func (p *Process) Stop() error {
	if p == nil {
		return nil
	}
	_ = p.in.Close() // it may be closed already
	err := p.cmd.Process.Signal(os.Interrupt)
	asked := err == nil || errors.Is(err, os.ErrProcessDone)
	if !asked {
		_ = p.cmd.Process.Kill() // there is no such signal here
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-p.done:
	case <-late.C:
		_ = p.cmd.Process.Kill() // it may have ended now
		<-p.done
	}
	if asked && p.err != nil {
		return fmt.Errorf("%s did not end well: %w: %s", p.Name, p.err, &p.said)
	}
	return nil
}

// tail keeps the last of what a process says.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	const most = 8000
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if len(t.text) > most {
		t.text = append(t.text[:0], t.text[len(t.text)-most:]...)
	}
	return len(b), nil
}

// String is what was said.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.text))
}
