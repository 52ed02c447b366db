package openai

import (
	"bytes"
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
	"strowger/core/sse"
)

// NewReader starts reading an answer: a stream of events, or one JSON object.
func (Codec) NewReader(_ *llm.Request, stream bool) codec.Reader {
	if stream {
		return &streamReader{framer: sse.Framer{Max: codec.MaxFrame}}
	}
	return &wholeReader{}
}

// wholeReader reads an answer that is one JSON object.
type wholeReader struct{ body []byte }

func (w *wholeReader) Read(p []byte, _ func(*llm.Event)) (err error) {
	w.body, err = keep(w.body, p)
	return err
}

// keep adds the next bytes of an answer that is no stream to what there is of it.
func keep(body, p []byte) ([]byte, error) {
	if len(body)+len(p) > codec.MaxAnswer {
		return body, &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer is larger than 64 MiB"}
	}
	return append(body, p...), nil
}

func (w *wholeReader) Close(emit func(*llm.Event)) error {
	e := llm.Event{Schema: llm.SchemaOpenAI, Whole: true}
	if err := readBody(&e, w.body); err != nil {
		return badAnswer(w.body, err)
	}
	emit(&e)
	return nil
}

// readBody reads a body that is to be one JSON object into e. A byte order mark in
// front and remains behind, such as a stray end mark, are left out.
func readBody(e *llm.Event, body []byte) error {
	fresh := *e
	e.Raw = bytes.TrimPrefix(body, []byte(byteOrderMark))
	err := readObject(e, e.Raw, 0)
	if tail := tailAt(e.Raw, err); tail > 0 {
		fresh.Raw = e.Raw[:tail:tail]
		*e = fresh
		return readObject(e, e.Raw, 0)
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

// badAnswer says what an unreadable body looks like, without repeating it at length.
func badAnswer(body []byte, err error) *llm.Error {
	text := opening(body)
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

// maxOpening bounds how much of an unreadable body is repeated.
const maxOpening = 200

// opening is how a body begins, as text for people.
func opening(body []byte) string {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte(byteOrderMark)), " \t\r\n")
	if len(body) <= maxOpening {
		return strings.ToValidUTF8(strings.TrimSpace(string(body)), "?")
	}
	end := maxOpening
	for end > maxOpening-4 && body[end]&0xC0 == 0x80 { // not within a character
		end--
	}
	return strings.ToValidUTF8(strings.TrimSpace(string(body[:end])), "?")
}
