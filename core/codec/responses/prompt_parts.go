package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// parts reads the content of a message or the output of a tool: a text or an array of parts.
// Said says that a model has said it: what of it nobody here knows can be left out, but not what
// a caller says.
func (d *decoding) parts(c *scan.Cursor, list string, said bool) (parts []llm.Part) {
	switch c.Peek() {
	case '"':
		return []llm.Part{{Kind: llm.PartText, Text: codec.Inner(c.Value())}}
	case 'n':
		return nil
	case '[':
	default:
		d.fault(list, "must be a text or an array of parts")
		return nil
	}
	c.Enter('[')
	d.list, d.said = list, said
	for d.m = 0; c.Next(); d.m++ {
		if !c.Enter('{') {
			d.fault("type", "missing: a part is an object")
			break
		}
		if p := d.part(c); p.Kind != llm.PartNone {
			parts = append(parts, p)
		}
	}
	d.list = ""
	return parts
}

// part reads a part, whose members c stands in front of.
func (d *decoding) part(c *scan.Cursor) (p llm.Part) {
	var text, url, data, file llm.Escaped
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			p.Kind = d.kind(codec.Inner(c.Value()))
		case "text", "refusal":
			text = codec.Inner(c.Value())
		case "image_url", "file_url":
			url = codec.Inner(c.Value())
		case "file_data":
			data = codec.Inner(c.Value())
		case "file_id":
			file = codec.Inner(c.Value())
		case "filename":
			p.Name = codec.Inner(c.Value())
		case "detail":
			p.Detail = codec.Plain(codec.Inner(c.Value()))
		case "input_audio":
			data = d.audio(c, &p)
		case "annotations":
			d.use(llm.FieldCitations, c.Filled())
			c.Skip()
		case "logprobs":
			c.Skip()
		default:
			d.strange(c)
		}
	}
	switch {
	case p.Kind == llm.PartText || p.Kind == llm.PartRefusal:
		p.Text = text
	case p.Kind == llm.PartNone:
	case len(data) > 0:
		codec.Place(&p, data, true)
	case len(url) > 0:
		codec.Place(&p, url, false)
	default:
		d.use(llm.FieldFileID, len(file) > 0)
		if len(file) == 0 && !d.said {
			d.fault(holder(p.Kind), "missing")
		}
		p.Kind = llm.PartNone
	}
	if p.Kind == llm.PartImage && len(p.Data) > 0 && p.Media == "" {
		if p.Media = codec.ImageType(&p); p.Media == "" {
			d.fault("image_url", codec.Untyped)
		}
	}
	return p
}

// holder is the member that says what a part holds.
func holder(kind llm.PartKind) string {
	switch kind {
	case llm.PartImage:
		return "image_url"
	case llm.PartAudio:
		return "input_audio"
	}
	return "file_data"
}

// kind is what a part of that type is; of those of a model that no other schema has, none.
func (d *decoding) kind(name llm.Escaped) llm.PartKind {
	switch string(name) {
	case "input_text", "output_text", "text", "summary_text", "reasoning_text":
		return llm.PartText
	case "refusal":
		return llm.PartRefusal
	case "input_image":
		return llm.PartImage
	case "input_file":
		return llm.PartFile
	case "input_audio":
		return llm.PartAudio
	}
	if !d.said {
		d.fault("type", codec.UnknownPart)
	}
	d.use(llm.FieldOpaque, true)
	return llm.PartNone
}

// audio reads sound: base64 and the name of its format.
func (d *decoding) audio(c *scan.Cursor, p *llm.Part) (data llm.Escaped) {
	if !c.Enter('{') {
		return nil
	}
	for c.Next() {
		switch string(c.Key()) {
		case "data":
			data = codec.Inner(c.Value())
		case "format":
			if f := codec.Plain(codec.Inner(c.Value())); f == "mp3" {
				p.Media = "audio/mpeg"
			} else if f != "" {
				p.Media = "audio/" + f
			}
		default:
			d.strange(c)
		}
	}
	return data
}
