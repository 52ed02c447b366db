package anthropic

import (
	"bytes"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// NewAssembler starts making one message of a stream: with the members of message_start as
// they stand, those that message_delta gives anew, and each block as it began with what was
// added to it. So what only this schema has, such as the provider's own tools and references
// to sources, stays.
func (c Codec) NewAssembler(r *llm.Request) codec.Assembler {
	whole := *r
	whole.Stream = false
	return &assembler{req: &whole, told: codec.Gather(c, r)}
}

type assembler struct {
	req     *llm.Request
	told    codec.Assembler // of events that are not as the provider wrote them
	retold  bool
	message []byte
	late    []pair // members of the message that came later
	usage   []pair
	blocks  []gathered
	finish  llm.Finish
	size    int
	event   llm.Event
}

// pair is a member as it stands.
type pair struct {
	key   string
	value []byte
}

// gathered is a block: how it began, and what was added to it, escaped but for references.
type gathered struct {
	index                                int64
	start                                []byte
	text, thinking, signature, arguments []byte
	citations                            []byte
}

// Add takes the next event.
func (g *assembler) Add(e *llm.Event) {
	if e.Object.Empty() {
		g.retold = g.retold || e.Choices
		g.told.Add(e)
		return
	}
	if g.size += len(e.Raw); g.size > codec.MaxAnswer || e.Err != nil {
		return
	}
	if e.Finish != llm.FinishNone {
		g.finish = e.Finish
	}
	var kind, block, delta, usage, message []byte
	index := int64(0)
	doc := e.Raw[e.Object.Start:e.Object.End]
	c := scan.CursorAt(doc, 0)
	c.Enter('{')
	for c.Next() {
		switch key := string(c.Key()); key {
		case "type":
			kind = c.Value()
		case "message":
			message = c.Value()
		case "index":
			index, _ = scan.Int(c.Value())
		case "content_block":
			block = c.Value()
		case "delta":
			delta = c.Value()
		case "usage":
			usage = c.Value()
		default:
			if e.Ended != 0 { // container, context_management
				put(&g.late, key, c.Value())
				continue
			}
			c.Skip()
		}
	}
	switch of := string(kind); {
	case of == `"message_start"` && g.message == nil && len(message) > 0 && message[0] == '{':
		g.message = bytes.Clone(message)
	case of == `"content_block_start"` && len(block) > 0 && block[0] == '{':
		g.blocks = append(g.blocks, gathered{index: index, start: bytes.Clone(block)})
	case of == `"content_block_delta"` && len(delta) > 0:
		g.add(index, delta)
	case of == `"message_delta"`:
		set(&g.late, delta)
		set(&g.usage, usage)
	}
}

// set puts the members of an object into a list.
func set(list *[]pair, object []byte) {
	c := scan.CursorAt(object, 0)
	if len(object) == 0 || !c.Enter('{') {
		return
	}
	for c.Next() {
		key := string(c.Key())
		put(list, key, c.Value())
	}
}

// put puts a member into a list, in place of one of its name. Null says nothing.
func put(list *[]pair, key string, value []byte) {
	if string(value) == "null" || len(*list) >= scan.MaxKeys {
		return
	}
	for i := range *list {
		if p := &(*list)[i]; p.key == key {
			p.value = append(p.value[:0], value...)
			return
		}
	}
	*list = append(*list, pair{key, bytes.Clone(value)})
}

// add adds a delta to its block.
func (g *assembler) add(index int64, delta []byte) {
	i := len(g.blocks) - 1
	for i >= 0 && g.blocks[i].index != index {
		i--
	}
	if i < 0 {
		i = len(g.blocks)
		g.blocks = append(g.blocks, gathered{index: index, start: missing(find(delta, 0, "type"))})
	}
	b := &g.blocks[i]
	c := scan.CursorAt(delta, 0)
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		switch string(c.Key()) {
		case "text":
			b.text = append(b.text, codec.Inner(c.Value())...)
		case "thinking":
			b.thinking = append(b.thinking, codec.Inner(c.Value())...)
		case "signature":
			b.signature = append(b.signature, codec.Inner(c.Value())...)
		case "partial_json":
			b.arguments = append(b.arguments, codec.Inner(c.Value())...)
		case "citation":
			if len(b.citations) > 0 {
				b.citations = append(b.citations, ',')
			}
			b.citations = append(b.citations, c.Value()...)
		default:
			c.Skip()
		}
	}
}

// missing is how a block would have begun that a delta of that type belongs to.
func missing(of []byte) []byte {
	if string(of) == `"thinking_delta"` || string(of) == `"signature_delta"` {
		return []byte(`{"type":"thinking","thinking":""}`)
	}
	return []byte(`{"type":"text","text":""}`)
}

// Whole writes the message and reads it.
func (g *assembler) Whole() (*llm.Event, error) {
	switch {
	case g.retold:
		return g.told.Whole()
	case g.size > codec.MaxAnswer:
		return nil, &llm.Error{Code: llm.CodeBadAnswer, Message: "the answer is larger than 64 MiB"}
	}
	reader := Codec{}.NewReader(g.req, false)
	err := reader.Read(g.append(nil), func(*llm.Event) {})
	if err == nil {
		err = reader.Close(func(e *llm.Event) { g.event = *e })
	}
	return &g.event, err
}

func (g *assembler) append(dst []byte) []byte {
	message := g.message
	if message == nil {
		message = []byte(`{"type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null}`)
	}
	dst = append(dst, '{')
	from := len(dst)
	filled, counted := false, false
	c := scan.CursorAt(message, 0)
	c.Enter('{')
	for c.Next() {
		key := string(c.Key())
		dst = member(dst, from, key)
		switch value := c.Value(); {
		case key == "content" && !filled:
			dst, filled = g.content(dst, value), true
		case key == "usage" && !counted:
			dst, counted = overlaid(dst, value, g.usage), true
		default:
			dst = append(dst, later(g.late, key, value)...)
		}
	}
	for _, p := range g.late {
		if find(message, 0, p.key) == nil {
			dst = append(member(dst, from, p.key), p.value...)
		}
	}
	if !filled {
		dst = g.content(member(dst, from, "content"), nil)
	}
	if !counted && len(g.usage) > 0 {
		dst = overlaid(member(dst, from, "usage"), nil, g.usage)
	}
	return append(dst, '}')
}

// later is what a list says of a member, or else value.
func later(list []pair, key string, value []byte) []byte {
	for i := range list {
		if list[i].key == key {
			return list[i].value
		}
	}
	return value
}

// overlaid appends an object with the members of a list in place of its own, or beside them.
func overlaid(dst, object []byte, list []pair) []byte {
	dst = append(dst, '{')
	from := len(dst)
	c := scan.CursorAt(object, 0)
	if len(object) > 0 && c.Enter('{') {
		for c.Next() {
			key := string(c.Key())
			dst = append(member(dst, from, key), later(list, key, c.Value())...)
		}
	}
	for _, p := range list {
		if len(object) == 0 || find(object, 0, p.key) == nil {
			dst = append(member(dst, from, p.key), p.value...)
		}
	}
	return append(dst, '}')
}

// content appends the blocks, behind those that the message began with.
func (g *assembler) content(dst, begun []byte) []byte {
	dst = append(dst, '[')
	from := len(dst)
	c := scan.CursorAt(begun, 0)
	if len(begun) > 0 && c.Enter('[') {
		for c.Next() {
			dst = append(comma(dst, from), c.Value()...)
		}
	}
	for i := range g.blocks {
		if b := &g.blocks[i]; string(find(b.start, 0, "type")) != `"tool_use"` || !codec.CutOff(g.finish, b.arguments) {
			dst = b.append(comma(dst, from))
		}
	}
	return append(dst, ']')
}

func comma(dst []byte, from int) []byte {
	if len(dst) > from {
		return append(dst, ',')
	}
	return dst
}

// append appends a block with what was added to it.
func (b *gathered) append(dst []byte) []byte {
	var list []pair
	b.join(&list, "text", b.text)
	b.join(&list, "thinking", b.thinking)
	b.join(&list, "signature", b.signature)
	if len(b.arguments) > 0 {
		input, _ := codec.AppendArguments(nil, b.arguments)
		put(&list, "input", input)
	}
	if len(b.citations) > 0 {
		put(&list, "citations", append(append([]byte{'['}, b.citations...), ']'))
	}
	return overlaid(dst, b.start, list)
}

// join puts a text into a list: what the block began with, and what was added.
func (b *gathered) join(list *[]pair, key string, added []byte) {
	if len(added) > 0 {
		begun := codec.Inner(find(b.start, 0, key))
		put(list, key, codec.AppendString(nil, append(bytes.Clone(begun), added...)))
	}
}
