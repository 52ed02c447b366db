package exchange

import "strowger/core/plan"

// kept is what outlives the exchange: reports are kept, its body is not.
type kept struct {
	report      Report
	decision    plan.Decision
	fewAttempts [1]AttemptReport
	fewPlanned  [6]int
}

// New makes an exchange; nothing happens before its first Step, which must be Started. What it is
// made from is Config's, which is to be filled in by then.
func New() *Exchange {
	x := &Exchange{}
	x.Reset()
	return x
}

// maxSpare bounds the memory that a Reset leaves for the bytes of another answer.
const maxSpare = 64 << 10

// Reset makes a new exchange of x, in the memory of one that nobody uses any more: neither its
// commands nor their bytes. Its report, its decision and what it gave to send, to keep or to
// remember stay good.
func (x *Exchange) Reset() {
	taker, out, held := x.taker, x.out, x.held
	*x = Exchange{}
	if cap(out) <= maxSpare {
		x.out = out[:0]
	}
	if cap(held) <= maxSpare {
		x.held = held[:0]
	}
	if x.taker = taker; taker == nil {
		x.taker = x.take
	}
	k := &kept{}
	x.kept, x.decision, k.decision.Plan = k, &k.decision, k.fewPlanned[:0]
	x.cfg.Policy = &k.decision.Policy // large, and the decision's own but for what auto mode chooses
	x.attempts, x.cmds = x.fewAttempts[:0], x.fewCommands[:0]
}

// Config is what the exchange is made from. There is a place for the policy in it.
func (x *Exchange) Config() *Config { return &x.cfg }

// Decision is why the plan is what it is; complete after Started.
func (x *Exchange) Decision() *plan.Decision { return x.decision }
