package openai

import (
	"bytes"
	"strconv"

	"strowger/core/codec"
	"strowger/core/scan"
	"strowger/core/sse"
)

// appendAsChunk appends a complete answer as the only chunk of a stream: each message
// becomes a delta, each tool call gets its index. doc is an object that has been read.
func appendAsChunk(dst, doc []byte) []byte {
	var ed scan.Editor
	ed.Reset(doc)
	named := false
	m := scan.Object(doc)
	for m.Next() {
		switch {
		case m.KeyIs("object"):
			named = true
			ed.Set(m.Value(), []byte(`"chat.completion.chunk"`))
		case m.KeyIs("choices"):
			a := scan.ArrayAt(doc, m.Value())
			for a.Next() {
				choiceAsChunk(&ed, doc, a.Value())
			}
		}
	}
	if !named {
		ed.Insert([]byte(`"object":"chat.completion.chunk"`))
	}
	data := bytes.TrimSpace(ed.Append(nil))
	codec.OneLine(data)
	return sse.AppendData(dst, data)
}

func choiceAsChunk(ed *scan.Editor, doc []byte, v scan.Value) {
	m := scan.ObjectAt(doc, v)
	for m.Next() {
		if !m.KeyIs("message") {
			continue
		}
		start, _ := m.Span()
		// The key and its colon, as if they were a value.
		ed.Set(scan.Value{Start: start, End: m.Value().Start}, []byte(`"delta":`))
		message := scan.ObjectAt(doc, m.Value())
		for message.Next() {
			if message.KeyIs("tool_calls") {
				indexTools(ed, doc, message.Value())
			}
		}
	}
}

// indexTools gives each tool call the index that it has in a stream
// (platform.openai.com/docs/api-reference/chat-streaming), unless it has one.
func indexTools(ed *scan.Editor, doc []byte, v scan.Value) {
	a := scan.ArrayAt(doc, v)
	for i := 0; a.Next(); i++ {
		at := a.Value().Start
		c := scan.CursorAt(doc, at)
		some := c.Filled()
		if !c.Enter('{') {
			continue
		}
		indexed := false
		for c.Next() {
			indexed = string(c.Key()) == "index" || indexed
			c.Skip()
		}
		if indexed {
			continue
		}
		with := strconv.AppendInt([]byte(`{"index":`), int64(i), 10)
		if some {
			with = append(with, ',')
		}
		ed.Set(scan.Value{Start: at, End: at + 1}, with)
	}
}
