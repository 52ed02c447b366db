package openai

import (
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

const includeUsage = `"include_usage":true`

// AppendRequest appends the caller's body with the model's name set, without the
// fields meant for the router, and asking for usage where the answer is a stream. Whether
// it is one, and with which words it begins, is f's to say.
// Reading has left marks where these are, so nothing is looked for again.
func (Codec) AppendRequest(dst []byte, r *llm.Request, f codec.Form) []byte {
	var ed scan.Editor
	ed.Reset(r.Body)
	switch at := r.Marks[markModel]; {
	case at.Empty():
		ed.Insert(scan.AppendQuote([]byte(`"model":`), f.Name))
	case r.Model != f.Name:
		ed.Set(valueAt(at), scan.AppendQuote(nil, f.Name))
	}
	for _, at := range r.Marks[markProvider : markSession+1] {
		if !at.Empty() {
			ed.Remove(at.Start, at.End)
		}
	}
	if f.Stream != r.Stream {
		setStream(&ed, r, f.Stream)
	}
	if f.Stream {
		askUsage(&ed, r.Body, r.Marks[markOptions])
	}
	if len(f.Prefill) > 0 {
		end := r.Marks[markMessages].End
		ed.Set(scan.Value{Start: end - 1, End: end}, prefilled(f))
	}
	return ed.Append(dst)
}

// setStream says whether the answer is to be a stream, otherwise than the caller. Without
// one there may be no options for it (platform.openai.com/docs/api-reference/chat/create,
// stream_options).
func setStream(ed *scan.Editor, r *llm.Request, on bool) {
	value := "false"
	if on {
		value = "true"
	}
	if at := r.Marks[markStream]; at.Empty() {
		ed.Insert([]byte(`"stream":` + value))
	} else {
		ed.Set(valueAt(at), []byte(value))
	}
	if at := r.Marks[markOptions]; !on && !at.Empty() {
		ed.Set(valueAt(at), []byte("null"))
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
	switch hostOf(f.BaseURL) {
	case "api.mistral.ai", "codestral.mistral.ai", "api.deepseek.com":
		with = append(with, `,"prefix":true`...)
	}
	return append(with, `}]`...)
}

// hostOf is the host's name in a base URL.
func hostOf(url string) string {
	_, host, _ := strings.Cut(url, "://")
	if i := strings.IndexAny(host, ":/?#"); i >= 0 {
		host = host[:i]
	}
	return strings.ToLower(host)
}

func valueAt(at llm.Span) scan.Value { return scan.Value{Start: at.Start, End: at.End} }

// askUsage sets include_usage in the stream options, leaving the others alone.
func askUsage(ed *scan.Editor, doc []byte, at llm.Span) {
	if at.Empty() {
		ed.Insert([]byte(`"stream_options":{` + includeUsage + `}`))
		return
	}
	c := scan.CursorAt(doc, at.Start)
	if c.Peek() != '{' { // null
		ed.Set(valueAt(at), []byte(`{`+includeUsage+`}`))
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
