package gemini

import (
	"strconv"
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// ReadPrompt decodes a request. What is not of the form that is documented is an error that
// names the field; a part, a message or a tool may have members that nobody here knows.
func (Codec) ReadPrompt(r *llm.Request) (*llm.Prompt, *llm.Error) {
	d := decoding{doc: r.Body, p: &llm.Prompt{}}
	c := scan.CursorAt(r.Body, 0)
	d.object(&c, d.member)
	if d.err != nil {
		return nil, d.err
	}
	for i := range d.p.Tools {
		d.p.Tools[i].Strict = d.validated
	}
	if len(d.system.Parts) > 0 {
		d.system.Role = llm.RoleSystem
		d.p.Messages = append([]llm.Message{d.system}, d.p.Messages...)
	}
	if d.sized > 0 && d.sized < len(d.p.Inputs) {
		return nil, &llm.Error{Code: llm.CodeInvalidRequest, Param: "requests.outputDimensionality", Message: oneLength}
	}
	codec.Complete(d.p)
	if r.Operation == llm.OperationEmbeddings {
		return d.p, nil
	}
	if err := codec.Nothing(d.p, "contents"); err != nil {
		return d.p, err
	}
	return d.p, nil
}

// oneLength is what other schemas want of embeddings that are asked for together.
const oneLength = "must be the same in all requests, as another schema has one for all"

// decoding is a request being decoded.
type decoding struct {
	doc       []byte
	p         *llm.Prompt
	system    llm.Message
	sized     int    // how many lengths of embeddings there are
	validated bool   // arguments are to fit the functions' schemas
	grown     *byte  // the first of the text of a thought that has come in pieces
	path      []byte // of what is being read, with a full stop in front
	err       *llm.Error
}

// fail notes what is wrong with what is being read, unless something was wrong before.
//
//go:noinline
func (d *decoding) fail(msg string) { d.failAt("", msg) }

// failAt is fail for a member of what is being read.
//
//go:noinline
func (d *decoding) failAt(member, msg string) {
	if d.err == nil {
		d.err = &llm.Error{Code: llm.CodeInvalidRequest, Param: strings.TrimPrefix(string(d.path)+member, "."), Message: msg}
	}
}

// down goes down to a member; cutting the path to the length that is returned goes up again.
func (d *decoding) down(key []byte) (back int) {
	back = len(d.path)
	d.path = append(append(d.path, '.'), key...)
	return back
}

// element goes down to an element of l.
func (d *decoding) element(l *list, i int) (back int) {
	back = len(d.path)
	if l.array {
		d.path = append(strconv.AppendInt(append(d.path, '['), int64(i), 10), ']')
	}
	return back
}

// list goes over the list in front of c, which must be one.
func (d *decoding) list(c *scan.Cursor) list {
	if b := c.Peek(); b != '[' && b != '{' {
		d.fail("must be an array of objects")
	}
	return listOf(c)
}

// enter steps into the object in front of c, which must be one.
func (d *decoding) enter(c *scan.Cursor) bool {
	if c.Enter('{') {
		return true
	}
	d.fail("must be an object")
	return false
}

// object reads the members of the object in front of c that are not null.
func (d *decoding) object(c *scan.Cursor, member func(key []byte, c *scan.Cursor)) {
	if !d.enter(c) {
		return
	}
	for c.Next() {
		key := c.Key()
		if c.Peek() == 'n' {
			c.Skip()
			continue
		}
		back := d.down(key)
		member(key, c)
		d.path = d.path[:back]
	}
}

// objects reads the members of each object of the list in front of c.
func (d *decoding) objects(c *scan.Cursor, member func(key []byte, c *scan.Cursor)) {
	l := d.list(c)
	for i := 0; l.next(); i++ {
		back := d.element(&l, i)
		d.object(c, member)
		d.path = d.path[:back]
	}
}

// member reads a member of a request.
func (d *decoding) member(key []byte, c *scan.Cursor) {
	switch string(camel(key)) {
	case "contents":
		l := d.list(c)
		for i := 0; l.next(); i++ {
			back := d.element(&l, i)
			d.turn(c)
			d.path = d.path[:back]
		}
	case "systemInstruction":
		d.system.Parts, _ = d.content(c, d.system.Parts, llm.RoleSystem)
	case "generationConfig":
		d.object(c, d.config)
	case "tools":
		d.tools(c)
	case "toolConfig":
		d.object(c, d.toolConfig)
	case "generateContentRequest":
		d.object(c, d.member)
	case "requests":
		d.objects(c, d.member)
	default:
		d.other(key, c)
	}
}

// other reads a member that is no conversation.
func (d *decoding) other(key []byte, c *scan.Cursor) {
	p := d.p
	switch string(camel(key)) {
	case "safetySettings":
		if b := c.Peek(); b != '[' && b != '{' {
			d.fail("must be an array of objects")
		}
		d.note(c, llm.FieldSafety)
	case "cachedContent":
		d.note(c, llm.FieldState)
	case "labels":
		p.Metadata = d.labels(c)
	case "store":
		p.Store = c.Value()
	case "serviceTier":
		if p.Tier = strings.ToLower(codec.Plain(codec.Inner(c.Value()))); p.Tier == "standard" || p.Tier == "unspecified" {
			p.Tier = "default"
		}
	case "content":
		p.Inputs = append(p.Inputs, d.input(c))
	case "taskType":
		p.TaskType = codec.Plain(codec.Inner(c.Value()))
	case "outputDimensionality":
		n := d.integer(c)
		if d.sized++; d.sized > 1 && string(n) != string(p.Dimensions) {
			d.fail(oneLength)
		}
		p.Dimensions = n
	case "model", "provider", "models", "usage":
		c.Skip()
	default:
		if name := string(key); name != "model_routing_config" && name != "session_id" { // for the router too
			d.unknown("", key)
		}
		c.Skip()
	}
}

// note notes that a field is used, unless its value is empty.
func (d *decoding) note(c *scan.Cursor, f llm.Field) {
	some := c.Filled()
	if v := c.Value(); some || v[0] == '"' && len(v) > len(`""`) {
		d.p.Fields.Add(f)
	}
}

// labels is an object as it stands; nil if it is empty.
func (d *decoding) labels(c *scan.Cursor) []byte {
	if c.Peek() != '{' {
		d.fail("must be an object")
	}
	some := c.Filled()
	if v := c.Value(); some {
		return v
	}
	return nil
}

// unknown keeps the name of a member that nobody here knows, under that of what it is in.
func (d *decoding) unknown(within string, key []byte) {
	if len(key) == 0 { // or too long to be read
		key = []byte("_")
	}
	codec.Unknown(d.p, append([]byte(within), key...))
}

// turn reads a turn. Neighbours of the model's are one: a client that has collected a stream
// may send back a turn for each event of it.
func (d *decoding) turn(c *scan.Cursor) {
	parts, role := d.content(c, nil, llm.RoleNone)
	if last := len(d.p.Messages) - 1; last >= 0 && role == llm.RoleAssistant && d.p.Messages[last].Role == role {
		before := &d.p.Messages[last]
		for _, p := range parts {
			before.Parts = d.join(before.Parts, p)
		}
	} else if len(parts) > 0 {
		d.p.Messages = append(d.p.Messages, llm.Message{Role: role, Parts: parts})
	}
}

// content appends the parts of a turn, which may be a text, and tells who speaks it: role if
// it is known, else the user, unless the turn says otherwise. What others than the model say
// must say something, as the API wants it.
func (d *decoding) content(c *scan.Cursor, parts []llm.Part, role llm.Role) ([]llm.Part, llm.Role) {
	if role == llm.RoleNone {
		role = d.role(*c)
	}
	if c.Peek() == '"' {
		return append(parts, llm.Part{Kind: llm.PartText, Text: codec.Inner(c.Value())}), role
	}
	if !d.enter(c) {
		return parts, role
	}
	some := false
	for c.Next() {
		key := c.Key()
		if c.Peek() == 'n' {
			c.Skip()
			continue
		}
		switch string(camel(key)) {
		case "parts":
			back := d.down(key)
			some = some || c.Filled()
			parts = d.parts(c, parts, role)
			d.path = d.path[:back]
		case "role":
			c.Skip()
		default:
			d.p.Fields.Add(llm.FieldMember)
			c.Skip()
		}
	}
	if !some && role == llm.RoleUser {
		d.failAt(".parts", "missing: give what the model is to read")
	}
	return parts, role
}

// role is who speaks the turn in front of c. Results of functions may have a role of their own.
func (d *decoding) role(c scan.Cursor) llm.Role {
	role := llm.RoleUser
	if c.Peek() != '{' || !c.Enter('{') {
		return role
	}
	for c.Next() {
		if string(c.Key()) != "role" {
			c.Skip()
			continue
		}
		switch string(c.Value()) {
		case `"model"`:
			role = llm.RoleAssistant
		case `"system"`:
			role = llm.RoleSystem
		case `"user"`, `"function"`, `"tool"`, `""`, "null":
		default:
			d.failAt(".role", "must be user or model")
		}
	}
	return role
}

// input is the text of what is to be embedded. Only texts can be told in other schemas.
func (d *decoding) input(c *scan.Cursor) (text llm.Escaped) {
	parts, _ := d.content(c, nil, llm.RoleUser)
	for _, p := range parts {
		if p.Kind != llm.PartText {
			d.p.Fields.Add(llm.FieldOpaque)
			continue
		}
		text = append(text, p.Text...)
	}
	return text
}
