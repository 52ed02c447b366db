package gemini

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// part is a part of a turn or of an answer (https://ai.google.dev/api/caching#Part): what it
// says, and the places in the document where that stands.
type part struct {
	start, end     int
	text           llm.Span // a string with its quotes
	thought        bool
	signature      llm.Escaped
	sealed, member llm.Span // the signature's value, and its member
	call           int      // functionCall; 0: none
	id, name       llm.Escaped
	args           []byte // an object
	unread         bool   // there are arguments that are no object
	partial        bool   // there are pieces of arguments
	result         int    // functionResponse; 0: none
	media          bool   // inlineData or fileData
	kind           llm.Escaped
	data, url      llm.Escaped
	detail         llm.Escaped
	inline         bool // inlineData
	other          bool // something else that is not empty
	hosted         bool // that is of a tool that the API has run
	strange        bool // it has a member that has no place elsewhere
	kinds          int  // of content
}

// readPart reads the part in front of c, in either spelling of its members.
func readPart(c *scan.Cursor) (p part) {
	if !c.Enter('{') {
		return p
	}
	for c.Next() {
		start := c.At
		switch string(camel(c.Key())) {
		case "text":
			c.Peek()
			at := c.At
			if v := c.Value(); v[0] == '"' {
				p.text = llm.Span{Start: at, End: c.At}
			}
		case "thought":
			p.thought = string(c.Value()) == "true"
		case "thoughtSignature":
			c.Peek()
			at := c.At
			p.signature = codec.Inner(c.Value())
			p.sealed, p.member = llm.Span{Start: at, End: c.At}, llm.Span{Start: start, End: c.At}
		case "functionCall":
			p.readCall(c)
		case "functionResponse":
			if c.Peek() == '{' {
				p.result = c.At
				p.kinds++
			}
			c.Skip()
		case "inlineData":
			p.inline = c.Peek() == '{'
			p.readMedia(c)
		case "fileData":
			p.readMedia(c)
		case "mediaResolution":
			p.readDetail(c)
		case "videoMetadata":
			p.strange = p.strange || c.Filled()
			c.Skip()
		case "partMetadata":
			c.Skip()
		case "executableCode", "codeExecutionResult",
			"toolCall", "toolResponse":
			p.other, p.hosted = p.other || c.Filled(), true
			c.Skip()
		default:
			p.other, p.strange = p.other || c.Filled(), p.strange || c.Peek() != 'n'
			c.Skip()
		}
	}
	return p
}

func (p *part) readCall(c *scan.Cursor) {
	if c.Peek() != '{' {
		c.Skip()
		return
	}
	p.call = c.At
	p.kinds++
	c.Enter('{')
	for c.Next() {
		switch string(camel(c.Key())) {
		case "name":
			p.name = codec.Inner(c.Value())
		case "id":
			p.id = codec.Inner(c.Value())
		case "args":
			if c.Peek() == '{' {
				p.args = c.Value()
			} else {
				p.unread = c.Peek() != 'n'
				c.Skip()
			}
		case "partialArgs":
			p.partial = true
			c.Skip()
		default:
			p.strange = p.strange || c.Peek() != 'n'
			c.Skip()
		}
	}
}

func (p *part) readMedia(c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	p.media = true
	p.kinds++
	for c.Next() {
		switch string(camel(c.Key())) {
		case "mimeType":
			p.kind = codec.Inner(c.Value())
		case "data":
			p.data = codec.Inner(c.Value())
		case "fileUri":
			p.url = codec.Inner(c.Value())
		case "displayName":
			p.name = codec.Inner(c.Value())
		default:
			p.strange = p.strange || c.Peek() != 'n'
			c.Skip()
		}
	}
}

// readDetail reads how closely a part is looked at, {"level": …} or the level itself.
func (p *part) readDetail(c *scan.Cursor) {
	if c.Peek() != '{' {
		p.detail = codec.Inner(c.Value())
		return
	}
	c.Enter('{')
	for c.Next() {
		if string(c.Key()) == "level" {
			p.detail = codec.Inner(c.Value())
		} else {
			c.Skip()
		}
	}
}
