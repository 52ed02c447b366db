package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// callers ask questions and judge the answers.
type callers struct {
	url     string
	script  *script
	company *company
	tally   *tally

	quick, slow *http.Client
	next, open  atomic.Int64
}

func newCallers(url string, s *script, c *company, t *tally, most int) *callers {
	return &callers{url: url, script: s, company: c, tally: t, quick: client(most, 0), slow: client(0, 32<<10)}
}

// client keeps so many connections; buffer is the size of the kernel's for what comes, so
// that a slow reader is felt at the other end.
func client(keep, buffer int) *http.Client {
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if tcp, ok := conn.(*net.TCPConn); ok && buffer > 0 {
			_ = tcp.SetReadBuffer(buffer) // it is read slowly all the same
		}
		return conn, err
	}
	return &http.Client{Transport: &http.Transport{
		DialContext: dial, DisableCompression: true, MaxIdleConnsPerHost: keep, DisableKeepAlives: keep == 0,
		ReadBufferSize: 4 << 10, WriteBufferSize: 4 << 10,
	}}
}

func (c *callers) closeIdle() {
	c.quick.CloseIdleConnections()
	c.slow.CloseIdleConnections()
}

// run keeps so many questions under way until ctx ends, or most have been asked if that is
// not 0, and returns when the last is answered. In the first while they begin one by one.
func (c *callers) run(ctx context.Context, atOnce, most int, within time.Duration) {
	last := c.next.Load() + int64(most)
	var all sync.WaitGroup
	for i := range atOnce {
		all.Go(func() {
			if !pause(ctx, within*time.Duration(i)/time.Duration(atOnce)) {
				return
			}
			for ctx.Err() == nil {
				n := c.next.Add(1)
				if most > 0 && n > last {
					c.next.Add(-1)
					return
				}
				c.ask(uint64(n))
			}
		})
	}
	all.Wait()
}

func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// ask asks question n and notes what came of it.
func (c *callers) ask(n uint64) {
	q := c.script.question(n)
	c.company.begin(q)
	defer c.company.end(q)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if q.leaves > 0 {
		timer := time.AfterFunc(q.leaves, cancel)
		defer timer.Stop()
	}
	c.tally.opened(c.open.Add(1))
	v, id := c.answer(ctx, q)
	c.open.Add(-1)
	left := q.leaves > 0 && ctx.Err() != nil
	if left && v.wrong != wrongText && v.wrong != wrongTruncated {
		v = fine("caller left")
	}
	c.tally.add(n, q, v, id, left)
}

// patience is how long an answer may take; it is far more than any deadline.
const patience = 2 * time.Minute

// answer sends the question and judges what comes.
func (c *callers) answer(ctx context.Context, q *question) (v verdict, id string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+q.kind.path, bytes.NewReader(q.body))
	if err != nil {
		return bad("no answer", wrongForm, "%v", err), ""
	}
	req.Header.Set("content-type", "application/json")
	if q.key != "" {
		req.Header.Set("authorization", "Bearer "+q.key)
	}
	client := c.quick
	if q.slow {
		client = c.slow
	}
	resp, err := client.Do(req)
	if err != nil {
		return bad("no answer", wrongEnd, "%v", err), ""
	}
	defer resp.Body.Close()
	var body io.Reader = resp.Body
	if q.slow {
		body = &slowly{ctx, body}
	}
	v = c.judge(q, resp, body)
	if v.wrong == "" && ctx.Err() == nil {
		said, _ := strconv.Atoi(resp.Header.Get("x-strowger-attempts")) // 0 tells nothing
		v = judgeAttempts(v, q, c.company.look(q), said)
	}
	return v, resp.Header.Get("x-strowger-decision")
}

func (c *callers) judge(q *question, resp *http.Response, body io.Reader) verdict {
	by := "first try"
	switch {
	case resp.Header.Get("x-strowger-cache") == "hit":
		by = "from the cache"
	case resp.Header.Get("x-strowger-attempts") != "1":
		by = "after a fallback"
	}
	visits := func() []visit { return c.company.look(q) }
	isStream := strings.HasPrefix(resp.Header.Get("content-type"), "text/event-stream")
	switch {
	case resp.StatusCode == 200 && q.kind.wrong:
		return bad("answer", wrongForm, "a question that cannot be answered was")
	case resp.StatusCode == 200 && isStream != q.stream:
		return bad("answer", wrongForm, "asked for a stream: %v; content-type %q", q.stream, resp.Header.Get("content-type"))
	case resp.StatusCode == 200 && isStream:
		return judgeStream(body, q, visits, by)
	}
	text, err := io.ReadAll(body)
	switch {
	case err != nil:
		return bad("whole answer", wrongEnd, "status %d breaks off: %v, with %q", resp.StatusCode, err, clip(string(text)))
	case resp.StatusCode != 200:
		return judgeError(resp.StatusCode, text)
	}
	return judgeWhole(text, resp.Header, q, visits(), by)
}

// slowly reads a little, and then waits.
type slowly struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (s *slowly) Read(b []byte) (int, error) {
	pause(s.ctx, 2*time.Millisecond) // the end of ctx is an error of the reader below
	return s.r.Read(b[:min(len(b), 4<<10)])
}
