package openai

import (
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
	"strowger/core/sse"
)

// NewReader starts reading an answer: a stream of events, or one JSON object.
func (Codec) NewReader(r *llm.Request) codec.Reader {
	if r.Stream {
		return &streamReader{framer: sse.Framer{Max: codec.MaxFrame}}
	}
	return &wholeReader{}
}

// wholeReader reads an answer that is one JSON object.
type wholeReader struct{ body []byte }

func (w *wholeReader) Read(p []byte, _ func(*llm.Event)) error {
	if len(w.body)+len(p) > codec.MaxAnswer {
		return &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer is larger than 64 MiB"}
	}
	w.body = append(w.body, p...)
	return nil
}

func (w *wholeReader) Close(emit func(*llm.Event)) error {
	e := llm.Event{Schema: llm.SchemaOpenAI, Raw: w.body, Whole: true}
	if err := readObject(&e, w.body, 0); err != nil {
		return badAnswer(w.body, err)
	}
	emit(&e)
	return nil
}

// badAnswer says what an unreadable body looks like, without repeating it at length.
func badAnswer(body []byte, err error) *llm.Error {
	msg := "the answer is not usable: " + err.Error()
	switch text := strings.TrimSpace(string(body[:min(len(body), 64)])); {
	case text == "":
		msg = "the answer is empty"
	case text[0] == '<':
		msg = "the answer is HTML instead of JSON"
	}
	return &llm.Error{Code: llm.CodeBadAnswer, Message: msg}
}

// streamReader reads an answer that comes as server-sent events.
type streamReader struct {
	framer sse.Framer
	failed error
	begun  bool
}

func (s *streamReader) Read(p []byte, emit func(*llm.Event)) error {
	err := s.framer.Write(p, func(f sse.Frame) { s.frame(f, emit) })
	if err != nil && s.failed == nil {
		s.failed = &llm.Error{Code: llm.CodeBadAnswer, Message: "an event of the stream is too long"}
	}
	return s.failed
}

func (s *streamReader) Close(emit func(*llm.Event)) error {
	s.framer.Close(func(f sse.Frame) { s.frame(f, emit) })
	return s.failed
}

func (s *streamReader) frame(f sse.Frame, emit func(*llm.Event)) {
	if s.failed != nil {
		return
	}
	e := llm.Event{Schema: llm.SchemaOpenAI, Raw: f.Raw}
	data, at := f.Data, f.DataAt
	switch {
	case f.Comment || len(data) == 0:
	case string(data) == "[DONE]":
		e.Done = true
	default:
		if at < 0 { // several data lines: a line end inside JSON is white space
			e.Raw = sse.AppendData(nil, []byte(strings.ReplaceAll(string(data), "\n", " ")))
			at = len("data: ")
			data = e.Raw[at : at+len(data)]
		}
		if err := readObject(&e, data, at); err != nil {
			if !s.begun { // the stream is none at all
				s.failed = badAnswer(data, err)
				return
			}
			e = llm.Event{Schema: llm.SchemaOpenAI, Dropped: true}
		} else {
			s.begun = true
		}
	}
	emit(&e)
}

// readObject reads an answer or a chunk of one into e. data stands at the place at in e.Raw.
func readObject(e *llm.Event, data []byte, at int) error {
	o := object{e: e, doc: data, at: at}
	m := scan.Object(data)
	for m.Next() {
		v := m.Value()
		switch {
		case m.KeyIs("model"):
			e.Model = o.span(v)
		case m.KeyIs("choices"):
			o.choices(v)
		case m.KeyIs("usage"):
			o.usage(v)
		case m.KeyIs("error"):
			o.failure(v)
		}
	}
	if err := m.Err(); err != nil {
		return err
	}
	start := strings.IndexByte(string(data), '{')
	e.Object = llm.Span{Start: at + start, End: at + len(data)}
	return nil
}

// object is a JSON object being read into an event.
type object struct {
	e   *llm.Event
	doc []byte
	at  int
}

func (o *object) span(v scan.Value) llm.Span {
	return llm.Span{Start: v.Start + o.at, End: v.End + o.at}
}

func (o *object) choices(v scan.Value) {
	if v.Kind != scan.KindArray {
		return
	}
	a := scan.ArrayAt(o.doc, v)
	for a.Next() {
		o.e.Choices = true
		m := scan.ObjectAt(o.doc, a.Value())
		for m.Next() {
			switch {
			case m.KeyIs("delta"), m.KeyIs("message"):
				o.message(m.Value())
			case m.KeyIs("finish_reason"):
				if s, ok := scan.String(o.doc, m.Value()); ok {
					o.e.Finish = finishOf(s)
				}
			}
		}
	}
}

// message looks for content: what a reader of the answer would see or act on.
func (o *object) message(v scan.Value) {
	m := scan.ObjectAt(o.doc, v)
	for m.Next() {
		v := m.Value()
		switch {
		case m.KeyIs("content"), m.KeyIs("refusal"), m.KeyIs("reasoning"), m.KeyIs("reasoning_content"):
			o.text(v)
		case m.KeyIs("tool_calls"), m.KeyIs("function_call"), m.KeyIs("reasoning_details"), m.KeyIs("audio"):
			if v.End-v.Start > 2 && v.Kind >= scan.KindArray {
				o.e.Content, o.e.Size = true, o.e.Size+v.End-v.Start
				o.e.Tool = o.e.Tool || m.KeyIs("tool_calls") || m.KeyIs("function_call")
			}
		}
	}
}

func (o *object) text(v scan.Value) {
	if (v.Kind == scan.KindString || v.Kind == scan.KindArray) && v.End-v.Start > 2 {
		o.e.Content, o.e.Size = true, o.e.Size+v.End-v.Start-2
	}
}

// finishOf reads a finish reason (platform.openai.com, chat completion object).
func finishOf(s string) llm.Finish {
	switch s {
	case "stop", "eos", "end_turn":
		return llm.FinishStop
	case "length", "max_tokens":
		return llm.FinishLength
	case "tool_calls", "function_call":
		return llm.FinishTools
	case "content_filter":
		return llm.FinishFilter
	case "":
		return llm.FinishNone
	}
	return llm.FinishOther
}

// usage reads token counts into disjoint buckets: OpenAI's prompt_tokens include cached
// ones, and completion_tokens include reasoning
// (platform.openai.com/docs/api-reference/chat/object, usage).
func (o *object) usage(v scan.Value) {
	if v.Kind != scan.KindObject {
		return
	}
	var prompt, completion, cached, reasoning int64
	priced := false
	m := scan.ObjectAt(o.doc, v)
	for m.Next() {
		switch v := m.Value(); {
		case m.KeyIs("prompt_tokens"):
			prompt = o.count(v)
		case m.KeyIs("completion_tokens"):
			completion = o.count(v)
		case m.KeyIs("prompt_tokens_details"):
			cached = o.countIn(v, "cached_tokens")
		case m.KeyIs("completion_tokens_details"):
			reasoning = o.countIn(v, "reasoning_tokens")
		case m.KeyIs("cost"):
			priced = true
		}
	}
	cached, reasoning = min(cached, prompt), min(reasoning, completion)
	if !priced { // a cost that the provider states stays
		o.e.Bill = o.span(v)
	}
	o.e.Usage = llm.Usage{Known: true, Input: prompt - cached, CacheRead: cached, Output: completion - reasoning, Reasoning: reasoning}
}

func (o *object) count(v scan.Value) int64 {
	n, _ := scan.Int(v.Raw(o.doc))
	return max(n, 0)
}

func (o *object) countIn(v scan.Value, key string) (n int64) {
	if v.Kind != scan.KindObject {
		return 0
	}
	m := scan.ObjectAt(o.doc, v)
	for m.Next() {
		if m.KeyIs(key) {
			n = o.count(m.Value())
		}
	}
	return n
}
