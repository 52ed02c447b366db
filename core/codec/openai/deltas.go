package openai

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// tracker makes deltas of the documents of one answer. It knows which blocks of which choice
// are open, and which tool calls there have been.
type tracker struct {
	deltas  []llm.Delta
	choices []tracked
	whole   bool // the document is a complete answer
}

// tracked is one choice: a block is a stretch of one kind, or one tool call.
type tracked struct {
	index   int64
	blocks  int
	open    llm.DeltaKind // of the last stretch; DeltaNone behind a tool call
	block   int           // of the last stretch
	calls   []trackedCall
	called  bool
	refused bool
	finish  llm.Finish // that the document at hand gives
}

// trackedCall is a tool call. Until it has a name it is not told, as no schema could.
type trackedCall struct {
	index   int64
	id      []byte
	block   int
	told    bool
	name    []byte
	filled  bool   // it has arguments
	waiting []byte // arguments that came before the name
}

// choice is the choice of that index; nil beyond those that are read.
func (t *tracker) choice(index int64) *tracked {
	for i := range t.choices {
		if t.choices[i].index == index {
			return &t.choices[i]
		}
	}
	if len(t.choices) == maxChoices {
		return nil
	}
	t.choices = append(t.choices, tracked{index: index})
	return &t.choices[len(t.choices)-1]
}

// read fills in the deltas of e, whose choices stand at a place of doc. An end in tool calls, or
// in a refusal, is one whatever the provider calls it.
func (t *tracker) read(e *llm.Event, doc []byte, at int) {
	t.deltas, t.whole = t.deltas[:0], e.Whole
	c := scan.CursorAt(doc, at)
	if !c.Enter('[') {
		return
	}
	for c.Next() {
		if c.Peek() != '{' {
			c.Skip()
			continue
		}
		t.one(e, doc, &c)
	}
	if e.Content && len(t.deltas) == 0 { // such as no arguments yet
		t.push(llm.DeltaOther, 0, 0, nil)
	}
	t.ends(e)
	e.Deltas = t.deltas
	if e.Whole && e.Finish == llm.FinishNone && e.Content { // Snowflake gives no reason
		e.Finish, e.Ended = llm.FinishStop, e.Spoke
	}
	if e.Finish == llm.FinishStop || e.Finish == llm.FinishTools {
		e.Finish = t.finish(e.Ended)
	}
}

// ends gives the end of each choice, if the document ends several.
func (t *tracker) ends(e *llm.Event) {
	many := e.Ended&(e.Ended-1) != 0
	for i := range t.choices {
		ch := &t.choices[i]
		f := ch.finish
		if ch.finish = llm.FinishNone; !many || f == llm.FinishNone {
			continue
		}
		if f == llm.FinishStop || f == llm.FinishTools {
			f = t.finish(1 << min(ch.index, 63))
		}
		t.push(llm.DeltaEnd, ch.index, max(ch.blocks-1, 0), nil).Finish = f
	}
}

// finish is how the choices of a set have ended, as far as the provider has said that it was
// in good order.
func (t *tracker) finish(ended uint64) llm.Finish {
	f := llm.FinishStop
	for i := range t.choices {
		switch ch := &t.choices[i]; {
		case ended&(1<<min(ch.index, 63)) == 0:
		case ch.called:
			return llm.FinishTools
		case ch.refused:
			f = llm.FinishFilter
		}
	}
	return f
}

// one reads one choice.
func (t *tracker) one(e *llm.Event, doc []byte, c *scan.Cursor) {
	delta, message, words, index, finish := -1, -1, -1, int64(0), llm.FinishNone
	c.Enter('{')
	for c.Next() {
		key := c.Key()
		c.Peek()
		at := c.At
		switch string(key) {
		case "delta":
			delta = at
		case "message":
			message = at
		case "text":
			words = at
		case "index":
			index, _ = scan.Int(c.Value())
			continue
		case "finish_reason":
			finish = finishOf(c.Value())
			continue
		}
		c.Skip()
	}
	ch := t.choice(max(index, 0))
	if ch != nil && finish != llm.FinishNone {
		ch.finish = finish
	}
	switch {
	case ch == nil:
	case !e.Whole && delta >= 0:
		t.message(ch, doc, delta)
	case message >= 0:
		t.message(ch, doc, message)
	case words >= 0 && delta < 0:
		t.words(ch, llm.DeltaText, doc, words)
	}
}

// message gives the deltas of a message or a piece of one, in the order in which it is
// meant, whatever that of its members.
func (t *tracker) message(ch *tracked, doc []byte, at int) {
	content, refusal, plain, reasoned, details, calls, function, audio, images := 0, 0, 0, 0, 0, 0, 0, 0, 0
	c := scan.CursorAt(doc, at)
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		key := c.Key()
		c.Peek()
		at := c.At
		switch string(key) {
		case "content":
			content = at
		case "refusal":
			refusal = at
		case "reasoning":
			plain = at
		case "reasoning_content":
			reasoned = at
		case "reasoning_details":
			details = at
		case "tool_calls":
			calls = at
		case "function_call":
			function = at
		case "audio":
			audio = at
		case "images":
			images = at
		}
		c.Skip()
	}
	t.thoughts(ch, doc, reasoned, plain, details)
	t.words(ch, llm.DeltaText, doc, content)
	t.words(ch, llm.DeltaRefusal, doc, refusal)
	t.calls(ch, doc, calls)
	if function > 0 {
		c := scan.CursorAt(doc, function)
		t.call(ch, &c, true)
	}
	if audio > 0 || images > 0 {
		t.media(ch, doc, audio)
		t.media(ch, doc, images)
	}
}

// push appends a delta. Written out wherever there is one it is kilobytes of the edge module.
//
//go:noinline
func (t *tracker) push(kind llm.DeltaKind, choice int64, block int, text llm.Escaped) *llm.Delta {
	t.deltas = append(t.deltas, llm.Delta{Kind: kind, Choice: int(choice), Block: block, Text: text})
	return &t.deltas[len(t.deltas)-1]
}

// add gives a piece of the stretch of that kind, which begins unless it is the last one.
func (t *tracker) add(ch *tracked, kind llm.DeltaKind, text llm.Escaped) {
	if len(text) == 0 {
		return
	}
	if ch.open != kind {
		ch.open, ch.block = kind, ch.blocks
		ch.blocks++
	}
	t.push(kind, ch.index, ch.block, text)
}

// words gives a text, or an array of parts as in Mistral's answers.
func (t *tracker) words(ch *tracked, kind llm.DeltaKind, doc []byte, at int) {
	if at <= 0 {
		return
	}
	if doc[at] == '"' {
		c := scan.CursorAt(doc, at)
		t.add(ch, kind, textOf(&c))
		ch.refused = ch.refused || kind == llm.DeltaRefusal && ch.open == kind
		return
	}
	c := scan.CursorAt(doc, at)
	if !c.Enter('[') {
		return
	}
	for c.Next() {
		var text llm.Escaped
		had := kind
		is := llm.DeltaOther
		if !c.Enter('{') {
			continue
		}
		for c.Next() {
			switch string(c.Key()) {
			case "text":
				text, is = textOf(&c), had
			case "thinking":
				text, is = joined(c.Value()), llm.DeltaThought
			case "refusal":
				text, is = textOf(&c), llm.DeltaRefusal
			default:
				c.Skip()
			}
		}
		if is == llm.DeltaOther {
			t.push(is, ch.index, ch.block, nil)
			continue
		}
		t.add(ch, is, text)
	}
}

// thoughts gives reasoning once, although it may stand there under two names, and once more in
// pieces. From these come what is signed or cannot be read.
func (t *tracker) thoughts(ch *tracked, doc []byte, reasoned, plain, details int) {
	had := len(t.deltas)
	if !t.whole || !readable(doc, details) { // else each text stands with its signature
		t.words(ch, llm.DeltaThought, doc, reasoned)
		if len(t.deltas) == had {
			t.words(ch, llm.DeltaThought, doc, plain)
		}
	}
	if details == 0 {
		return
	}
	said := len(t.deltas) > had
	c := scan.CursorAt(doc, details)
	if !c.Enter('[') {
		return
	}
	for c.Next() {
		var p llm.Part
		if !detail(&p, c.Value()) {
			continue
		}
		if !said && !p.Redacted {
			t.add(ch, llm.DeltaThought, p.Text)
		}
		switch {
		case p.Redacted:
			t.push(llm.DeltaRedacted, ch.index, ch.blocks, p.Signature).Origin = llm.SchemaOpenAI
			ch.open, ch.blocks = llm.DeltaNone, ch.blocks+1
		case len(p.Signature) > 0:
			if ch.open != llm.DeltaThought {
				ch.open, ch.block = llm.DeltaThought, ch.blocks
				ch.blocks++
			}
			t.push(llm.DeltaSignature, ch.index, ch.block, p.Signature).Origin = llm.SchemaOpenAI
			ch.open = llm.DeltaNone // what follows has a signature of its own
		}
	}
}

// readable reports whether the details of a reasoning have a text.
func readable(doc []byte, details int) bool {
	c := scan.CursorAt(doc, details)
	if details == 0 || !c.Enter('[') {
		return false
	}
	some := false
	for c.Next() {
		var p llm.Part
		some = detail(&p, c.Value()) && len(p.Text) > 0 || some
	}
	return some
}

// media gives a sound, or OpenRouter's images
// (openrouter.ai/docs/features/multimodal/image-generation). Sound in a stream is PCM
// (platform.openai.com/docs/guides/audio).
func (t *tracker) media(ch *tracked, doc []byte, at int) {
	if at == 0 {
		return
	}
	c := scan.CursorAt(doc, at)
	if c.Peek() == '[' {
		c.Enter('[')
		for c.Next() {
			t.image(ch, &c)
		}
		return
	}
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		switch string(c.Key()) {
		case "data":
			t.medium(ch, &llm.Part{Media: "audio/pcm", Data: textOf(&c)})
		default:
			c.Skip()
		}
	}
}

func (t *tracker) image(ch *tracked, c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		if string(c.Key()) != "image_url" || c.Peek() != '{' {
			c.Skip()
			continue
		}
		c.Enter('{')
		for c.Next() {
			if string(c.Key()) != "url" {
				c.Skip()
				continue
			}
			var p llm.Part
			codec.Place(&p, textOf(c), false)
			t.medium(ch, &p)
		}
	}
}

func (t *tracker) medium(ch *tracked, p *llm.Part) {
	if len(p.Data) == 0 {
		return
	}
	t.push(llm.DeltaMedia, ch.index, ch.blocks, p.Data).Name = codec.Escape(p.Media)
	ch.open, ch.blocks = llm.DeltaNone, ch.blocks+1
}
