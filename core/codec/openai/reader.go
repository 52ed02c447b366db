package openai

import (
	"bytes"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
	"strowger/core/sse"
)

// NewReader starts reading an answer: a stream of events, or one JSON object, as embeddings
// always are. Callers of other schemas, and completions, get deltas.
func (Codec) NewReader(r *llm.Request, stream bool) codec.Reader {
	return codec.NewReader(llm.SchemaOpenAI, grammarOf(r), stream && r.Operation != llm.OperationEmbeddings)
}

func grammarOf(r *llm.Request) codec.Grammar {
	switch {
	case r.Operation == llm.OperationEmbeddings:
		return &vectors{req: r}
	case r.Operation == llm.OperationCompletion:
		return &texts{vague: numbered(r)}
	case r.Schema != llm.SchemaOpenAI:
		return &abroad{caller: r.Schema}
	}
	return grammar{}
}

// grammar reads chat completions and chunks of them.
type grammar struct{}

// Document reads a chat completion or a chunk.
func (grammar) Document(e *llm.Event, _, data []byte, at int) error { return readObject(e, data, at) }

// AsStream hands a chat completion over as a stream of one chunk.
func (grammar) AsStream(e *llm.Event, emit func(*llm.Event)) error {
	raw := appendAsChunk(nil, e.Raw)
	*e = llm.Event{Schema: llm.SchemaOpenAI, Raw: raw}
	if err := readObject(e, dataOf(raw), len(dataField)); err != nil {
		return err
	}
	emit(e)
	emit(&llm.Event{Schema: llm.SchemaOpenAI, Done: true, Plain: true})
	return nil
}

const dataField = "data: "

// dataOf is the document in a frame of one line.
func dataOf(raw []byte) []byte { return bytes.TrimSuffix(raw[len(dataField):], []byte("\n\n")) }

// abroad is the grammar of chat completions for callers of other schemas.
type abroad struct {
	tracker tracker
	caller  llm.Schema
}

// Document reads a chat completion or a chunk, with its deltas.
func (g *abroad) Document(e *llm.Event, _, data []byte, at int) error {
	o := object{e: e, doc: data, at: at}
	if err := o.read(); err != nil || o.list == 0 {
		return err
	}
	g.tracker.read(e, data, o.list)
	codec.FailBroken(e, g.caller)
	return nil
}

// AsStream hands a chat completion over as the events of a stream.
func (g *abroad) AsStream(e *llm.Event, emit func(*llm.Event)) error { return codec.Retell(e, emit) }

// texts is the grammar of completions (platform.openai.com/docs/api-reference/completions).
type texts struct {
	tracker tracker
	vague   bool // nobody could go on with them, as their prompt is no text
}

// Document reads a completion or a piece of one.
func (g *texts) Document(e *llm.Event, _, data []byte, at int) error {
	o := object{e: e, doc: data, at: at, plain: true}
	if err := o.read(); err != nil || o.list == 0 {
		return err
	}
	e.Plain = e.Plain && !g.vague
	g.tracker.read(e, data, o.list)
	return nil
}

// AsStream hands a completion over as a stream of one piece, which looks the same.
func (g *texts) AsStream(e *llm.Event, emit func(*llm.Event)) error {
	data := bytes.TrimSpace(bytes.Clone(e.Raw))
	codec.OneLine(data)
	*e = llm.Event{Schema: llm.SchemaOpenAI, Raw: sse.AppendData(nil, data)}
	g.tracker = tracker{}
	if err := g.Document(e, nil, dataOf(e.Raw), len(dataField)); err != nil {
		return err
	}
	emit(e)
	emit(&llm.Event{Schema: llm.SchemaOpenAI, Done: true, Plain: true})
	return nil
}

// numbered reports whether the prompt of a completion is something else than one text.
func numbered(r *llm.Request) bool {
	at := r.Marks[markMessages]
	return at.Empty() || r.Schema != llm.SchemaOpenAI || onlyString(r.Body[at.Start:at.End]) < 0
}

// onlyString is the place of the end quote of the only text in raw, which is a text or an array
// of one; -1 if there is none.
func onlyString(raw []byte) int {
	c := scan.CursorAt(raw, 0)
	if c.Peek() == '[' {
		c.Enter('[')
		c.Next()
	}
	if c.Peek() != '"' {
		return -1
	}
	c.Skip()
	end := c.At - 1
	if raw[0] == '[' && c.Next() {
		return -1
	}
	return end
}
