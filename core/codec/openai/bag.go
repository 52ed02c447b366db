package openai

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// Bounds of what is put together, beside codec.MaxAnswer: members that an object gains, and
// tool calls of one choice. What is more is dropped, or makes the answer none.
const (
	maxMembers = 64
	maxCalls   = 1024
)

// bag is a JSON object that is put together of several: its members in the order in which
// they were first seen, each with its value as written.
type bag struct{ members []member }

type member struct {
	name  string
	value []byte
}

// find is the value of a member; nil if there is none.
func (b *bag) find(name string) []byte {
	for i := range b.members {
		if b.members[i].name == name {
			return b.members[i].value
		}
	}
	return nil
}

// at is the member of that name, which is made if there is room; nil if not.
func (b *bag) at(name []byte) *member {
	for i := range b.members {
		if b.members[i].name == string(name) {
			return &b.members[i]
		}
	}
	if len(b.members) == maxMembers || len(name) == 0 {
		return nil
	}
	b.members = append(b.members, member{name: string(name)})
	return &b.members[len(b.members)-1]
}

// glue puts values into bags and keeps count of what they hold.
type glue struct {
	held int
	err  error
}

// hold counts n more bytes.
//
//go:noinline
func (g *glue) hold(n int) bool {
	g.held += n
	if g.held > codec.MaxAnswer && g.err == nil {
		g.err = &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer is larger than 64 MiB"}
	}
	return g.err == nil
}

// put replaces what the member has by raw.
//
//go:noinline
func (g *glue) put(m *member, raw []byte) {
	if g.hold(len(raw) - len(m.value)) {
		m.value = append(m.value[:0], raw...)
	}
}

// last keeps the last value that says something, such as a reason to end.
func (g *glue) last(b *bag, name, raw []byte) {
	if m := b.at(name); m != nil && (m.value == nil || !null(raw)) {
		g.put(m, raw)
	}
}

// once keeps the first value that says something, such as an id.
func (g *glue) once(b *bag, name, raw []byte) {
	if m := b.at(name); m != nil && (m.value == nil || null(m.value) || string(m.value) == `""`) {
		g.put(m, raw)
	}
}

// join adds a text to a text and an array to an array. It joins them as they are written,
// without the quotes or brackets between: a character of which two texts have a half each
// is whole then. What else a value may be, the last counts.
func (g *glue) join(b *bag, name, raw []byte) {
	m := b.at(name)
	if m == nil || null(raw) && m.value != nil {
		return
	}
	if m.value == nil || m.value[0] != raw[0] || raw[0] != '"' && raw[0] != '[' {
		g.put(m, raw)
		return
	}
	g.extend(m, raw)
}

// extend adds raw to the value of m: both are texts, or both are arrays.
func (g *glue) extend(m *member, raw []byte) {
	if !g.hold(len(raw)) {
		return
	}
	empty, more := hollow(m.value), !hollow(raw)
	switch {
	case !more:
	case empty:
		m.value = append(m.value[:0], raw...)
	default:
		m.value = m.value[:len(m.value)-1]
		if raw[0] == '[' {
			m.value = append(m.value, ',')
		}
		m.value = append(m.value, raw[1:]...)
	}
}

// hollow reports whether a text or an array has nothing in it.
func hollow(raw []byte) bool {
	if raw[0] == '"' {
		return len(raw) == len(`""`)
	}
	return codec.Blank(raw[1 : len(raw)-1])
}

func null(raw []byte) bool { return string(raw) == "null" }

// appendMember appends a member of an object, with a comma in front unless it is the first.
func appendMember(dst []byte, name string, value []byte) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = scan.AppendQuote(dst, name)
	dst = append(dst, ':')
	return append(dst, value...)
}

// append appends the members.
func (b *bag) append(dst []byte) []byte {
	for i := range b.members {
		dst = appendMember(dst, b.members[i].name, b.members[i].value)
	}
	return dst
}
