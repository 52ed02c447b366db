package responses

import (
	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// The marks of the codec's own in Request.Marks: values that AppendRequest sets.
const (
	markStream  = codec.MarkOwn1
	markOptions = codec.MarkOwn2
	markInput   = codec.MarkOwn3
)

// ReadRequest scans a request for a response. Usage is part of every response, so callers
// always want it.
func (Codec) ReadRequest(a codec.Asked, body []byte) (*llm.Request, *llm.Error) {
	r := &reading{Reading: codec.NewReading(llm.SchemaResponses, a, body)}
	r.Req.WantUsage = true
	for r.Next() {
		v := r.Value()
		r.note(r.Key())
		if v.Kind != scan.KindNull { // which means the same as none
			r.member(r.Key(), v)
		}
	}
	if !r.fed {
		r.Missing("input", "missing: give a text or an array of items")
	}
	return r.Done(r.items)
}

// reading is one request being scanned.
type reading struct {
	*codec.Reading
	items int
	fed   bool // there is input, or something that the provider has it from
	user  bool // the end user has been named by the newer field
}

// note leaves the marks for AppendRequest.
func (r *reading) note(key []byte) {
	switch string(key) {
	case "model":
		r.Mark(codec.MarkModel)
	case "stream":
		r.Mark(markStream)
	case "stream_options":
		r.Mark(markOptions)
	case "input":
		r.Mark(markInput)
	}
}

func (r *reading) member(key []byte, v scan.Value) {
	switch string(key) {
	case "model":
		r.Req.Model = r.Text("model", v)
	case "input":
		r.fed = true
		r.readInput(v)
	case "instructions":
		c := r.Cursor()
		r.Size.Bytes += c.Length()
	case "stream":
		r.Req.Stream = r.Flag("stream", v)
	case "stream_options":
	case "safety_identifier":
		r.Req.User, r.user = r.Text("safety_identifier", v), true
	case "user":
		if user := r.Text("user", v); !r.user {
			r.Req.User = user
		}
	default:
		r.parameter(key, v)
	}
}

// parameter notes what an endpoint must support.
func (r *reading) parameter(key []byte, v scan.Value) {
	r.Parameter()
	switch string(key) {
	case "max_output_tokens":
		n, ok := scan.Int(v.Raw(r.Doc))
		if !ok || n < -1 || n == 0 { // -1 is how local servers spell that there is none
			r.Fail("max_output_tokens", "must be a whole number above 0")
			return
		}
		r.Req.MaxOutput = max(n, 0)
	case "tools":
		if c := r.Cursor(); v.Kind == scan.KindArray && c.Filled() {
			r.Req.Features |= llm.FeatureTools
			r.Size.Bytes += v.End - v.Start
		}
	case "parallel_tool_calls":
		r.Use(llm.FeatureParallelTools, v.Kind == scan.KindTrue)
	case "text":
		r.readText()
	case "reasoning":
		r.Use(llm.FeatureReasoning, reasons(r.Cursor()))
	case "top_logprobs":
		n, _ := scan.Int(v.Raw(r.Doc))
		r.Use(llm.FeatureLogprobs, n > 0)
	case "include":
		c := r.Cursor()
		if !c.Enter('[') {
			return
		}
		for c.Next() {
			r.Use(llm.FeatureLogprobs, string(c.Value()) == `"message.output_text.logprobs"`)
		}
	case "previous_response_id", "conversation", "prompt":
		r.fed = true
		if v.Kind == scan.KindString && string(key) == "conversation" {
			r.Hint(v)
		}
	case "prompt_cache_key":
		r.Hint(v)
	}
}

// readText reads the form of the answer (platform.openai.com/docs/guides/structured-outputs).
func (r *reading) readText() {
	c := r.Cursor()
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		if string(c.Key()) != "format" || !c.Enter('{') {
			c.Skip()
			continue
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
			case "schema":
				r.Size.Bytes += len(c.Value())
			default:
				c.Skip()
			}
		}
	}
}

// reasons reports whether the reasoning object in front of c asks for it: an effort, or, where
// none is named, a summary.
func reasons(c scan.Cursor) bool {
	if !c.Enter('{') {
		return false
	}
	effort, summary := []byte(nil), false
	for c.Next() {
		switch string(c.Key()) {
		case "effort":
			effort = c.Value()
		case "summary", "generate_summary":
			summary = string(c.Value()) != "null"
		default:
			c.Skip()
		}
	}
	switch string(effort) {
	case "", "null":
		return summary
	case `"none"`:
		return false
	}
	return true
}
