package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"strowger/bench/provider"
)

// company are the simulated providers, and what each of them did for every question that is
// under way. It decides on the faults itself, by question and not by arrival, and so knows
// what an answer may look like without asking strowger.
type company struct {
	seed   uint64
	actors []*actor

	open, visits, begun atomic.Int64 // begun: answers to go on with

	mu     sync.Mutex
	acts   map[string]*act // by name of the question
	faults map[provider.Fault]int
	wrong  []string // what strowger asked and must not
}

// actor is a provider.
type actor struct {
	name     string
	rate     float64 // of faults
	assemble bool
	number   uint64
	company  *company
	p        *provider.Provider
	http     http.Server
	served   chan error
	url      string
}

// act is what was done for a question.
type act struct {
	users  int // callers that wait for it now
	q      *question
	visits []visit
}

// visit is one request that came to a provider.
type visit struct {
	provider string
	fault    provider.Fault // "" for none
}

// had reports whether a provider did that.
func had(visits []visit, f provider.Fault) bool {
	for _, v := range visits {
		if v.fault == f {
			return true
		}
	}
	return false
}

// newCompany starts the providers; rate is the part of their answers that goes wrong.
func newCompany(seed uint64, rate float64) (*company, error) {
	c := &company{seed: seed, acts: map[string]*act{}, faults: map[provider.Fault]int{}, actors: []*actor{
		{name: "alder", rate: min(2*rate, 1)}, {name: "birch", rate: rate}, {name: "cedar", rate: rate / 4},
		{name: "elm", rate: rate}, {name: "fir", rate: rate / 2, assemble: true},
	}}
	for i, a := range c.actors {
		a.company, a.number = c, uint64(i)
		a.p = provider.New(provider.Options{Name: a.name, Key: providerKey, Seed: seed + uint64(i)})
		if err := a.serve(); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

func (a *actor) serve() error {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("provider %s: %w", a.name, err)
	}
	a.url, a.served = "http://"+l.Addr().String(), make(chan error, 1)
	a.http.Handler = a
	go func() { a.served <- a.http.Serve(l) }()
	return nil
}

// close breaks every connection.
func (c *company) close() error {
	var errs []error
	for _, a := range c.actors {
		if a.served == nil {
			continue
		}
		errs = append(errs, a.http.Close())
		if err := <-a.served; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// begin is called before a question is asked.
func (c *company) begin(q *question) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.acts[q.name]
	if a == nil {
		a = &act{q: q}
		c.acts[q.name] = a
	}
	a.users++
}

// look is what was done for a question so far. What is in the cache may have come long ago.
func (c *company) look(q *question) []visit {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]visit(nil), c.acts[q.name].visits...)
}

// end forgets a question; those that come again stay.
func (c *company) end(q *question) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.acts[q.name]; a != nil {
		if a.users--; a.users == 0 && !q.kind.same {
			delete(c.acts, q.name)
		}
	}
}

// tokens are what all providers took in and sent, by answers that were begun.
func (c *company) tokens() (input, output int64) {
	for _, a := range c.actors {
		in, out := a.p.Tokens()
		input, output = input+in, output+out
	}
	return input, output
}

func (c *company) blame(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

var userMark = []byte(`"user":"`)

// ServeHTTP answers as chance has it for this question at this provider at this time.
func (a *actor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.company.open.Add(1)
	a.company.visits.Add(1)
	defer a.company.open.Add(-1)
	body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	if err != nil {
		return // whoever sent it is gone
	}
	_, rest, _ := bytes.Cut(body, userMark)
	name, _, _ := bytes.Cut(rest, []byte(`"`))
	fault, q := a.company.visit(a, string(name))
	if q != nil && bytes.Contains(body, []byte(`"role":"assistant"`)) {
		body, fault = a.goOn(q, body, fault)
	}
	if fault != "" {
		r.Header.Set("x-sim-fault", fault)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	a.p.ServeHTTP(w, r)
}

// visit notes that a question has come, and says what is done about it; q is nil if its
// caller is not there any more.
func (c *company) visit(a *actor, name string) (directive string, q *question) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do := c.acts[name]
	if do == nil {
		return "", nil
	}
	fault, directive := a.luck(do)
	c.faults[fault]++
	do.visits = append(do.visits, visit{a.name, fault})
	return directive, do.q
}

// statuses are what the fault of that name answers with.
var statuses = [...]string{"500", "500", "502", "503", "503;retry-after=1", "529", "429;retry-after=1", "429", "408", "404", "400", "422", "401"}

// luck draws a fault, as the value of the header x-sim-fault.
func (a *actor) luck(do *act) (f provider.Fault, directive string) {
	var key uint64
	for _, c := range do.q.name {
		key = key*31 + uint64(c)
	}
	n := uint64(len(do.visits))
	roll := func(purpose uint64) uint64 { return draw(a.company.seed, purpose, key, a.number, n) }
	if chance(a.company.seed, drawFault, key, a.number, n) >= a.rate {
		return "", ""
	}
	faults := provider.Faults()
	f = faults[roll(drawWhich)%uint64(len(faults))]
	switch {
	case f == provider.FaultStatus:
		return f, "status;status=" + statuses[roll(drawStatus)%uint64(len(statuses))]
	case f == provider.FaultTrickle && do.q.tokens > 100:
		return "", "" // it would be a million writes
	}
	after := roll(drawAfter)
	if most := uint64(do.q.tokens); after&1 == 0 {
		after = after >> 8 % (most + 1)
	} else {
		after = after >> 8 % 3
	}
	return f, fmt.Sprintf("%s;after=%d", f, after)
}

// goOn makes a request that brings the beginning of an answer one for the rest of it.
func (a *actor) goOn(q *question, body []byte, fault string) ([]byte, string) {
	a.company.begun.Add(1)
	var fields map[string]json.RawMessage
	var messages []struct{ Role, Content string }
	if json.Unmarshal(body, &fields) != nil || json.Unmarshal(fields["messages"], &messages) != nil || len(messages) < 2 {
		a.company.blame("%s: cannot be read: %s", q.name, clip(string(body)))
		return body, fault
	}
	begun := messages[len(messages)-1]
	rest, ok := strings.CutPrefix(q.text, begun.Content)
	if begun.Role != "assistant" || !ok || a.name != "elm" {
		a.company.blame("%s: %s is to go on with %q, which is no beginning of %q", q.name, a.name, clip(begun.Content), clip(q.text))
		return body, fault
	}
	ask := strings.Replace(messages[0].Content, ` text="`+q.text+`"`, ` text="`+rest+`"`, 1)
	fields["messages"] = json.RawMessage(`[{"role":"user","content":` + quoted(ask) + `}]`)
	if rest == "" { // without a text words would be made up
		fault = string(provider.FaultEmpty)
	}
	body, err := json.Marshal(fields)
	if err != nil {
		a.company.blame("%s: %v", q.name, err)
	}
	return body, fault
}

// clip shows the beginning of a text.
func clip(s string) string {
	const most = 300
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
