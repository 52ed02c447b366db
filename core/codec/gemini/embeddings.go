package gemini

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// embedded reads what embedContent and batchEmbedContents answer: one embedding or an array
// of them, each {"values": […]} (https://ai.google.dev/api/embeddings).
func (d *document) embedded() {
	if d.embeddings.Kind == scan.KindNone || !d.e.Whole {
		return
	}
	c := scan.CursorAt(d.doc, d.embeddings.Start)
	if d.embeddings.Kind != scan.KindArray {
		d.embedding(&c, 0)
	} else {
		c.Enter('[')
		for i := 0; c.Next(); i++ {
			d.embedding(&c, i)
		}
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

// appendEmbeddings appends the members of an answer to embedContent, or to batchEmbedContents.
func appendEmbeddings(dst []byte, deltas []llm.Delta, several bool) []byte {
	key, shut := `"embedding":`, ""
	if several {
		key, shut = `"embeddings":[`, "]"
	}
	dst = append(dst, key...)
	some := false
	for i := range deltas {
		if deltas[i].Kind != llm.DeltaEmbedding || some && !several {
			continue
		}
		if some {
			dst = append(dst, ',')
		}
		dst = append(append(add(dst, `{"values":`), deltas[i].Text...), '}')
		some = true
	}
	if !some && !several {
		dst = add(dst, "{}")
	}
	return append(dst, shut...)
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
	if len(p.Title) > 0 {
		t.raw(`,"title":`)
		t.dst = codec.AppendString(t.dst, p.Title)
	}
	if len(p.Dimensions) > 0 {
		t.raw(`,"outputDimensionality":`)
		t.dst = append(t.dst, p.Dimensions...)
	}
	t.raw("}")
}
