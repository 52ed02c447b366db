package codec

import (
	"slices"
	"strconv"
	"strings"

	"strowger/core/llm"
	"strowger/core/scan"
)

// Bounds of texts that are kept, in bytes: a model's name, which is repeated in records and
// errors, and what identifies a conversation (openrouter.ai/docs/guides/features/broadcast).
const (
	maxModel   = 256
	maxSession = 256
)

// Bounds of Request.Parameters: how many names, and how much of each.
const (
	MaxParameters = 64
	MaxParameter  = 64
)

// The marks that every codec leaves in Request.Marks: the value of the model, and the members
// that are for the router and never leave. Those between are a codec's own.
const (
	MarkModel = iota
	MarkOwn1
	MarkOwn2
	MarkOwn3
	MarkProvider
	MarkModels
	MarkModelConfig
	MarkUsage
	MarkSession
)

// Reading is a request being scanned, member by member; the first error stays. Read strictly
// is only what is acted on here; what else a parameter may be is for the provider to judge.
//
//	r := codec.NewReading(schema, asked, body)
//	for r.Next() { switch string(r.Key()) { … } } // values may be null, which means none
//	return r.Done(messages)
type Reading struct {
	Doc  []byte
	Req  *llm.Request
	Size Size

	err        *llm.Error
	members    scan.Members
	start, end int // the member at hand
	session    bool
}

// NewReading begins to scan a body.
func NewReading(schema llm.Schema, a Asked, body []byte) *Reading {
	r := &Reading{
		Doc: body, members: scan.Object(body),
		Req: &llm.Request{Schema: schema, Operation: a.Operation, Model: a.Model, Stream: a.Stream, Body: body},
	}
	r.members.Keep()
	return r
}

// Next goes to the next member that is not for the router; those that are it reads.
func (r *Reading) Next() bool {
	for r.members.Next() {
		r.start, r.end = r.members.Span()
		if !r.ours(r.members.Key(), r.members.Value()) {
			return true
		}
	}
	return false
}

// Key is the key of the member at hand.
func (r *Reading) Key() []byte { return r.members.Key() }

// Value is the value of the member at hand.
func (r *Reading) Value() scan.Value { return r.members.Value() }

// Cursor stands in front of the value of the member at hand.
func (r *Reading) Cursor() scan.Cursor { return r.members.Cursor() }

// Done is the request, or the first thing that is wrong with it.
func (r *Reading) Done(messages int) (*llm.Request, *llm.Error) {
	if err := r.members.Err(); err != nil {
		msg := "the body is not usable: " + err.Error()
		if len(r.Doc) == 0 {
			msg = "the body is empty"
		}
		return nil, &llm.Error{Code: llm.CodeInvalidRequest, Message: msg}
	}
	if len(r.Req.Model) > maxModel {
		r.Fail("model", "is longer than "+strconv.Itoa(maxModel)+" bytes")
	}
	if r.err != nil {
		return nil, r.err
	}
	slices.Sort(r.Req.Parameters)
	r.Req.InputTokens = r.Size.Tokens(messages)
	r.Req.InputBound = max(r.Size.Bound(len(r.Doc)), r.Req.InputTokens)
	r.Req.Images = int64(r.Size.Images)
	return r.Req, nil
}

// Missing notes that a field is not there, unless something else is wrong.
func (r *Reading) Missing(param, msg string) {
	if r.members.Err() == nil {
		r.Fail(param, msg)
	}
}

// Fail notes what is wrong with a field, unless something was wrong before.
//
//go:noinline
func (r *Reading) Fail(param, msg string) {
	if r.err == nil {
		r.err = &llm.Error{Code: llm.CodeInvalidRequest, Param: param, Message: msg}
	}
}

// Mark leaves a mark at the value of the member at hand.
//
//go:noinline
func (r *Reading) Mark(i int) { r.Req.Marks[i] = llm.Span{Start: r.members.Value().Start, End: r.end} }

// ours reads a member that is meant for the router, and reports whether it was one. The
// conversation's name is OpenRouter's (openrouter.ai/docs/guides/features/broadcast), and so
// is the way to ask for the cost (openrouter.ai/docs/use-cases/usage-accounting).
func (r *Reading) ours(key []byte, v scan.Value) bool {
	mark := 0
	switch string(key) {
	case "provider":
		mark = MarkProvider
		r.Req.Extensions.Provider = r.extension("provider", v, scan.KindObject, "an object")
	case "models":
		mark = MarkModels
		r.Req.Extensions.Models = r.extension("models", v, scan.KindArray, "an array of model names")
	case "model_routing_config":
		mark = MarkModelConfig
		r.Req.Extensions.ModelConfig = r.extension("model_routing_config", v, scan.KindObject, "an object")
	case "usage":
		mark = MarkUsage
		if v.Kind != scan.KindNull {
			r.Req.WantCost = r.Option(v, "usage", "include")
			r.Req.WantUsage = r.Req.WantUsage || r.Req.WantCost
		}
	case "session_id":
		mark = MarkSession
		if v.Kind != scan.KindNull {
			r.Session(v)
			r.session = r.Req.Session != ""
		}
	default:
		return false
	}
	r.Req.Marks[mark] = llm.Span{Start: r.start, End: r.end}
	return true
}

// Hint reads what may identify the conversation if nothing says so better: OpenAI's hint of
// which requests begin alike.
func (r *Reading) Hint(v scan.Value) {
	if !r.session {
		r.Session(v)
	}
}

// Session reads what identifies a conversation. Whether it is of the right form is for the
// provider to judge; what is no text identifies none.
func (r *Reading) Session(v scan.Value) {
	s, _ := scan.String(r.Doc, v)
	r.Req.Session = Session(s)
}

// Session is as much of a conversation's name as is kept.
func Session(name string) string {
	if len(name) > maxSession {
		name = strings.ToValidUTF8(name[:maxSession], "")
	}
	return name
}

// Parameter notes the name of the member at hand as something that an endpoint must support.
func (r *Reading) Parameter() {
	if len(r.Req.Parameters) >= MaxParameters {
		return
	}
	if r.Req.Parameters == nil {
		r.Req.Parameters = make([]string, 0, 8)
	}
	name := common(r.Key())
	if name == "" {
		name = string(r.Key())
	}
	if len(name) > MaxParameter {
		name = strings.ToValidUTF8(name[:MaxParameter], "")
	}
	r.Req.Parameters = append(r.Req.Parameters, name)
}

// common is a name that most requests have, which so is no memory of theirs; else empty.
func common(key []byte) string {
	for _, name := range [...]string{
		"temperature", "max_tokens", "max_completion_tokens", "max_output_tokens", "top_p", "tools", "tool_choice", "stop", "seed", "n",
		"response_format", "reasoning_effort", "parallel_tool_calls", "system", "thinking", "instructions", "reasoning", "store", "metadata",
		"presence_penalty", "frequency_penalty",
	} {
		if string(key) == name {
			return name
		}
	}
	return ""
}

// Use notes a feature if it is used.
//
//go:noinline
func (r *Reading) Use(f llm.Feature, used bool) {
	if used {
		r.Req.Features |= f
	}
}

// Text is a value that must be a string.
func (r *Reading) Text(param string, v scan.Value) string {
	s, ok := scan.String(r.Doc, v)
	if !ok {
		r.Fail(param, "must be a string")
	}
	return s
}

// Flag is a value that must be true or false.
func (r *Reading) Flag(param string, v scan.Value) bool {
	if v.Kind != scan.KindTrue && v.Kind != scan.KindFalse {
		r.Fail(param, "must be true or false")
	}
	return v.Kind == scan.KindTrue
}

// Option is a flag inside an object.
func (r *Reading) Option(v scan.Value, object, key string) (on bool) {
	m := scan.ObjectAt(r.Doc, v)
	for m.Next() {
		if m.KeyIs(key) && m.Value().Kind != scan.KindNull {
			on = r.Flag(object+"."+key, m.Value())
		}
	}
	if m.Err() != nil {
		r.Fail(object, "must be an object with each key once")
	}
	return on
}

func (r *Reading) extension(param string, v scan.Value, kind scan.Kind, want string) []byte {
	switch v.Kind {
	case scan.KindNull:
		return nil
	case kind:
		return v.Raw(r.Doc)
	}
	r.Fail(param, "must be "+want)
	return nil
}
