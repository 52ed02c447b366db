package proxy

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/stats"
)

// Disable has nothing sent to a provider until a moment: a decision excludes its endpoints and
// says so. Exchanges that are planned already go on. The zero time ends it.
func (p *Proxy) Disable(provider string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := &p.state.Board
	if until.IsZero() {
		delete(b.Off, provider)
		return
	}
	if b.Off == nil {
		b.Off = map[string]stats.Moment{}
	}
	b.Off[provider] = stats.MomentOf(until)
}

// drill is an outage that is played: until a moment every attempt is answered with a status.
type drill struct {
	until  time.Time
	status int
}

// Drill has every attempt at a provider fail with a status, without being sent, until a moment:
// fallback, circuit and recovery do what they would do in an outage. The zero time ends it.
func (p *Proxy) Drill(provider string, until time.Time, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.IsZero() {
		delete(p.drills, provider)
		return
	}
	if p.drills == nil {
		p.drills = map[string]drill{}
	}
	p.drills[provider] = drill{until, status}
}

// drilled is the status that attempts at a provider are to fail with; 0: none. It holds Proxy.mu.
func (p *Proxy) drilled(provider string) int {
	d, ok := p.drills[provider]
	if !ok {
		return 0
	}
	if !time.Now().Before(d.until) {
		delete(p.drills, provider)
		return 0
	}
	return d.status
}

// drillBody is an error as each schema has it.
const drillBody = `{"type":"error","error":{"type":"outage_drill","message":"outage drill: nothing was sent"}}`

// drill answers as a provider that is out would.
func (a *attempt) drill(status int) {
	h := http.Header{"Content-Type": {"application/json"}}
	_ = a.tell(exchange.Headers{Attempt: a.n, Status: status, Header: header(h)}) &&
		a.tell(&exchange.Data{Attempt: a.n, Bytes: []byte(drillBody)}) &&
		a.tell(exchange.Ended{Attempt: a.n})
}

// Readings are what is known now of endpoints, in their order.
func (p *Proxy) Readings(of []*catalog.Endpoint) []stats.Reading {
	all, now := make([]stats.Reading, len(of)), time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, e := range of {
		all[i] = p.state.Board.Reading(e.ID, e.Provider, now)
	}
	return all
}

// heard is the last answer of a provider that said what is left of its limits.
type heard struct {
	at     time.Time
	header func(name string) string
}

// limitsHeard keeps the last of them by provider.
type limitsHeard struct{ by sync.Map }

// note keeps an answer's headers if they say anything of limits. They are read when asked for.
func (l *limitsHeard) note(provider string, header func(name string) string) {
	for _, name := range restNames {
		if header(name) != "" {
			l.by.Store(provider, &heard{time.Now(), header})
			return
		}
	}
}

// restNames are the headers that say what is left.
var restNames = func() (names []string) {
	for _, name := range exchange.HeaderNames() {
		if strings.Contains(name, "remaining") {
			names = append(names, name)
		}
	}
	return names
}()

// Remaining is what a provider's last answer said is left of its limits, unless that has been
// reset since.
func (p *Proxy) Remaining(provider string) (left []exchange.Remaining) {
	v, ok := p.limits.by.Load(provider)
	if !ok {
		return nil
	}
	last, now := v.(*heard), time.Now()
	for _, r := range exchange.RemainingOf(last.at, last.header) {
		if r.Reset.After(now) || r.Reset.IsZero() && now.Sub(last.at) < time.Minute {
			left = append(left, r)
		}
	}
	return left
}
