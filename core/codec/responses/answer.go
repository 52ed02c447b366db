package responses

import (
	"bytes"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// NewReader starts reading an answer: a stream of events, or one response
// (https://platform.openai.com/docs/api-reference/responses-streaming).
func (Codec) NewReader(r *llm.Request, stream bool) codec.Reader {
	return codec.NewReader(llm.SchemaResponses, &grammar{caller: r.Schema}, stream)
}

// grammar reads responses and the events of one. A stream says the same up to four times: in
// deltas, in the events that end a part and an item, and in the last response. What has come
// once is not read again, and what a server sends only once is, wherever that may be.
type grammar struct {
	parts  []part
	deltas []llm.Delta
	caller llm.Schema
	joined []byte // arguments that are made of something else
	blocks int
	seen   kinds
	usage  Usage

	called, refused bool

	// Of the event at hand.
	e     *llm.Event
	at    int  // of the document in e.Raw
	more  bool // there is content beside text and reasoning
	odd   bool // there is reasoning that is not at e.Thought
	words bool // there is text
}

// AsStream hands a response over as a stream that is written anew.
func (g *grammar) AsStream(e *llm.Event, emit func(*llm.Event)) error { return codec.Retell(e, emit) }

// event are the members of an event of a stream, or of a response that is no stream, as far
// as they are understood.
type event struct {
	kind                              string
	delta, text, response, item, part scan.Value
	failure                           scan.Value
	output, content, summary          int64 // indices
	probable                          bool  // there are probabilities of tokens
}

// Document reads a response or an event of a stream, which says itself what it is.
func (g *grammar) Document(e *llm.Event, _, data []byte, at int) error {
	var ev event
	m := scan.Object(data)
	for m.Next() {
		ev.member(data, m.Key(), m.Value())
	}
	if err := m.Err(); err != nil {
		return err
	}
	e.Object = llm.Span{Start: at + bytes.IndexByte(data, '{'), End: at + bytes.LastIndexByte(data, '}') + 1}
	g.e, g.at, g.more, g.odd, g.words = e, at, false, false, false
	g.deltas = g.deltas[:0]
	if e.Whole {
		g.whole(data)
	} else {
		g.event(data, &ev)
	}
	e.Deltas = g.deltas
	codec.FailBroken(e, g.caller)
	alone := e.Err == nil && !e.Tool && !g.more
	e.Plain = alone && !g.odd
	e.Steady = ev.response.Kind == scan.KindNone && (ev.kind == textDelta || ev.kind == summaryDelta || ev.kind == reasoningDelta)
	e.Reasoned = alone && e.Content && !g.words
	return nil
}

// member notes a member of an event.
func (v *event) member(doc, key []byte, at scan.Value) {
	switch string(key) {
	case "type":
		v.kind = eventNamed(codec.Inner(at.Raw(doc)))
	case "delta":
		v.delta = at
	case "text", "refusal", "arguments":
		v.text = at
	case "response":
		v.response = at
	case "item":
		v.item = at
	case "part":
		v.part = at
	case "error":
		v.failure = at
	case "output_index":
		v.output, _ = scan.Int(at.Raw(doc))
	case "content_index":
		v.content, _ = scan.Int(at.Raw(doc))
	case "summary_index":
		v.summary, _ = scan.Int(at.Raw(doc))
	case "logprobs":
		c := scan.CursorAt(doc, at.Start)
		v.probable = c.Filled()
	}
}

// eventNamed is the event's name as a constant; what is not known is no event of an answer.
func eventNamed(name []byte) string {
	switch string(name) {
	case "response.output_text.delta":
		return textDelta
	case "response.reasoning_summary_text.delta":
		return summaryDelta
	case "response.reasoning_text.delta", "response.reasoning.delta":
		return reasoningDelta
	case "response.function_call_arguments.delta":
		return argumentsDelta
	case "response.custom_tool_call_input.delta":
		return inputDelta
	case "response.refusal.delta":
		return refusalDelta
	case "response.output_text.done":
		return textDone
	case "response.reasoning_summary_text.done":
		return summaryDone
	case "response.reasoning_text.done", "response.reasoning.done":
		return reasoningDone
	case "response.function_call_arguments.done":
		return argumentsDone
	case "response.refusal.done":
		return refusalDone
	case "response.output_item.added":
		return itemAdded
	case "response.output_item.done":
		return itemDone
	case "response.content_part.added", "response.reasoning_summary_part.added":
		return partAdded
	case "response.content_part.done", "response.reasoning_summary_part.done", "response.reasoning_part.done":
		return partDone
	case "response.output_text.annotation.added":
		return annotationAdded
	case "response.completed", "response.done":
		return completed
	case "response.incomplete":
		return incomplete
	case "response.failed":
		return failed
	case "error":
		return errorEvent
	}
	if bytes.HasPrefix(name, []byte("response.")) {
		return otherEvent
	}
	return ""
}

// The events that a reader acts on, by the names under which a writer writes them.
const (
	textDelta       = "response.output_text.delta"
	summaryDelta    = "response.reasoning_summary_text.delta"
	reasoningDelta  = "response.reasoning_text.delta"
	argumentsDelta  = "response.function_call_arguments.delta"
	inputDelta      = "response.custom_tool_call_input.delta"
	refusalDelta    = "response.refusal.delta"
	textDone        = "response.output_text.done"
	summaryDone     = "response.reasoning_summary_text.done"
	reasoningDone   = "response.reasoning_text.done"
	argumentsDone   = "response.function_call_arguments.done"
	refusalDone     = "response.refusal.done"
	itemAdded       = "response.output_item.added"
	itemDone        = "response.output_item.done"
	partAdded       = "response.content_part.added"
	partDone        = "response.content_part.done"
	annotationAdded = "response.output_text.annotation.added"
	completed       = "response.completed"
	incomplete      = "response.incomplete"
	failed          = "response.failed"
	errorEvent      = "error"
	otherEvent      = "response"
)

// event reads an event of a stream.
func (g *grammar) event(doc []byte, v *event) {
	e := g.e
	e.Choices = v.kind != "" && v.kind != errorEvent && v.kind != failed
	switch v.kind {
	case textDelta:
		g.more = g.more || v.probable
		g.text(doc, v.delta, v.output, v.content, true)
	case refusalDelta:
		g.refusal(doc, v.delta, v.output, v.content, true)
	case summaryDelta:
		g.thought(doc, v.delta, v.output, ofSummary, v.summary, true)
	case reasoningDelta:
		g.thought(doc, v.delta, v.output, ofContent, v.content, true)
	case argumentsDelta:
		g.arguments(doc, v.delta, v.output, true)
	case inputDelta:
		e.Tool = true
		g.carry(v.delta.End - v.delta.Start - len(`""`))
		if p := g.find(kindCustom, v.output, 0); p != nil {
			p.seen = true
		}
	case textDone:
		g.text(doc, v.text, v.output, v.content, false)
	case refusalDone:
		g.refusal(doc, v.text, v.output, v.content, false)
	case summaryDone:
		g.thought(doc, v.text, v.output, ofSummary, v.summary, false)
	case reasoningDone:
		g.thought(doc, v.text, v.output, ofContent, v.content, false)
	case argumentsDone:
		g.arguments(doc, v.text, v.output, false)
	case partDone:
		g.part(doc, v.part, v)
	case itemAdded, itemDone:
		if c := scan.CursorAt(doc, v.item.Start); v.item.Kind == scan.KindObject {
			g.item(doc, &c, v.output, v.kind == itemDone)
		}
	case annotationAdded:
		g.more, e.Content = true, true
	case errorEvent:
		e.Err = failure(doc, v.failure)
	}
	if v.response.Kind == scan.KindObject {
		g.response(doc, v.response.Start, v.kind)
	}
	g.settle(doc, v)
}

// settle says what an event means for the stream: that it goes on, is complete or has failed.
func (g *grammar) settle(doc []byte, v *event) {
	e := g.e
	switch {
	case v.kind == failed && e.Err == nil:
		e.Err = &llm.Error{Code: llm.CodeProvider, Message: codec.MsgBroken}
	case v.kind == "" && v.failure.Kind != scan.KindNone:
		e.Err = codec.Failure(doc, v.failure)
	case v.kind == completed || v.kind == incomplete:
		e.Done = true
		if e.Finish == llm.FinishNone {
			g.end(v.kind == completed)
		}
		e.Spoke, e.Ended = 1, 1
	}
	if e.Content {
		e.Spoke = 1
	}
	if e.Err != nil {
		e.Choices, e.Done = false, false
	}
}

// whole reads a response that is no stream.
func (g *grammar) whole(doc []byte) {
	g.response(doc, 0, "")
	if e := g.e; e.Choices {
		e.Spoke, e.Ended = 1, 1
	}
}

// end says why the answer ended. Calls that the caller has to answer count before all else.
func (g *grammar) end(complete bool) {
	switch {
	case g.called:
		g.e.Finish = llm.FinishTools
	case g.refused:
		g.e.Finish = llm.FinishFilter
	case complete:
		g.e.Finish = llm.FinishStop
	default:
		g.e.Finish = llm.FinishOther
	}
}

// carry counts bytes of content.
func (g *grammar) carry(n int) {
	if n > 0 {
		g.e.Content, g.e.Size = true, g.e.Size+n
	}
}
