package codec

import (
	"bytes"
	"slices"
	"strings"

	"strowger/core/llm"
	"strowger/core/scan"
)

// UnknownIn notes the members that are not null of the object in front of c and not among
// known, names with a space on both sides of each: by their path behind within, such as
// response_format.json_schema, or as a member of unknown meaning where within is empty, as in
// messages, their parts and tools, of which there are many. What is no object has none.
//
//	codec.UnknownIn(p, "", c, " url detail ")
func UnknownIn(p *llm.Prompt, within string, c scan.Cursor, known string) {
	if c.Peek() != '{' || !c.Enter('{') {
		return
	}
	for c.Next() {
		key := c.Key()
		if len(key) == 0 { // or too long to be read
			key = []byte("_")
		}
		named := bytes.IndexByte(key, ' ') < 0 && strings.Contains(known, " "+string(key)+" ")
		null := c.Peek() == 'n'
		c.Skip()
		switch {
		case named || null:
		case within == "":
			p.Fields.Add(llm.FieldMember)
		default:
			Unknown(p, append([]byte(within+"."), key...))
		}
	}
}

// Unknown notes a top-level member that nobody here knows, by a name that can be repeated in
// a header: of at most 64 bytes, all of them letters, digits, points, hyphens or low lines; _ for none.
func Unknown(p *llm.Prompt, name []byte) {
	const longest = 64
	p.Fields.Add(llm.FieldUnknown)
	if len(p.Unknown) >= llm.MaxUnknown {
		return
	}
	plain := slices.Clone(name[:min(len(name), longest)])
	if len(plain) == 0 {
		plain = []byte("_")
	}
	for i, b := range plain {
		if b != '.' && !wordly(b) {
			plain[i] = '_'
		}
	}
	if !slices.Contains(p.Unknown, string(plain)) {
		p.Unknown = append(p.Unknown, string(plain))
	}
}
