package anthropic

import (
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
)

// What is said for the user where a conversation does not begin or end with a turn of theirs,
// as it has to.
const (
	opening = "Begin."
	goOn    = "Go on."
)

// instructions writes system.
func (s *sending) instructions() {
	some := false
	for i := range s.system {
		p := &s.system[i]
		if p.Kind != llm.PartText || codec.White(p.Text) {
			continue
		}
		s.inSystem(&some)
		s.textBlock(p.Text, p.Cache)
	}
	if f := &s.p.Format; f.Kind != llm.FormatText && s.schema == nil { // there is no mode of it for every schema
		s.inSystem(&some)
		s.textBlock(codec.InWords(f), nil)
	}
	if some {
		s.raw("]")
	}
}

func (s *sending) inSystem(some *bool) {
	if *some {
		s.raw(",")
		return
	}
	*some = true
	s.key("system")
	s.raw("[")
}

func (s *sending) textBlock(text llm.Escaped, cache []byte) {
	s.raw(`{"type":"text","text":`)
	s.quote(text)
	s.end(cache)
}

// end closes a block, with its mark for caching.
func (s *sending) end(cache []byte) {
	if len(cache) > 0 {
		s.key("cache_control")
		s.dst = append(s.dst, cache...)
	}
	s.raw("}")
}

// messages writes the turns: they alternate, and the first is the user's.
func (s *sending) messages() {
	s.key("messages")
	s.raw("[")
	for i := range s.turns {
		s.turn(&s.turns[i], i == len(s.turns)-1)
	}
	if len(s.f.Prefill) > 0 {
		if text := codec.Trimmed(codec.Escape(string(s.f.Prefill))); len(text) > 0 {
			s.open(llm.RoleAssistant)
			s.textBlock(text, nil)
		}
	} else if s.role == llm.RoleAssistant && s.model.unbegun {
		s.open(llm.RoleUser)
		s.textBlock(llm.Escaped(goOn), nil)
	}
	if s.role == llm.RoleNone {
		s.open(llm.RoleUser)
		s.textBlock(llm.Escaped(opening), nil)
	}
	s.raw("]}]")
}

// open begins the next block, in a turn of its own if the one before was another's.
func (s *sending) open(role llm.Role) {
	if s.role == role {
		s.raw(",")
		return
	}
	if s.role == llm.RoleNone && role == llm.RoleAssistant {
		s.open(llm.RoleUser)
		s.textBlock(llm.Escaped(opening), nil)
	}
	if s.role != llm.RoleNone {
		s.raw("]},")
	}
	if s.role = role; role == llm.RoleUser {
		s.raw(`{"role":"user","content":[`)
	} else {
		s.raw(`{"role":"assistant","content":[`)
	}
}

// turn writes what can be said of a turn. In front of an answer that is begun there is no
// reasoning, as it is not gone on with.
func (s *sending) turn(m *llm.Message, last bool) {
	end := len(m.Parts)
	for end > 0 && !s.written(&m.Parts[end-1]) {
		end--
	}
	for i := range m.Parts[:end] {
		p := &m.Parts[i]
		if !s.written(p) || m.Role == llm.RoleAssistant && (p.Kind == llm.PartImage || p.Kind == llm.PartFile || p.Kind == llm.PartThought && last && s.begun()) {
			continue
		}
		s.open(m.Role)
		if last && i == end-1 && m.Role == llm.RoleAssistant && (p.Kind == llm.PartText || p.Kind == llm.PartRefusal) {
			s.textBlock(codec.Trimmed(p.Text), p.Cache) // an answer that is begun may not end in white space
			continue
		}
		s.part(p)
	}
}

// written reports whether a part can be said.
func (s *sending) written(p *llm.Part) bool {
	switch p.Kind {
	case llm.PartText, llm.PartRefusal: // texts of white space are refused
		return !codec.White(p.Text)
	case llm.PartImage:
		return len(p.Data) > 0 || len(p.URL) > 0
	case llm.PartFile:
		return len(p.Data) > 0 || len(p.URL) > 0 || !codec.White(p.Text)
	case llm.PartCall, llm.PartResult:
		return true
	case llm.PartThought:
		return p.Origin == llm.SchemaAnthropic && len(p.Signature) > 0 && s.model.thinks
	}
	return false
}

// part writes a part that can be said.
func (s *sending) part(p *llm.Part) {
	switch p.Kind {
	case llm.PartText, llm.PartRefusal:
		s.textBlock(p.Text, p.Cache)
	case llm.PartImage:
		s.raw(`{"type":"image"`)
		media := codec.Sniff(p.Data)
		if media == "" {
			media = "image/png"
		}
		s.source(p, media)
		s.end(p.Cache)
	case llm.PartFile:
		s.file(p)
	case llm.PartCall:
		s.raw(`{"type":"tool_use","id":"`)
		s.dst = appendID(s.dst, p.ID)
		s.raw(`","name":`)
		s.quote(p.Name)
		s.key("input")
		if len(p.JSON) == 0 {
			s.raw("{}")
		}
		s.dst = append(s.dst, p.JSON...)
		s.end(p.Cache)
	case llm.PartResult:
		s.result(p)
	case llm.PartThought:
		if p.Redacted {
			s.raw(`{"type":"redacted_thinking","data":`)
			s.quote(p.Signature)
			s.raw("}")
			return
		}
		s.raw(`{"type":"thinking","thinking":`)
		s.quote(p.Text)
		s.text("signature", p.Signature)
		s.raw("}")
	}
}

// source writes where an image or a document comes from.
func (s *sending) source(p *llm.Part, media string) {
	s.key("source")
	if len(p.URL) > 0 {
		s.raw(`{"type":"url"`)
		s.text("url", p.URL)
		s.raw("}")
		return
	}
	if p.Media != "" {
		media = p.Media
	}
	if media == "image/jpg" {
		media = "image/jpeg"
	}
	s.raw(`{"type":"base64"`)
	s.text("media_type", codec.Escape(media))
	s.text("data", p.Data)
	s.raw("}")
}

// file writes a document: text as text, an image as what it is.
func (s *sending) file(p *llm.Part) {
	if strings.HasPrefix(p.Media, "image/") && len(p.Text) == 0 {
		s.raw(`{"type":"image"`)
		s.source(p, p.Media)
		s.end(p.Cache)
		return
	}
	s.raw(`{"type":"document"`)
	if text := textOf(p); len(text) > 0 {
		s.raw(`,"source":{"type":"text","media_type":"text/plain"`)
		s.text("data", text)
		s.raw("}")
	} else {
		s.source(p, "application/pdf")
	}
	if len(p.Name) > 0 {
		s.text("title", p.Name)
	}
	s.end(p.Cache)
}

func (s *sending) result(p *llm.Part) {
	s.raw(`{"type":"tool_result","tool_use_id":"`)
	s.dst = append(appendID(s.dst, p.ID), '"')
	some := false
	for i := range p.Parts {
		inner := &p.Parts[i]
		if !s.written(inner) || inner.Kind > llm.PartFile {
			continue
		}
		if !some {
			s.key("content")
			s.raw("[")
		} else {
			s.raw(",")
		}
		some = true
		s.part(inner)
	}
	if some {
		s.raw("]")
	}
	if p.Failed {
		s.raw(`,"is_error":true`)
	}
	s.end(p.Cache)
}

// appendID appends the id of a tool call, which may have letters, digits, _ and - only.
func appendID(dst []byte, id llm.Escaped) []byte {
	good := len(id) > 0
	for _, b := range id {
		good = good && (wordly(b) || b == '-')
	}
	if !good {
		return append(literal(dst, "call_"), codec.Digest(id)...)
	}
	return append(dst, id...)
}

// thinks reports whether there is reasoning among parts.
func thinks(parts []llm.Part) bool {
	for i := range parts {
		if parts[i].Kind == llm.PartThought {
			return true
		}
	}
	return false
}
