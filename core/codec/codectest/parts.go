package codectest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// whole is req from a caller who wants no stream.
func whole(req *llm.Request) *llm.Request {
	r := *req
	r.Stream = false
	return &r
}

// assembled is the answer that a stream is put together to.
func (s *suite) assembled(req *llm.Request, body []byte) ([]byte, error) {
	a := s.codec.NewAssembler(whole(req))
	reader := s.codec.NewReader(req, true)
	piece := bytes.Clone(body)
	err := reader.Read(piece, a.Add)
	clear(piece) // of an event nothing is kept
	if err == nil {
		reader.Close(a.Add)
	}
	e, err := a.Whole()
	if err != nil {
		return nil, err
	}
	if !e.Whole || e.Schema != s.facts.Schema {
		return nil, fmt.Errorf("%s, which is no whole answer", describeEvent(e))
	}
	return bytes.Clone(e.Raw), nil
}

// checkAssembled checks that a stream put together says what the stream said: as the event
// that it is, and read as a provider's answer; nil if it cannot be put together, which the
// assembler has to say as a failure of the answer.
func (s *suite) checkAssembled(req *llm.Request, body []byte, was seen) (*seen, error) {
	raw, err := s.assembled(req, body)
	if e, ok := err.(*llm.Error); ok && e.Code == llm.CodeBadAnswer && e.Message != "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := scan.Valid(raw); err != nil || !json.Valid(raw) {
		return nil, fmt.Errorf("%w: %q", err, raw)
	}
	if !was.complete {
		return nil, nil
	}
	is := s.play(whole(req), raw)
	one := was.spoke&(was.spoke-1) == 0 // of several choices each has a reason to end
	if is.err != "" || is.failed || one && is.finish != was.finish && was.finish != llm.FinishOther || is.usage != was.usage {
		return nil, fmt.Errorf("finish %v, usage %v, error %q; was %v, %v: %q", is.finish, is.usage, is.err, was.finish, was.usage, raw)
	}
	return &is, s.checkDocument(is.written)
}

// sameSize checks that nothing is lost. What a stream says twice, such as a name or reasoning
// in two forms, counts once, and a call that was cut off may be left out.
func sameSize(was, is seen) error {
	if was.finish == llm.FinishLength && is.size < was.size {
		return nil
	}
	if is.content != was.content || is.size > was.size || is.size < was.size && !was.mixed {
		return fmt.Errorf("%d bytes, content %v; was %d, %v: %q", is.size, is.content, was.size, was.content, is.events)
	}
	return nil
}

// words is what the events of a stream say, up to the first that is not plain.
type words struct {
	text, thought []byte
	ids           []string
}

// speak reads a stream and writes it as far as it is plain, leaving out so many bytes at the
// beginning; from the second event on as if it had been begun by another endpoint.
func (s *suite) speak(req *llm.Request, body []byte, text, thought int) (said words, written []byte) {
	reader, writer := s.codec.NewReader(req, true), s.codec.NewWriter(req)
	over, events := false, 0
	take := func(e *llm.Event) {
		if over = over || !e.Plain || e.Done; over {
			return
		}
		a := *answer
		a.Resumed = events > 0
		a.SkipText, text = skip(&said.text, e, e.Text, text)
		a.SkipThought, thought = skip(&said.thought, e, e.Thought, thought)
		if !e.ID.Empty() {
			said.ids = append(said.ids, string(e.Raw[e.ID.Start:e.ID.End]))
			events++
		}
		written = writer.Append(written, e, &a)
	}
	if reader.Read(bytes.Clone(body), take) == nil {
		reader.Close(take)
	}
	return said, written
}

// skip says how much of a text is to be left out, and how much of the next.
func skip(said *[]byte, e *llm.Event, at llm.Span, n int) (now, later int) {
	if at.Empty() {
		return 0, n
	}
	text, ok := scan.Unquote(nil, e.Raw[at.Start:at.End])
	if !ok {
		panic("the place of a text is none: " + string(e.Raw[at.Start:at.End]))
	}
	*said = append(*said, text...)
	now = min(n, len(text))
	return now, n - now
}

// checkSkipped writes a stream without its beginning, for beginnings of every length or, with
// a stride, of some: what is left must be the rest, under one id.
func (s *suite) checkSkipped(req *llm.Request, body []byte, stride int) error {
	asks := *req
	asks.WantUsage = true // so that no event is kept back
	req = &asks
	all, _ := s.speak(req, body, 0, 0)
	for n := 0; n <= len(all.text)+1; n += stride {
		_, written := s.speak(req, body, n, 0)
		if err := s.checkRest(req, written, all, min(n, len(all.text)), 0); err != nil {
			return fmt.Errorf("without %d bytes of text: %w: %q", n, err, written)
		}
	}
	for n := 0; n <= len(all.thought)+1; n += stride {
		_, written := s.speak(req, body, len(all.text), n)
		if err := s.checkRest(req, written, all, len(all.text), min(n, len(all.thought))); err != nil {
			return fmt.Errorf("without text and %d bytes of reasoning: %w: %q", n, err, written)
		}
	}
	return nil
}

func (s *suite) checkRest(req *llm.Request, written []byte, all words, text, thought int) error {
	if _, err := s.checkFrames(written); err != nil {
		return err
	}
	left, _ := s.speak(req, written, 0, 0)
	for _, x := range []struct {
		name      string
		want, got []byte
	}{{"text", all.text[text:], left.text}, {"reasoning", all.thought[thought:], left.thought}} {
		whole := len(x.want) == 0 || utf8.RuneStart(x.want[0])
		if whole && !bytes.Equal(x.want, x.got) {
			return fmt.Errorf("%s is %q, want %q", x.name, x.got, x.want)
		}
	}
	for _, id := range left.ids[min(1, len(left.ids)):] {
		if first := left.ids[0]; id != first && first != `""` {
			return fmt.Errorf("ids %s and %s", first, id)
		}
	}
	return nil
}

// begun is the beginning of an answer, with what JSON has to escape.
const begun = "The \"first\" half,\nand é"

// checkForms checks what is sent when it is not the caller who says whether the answer is
// a stream, and when there is a beginning of it: all else stays as it is.
func (s *suite) checkForms(req *llm.Request) error {
	if req.Operation == llm.OperationEmbeddings { // of which there are no streams
		return nil
	}
	other := codec.Form{Name: upstream, Stream: !req.Stream}
	sent := s.codec.AppendRequest(nil, req, other)
	turned := *req
	turned.Stream = other.Stream
	turned.Features = req.Features &^ llm.FeatureStream
	if err := s.checkSent(&turned, other, sent); err != nil {
		return fmt.Errorf("with the stream turned: %w", err)
	}
	if s.facts.Last == nil || req.Operation != llm.OperationChat {
		return nil
	}
	plain := s.codec.AppendRequest(nil, req, codec.Form{Name: upstream, Stream: req.Stream})
	form := codec.Form{Name: upstream, Stream: req.Stream, Prefill: []byte(begun)}
	sent = s.codec.AppendRequest(nil, req, form)
	var want, got map[string]any
	if decode(plain, &want) != nil || decode(sent, &got) != nil {
		return fmt.Errorf("with a beginning sent is no JSON: %s", sent)
	}
	if text, ok := s.facts.Last(got); !ok || text != begun {
		return fmt.Errorf("the beginning that is sent is %q: %s", text, sent)
	}
	for key, value := range want { // an object alone goes on as the first of a list
		if list, ok := got[key].([]any); ok && len(list) == 1 {
			if _, alone := value.(map[string]any); alone {
				got[key] = list[0]
			}
		}
	}
	if w, g := canonical(want), canonical(got); w != g {
		return fmt.Errorf("beside the beginning sent is %s, want %s", g, w)
	}
	if _, refusal := s.codec.ReadRequest(s.sentTo(req, form), sent); refusal != nil {
		return fmt.Errorf("with a beginning sent is refused: %w: %s", refusal, sent)
	}
	return nil
}

// decode keeps numbers as they are written.
func decode(doc []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	return d.Decode(to)
}

func canonical(doc map[string]any) string {
	text, err := json.Marshal(doc)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
