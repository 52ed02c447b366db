package openai

import (
	"bytes"
	"slices"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

func (t *tracker) calls(ch *tracked, doc []byte, at int) {
	if at == 0 {
		return
	}
	c := scan.CursorAt(doc, at)
	if !c.Enter('[') {
		return
	}
	for c.Next() {
		t.call(ch, &c, false)
	}
}

// oneFunction is the index of a function_call, of which there is at most one.
const oneFunction = -3

// call gives a tool call or a piece of one. Which call a piece belongs to is settled as the
// assembler does it.
func (t *tracker) call(ch *tracked, c *scan.Cursor, legacy bool) {
	start := c.At
	index, id := int64(oneFunction), []byte(nil)
	if !legacy {
		index, id = callAt(c)
		if index == noCall {
			return
		}
		c.At = start
	}
	var name llm.Escaped
	var text llm.Escaped
	if legacy {
		name, text = piece(c)
	} else {
		name, text = functionIn(*c)
		c.Skip()
	}
	var k *trackedCall
	if !t.whole { // where each is complete
		k = ch.call(index, codec.Inner(id))
	}
	if k != nil && id == nil && anew(k.name, k.filled, name, text) {
		k = nil
	}
	if k == nil {
		if len(ch.calls) == maxCalls {
			return
		}
		ch.calls = append(ch.calls, trackedCall{index: index, id: slices.Clone(codec.Inner(id))})
		k = &ch.calls[len(ch.calls)-1]
	}
	k.filled = k.filled || len(text) > 0
	if len(k.id) == 0 && id != nil {
		k.id = slices.Clone(codec.Inner(id))
	}
	switch {
	case !k.told && len(name) == 0:
		if len(k.waiting)+len(text) <= codec.MaxFrame {
			k.waiting = append(k.waiting, text...)
		}
	case !k.told:
		if len(k.waiting) > 0 {
			text = append(k.waiting, text...)
		}
		k.told, k.name, k.block, k.waiting = true, slices.Clone(name), ch.blocks, nil
		ch.blocks++
		ch.open, ch.called = llm.DeltaNone, true
		d := t.push(llm.DeltaCall, ch.index, k.block, text)
		d.Name = name
		if !ch.named(k) {
			d.ID = k.id
		}
	case len(text) > 0:
		t.push(llm.DeltaArguments, ch.index, k.block, text)
	}
}

// anew reports whether a piece without an id, with a name and arguments, is another call than
// the one of its index, which has a name and perhaps arguments: some servers have one index and
// no id for all of them. Others repeat the name with each piece.
func anew(had []byte, filled bool, name, text llm.Escaped) bool {
	if len(had) == 0 || len(name) == 0 || !filled {
		return false
	}
	plain, ok := codec.Unescape(nil, text)
	return !bytes.Equal(had, name) || ok && len(plain) > 0 && plain[0] == '{' && scan.Valid(plain) == nil
}

// call is the call that a piece with that index and id goes on with; nil if it begins one.
func (ch *tracked) call(index int64, id []byte) *trackedCall {
	for i := len(ch.calls) - 1; i >= 0; i-- {
		k := &ch.calls[i]
		if index != noIndex && k.index != index {
			continue
		}
		if len(id) == 0 || len(k.id) == 0 || bytes.Equal(k.id, id) {
			return k
		}
		if index != noIndex {
			return nil
		}
	}
	return nil
}

// named reports whether another call that was told has the id of k, which then is none: results
// could not be told apart.
func (ch *tracked) named(k *trackedCall) bool {
	for i := range ch.calls {
		if had := &ch.calls[i]; had != k && had.told && bytes.Equal(had.id, k.id) {
			return true
		}
	}
	return false
}

// functionIn is the name and the arguments in the piece of a tool call in front of c.
func functionIn(c scan.Cursor) (name, text llm.Escaped) {
	c.Enter('{')
	for c.Next() {
		if string(c.Key()) == "function" {
			name, text = piece(&c)
		} else {
			c.Skip()
		}
	}
	return name, text
}

// piece is the name and the arguments of a function, those of an object as text.
func piece(c *scan.Cursor) (name, text llm.Escaped) {
	if !c.Enter('{') {
		return nil, nil
	}
	for c.Next() {
		switch string(c.Key()) {
		case "name":
			name = textOf(c)
		case "arguments":
			v := c.Value()
			if text = codec.Inner(v); v[0] == '{' {
				text = codec.Escape(string(v))
			}
		default:
			c.Skip()
		}
	}
	return name, text
}
