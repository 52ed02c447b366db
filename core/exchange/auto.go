package exchange

import (
	"slices"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/limits"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/scan"
	"strowger/core/stats"
)

// Decide is the decision on the request under what is known at now, without anything being
// sent; or the error that the request earned.
func (x *Exchange) Decide(now time.Time, ev Started) (plan.Decision, *llm.Error) {
	return x.cfg.Decide(now, ev)
}

// Decide is Exchange.Decide without an exchange.
func (c *Config) Decide(now time.Time, ev Started) (plan.Decision, *llm.Error) {
	if c.Refused != nil {
		return plan.Decision{}, c.Refused
	}
	c.restore(now, ev.Memory)
	var in plan.Input
	c.input(&in, now, ev)
	_, d := plan.Make(in)
	return d, nil
}

// input makes what the plan is made from, and tells how the request's limits stand.
func (c *Config) input(in *plan.Input, now time.Time, ev Started) limits.Standing {
	in.Request, in.Policy, in.Catalog, in.Stats, in.Now, in.Seed = c.Request, *c.Policy, c.Catalog, ev.Stats, now, c.Seed
	in.Lost, in.Task = c.Lost, c.Task
	if in.Task != nil {
		in.Last, _ = c.recall(now, ev.Conversations)
		in.Learned = ev.Learned
	}
	standing, limited := ev.Ledger.Standing(now, c.Policy.Limits)
	if limited {
		in.Funds = &plan.Funds{Left: standing.Left, Limit: standing.Limit}
	}
	return standing
}

// talks reports whether the request is a turn of a conversation that auto mode chooses models for.
func (x *Exchange) talks() bool {
	t := x.cfg.Task
	if t == nil || t.Conversation == 0 {
		return false
	}
	op := x.cfg.Request.Operation
	return op == llm.OperationChat || op == llm.OperationCompletion
}

// recall is the last turn of the request's thread; own is true. Of a thread that is new, or
// was forgotten, it is that of the whole conversation; nil if none is remembered. What has
// just begun finds nothing of its own in the provider's cache; and where the caller does not say
// who speaks it follows nobody, as others begin with the same words.
func (c *Config) recall(now time.Time, all *pool.Conversations) (last *pool.Turn, own bool) {
	t := c.Task
	if t == nil || t.Conversation == 0 || t.Begins && !t.Named {
		return nil, false
	}
	if last = all.Last(now, t.Thread); last != nil {
		return last, true
	}
	if last = all.Last(now, t.Conversation); last != nil && t.Begins {
		cold := *last
		cold.Warm = 0
		last = &cold
	}
	return last, false
}

// judge gives the verdict on the thread's last answer that the request implies, once.
func (x *Exchange) judge(c *pool.Conversations) {
	last, own := x.cfg.recall(x.now, c)
	if !own || !x.talks() || !last.Answered || last.Judged {
		return
	}
	source := verdict(x.cfg.Task, last)
	if source == pool.VerdictNone {
		return
	}
	good := source == pool.VerdictContinued || source == pool.VerdictToolWorked
	x.do(Judge{pool.Verdict{Decision: last.Decision, Model: last.Model, Good: good, Source: source}})
	judged := *last
	judged.Judged = true
	for i, key := range [...]uint64{x.cfg.Task.Thread, x.cfg.Task.Conversation} {
		kept := c.Last(x.now, key)
		if kept != nil && kept.Decision == last.Decision && (i == 0 || key != x.cfg.Task.Thread) {
			x.do(Converse{key, judged})
		}
	}
}

// verdict is what a request says about the answer before it. One with fewer messages than
// that had, as when the user has gone back and said something else, says nothing.
func verdict(t *pool.Task, last *pool.Turn) pool.VerdictSource {
	switch {
	case t.Unread:
	case t.Question == last.Question:
		return pool.VerdictRegenerated
	case t.Tools.LastFailed:
		return pool.VerdictToolFailed
	case t.Tools.Loop:
		return pool.VerdictToolWorked
	case t.Words && t.Messages > last.Messages:
		return pool.VerdictContinued
	}
	return pool.VerdictNone
}

// converse notes the turn, if an answer to it has begun; whole: it is complete. If the chosen
// model began an answer and another had to be asked, that is a verdict already.
func (x *Exchange) converse(whole bool) {
	if !x.committed || !x.talks() {
		return
	}
	task, a := x.cfg.Task, &x.attempts[x.serving-1]
	turn := pool.Turn{
		Decision: x.cfg.ID, Model: a.candidate.Endpoint.Model, Question: task.Question, Messages: task.Messages,
		At: x.now, Difficulty: task.Difficulty, Answered: whole,
	}
	if u := &a.usage; a.stage == stageSent {
		turn.Warm = u.Total() - u.Reasoning
	}
	if model := x.gaveWay(); model != "" {
		turn.Judged = true
		x.do(Judge{pool.Verdict{Decision: x.cfg.ID, Model: model, Source: pool.VerdictFallback}})
	}
	thread := task.Calling(a.called)
	x.do(Converse{thread, turn})
	if task.Conversation != thread {
		x.do(Converse{task.Conversation, turn})
	}
}

// hear keeps the id of the answer's first tool call, by which the conversation goes on.
func (x *Exchange) hear(a *attempt, e *llm.Event) {
	if x.cfg.Task == nil || len(a.called) > 0 || !e.Content || e.Plain {
		return
	}
	for i := range e.Deltas {
		if d := &e.Deltas[i]; d.Kind == llm.DeltaCall && d.Choice == 0 {
			a.called = slices.Clone(d.ID)
			return
		}
	}
	if len(e.Deltas) == 0 && e.Schema == llm.SchemaOpenAI { // whose own callers do without
		a.called = slices.Clone(firstCall(e))
	}
}

// firstCall is the id of the first tool call in the first choice of a chat completion or a chunk
// of one, as it is escaped there; nil if there is none.
func firstCall(e *llm.Event) []byte {
	c := scan.CursorAt(e.Raw, e.Object.Start)
	if !member(&c, "choices") || !c.Enter('[') || !c.Next() || !member(&c, "delta", "message") ||
		!member(&c, "tool_calls") || !c.Enter('[') || !c.Next() || !member(&c, "id") || c.Peek() != '"' {
		return nil
	}
	id := c.Value()
	return id[1 : len(id)-1]
}

// member moves the cursor into the object in front of it, to the value of the first member of one
// of those names; false if there is none.
func member(c *scan.Cursor, names ...string) bool {
	if !c.Enter('{') {
		return false
	}
	for c.Next() {
		if slices.Contains(names, string(c.Key())) {
			return true
		}
		c.Skip()
	}
	return false
}

// gaveWay is the chosen model, if it answered and yet another was asked; else empty. What
// only the way to it is to blame for is no fault of the model.
func (x *Exchange) gaveWay() string {
	chosen, spoke := x.decision.Policy.Model, false
	for i := range x.attempts {
		switch a := &x.attempts[i]; {
		case a.candidate.Endpoint.Model != chosen:
			if spoke && a.stage == stageSent {
				return chosen
			}
		case a.content && (a.outcome == stats.OutcomeCut || a.outcome == stats.OutcomeBadAnswer), a.outcome == stats.OutcomeFiltered:
			spoke = true
		}
	}
	return ""
}
