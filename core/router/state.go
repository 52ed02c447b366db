package router

import (
	"time"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/limits"
	"strowger/core/memory"
	"strowger/core/stats"
)

// State is what is known now: how endpoints do, what has been spent, and what belongs to the
// tool calls of the last hour. The zero value is
// a beginning. It is not safe for concurrent use; the host guards it.
type State struct {
	Board  stats.Board
	Ledger limits.Ledger
	Memory memory.Store // of tool calls
	// Of auto mode.
	Conversations pool.Conversations
	Learned       *pool.Learned // nil: nothing; hosts that learn replace it
}

// Started is the event that begins an exchange under the state.
func (s *State) Started() exchange.Started {
	return exchange.Started{Stats: &s.Board, Ledger: &s.Ledger, Memory: &s.Memory, Conversations: &s.Conversations, Learned: s.Learned}
}

// Apply notes what commands mean for the state: what is in flight, whose turn it
// was, what was measured and what was spent. The host calls it with the commands of every
// step and its moment, guarding the state; for Started, Step and Apply are one critical
// section.
func (s *State) Apply(now time.Time, cmds []exchange.Command) {
	b := &s.Board
	for _, cmd := range cmds {
		switch cmd := cmd.(type) {
		case exchange.Send:
			b.Begin(cmd.Endpoint.ID, cmd.Endpoint.Provider, now)
			if cmd.Turn != 0 {
				b.Pick(cmd.Endpoint.ID, cmd.Turn)
			}
		case exchange.Record:
			b.Finish(cmd.Sample.Endpoint)
			b.Fold(cmd.Sample)
		case exchange.Answering:
			b.Answering(cmd.Endpoint)
		case exchange.Remember:
			s.Memory.Keep(now, cmd.Key, cmd.Calls)
		case exchange.Converse:
			s.Conversations.Note(cmd.Conversation, cmd.Turn)
		case exchange.Admit:
			s.Ledger.Admit(now, cmd.Admission)
		case exchange.Settle:
			s.Ledger.Settle(now, cmd.Admission, cmd.Spent)
		}
	}
}

// Pending is what an exchange has begun and not ended. A host that gives an exchange up
// before its Finish has State forget it. The zero value is nothing.
type Pending struct {
	endpoint string // of the attempt in flight
	admitted *limits.Admission
	spent    catalog.MicroDollars
}

// Note takes the commands of a step.
func (p *Pending) Note(cmds []exchange.Command) {
	for _, cmd := range cmds {
		switch cmd := cmd.(type) {
		case exchange.Send:
			p.endpoint = cmd.Endpoint.ID
		case exchange.Record:
			p.endpoint = ""
			p.spent += cmd.Sample.Cost
		case exchange.Admit:
			p.admitted = &cmd.Admission
		case exchange.Settle:
			p.admitted = nil
		}
	}
}

// Abandon ends what is pending of an exchange that cannot end it any more: its attempt is
// not in flight, and of the money reserved for it what was spent is counted. It gives the
// Settle that the exchange owes; false if it owes none.
func (s *State) Abandon(now time.Time, p *Pending) (owed exchange.Settle, owes bool) {
	if p.endpoint != "" {
		s.Board.Finish(p.endpoint)
	}
	if p.admitted != nil {
		owed, owes = exchange.Settle{Admission: *p.admitted, Spent: p.spent}, true
		s.Ledger.Settle(now, owed.Admission, owed.Spent)
	}
	*p = Pending{}
	return owed, owes
}
