package openai

import (
	"bytes"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// readObject reads an answer or a chunk of one into e. data stands at the place at in
// e.Raw. The object's own members are checked and each taken once; what lies deeper is
// read as far as it is understood.
func readObject(e *llm.Event, data []byte, at int) error {
	o := object{e: e, doc: data, at: at}
	return o.read()
}

// read reads the object into the event.
func (o *object) read() error {
	e, data, at := o.e, o.doc, o.at
	m := scan.Object(data)
	for m.Next() {
		o.member(m.Key(), m.Value())
	}
	if err := m.Err(); err != nil {
		return err
	}
	if o.isError && e.Err == nil && !e.Choices {
		e.Err = codec.ErrorOf(data, codec.MsgReported)
	}
	o.judge()
	o.parts()
	if !e.Usage.Known { // in no place of its own
		e.Usage = o.other
	}
	e.Object = llm.Span{Start: at + bytes.IndexByte(data, '{'), End: at + bytes.LastIndexByte(data, '}') + 1}
	return nil
}

// object is a JSON object being read into an event.
type object struct {
	e       *llm.Event
	doc     []byte
	at      int
	other   llm.Usage // usage in some other place
	isError bool      // object: "error", as vLLM and Mistral name an error that is not in a member of its own
	broken  bool      // a choice ended in an error
	count   int       // of choices
	more    bool      // there is content beside text and reasoning, or text that cannot be written anew
	odd     bool      // there is reasoning that cannot be written anew
	worded  bool      // there is text
	// thoughts counts the places of reasoning, of which some have the same in two.
	thoughts int
	list     int  // the place of the choices, or of the embeddings
	plain    bool // a completion: choices have their text in themselves
}

func (o *object) member(key []byte, v scan.Value) {
	switch string(key) {
	case "model":
		o.e.Model = o.span(v)
	case "id":
		if v.Kind == scan.KindString {
			o.e.ID = o.span(v)
		}
	case "choices":
		o.choices(v)
	case "data": // embeddings
		if o.list == 0 && v.Kind == scan.KindArray {
			o.list = v.Start
		}
	case "usage":
		var priced bool
		o.e.Usage, priced = readUsage(o.doc, v.Start)
		if v.Kind == scan.KindObject && !priced { // a cost that the provider states stays
			o.e.Bill = o.span(v)
		}
	case "x_groq": // where Groq's usage stood before it had stream_options (vercel/ai#1651)
		o.usageIn(v)
	case "error":
		if err := codec.Failure(o.doc, v); err != nil {
			o.e.Err = err
		}
	case "system_fingerprint":
		o.e.Printed = true
	case "object":
		o.isError = string(v.Raw(o.doc)) == `"error"`
	}
}

func (o *object) span(v scan.Value) llm.Span {
	return llm.Span{Start: v.Start + o.at, End: v.End + o.at}
}

// judge decides between an error and choices in one object. In a stream the error
// counts, as it ends the answer. A whole answer counts if it is one: some servers send
// an error member beside it.
func (o *object) judge() {
	e := o.e
	if o.broken && e.Err == nil {
		e.Err = &llm.Error{Code: llm.CodeProvider, Message: codec.MsgBroken}
	}
	if e.Err == nil || !e.Whole {
		return
	}
	if o.broken || !e.Content && e.Finish == llm.FinishNone {
		e.Choices = false
		return
	}
	e.Err = nil
}

func (o *object) choices(v scan.Value) {
	o.list = v.Start
	c := scan.CursorAt(o.doc, v.Start)
	if !c.Enter('[') {
		return
	}
	for c.Next() {
		if c.Enter('{') {
			o.e.Choices = true
			o.choice(&c)
		}
	}
}

func (o *object) choice(c *scan.Cursor) {
	delta, message, words, index, before := -1, -1, -1, int64(0), o.e.Finish
	o.e.Finish = llm.FinishNone
	for c.Next() {
		switch string(c.Key()) {
		case "delta":
			delta = c.At
		case "message":
			message = c.At
		case "text":
			words = c.At
		case "finish_reason":
			o.finish(c.Value())
			continue
		case "index":
			index, _ = scan.Int(c.Value())
			continue
		case "logprobs": // they are of the words as they were
			o.more = o.more || c.Filled()
		case "usage": // Moonshot's place for it in a stream
			o.other, _ = readUsage(o.doc, c.At)
		case "error": // OpenRouter's place for it
			if c.Filled() {
				o.broken = true
				o.e.Err = codec.ErrorOf(c.Value(), codec.MsgBroken)
				continue
			}
		}
		c.Skip()
	}
	o.count++
	o.more = o.more || index != 0 || delta >= 0 && message >= 0
	bit := uint64(1) << min(max(index, 0), 63)
	o.e.Spoke |= bit
	if o.e.Finish != llm.FinishNone {
		o.e.Ended |= bit
	} else {
		o.e.Finish = before
	}
	// Perplexity repeats all of the message beside each delta.
	if place := delta; !o.e.Whole && delta >= 0 {
		o.message(place)
	} else if message >= 0 {
		o.message(message)
	} else if o.plain && words >= 0 {
		o.completed(words)
	}
}

// completed reads the text of a completion.
func (o *object) completed(at int) {
	c := scan.CursorAt(o.doc, at)
	n := o.words(&c, &o.e.Text)
	o.worded = o.worded || n > 0
	o.carry(n)
}

func (o *object) finish(raw []byte) {
	if f := finishOf(raw); f != llm.FinishNone {
		o.e.Finish = f
		o.broken = o.broken || brokeOff(raw)
	}
}

// brokeOff reports whether a reason to end says that the answer is not complete: OpenRouter's
// error, DeepSeek's insufficient_system_resource, Z.ai's network_error, and abort of vLLM and
// SGLang.
func brokeOff(raw []byte) bool {
	switch string(raw) {
	case `"error"`, `"insufficient_system_resource"`, `"network_error"`, `"abort"`:
		return true
	}
	return false
}

// finishOf reads a finish reason (platform.openai.com/docs/api-reference/chat/object),
// with the words that Mistral, Together and TGI have besides.
func finishOf(raw []byte) llm.Finish {
	switch string(raw) {
	case `"stop"`, `"eos"`, `"eos_token"`, `"stop_sequence"`, `"end_turn"`:
		return llm.FinishStop
	case `"length"`, `"max_tokens"`, `"model_length"`:
		return llm.FinishLength
	case `"tool_calls"`, `"function_call"`, `"tool_use"`:
		return llm.FinishTools
	case `"content_filter"`:
		return llm.FinishFilter
	}
	if len(raw) > 2 && raw[0] == '"' {
		return llm.FinishOther
	}
	return llm.FinishNone
}

// message looks for content: what a reader of the answer would see or act on.
func (o *object) message(at int) {
	c := scan.CursorAt(o.doc, at)
	if !c.Enter('{') {
		return
	}
	thought, details := 0, 0
	for c.Next() {
		switch string(c.Key()) {
		case "content":
			odd := o.odd
			o.odd = false
			n := o.words(&c, &o.e.Text)
			o.worded = o.worded || n > 0 && !o.odd
			o.odd = o.odd || odd
			o.carry(n)
		case "refusal":
			n := text(&c, 0)
			o.more = o.more || n > 0
			o.carry(n)
		case "reasoning", "reasoning_content": // one text under two names
			thought = max(thought, o.words(&c, &o.e.Thought))
			o.thoughts++
		case "reasoning_details": // the same once more, in pieces
			details = filled(&c)
			o.odd = o.odd || details > 0
		case "tool_calls":
			o.tools(&c)
		case "function_call":
			if c.Filled() {
				o.e.Tool, o.e.Content = true, true
			}
			o.tool(&c)
		case "audio", "images":
			o.e.Content = o.e.Content || c.Filled()
			o.beside(&c)
		case "role", "name", "channel": // who speaks, and where to
			c.Skip()
		default:
			o.beside(&c)
		}
	}
	if thought == 0 {
		thought = details
	}
	o.carry(thought)
}

// carry counts bytes of content.
func (o *object) carry(n int) {
	if n > 0 {
		o.e.Content, o.e.Size = true, o.e.Size+n
	}
}

// text is how many bytes of text the value in front of c has: a string, or an array of
// parts as in Mistral's answers ({"type": "thinking", "thinking": [{"type": "text", …}]}).
func text(c *scan.Cursor, depth int) (n int) {
	if c.Peek() != '[' || depth > 2 {
		return c.Length()
	}
	c.Enter('[')
	for c.Next() {
		if !c.Enter('{') {
			continue
		}
		other := true
		for c.Next() {
			switch string(c.Key()) {
			case "text", "thinking", "refusal":
				n += text(c, depth+1)
				other = false
			default:
				c.Skip()
			}
		}
		if other { // an image or a reference
			n++
		}
	}
	return n
}

// filled is the size of the array or object in front of c, 0 if it is empty.
func filled(c *scan.Cursor) int {
	some := c.Filled()
	if v := c.Value(); some {
		return len(v)
	}
	return 0
}

// tools counts names and arguments of tool calls.
func (o *object) tools(c *scan.Cursor) {
	if !c.Enter('[') {
		return
	}
	for c.Next() {
		o.e.Tool, o.e.Content = true, true
		if !c.Enter('{') {
			continue
		}
		for c.Next() {
			if string(c.Key()) == "function" {
				o.tool(c)
			} else {
				c.Skip()
			}
		}
	}
}

func (o *object) tool(c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		switch string(c.Key()) {
		case "name":
			if n := c.Length(); n > 0 {
				o.e.Size += n + callBytes
			}
		case "arguments":
			o.e.Size += c.Length()
		default:
			c.Skip()
		}
	}
}

// callBytes is what a tool call takes besides its name and arguments, about four tokens.
const callBytes = 16

// usageIn reads the usage member of v.
func (o *object) usageIn(v scan.Value) {
	c := scan.CursorAt(o.doc, v.Start)
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		if string(c.Key()) == "usage" {
			o.other, _ = readUsage(o.doc, c.At)
		}
		c.Skip()
	}
}
