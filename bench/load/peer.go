package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"time"
)

// peer is a process that is measured or helps to.
type peer struct {
	name string
	addr string // host:port it serves at
	cmd  *exec.Cmd
	in   io.Closer
	said *tail
	done chan struct{} // closed when it has ended
	err  error         // how, once done
}

// patience is how long a peer may take to start, and to end.
const patience = 15 * time.Second

// start runs a program on a core and waits until it says where it serves.
func start(ctx context.Context, c cores, name, path string, env []string, args ...string) (*peer, error) {
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), env...)
	p := &peer{name: name, cmd: cmd, said: &tail{}, done: make(chan struct{})}
	cmd.Stderr = p.said
	var err error
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.start(name, cmd.Start); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	found := make(chan string, 1)
	go func() {
		scan(io.TeeReader(out, p.said), found)
		p.err = cmd.Wait()
		close(p.done)
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case p.addr = <-found:
		return p, nil
	case <-p.done:
		err = fmt.Errorf("%s ended: %v: %s", name, p.err, p.said)
	case <-late.C:
		err = fmt.Errorf("%s does not serve after %s: %s", name, patience, p.said)
	case <-ctx.Done():
		err = ctx.Err()
	}
	_ = p.stop() // why it did not start is the error
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
}

// pid is the process's id.
func (p *peer) pid() int { return p.cmd.Process.Pid }

// stop asks the process to end and waits for it. A process that fails at that, or has
// to be killed, is an error.
func (p *peer) stop() error {
	if p == nil {
		return nil
	}
	_ = p.in.Close() // it may be closed already
	asked := p.cmd.Process.Signal(os.Interrupt) == nil
	if !asked {
		_ = p.cmd.Process.Kill() // there is no such signal here, or it has ended
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
		return fmt.Errorf("%s did not end well: %w: %s", p.name, p.err, p.said)
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
	const most = 2000
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if len(t.text) > most {
		t.text = t.text[len(t.text)-most:]
	}
	return len(b), nil
}

// String is what was said, on one line.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.ReplaceAll(bytes.TrimSpace(t.text), []byte("\n"), []byte(" / ")))
}
