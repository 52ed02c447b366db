package gemini

import (
	"strconv"
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// The marks of the codec's own in Request.Marks: what the request is made of, which is
// contents, or content or requests of an embedding; and a request within that of countTokens.
const (
	markContents = codec.MarkOwn1
	markInner    = codec.MarkOwn2
)

// ReadRequest scans a request. Members have two spellings, as in all JSON of Google's:
// generationConfig and generation_config (https://protobuf.dev/programming-guides/json/).
func (Codec) ReadRequest(a codec.Asked, body []byte) (*llm.Request, *llm.Error) {
	r := &reading{Reading: codec.NewReading(llm.SchemaGemini, a, body)}
	r.Req.WantUsage = true
	for r.Next() {
		if v := r.Value(); v.Kind != scan.KindNull {
			r.top(r.Key(), v)
		}
	}
	if !r.some {
		what := "contents"
		if a.Operation == llm.OperationEmbeddings {
			what = "content"
		}
		r.Missing(what, "missing: give what the model is to read")
	}
	return r.Done(r.messages)
}

// reading is one request being scanned.
type reading struct {
	*codec.Reading
	messages int
	some     bool // there is something to read
	schema   bool // the answer is to fit a schema
	json     bool // the answer is to be JSON
}

func (r *reading) top(key []byte, v scan.Value) {
	c := r.Cursor()
	embeds := r.Req.Operation == llm.OperationEmbeddings
	switch name := string(camel(key)); {
	case name == "model": // the path's counts
		r.Mark(codec.MarkModel)
	case name == "contents" && !embeds:
		r.Mark(markContents)
		if v.Kind != scan.KindArray && v.Kind != scan.KindObject {
			r.Fail("contents", "must be an array of contents")
		}
		r.member(key, &c)
	case name == "content" && embeds:
		r.Mark(markContents)
		r.some, r.Req.Inputs = true, 1
		r.content(&c)
	case name == "requests" && embeds:
		r.Mark(markContents)
		r.requests(v)
	case name == "generateContentRequest" && r.Req.Operation == llm.OperationCountTokens:
		r.Mark(markInner)
		if !c.Enter('{') {
			return
		}
		for c.Next() {
			r.member(c.Key(), &c)
		}
	default:
		r.member(key, &c)
	}
}

// member reads a member of a request, which in countTokens may stand a level deeper.
func (r *reading) member(key []byte, c *scan.Cursor) {
	switch string(camel(key)) {
	case "contents":
		if r.Req.Operation == llm.OperationEmbeddings {
			c.Skip()
			return
		}
		for l := listOf(c); l.next(); {
			r.some = true
			r.content(c)
		}
	case "systemInstruction":
		r.content(c)
	case "generationConfig":
		if !c.Enter('{') {
			return
		}
		for c.Next() {
			r.config(c.Key(), c)
		}
	case "tools":
		some := c.Filled()
		if v := c.Value(); some {
			r.Req.Features |= llm.FeatureTools
			r.Size.Bytes += len(v)
			r.parameter("tools")
		}
	case "toolConfig":
		r.parameter("tool_choice")
		c.Skip()
	case "outputDimensionality":
		r.parameter("dimensions")
		c.Skip()
	default:
		c.Skip()
	}
}

// parameter notes something that an endpoint must support, by the name that configurations
// have for it, which is OpenAI's.
//
//go:noinline
func (r *reading) parameter(name string) {
	if len(r.Req.Parameters) < codec.MaxParameters {
		r.Req.Parameters = append(r.Req.Parameters, name)
	}
}

// config reads a member of generationConfig
// (https://ai.google.dev/api/generate-content#v1beta.GenerationConfig).
func (r *reading) config(key []byte, c *scan.Cursor) {
	if c.Peek() == 'n' { // null
		c.Skip()
		return
	}
	switch string(camel(key)) {
	case "maxOutputTokens":
		r.parameter("max_tokens")
		if n, ok := scan.Int(numeric(c.Value())); ok && n > 0 {
			r.Req.MaxOutput = n
		} else {
			r.Fail("generationConfig.maxOutputTokens", "must be a whole number above 0")
		}
	case "candidateCount":
		r.parameter("n")
		r.choices(c.Value())
	case "responseMimeType":
		if string(c.Value()) == `"application/json"` {
			r.format(false)
		}
	case "responseSchema", "responseJsonSchema":
		r.Size.Bytes += len(c.Value())
		r.format(true)
	case "responseLogprobs":
		r.parameter("logprobs")
		r.Use(llm.FeatureLogprobs, string(c.Value()) == "true")
	case "responseModalities":
		r.Use(llm.FeatureAudio, strings.Contains(strings.ToUpper(string(c.Value())), `"AUDIO"`))
	case "thinkingConfig":
		r.parameter("reasoning")
		r.thinking(c)
	default:
		if name := parameterOf(key); name != "" {
			r.parameter(name)
		}
		c.Skip()
	}
}

// parameterOf is OpenAI's name for a sampling parameter; empty if key is none.
func parameterOf(key []byte) string {
	switch string(camel(key)) {
	case "temperature", "seed":
		return string(key)
	case "topP":
		return "top_p"
	case "topK":
		return "top_k"
	case "stopSequences":
		return "stop"
	case "presencePenalty":
		return "presence_penalty"
	case "frequencyPenalty":
		return "frequency_penalty"
	case "logprobs":
		return "top_logprobs"
	}
	return ""
}

// format notes that the answer is to be JSON, or to fit a schema.
func (r *reading) format(schema bool) {
	if !r.json && !r.schema {
		r.parameter("response_format")
	}
	r.json, r.schema = r.json || !schema, r.schema || schema
	if r.schema {
		r.Req.Features = r.Req.Features&^llm.FeatureJSONObject | llm.FeatureJSONSchema
	} else {
		r.Req.Features |= llm.FeatureJSONObject
	}
}

// maxChoices is the most answers to a request that are believed in; the API has 8.
const maxChoices = 128

func (r *reading) choices(raw []byte) {
	n, ok := scan.Int(numeric(raw))
	if !ok || n < 1 || n > maxChoices {
		r.Fail("generationConfig.candidateCount", "must be a whole number from 1 to "+strconv.Itoa(maxChoices))
		return
	}
	r.Use(llm.FeatureMany, n > 1)
	r.Req.Choices = n
}

// thinking reads thinkingConfig (https://ai.google.dev/gemini-api/docs/thinking): a budget of
// 0 is what switches thinking off.
func (r *reading) thinking(c *scan.Cursor) {
	if !c.Enter('{') {
		return
	}
	on, off := false, false
	for c.Next() {
		switch string(camel(c.Key())) {
		case "thinkingBudget":
			n, ok := scan.Int(numeric(c.Value()))
			on, off = on || ok && n != 0, off || ok && n == 0
		case "thinkingLevel":
			on = on || c.Length() > 0
		case "includeThoughts":
			on = on || string(c.Value()) == "true"
		default:
			c.Skip()
		}
	}
	r.Use(llm.FeatureReasoning, on && !off)
}

// requests reads what is embedded together.
func (r *reading) requests(v scan.Value) {
	c := r.Cursor()
	if v.Kind != scan.KindArray {
		r.Fail("requests", "must be an array of requests")
		return
	}
	c.Enter('[')
	for c.Next() {
		if !c.Enter('{') {
			continue
		}
		for c.Next() {
			switch key := c.Key(); string(key) {
			case "content":
				r.some = true
				r.Req.Inputs++
				r.content(&c)
			default:
				c.Skip()
			}
		}
	}
}

// content reads a turn: an object with parts.
func (r *reading) content(c *scan.Cursor) {
	r.messages++
	if c.Peek() == '"' { // which some servers take
		r.Size.Bytes += c.Length()
		return
	}
	if !c.Enter('{') {
		return
	}
	for c.Next() {
		if string(c.Key()) != "parts" {
			c.Skip()
			continue
		}
		for l := listOf(c); l.next(); {
			r.part(c)
		}
	}
}

// part reads a part of a turn.
func (r *reading) part(c *scan.Cursor) {
	start := c.At
	p := readPart(c)
	r.Size.Bytes += max(p.text.End-p.text.Start-len(`""`), 0) + len(p.url)
	switch {
	case p.media:
		r.media(&p)
	case p.result > 0:
		r.response(p.result)
	case p.call > 0, p.other:
		r.Size.Bytes += c.At - start - len(p.signature)
	}
}

// response reads a function's result, which may have media beside it
// (https://ai.google.dev/gemini-api/docs/function-calling#multimodal).
func (r *reading) response(at int) {
	c := scan.CursorAt(r.Doc, at)
	c.Enter('{')
	for c.Next() {
		if string(c.Key()) != "parts" {
			r.Size.Bytes += len(c.Value())
			continue
		}
		for l := listOf(&c); l.next(); {
			r.part(&c)
		}
	}
}

// media notes what inlineData or fileData is, which its media type tells.
func (r *reading) media(p *part) {
	r.Size.Data += len(p.data)
	kind := kindOf(string(p.kind), string(p.url))
	if kind == llm.PartImage {
		r.Req.Features |= llm.FeatureImages
		r.Size.Images++
		return
	}
	r.Size.Media += len(p.data)
	if kind == llm.PartAudio {
		r.Req.Features |= llm.FeatureAudio
	} else {
		r.Req.Features |= llm.FeatureFiles
	}
}

// kindOf is what kind of part something of a media type is, or at an address.
func kindOf(media, url string) llm.PartKind {
	if media == "" {
		media = mediaOf(url)
	}
	switch kind, _, _ := strings.Cut(media, "/"); kind {
	case "image":
		return llm.PartImage
	case "audio":
		return llm.PartAudio
	case "video":
		return llm.PartVideo
	}
	return llm.PartFile
}
