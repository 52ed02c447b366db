package anthropic

import (
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// content decodes text or an array of blocks.
func (d *decoding) content(c *scan.Cursor, place string) []llm.Part {
	switch c.Peek() {
	case '"':
		return []llm.Part{{Kind: llm.PartText, Text: codec.Inner(c.Value())}}
	case '[':
		return d.blocks(c, place)
	}
	d.fail(place, "must be a text or an array of blocks")
	c.Skip()
	return nil
}

// blocks decodes an array of blocks. A signature that stands in front of a call goes to it.
func (d *decoding) blocks(c *scan.Cursor, place string) (parts []llm.Part) {
	var signature llm.Escaped
	origin := llm.SchemaNone
	c.Enter('[')
	for n := 0; c.Next(); n++ {
		if c.Peek() != '{' {
			d.fail(spot{place, n}.String(), "must be an object with a type")
			c.Skip()
			continue
		}
		p, more := d.part(c, spot{place, n})
		switch {
		case p.Kind == llm.PartThought && p.Redacted:
			from, of, carried, ok := codec.Carried(p.Signature)
			if ok && of == codec.SignedCall {
				signature, origin = carried, from
				continue
			}
			if ok || carries(p.Signature) {
				p.Signature, p.Origin = carried, from
			}
		case p.Kind == llm.PartCall:
			p.Signature, p.Origin, signature, origin = signature, origin, nil, llm.SchemaNone
		}
		if p.Kind != llm.PartNone {
			parts = append(parts, p)
		}
		parts = append(parts, more...)
	}
	return parts
}

// spot is where a block stands: in an array at a place.
type spot struct {
	place string
	n     int
}

// String is the spot as in errors, such as messages[0].content[1].
func (s spot) String() string { return s.place + "[" + strconv.Itoa(s.n) + "]" }

// needed is the text that a member of a block must be.
func (d *decoding) needed(raw []byte, at spot, name string) llm.Escaped {
	if len(raw) == 0 || raw[0] != '"' {
		d.fail(at.String()+"."+name, "must be a text")
	}
	return codec.Inner(raw)
}

// members are those of a block that parts are made of, as they stand.
type members struct {
	kind                                                      []byte
	text, thinking, signature, data, id, name, input, toolUse []byte
	title, context, failed, cache, page                       []byte
	content, source                                           int // places
	cited, odd                                                bool
}

func readMembers(c *scan.Cursor) (m members) {
	m.content, m.source = -1, -1
	c.Enter('{')
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			m.kind = c.Value()
		case "text":
			m.text = c.Value()
		case "thinking":
			m.thinking = c.Value()
		case "signature":
			m.signature = c.Value()
		case "data":
			m.data = c.Value()
		case "id":
			m.id = c.Value()
		case "name", "tool_name":
			m.name = c.Value()
		case "input":
			m.input = c.Value()
		case "tool_use_id":
			m.toolUse = c.Value()
		case "title":
			m.title = c.Value()
		case "context":
			m.context = c.Value()
		case "is_error":
			m.failed = c.Value()
		case "cache_control":
			m.cache = object(c)
		case "citations":
			v := c.Value()
			in := scan.CursorAt(v, 0)
			m.cited = in.Filled() && (v[0] == '[' || string(find(v, 0, "enabled")) != "false")
		case "content":
			m.content = c.At
			c.Skip()
		case "source":
			if c.Peek() == '"' { // of a search result: its address
				m.page = c.Value()
				continue
			}
			m.source = c.At
			c.Skip()
		default:
			m.odd = m.meant(c) || m.odd
		}
	}
	return m
}

// meant reports whether a member that is not known says anything: a call of the model's own
// says so as it always was.
func (m *members) meant(c *scan.Cursor) bool {
	raw := c.Value()
	return string(raw) != "null" && (raw[0] != '{' || string(find(raw, 0, "type")) != `"direct"`)
}

// part decodes a block; more are parts that follow it.
func (d *decoding) part(c *scan.Cursor, at spot) (p llm.Part, more []llm.Part) {
	m := readMembers(c)
	p.Cache = m.cache
	d.marked(m.cache)
	if m.cited {
		d.p.Fields.Add(llm.FieldCitations)
	}
	if m.odd {
		d.p.Fields.Add(llm.FieldMember)
	}
	switch string(m.kind) {
	case `"text"`:
		p.Kind, p.Text = llm.PartText, d.needed(m.text, at, "text")
	case `"image"`:
		d.image(&p, &m, at)
	case `"document"`:
		more = d.document(&p, &m, at)
	case `"search_result"`:
		p.Kind, p.Text = llm.PartText, join(codec.Inner(m.title), codec.Inner(m.page), d.texts(&m))
	case `"tool_use"`:
		p.Kind, p.ID, p.Name, p.JSON = llm.PartCall, d.needed(m.id, at, "id"), d.needed(m.name, at, "name"), m.input
		if len(m.input) == 0 || m.input[0] == 'n' { // null
			p.JSON = []byte("{}")
		} else if m.input[0] != '{' {
			d.fail(at.String()+".input", "must be an object")
		}
	case `"tool_result"`:
		p.Kind, p.ID, p.Failed = llm.PartResult, d.needed(m.toolUse, at, "tool_use_id"), string(m.failed) == "true"
		if m.content >= 0 {
			inner := scan.CursorAt(d.doc, m.content)
			if inner.Peek() != 'n' { // null
				p.Parts = d.content(&inner, at.String()+".content")
			}
		}
	case `"thinking"`:
		p.Kind, p.Text, p.Signature, p.Origin = llm.PartThought, d.needed(m.thinking, at, "thinking"), codec.Inner(m.signature), llm.SchemaAnthropic
		if from, _, signature, ok := codec.Carried(p.Signature); ok || carries(p.Signature) {
			p.Signature, p.Origin = signature, from
		}
	case `"redacted_thinking"`:
		p.Kind, p.Redacted, p.Signature, p.Origin = llm.PartThought, true, d.needed(m.data, at, "data"), llm.SchemaAnthropic
	case `"compaction"`: // what was said before, in short
		p.Kind, p.Text = llm.PartText, d.texts(&m)
	case `"container_upload"`:
		d.p.Fields.Add(llm.FieldFileID)
	case `"tool_reference"`: // to one of the tools, as the result of a search of them
		p.Kind, p.Text = llm.PartText, d.needed(m.name, at, "tool_name")
	case `"tool_addition"`, `"tool_removal"`: // from when on the model sees a tool
		d.p.Fields.Add(llm.FieldOpaque)
	default: // of the provider's own tools
		d.p.Fields.Add(llm.FieldOpaque)
		d.opaque = at.String()
	}
	return p, more
}

// marked notes members of cache_control that are not known.
func (d *decoding) marked(cache []byte) {
	if len(cache) > 0 {
		codec.UnknownIn(d.p, "", scan.CursorAt(cache, 0), " type ttl ")
	}
}

// texts are the texts in a block's content, joined.
func (d *decoding) texts(m *members) llm.Escaped {
	if m.content < 0 {
		return nil
	}
	c := scan.CursorAt(d.doc, m.content)
	return textsAt(&c)
}

func textsAt(c *scan.Cursor) llm.Escaped {
	if c.Peek() == '"' {
		return codec.Inner(c.Value())
	}
	var all []llm.Escaped
	if c.Enter('[') {
		for c.Next() {
			if c.Peek() == '{' {
				all = append(all, codec.Inner(readMembers(c).text))
			} else {
				c.Skip()
			}
		}
	}
	return join(all...)
}

// origin is where an image or a document comes from, as it stands.
type origin struct {
	kind, media, data, url []byte
	content                int // a place
}

func (d *decoding) origin(m *members, at spot) (o origin) {
	o.content = -1
	c := scan.CursorAt(d.doc, max(m.source, 0))
	if m.source < 0 || !c.Enter('{') {
		d.fail(at.String()+".source", "must be an object with a type")
		return o
	}
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			o.kind = c.Value()
		case "media_type":
			o.media = c.Value()
		case "data":
			o.data = c.Value()
		case "url":
			o.url = c.Value()
		case "content":
			o.content = c.At
			c.Skip()
		case "file_id":
			c.Skip()
		default:
			if string(c.Value()) != "null" {
				d.p.Fields.Add(llm.FieldMember)
			}
		}
	}
	return o
}

// typed is the media type of base64: as stated, or as its first bytes tell.
func (d *decoding) typed(o *origin, data llm.Escaped, at spot) string {
	media := codec.Plain(codec.Inner(o.media))
	if media == "" {
		if media = codec.Sniff(data); media == "" {
			d.fail(at.String()+".source.media_type", "missing: give the media type")
		}
	}
	return media
}

func (d *decoding) image(p *llm.Part, m *members, at spot) {
	o := d.origin(m, at)
	p.Kind = llm.PartImage
	switch string(o.kind) {
	case `"base64"`:
		p.Data = d.needed(o.data, at, "source.data")
		p.Media = d.typed(&o, p.Data, at)
	case `"url"`:
		p.URL = d.needed(o.url, at, "source.url")
	case `"file"`:
		*p = llm.Part{}
		d.p.Fields.Add(llm.FieldFileID)
	default:
		d.fail(at.String()+".source.type", "must be base64, url or file")
	}
}

// document decodes a document. Its context is a text in front, and of one made of blocks the
// images follow.
func (d *decoding) document(p *llm.Part, m *members, at spot) (more []llm.Part) {
	o := d.origin(m, at)
	file := llm.Part{Kind: llm.PartFile, Name: codec.Inner(m.title), Cache: m.cache, Media: codec.Plain(codec.Inner(o.media))}
	switch string(o.kind) {
	case `"file"`:
		d.p.Fields.Add(llm.FieldFileID)
		return nil
	case `"url"`:
		file.URL = d.needed(o.url, at, "source.url")
	case `"text"`:
		file.Text = d.needed(o.data, at, "source.data")
	case `"base64"`:
		file.Data = d.needed(o.data, at, "source.data")
		file.Media = d.typed(&o, file.Data, at)
	case `"content"`:
		if o.content < 0 {
			d.fail(at.String()+".source.content", "must be a text or an array of blocks")
			return nil
		}
		c := scan.CursorAt(d.doc, o.content)
		var texts []llm.Escaped
		for _, inner := range d.content(&c, at.String()+".source.content") {
			if inner.Kind == llm.PartText {
				texts = append(texts, inner.Text)
			} else {
				more = append(more, inner)
			}
		}
		file.Text = join(texts...)
	default:
		d.fail(at.String()+".source.type", "must be base64, url, text, content or file")
	}
	if context := codec.Inner(m.context); len(context) > 0 {
		*p = llm.Part{Kind: llm.PartText, Text: context}
		return append([]llm.Part{file}, more...)
	}
	*p = file
	return more
}
