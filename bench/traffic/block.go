package traffic

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// maxWrong is how many wrong answers are told one by one.
const maxWrong = 5

// Block is requests of one workload to one peer, on connections that are kept.
type Block struct {
	load    Workload
	want    expected
	clients []*client
	serial  *atomic.Int64 // numbers of requests, through the whole run

	end   atomic.Bool // no more requests are sent
	mu    sync.Mutex  // guards Wrong
	Wrong []error
}

// Open connects. The header goes with every request.
func Open(ctx context.Context, l Workload, addr, header string, connections int, serial *atomic.Int64) (*Block, error) {
	b := &Block{load: l, want: l.expects(), serial: serial}
	until := time.Now().Add(2 * time.Minute)
	for range connections {
		c, err := dial(ctx, addr, until)
		if err != nil {
			b.Close()
			return nil, err
		}
		c.req = l.request(addr, header)
		b.clients = append(b.clients, c)
	}
	return b, nil
}

func (b *Block) Close() {
	for _, c := range b.clients {
		c.close()
	}
}

// Sent is what came of the requests of a block.
type Sent struct {
	Times  Histogram
	Took   time.Duration
	Missed int64 // of an open loop: requests that were not sent, for every connection was busy to the end
}

// Once sends one request.
func (b *Block) Once(ctx context.Context) *Sent {
	s, begin := new(Sent), time.Now()
	b.ask(ctx, b.clients[0], begin, s)
	s.Took = time.Since(begin)
	return s
}

// Closed sends for that long: each connection its next request when it has the answer to the
// one before. All answers are waited for. The first wrong one ends it.
func (b *Block) Closed(ctx context.Context, d time.Duration) *Sent {
	s, begin := new(Sent), time.Now()
	b.end.Store(false)
	var all sync.WaitGroup
	for _, c := range b.clients {
		all.Go(func() {
			for now := time.Now(); b.ask(ctx, c, now, s); {
				if now = time.Now(); now.Sub(begin) >= d {
					return
				}
			}
		})
	}
	all.Wait()
	s.Took = time.Since(begin)
	return s
}

// OpenLoop sends so many requests a second for that long, whatever becomes of those before. The
// time of a request counts from the moment that it was to be sent, not from when there was a
// connection for it: one that had to wait has waited.
func (b *Block) OpenLoop(ctx context.Context, d time.Duration, rate int) (*Sent, error) {
	s := new(Sent)
	b.end.Store(false)
	step := time.Second / time.Duration(rate)
	due := make(chan time.Time, d/step+1) // has room for all, so that sending keeps its pace
	p, err := newPacer(step)
	if err != nil {
		return nil, err
	}
	defer p.close()
	begin := time.Now()
	var all sync.WaitGroup
	for _, c := range b.clients {
		all.Go(func() {
			for at := range due {
				if time.Since(begin) > d+d/4 || !b.ask(ctx, c, at, s) {
					atomic.AddInt64(&s.Missed, 1)
				}
			}
		})
	}
	for at := step; at <= d && err == nil; {
		var n int
		n, err = p.wait()
		for ; n > 0 && at <= d; n-- {
			due <- begin.Add(at)
			at += step
		}
	}
	close(due)
	all.Wait()
	s.Took = time.Since(begin)
	return s, err
}

// ask sends one request that was due at a time, and says whether another may be.
func (b *Block) ask(ctx context.Context, c *client, at time.Time, s *Sent) bool {
	if b.end.Load() || ctx.Err() != nil {
		return false
	}
	c.req.number(int(b.serial.Add(1)))
	a, err := c.exchange(c.req.wire)
	s.Times.Add(time.Since(at))
	if err == nil {
		err = b.load.check(a, b.want, c.req.mark)
	}
	if err != nil {
		b.note(fmt.Errorf("request %s: %w", c.req.mark, err))
	}
	return err == nil
}

// note keeps what was wrong and ends the block.
func (b *Block) note(err error) {
	b.end.Store(true)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.Wrong) < maxWrong {
		b.Wrong = append(b.Wrong, err)
	}
}
