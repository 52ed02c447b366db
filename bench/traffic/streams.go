package traffic

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Streams are streams that last for as long as they are read. The provider sends an event on each of them
// every so often, with its number and the time at which it was due.
type Streams struct {
	addr   string
	routed bool // through strowger
	every  time.Duration
	serial *atomic.Int64

	late atomic.Pointer[Histogram] // of events since Window was called
	mu   sync.Mutex                // guards what follows
	open []net.Conn
	end  bool // they are closed on purpose
	err  error
	read sync.WaitGroup
}

// OpenStreams are none yet, to addr, which is strowger's if they are routed.
func OpenStreams(addr string, routed bool, every time.Duration, serial *atomic.Int64) *Streams {
	s := &Streams{addr: addr, routed: routed, every: every, serial: serial}
	s.late.Store(new(Histogram))
	return s
}

// openers is how many streams are opened at a time.
const openers = 32

// Grow opens streams until there are n, each with its first event.
func (s *Streams) Grow(ctx context.Context, n int) error {
	s.mu.Lock()
	missing := n - len(s.open)
	s.mu.Unlock()
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(openers, max(missing, 0)) {
		all.Go(func() {
			for next.Add(1) <= int64(missing) && ctx.Err() == nil && s.Err() == nil {
				s.fail(s.add(ctx))
			}
		})
	}
	all.Wait()
	return errors.Join(ctx.Err(), s.Err())
}

// add opens one and waits for its first event.
func (s *Streams) add(ctx context.Context) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return err
	}
	l := Workload{Name: "lasting", Size: 356, Events: 4, Routed: s.routed, every: s.every}
	q := l.request(s.addr, "")
	q.number(int(s.serial.Add(1)))
	if _, err := conn.Write(q.wire); err != nil {
		return errors.Join(err, conn.Close())
	}
	s.mu.Lock()
	s.open = append(s.open, conn)
	s.mu.Unlock()
	first := make(chan error, 2) // an event and the end, whether they are waited for or not
	s.read.Go(func() {
		err := s.follow(conn, q.mark, []byte(`"model":"`+l.model()+`"`), first)
		s.fail(err)
		first <- err
	})
	select {
	case err = <-first:
	case <-time.After(time.Minute):
		err = fmt.Errorf("no event on stream %s for a minute", q.mark)
	case <-ctx.Done():
		err = ctx.Err()
	}
	return err
}

// follow reads a stream until it is closed. The first event is told.
func (s *Streams) follow(conn net.Conn, mark, model []byte, first chan<- error) error {
	in := bufio.NewReaderSize(conn, 4<<10)
	line, err := readLine(in)
	if err == nil && !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
		rest, _ := in.Peek(in.Buffered())
		return fmt.Errorf("stream %s: %s: %s", mark, line, clip(rest))
	}
	for err == nil && len(line) > 0 {
		line, err = readLine(in)
	}
	if err != nil {
		return fmt.Errorf("stream %s: %w", mark, err)
	}
	lines := bufio.NewReaderSize(httputil.NewChunkedReader(in), 1<<10)
	for n := int64(0); ; {
		line, err := lines.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("stream %s, after %d events: %w", mark, n, err)
		}
		_, said, ok := bytes.Cut(line, []byte(`"content":" `))
		if !ok {
			continue
		}
		if !bytes.Contains(line, model) {
			return fmt.Errorf("stream %s: another model than %s in %s", mark, model, clip(line))
		}
		due, err := lasting(said, mark, n+1)
		if err != nil {
			return fmt.Errorf("stream %s: %w in %s", mark, err, clip(line))
		}
		if n++; n == 1 {
			first <- nil
		}
		s.late.Load().Add(max(time.Since(due), 0))
	}
}

// lasting reads what an event of a stream that lasts says: its mark, its number, and when it was due.
func lasting(said, mark []byte, n int64) (due time.Time, err error) {
	said, _, _ = bytes.Cut(said, []byte(`"`))
	f := bytes.Fields(said)
	if len(f) != 3 || !bytes.Equal(f[0], mark) {
		return due, errors.New("another stream's event")
	}
	if got, err := strconv.ParseInt(string(f[1]), 10, 64); err != nil || got != n {
		return due, fmt.Errorf("event %s instead of %d", f[1], n)
	}
	at, err := strconv.ParseInt(string(f[2]), 10, 64)
	return time.UnixMicro(at), err
}

// last writes a stream until nobody reads it. Streams that are opened at once have their second events, and
// so those that follow, evenly one after the other.
func (q asked) last(conn io.Writer) error {
	const slots = 97
	serial, _ := strconv.Atoi(q.mark[1:]) // 0 would do
	begin, early := time.Now(), q.every*time.Duration(serial%slots)/slots
	out, head := []byte(streamHead), appendChunk(nil, Upstream)
	for n := int64(1); ; n++ {
		due := begin
		if n > 1 {
			due = begin.Add(time.Duration(n-1)*q.every - early)
		}
		time.Sleep(time.Until(due))
		event := fmt.Appendf(nil, `data: %s{"content":" %s %d %d"},"finish_reason":null}]}`+"\n\n", head, q.mark, n, due.UnixMicro())
		out = fmt.Appendf(out, "%x\r\n%s\r\n", len(event), event)
		if _, err := conn.Write(out); err != nil {
			return err
		}
		out = out[:0]
	}
}

// Window begins to count anew, and gives how late the events before were: how many they are, and for how
// long after they were due they came.
func (s *Streams) Window() *Histogram { return s.late.Swap(new(Histogram)) }

// Err is what was wrong with a stream: an event that was not the next one, or an end.
func (s *Streams) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// fail keeps the first error.
func (s *Streams) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil && !s.end {
		s.err = err
	}
}

// Close ends all streams.
func (s *Streams) Close() {
	s.mu.Lock()
	s.end = true
	for _, c := range s.open {
		_ = c.Close() // nothing is waited for
	}
	s.open = nil
	s.mu.Unlock()
	s.read.Wait()
}
