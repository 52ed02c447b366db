package stats

import "time"

// Snapshot answers what is known now about an endpoint.
type Snapshot interface {
	// Reading is what is known of an endpoint, which is at the provider of that name.
	Reading(endpoint, provider string, now time.Time) Reading
}

// Board is the live state of all endpoints: the fold of every sample so far, and what
// is in flight. It is not safe for concurrent use; the host guards it.
type Board struct {
	Rules  Rules
	health map[string]*Health
	// accounts are the limits of whole accounts, by the provider they are at.
	accounts map[string]*limit
}

// Reading is what is known of the endpoint at now. It is limited until both its own limit
// and that of the account at its provider end.
func (b *Board) Reading(endpoint, provider string, now time.Time) Reading {
	r := b.reading(endpoint, now)
	if a := b.accounts[provider]; a != nil {
		if end := a.end(now.UnixMicro()); end > r.Limited {
			r.Limited, r.LimitedAccount = end, true
		}
	}
	return r
}

func (b *Board) reading(endpoint string, now time.Time) Reading {
	if h := b.health[endpoint]; h != nil {
		return h.Read(now)
	}
	return untried()
}

// Fold adds a sample.
func (b *Board) Fold(s Sample) {
	h := b.at(s.Endpoint)
	h.fold(&b.Rules, &s)
	if s.Account != "" {
		h.provider = s.Account
		if b.accounts[s.Account] == nil {
			if b.accounts == nil {
				b.accounts = map[string]*limit{}
			}
			b.accounts[s.Account] = &limit{}
		}
	}
	if a := b.accounts[h.provider]; a != nil {
		a.judge(&s, ofAccount)
	}
}

// Begin counts an attempt as in flight since now; Finish, with the same endpoint, ends it.
// Provider is where the endpoint is: what succeeds there shows that the account is not limited.
func (b *Board) Begin(endpoint, provider string, now time.Time) {
	h := b.at(endpoint)
	h.provider = provider
	h.inFlight++
	h.circuit.begin(now.UnixMicro())
}

// Finish ends what Begin counted. Its sample, if there is one, is folded after it.
func (b *Board) Finish(endpoint string) {
	h := b.at(endpoint)
	if h.inFlight = max(h.inFlight-1, 0); h.inFlight == 0 {
		h.circuit.probes, h.circuit.answering = 0, 0
	}
}

// Answering notes that an attempt in flight carries content. If it was the probe of a
// circuit that rests, another may begin: a long answer is not waited for.
func (b *Board) Answering(endpoint string) { b.at(endpoint).circuit.answer() }

// Pick notes that the endpoint was chosen in its turn; count is its new number of picks.
func (b *Board) Pick(endpoint string, count int64) { b.at(endpoint).picked = count }

func (b *Board) at(endpoint string) *Health {
	h := b.health[endpoint]
	if h == nil {
		if b.health == nil {
			b.health = map[string]*Health{}
		}
		h = &Health{}
		b.health[endpoint] = h
	}
	return h
}

// Frozen is a Snapshot of readings taken earlier, such as those of a recorded decision.
type Frozen map[string]Reading

// Reading is the reading that was taken; of an unknown endpoint, that it was never tried.
func (f Frozen) Reading(endpoint, _ string, _ time.Time) Reading {
	if r, ok := f[endpoint]; ok {
		return r
	}
	return untried()
}
