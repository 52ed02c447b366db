package responses

import (
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// readInput reads the sizes of the input, a text or an array of items
// (platform.openai.com/docs/api-reference/responses/create, input).
func (r *reading) readInput(v scan.Value) {
	c := r.Cursor()
	switch v.Kind {
	case scan.KindString:
		r.items = 1
		r.Size.Bytes += c.Length()
	case scan.KindArray:
		c.Enter('[')
		for c.Next() {
			if !c.Enter('{') {
				r.Fail("input["+strconv.Itoa(r.items)+"]", "must be an object")
				return
			}
			r.items++
			r.readItem(&c)
		}
	default:
		r.Fail("input", "must be a text or an array of items")
	}
}

// readItem reads what a model reads of an item, whose members c stands in front of. What only
// a provider can read is not known to be of any length.
func (r *reading) readItem(c *scan.Cursor) {
	for c.Next() {
		switch string(c.Key()) {
		case "content", "output", "summary":
			r.readParts(c)
		case "name", "arguments", "input", "code":
			r.Size.Bytes += c.Length()
		case "action", "tools":
			r.Size.Bytes += len(c.Value())
		default:
			c.Skip()
		}
	}
}

// readParts reads the content of an item: a text, or an array of parts.
func (r *reading) readParts(c *scan.Cursor) {
	if c.Peek() != '[' {
		r.Size.Bytes += c.Length()
		return
	}
	c.Enter('[')
	for c.Next() {
		if c.Enter('{') {
			r.readPart(c)
		}
	}
}

// readPart reads a part, whose members c stands in front of. What of it is base64 is data;
// the rest is read like text, but an image's address.
func (r *reading) readPart(c *scan.Cursor) {
	var kind llm.Feature
	text, media, data := 0, 0, 0
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			switch string(c.Value()) {
			case `"input_image"`, `"computer_screenshot"`:
				kind = llm.FeatureImages
			case `"input_file"`:
				kind = llm.FeatureFiles
			case `"input_audio"`:
				kind = llm.FeatureAudio
			}
		case "text", "refusal":
			text += c.Length()
		case "filename", "file_id":
			media += c.Length()
		case "image_url", "file_url":
			start := c.At
			n := codec.Base64(c, false)
			data, media = data+n, media+c.At-start-n
		case "file_data":
			data += codec.Base64(c, true)
		case "input_audio":
			if !c.Enter('{') {
				continue
			}
			for c.Next() {
				if string(c.Key()) == "data" {
					data += codec.Base64(c, true)
				} else {
					c.Skip()
				}
			}
		default:
			c.Skip()
		}
	}
	r.Req.Features |= kind
	r.Size.Bytes += text
	switch kind {
	case 0:
		r.Size.Bytes += data + media
	case llm.FeatureImages:
		r.Size.Images++
		r.Size.Data += data
	default:
		r.Size.Bytes += media
		r.Size.Data += data
		r.Size.Media += data
	}
}
