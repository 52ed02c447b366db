package anthropic

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// Usage is what one answer has said of its tokens so far. The zero value is nothing.
//
// A stream says it twice, when it begins and in each message_delta; what is said later
// holds for the whole answer and replaces what was said before, so nothing is added up
// (docs.anthropic.com/en/docs/build-with-claude/streaming: "cumulative").
type Usage struct {
	codec.Counter
	input, read, output, thinks int64
	written                     int64 // to a cache, of either life
	minutes, hour               int64 // the same by life, if that is said
	byLife                      bool
	packed                      *Usage // what compaction took beside all that
}

// Add takes the next document of the answer: a message, or an event of a stream. It must
// have been checked by package scan.
func (u *Usage) Add(doc []byte) {
	c := scan.CursorAt(doc, 0)
	if codec.Within(&c, "message", "usage") { // of message_start
		u.object(&c)
	}
}

func (u *Usage) object(c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		switch string(c.Key()) {
		case "input_tokens":
			u.Count(c, &u.input)
		case "cache_read_input_tokens":
			u.Count(c, &u.read)
		case "cache_creation_input_tokens":
			u.Count(c, &u.written)
		case "cache_creation":
			u.lives(c)
		case "output_tokens":
			u.Count(c, &u.output)
		case "output_tokens_details":
			u.details(c)
		case "iterations":
			u.iterations(c)
		default:
			c.Skip()
		}
	}
}

// lives reads how many tokens were written to last five minutes, and how many for an hour.
func (u *Usage) lives(c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	u.byLife = true
	for c.Next() {
		switch string(c.Key()) {
		case "ephemeral_5m_input_tokens":
			u.Count(c, &u.minutes)
		case "ephemeral_1h_input_tokens":
			u.Count(c, &u.hour)
		default:
			c.Skip()
		}
	}
}

func (u *Usage) details(c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		if string(c.Key()) == "thinking_tokens" {
			u.Count(c, &u.thinks)
		} else {
			c.Skip()
		}
	}
}

// iterations reads the steps of an answer. They are in the sums beside them but for
// compaction, which the same model does and which is paid for
// (docs.anthropic.com/en/docs/build-with-claude/compaction, usage), and for an advisor, which
// is another model: its tokens have another price, and are not counted here.
func (u *Usage) iterations(c *scan.Cursor) {
	if !c.Enter('[') {
		return
	}
	u.packed = nil
	for c.Next() {
		start := c.At
		if !isCompaction(c) {
			continue
		}
		inner := *c
		inner.At = start
		var step Usage
		step.object(&inner)
		if u.packed == nil {
			u.packed = &Usage{}
		}
		u.packed.plus(step)
	}
}

// isCompaction reports whether the step in front of c is one, and steps over it.
func isCompaction(c *scan.Cursor) (yes bool) {
	if !c.Enter('{') {
		return false
	}
	for c.Next() {
		if string(c.Key()) == "type" {
			yes = string(c.Value()) == `"compaction"`
		} else {
			c.Skip()
		}
	}
	return yes
}

func (u *Usage) plus(o Usage) {
	u.byLife = u.byLife || o.byLife
	for _, x := range [...][2]*int64{{&u.input, &o.input}, {&u.read, &o.read}, {&u.output, &o.output}, {&u.thinks, &o.thinks},
		{&u.written, &o.written}, {&u.minutes, &o.minutes}, {&u.hour, &o.hour}} {
		*x[0] = min(*x[0]+*x[1], codec.MaxCount)
	}
}

// Tokens is the same in disjoint buckets. input_tokens are those behind the last cache
// breakpoint (docs.anthropic.com/en/docs/build-with-claude/prompt-caching), so they have
// neither read nor written ones in them; output_tokens have those of thinking.
func (u *Usage) Tokens() llm.Usage {
	if !u.Known {
		return llm.Usage{}
	}
	t := u.buckets()
	if u.packed != nil {
		p := u.packed.buckets()
		t.Input, t.CacheRead, t.CacheWrite, t.CacheWriteHour = t.Input+p.Input, t.CacheRead+p.CacheRead, t.CacheWrite+p.CacheWrite, t.CacheWriteHour+p.CacheWriteHour
		t.Output, t.Reasoning = t.Output+p.Output, t.Reasoning+p.Reasoning
	}
	return t
}

func (u *Usage) buckets() llm.Usage {
	written := u.written
	if u.byLife {
		written = max(written, u.minutes+u.hour)
	}
	hour := min(u.hour, written)
	thinks := min(u.thinks, u.output)
	return llm.Usage{
		Known: true, Input: u.input, CacheRead: u.read, CacheWrite: written - hour, CacheWriteHour: hour,
		Output: u.output - thinks, Reasoning: thinks,
	}
}
