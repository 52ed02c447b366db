package gemini

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// skipSignature stands for the signature of a function call that this API has not made
// (https://ai.google.dev/gemini-api/docs/thought-signatures, FAQ).
const skipSignature = "skip_thought_signature_validator"

// AppendRequest appends the body to send. The caller's own goes on without the fields meant
// for the router and without what other providers have signed; whether the answer is a stream
// is in the path. One in another schema is written anew.
func (Codec) AppendRequest(dst []byte, r *llm.Request, f codec.Form) []byte {
	if r.Schema != llm.SchemaGemini && f.Prompt != nil {
		return translate(dst, r, f)
	}
	s := splicing{doc: r.Body, f: f}
	s.ed.Reset(r.Body)
	codec.Strip(&s.ed, r)
	if at := r.Marks[codec.MarkModel]; !at.Empty() {
		s.name(scan.Value{Start: at.Start, End: at.End})
	}
	at := r.Marks[markContents]
	if at.Empty() {
		s.within(r.Marks[markInner])
	} else if r.Operation == llm.OperationEmbeddings && r.Body[at.Start] == '[' {
		s.requests(at.Start)
	}
	if codec.HasCarried(r.Body) {
		s.carried(r)
	}
	if len(f.Prefill) > 0 && !at.Empty() && r.Operation == llm.OperationChat {
		with := prefilled(f)
		if r.Body[at.Start] == '{' { // a turn alone
			s.ed.Set(scan.Value{Start: at.Start, End: at.Start + 1}, []byte("[{"))
			with = append([]byte("}"), with...)
		}
		s.ed.Set(scan.Value{Start: at.End - 1, End: at.End}, with)
	}
	return s.ed.Append(dst)
}

// splicing is a body of this schema being changed.
type splicing struct {
	ed  scan.Editor
	doc []byte
	f   codec.Form
}

// prefilled is the end of the contents with the answer so far as the last of them, which the
// model goes on with.
func prefilled(f codec.Form) []byte {
	with := scan.AppendQuote([]byte(`,{"role":"model","parts":[{"text":`), string(f.Prefill))
	return append(with, `}]}]`...)
}

// name sets the model's name where a body has one, which must be that of the path.
func (s *splicing) name(v scan.Value) {
	if want := scan.AppendQuote(nil, resource(s.f.Name)); string(s.doc[v.Start:v.End]) != string(want) {
		s.ed.Set(v, want)
	}
}

// requests sets the model's name in each of the requests that are embedded together.
func (s *splicing) requests(at int) {
	c := scan.CursorAt(s.doc, at)
	c.Enter('[')
	for c.Next() {
		s.within(llm.Span{Start: c.At, End: c.At + 1})
		c.Skip()
	}
}

// within sets the model's name in an object that has it.
func (s *splicing) within(at llm.Span) {
	c := scan.CursorAt(s.doc, at.Start)
	if at.Empty() || !c.Enter('{') {
		return
	}
	for c.Next() {
		named := string(c.Key()) == "model"
		c.Peek()
		start := c.At
		if c.Skip(); named {
			s.name(scan.Value{Start: start, End: c.At})
		}
	}
}

// carried takes out what providers of other schemas have signed: thoughts as a whole, with
// those in front of which they are the end, and of calls the signature, in place of which a
// model that asks for one gets the word that stands for it.
func (s *splicing) carried(r *llm.Request) {
	at := r.Marks[markContents].Start
	if inner := r.Marks[markInner]; r.Marks[markContents].Empty() {
		c := scan.CursorAt(s.doc, inner.Start)
		if inner.Empty() || !c.Enter('{') {
			return
		}
		for c.Next() {
			if string(c.Key()) == "contents" {
				at = c.At
			}
			c.Skip()
		}
	}
	c := scan.CursorAt(s.doc, at)
	for l := listOf(&c); l.next(); {
		start := c.At
		if c.Enter('{') && s.turn(&c) && l.array {
			s.ed.Remove(start, c.At)
		}
	}
}

// turn takes carried signatures out of a turn, and reports whether nothing is left of it.
func (s *splicing) turn(c *scan.Cursor) (emptied bool) {
	for c.Next() {
		if string(c.Key()) != "parts" {
			c.Skip()
			continue
		}
		var thoughts []llm.Span // in a row, as yet without a signature
		parts, gone := 0, 0
		for l := listOf(c); l.next(); {
			parts++
			start := c.At
			p := readPart(c)
			at := llm.Span{Start: start, End: c.At}
			switch is := s.foreign(&p); {
			case p.thought && is:
				for _, t := range append(thoughts, at) {
					s.ed.Remove(t.Start, t.End)
					gone++
				}
				thoughts = nil
				continue
			case p.thought && len(p.signature) == 0:
				thoughts = append(thoughts, at)
				continue
			case is && p.call > 0 && wantsSignature(s.f.Name):
				s.ed.Set(scan.Value{Start: p.sealed.Start, End: p.sealed.End}, []byte(`"`+skipSignature+`"`))
			case is:
				s.ed.Remove(p.member.Start, p.sealed.End)
			}
			thoughts = nil
		}
		emptied = parts > 0 && gone == parts
	}
	return emptied
}

// foreign reports whether a part's signature is carried.
func (s *splicing) foreign(p *part) bool {
	_, _, _, ok := codec.Carried(p.signature)
	return ok
}
