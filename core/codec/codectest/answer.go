package codectest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"strowger/core/llm"
	"strowger/core/sse"
)

// seen is an answer as read and written.
type seen struct {
	events   []string // each with everything a writer goes by
	lines    []string // the same for people
	written  []byte
	err      string
	finish   llm.Finish
	size     int
	usage    llm.Usage
	spoke    uint64
	content  bool
	mixed    bool // there is content that is neither plain nor a tool call
	failed   bool // an event was an error
	complete bool
}

// play reads the pieces of an answer and writes what the caller is sent, as an exchange
// does: up to the end or the first failure, and the end mark only behind a complete answer.
func (s *suite) play(req *llm.Request, pieces ...[]byte) (out seen) {
	reader, writer := s.codec.NewReader(req, req.Stream), s.codec.NewWriter(req)
	done := false
	take := func(e *llm.Event) {
		out.events = append(out.events, snapshot(e))
		out.lines = append(out.lines, describeEvent(e))
		if done || out.failed {
			return
		}
		out.failed = e.Err != nil && !(e.Whole && e.Choices)
		done = e.Done || e.Whole
		if e.Finish != llm.FinishNone {
			out.finish = e.Finish
		}
		if e.Usage.Known {
			out.usage = e.Usage
		}
		out.size += e.Size
		out.spoke |= e.Spoke
		out.content = out.content || e.Content
		out.mixed = out.mixed || e.Content && !e.Plain && !e.Tool
		if !e.Done {
			out.written = writer.Append(out.written, e, answer)
		}
	}
	var err error
	for _, p := range pieces {
		p = bytes.Clone(p)
		if err = reader.Read(p, take); err != nil {
			break
		}
		clear(p) // a piece is the reader's only during the call
	}
	if err == nil {
		err = reader.Close(take)
	}
	if err != nil {
		out.err = err.Error()
	}
	out.complete = err == nil && !out.failed && (out.finish != llm.FinishNone || done && !req.Stream)
	if out.complete && req.Stream {
		out.written = writer.Append(out.written, &llm.Event{Schema: req.Schema, Done: true}, answer)
	}
	return out
}

// snapshot is everything of an event that somebody goes by.
func snapshot(e *llm.Event) string {
	part := func(s llm.Span) string {
		if s.Empty() {
			return ""
		}
		return string(e.Raw[s.Start:s.End])
	}
	return fmt.Sprintf("%s raw=%q model=%q@%d object=%q@%d bill=%q@%d id=%q@%d text=%q@%d thought=%q@%d schema=%v", describeEvent(e), e.Raw,
		part(e.Model), e.Model.Start, part(e.Object), e.Object.Start, part(e.Bill), e.Bill.Start,
		part(e.ID), e.ID.Start, part(e.Text), e.Text.Start, part(e.Thought), e.Thought.Start, e.Schema)
}

func describeEvent(e *llm.Event) string {
	var b strings.Builder
	b.WriteString("event")
	for _, word := range []struct {
		on   bool
		name string
	}{{e.Whole, "whole"}, {e.Dropped, "dropped"}, {e.Done, "done"}, {e.Choices, "choices"}, {e.Content, "content"}, {e.Tool, "tool"}, {!e.Plain && !e.Dropped && e.Err == nil, "mixed"}} {
		if word.on {
			b.WriteString(" " + word.name)
		}
	}
	if e.Size != 0 {
		fmt.Fprintf(&b, " size=%d", e.Size)
	}
	if e.Finish != llm.FinishNone {
		fmt.Fprintf(&b, " finish=%v", e.Finish)
	}
	if u := e.Usage; u.Known {
		fmt.Fprintf(&b, " usage=%d", u.Input)
		for _, x := range []struct {
			n    int64
			name string
		}{{u.CacheRead, "read"}, {u.CacheWrite, "written"}, {u.CacheWriteHour, "written_for_an_hour"}} {
			if x.n != 0 {
				fmt.Fprintf(&b, "+%d_%s", x.n, x.name)
			}
		}
		fmt.Fprintf(&b, "/%d", u.Output)
		if u.Reasoning != 0 {
			fmt.Fprintf(&b, "+%d_reasoning", u.Reasoning)
		}
	}
	if x := e.Err; x != nil {
		fmt.Fprintf(&b, " error %s status=%d type=%q code=%q param=%q %q", x.Code, x.Status, x.Type, x.ProviderCode, x.Param, x.Message)
	}
	return b.String()
}

// answer reads an answer to req, in one piece and in all others.
func (s *suite) answer(t *testing.T, out *strings.Builder, req *llm.Request, body []byte) {
	t.Helper()
	got := s.play(req, body)
	for _, line := range got.lines {
		out.WriteString("  " + line + "\n")
	}
	if got.err != "" {
		out.WriteString("  failed " + show([]byte(got.err)) + "\n")
	}
	if len(got.written) > 0 {
		showLines(out, got.written)
	}
	if s.facts.Table != nil && got.complete {
		if err := s.composition(out, req, body, 1); err != nil {
			t.Error(err)
		}
	}
	if req.Stream && got.complete {
		if raw, err := s.assembled(req, body); err != nil {
			out.WriteString("  whole failed " + show([]byte(err.Error())) + "\n")
		} else {
			out.WriteString("  whole " + show(raw) + "\n")
		}
	}
	if err := s.checkAnswer(req, body, got, 1); err != nil {
		t.Error(err)
	}
}

// checkAnswer checks what holds for every answer, however it was cut; stride is the
// distance of the places at which it is cut here.
func (s *suite) checkAnswer(req *llm.Request, body []byte, whole seen, stride int) error {
	if err := s.checkWritten(req, whole); err != nil {
		return err
	}
	if req.Stream {
		is, err := s.checkAssembled(req, body, whole)
		if err == nil && is != nil {
			err = sameSize(whole, *is)
		}
		if err != nil {
			return fmt.Errorf("assembled: %w", err)
		}
		if err := s.checkSkipped(req, body, stride); err != nil {
			return err
		}
	}
	for at := 1; at < len(body); at += stride {
		if err := same(whole, s.play(req, body[:at], body[at:])); err != nil {
			return fmt.Errorf("cut behind byte %d: %w", at, err)
		}
		short := s.play(req, body[:at])
		if err := s.checkWritten(req, short); err != nil {
			return fmt.Errorf("ended behind byte %d: %w", at, err)
		}
	}
	for _, size := range []int{1, 2, 3, 7, 64} {
		pieces := [][]byte{nil} // an empty piece is none
		for p := range slices.Chunk(body, size) {
			pieces = append(pieces, p)
		}
		if err := same(whole, s.play(req, pieces...)); err != nil {
			return fmt.Errorf("in pieces of %d: %w", size, err)
		}
	}
	return nil
}

func same(want, got seen) error {
	for i := range max(len(want.events), len(got.events)) {
		switch {
		case i >= len(got.events):
			return fmt.Errorf("event %d is missing: %s", i, want.events[i])
		case i >= len(want.events):
			return fmt.Errorf("event %d is one too many: %s", i, got.events[i])
		case want.events[i] != got.events[i]:
			return fmt.Errorf("event %d\n got  %s\n want %s", i, got.events[i], want.events[i])
		}
	}
	if want.err != got.err {
		return fmt.Errorf("error %q, want %q", got.err, want.err)
	}
	if !bytes.Equal(want.written, got.written) {
		return fmt.Errorf("written\n got  %q\n want %q", got.written, want.written)
	}
	return nil
}

// checkWritten checks what the caller is sent: valid, named, ended exactly when it is
// complete, and read again as what it was.
func (s *suite) checkWritten(req *llm.Request, out seen) error {
	if out.err != "" && len(out.events) == 0 && len(out.written) > 0 {
		return fmt.Errorf("written without an event: %q", out.written)
	}
	if !req.Stream {
		if len(out.written) == 0 {
			return nil
		}
		return s.checkDocument(out.written)
	}
	ends, err := s.checkFrames(out.written)
	if err != nil {
		return fmt.Errorf("%w in %q", err, out.written)
	}
	if s.facts.End != nil && (ends == 1) != out.complete {
		return fmt.Errorf("%d end marks, complete %v: %q", ends, out.complete, out.written)
	}
	if out.err != "" || out.failed || !out.complete {
		return nil
	}
	again := s.play(req, out.written)
	if again.err != "" || again.finish != out.finish || again.size != out.size || req.WantUsage && again.usage != out.usage {
		return fmt.Errorf("read again: finish %v, %d bytes, usage %v, error %q; was %v, %d, %v: %q",
			again.finish, again.size, again.usage, again.err, out.finish, out.size, out.usage, out.written)
	}
	if !bytes.Equal(again.written, out.written) {
		return fmt.Errorf("written again\n got  %q\n want %q", again.written, out.written)
	}
	return nil
}

// checkFrames checks a stream and counts its end marks.
func (s *suite) checkFrames(stream []byte) (ends int, err error) {
	var framer sse.Framer
	frame := func(f sse.Frame) {
		switch {
		case err != nil || f.Comment:
		case ends > 0:
			err = fmt.Errorf("an event behind the end mark: %q", f.Raw)
		case s.facts.End != nil && s.facts.End(string(f.Event), string(f.Data)):
			ends++
		default:
			err = s.checkDocument(f.Data)
		}
	}
	if e := framer.Write(stream, frame); e != nil {
		return ends, e
	}
	if rest := framer.Close(func(f sse.Frame) { err = fmt.Errorf("the last event is not ended: %q", f.Raw) }); rest > 0 && err == nil {
		err = fmt.Errorf("%d bytes behind the last event", rest)
	}
	return ends, err
}

// checkDocument checks one JSON document of an answer.
func (s *suite) checkDocument(data []byte) error {
	var doc map[string]any
	if !json.Valid(data) {
		return fmt.Errorf("no JSON: %s", data)
	}
	if err := decode(data, &doc); err != nil {
		return fmt.Errorf("no JSON object (%w): %s", err, data)
	}
	if name, needed := s.facts.Name(doc); name != answer.Model && (needed || name != "") {
		return fmt.Errorf("names model %q: %s", name, data)
	}
	return nil
}
