package openai

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

const includeUsage = `"include_usage":true`

// AppendRequest appends the caller's body with the model's name set, without the
// fields meant for the router, and asking for usage where the answer is a stream. Whether
// it is one, and with which words it begins, is f's to say.
// Reading has left marks where these are, so nothing is looked for again. A request of another
// schema is written from f.Prompt.
func (Codec) AppendRequest(dst []byte, r *llm.Request, f codec.Form) []byte {
	if r.Schema != llm.SchemaOpenAI {
		return translate(dst, r, f)
	}
	if f.Stream == r.Stream && !f.Stream && len(f.Prefill) == 0 && codec.OnlyNamed(r) {
		return codec.AppendNamed(dst, r, f.Name)
	}
	var ed scan.Editor
	ed.Reset(r.Body)
	switch at := r.Marks[codec.MarkModel]; {
	case at.Empty():
		ed.Insert(scan.AppendQuote([]byte(`"model":`), f.Name))
	case r.Model != f.Name:
		ed.Set(codec.ValueAt(at), scan.AppendQuote(nil, f.Name))
	}
	codec.Strip(&ed, r)
	if r.Operation == llm.OperationEmbeddings {
		return ed.Append(dst)
	}
	if f.Stream != r.Stream {
		codec.SetStream(&ed, f.Stream, r.Marks[markStream], r.Marks[markOptions])
	}
	if f.Stream {
		if s := serverAt(f.BaseURL); !s.is(noStreamOptions) {
			askUsage(&ed, r.Body, r.Marks[markOptions])
		}
	}
	if len(f.Prefill) > 0 {
		prefill(&ed, r, f)
	}
	return ed.Append(dst)
}

// prefill gives the endpoint the answer so far: as the last of the messages or, of a
// completion, behind its prompt, if that is one text.
func prefill(ed *scan.Editor, r *llm.Request, f codec.Form) {
	at := r.Marks[markMessages]
	if r.Operation != llm.OperationCompletion {
		ed.Set(scan.Value{Start: at.End - 1, End: at.End}, prefilled(f))
		return
	}
	if end := onlyString(r.Body[at.Start:at.End]); end >= 0 {
		end += at.Start
		ed.Set(scan.Value{Start: end, End: end + 1}, append(codec.AppendEscaped(nil, string(f.Prefill)), '"'))
	}
}

// prefilled is the end of the messages with the answer so far as the last of them. Most
// servers go on with a last message of the assistant's. Mistral and DeepSeek (the latter
// under /beta) want to be told so (docs.mistral.ai/api, prefix;
// api-docs.deepseek.com/guides/chat_prefix_completion), which others refuse as an unknown
// field. vLLM and SGLang would need continue_final_message, and are not known by their
// address: they begin anew.
func prefilled(f codec.Form) []byte {
	with := scan.AppendQuote([]byte(`,{"role":"assistant","content":`), string(f.Prefill))
	if s := serverAt(f.BaseURL); s.is(prefixed) {
		with = append(with, `,"prefix":true`...)
	}
	return append(with, `}]`...)
}

// askUsage sets include_usage in the stream options, leaving the others alone.
func askUsage(ed *scan.Editor, doc []byte, at llm.Span) {
	if at.Empty() {
		ed.Insert([]byte(`"stream_options":{` + includeUsage + `}`))
		return
	}
	c := scan.CursorAt(doc, at.Start)
	if c.Peek() != '{' { // null
		ed.Set(codec.ValueAt(at), []byte(`{`+includeUsage+`}`))
		return
	}
	some := c.Filled()
	c.Enter('{')
	for c.Next() {
		if string(c.Key()) != "include_usage" {
			c.Skip()
			continue
		}
		if v := c.Value(); string(v) != "true" {
			ed.Set(scan.Value{Start: c.At - len(v), End: c.At}, []byte("true"))
		}
		return
	}
	with := []byte(`{` + includeUsage)
	if some {
		with = append(with, ',')
	}
	ed.Set(scan.Value{Start: at.Start, End: at.Start + 1}, with)
}
