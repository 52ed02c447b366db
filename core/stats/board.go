package stats

import "time"

// Snapshot answers what is known now about an endpoint.
type Snapshot interface {
	// Read writes to r what is known of an endpoint, which is at the provider of that name: in
	// place, since a decision takes many and they are large. What r held does not count.
	Read(r *Reading, endpoint, provider string, now time.Time)
}

// Board is the live state of all endpoints: the fold of every sample so far, and what
// is in flight. It is not safe for concurrent use; the host guards it.
type Board struct {
	Rules Rules
	// Off are the providers that are switched off by hand, each until a moment.
	Off    map[string]Moment
	health map[string]*Health
	// accounts are the limits of whole accounts, by the provider they are at.
	accounts map[string]*limit
}

// Reading is what Read writes.
func (b *Board) Reading(endpoint, provider string, now time.Time) (r Reading) {
	b.Read(&r, endpoint, provider, now)
	return r
}

// Read writes what is known of the endpoint at now. It is limited until both its own limit
// and that of the account at its provider end.
func (b *Board) Read(r *Reading, endpoint, provider string, now time.Time) {
	at := now.UnixMicro()
	if h := b.health[endpoint]; h != nil {
		h.read(r, at)
	} else {
		*r = Untried()
	}
	if len(b.accounts) > 0 {
		if a := b.accounts[provider]; a != nil {
			if end := a.end(at); end > r.Limited {
				r.Limited, r.LimitedAccount = end, true
			}
		}
	}
	if len(b.Off) > 0 {
		if until := b.Off[provider]; until > MomentOf(now) {
			r.Off = until
		}
	}
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

// Read writes the reading that was taken; of an unknown endpoint, that it was never tried.
func (f Frozen) Read(r *Reading, endpoint, _ string, _ time.Time) {
	taken, ok := f[endpoint]
	if !ok {
		taken = Untried()
	}
	*r = taken
}
