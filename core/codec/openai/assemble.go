package openai

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// NewAssembler starts making one chat completion of chunks
// (platform.openai.com/docs/api-reference/chat/object).
//
// Texts, the arguments of tool calls, logprobs, annotations and other lists of a message
// are joined; of id, created, model, system_fingerprint and service_tier the first value
// counts, of everything else, known or not, the last one that is not null. Left out are
// what there is only in a stream (obfuscation, channel, the index of a tool call), a message that is
// repeated beside its delta, and names beyond the 64th of one object. Sound is joined where
// its pieces can be. Usage gets its place at the top, wherever the stream had it.
//
// Completions are put together by way of the neutral form; embeddings are whole.
func (c Codec) NewAssembler(r *llm.Request) codec.Assembler {
	switch r.Operation {
	case llm.OperationCompletion:
		return codec.Gather(c, r)
	case llm.OperationEmbeddings:
		return &single{grammar: grammarOf(r)}
	}
	return &assembler{grammar: grammarOf(r)}
}

type assembler struct {
	glue
	grammar codec.Grammar
	top     bag
	choices []*choice // in the order of their index
	usage   member
	other   []byte // usage of the event at hand that has no place of its own
	event   llm.Event
	out     []byte
}

// choice is one answer of several.
type choice struct {
	index    int64
	own      bag // members of the choice
	message  bag
	logprobs bag
	audio    bag
	called   bag // function_call
	calls    []call
	part     bool // content is an array that ends in a text of ours
}

// call is one tool call.
type call struct {
	index         int64
	own, function bag
}

// Add takes the next event; what is no chunk is passed over.
func (a *assembler) Add(e *llm.Event) {
	if a.err != nil || e.Object.Empty() || e.Err != nil || e.Dropped {
		return
	}
	c := scan.CursorAt(e.Raw[:e.Object.End], e.Object.Start)
	c.Enter('{')
	var usage []byte
	a.other = nil
	for c.Next() {
		switch key := c.Key(); string(key) {
		case "choices":
			a.addChoices(&c)
		case "id", "created", "model", "system_fingerprint", "service_tier":
			a.once(&a.top, key, c.Value())
		case "object", "obfuscation":
			c.Skip()
		case "usage":
			usage = stated(&c)
		case "x_groq":
			inner := c
			a.last(&a.top, key, c.Value())
			a.usageIn(&inner)
		default:
			a.last(&a.top, key, c.Value())
		}
	}
	if usage == nil {
		usage = a.other
	}
	if usage != nil {
		a.put(&a.usage, usage)
	}
}

// stated is the value in front of c if it is a usage object that says something.
func stated(c *scan.Cursor) []byte {
	v := c.Value()
	if u, _ := readUsage(v, 0); !u.Known {
		return nil
	}
	return v
}

// usageIn notes the usage member of the object in front of c.
func (a *assembler) usageIn(c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		if string(c.Key()) == "usage" {
			a.other = stated(c)
		} else {
			c.Skip()
		}
	}
}

func (a *assembler) addChoices(c *scan.Cursor) {
	if !c.Enter('[') {
		return
	}
	for c.Next() {
		start := c.At
		index := indexAt(c)
		if index < 0 {
			continue
		}
		if ch := a.choice(index); ch != nil {
			inner := *c
			inner.At = start
			a.addChoice(ch, &inner)
		}
	}
}

// indexAt is the index that the object in front of c says it has, 0 if none; -1 if there is
// no object. It steps over it.
func indexAt(c *scan.Cursor) (index int64) {
	if !c.Enter('{') {
		return -1
	}
	for c.Next() {
		if string(c.Key()) != "index" {
			c.Skip()
			continue
		}
		n, _ := scan.Int(c.Value())
		index = max(n, 0)
	}
	return index
}

// choice is the choice of that index.
func (a *assembler) choice(index int64) *choice {
	at := 0
	for at < len(a.choices) && a.choices[at].index < index {
		at++
	}
	if at < len(a.choices) && a.choices[at].index == index {
		return a.choices[at]
	}
	if len(a.choices) == maxChoices {
		a.err = &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer has more than 128 choices"}
		return nil
	}
	a.choices = append(a.choices, nil)
	copy(a.choices[at+1:], a.choices[at:])
	a.choices[at] = &choice{index: index}
	return a.choices[at]
}

func (a *assembler) addChoice(ch *choice, c *scan.Cursor) {
	delta, message := -1, -1
	c.Enter('{')
	for c.Next() {
		switch key := c.Key(); string(key) {
		case "index":
			c.Skip()
		case "delta":
			delta = c.At
			c.Skip()
		case "message":
			message = c.At
			c.Skip()
		case "usage":
			a.other = stated(c)
		case "logprobs":
			a.joinAll(&ch.logprobs, c)
		case "finish_reason":
			if v := c.Value(); finishOf(v) != llm.FinishNone || ch.own.find("finish_reason") == nil {
				a.last(&ch.own, key, v)
			}
		default:
			a.last(&ch.own, key, c.Value())
		}
	}
	if delta < 0 {
		delta = message
	}
	if delta >= 0 {
		c.At = delta
		a.addMessage(ch, c)
	}
}

func (a *assembler) addMessage(ch *choice, c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		switch key := c.Key(); string(key) {
		case "role":
			a.once(&ch.message, key, c.Value())
		case "content":
			a.addContent(ch, key, c.Value())
		case "tool_calls":
			a.addCalls(ch, c)
		case "function_call":
			a.addFunction(&ch.called, c)
		case "audio":
			a.addAudio(ch, c)
		case "channel":
			c.Skip()
		case "refusal", "reasoning", "reasoning_content", "reasoning_details", "annotations", "images":
			a.join(&ch.message, key, c.Value())
		default:
			a.last(&ch.message, key, c.Value())
		}
	}
}

// joinAll joins the members of the object in front of c, if it is one.
func (a *assembler) joinAll(b *bag, c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		key := c.Key()
		a.join(b, key, c.Value())
	}
}

// addAudio joins sound and what is said in it. Pieces of base64 are joined as they are, which
// is wrong behind one that is filled up at its end (RFC 4648, section 4).
func (a *assembler) addAudio(ch *choice, c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		switch key := c.Key(); string(key) {
		case "data":
			had, more := ch.audio.find("data"), c.Value()
			if len(had) > 2 && had[0] == '"' && !null(more) && had[len(had)-2] == '=' {
				a.err = &llm.Error{Code: llm.CodeBadAnswer, Message: "the pieces of sound in the answer cannot be joined"}
				return
			}
			a.join(&ch.audio, key, more)
		case "transcript":
			a.join(&ch.audio, key, c.Value())
		case "id":
			a.once(&ch.audio, key, c.Value())
		default:
			a.last(&ch.audio, key, c.Value())
		}
	}
}
