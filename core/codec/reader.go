package codec

import (
	"bytes"
	"strings"

	"strowger/core/llm"
	"strowger/core/scan"
	"strowger/core/sse"
)

// Grammar is what a schema makes of the JSON documents of one answer. It may keep what one
// of them says for those to come.
type Grammar interface {
	// Document reads data, which is to be an object and stands at the place at in e.Raw, into
	// e, of which Raw, Schema and Whole are set; event is the frame's event field. If that is the
	// stream's last document, e.Done is set, whatever else there is in it. The error says that
	// data is no object.
	Document(e *llm.Event, event, data []byte, at int) error
	// AsStream hands over the complete answer e, which came where a stream was asked for, as
	// the events of one.
	AsStream(e *llm.Event, emit func(*llm.Event)) error
}

// NewReader starts reading an answer in a schema: a stream of events, or one JSON object.
func NewReader(schema llm.Schema, g Grammar, stream bool) Reader {
	if stream {
		return &streamReader{schema: schema, grammar: g, framer: sse.Framer{Max: MaxFrame}}
	}
	return &wholeReader{schema: schema, grammar: g}
}

// wholeReader reads an answer that is one JSON object.
type wholeReader struct {
	schema  llm.Schema
	grammar Grammar
	body    []byte
	event   llm.Event
}

func (w *wholeReader) Read(p []byte, _ func(*llm.Event)) (err error) {
	w.body, err = keep(w.body, p)
	return err
}

// keep adds the next bytes of an answer that is no stream to what there is of it.
func keep(body, p []byte) ([]byte, error) {
	if len(body)+len(p) > MaxAnswer {
		return body, &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer is larger than 64 MiB"}
	}
	return append(body, p...), nil
}

func (w *wholeReader) Close(emit func(*llm.Event)) error {
	e := &w.event
	*e = llm.Event{Schema: w.schema, Whole: true}
	if err := ReadBody(w.grammar, e, w.body); err != nil {
		return BadAnswer(w.body, err)
	}
	emit(e)
	return nil
}

// ReadBody reads a body that is to be one JSON object into e. A byte order mark in
// front and remains behind, such as a stray end mark, are left out.
func ReadBody(g Grammar, e *llm.Event, body []byte) error {
	e.Raw = bytes.TrimPrefix(body, []byte(byteOrderMark))
	err := g.Document(e, nil, e.Raw, 0)
	if tail := tailAt(e.Raw, err); tail > 0 {
		*e = llm.Event{Raw: e.Raw[:tail:tail], Schema: e.Schema, Whole: e.Whole}
		return g.Document(e, nil, e.Raw, 0)
	}
	return err
}

// tailAt is the place behind the object that data begins with, if all that is wrong
// with data is what follows there; 0 if not. What looks like another object makes the
// first one no answer.
func tailAt(data []byte, err error) int {
	bad, ok := err.(*scan.Error)
	if !ok || bad.Offset >= len(data) || bytes.IndexByte(data[bad.Offset:], '{') >= 0 || scan.Valid(data[:bad.Offset]) != nil {
		return 0
	}
	return bad.Offset
}

const byteOrderMark = "\ufeff"

// BadAnswer says what an unreadable body looks like, without repeating it at length.
func BadAnswer(body []byte, err error) *llm.Error {
	text := Opening(body)
	msg := "the answer is not usable: "
	switch {
	case text == "":
		msg = "the answer is empty"
	case text[0] == '<':
		msg = "the answer is HTML instead of JSON"
	case strings.HasPrefix(text, "data:"), strings.HasPrefix(text, "event:"), text[0] == ':':
		msg = "the answer is a stream of events, which was not asked for"
	case text[0] == '{', text[0] == '[':
		msg += err.Error()
	default:
		msg += "text: " + text
	}
	return &llm.Error{Code: llm.CodeBadAnswer, Message: msg}
}

// MaxOpening bounds how much of an unreadable body is repeated.
const MaxOpening = 200

// Opening is how a body begins, as text for people.
func Opening(body []byte) string {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte(byteOrderMark)), " \t\r\n")
	if len(body) <= MaxOpening {
		return strings.ToValidUTF8(strings.TrimSpace(string(body)), "?")
	}
	end := MaxOpening
	for end > MaxOpening-4 && body[end]&0xC0 == 0x80 { // not within a character
		end--
	}
	return strings.ToValidUTF8(strings.TrimSpace(string(body[:end])), "?")
}
