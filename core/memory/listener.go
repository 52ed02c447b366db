package memory

import (
	"slices"

	"strowger/core/codec"
	"strowger/core/llm"
)

// Listener collects calls worth keeping from an answer. The zero value is ready.
type Listener struct {
	open  []Thought // since the last call; that of block is still being said
	block int       // number of the block of the last thought
	begun bool      // the answer has something else than reasoning
	size  int       // of all that is kept, or has been
	calls []heard
}

// heard is a call whose arguments are still being said.
type heard struct {
	Call
	block     int
	arguments llm.Escaped
}

// Listen takes the next deltas of an answer, of which nothing is kept. Of several answers to
// a request only the first counts, and of one only what comes before MaxCall bytes are kept.
func (l *Listener) Listen(deltas []llm.Delta) {
	for i := range deltas {
		d := &deltas[i]
		if d.Choice != 0 || l.size > MaxCall {
			continue
		}
		switch d.Kind {
		case llm.DeltaThought:
			t := l.thought(d)
			t.Text = append(t.Text, d.Text...)
		case llm.DeltaSignature:
			t := l.thought(d)
			t.Signature, t.Origin = append(t.Signature, d.Text...), d.Origin
		case llm.DeltaRedacted:
			l.size += len(d.Text) + perThought
			l.open = append(l.open, Thought{Signature: slices.Clone(d.Text), Redacted: true, First: !l.begun, Origin: d.Origin})
			l.block = d.Block
		case llm.DeltaCall:
			l.call(d)
			l.begun = true
		case llm.DeltaArguments:
			l.argue(d)
		case llm.DeltaText, llm.DeltaRefusal:
			l.begun = l.begun || len(d.Text) > 0
		}
	}
}

// thought is the one that is being said in d's block.
func (l *Listener) thought(d *llm.Delta) *Thought {
	l.size += len(d.Text)
	if n := len(l.open); n == 0 || l.block != d.Block || l.open[n-1].Redacted {
		l.size += perThought
		l.open = append(l.open, Thought{First: !l.begun})
		l.block = d.Block
	}
	return &l.open[len(l.open)-1]
}

func (l *Listener) call(d *llm.Delta) {
	thoughts := slices.DeleteFunc(l.open, func(t Thought) bool { return len(t.Signature) == 0 })
	l.open = nil
	if len(d.Signature) == 0 && len(thoughts) == 0 {
		return
	}
	l.size += len(d.ID) + len(d.Name) + len(d.Text) + len(d.Signature) + perCall
	l.calls = append(l.calls, heard{
		Call:  Call{ID: codec.Plain(d.ID), Name: codec.Plain(d.Name), Signature: slices.Clone(d.Signature), Origin: d.Origin, Thoughts: thoughts},
		block: d.Block, arguments: slices.Clone(d.Text),
	})
}

// argue takes more of the arguments of a call that is kept.
func (l *Listener) argue(d *llm.Delta) {
	for i := len(l.calls) - 1; i >= 0; i-- {
		if c := &l.calls[i]; c.block == d.Block {
			l.size += len(d.Text)
			c.arguments = append(c.arguments, d.Text...)
			return
		}
	}
}

// Take gives the calls that have come since it was called last, but for those whose arguments
// are not complete.
func (l *Listener) Take() (calls []Call) {
	for i := range l.calls {
		c := &l.calls[i]
		if c.Arguments = HashArguments([]byte(codec.Plain(c.arguments))); c.Arguments != 0 {
			calls = append(calls, c.Call)
		}
	}
	l.calls = nil
	return calls
}
