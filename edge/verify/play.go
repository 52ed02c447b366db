package verify

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/edge/abi"
)

// maxSteps bounds one exchange; after it the caller leaves.
const maxSteps = 120

// player carries an exchange out, with providers that answer, fail and fall silent as its
// numbers say. It goes by what the native core asks for.
type player struct {
	*Recorder
	random *rand.Rand
	now    time.Time
	op     llm.Operation
	answer Answerer // nil: generated, with failures

	handle  uint32
	lookups []int
	kept    map[string][]byte // answers by question, as a host's cache has them
	asked   map[int]string
	live    []*attempt
	wake    time.Time
	over    bool
}

// attempt is one that is under way, with what is still to be told of it.
type attempt struct {
	n      int
	events []exchange.Event
}

// Answerer answers for a provider of that schema.
type Answerer func(schema llm.Schema, stream bool) (status int, body []byte)

// CarryOut opens an exchange and plays it to its end, cut and paused as the seed says.
func CarryOut(r *Recorder, seed uint64, call router.Call, now time.Time, a Answerer) error {
	p := &player{Recorder: r, random: numbers(seed), now: now, answer: a}
	return p.open(call)
}

// numbers is the source of random numbers for a case.
func numbers(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)) }

// open makes an exchange and plays it to its end.
func (p *player) open(call router.Call) error {
	p.lookups, p.live, p.over, p.wake = nil, nil, false, time.Time{}
	p.op, p.asked = call.Entry.Operation, map[int]string{}
	if p.kept == nil {
		p.kept = map[string][]byte{}
	}
	result, err := p.Call("open", 0, abi.AppendOpen(nil, call), call.Body)
	if err != nil {
		return err
	}
	r, err := abi.DecodeResult(result, abi.KindOpened)
	if err != nil {
		return err
	}
	p.handle = r.Handle
	err = p.step(exchange.Started{})
	for n := 0; err == nil && !p.over; n++ {
		err = p.step(p.next(n))
	}
	if err != nil {
		return err
	}
	_, err = p.Call("close", p.handle, []byte{}, nil)
	return err
}

// next is what happens next.
func (p *player) next(n int) exchange.Event {
	p.now = p.now.Add(time.Duration(p.random.IntN(400_000)) * time.Microsecond)
	if len(p.lookups) > 0 {
		attempt := p.lookups[0]
		p.lookups = p.lookups[1:]
		if body, hit := p.kept[p.asked[attempt]]; hit {
			return exchange.Cached{Attempt: attempt, Hit: true, Body: body}
		}
		return exchange.Cached{Attempt: attempt}
	}
	switch chance := p.random.IntN(200); {
	case n >= maxSteps, chance == 0:
		return exchange.Left{}
	case chance == 1:
		return exchange.Closing{}
	case chance == 2:
		return exchange.Blocked{For: time.Duration(p.random.IntN(900_000)) * time.Microsecond}
	}
	if len(p.live) > 0 {
		a := p.live[p.random.IntN(len(p.live))]
		if len(a.events) > 0 {
			ev := a.events[0]
			a.events = a.events[1:]
			return ev
		}
	}
	if p.wake.IsZero() {
		return exchange.Left{}
	}
	if p.wake.After(p.now) {
		p.now = p.wake
	}
	return exchange.Woke{}
}

// step tells the exchange, and takes in what it wants.
func (p *player) step(ev exchange.Event) error {
	var result []byte
	var err error
	if d, ok := ev.(exchange.Data); ok && p.random.IntN(4) > 0 {
		result, err = p.Data(p.handle, uint32(d.Attempt), p.now.UnixMicro(), d.Bytes)
	} else {
		control, raw := abi.AppendEvent(nil, p.now, ev)
		result, err = p.Call("step", p.handle, control, raw)
	}
	if err != nil {
		return err
	}
	cmds, err := abi.DecodeCommands(result)
	if e, ok := errors.AsType[*abi.Error](err); ok {
		return errors.New("the native core refuses an event: " + e.Message)
	}
	for i := range cmds {
		p.command(cmds[i].Command)
	}
	return err
}

func (p *player) command(cmd exchange.Command) {
	switch c := cmd.(type) {
	case exchange.Lookup:
		p.lookups = append(p.lookups, c.Attempt)
		p.asked[c.Attempt] = string(c.Key)
	case exchange.Keep:
		p.kept[string(c.Key)] = slices.Clone(c.Body)
	case exchange.Send:
		p.live = append(p.live, &attempt{c.Attempt, p.fate(c)})
	case exchange.Cancel:
		p.live = slices.DeleteFunc(p.live, func(a *attempt) bool { return a.n == c.Attempt })
	case exchange.Wake:
		p.wake = c.At
	case exchange.Finish:
		p.over = true
	}
}

// fate is what will happen to an attempt.
func (p *player) fate(s exchange.Send) (events []exchange.Event) {
	n := s.Attempt
	if p.answer != nil {
		status, body := p.answer(s.Endpoint.Schema, s.Stream)
		events = append(events, exchange.Headers{Attempt: n, Status: status, Header: headers("")})
		return append(p.pieces(events, n, body), exchange.Ended{Attempt: n})
	}
	failed := func(o stats.Outcome, died bool) exchange.Event {
		return exchange.Failed{Attempt: n, Outcome: o, Message: "connection reset by peer", Died: died}
	}
	chance := p.random.IntN(20)
	switch chance {
	case 0:
		return []exchange.Event{failed(stats.OutcomeUnreachable, false)}
	case 1:
		return []exchange.Event{failed(stats.OutcomeConnectTimeout, false)}
	case 2:
		return []exchange.Event{failed(stats.OutcomeUnreachable, true)}
	case 3, 4, 5, 6:
		e := failures[p.random.IntN(len(failures))]
		events = append(events, exchange.Headers{Attempt: n, Status: e.status, Header: headers(e.retry)})
		return append(p.pieces(events, n, []byte(e.body)), exchange.Ended{Attempt: n})
	case 7:
		return nil // silence
	}
	body := generate(p.random, s.Endpoint.Schema, p.op, s.Stream)
	events = append(events, exchange.Headers{Attempt: n, Status: 200, Header: headers("")})
	switch chance {
	case 8:
		return append(p.pieces(events, n, body[:p.random.IntN(len(body)+1)]), failed(stats.OutcomeCut, false))
	case 9:
		return append(p.pieces(events, n, body[:p.random.IntN(len(body)+1)]), exchange.Ended{Attempt: n})
	case 10: // it falls silent
		return p.pieces(events, n, body[:p.random.IntN(len(body)+1)])
	}
	return append(p.pieces(events, n, body), exchange.Ended{Attempt: n})
}

// pieces cuts an answer.
func (p *player) pieces(events []exchange.Event, n int, body []byte) []exchange.Event {
	for len(body) > 0 {
		size := len(body)
		if p.random.IntN(3) > 0 {
			size = 1 + p.random.IntN(min(size, 400))
		}
		events = append(events, exchange.Data{Attempt: n, Bytes: body[:size]})
		body = body[size:]
	}
	return events
}

func headers(retry string) func(string) string {
	return func(name string) string {
		switch name {
		case "retry-after":
			return retry
		case "content-type":
			return "application/json"
		}
		return ""
	}
}
