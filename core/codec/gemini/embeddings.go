package gemini

import (
	"strconv"

	"strowger/core/llm"
	"strowger/core/scan"
)

// embedded reads what embedContent and batchEmbedContents answer: one embedding or an array
// of them, each {"values": […]} (https://ai.google.dev/api/embeddings).
func (d *document) embedded() {
	if d.embeddings.Kind == scan.KindNone || !d.e.Whole {
		return
	}
	from := len(d.deltas)
	c := scan.CursorAt(d.doc, d.embeddings.Start)
	if d.embeddings.Kind != scan.KindArray {
		d.embedding(&c, 0)
	} else {
		c.Enter('[')
		for i := 0; c.Next(); i++ {
			d.embedding(&c, i)
		}
	}
	if n := int64(len(d.deltas) - from); n < d.req.Inputs {
		d.broken = true
		d.e.Err = &llm.Error{Code: llm.CodeBadAnswer, Message: "the provider has embedded " + strconv.FormatInt(n, 10) + " of " + strconv.FormatInt(d.req.Inputs, 10) + " texts"}
	}
	if !d.e.Usage.Known && !d.native { // as older models leave it out
		d.e.Usage = llm.Usage{Estimated: true, Input: d.req.InputTokens}
	}
}

func (d *document) embedding(c *scan.Cursor, index int) {
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		if string(c.Key()) != "values" || c.Peek() != '[' {
			c.Skip()
			continue
		}
		d.e.Content, d.more = true, true
		d.deltas = append(d.deltas, llm.Delta{Kind: llm.DeltaEmbedding, Choice: index, Block: index, Text: llm.Escaped(c.Value())})
		d.ends(0, llm.FinishStop)
	}
}

// appendEmbeddings appends the members of an answer to embedContent, or to batchEmbedContents, in
// the order of the texts, which is that of the deltas' choices.
func appendEmbeddings(dst []byte, deltas []llm.Delta, several bool) []byte {
	key, shut := `"embedding":`, ""
	if several {
		key, shut = `"embeddings":[`, "]"
	}
	dst = append(dst, key...)
	some := false
	for i := range deltas {
		d := embeddingOf(deltas, i)
		if d == nil || some && !several {
			continue
		}
		if some {
			dst = append(dst, ',')
		}
		dst = append(append(add(dst, `{"values":`), d.Text...), '}')
		some = true
	}
	if !some && !several {
		dst = add(dst, "{}")
	}
	return append(dst, shut...)
}

// embeddingOf is the embedding of a text; nil if there is none.
func embeddingOf(deltas []llm.Delta, text int) *llm.Delta {
	for i := range deltas {
		d := &deltas[(text+i)%len(deltas)] // most stand at their places
		if d.Kind == llm.DeltaEmbedding && d.Choice == text {
			return d
		}
	}
	return nil
}

// embeddings appends the body of embedContent, or of batchEmbedContents where there
// are several texts.
func (t *translation) embeddings() {
	if len(t.p.Inputs) > 1 {
		t.raw(`{"requests":[`)
		for i, input := range t.p.Inputs {
			if i > 0 {
				t.raw(",")
			}
			t.embed(input)
		}
		t.raw(`]}`)
		return
	}
	var input llm.Escaped
	if len(t.p.Inputs) > 0 {
		input = t.p.Inputs[0]
	}
	t.embed(input)
}

// embed appends a request of one text.
func (t *translation) embed(input llm.Escaped) {
	p := t.p
	t.raw(`{"model":`)
	t.dst = scan.AppendQuote(t.dst, resource(t.f.Name))
	t.raw(`,"content":{"parts":[`)
	t.text(input)
	t.raw(`]}`)
	if p.TaskType != "" {
		t.raw(`,"taskType":`)
		t.dst = scan.AppendQuote(t.dst, p.TaskType)
	}
	if len(p.Dimensions) > 0 {
		t.raw(`,"outputDimensionality":`)
		t.dst = append(t.dst, p.Dimensions...)
	}
	t.raw("}")
}
