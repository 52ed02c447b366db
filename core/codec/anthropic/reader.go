package anthropic

import (
	"bytes"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// NewReader starts reading an answer: a stream of events, one message, or a number of tokens.
func (Codec) NewReader(r *llm.Request, stream bool) codec.Reader {
	return codec.NewReader(llm.SchemaAnthropic, &grammar{counts: r.Operation == llm.OperationCountTokens}, stream)
}

// grammar reads the events of one stream, or a message.
type grammar struct {
	counts bool // the answer is a number of tokens
	usage  Usage
	blocks []opened
	called bool // there is a call of one of the caller's tools
	deltas []llm.Delta
}

// opened is a block of the stream that has begun.
type opened struct {
	index int64
	kind  kind
	fed   bool   // its arguments have come
	input []byte // or, in case they do not, what they were to begin with
}

// kind is what a block is.
type kind uint8

const (
	kindOther kind = iota // what only this schema has, such as the provider's own tools
	kindText
	kindThinking
	kindRedacted
	kindCall
)

func kindOf(raw []byte) kind {
	switch string(raw) {
	case `"text"`:
		return kindText
	case `"thinking"`:
		return kindThinking
	case `"redacted_thinking"`:
		return kindRedacted
	case `"tool_use"`:
		return kindCall
	}
	return kindOther
}

// AsStream hands a message over as a stream that is written anew.
func (g *grammar) AsStream(e *llm.Event, emit func(*llm.Event)) error { return codec.Retell(e, emit) }

// document is one JSON document being read into an event: the values of its members, of which
// none is looked into before all of it has been checked.
type document struct {
	*grammar
	e    *llm.Event
	doc  []byte
	at   int
	kind []byte
	// The members by their names.
	message, index, delta, block, fault, content, usage, tokens scan.Value
	reason, sequence                                            scan.Value
}

// Document reads an event of a stream, or a message.
func (g *grammar) Document(e *llm.Event, _, data []byte, at int) error {
	d := document{grammar: g, e: e, doc: data, at: at}
	m := scan.Object(data)
	for m.Next() {
		d.member(m.Key(), m.Value())
	}
	if err := m.Err(); err != nil {
		return err
	}
	e.Object = llm.Span{Start: at + bytes.IndexByte(data, '{'), End: at + bytes.LastIndexByte(data, '}') + 1}
	g.deltas = g.deltas[:0]
	if e.Whole {
		d.whole()
	} else {
		d.event()
	}
	if len(g.deltas) > 0 {
		e.Deltas = g.deltas
	}
	return nil
}

func (d *document) member(key []byte, v scan.Value) {
	switch string(key) {
	case "type":
		d.kind = codec.Inner(v.Raw(d.doc))
	case "message":
		d.message = v
	case "index":
		d.index = v
	case "delta":
		d.delta = v
	case "content_block":
		d.block = v
	case "error":
		d.fault = v
	case "content":
		d.content = v
	case "usage":
		d.usage = v
	case "input_tokens":
		d.tokens = v
	case "stop_reason":
		d.reason = v
	case "stop_sequence":
		d.sequence = v
	case "model":
		d.e.Model = d.place(v)
	case "id":
		if v.Kind == scan.KindString {
			d.e.ID = d.place(v)
		}
	}
}

func (d *document) place(v scan.Value) llm.Span {
	return llm.Span{Start: v.Start + d.at, End: v.End + d.at}
}

// whole reads an answer that is no stream.
func (d *document) whole() {
	e := d.e
	switch {
	case d.counts && d.tokens.Kind == scan.KindNumber:
		e.Choices, e.Content, e.Finish, e.Spoke, e.Ended = true, true, llm.FinishStop, 1, 1
		e.Usage.Known = true
		e.Usage.Input, _ = codec.Count(d.tokens.Raw(d.doc))
	case d.content.Kind == scan.KindArray:
		e.Choices, e.Spoke = true, 1
		c := scan.CursorAt(d.doc, d.content.Start)
		c.Enter('[')
		for n := 0; c.Next(); n++ {
			d.wholeBlock(&c, n)
		}
		d.ends(d.reason.Raw(d.doc), d.sequence.Raw(d.doc))
		d.spent()
	case d.fault.Kind != scan.KindNone:
		e.Err = d.failure()
	}
	if e.Err == nil && !e.Choices && string(d.kind) == "error" {
		e.Err = codec.ErrorOf(d.doc, codec.MsgReported)
	}
}

// spent reads the usage so far; that of the document is where the cost is put.
func (d *document) spent() {
	d.tally()
	if d.usage.Kind == scan.KindObject && !stated(d.doc, d.usage.Start, "cost") {
		d.e.Bill = d.place(d.usage)
	}
}

// tally reads the tokens so far. Servers that say nothing but zeros have not counted.
func (d *document) tally() {
	d.grammar.usage.Add(d.doc)
	if u := d.grammar.usage.Tokens(); u.Total() > 0 {
		d.e.Usage = u
	}
}

// stated reports whether the object at a place has a member of that name.
func stated(doc []byte, at int, name string) bool {
	c := scan.CursorAt(doc, at)
	if !c.Enter('{') {
		return false
	}
	for c.Next() {
		if string(c.Key()) == name {
			return true
		}
		c.Skip()
	}
	return false
}

// failure is the error that the error member means, with the status that its type stands for
// (docs.anthropic.com/en/api/errors); nil if it means none.
func (d *document) failure() *llm.Error {
	err := codec.Failure(d.doc, d.fault)
	if err != nil && err.Status == 0 {
		err.Status = statusOf(err.Type)
	}
	return err
}

// event reads one event of a stream.
func (d *document) event() {
	e := d.e
	switch string(d.kind) {
	case "message_start":
		e.Model, e.ID = llm.Span{}, llm.Span{}
		e.Choices, e.Spoke, e.Plain = true, 1, true
		d.start()
	case "content_block_start":
		e.Choices, e.Spoke, e.Plain = true, 1, true
		d.blockStart()
	case "content_block_delta":
		e.Choices, e.Spoke = true, 1
		d.blockDelta()
	case "content_block_stop":
		e.Choices, e.Spoke, e.Plain = true, 1, true
		d.blockStop()
	case "message_delta":
		e.Choices, e.Spoke, e.Plain = true, 1, true
		d.messageDelta()
	case "message_stop":
		e.Done = true
	case "error":
		if e.Err = d.failure(); e.Err == nil {
			e.Err = codec.ErrorOf(d.doc, codec.MsgReported)
		}
	default: // ping, and what is still to come
		e.Plain = true
		if d.fault.Kind != scan.KindNone {
			e.Err = d.failure()
			e.Plain = e.Err == nil
		}
	}
}

// start reads message_start: the message as it is to begin with. One that goes on with calls
// made by code has all of its content in there, and its end.
func (d *document) start() {
	var reason, sequence []byte
	c := scan.CursorAt(d.doc, d.message.Start)
	if d.message.Kind == scan.KindObject && c.Enter('{') {
		for c.Next() {
			key := string(c.Key())
			c.Peek()
			at := c.At
			if key == "content" && c.Enter('[') {
				for c.Next() {
					d.complete(&c)
				}
				continue
			}
			if key == "content" {
				continue
			}
			switch v := c.Value(); key {
			case "model":
				d.e.Model = llm.Span{Start: d.at + at, End: d.at + c.At}
			case "id":
				if v[0] == '"' {
					d.e.ID = llm.Span{Start: d.at + at, End: d.at + c.At}
				}
			case "stop_reason":
				reason = v
			case "stop_sequence":
				sequence = v
			}
		}
	}
	d.ends(reason, sequence)
	d.tally()
}

// complete reads a block that stands in message_start.
func (d *document) complete(c *scan.Cursor) {
	n := len(d.blocks)
	d.wholeBlock(c, n)
	d.blocks = append(d.blocks, opened{index: int64(n), fed: true})
	d.e.Plain = false
}

func (d *document) messageDelta() {
	var reason, sequence []byte
	c := scan.CursorAt(d.doc, d.delta.Start)
	if d.delta.Kind == scan.KindObject && c.Enter('{') {
		for c.Next() {
			switch string(c.Key()) {
			case "stop_reason":
				reason = c.Value()
			case "stop_sequence":
				sequence = c.Value()
			default:
				c.Skip()
			}
		}
	}
	d.ends(reason, sequence)
	d.spent()
}

// ends reads why the answer ended (docs.anthropic.com/en/api/handling-stop-reasons).
func (d *document) ends(reason, sequence []byte) {
	e := d.e
	switch string(reason) {
	case "", "null", `""`:
		return
	case `"end_turn"`:
		e.Finish = llm.FinishStop
		if d.called {
			e.Finish = llm.FinishTools
		}
	case `"stop_sequence"`:
		e.Finish = llm.FinishStop
		e.Matched = codec.Inner(sequence)
	case `"max_tokens"`, `"model_context_window_exceeded"`:
		e.Finish = llm.FinishLength
	case `"tool_use"`:
		e.Finish = llm.FinishTools
	case `"refusal"`:
		e.Finish = llm.FinishFilter
	default: // pause_turn, compaction
		if e.Finish = llm.FinishOther; reason[0] != '"' {
			e.Finish = llm.FinishNone
			return
		}
	}
	e.Ended = 1
}
