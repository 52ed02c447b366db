package stats

import "time"

// Snapshot answers what is known now about an endpoint.
type Snapshot interface {
	Reading(endpoint string, now time.Time) Reading
}

// Board is the live state of all endpoints: the fold of every sample so far, and what
// is in flight. It is not safe for concurrent use; the host guards it.
type Board struct {
	Rules  Rules
	health map[string]*Health
}

// Reading is what is known of the endpoint at now.
func (b *Board) Reading(endpoint string, now time.Time) Reading {
	if h := b.health[endpoint]; h != nil {
		return h.Read(now)
	}
	return untried()
}

// Fold adds a sample.
func (b *Board) Fold(s Sample) {
	b.at(s.Endpoint).fold(&b.Rules, &s)
}

// Begin counts an attempt as in flight; Finish, with the same endpoint, ends it.
func (b *Board) Begin(endpoint string) {
	h := b.at(endpoint)
	h.inFlight++
	if h.opened > 0 {
		h.probes++
	}
}

// Finish ends what Begin counted.
func (b *Board) Finish(endpoint string) {
	h := b.at(endpoint)
	h.inFlight = max(h.inFlight-1, 0)
	h.probes = min(h.probes, h.inFlight)
}

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
func (f Frozen) Reading(endpoint string, _ time.Time) Reading {
	if r, ok := f[endpoint]; ok {
		return r
	}
	return untried()
}
