package anthropic

import (
	"strconv"
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// The marks of the codec's own in Request.Marks: values that AppendRequest sets.
const (
	markStream   = codec.MarkOwn1
	markMessages = codec.MarkOwn2
)

// ReadRequest scans a request for a message, or one to count its tokens.
func (Codec) ReadRequest(a codec.Asked, body []byte) (*llm.Request, *llm.Error) {
	r := &reading{Reading: codec.NewReading(llm.SchemaAnthropic, a, body)}
	r.Req.WantUsage = true
	for r.Next() {
		v := r.Value()
		r.note(r.Key())
		if v.Kind != scan.KindNull { // which means the same as none
			r.member(r.Key(), v)
		}
	}
	if r.messages == 0 {
		r.Missing("messages", "missing: give an array of messages")
	}
	if !r.limited && r.Req.Operation == llm.OperationChat {
		r.Missing("max_tokens", "missing: give how many tokens the answer may have")
	}
	return r.Done(r.messages)
}

// reading is one request being scanned.
type reading struct {
	*codec.Reading
	messages int
	limited  bool
}

// note leaves the marks for AppendRequest.
func (r *reading) note(key []byte) {
	switch string(key) {
	case "model":
		r.Mark(codec.MarkModel)
	case "stream":
		r.Mark(markStream)
	case "messages":
		r.Mark(markMessages)
	}
}

func (r *reading) member(key []byte, v scan.Value) {
	switch string(key) {
	case "model":
		r.Req.Model = r.Text("model", v)
	case "messages":
		r.readMessages(v)
	case "system":
		c := r.Cursor()
		r.content(&c)
	case "stream":
		r.Req.Stream = r.Flag("stream", v)
	case "metadata":
		r.metadata(v)
	default:
		r.parameter(key, v)
	}
}

// parameter notes what an endpoint must support.
func (r *reading) parameter(key []byte, v scan.Value) {
	r.Parameter()
	switch string(key) {
	case "max_tokens":
		r.limit(v)
	case "tools":
		if c := r.Cursor(); v.Kind == scan.KindArray && c.Filled() {
			r.Req.Features |= llm.FeatureTools
			r.Size.Bytes += v.End - v.Start
		}
	case "tool_choice":
		r.Use(llm.FeatureParallelTools, r.parallel(v))
	case "thinking":
		r.Use(llm.FeatureReasoning, r.thinks(v))
	case "output_config":
		r.outputConfig(v)
	case "output_format": // as it was called at first
		r.format(v)
	}
}

// limit reads max_tokens. 0 is for filling a cache
// (docs.anthropic.com/en/docs/build-with-claude/prompt-caching), and says no limit here.
func (r *reading) limit(v scan.Value) {
	r.limited = true
	n, ok := scan.Int(v.Raw(r.Doc))
	if !ok || n < 0 {
		r.Fail("max_tokens", "must be a whole number, 0 or above")
		return
	}
	r.Req.MaxOutput = n
}

// parallel reports whether several tool calls at a time are asked for expressly.
func (r *reading) parallel(v scan.Value) (yes bool) {
	c := scan.CursorAt(r.Doc, v.Start)
	if !c.Enter('{') {
		return false
	}
	for c.Next() {
		if string(c.Key()) == "disable_parallel_tool_use" {
			yes = string(c.Value()) == "false"
		} else {
			c.Skip()
		}
	}
	return yes
}

// thinks reports whether the thinking object switches it on.
func (r *reading) thinks(v scan.Value) bool {
	c := scan.CursorAt(r.Doc, v.Start)
	if !c.Enter('{') {
		return false
	}
	on := true
	for c.Next() {
		if string(c.Key()) == "type" {
			on = string(c.Value()) != `"disabled"`
		} else {
			c.Skip()
		}
	}
	return on
}

func (r *reading) outputConfig(v scan.Value) {
	c := scan.CursorAt(r.Doc, v.Start)
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		if string(c.Key()) == "format" {
			r.format(scan.Value{Start: c.At})
		}
		c.Skip()
	}
}

func (r *reading) format(v scan.Value) {
	c := scan.CursorAt(r.Doc, v.Start)
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			r.Use(llm.FeatureJSONSchema, string(c.Value()) == `"json_schema"`)
		case "schema":
			r.Size.Bytes += len(c.Value())
		default:
			c.Skip()
		}
	}
}

// metadata reads who the end user is. Claude Code says the conversation there too: as
// user_…_account_…_session_…, or as JSON with a session_id.
func (r *reading) metadata(v scan.Value) {
	c := scan.CursorAt(r.Doc, v.Start)
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		if string(c.Key()) != "user_id" || c.Peek() != '"' {
			c.Skip()
			continue
		}
		user, _ := scan.Unquote(nil, c.Value())
		r.Req.User = string(user)
		if s := sessionOf(r.Req.User); s != "" && r.Req.Session == "" && len(s) <= 256 {
			r.Req.Session = s
		}
	}
}

// sessionOf is the conversation that a user's id names; empty if there is none.
func sessionOf(user string) string {
	if _, s, ok := strings.Cut(user, "_session_"); ok {
		return s
	}
	doc := []byte(user)
	if len(doc) == 0 || doc[0] != '{' || scan.Valid(doc) != nil {
		return ""
	}
	c := scan.CursorAt(doc, 0)
	c.Enter('{')
	for c.Next() {
		if string(c.Key()) == "session_id" {
			s, _ := scan.Unquote(nil, c.Value())
			return string(s)
		}
		c.Skip()
	}
	return ""
}

func (r *reading) readMessages(v scan.Value) {
	if v.Kind != scan.KindArray {
		r.Fail("messages", "must be an array of messages")
		return
	}
	c := r.Cursor()
	c.Enter('[')
	for c.Next() {
		if !c.Enter('{') {
			r.Fail("messages["+strconv.Itoa(r.messages)+"]", "must be an object with role and content")
			return
		}
		r.messages++
		for c.Next() {
			if string(c.Key()) == "content" {
				r.content(&c)
			} else {
				c.Skip()
			}
		}
	}
	if r.messages == 0 {
		r.Fail("messages", "must hold at least one message")
	}
}

// content reads text or an array of blocks.
func (r *reading) content(c *scan.Cursor) {
	if c.Peek() != '[' {
		r.Size.Bytes += c.Length()
		return
	}
	c.Enter('[')
	for c.Next() {
		r.block(c)
	}
}

// block reads one block. Its type may stand behind the rest.
func (r *reading) block(c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	var kind []byte
	data := 0
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			kind = c.Value()
		case "source":
			data = r.source(c)
		case "text", "thinking", "name", "title", "context":
			r.Size.Bytes += c.Length()
		case "input":
			r.Size.Bytes += len(c.Value())
		case "content":
			r.content(c)
		default:
			c.Skip()
		}
	}
	r.Size.Data += data
	switch string(kind) {
	case `"image"`:
		r.Req.Features |= llm.FeatureImages
		r.Size.Images++
	case `"document"`, `"container_upload"`:
		r.Req.Features |= llm.FeatureFiles
		r.Size.Media += data
	}
}

// source reads where an image or a document comes from, and gives the bytes of base64. What
// is text, or blocks of it, is read like any other.
func (r *reading) source(c *scan.Cursor) int {
	if !c.Enter('{') {
		return 0
	}
	text, data := false, 0
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			text = string(c.Value()) == `"text"`
		case "data":
			data = c.Length()
		case "content":
			r.content(c)
		default:
			c.Skip()
		}
	}
	if text {
		r.Size.Bytes += data
		return 0
	}
	return data
}
