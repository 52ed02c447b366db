package gemini

import (
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// parts appends the parts in front of c, which role says.
func (d *decoding) parts(c *scan.Cursor, parts []llm.Part, role llm.Role) []llm.Part {
	l := d.list(c)
	for i := 0; l.next(); i++ {
		back := d.element(&l, i)
		if c.Peek() != '{' {
			d.fail("must be an object")
		}
		p := readPart(c)
		if d.check(&p, role); d.err == nil {
			parts = d.part(parts, &p)
		}
		d.path = d.path[:back]
	}
	return parts
}

// check looks whether a part says what it has to. One of a kind that nobody here knows may be
// passed over where the model has said it, but not where it is told to the model.
func (d *decoding) check(p *part, role llm.Role) {
	told := p.kinds
	if p.text.End-p.text.Start > len(`""`) || told == 0 && !p.text.Empty() {
		told++
	}
	switch {
	case told > 1:
		d.fail("must have one kind of content")
	case p.call > 0 && len(p.name) == 0:
		d.failAt(".functionCall.name", "missing: give the function's name")
	case p.unread:
		d.failAt(".functionCall.args", "must be an object")
	case p.call > 0 && role != llm.RoleAssistant:
		d.failAt(".functionCall", "must be in a turn of the model's")
	case p.result > 0 && role != llm.RoleUser:
		d.failAt(".functionResponse", "must be in a turn of the user's")
	case p.inline && len(p.kind) == 0:
		d.failAt(".inlineData.mimeType", "missing: give the media type")
	case p.inline && len(p.data) == 0:
		d.failAt(".inlineData.data", "missing: give the data in base64")
	case p.media && !p.inline && len(p.url) == 0:
		d.failAt(".fileData.fileUri", "missing: give the address")
	case told == 0 && role != llm.RoleAssistant && p.strange:
		d.fail("is of a kind that cannot be said in another schema")
	case told == 0 && role != llm.RoleAssistant && !p.hosted && len(p.signature) == 0:
		d.fail("is empty: give a text, or what else the model is to read")
	case told == 0 && (p.other || p.hosted): // code that the API has run, and searches
		d.p.Fields.Add(llm.FieldOpaque)
	case p.strange || p.hosted:
		d.p.Fields.Add(llm.FieldMember)
	}
}

// part appends what a part says.
func (d *decoding) part(parts []llm.Part, p *part) []llm.Part {
	of, kind, signature := signed(p.signature)
	switch {
	case p.call > 0:
		call := llm.Part{Kind: llm.PartCall, ID: p.id, Name: p.name, JSON: p.args, Signature: signature, Origin: of}
		if call.JSON == nil {
			call.JSON = []byte("{}")
		}
		return append(parts, call)
	case p.result > 0:
		return append(parts, d.result(p.result))
	case p.media:
		m := d.mediaPart(p)
		if len(signature) > 0 { // of what the model has made itself
			m.Signature, m.Origin = signature, of
		}
		return append(parts, m)
	case p.text.Empty() && len(p.signature) == 0:
		return parts
	}
	var text llm.Escaped
	if !p.text.Empty() {
		text = codec.Inner(d.doc[p.text.Start:p.text.End])
	}
	if !p.thought {
		if len(text) == 0 && len(signature) > 0 {
			d.p.Fields.Add(llm.FieldSignatures)
			return parts
		}
		return append(parts, llm.Part{Kind: llm.PartText, Text: text, Signature: signature, Origin: of})
	}
	return d.join(parts, llm.Part{Kind: llm.PartThought, Text: text, Signature: signature, Redacted: kind == codec.SignedRedacted, Origin: of})
}

// join appends a part. A thought that has come in pieces, of which the last has the signature,
// becomes one.
func (d *decoding) join(parts []llm.Part, p llm.Part) []llm.Part {
	last := len(parts) - 1
	if last < 0 || p.Kind != llm.PartThought || p.Redacted {
		return append(parts, p)
	}
	before := &parts[last]
	if before.Kind != llm.PartThought || before.Redacted || before.Origin != llm.SchemaGemini || len(before.Signature) > 0 {
		return append(parts, p)
	}
	text := before.Text
	if len(text) == 0 || &text[0] != d.grown { // it is the request's
		text = append(make(llm.Escaped, 0, 2*(len(text)+len(p.Text))), text...)
	}
	p.Text = append(text, p.Text...)
	if len(p.Text) > 0 {
		d.grown = &p.Text[0]
	}
	*before = p
	return parts
}

// signed is whose signature it is, of what, and the signature itself: one of another
// provider's is carried. The word that stands for one is none.
func signed(s llm.Escaped) (of llm.Schema, kind codec.Signed, signature llm.Escaped) {
	if of, kind, signature, ok := codec.Carried(s); ok {
		return of, kind, signature
	}
	if string(s) == skipSignature {
		s = nil
	}
	return llm.SchemaGemini, codec.SignedThought, s
}

// mediaPart is a picture, a sound, a film or a document.
func (d *decoding) mediaPart(p *part) llm.Part {
	media, url := strings.ToLower(codec.Plain(p.kind)), codec.Plain(p.url)
	if kept(url) {
		d.p.Fields.Add(llm.FieldFileID)
	}
	m := llm.Part{Kind: kindOf(media, url), Media: media, Data: standard(p.data), URL: p.url, Name: p.name}
	switch strings.TrimPrefix(codec.Plain(p.detail), "MEDIA_RESOLUTION_") {
	case "LOW":
		m.Detail = "low"
	case "HIGH", "ULTRA_HIGH":
		m.Detail = "high"
	}
	return m
}

// result is a function's result: an object, of which a single member with one of the usual
// names is the result itself (https://ai.google.dev/api/caching#FunctionResponse).
func (d *decoding) result(at int) llm.Part {
	r := llm.Part{Kind: llm.PartResult}
	var media []llm.Part
	c := scan.CursorAt(d.doc, at)
	c.Enter('{')
	for c.Next() {
		switch key := c.Key(); string(key) {
		case "id":
			r.ID = codec.Inner(c.Value())
		case "name":
			r.Name = codec.Inner(c.Value())
		case "response":
			var text llm.Escaped
			if b := c.Peek(); b != '{' && b != '"' && b != 'n' {
				d.failAt(".functionResponse.response", "must be an object")
			}
			if text, r.Failed = resultText(c.Value()); len(text) > 0 {
				r.Parts = append(r.Parts, llm.Part{Kind: llm.PartText, Text: text})
			}
		case "parts":
			if c.Peek() != 'n' {
				back := d.down([]byte("functionResponse.parts"))
				media = d.parts(&c, nil, llm.RoleUser)
				d.path = d.path[:back]
				continue
			}
			c.Skip()
		default:
			d.p.Fields.Add(llm.FieldMember)
			c.Skip()
		}
	}
	if len(r.ID) == 0 && len(r.Name) == 0 {
		d.failAt(".functionResponse.name", "missing: give the function's name")
	}
	r.Parts = append(r.Parts, media...)
	return r
}

// resultText is a result as a text, and whether it is an error.
func resultText(raw []byte) (text llm.Escaped, failed bool) {
	if raw[0] == '"' {
		return codec.Inner(raw), false
	}
	c := scan.CursorAt(raw, 0)
	if !c.Filled() || !c.Enter('{') {
		return nil, false
	}
	members := 0
	var only []byte
	for c.Next() {
		members++
		switch string(c.Key()) {
		case "error":
			only, failed = c.Value(), true
		case "result", "output", "content", "return_value":
			only = c.Value()
		default:
			c.Skip()
		}
	}
	if members != 1 || only == nil {
		only, failed = raw, false
	}
	if only[0] == '"' {
		return codec.Inner(only), failed
	}
	return codec.AppendEscaped(nil, string(only)), failed
}
