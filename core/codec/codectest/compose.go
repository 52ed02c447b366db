package codectest

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"strowger/core/codec"
	"strowger/core/codec/codectest/prompttest"
	"strowger/core/llm"
)

// told is what an answer says, in the form in which all answers that say the same are alike.
type told struct {
	says   map[int]*choice
	finish llm.Finish
	usage  llm.Usage
	err    string
	failed bool
	none   string // an event that is not told in the neutral form, for want of deltas
}

// choice is what one choice says: kinds apart, because some schemas have them apart, each in
// its order.
type choice struct {
	text, thought, refusal string
	calls                  []call
	signed, media          []string
}

// call is a tool call and its arguments, of which none at all are an empty object.
type call struct{ head, arguments string }

func (c call) String() string {
	if strings.TrimSpace(c.arguments) == "" {
		return c.head + "{}"
	}
	return c.head + string(prompttest.Spelled([]byte(c.arguments)))
}

func (c *choice) String() string {
	return fmt.Sprintf("text %q, reasoning %q, refusal %q, calls %q, signed %q, media %.200q", c.text, c.thought, c.refusal, c.calls, c.signed, c.media)
}

// listen reads an answer in the neutral form; each is what else is done with its events, of
// which nothing is left but that form.
func (s *suite) listen(req *llm.Request, each func(*llm.Event), pieces ...[]byte) (out told) {
	abroad := *req
	abroad.Schema = llm.SchemaNone // so that the reader gives deltas
	reader := s.codec.NewReader(&abroad, req.Stream)
	l := listener{told: &out, blocks: map[[3]int]int{}}
	out.says = map[int]*choice{}
	done := false
	take := func(e *llm.Event) {
		if done || out.failed {
			return
		}
		done = e.Done || e.Whole
		out.failed = e.Err != nil && !(e.Whole && e.Choices)
		if e.Content && len(e.Deltas) == 0 {
			out.none = describeEvent(e)
		}
		bare := *e
		bare.Raw, bare.Schema = nil, llm.SchemaNone
		for _, at := range []*llm.Span{&bare.Model, &bare.Object, &bare.Bill, &bare.ID, &bare.Text, &bare.Thought} {
			*at = llm.Span{}
		}
		bare.Deltas = l.named(e.Deltas)
		for i := range bare.Deltas {
			l.add(&bare.Deltas[i])
		}
		if e.Finish != llm.FinishNone {
			out.finish = e.Finish
		}
		if e.Usage.Known {
			out.usage = e.Usage
		}
		if !e.Done && (len(e.Raw) > 0 && !e.Object.Empty() || len(e.Deltas) > 0 || e.Err != nil || e.Finish != llm.FinishNone || e.Usage.Known) {
			each(&bare)
		}
	}
	var err error
	for _, p := range pieces {
		if err = reader.Read(bytes.Clone(p), take); err != nil {
			break
		}
	}
	if err == nil {
		err = reader.Close(take)
	}
	if err != nil {
		out.err = err.Error()
	}
	return out
}

// listener joins deltas.
type listener struct {
	told   *told
	calls  int
	blocks map[[3]int]int // choice, block, kind: which of the choice's calls or thoughts
}

// named is deltas with ids for the calls that have none, as an exchange gives them.
func (l *listener) named(deltas []llm.Delta) []llm.Delta {
	deltas = slices.Clone(deltas)
	for i := range deltas {
		if d := &deltas[i]; d.Kind == llm.DeltaCall {
			if l.calls++; len(d.ID) == 0 {
				d.ID = strconv.AppendInt([]byte("call_"), int64(l.calls), 10)
			}
		}
	}
	return deltas
}

func (l *listener) add(d *llm.Delta) {
	c := l.told.says[d.Choice]
	if c == nil {
		c = &choice{}
		l.told.says[d.Choice] = c
	}
	text := codec.Plain(d.Text)
	switch d.Kind {
	case llm.DeltaText:
		c.text += text
	case llm.DeltaThought:
		c.thought += text
	case llm.DeltaRefusal:
		c.refusal += text
	case llm.DeltaCall:
		l.blocks[[3]int{d.Choice, d.Block}] = len(c.calls)
		c.calls = append(c.calls, call{fmt.Sprintf("%s %s %s", d.ID, d.Name, signed(d.Signature, d.Origin)), text})
	case llm.DeltaArguments:
		i, ok := l.blocks[[3]int{d.Choice, d.Block}]
		if !ok {
			c.calls = append(c.calls, call{"none ", text})
			return
		}
		c.calls[i].arguments += text
	case llm.DeltaSignature, llm.DeltaRedacted:
		at := [3]int{d.Choice, d.Block, int(d.Kind)}
		i, ok := l.blocks[at]
		if !ok {
			i = len(c.signed)
			l.blocks[at] = i
			c.signed = append(c.signed, signed([]byte{}, d.Origin))
		}
		c.signed[i] += text
	case llm.DeltaMedia, llm.DeltaEmbedding:
		c.media = append(c.media, string(d.Name)+" "+text)
	}
}

func signed(signature llm.Escaped, origin llm.Schema) string {
	if signature == nil || origin == llm.SchemaNone {
		return ""
	}
	return "(" + origin.String() + ":" + string(signature) + ")"
}

// composeAnswer writes an answer from the neutral form alone.
func (s *suite) composeAnswer(req *llm.Request, pieces ...[]byte) (written []byte, said told) {
	r := *req
	r.WantUsage, r.WantCost = true, false
	writer := s.codec.NewWriter(&r)
	said = s.listen(req, func(e *llm.Event) { written = writer.Append(written, e, composed) }, pieces...)
	if req.Stream && said.err == "" && !said.failed && said.finish != llm.FinishNone {
		written = writer.Append(written, &llm.Event{Schema: s.facts.Schema, Done: true}, composed)
	}
	return written, said
}

// composed is what a composed answer gets.
var composed = &codec.Answer{ID: "exchange-1", Created: 1_700_000_000, Model: answer.Model}

// composition shows and checks a complete answer that is composed.
func (s *suite) composition(out *strings.Builder, req *llm.Request, body []byte, stride int) error {
	written, said := s.composeAnswer(req, body)
	if said.none != "" {
		return fmt.Errorf("an event with content has no deltas: %s", said.none)
	}
	if out != nil {
		for line := range strings.Lines(string(written)) {
			if line = strings.TrimSuffix(line, "\n"); line != "" {
				out.WriteString("  composed " + line + "\n")
			}
		}
	}
	if err := s.checkComposed(req, written); err != nil {
		return fmt.Errorf("composed: %w: %q", err, written)
	}
	again := s.listen(req, func(*llm.Event) {}, written)
	if err := s.sameTold(&said, &again); err != nil {
		return fmt.Errorf("composed and read again: %w: %q", err, written)
	}
	for at := 1; at < len(body); at += stride {
		if got, _ := s.composeAnswer(req, body[:at], body[at:]); !bytes.Equal(got, written) {
			return fmt.Errorf("cut behind byte %d, composed\n got  %q\n want %q", at, got, written)
		}
	}
	return nil
}

// checkComposed checks the form of a composed answer.
func (s *suite) checkComposed(req *llm.Request, written []byte) error {
	if !req.Stream {
		return s.checkDocument(written)
	}
	ends, err := s.checkFrames(written)
	if err == nil && s.facts.End != nil && ends != 1 {
		err = fmt.Errorf("%d end marks", ends)
	}
	return err
}

// sameTold says what is lost on the way. What the provider's reason to end was may be lost if
// it is none that other schemas know; that of several choices is that of the last.
func (s *suite) sameTold(was, is *told) error {
	switch {
	case is.err != "" || is.failed:
		return fmt.Errorf("error %q", is.err)
	case len(was.says) < 2 && is.finish != was.finish && was.finish != llm.FinishOther && was.finish != llm.FinishNone:
		return fmt.Errorf("finish %v, was %v", is.finish, was.finish)
	case was.usage.Known && is.usage != was.usage:
		return fmt.Errorf("usage %+v, was %+v", is.usage, was.usage)
	}
	for i, c := range was.says {
		got := is.says[i]
		if got == nil {
			got = &choice{}
		}
		if w, g := c.String(), got.String(); w != g {
			return fmt.Errorf("choice %d\n got  %s\n want %s", i, g, w)
		}
	}
	for i := range is.says {
		if was.says[i] == nil && is.says[i].String() != (&choice{}).String() {
			return fmt.Errorf("choice %d is one too many", i)
		}
	}
	return nil
}
