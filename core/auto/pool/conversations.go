package pool

import (
	"slices"
	"time"
)

// The bounds of Conversations: how many, and how long one is kept since its last turn.
const (
	MaxConversations = 4096
	Lasts            = time.Hour
	// WarmFor is how long a provider's prompt cache is taken to last
	// (docs.anthropic.com/en/docs/build-with-claude/prompt-caching: 5 minutes).
	WarmFor = 5 * time.Minute
)

// Conversations remembers the last turn of each conversation, or of each thread of one. The
// zero value remembers nothing yet. It is not safe for concurrent use; the host guards it.
type Conversations struct {
	turns map[uint64]*Turn
	noted []noted // in their order; those that later ones have replaced among them
}

type noted struct {
	conversation uint64
	turn         *Turn
}

// Last is the last turn of a conversation; nil if none is remembered at now. It is not changed
// by later ones.
func (c *Conversations) Last(now time.Time, conversation uint64) *Turn {
	if c == nil {
		return nil
	}
	t := c.turns[conversation]
	if t == nil || now.Sub(t.At) >= Lasts {
		return nil
	}
	return t
}

// Note keeps a turn as the last one of its conversation; those noted first go when it gets too
// many, and those that are too old.
func (c *Conversations) Note(conversation uint64, t Turn) {
	if c.turns == nil {
		c.turns = map[uint64]*Turn{}
	}
	c.turns[conversation] = &t
	c.noted = append(c.noted, noted{conversation, &t})
	n := 0
	for ; n < len(c.noted); n++ {
		first := &c.noted[n]
		if c.replaced(*first) {
			continue
		}
		if len(c.turns) <= MaxConversations && t.At.Sub(first.turn.At) < Lasts {
			break
		}
		delete(c.turns, first.conversation)
	}
	c.noted = c.noted[n:]
	if len(c.noted) >= 2*MaxConversations { // at least half of them go
		c.noted = slices.DeleteFunc(c.noted, c.replaced)
	}
}

func (c *Conversations) replaced(n noted) bool { return c.turns[n.conversation] != n.turn }
