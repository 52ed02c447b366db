package openai

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// vectors is the grammar of embeddings (platform.openai.com/docs/api-reference/embeddings).
type vectors struct {
	req    *llm.Request
	deltas []llm.Delta
}

// Document reads a list of embeddings.
func (g *vectors) Document(e *llm.Event, _, data []byte, at int) error {
	o := object{e: e, doc: data, at: at}
	if err := o.read(); err != nil || o.list == 0 {
		return err
	}
	e.Plain = false
	c := scan.CursorAt(data, o.list)
	if !c.Filled() {
		return nil
	}
	g.read(&c)
	if n := int64(len(g.deltas)); n < g.req.Inputs {
		e.Err = &llm.Error{Code: llm.CodeBadAnswer, Message: "the provider has embedded " + strconv.FormatInt(n, 10) + " of " + strconv.FormatInt(g.req.Inputs, 10) + " texts"}
		return nil
	}
	e.Choices, e.Content, e.Finish, e.Spoke, e.Ended, e.Err = true, true, llm.FinishStop, 1, 1, nil
	if g.req.Schema == llm.SchemaOpenAI { // deltas are for others
		return nil
	}
	g.order()
	for i := range g.deltas {
		g.deltas[i].Text = floats(g.deltas[i].Text)
	}
	e.Deltas = g.deltas
	return nil
}

// read reads the embeddings that there are, as they are written.
func (g *vectors) read(c *scan.Cursor) {
	g.deltas = g.deltas[:0]
	c.Enter('[')
	for i := 0; c.Next(); i++ {
		d := llm.Delta{Kind: llm.DeltaEmbedding, Choice: i}
		if !c.Enter('{') {
			continue
		}
		for c.Next() {
			switch string(c.Key()) {
			case "embedding":
				if v := c.Value(); len(v) > len("[]") && v[0] != 'n' {
					d.Text = llm.Escaped(v)
				}
			case "index":
				if n, ok := scan.Int(c.Value()); ok && n >= 0 {
					d.Choice = int(min(n, math.MaxInt32))
				}
			default:
				c.Skip()
			}
		}
		if len(d.Text) > 0 {
			g.deltas = append(g.deltas, d)
		}
	}
}

// order puts the embeddings in the order of their indices. Where these are not those of a list,
// they count in the order in which they came.
func (g *vectors) order() {
	ordered := make([]llm.Delta, len(g.deltas))
	for _, d := range g.deltas {
		if d.Choice >= len(ordered) || ordered[d.Choice].Kind != llm.DeltaNone {
			for i := range g.deltas {
				g.deltas[i].Choice = i
			}
			return
		}
		ordered[d.Choice] = d
	}
	g.deltas = ordered
}

// AsStream is never asked for: there are no streams of embeddings.
func (g *vectors) AsStream(*llm.Event, func(*llm.Event)) error { return nil }

// single gives the one document that there was as the whole answer.
type single struct {
	grammar codec.Grammar
	raw     []byte
	event   llm.Event
}

// Add takes the answer.
func (s *single) Add(e *llm.Event) {
	if e.Whole {
		s.raw = append(s.raw[:0], e.Raw...)
	}
}

// Whole is the answer.
func (s *single) Whole() (*llm.Event, error) {
	s.event = llm.Event{Schema: llm.SchemaOpenAI, Whole: true}
	if err := codec.ReadBody(s.grammar, &s.event, s.raw); err != nil {
		return nil, codec.BadAnswer(s.raw, err)
	}
	return &s.event, nil
}

// floats is an embedding as an array of numbers, although it be base64 of them: 32 bits each,
// the lowest byte first.
func floats(raw []byte) llm.Escaped {
	if len(raw) == 0 || raw[0] != '"' {
		return llm.Escaped(raw)
	}
	text, _ := scan.Unquote(nil, raw)
	plain, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return llm.Escaped("[]")
	}
	out := []byte{'['}
	for i := 0; i+4 <= len(plain); i += 4 {
		if i > 0 {
			out = append(out, ',')
		}
		f := math.Float32frombits(binary.LittleEndian.Uint32(plain[i:]))
		if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
			f = 0
		}
		out = strconv.AppendFloat(out, float64(f), 'g', -1, 32)
	}
	return append(out, ']')
}

// appendBase64 appends an array of numbers as base64 of them, which the official clients ask
// for.
func appendBase64(dst []byte, numbers llm.Escaped) []byte {
	var plain []byte
	c := scan.CursorAt(numbers, 0)
	if c.Enter('[') {
		for c.Next() {
			f, _ := scan.Float(c.Value())
			plain = binary.LittleEndian.AppendUint32(plain, math.Float32bits(float32(f)))
		}
	}
	return base64.StdEncoding.AppendEncode(dst, plain)
}

// embeddings appends a list of embeddings. Callers may have asked for base64. The tokens that a
// provider does not count are estimated, and said to be.
func (w *writer) embeddings(dst []byte, e *llm.Event, a *codec.Answer) []byte {
	c := composer{usage: e.Usage, cost: a.Cost, priced: a.Priced}
	if !c.usage.Known {
		c.usage = llm.Usage{Estimated: true, Input: w.req.InputTokens}
	}
	at := w.req.Marks[markEncoding]
	packed := w.req.Schema == llm.SchemaOpenAI && !at.Empty() && string(w.req.Body[at.Start:at.End]) == `"base64"`
	c.Buf = dst
	c.Begin('{')
	c.String("object", "list")
	c.BeginAt("data", '[')
	for i := range e.Deltas {
		d := &e.Deltas[i]
		if d.Kind != llm.DeltaEmbedding {
			continue
		}
		c.Begin('{')
		c.String("object", "embedding")
		c.Int("index", int64(d.Choice))
		if packed {
			c.BeginAt("embedding", '"')
			c.Buf = appendBase64(c.Buf, d.Text)
			c.End('"')
		} else {
			c.Raw("embedding", d.Text)
		}
		c.End('}')
	}
	c.End(']')
	c.String("model", a.Model)
	c.BeginAt("usage", '{')
	c.Int("prompt_tokens", c.usage.Total())
	c.Int("total_tokens", c.usage.Total())
	if c.usage.Estimated {
		c.Bool("estimated", true)
	}
	if w.req.WantCost {
		c.Buf = codec.AppendCost(append(c.Buf, ','), a)
	}
	c.End('}')
	c.End('}')
	return c.Buf
}

// embeddings writes a request for them: as numbers, of which base64 is made here.
func (t *translation) embeddings() {
	switch in := t.p.Inputs; len(in) {
	case 0:
		t.Text("input", nil)
	case 1:
		t.Text("input", in[0])
	default:
		t.BeginAt("input", '[')
		for i := range in {
			t.Text("", in[i])
		}
		t.End(']')
	}
	t.optRaw("dimensions", t.p.Dimensions)
	t.optText("user", t.p.User)
	t.String("encoding_format", "float")
}
