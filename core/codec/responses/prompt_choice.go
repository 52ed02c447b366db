package responses

import (
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// names are those under which tools are offered to other schemas, which have no namespaces: a
// tool in one has its name in front of its own.
type names struct {
	offered map[string]int         // where in Prompt.Tools, by the name that is offered
	short   map[string]llm.Escaped // the name that is offered, by that of a tool in a namespace
	calls   []called
	chosen  []llm.Escaped // the namespaces of those in Prompt.Choice
}

// called is where a call is, and the namespace of its tool.
type called struct {
	message, part int
	namespace     llm.Escaped
}

// offer offers a tool, of which there is one of each name: the last.
func (d *decoding) offer(namespace llm.Escaped, t llm.Tool) {
	k := &d.names
	if k.offered == nil {
		k.offered, k.short = map[string]int{}, map[string]llm.Escaped{}
	}
	if len(namespace) > 0 {
		full := joined(namespace, t.Name)
		if _, ok := k.short[string(t.Name)]; !ok {
			k.short[string(t.Name)] = full
		}
		t.Name = full
	}
	if i, ok := k.offered[string(t.Name)]; ok {
		d.prompt.Tools[i] = t
		return
	}
	k.offered[string(t.Name)] = len(d.prompt.Tools)
	d.prompt.Tools = append(d.prompt.Tools, t)
}

func joined(namespace, name llm.Escaped) llm.Escaped {
	return append(namespace[:len(namespace):len(namespace)], name...)
}

// full is the name under which a tool is offered; false if none is.
func (k *names) full(namespace, name llm.Escaped) (llm.Escaped, bool) {
	if len(namespace) > 0 {
		if full := joined(namespace, name); k.has(full) {
			return full, true
		}
	}
	if k.has(name) {
		return name, true
	}
	if full, ok := k.short[string(name)]; ok {
		return full, true
	}
	return name, false
}

func (k *names) has(name llm.Escaped) bool {
	_, ok := k.offered[string(name)]
	return ok
}

// resolve gives calls and the choice the names that are offered. There may be calls of tools
// that are no longer, but no choice of them.
func (d *decoding) resolve() {
	for _, c := range d.names.calls {
		p := &d.prompt.Messages[c.message].Parts[c.part]
		p.Name, _ = d.names.full(c.namespace, p.Name)
	}
	t := &d.prompt.Choice
	for i, name := range t.Names {
		full, ok := d.names.full(d.names.chosen[i], name)
		if t.Names[i] = full; !ok {
			d.fail("tool_choice", "names a tool that is not offered")
		}
	}
}

// indexed names a member of an element of a list.
func indexed(list string, i int64, member string) string {
	return string(append(strconv.AppendInt([]byte(list+"["), i, 10), "]"+member...))
}

// choice reads which tool is to be called
// (platform.openai.com/docs/api-reference/responses/create, tool_choice).
func (d *decoding) choice(c *scan.Cursor) {
	t := &d.prompt.Choice
	if c.Peek() != '{' {
		t.Mode = d.mode("tool_choice", c.Value())
		return
	}
	codec.UnknownIn(d.prompt, "tool_choice", *c, " type name namespace mode tools ")
	c.Enter('{')
	var kind string
	var name, namespace llm.Escaped
	allowed := llm.ChoiceAuto
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			kind = codec.Plain(codec.Inner(c.Value()))
		case "name":
			name = codec.Inner(c.Value())
		case "namespace":
			namespace = codec.Inner(c.Value())
		case "mode":
			allowed = d.mode("tool_choice.mode", c.Value())
		case "tools":
			d.allowed(c)
		default:
			c.Skip()
		}
	}
	switch kind {
	case "function", "custom":
		t.Mode, t.Names, d.names.chosen = llm.ChoiceRequired, []llm.Escaped{name}, []llm.Escaped{namespace}
	case localShell:
		t.Mode, t.Names, d.names.chosen = llm.ChoiceRequired, []llm.Escaped{llm.Escaped(localShell)}, []llm.Escaped{nil}
	case "allowed_tools":
		t.Mode = allowed
	case "":
		d.fail("tool_choice.type", "missing")
	default:
		d.use(llm.FieldServerTools, true)
	}
}

// allowed reads the tools among which the model may choose.
func (d *decoding) allowed(c *scan.Cursor) {
	if !c.Enter('[') {
		d.fail("tool_choice.tools", "must be an array")
		return
	}
	for c.Next() {
		if !c.Enter('{') {
			d.fail("tool_choice.tools", "must hold objects")
			return
		}
		var t tool
		t.read(c)
		d.use(llm.FieldMember, t.strange)
		switch t.kind {
		case "function", "custom":
		case localShell:
			t.name = llm.Escaped(localShell)
		default:
			d.use(llm.FieldServerTools, true)
			continue
		}
		d.prompt.Choice.Names = append(d.prompt.Choice.Names, t.name)
		d.names.chosen = append(d.names.chosen, t.namespace)
	}
}

func (d *decoding) mode(param string, v []byte) llm.ChoiceMode {
	switch string(v) {
	case `"auto"`:
		return llm.ChoiceAuto
	case `"none"`:
		return llm.ChoiceNone
	case `"required"`:
		return llm.ChoiceRequired
	}
	d.fail(param, "must be none, auto or required")
	return llm.ChoiceUnset
}
