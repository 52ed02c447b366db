package openai

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

// The marks that reading leaves in Request.Marks for AppendRequest: values, and the members
// that never leave.
const (
	markModel = iota
	markOptions
	markStream
	markMessages
	markProvider
	markModels
	markModelConfig
	markUsage
	markSession
)

// Bounds of Request.Parameters: how many names, and how much of each.
const (
	maxParameters = 64
	maxParameter  = 64
)

// ReadRequest scans a chat completion request. Read strictly is only what is acted on
// here; what else a parameter may be is for the provider to judge.
func (Codec) ReadRequest(op llm.Operation, body []byte) (*llm.Request, *llm.Error) {
	r := &reading{doc: body, req: &llm.Request{Schema: llm.SchemaOpenAI, Operation: op, Body: body}}
	m := scan.Object(body)
	for m.Next() {
		v := m.Value()
		r.start, r.end = m.Span()
		r.note(m.Key(), v)
		if v.Kind != scan.KindNull { // which means the same as none
			r.member(m.Key(), v)
		}
	}
	if err := m.Err(); err != nil {
		msg := "the body is not usable: " + err.Error()
		if len(body) == 0 {
			msg = "the body is empty"
		}
		return nil, &llm.Error{Code: llm.CodeInvalidRequest, Message: msg}
	}
	if r.err == nil && r.messages == 0 {
		r.fail("messages", "missing: give an array of messages")
	}
	if r.err != nil {
		return nil, r.err
	}
	slices.Sort(r.req.Parameters)
	r.req.InputTokens = r.size.tokens(r.messages)
	r.req.InputBound = max(r.size.bound(len(body)), r.req.InputTokens)
	r.req.Images = int64(r.size.images)
	return r.req, nil
}

// reading is one request being scanned; the first error stays.
type reading struct {
	doc        []byte
	req        *llm.Request
	err        *llm.Error
	start, end int // the member at hand
	messages   int
	size       size
	unlimited  bool // one of the limits on output says that there is none
	session    bool // session_id has been read
}

func (r *reading) fail(param, msg string) {
	if r.err == nil {
		r.err = &llm.Error{Code: llm.CodeInvalidRequest, Param: param, Message: msg}
	}
}

// note leaves the marks for AppendRequest.
func (r *reading) note(key []byte, v scan.Value) {
	switch string(key) {
	case "model":
		r.mark(markModel, v.Start)
	case "stream_options":
		r.mark(markOptions, v.Start)
	case "stream":
		r.mark(markStream, v.Start)
	case "messages":
		r.mark(markMessages, v.Start)
	case "provider":
		r.mark(markProvider, r.start)
	case "models":
		r.mark(markModels, r.start)
	case "model_routing_config":
		r.mark(markModelConfig, r.start)
	case "usage":
		r.mark(markUsage, r.start)
	case "session_id":
		r.mark(markSession, r.start)
	}
}

func (r *reading) mark(i, start int) { r.req.Marks[i] = llm.Span{Start: start, End: r.end} }

func (r *reading) member(key []byte, v scan.Value) {
	switch string(key) {
	case "model":
		r.req.Model = r.text("model", v)
		if len(r.req.Model) > maxModel {
			r.fail("model", "is longer than "+strconv.Itoa(maxModel)+" bytes")
		}
	case "messages":
		r.readMessages(v)
	case "stream":
		r.req.Stream = r.flag("stream", v)
	case "stream_options":
		r.req.WantUsage = r.option(v, "stream_options", "include_usage") || r.req.WantUsage
	case "user":
		r.req.User = r.text("user", v)
	case "session_id": // OpenRouter's name for a conversation (openrouter.ai/docs/guides/features/broadcast): a router's word, which providers refuse
		r.readSession(v)
		r.session = r.req.Session != ""
	case "provider":
		r.req.Extensions.Provider = r.extension("provider", v, scan.KindObject, "an object")
	case "models":
		r.req.Extensions.Models = r.extension("models", v, scan.KindArray, "an array of model names")
	case "model_routing_config":
		r.req.Extensions.ModelConfig = r.extension("model_routing_config", v, scan.KindObject, "an object")
	case "usage": // OpenRouter's way to ask for the cost (openrouter.ai/docs/use-cases/usage-accounting)
		r.req.WantCost = r.option(v, "usage", "include")
		r.req.WantUsage = r.req.WantUsage || r.req.WantCost
	default:
		r.parameter(key, v)
	}
}

// parameter notes what an endpoint must support.
func (r *reading) parameter(key []byte, v scan.Value) {
	if len(r.req.Parameters) < maxParameters {
		if r.req.Parameters == nil {
			r.req.Parameters = make([]string, 0, 8)
		}
		name := string(key)
		if len(name) > maxParameter {
			name = strings.ToValidUTF8(name[:maxParameter], "")
		}
		r.req.Parameters = append(r.req.Parameters, name)
	}
	switch string(key) {
	case "max_tokens":
		r.readLimit("max_tokens", v)
	case "max_completion_tokens":
		r.readLimit("max_completion_tokens", v)
	case "tools", "functions":
		if c := scan.CursorAt(r.doc, v.Start); v.Kind == scan.KindArray && c.Filled() {
			r.req.Features |= llm.FeatureTools
			r.size.bytes += v.End - v.Start
		}
	case "parallel_tool_calls":
		r.use(llm.FeatureParallelTools, v.Kind == scan.KindTrue)
	case "response_format":
		r.readFormat(v)
	case "logprobs":
		r.use(llm.FeatureLogprobs, v.Kind == scan.KindTrue)
	case "reasoning_effort", "reasoning", "thinking", "enable_thinking":
		r.use(llm.FeatureReasoning, reasons(r.doc, v))
	case "audio": // of the answer
		r.use(llm.FeatureAudio, v.Kind == scan.KindObject)
	case "n":
		r.readChoices(v)
	case "prompt_cache_key": // OpenAI's hint of which requests begin alike; session_id says more
		if !r.session {
			r.readSession(v)
		}
	}
}

// readSession reads what identifies a conversation. Whether it is of the right form is for
// the provider to judge; what is no text identifies none.
func (r *reading) readSession(v scan.Value) {
	s, _ := scan.String(r.doc, v)
	if len(s) > maxSession {
		s = strings.ToValidUTF8(s[:maxSession], "")
	}
	r.req.Session = s
}

func (r *reading) use(f llm.Feature, used bool) {
	if used {
		r.req.Features |= f
	}
}

// readLimit reads the limit on output tokens. It has two names
// (platform.openai.com/docs/api-reference/chat/create, max_tokens is deprecated), and a
// server may know only one of them: the larger limit counts. -1 is how llama.cpp and LM
// Studio spell that there is none.
func (r *reading) readLimit(key string, v scan.Value) {
	n, ok := scan.Int(v.Raw(r.doc))
	switch {
	case !ok || n < -1 || n == 0:
		r.fail(key, "must be a whole number above 0, or -1 for no limit")
	case n < 0:
		r.unlimited, r.req.MaxOutput = true, 0
	case !r.unlimited:
		r.req.MaxOutput = max(r.req.MaxOutput, n)
	}
}

// maxChoices is the most answers to a request
// (platform.openai.com/docs/api-reference/chat/create, n).
const maxChoices = 128

// readChoices reads how many answers there shall be, each of which costs.
func (r *reading) readChoices(v scan.Value) {
	n, ok := scan.Int(v.Raw(r.doc))
	if !ok || n < 1 || n > maxChoices {
		r.fail("n", "must be a whole number from 1 to "+strconv.Itoa(maxChoices))
		return
	}
	r.use(llm.FeatureMany, n > 1)
	r.req.Choices = n
}

func (r *reading) readFormat(v scan.Value) {
	c := scan.CursorAt(r.doc, v.Start)
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			switch string(c.Value()) {
			case `"json_object"`:
				r.req.Features |= llm.FeatureJSONObject
			case `"json_schema"`:
				r.req.Features |= llm.FeatureJSONSchema
			}
		case "json_schema", "schema": // the latter with llama.cpp and Together
			r.size.bytes += len(c.Value())
		default:
			c.Skip()
		}
	}
}

func (r *reading) text(param string, v scan.Value) string {
	s, ok := scan.String(r.doc, v)
	if !ok {
		r.fail(param, "must be a string")
	}
	return s
}

func (r *reading) flag(param string, v scan.Value) bool {
	if v.Kind != scan.KindTrue && v.Kind != scan.KindFalse {
		r.fail(param, "must be true or false")
	}
	return v.Kind == scan.KindTrue
}

// option is a flag inside an object.
func (r *reading) option(v scan.Value, object, key string) (on bool) {
	m := scan.ObjectAt(r.doc, v)
	for m.Next() {
		if m.KeyIs(key) && m.Value().Kind != scan.KindNull {
			on = r.flag(object+"."+key, m.Value())
		}
	}
	if m.Err() != nil {
		r.fail(object, "must be an object with each key once")
	}
	return on
}

func (r *reading) extension(param string, v scan.Value, kind scan.Kind, want string) []byte {
	if v.Kind != kind {
		r.fail(param, "must be "+want)
		return nil
	}
	return v.Raw(r.doc)
}
