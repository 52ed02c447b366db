package codec

import (
	"bytes"

	"strowger/core/llm"
	"strowger/core/sse"
)

// streamReader reads an answer that comes as server-sent events, or as one JSON object
// all the same: some servers leave the wish for a stream unheard.
type streamReader struct {
	schema  llm.Schema
	grammar Grammar
	framer  sse.Framer
	form    form
	body    []byte // of an answer that is no stream; of a stream, how it begins
	event   llm.Event
	again   again
	failed  error
	begun   bool // a chunk has been read
	ended   bool // the end mark has been read
	cr      bool // the last frame ended in CR: an LF in front of the next belongs to it
	last    bool // the frame at hand is what the end of the stream completed
}

// form is what an answer turns out to be by its first byte.
type form uint8

const (
	unknown form = iota
	events
	plain // JSON or HTML: no event begins so
)

func (s *streamReader) Read(p []byte, emit func(*llm.Event)) error {
	if s.form == unknown {
		p = s.sniff(p)
	}
	if s.failed != nil || len(p) == 0 {
		return s.failed
	}
	if s.form == plain {
		s.body, s.failed = keep(s.body, p)
		return s.failed
	}
	if !s.begun && len(s.body) < MaxOpening {
		s.body = append(s.body, p[:min(len(p), MaxOpening-len(s.body))]...)
	}
	for len(p) > 0 && s.failed == nil {
		e, n := s.Repeat(p)
		if e != nil {
			emit(e)
		} else {
			n = frameEnd(p)
			err := s.framer.Write(p[:n], func(f sse.Frame) { s.frame(f, emit) })
			if err != nil && s.failed == nil {
				s.failed = &llm.Error{Code: llm.CodeBadAnswer, Message: "an event of the stream is too long"}
			}
		}
		p = p[n:]
	}
	return s.failed
}

// Repeat reads an event like the one before.
func (s *streamReader) Repeat(p []byte) (e *llm.Event, n int) {
	if len(p) == 0 || s.failed != nil || !s.steady() {
		return nil, 0
	}
	if n = s.again.match(p); n == 0 {
		return nil, 0
	}
	return s.again.read(p[:n:n]), n
}

// frameEnd is how many bytes of p lead to the next end of a frame, behind which there may be one like
// it; all if none of those whose lines end in LF is there.
func frameEnd(p []byte) (n int) {
	for {
		i := bytes.IndexByte(p[n:], '\n')
		if i < 0 {
			return len(p)
		}
		n += i + 1
		switch rest := p[n:]; {
		case bytes.HasPrefix(rest, lf):
			return n + len(lf)
		case bytes.HasPrefix(rest, crlf):
			return n + len(crlf)
		}
	}
}

var lf, crlf = []byte("\n"), []byte("\r\n")

// steady reports whether an event like the one before may come next.
func (s *streamReader) steady() bool {
	return len(s.again.raw) > 0 && s.framer.Between() && !s.cr && !s.ended
}

// sniff finds out the form. White space and a byte order mark in front are dropped.
func (s *streamReader) sniff(p []byte) []byte {
	for i, b := range p {
		switch b {
		case ' ', '\t', '\r', '\n', byteOrderMark[0], byteOrderMark[1], byteOrderMark[2]:
			continue
		case '<': // nothing to wait for
			s.form, s.failed = plain, BadAnswer(p[i:i+1], nil)
		case '{', '[', '"':
			s.form = plain
		default:
			s.form = events
		}
		return p[i:]
	}
	return nil
}

func (s *streamReader) Close(emit func(*llm.Event)) error {
	if s.failed != nil {
		return s.failed
	}
	if s.form == plain {
		s.failed = s.closePlain(emit)
		return s.failed
	}
	s.last = true
	s.framer.Close(func(f sse.Frame) { s.frame(f, emit) })
	if s.failed == nil && !s.begun && !s.ended {
		s.failed = noStream(s.body)
	}
	return s.failed
}

// noStream is why an answer without any event is none, if that can be said of how it
// begins: its lines have names that no stream has.
func noStream(body []byte) error {
	for _, name := range [...]string{":", "data", "event", "id", "retry"} {
		if bytes.HasPrefix(body, []byte(name)) {
			return nil
		}
	}
	if text := Opening(body); text != "" {
		return &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer is no stream of events but text: " + text}
	}
	return nil
}

// closePlain reads a body that was to be a stream: an error, or a complete answer,
// which goes on as a stream of one chunk.
func (s *streamReader) closePlain(emit func(*llm.Event)) error {
	e := &s.event
	*e = llm.Event{Schema: s.schema, Whole: true}
	if err := ReadBody(s.grammar, e, s.body); err != nil {
		return BadAnswer(s.body, err)
	}
	switch {
	case e.Err != nil:
		emit(&llm.Event{Schema: s.schema, Err: e.Err})
		return nil
	case !e.Choices || e.Finish == llm.FinishNone:
		return &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer is one JSON object, no stream, and not a complete answer"}
	}
	if err := s.grammar.AsStream(e, emit); err != nil {
		return BadAnswer(s.body, err)
	}
	return nil
}

func (s *streamReader) frame(f sse.Frame, emit func(*llm.Event)) {
	if s.failed != nil || s.ended {
		return
	}
	e := &s.event
	raw, at := s.whole(f)
	*e = llm.Event{Schema: s.schema, Raw: raw}
	switch data := bytes.TrimSpace(f.Data); {
	case f.Comment && len(raw) > 0:
		e.Plain = true
	case len(data) == 0: // callers' parsers take it for JSON
		return
	case string(data) == "[DONE]":
		e.Done, e.Plain, s.ended = true, true, true
	default:
		if !s.chunk(e, f, at) {
			return
		}
		if e.Done { // what else it says goes first
			s.ended = true
			e.Done = false
			if e.Choices || e.Usage.Known || e.Err != nil {
				emit(e)
			}
			*e = llm.Event{Schema: s.schema, Done: true, Plain: true}
		}
	}
	emit(e)
}

// chunk reads the data of a frame, which stands at the place at in e.Raw, and reports
// whether there is anything to emit.
func (s *streamReader) chunk(e *llm.Event, f sse.Frame, at int) bool {
	var err error
	if at >= 0 {
		err = s.grammar.Document(e, f.Event, f.Data, at)
	} else {
		err = s.remake(e, f.Event, f.Data)
	}
	if tail := tailAt(f.Data, err); tail > 0 {
		at, err = -1, s.remake(e, f.Event, f.Data[:tail])
	}
	named := string(f.Event) == "error" && !e.Choices && e.Err == nil
	switch {
	case named && err == nil: // an error event without an error member
		e.Err = ErrorOf(f.Data, MsgReported)
	case named:
		*e = llm.Event{Schema: s.schema, Err: &llm.Error{Code: llm.CodeProvider, Message: Opening(f.Data)}}
	case err != nil && !s.begun: // the stream is none at all
		s.failed = BadAnswer(f.Data, err)
		return false
	case err != nil:
		*e = llm.Event{Schema: s.schema, Dropped: true}
	}
	s.begun = true
	s.again.learn(e, at >= 0)
	return true
}

// remake reads data as a frame of its own. A line end in JSON is white space, so data
// that came in several lines goes on in one.
func (s *streamReader) remake(e *llm.Event, event, data []byte) error {
	const field = "data: "
	raw := append(append([]byte(field), data...), "\n\n"...)
	OneLine(raw[len(field) : len(field)+len(data)])
	*e = llm.Event{Schema: s.schema, Raw: raw}
	return s.grammar.Document(e, event, data, len(field))
}

// whole is a frame's bytes and the place of its data in them, the same wherever the
// stream was cut: an LF that a cut has parted from its CR goes back, and the last frame
// gets the blank line that the end of the stream stood for.
func (s *streamReader) whole(f sse.Frame) (raw []byte, at int) {
	raw, at = f.Raw, f.DataAt
	if s.cr && len(raw) > 0 && raw[0] == '\n' {
		raw = raw[1:]
		if at > 0 {
			at--
		}
	}
	if len(raw) == 0 {
		return nil, at
	}
	end := raw[len(raw)-1]
	s.cr = end == '\r'
	switch {
	case s.last && end != '\n':
		raw = append(raw[:len(raw):len(raw)], "\n\n"...)
	case s.last, s.cr:
		raw = append(raw[:len(raw):len(raw)], '\n')
	}
	return raw, at
}
