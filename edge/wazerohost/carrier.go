package wazerohost

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"strowger/core/exchange"
	"strowger/core/stats"
	"strowger/edge/abi"
)

// errCut is the end of an answer that the core itself has broken off.
var errCut = errors.New("the answer broke off")

// carrier does what an exchange says, for one caller.
type carrier struct {
	s      *handler
	w      http.ResponseWriter
	x      *Exchange
	events chan exchange.Event
	timer  *time.Timer

	// Of the attempt in flight.
	attempt int
	size    int64 // of its answer so far
	fine    bool  // it is no error
	cancel  context.CancelFunc

	begun, streams bool // the answer; as a stream
	next           exchange.Event
	finished, cut  bool
}

func newCarrier(s *handler, w http.ResponseWriter, x *Exchange) *carrier {
	return &carrier{
		s: s, w: w, x: x,
		events: make(chan exchange.Event), timer: time.NewTimer(time.Hour), cancel: func() {},
	}
}

// stop ends what goes on beside the carrier.
func (c *carrier) stop() {
	c.timer.Stop()
	c.cancel()
}

// run carries the exchange to its end: an event goes in, commands come out.
func (c *carrier) run(ctx context.Context, left <-chan struct{}) error {
	for ev := exchange.Event(exchange.Started{}); ; {
		if err := c.step(ctx, ev); err != nil {
			return err
		}
		switch {
		case c.finished && c.cut:
			return errCut
		case c.finished:
			return nil
		case c.next != nil:
			ev, c.next = c.next, nil
			continue
		}
		select {
		case ev = <-c.events:
			ev = c.bounded(ev)
		case <-c.timer.C:
			ev = exchange.Woke{}
		case <-left:
			ev, left = exchange.Left{}, nil
		}
	}
}

// slow is how long doing what a step says may take without it mattering.
const slow = 10 * time.Millisecond

// step tells the exchange what happened and does what it says. If that took long, as it does while a
// slow caller is written to, the provider was not listened to: that was not its silence, and the
// exchange is told so.
func (c *carrier) step(ctx context.Context, ev exchange.Event) error {
	began := time.Now()
	if err := c.obey(ctx, began, ev); err != nil || c.finished {
		return err
	}
	if took := time.Since(began); took > slow {
		return c.obey(ctx, time.Now(), exchange.Blocked{For: took})
	}
	return nil
}

func (c *carrier) obey(ctx context.Context, now time.Time, ev exchange.Event) error {
	var written []byte
	var cmds []abi.Command
	var err error
	if d, ok := ev.(exchange.Data); ok {
		written, cmds, err = c.x.Data(ctx, now, d.Attempt, d.Bytes)
	} else {
		cmds, err = c.x.Step(ctx, now, ev)
	}
	if err != nil {
		return err
	}
	if len(written) > 0 {
		c.write(written)
	}
	for _, cmd := range cmds {
		switch cmd := cmd.Command.(type) {
		case exchange.Lookup:
			c.next = exchange.Cached{Attempt: cmd.Attempt} // nothing is kept here
		case exchange.Send:
			c.send(ctx, cmd)
		case exchange.Cancel:
			c.cancel()
		case exchange.Wake:
			c.timer.Reset(time.Until(cmd.At))
		case exchange.Reply:
			c.reply(cmd)
		case exchange.Write:
			c.write(cmd.Bytes)
		case exchange.Finish:
			c.finished, c.cut = true, cmd.Cut
		}
	}
	return nil
}

func (c *carrier) reply(cmd exchange.Reply) {
	for _, h := range cmd.Header {
		c.w.Header().Set(h.Name, h.Value)
	}
	c.begun, c.streams = true, strings.HasPrefix(c.w.Header().Get("Content-Type"), "text/event-stream")
	c.w.WriteHeader(cmd.Status)
}

// write hands bytes to the caller. One that has left is told of by its request.
func (c *carrier) write(b []byte) {
	c.s.deadline(c.w)
	_, _ = c.w.Write(b)
	_ = http.NewResponseController(c.w).Flush()
}

// bounded is an event of an attempt, or its failure where its answer is larger than may be held.
// What goes on as a stream is not held, and of an error the exchange reads the beginning.
func (c *carrier) bounded(ev exchange.Event) exchange.Event {
	switch e := ev.(type) {
	case exchange.Headers:
		if e.Attempt == c.attempt {
			c.fine = e.Status <= 299
		}
	case exchange.Data:
		if e.Attempt != c.attempt || c.streams || !c.fine {
			return ev
		}
		if c.size += int64(len(e.Bytes)); c.size > c.s.doc.Limits.MaxAnswer {
			c.cancel()
			return exchange.Failed{Attempt: e.Attempt, Outcome: stats.OutcomeBadAnswer, Message: "the answer is larger than " + strconv.FormatInt(c.s.doc.Limits.MaxAnswer, 10) + " bytes"}
		}
	}
	return ev
}

// send begins an attempt, beside the carrier.
func (c *carrier) send(ctx context.Context, cmd exchange.Send) {
	c.cancel()
	ctx, c.cancel = context.WithCancel(ctx)
	c.attempt, c.size, c.fine = cmd.Attempt, 0, false
	go func() {
		tell := func(ev exchange.Event) bool {
			select {
			case c.events <- ev:
				return true
			case <-ctx.Done():
				return false
			}
		}
		if last := c.s.ask(ctx, cmd, tell); last != nil {
			tell(last)
		}
	}()
}

// partSize is how much of an answer is read at a time, in bytes.
const partSize = 16 << 10

// ask asks a provider, tells what comes, and gives the last event; nil if nobody listens any more.
func (s *handler) ask(ctx context.Context, cmd exchange.Send, tell func(exchange.Event) bool) exchange.Event {
	failed := func(o stats.Outcome, why string) exchange.Event {
		return exchange.Failed{Attempt: cmd.Attempt, Outcome: o, Message: why}
	}
	req, err := s.request(ctx, cmd)
	if err != nil {
		return failed(stats.OutcomeCredentials, err.Error())
	}
	resp, err := s.Transport.RoundTrip(req)
	if err != nil {
		return failed(stats.OutcomeUnreachable, "the connection failed")
	}
	defer resp.Body.Close()
	if !tell(exchange.Headers{Attempt: cmd.Attempt, Status: resp.StatusCode, Header: resp.Header.Get}) {
		return nil
	}
	for {
		part := make([]byte, partSize)
		n, err := resp.Body.Read(part)
		if n > 0 && !tell(exchange.Data{Attempt: cmd.Attempt, Bytes: part[:n]}) {
			return nil
		}
		switch {
		case errors.Is(err, io.EOF):
			return exchange.Ended{Attempt: cmd.Attempt}
		case err != nil:
			return failed(stats.OutcomeCut, "the connection broke in mid-answer")
		}
	}
}

// request is what a provider is sent, with its secrets. No error holds one.
func (s *handler) request(ctx context.Context, cmd exchange.Send) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, cmd.URL(), bytes.NewReader(cmd.Content()))
	if err != nil {
		return nil, errors.New("base_url of provider " + cmd.Endpoint.Provider + " is not usable")
	}
	req.Header.Set("Content-Type", "application/json")
	for _, h := range cmd.Header {
		req.Header.Set(h.Name, h.Value)
	}
	secrets := map[string]string{} // by the header's name
	if cmd.Endpoint.KeyRef != "" {
		secrets[cmd.KeyName] = cmd.Endpoint.KeyRef
	}
	for _, h := range cmd.Endpoint.Headers {
		secrets[h.Name] = h.Value
	}
	for name, reference := range secrets {
		secret := s.Secret(s.doc.Secrets[reference])
		if secret == "" {
			return nil, errors.New("the secret " + s.doc.Secrets[reference] + " is not set")
		}
		if name == cmd.KeyName {
			secret = cmd.KeyPrefix + secret
		}
		req.Header.Set(name, secret)
	}
	return req, nil
}
