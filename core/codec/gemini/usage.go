package gemini

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// Usage is what one answer has said of its tokens so far
// (https://ai.google.dev/api/generate-content#UsageMetadata). The zero value is nothing. Events
// of a stream say how many there are up to them, and the last that says so counts, whole: it
// may leave out what earlier ones had, and has it in another number then.
type Usage struct {
	codec.Counter
	hasTotal                                           bool
	prompt, cached, toolUse, candidates, thoughts, sum int64
}

// Add takes the next document of the answer: all of it, or an event of a stream. It must
// have been checked by package scan.
func (u *Usage) Add(doc []byte) {
	c := scan.CursorAt(doc, 0)
	if codec.Within(&c, "", "usageMetadata") {
		u.read(&c)
	}
}

// read reads the usageMetadata in front of c, and reports whether it states what it costs.
func (u *Usage) read(c *scan.Cursor) (priced bool) {
	if !c.Enter('{') {
		return false
	}
	var said Usage
	for c.Next() {
		key := c.Key()
		priced = priced || string(key) == "cost"
		said.member(key, c)
	}
	if said.Known { // some say only which kind of traffic it is
		*u = said
	}
	return priced
}

func (u *Usage) member(key []byte, c *scan.Cursor) {
	switch string(key) {
	case "promptTokenCount":
		u.Count(c, &u.prompt)
	case "cachedContentTokenCount":
		u.Count(c, &u.cached)
	case "toolUsePromptTokenCount":
		u.Count(c, &u.toolUse)
	case "candidatesTokenCount":
		u.Count(c, &u.candidates)
	case "thoughtsTokenCount":
		u.Count(c, &u.thoughts)
	case "totalTokenCount":
		u.hasTotal = u.Count(c, &u.sum) || u.hasTotal
	default:
		c.Skip()
	}
}

// Tokens is the same in disjoint buckets. promptTokenCount has the cached tokens in it;
// thoughts and what tools have put into the prompt stand beside the other counts, and the
// total is the sum of the four. Where it is not, it is the total that tells: more than the
// sum is output that has no name, less by exactly the thoughts or the tools' means that
// these are in the count beside them.
func (u *Usage) Tokens() llm.Usage {
	if !u.Known {
		return llm.Usage{}
	}
	prompt, output, thoughts := u.prompt+u.toolUse, u.candidates+u.thoughts, u.thoughts
	if u.hasTotal {
		switch missing := u.sum - prompt - output; {
		case missing > 0 && output == 0 && prompt == 0:
			prompt = missing
		case missing > 0:
			output += missing
			thoughts += missing
		case missing == 0:
		case missing == -u.thoughts:
			output = u.candidates
		case missing == -u.toolUse:
			prompt = u.prompt
		}
	}
	prompt, output = min(prompt, codec.MaxCount), min(output, codec.MaxCount)
	thoughts = min(thoughts, output)
	cached := min(u.cached, prompt)
	return llm.Usage{Known: true, Input: prompt - cached, CacheRead: cached, Output: output - thoughts, Reasoning: thoughts}
}
