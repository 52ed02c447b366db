package filter

import (
	"encoding/binary"
	"time"

	"strowger/core/limits"
	"strowger/core/stats"
	"strowger/edge/abi"
)

// Under these keys the plugins of a proxy share what they know: samples are a ring, accounts a
// document as package abi has it.
const (
	samplesKey  = "strowger.1.samples"
	accountsKey = "strowger.1.accounts"
)

const (
	swaps      = 10 // tries of a compare-and-swap
	maxSamples = 64 // in the ring
	maxSample  = 2 << 10
	maxOwed    = 256
	noAccounts = `{"accounts":[],"rates":[]}`
)

// What keeps the accounts from being changed.
const (
	crowded    = "the accounts of limits are written by others all the time; try again"
	unreadable = "the accounts of limits cannot be read, so that nothing limited is let in; restart the proxy"
)

// book changes the accounts that all plugins share, if change says that it did. It returns why it
// could not; empty if all is well. Where the proxy shares nothing this plugin has its own.
//
// A swap number of 0 compares nothing, so that a first value cannot be written safely: it is
// empty, and written before there are requests.
func (p *Plugin) book(now time.Time, change func(*limits.Ledger) bool) (problem string) {
	for range swaps {
		doc, swap, status := p.host.Get(accountsKey)
		switch status {
		case OK:
		case NotFound:
			p.host.Set(accountsKey, []byte(noAccounts), 0)
			continue
		default:
			change(&p.state.Ledger)
			return ""
		}
		accounts, dues, err := abi.ReadAccounts(doc)
		if err != nil {
			if !change(&p.state.Ledger) {
				return "" // nothing is limited
			}
			p.host.Log(Error, "strowger: "+unreadable+": "+err.Error())
			return unreadable
		}
		p.state.Ledger.Load(accounts, dues)
		if !change(&p.state.Ledger) {
			return ""
		}
		switch p.host.Set(accountsKey, abi.AppendAccounts(nil, &p.state.Ledger, now), swap) {
		case OK:
			return ""
		case SwapMismatch:
		default:
			return "" // nothing is shared any more
		}
	}
	return crowded
}

// settle ends what an exchange had reserved. What cannot be written now is written with the next.
func (p *Plugin) settle(now time.Time, amount limits.Admission, spent int64) {
	p.owed = append(p.owed, debt{amount, spent})
	problem := p.book(now, func(l *limits.Ledger) bool {
		for _, d := range p.owed {
			l.Settle(now, d.Admission, d.spent)
		}
		return true
	})
	if problem == "" {
		p.owed = nil
		return
	}
	if len(p.owed) > maxOwed {
		p.owed = p.owed[1:]
		p.host.Log(Error, "strowger: "+problem+"; money stays reserved that was not spent")
	}
}

// debt is a reservation to be ended.
type debt struct {
	limits.Admission
	spent int64
}

// ring is what is shared of samples: the number of the next one, and for each, oldest first, who
// measured it, its length and its JSON.
type ring struct {
	next    uint64
	entries []measured
}

type measured struct {
	by   uint64
	json []byte
}

// readRing reads a ring; what is no ring is an empty one.
func readRing(b []byte) (r ring) {
	if len(b) < 8 {
		return ring{}
	}
	r.next, b = binary.LittleEndian.Uint64(b), b[8:]
	for len(b) > 0 {
		if len(b) < 12 || len(r.entries) == maxSamples {
			return ring{}
		}
		by, size := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint32(b[8:])
		if b = b[12:]; uint64(size) > uint64(len(b)) {
			return ring{}
		}
		r.entries = append(r.entries, measured{by, b[:size]})
		b = b[size:]
	}
	if r.next < uint64(len(r.entries)) {
		return ring{}
	}
	return r
}

func (r *ring) appendTo(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, r.next)
	for _, e := range r.entries {
		dst = binary.LittleEndian.AppendUint64(dst, e.by)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(e.json)))
		dst = append(dst, e.json...)
	}
	return dst
}

func (r *ring) add(by uint64, json []byte) {
	if len(r.entries) == maxSamples {
		r.entries = r.entries[1:]
	}
	r.entries = append(r.entries, measured{by, json})
	r.next++
}

// learn folds what others have measured since the last time.
func (p *Plugin) learn() {
	b, swap, status := p.host.Get(samplesKey)
	if status != OK || swap == p.swap && swap != 0 {
		return
	}
	p.swap = swap
	p.fold(readRing(b))
}

func (p *Plugin) fold(r ring) {
	if r.next < p.known { // the ring began anew
		p.known = 0
	}
	first := r.next - uint64(len(r.entries))
	for i, e := range r.entries {
		if e.by == p.self || first+uint64(i) < p.known {
			continue
		}
		if s, err := abi.ReadSample(e.json); err == nil {
			p.measured(s)
		}
	}
	p.known = r.next
}

// measured folds a sample of another plugin's, if some configuration here has its endpoint.
func (p *Plugin) measured(s stats.Sample) {
	for _, root := range p.roots {
		if root.setup != nil && root.setup.router.Catalog().Endpoint(s.Endpoint) != nil {
			p.state.Board.Fold(s)
			return
		}
	}
}

// share tells the others of a sample.
func (p *Plugin) share(s stats.Sample) {
	json := abi.AppendSample(nil, s)
	if len(json) > maxSample {
		return
	}
	for range swaps {
		b, swap, status := p.host.Get(samplesKey)
		if status == NotFound {
			if p.host.Set(samplesKey, (&ring{}).appendTo(nil), 0) != OK {
				return
			}
			continue
		}
		if status != OK {
			return
		}
		r := readRing(b)
		p.fold(r)
		r.add(p.self, json)
		p.known = r.next
		if p.host.Set(samplesKey, r.appendTo(nil), swap) != SwapMismatch {
			return
		}
	} // the others do without it
}
