package openai

import (
	"strconv"
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// content reads the content of message i, which stands at a place of the body: text, or an
// array of parts, among which Mistral takes bare texts.
func (d *decoding) content(parts []llm.Part, i, at int) []llm.Part {
	if at == 0 {
		return parts
	}
	c := scan.CursorAt(d.req.Body, at)
	switch c.Peek() {
	case '"':
		return with(parts, &llm.Part{Kind: llm.PartText, Text: textOf(&c)})
	case '[':
		c.Enter('[')
		for d.at[1] = 0; c.Next(); d.at[1]++ {
			switch b := c.Peek(); b {
			case '"':
				parts = with(parts, &llm.Part{Kind: llm.PartText, Text: textOf(&c)})
				continue
			case '{':
			default:
				d.failPart("", "must be an object or a string")
			}
			start := c.At
			parts = d.part(parts, &c)
			c.At = start
			c.Skip()
		}
		return parts
	}
	d.fail("messages["+strconv.Itoa(i)+"].content", "must be a string or an array of parts")
	return parts
}

// failPart notes what is wrong with a member of the part at hand.
func (d *decoding) failPart(member, msg string) {
	if d.err == nil {
		d.fail(nth("messages", d.at[0], nth("content", d.at[1], member)), msg)
	}
}

// nth is the path of an element of an array or of what it holds.
func nth(array string, i int, member string) string {
	path := array + "[" + strconv.Itoa(i) + "]"
	if member != "" {
		path += "." + member
	}
	return path
}

// odd notes a member that is not known, unless it says nothing.
func (d *decoding) odd(v []byte) {
	if string(v) != "null" {
		d.p.Fields.Add(llm.FieldMember)
	}
}

// missing is what is wrong with a member that has to be there.
const missing = "missing or of the wrong type"

// part reads one part. What it is its type says.
func (d *decoding) part(parts []llm.Part, c *scan.Cursor) []llm.Part {
	var p llm.Part
	kind, value, ok := d.members(&p, c)
	if !ok {
		return parts
	}
	switch kind {
	case "":
		d.failPart("type", missing)
		return parts
	case "text", "input_text", "output_text":
		p.Kind, p.Text = llm.PartText, codec.Inner(value)
		kind = "text"
	case "refusal":
		p.Kind, p.Text = llm.PartRefusal, codec.Inner(value)
	case "thinking":
		p.Kind, p.Origin, p.Text = llm.PartThought, llm.SchemaOpenAI, joined(value)
		if value == nil || value[0] != '"' && value[0] != '[' {
			d.failPart(kind, missing)
		}
		return with(parts, &p)
	case "image_url":
		p.Kind = llm.PartImage
	case "input_audio", "audio_url":
		p.Kind = llm.PartAudio
	case "video_url", "input_video":
		p.Kind = llm.PartVideo
	case "file", "file_url", "document_url":
		p.Kind = llm.PartFile
	case "reference":
		d.p.Fields.Add(llm.FieldCitations)
		return parts
	default:
		d.p.Fields.Add(llm.FieldOpaque)
		if d.turn != llm.RoleAssistant { // who would be answered without having been heard
			d.failPart("type", codec.UnknownPart)
		}
		return parts
	}
	words := p.Kind == llm.PartText || p.Kind == llm.PartRefusal
	if words && (value == nil || value[0] != '"') || !words && !d.media(&p, value) {
		if words || !d.p.Fields.Has(llm.FieldFileID) {
			d.failPart(kind, missing)
		}
		return parts
	}
	return with(parts, &p)
}

// members reads the members of a part: what kind it is and the value that goes with that. It
// reports whether the part is to be read at all.
func (d *decoding) members(p *llm.Part, c *scan.Cursor) (kind string, value []byte, ok bool) {
	if !c.Enter('{') {
		return "", nil, false
	}
	for c.Next() {
		key := string(c.Key())
		v := c.Value()
		switch key {
		case "type":
			kind = codec.Plain(codec.Inner(v))
		case "cache_control":
			if string(v) != "null" {
				p.Cache = v
			}
		case "text", "image_url", "input_audio", "audio_url", "video_url", "file", "file_url", "document_url", "refusal", "thinking", "input_video":
			if string(v) != "null" && (value == nil || key == kind) {
				value = v
			}
		case "file_id":
			d.p.Fields.Add(llm.FieldFileID)
			return "", nil, false
		case "document_name":
			p.Name = codec.Inner(v)
		case "reference_ids", "closed": // Mistral's
		default:
			d.odd(v)
		}
	}
	return kind, value, true
}

// joined is the text of Mistral's reasoning, which is one or an array of parts.
func joined(raw []byte) (text llm.Escaped) {
	if len(raw) == 0 || raw[0] == '"' {
		return codec.Inner(raw)
	}
	c := scan.CursorAt(raw, 0)
	if !c.Enter('[') {
		return nil
	}
	for c.Next() {
		if !c.Enter('{') {
			continue
		}
		for c.Next() {
			if string(c.Key()) == "text" {
				text = append(text, textOf(&c)...)
			} else {
				c.Skip()
			}
		}
	}
	return text
}

// media reads an image, a sound, a film or a file: an object or, with Mistral, an address. It
// reports whether there is any.
func (d *decoding) media(p *llm.Part, raw []byte) bool {
	if len(raw) == 0 {
		return false
	}
	if raw[0] == '"' {
		codec.Place(p, codec.Inner(raw), p.Kind == llm.PartAudio)
		return d.typed(p)
	}
	c := scan.CursorAt(raw, 0)
	codec.UnknownIn(d.p, "", c, " url data file_data fileData detail format filename name file_id fileId ")
	if !c.Enter('{') {
		return false
	}
	for c.Next() {
		key := string(c.Key())
		text := textOf(&c)
		if len(text) == 0 {
			continue
		}
		switch key {
		case "url":
			codec.Place(p, text, false)
		case "data", "file_data", "fileData":
			codec.Place(p, text, true)
		case "detail":
			p.Detail = codec.Plain(text)
		case "format":
			p.Media = mediaOf(p.Kind, codec.Plain(text))
		case "filename", "name":
			p.Name = text
		case "file_id", "fileId":
			d.p.Fields.Add(llm.FieldFileID)
		}
	}
	return d.typed(p)
}

// typed reports whether a part that has been read holds anything. An image as bytes has to be
// of a type that it says or that can be seen.
func (d *decoding) typed(p *llm.Part) bool {
	if p.Kind == llm.PartImage && len(p.Data) > 0 && p.Media == "" {
		if p.Media = codec.ImageType(p); p.Media == "" {
			d.failPart("image_url", codec.Untyped)
		}
	}
	return len(p.Data) > 0 || len(p.URL) > 0
}

// mediaOf is the media type of a sound or a file, given its format.
func mediaOf(kind llm.PartKind, format string) string {
	switch {
	case strings.Contains(format, "/"):
		return format
	case kind == llm.PartAudio && format == "mp3":
		return "audio/mpeg"
	case kind == llm.PartAudio:
		return "audio/" + format
	case kind == llm.PartVideo:
		return "video/" + format
	}
	return ""
}

// with appends a part. Written out wherever there is one it is kilobytes of the edge module.
//
//go:noinline
func with(parts []llm.Part, p *llm.Part) []llm.Part { return append(parts, *p) }

// textOf is the text of the string in front of c, which steps over it; nil if there is none.
// Inlined everywhere, as the compiler would, it is kilobytes of the edge module.
//
//go:noinline
func textOf(c *scan.Cursor) llm.Escaped { return codec.Inner(c.Value()) }
