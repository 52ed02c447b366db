package openai

import (
	"strconv"

	"strowger/core/codec"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
)

// composer writes the events of providers of another schema as chunks
// (platform.openai.com/docs/api-reference/chat-streaming) or, of completions, as pieces of text
// (platform.openai.com/docs/api-reference/completions). Reasoning goes as reasoning_content,
// which is DeepSeek's name for it and the one that most clients read; OpenAI has none. Callers that
// ask for it in OpenRouter's words get it as reasoning too, which is all that its own SDK reads
// (openrouter.ai/docs/use-cases/reasoning-tokens). What other schemas' providers have signed is
// left out, as there is no place for it.
type composer struct {
	jsonout.Writer
	text    bool   // of a completion
	routed  bool   // reasoning goes by OpenRouter's name too
	head    []byte // what all chunks begin with, for model
	model   string
	id      []byte // quoted
	created []byte
	usage   llm.Usage // of an event that was composed
	cost    int64
	priced  bool
	choices []composed
}

// composed is what has been written of one choice.
type composed struct {
	index int
	begun bool
	ended bool
	calls []composedCall
	// refused: there are words of a refusal.
	refused bool
}

// composedCall is a tool call, whose place in the list is its index. filled says that it has
// arguments: none at all have to be an empty object.
type composedCall struct {
	block  int
	filled bool
}

// choice is the choice of that index. had says which have begun with chunks of a provider of
// this schema.
func (c *composer) choice(index int, had uint64) *composed {
	for i := range c.choices {
		if c.choices[i].index == index {
			return &c.choices[i]
		}
	}
	c.choices = append(c.choices, composed{index: index, begun: had&(1<<min(max(index, 0), 63)) != 0})
	return &c.choices[len(c.choices)-1]
}

// compose appends what an event of another schema is for the caller.
func (w *writer) compose(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	if e.Whole {
		return w.whole(dst, e, a)
	}
	c := w.composing(a)
	if e.Usage.Known || e.Usage.Estimated {
		c.usage, c.cost, c.priced = e.Usage, a.Cost, a.Priced
	}
	c.Buf = dst
	deltas := codec.Remaining(e, a)
	for i := range deltas {
		w.delta(c, &deltas[i])
	}
	if e.Finish != llm.FinishNone {
		w.finish(c, e)
	}
	return c.Buf
}

// composing is the composer, with a head for this answer. OpenAI has usage in all chunks, null in
// those before the last; it is left out there, as OpenRouter's own SDK refuses the null.
func (w *writer) composing(a *codec.Answer) *composer {
	c := w.composer
	if c == nil {
		c = &composer{text: w.req.Operation == llm.OperationCompletion, routed: routed(w.req)}
		w.composer = c
	}
	if c.head != nil && c.model == a.Model {
		return c
	}
	if w.first.id == nil {
		kind := "chatcmpl-"
		if c.text {
			kind = "cmpl-"
		}
		w.first.id = scan.AppendQuote(nil, kind+a.ID)
	}
	if w.first.created == nil {
		w.first.created = strconv.AppendInt(nil, a.Created, 10)
	}
	c.id, c.created, c.model = w.first.id, w.first.created, a.Model
	c.Buf = append(c.head[:0], "data: "...)
	c.opening("chat.completion.chunk")
	c.BeginAt("choices", '[')
	c.head = c.Buf
	return c
}

// opening writes the members that every document of an answer begins with. What a completion
// is called is the same in a stream.
func (c *composer) opening(object string) {
	if c.text {
		object = "text_completion"
	}
	c.Buf = append(c.Buf, '{')
	c.Raw("id", c.id)
	c.String("object", object)
	c.Raw("created", c.created)
	c.String("model", c.model)
	c.String("system_fingerprint", "")
}

// delta writes one piece as a chunk.
func (w *writer) delta(c *composer, d *llm.Delta) {
	ch := c.choice(d.Choice, w.spoke)
	if ch.ended || len(d.Text) == 0 && d.Kind != llm.DeltaCall && d.Kind != llm.DeltaEnd {
		return
	}
	switch d.Kind {
	case llm.DeltaText:
		c.words(ch, "content", d.Text)
	case llm.DeltaThought:
		if !c.text {
			c.begin(ch)
			c.Text("reasoning_content", d.Text)
			if c.routed {
				c.Text("reasoning", d.Text)
			}
			c.close("")
		}
	case llm.DeltaRefusal:
		if !c.text {
			ch.refused = true
			c.words(ch, "refusal", d.Text)
		}
	case llm.DeltaCall:
		if !c.text {
			ch.calls = append(ch.calls, composedCall{block: d.Block, filled: len(d.Text) > 0})
			c.call(ch, len(ch.calls)-1, d)
		}
	case llm.DeltaArguments:
		if i := ch.callOf(d.Block); i >= 0 {
			ch.calls[i].filled = true
			c.arguments(ch, i, d.Text)
		}
	case llm.DeltaEnd:
		if i := ch.callOf(d.Block); i >= 0 {
			c.fill(ch, i)
		}
		if d.Finish != llm.FinishNone {
			c.last(ch, d.Finish)
		}
	case llm.DeltaMedia:
		if !c.text {
			c.media(ch, d)
		}
	case llm.DeltaSignature, llm.DeltaRedacted:
		if raw := signed(d.Text); raw != nil && !c.text && d.Origin == llm.SchemaOpenAI {
			c.begin(ch)
			c.BeginAt("reasoning_details", '[')
			c.Raw("", raw)
			c.End(']')
			c.close("")
		}
	}
}

// callOf is the index of the call of a block; -1 if it is none.
func (ch *composed) callOf(block int) int {
	for i := len(ch.calls) - 1; i >= 0; i-- {
		if ch.calls[i].block == block {
			return i
		}
	}
	return -1
}

// begin begins a chunk of a choice: before the first the role goes in a chunk of its own.
func (c *composer) begin(ch *composed) {
	if !ch.begun {
		ch.begun = true
		if !c.text {
			c.open(ch)
			c.String("role", "assistant")
			c.String("content", "")
			c.Null("refusal")
			c.close("")
		}
	}
	c.open(ch)
}

// open begins a chunk up to where its delta's members stand.
func (c *composer) open(ch *composed) {
	c.Buf = append(c.Buf, c.head...)
	c.Begin('{')
	c.Int("index", int64(ch.index))
	if !c.text {
		c.BeginAt("delta", '{')
	}
}

// close ends a chunk, with a reason to end unless that is empty.
func (c *composer) close(finish string) {
	if !c.text {
		c.End('}')
	}
	c.Null("logprobs")
	if finish == "" {
		c.Null("finish_reason")
	} else {
		c.String("finish_reason", finish)
	}
	c.Buf = append(c.Buf, "}]}\n\n"...)
}

// words writes a chunk of text.
func (c *composer) words(ch *composed, key string, text llm.Escaped) {
	if c.text {
		key = "text"
	}
	c.begin(ch)
	c.Text(key, text)
	c.close("")
}

// call writes the chunk that begins tool call i.
func (c *composer) call(ch *composed, i int, d *llm.Delta) {
	c.begin(ch)
	c.BeginAt("tool_calls", '[')
	c.Begin('{')
	c.Int("index", int64(i))
	c.called(d.ID, d.Name, d.Text)
	c.End('}')
	c.End(']')
	c.close("")
}

// called writes the members of a tool call.
func (c *composer) called(id, name, arguments llm.Escaped) {
	c.Text("id", id)
	c.String("type", "function")
	c.BeginAt("function", '{')
	c.Text("name", name)
	c.Text("arguments", arguments)
	c.End('}')
}

// arguments writes a chunk with more of the arguments of tool call i.
func (c *composer) arguments(ch *composed, i int, text llm.Escaped) {
	c.begin(ch)
	c.BeginAt("tool_calls", '[')
	c.Begin('{')
	c.Int("index", int64(i))
	c.BeginAt("function", '{')
	c.Text("arguments", text)
	c.End('}')
	c.End('}')
	c.End(']')
	c.close("")
}

// fill gives tool call i the empty object if it has got no arguments.
func (c *composer) fill(ch *composed, i int) {
	if !ch.calls[i].filled {
		ch.calls[i].filled = true
		c.arguments(ch, i, llm.Escaped("{}"))
	}
}

// media writes a picture as OpenRouter has it, or a sound.
func (c *composer) media(ch *composed, d *llm.Delta) {
	c.begin(ch)
	c.medium(d)
	c.close("")
}

func (c *composer) medium(d *llm.Delta) {
	if len(d.Name) >= 5 && string(d.Name[:5]) == "audio" {
		c.BeginAt("audio", '{')
		c.String("id", "audio_0")
		c.Text("data", d.Text)
		c.String("transcript", "")
		c.Int("expires_at", 0)
		c.End('}')
		return
	}
	c.BeginAt("images", '[')
	c.image(d)
	c.End(']')
}

func (c *composer) image(d *llm.Delta) {
	c.Begin('{')
	c.String("type", "image_url")
	c.BeginAt("image_url", '{')
	c.BeginAt("url", '"')
	c.Buf = append(append(append(c.Buf, "data:"...), d.Name...), ";base64,"...)
	c.Buf = append(c.Buf, d.Text...)
	c.End('"')
	c.End('}')
	c.End('}')
}

// finish writes the last chunk of each choice that ends with e: exactly one has a reason.
func (w *writer) finish(c *composer, e *llm.Event) {
	if len(c.choices) == 0 || e.Ended&1 != 0 {
		c.choice(0, w.spoke)
	}
	for i := range c.choices {
		ch := &c.choices[i]
		if ch.ended || e.Ended != 0 && e.Ended&(1<<min(max(ch.index, 0), 63)) == 0 {
			continue
		}
		c.last(ch, e.Finish)
	}
}

// last writes the chunk that ends a choice.
func (c *composer) last(ch *composed, f llm.Finish) {
	for k := range ch.calls {
		if f != llm.FinishLength {
			c.fill(ch, k)
		}
	}
	c.begin(ch)
	if c.text { // which each piece must have
		c.String("text", "")
	}
	c.close(c.reason(f, len(ch.calls) > 0, ch.refused))
	ch.ended = true
}

// reason is OpenAI's word for the end of a choice. content_filter is none for an answer that
// has the words of a refusal: those are the model's own, and end as others do
// (platform.openai.com/docs/guides/structured-outputs, refusals).
func (c *composer) reason(f llm.Finish, called, refused bool) string {
	switch {
	case f == llm.FinishLength:
		return "length"
	case f == llm.FinishFilter && !refused:
		return "content_filter"
	case f == llm.FinishTools && called:
		return "tool_calls"
	}
	return "stop"
}

// end writes what stands before the end mark of a stream: usage, if it was asked for and has
// not been written with a chunk of a provider's own.
func (w *writer) end(dst []byte, a *codec.Answer) []byte {
	c := w.composer
	if c == nil || !w.req.WantUsage || !c.usage.Known && !c.usage.Estimated {
		return dst
	}
	if a.Priced {
		c.cost, c.priced = a.Cost, true
	}
	c.Buf = append(dst, "data: "...)
	c.opening("chat.completion.chunk")
	c.BeginAt("choices", '[')
	c.End(']')
	c.counts(w.req.WantCost)
	c.Buf = append(c.Buf, "}\n\n"...)
	return c.Buf
}
