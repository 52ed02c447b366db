package gemini

import (
	"bytes"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// NewReader starts reading an answer: a stream of events, or one JSON object.
func (Codec) NewReader(r *llm.Request, stream bool) codec.Reader {
	return codec.NewReader(llm.SchemaGemini, &grammar{native: r.Schema == llm.SchemaGemini, req: r}, stream)
}

// grammar reads answers and chunks of them, which have one shape
// (https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse), and what
// embedContent, batchEmbedContents and countTokens answer.
type grammar struct {
	native bool // the caller speaks the schema too: what only it can say goes on
	req    *llm.Request
	open   []block // of each choice the block that goes on, by the choice's index
	begun  int     // blocks so far
	called uint64  // the choices that have called a function
	deltas []llm.Delta
	quoted []byte // arguments as texts
}

// block is a run of parts of one kind.
type block struct {
	kind   llm.DeltaKind
	number int
}

// Document reads an answer or a chunk of one. The object's own members are checked and each
// taken once; what lies deeper is read as far as it is understood.
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
	g.deltas, g.quoted = g.deltas[:0], g.quoted[:0]
	d.read()
	d.judge()
	e.Deltas = g.deltas
	return nil
}

// AsStream hands a complete answer over as a stream of one chunk, which has the same shape.
func (g *grammar) AsStream(e *llm.Event, emit func(*llm.Event)) error {
	const field = "data: "
	raw := append([]byte(field), e.Raw[e.Object.Start:e.Object.End]...)
	codec.OneLine(raw)
	raw = append(raw, lineEnds...)
	*g = grammar{native: g.native, req: g.req}
	*e = llm.Event{Schema: llm.SchemaGemini, Raw: raw}
	if err := g.Document(e, nil, raw[len(field):len(raw)-len(lineEnds)], len(field)); err != nil {
		return err
	}
	emit(e)
	emit(&llm.Event{Schema: llm.SchemaGemini, Done: true, Plain: true})
	return nil
}

// lineEnds end an event of a stream, as the API has them.
const lineEnds = "\r\n\r\n"

// document is a JSON object being read into an event.
type document struct {
	*grammar
	e   *llm.Event
	doc []byte
	at  int

	candidates, feedback, usage, failure scan.Value
	embeddings, total                    scan.Value

	count  int         // of choices
	more   bool        // there is content beside one text and one thought
	worded bool        // there is text
	broken bool        // a choice ended in an error
	ended  []llm.Delta // how each choice has ended
}

func (d *document) member(key []byte, v scan.Value) {
	switch string(key) {
	case "candidates":
		d.candidates = v
	case "promptFeedback":
		d.feedback = v
	case "usageMetadata":
		d.usage = v
	case "modelVersion":
		d.e.Model = d.span(v)
	case "responseId":
		if v.Kind == scan.KindString {
			d.e.ID = d.span(v)
		}
	case "error":
		d.failure = v
	case "embedding", "embeddings":
		d.embeddings = v
	case "totalTokens":
		d.total = v
	}
}

func (d *document) span(v scan.Value) llm.Span {
	return llm.Span{Start: v.Start + d.at, End: v.End + d.at}
}

func (d *document) read() {
	e := d.e
	if d.candidates.Kind == scan.KindArray {
		c := scan.CursorAt(d.doc, d.candidates.Start)
		c.Enter('[')
		for c.Next() {
			if c.Enter('{') {
				d.candidate(&c)
			}
		}
	}
	if d.count > 1 { // one alone has ended as the event says
		d.deltas = append(d.deltas, d.ended...)
	}
	if d.usage.Kind == scan.KindObject {
		var u Usage
		c := scan.CursorAt(d.doc, d.usage.Start)
		if !u.read(&c) { // a cost that the provider states stays
			e.Bill = d.span(d.usage)
		}
		e.Usage = u.Tokens()
	}
	if d.count == 0 && d.blocked() {
		d.ends(0, llm.FinishFilter)
	}
	d.embedded()
	if n, ok := codec.Count(d.total.Raw(d.doc)); ok && e.Whole && d.total.Kind == scan.KindNumber {
		e.Usage = llm.Usage{Known: true, Input: n}
		d.ends(0, llm.FinishStop)
	}
	if d.failure.Kind != scan.KindNone {
		if err := codec.Failure(d.doc, d.failure); err != nil {
			e.Err = err
			words(err, d.failure.Raw(d.doc))
		}
	}
}

// ends notes that a choice has spoken and why it ended.
func (d *document) ends(index int64, f llm.Finish) {
	bit := uint64(1) << index
	d.e.Choices = true
	d.e.Spoke |= bit
	if f != llm.FinishNone {
		d.e.Ended |= bit
		d.e.Finish = f
	}
}

// judge decides between an error and an answer in one object, as in a stream an error ends the
// answer and a whole answer counts if it is one; and what of the event could be written anew:
// one choice with nothing but a text and a thought.
func (d *document) judge() {
	e := d.e
	if e.Err != nil && e.Whole {
		if d.broken || !e.Content && e.Finish == llm.FinishNone {
			e.Choices = false
		} else {
			e.Err = nil
		}
	}
	one := e.Err == nil && !e.Tool && !d.more && d.count <= 1
	e.Plain, e.Steady = one, one
	e.Reasoned = one && e.Content && !d.worded
	if d.count > 1 {
		e.Text, e.Thought = llm.Span{}, llm.Span{}
	}
}

// blocked reports whether the prompt was not let through
// (https://ai.google.dev/api/generate-content#PromptFeedback).
func (d *document) blocked() (yes bool) {
	if d.feedback.Kind != scan.KindObject {
		return false
	}
	c := scan.CursorAt(d.doc, d.feedback.Start)
	c.Enter('{')
	for c.Next() {
		if string(c.Key()) == "blockReason" {
			yes = c.Length() > 0
		} else {
			c.Skip()
		}
	}
	return yes
}

func (d *document) candidate(c *scan.Cursor) {
	content, index := -1, int64(0)
	var reason []byte
	for c.Next() {
		switch string(c.Key()) {
		case "content":
			c.Peek()
			content = c.At
			c.Skip()
		case "index":
			index, _ = scan.Int(c.Value())
		case "finishReason":
			reason = c.Value()
		case "logprobsResult": // they are of the words as they were
			d.more = d.more || c.Filled()
			c.Skip()
		default:
			c.Skip()
		}
	}
	index = min(max(index, 0), 63)
	d.count++
	d.more = d.more || index != 0
	if content >= 0 {
		d.content(content, int(index))
	}
	f, broke := finishOf(reason)
	if f == llm.FinishStop && d.called>>index&1 == 1 { // which the API does not tell apart
		f = llm.FinishTools
	}
	d.ends(index, f)
	if f != llm.FinishNone {
		end := llm.Delta{Kind: llm.DeltaEnd, Choice: int(index), Finish: f}
		if int(index) < len(d.open) {
			end.Block = d.open[index].number
		}
		d.ended = append(d.ended, end)
	}
	if broke {
		d.broken = true
		d.e.Err = &llm.Error{Code: llm.CodeProvider, Message: "the provider ended the answer with " + string(codec.Inner(reason)), ProviderCode: string(codec.Inner(reason))}
	}
}

// finishOf reads a finish reason (https://ai.google.dev/api/generate-content#FinishReason),
// and tells whether it says that the answer is none. FUNCTION_CALL is what a widespread mock
// says where the API has STOP.
func finishOf(raw []byte) (f llm.Finish, broke bool) {
	switch string(raw) {
	case "", "null", `""`, `"FINISH_REASON_UNSPECIFIED"`:
		return llm.FinishNone, false
	case `"STOP"`, `"FUNCTION_CALL"`:
		return llm.FinishStop, false
	case `"MAX_TOKENS"`:
		return llm.FinishLength, false
	case `"SAFETY"`, `"RECITATION"`, `"BLOCKLIST"`, `"PROHIBITED_CONTENT"`, `"SPII"`, `"MODEL_ARMOR"`,
		`"IMAGE_SAFETY"`, `"IMAGE_PROHIBITED_CONTENT"`, `"IMAGE_RECITATION"`:
		return llm.FinishFilter, false
	case `"MALFORMED_FUNCTION_CALL"`, `"UNEXPECTED_TOOL_CALL"`, `"TOO_MANY_TOOL_CALLS"`, `"MISSING_THOUGHT_SIGNATURE"`, `"MALFORMED_RESPONSE"`:
		return llm.FinishOther, true
	}
	if raw[0] != '"' {
		return llm.FinishNone, false
	}
	return llm.FinishOther, false
}
