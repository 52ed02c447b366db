// Package openai is the codec of OpenAI's chat completions, as callers and providers
// speak it (https://platform.openai.com/docs/api-reference/chat). It reads leniently
// what "compatible" servers answer and leaves every byte as it was, except the model's
// name, the fields meant for the router, and usage the caller did not ask for.
package openai

import (
	"slices"
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// Codec is both sides of the schema.
type Codec struct{}

var (
	_ codec.Ingress = Codec{}
	_ codec.Egress  = Codec{}
)

// The estimates behind Request.InputTokens.
const (
	bytesPerToken = 4
	messageTokens = 4
	imageTokens   = 800
)

// ReadRequest scans a chat completion request.
func (Codec) ReadRequest(op llm.Operation, body []byte) (*llm.Request, *llm.Error) {
	r := &reading{doc: body, req: &llm.Request{Schema: llm.SchemaOpenAI, Operation: op, Body: body}}
	m := scan.Object(body)
	for m.Next() {
		r.member(m.Key(), m.Value())
	}
	if err := m.Err(); err != nil {
		return nil, &llm.Error{Code: llm.CodeInvalidRequest, Message: "the body is not usable: " + err.Error()}
	}
	if r.err == nil && r.messages == 0 {
		r.fail("messages", "missing: give an array of messages")
	}
	if r.err != nil {
		return nil, r.err
	}
	slices.Sort(r.req.Parameters)
	r.req.InputTokens = int64((r.bytes+bytesPerToken-1)/bytesPerToken + r.messages*messageTokens + r.images*imageTokens)
	return r.req, nil
}

// reading is one request being scanned; the first error stays.
type reading struct {
	doc      []byte
	req      *llm.Request
	err      *llm.Error
	messages int
	bytes    int
	images   int
}

func (r *reading) fail(param, msg string) {
	if r.err == nil {
		r.err = &llm.Error{Code: llm.CodeInvalidRequest, Param: param, Message: msg}
	}
}

func (r *reading) member(key []byte, v scan.Value) {
	if v.Kind == scan.KindNull {
		return
	}
	switch string(key) {
	case "model":
		r.req.Model = r.text("model", v)
		return
	case "messages":
		r.readMessages(v)
		return
	case "stream":
		r.req.Stream = r.flag("stream", v)
		return
	case "stream_options":
		r.req.WantUsage = r.option(v, "stream_options", "include_usage") || r.req.WantUsage
		return
	case "user":
		r.req.User = r.text("user", v)
		return
	case "provider":
		r.req.Extensions.Provider = r.extension("provider", v, scan.KindObject, "an object")
		return
	case "models":
		r.req.Extensions.Models = r.extension("models", v, scan.KindArray, "an array of model names")
		return
	case "model_routing_config":
		r.req.Extensions.ModelConfig = r.extension("model_routing_config", v, scan.KindObject, "an object")
		return
	case "usage": // OpenRouter's way to ask for the cost
		r.req.WantCost = r.option(v, "usage", "include")
		r.req.WantUsage = r.req.WantUsage || r.req.WantCost
		return
	}
	r.parameter(key, v)
}

// parameter notes what an endpoint must support.
func (r *reading) parameter(key []byte, v scan.Value) {
	if len(r.req.Parameters) < 64 {
		r.req.Parameters = append(r.req.Parameters, string(key[:min(len(key), 64)]))
	}
	switch string(key) {
	case "max_tokens", "max_completion_tokens":
		n, ok := scan.Int(v.Raw(r.doc))
		if !ok || n < 1 {
			r.fail(string(key), "must be a whole number above 0")
		}
		r.req.MaxOutput = n
	case "tools", "functions":
		if v.Kind == scan.KindArray && v.End-v.Start > 2 {
			r.req.Features |= llm.FeatureTools
			r.bytes += v.End - v.Start
		}
	case "parallel_tool_calls":
		if v.Kind == scan.KindTrue {
			r.req.Features |= llm.FeatureParallelTools
		}
	case "response_format":
		r.readFormat(v)
	case "logprobs":
		if v.Kind == scan.KindTrue {
			r.req.Features |= llm.FeatureLogprobs
		}
	case "reasoning_effort", "reasoning":
		r.req.Features |= llm.FeatureReasoning
	case "n":
		if n, ok := scan.Int(v.Raw(r.doc)); ok && n > 1 {
			r.req.Features |= llm.FeatureMany
		}
	}
}

func (r *reading) readFormat(v scan.Value) {
	m := scan.ObjectAt(r.doc, v)
	for m.Next() {
		if !m.KeyIs("type") {
			continue
		}
		switch s, _ := scan.String(r.doc, m.Value()); s {
		case "json_object":
			r.req.Features |= llm.FeatureJSONObject
		case "json_schema":
			r.req.Features |= llm.FeatureJSONSchema
		}
	}
}

func (r *reading) readMessages(v scan.Value) {
	if v.Kind != scan.KindArray {
		r.fail("messages", "must be an array of messages")
		return
	}
	messages := scan.ArrayAt(r.doc, v)
	for messages.Next() {
		r.messages++
		m := scan.ObjectAt(r.doc, messages.Value())
		for m.Next() {
			switch {
			case m.KeyIs("content"):
				r.readContent(m.Value())
			case m.KeyIs("tool_calls"):
				r.bytes += m.Value().End - m.Value().Start
			}
		}
		if m.Err() != nil {
			r.fail("messages", "every message must be an object with each key once")
		}
	}
	if r.messages == 0 {
		r.fail("messages", "must hold at least one message")
	}
}

func (r *reading) readContent(v scan.Value) {
	if v.Kind == scan.KindString {
		r.bytes += v.End - v.Start - 2
		return
	}
	if v.Kind != scan.KindArray {
		return
	}
	parts := scan.ArrayAt(r.doc, v)
	for parts.Next() {
		m := scan.ObjectAt(r.doc, parts.Value())
		for m.Next() {
			switch {
			case m.KeyIs("text"):
				r.bytes += m.Value().End - m.Value().Start - 2
			case m.KeyIs("image_url"):
				r.req.Features |= llm.FeatureImages
				r.images++
			case m.KeyIs("input_audio"):
				r.req.Features |= llm.FeatureAudio
			case m.KeyIs("file"):
				r.req.Features |= llm.FeatureFiles
			}
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
	if v.Kind != scan.KindObject {
		r.fail(object, "must be an object")
		return false
	}
	m := scan.ObjectAt(r.doc, v)
	for m.Next() {
		if m.KeyIs(key) && m.Value().Kind != scan.KindNull {
			on = r.flag(object+"."+key, m.Value())
		}
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

// Path is the path of chat completions behind a base URL.
func (Codec) Path(*llm.Request, string) string { return "/chat/completions" }

// AppendRequest appends the caller's body with the model's name set, without the
// fields meant for the router, and asking for usage where the answer is a stream.
func (Codec) AppendRequest(dst []byte, r *llm.Request, name string) []byte {
	var ed scan.Editor
	ed.Reset(r.Body)
	options := false
	m := scan.Object(r.Body)
	for m.Next() {
		switch {
		case m.KeyIs("model"):
			if s, _ := scan.String(r.Body, m.Value()); s != name {
				ed.Set(m.Value(), scan.AppendQuote(nil, name))
			}
		case m.KeyIs("provider"), m.KeyIs("models"), m.KeyIs("model_routing_config"), m.KeyIs("usage"):
			ed.Remove(m.Span())
		case m.KeyIs("stream_options"):
			options = true
			if r.Stream {
				askUsage(&ed, r.Body, m.Value())
			}
		}
	}
	if r.Stream && !options {
		ed.Insert([]byte(`"stream_options":{"include_usage":true}`))
	}
	return ed.Append(dst)
}

// askUsage sets include_usage in stream_options, leaving its other members alone.
func askUsage(ed *scan.Editor, doc []byte, v scan.Value) {
	if v.Kind != scan.KindObject {
		ed.Set(v, []byte(`{"include_usage":true}`))
		return
	}
	empty := true
	m := scan.ObjectAt(doc, v)
	for m.Next() {
		empty = false
		if m.KeyIs("include_usage") {
			if m.Value().Kind != scan.KindTrue {
				ed.Set(m.Value(), []byte("true"))
			}
			return
		}
	}
	inner := strings.TrimLeft(string(v.Raw(doc)[1:]), " \t\r\n")
	if !empty {
		inner = "," + inner
	}
	ed.Set(v, []byte(`{"include_usage":true`+inner))
}
