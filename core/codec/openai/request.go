package openai

import (
	"strconv"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// The marks of the codec's own in Request.Marks: values that AppendRequest sets.
const (
	markOptions  = codec.MarkOwn1
	markStream   = codec.MarkOwn2
	markMessages = codec.MarkOwn3 // of completions the prompt
	markEncoding = codec.MarkOwn1 // of embeddings
)

// ReadRequest scans a request for a chat completion, a completion or embeddings.
func (Codec) ReadRequest(a codec.Asked, body []byte) (*llm.Request, *llm.Error) {
	r := &reading{Reading: codec.NewReading(llm.SchemaOpenAI, a, body)}
	for r.Next() {
		v := r.Value()
		r.note(r.Key())
		if v.Kind != scan.KindNull { // which means the same as none
			r.member(r.Key(), v)
		}
	}
	if r.messages == 0 {
		r.missing(a.Operation)
	}
	if a.Operation == llm.OperationEmbeddings {
		r.Req.Inputs = int64(r.messages)
	}
	return r.Done(r.messages)
}

// reading is one request being scanned.
type reading struct {
	*codec.Reading
	messages  int
	unlimited bool // one of the limits on output says that there is none
}

func (r *reading) missing(op llm.Operation) {
	switch op {
	case llm.OperationCompletion:
		r.Missing("prompt", "missing: give a text")
	case llm.OperationEmbeddings:
		r.Missing("input", "missing: give a text or an array of texts")
	default:
		r.Missing("messages", "missing: give an array of messages")
	}
}

// note leaves the marks for AppendRequest.
func (r *reading) note(key []byte) {
	if r.Req.Operation == llm.OperationEmbeddings {
		switch string(key) {
		case "model":
			r.Mark(codec.MarkModel)
		case "encoding_format":
			r.Mark(markEncoding)
		}
		return
	}
	switch string(key) {
	case "model":
		r.Mark(codec.MarkModel)
	case "stream_options":
		r.Mark(markOptions)
	case "stream":
		r.Mark(markStream)
	case "messages":
		if r.Req.Operation != llm.OperationCompletion {
			r.Mark(markMessages)
		}
	case "prompt":
		if r.Req.Operation == llm.OperationCompletion {
			r.Mark(markMessages)
		}
	}
}

func (r *reading) member(key []byte, v scan.Value) {
	switch string(key) {
	case "model":
		r.Req.Model = r.Text("model", v)
	case "stream":
		if r.Req.Operation != llm.OperationEmbeddings {
			r.Req.Stream = r.Flag("stream", v)
		}
	case "messages":
		r.content("messages", llm.OperationChat, v)
	case "prompt":
		r.content("prompt", llm.OperationCompletion, v)
	case "input":
		r.content("input", llm.OperationEmbeddings, v)
	case "stream_options":
		r.Req.WantUsage = r.Option(v, "stream_options", "include_usage") || r.Req.WantUsage
	case "user":
		r.Req.User = r.Text("user", v)
	default:
		r.parameter(key, v)
	}
}

// content reads what the model is to read, which has another name in each operation.
func (r *reading) content(key string, of llm.Operation, v scan.Value) {
	op := r.Req.Operation
	if op != llm.OperationCompletion && op != llm.OperationEmbeddings {
		op = llm.OperationChat
	}
	switch {
	case op != of:
		r.Parameter()
	case of == llm.OperationChat:
		r.readMessages(v)
	default:
		r.readTexts(key, v)
	}
}

// parameter notes what an endpoint must support.
func (r *reading) parameter(key []byte, v scan.Value) {
	r.Parameter()
	switch string(key) {
	case "max_tokens":
		r.readLimit("max_tokens", v)
	case "max_completion_tokens":
		r.readLimit("max_completion_tokens", v)
	case "tools", "functions":
		if c := r.Cursor(); v.Kind == scan.KindArray && c.Filled() {
			r.Req.Features |= llm.FeatureTools
			r.Size.Bytes += v.End - v.Start
		}
	case "parallel_tool_calls":
		r.Use(llm.FeatureParallelTools, v.Kind == scan.KindTrue)
	case "response_format":
		r.readFormat(v)
	case "logprobs": // of completions a number
		r.Use(llm.FeatureLogprobs, v.Kind == scan.KindTrue || v.Kind == scan.KindNumber)
	case "reasoning_effort", "reasoning", "thinking", "enable_thinking":
		r.Use(llm.FeatureReasoning, reasons(r.Doc, v))
	case "audio": // of the answer
		r.Use(llm.FeatureAudio, v.Kind == scan.KindObject)
	case "n":
		r.readChoices(v)
	case "prompt_cache_key":
		r.Hint(v)
	}
}

// readLimit reads the limit on output tokens. It has two names
// (platform.openai.com/docs/api-reference/chat/create, max_tokens is deprecated), and a
// server may know only one of them: the larger limit counts. -1 is how llama.cpp and LM
// Studio spell that there is none.
func (r *reading) readLimit(key string, v scan.Value) {
	n, ok := scan.Int(v.Raw(r.Doc))
	switch {
	case !ok || n < -1 || n == 0:
		r.Fail(key, "must be a whole number above 0, or -1 for no limit")
	case n < 0:
		r.unlimited, r.Req.MaxOutput = true, 0
	case !r.unlimited:
		r.Req.MaxOutput = max(r.Req.MaxOutput, n)
	}
}

// maxChoices is the most answers to a request
// (platform.openai.com/docs/api-reference/chat/create, n).
const maxChoices = 128

// readChoices reads how many answers there shall be, each of which costs.
func (r *reading) readChoices(v scan.Value) {
	n, ok := scan.Int(v.Raw(r.Doc))
	if !ok || n < 1 || n > maxChoices {
		r.Fail("n", "must be a whole number from 1 to "+strconv.Itoa(maxChoices))
		return
	}
	r.Use(llm.FeatureMany, n > 1)
	r.Req.Choices = n
}

func (r *reading) readFormat(v scan.Value) {
	c := scan.CursorAt(r.Doc, v.Start)
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		switch string(c.Key()) {
		case "type":
			switch string(c.Value()) {
			case `"json_object"`:
				r.Req.Features |= llm.FeatureJSONObject
			case `"json_schema"`:
				r.Req.Features |= llm.FeatureJSONSchema
			}
		case "json_schema", "schema": // the latter with llama.cpp and Together
			r.Size.Bytes += len(c.Value())
		default:
			c.Skip()
		}
	}
}
