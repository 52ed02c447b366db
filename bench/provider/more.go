package provider

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// completionVoice speaks OpenAI's former completions (platform.openai.com/docs/api-reference/completions).
type completionVoice struct{}

func readCompletion(a *answer) *failure {
	var b struct {
		Model     string          `json:"model"`
		Prompt    json.RawMessage `json:"prompt"`
		Stream    bool            `json:"stream"`
		MaxTokens *int            `json:"max_tokens"`
		Options   *struct {
			Usage bool `json:"include_usage"`
		} `json:"stream_options"`
	}
	if err := json.Unmarshal(a.body, &b); err != nil {
		return refuse("We could not parse the JSON body of your request: %v", err)
	}
	texts, ok := inputs(b.Prompt)
	switch {
	case b.Model == "":
		return badRequest("model", "missing_required_parameter", "you must provide a model parameter")
	case !ok:
		return badRequest("prompt", "invalid_type", "Invalid type for 'prompt': expected a string or an array of strings.")
	}
	a.q.model, a.q.stream, a.q.usage = inner(b.Model), b.Stream, b.Options != nil && b.Options.Usage
	if b.MaxTokens != nil {
		a.q.maxTokens = *b.MaxTokens
	}
	text := strings.Join(texts, "")
	a.q.hear("user", text, len(text))
	return nil
}

// inputs are a text or a list of texts.
func inputs(raw json.RawMessage) ([]string, bool) {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}, len(raw) > 0
	}
	var list []string
	err := json.Unmarshal(raw, &list)
	return list, err == nil && len(list) > 0
}

func (a *answer) completion(text string, finish any) object {
	return object{"id": "cmpl-" + string(a.id[:]), "object": "text_completion", "created": a.p.now().Unix(), "model": decoded(a.q.model),
		"system_fingerprint": "fp_sim", "choices": []any{object{"text": text, "index": 0, "logprobs": nil, "finish_reason": finish}}}
}

func (a *answer) completionUsage() object {
	return object{"prompt_tokens": a.q.prompt, "completion_tokens": len(a.tokens), "total_tokens": a.q.prompt + len(a.tokens)}
}

func (completionVoice) opening(dst []byte, _ *answer) []byte { return dst }

func (completionVoice) piece(dst []byte, a *answer, token string) []byte {
	return a.data(dst, a.completion(token, nil))
}

// data appends an event without a name.
func (a *answer) data(dst []byte, v object) []byte {
	body, _ := appendObject(nil, v)
	return fmt.Appendf(dst, "data: %s\n\n", body)
}

func (completionVoice) ending(dst []byte, a *answer) []byte {
	if a.finish == "" {
		return dst
	}
	dst = a.data(dst, a.completion("", a.finish))
	if a.q.usage && !a.b.NoUsage {
		last := a.completion("", nil)
		last["choices"], last["usage"] = []any{}, a.completionUsage()
		dst = a.data(dst, last)
	}
	if a.fault == FaultNoDone {
		return dst
	}
	return append(dst, done...)
}

func (completionVoice) whole(dst []byte, a *answer) ([]byte, int) {
	c := a.completion(a.said(), a.finish)
	if a.finish == "" {
		c = a.completion(a.said(), nil)
	}
	if a.fault == FaultNoChoices {
		c["choices"] = []any{}
	}
	if !a.b.NoUsage {
		c["usage"] = a.completionUsage()
	}
	return appendObject(dst, c)
}

func (completionVoice) odd(dst []byte, a *answer, what oddity) []byte {
	switch what {
	case oddComment:
		return append(dst, ": keep-alive\n\n"...)
	case oddGarbled:
		return append(dst, "data: {\"choices\":\n\n"...)
	case oddHollow:
		c := a.completion("", nil)
		c["choices"] = []any{}
		dst = a.data(dst, c)
	}
	return append(dst, done...)
}

// vector is an embedding of a text: the same text, the same numbers, of length one in all.
func vector(text string, dimensions int) []float64 {
	if dimensions <= 0 {
		dimensions = 8
	}
	v, sum := make([]float64, dimensions), 0.0
	var seed uint64 = 14695981039346656037 // FNV-1a
	for i := range len(text) {
		seed = (seed ^ uint64(text[i])) * 1099511628211
	}
	for i := range v {
		v[i] = float64(float32(chance(seed, int64(i), drawWords) - 0.5))
		sum += v[i] * v[i]
	}
	for i := range v {
		v[i] = float64(float32(v[i] / math.Sqrt(sum)))
	}
	return v
}

func readEmbeddings(a *answer) *failure {
	var b struct {
		Model      string          `json:"model"`
		Input      json.RawMessage `json:"input"`
		Format     string          `json:"encoding_format"`
		Dimensions int             `json:"dimensions"`
	}
	if err := json.Unmarshal(a.body, &b); err != nil {
		return refuse("We could not parse the JSON body of your request: %v", err)
	}
	texts, ok := inputs(b.Input)
	switch {
	case b.Model == "":
		return badRequest("model", "missing_required_parameter", "you must provide a model parameter")
	case !ok:
		return badRequest("input", "invalid_type", "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.")
	case b.Format != "" && b.Format != "float" && b.Format != "base64":
		return badRequest("encoding_format", "invalid_value", "Invalid value: '"+b.Format+"'. Supported values are: 'float' and 'base64'.")
	}
	a.q.model = inner(b.Model)
	list := []any{}
	for i, text := range texts {
		a.q.hear("user", text, len(text))
		var e any = vector(text, b.Dimensions)
		if b.Format == "base64" {
			e = packed(vector(text, b.Dimensions))
		}
		list = append(list, object{"object": "embedding", "index": i, "embedding": e})
	}
	a.q.fact, _ = appendObject(nil, object{"object": "list", "data": list, "model": b.Model, "usage": object{"prompt_tokens": a.q.prompt, "total_tokens": a.q.prompt}})
	return nil
}

// packed are numbers as OpenAI packs them: base64 of little-endian 32-bit floats.
func packed(v []float64) string {
	var raw []byte
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(x)))
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// embedBody is a request of Gemini's embedContent (ai.google.dev/api/embeddings).
type embedBody struct {
	Model      string        `json:"model"`
	Content    *generateTurn `json:"content"`
	TaskType   string        `json:"taskType"`
	Title      string        `json:"title"`
	Dimensions int           `json:"outputDimensionality"`
}

func (q *chat) embed(b *embedBody) (object, *failure) {
	if b.Content == nil || len(b.Content.Parts) == 0 {
		return nil, refuse("* EmbedContentRequest.content: contents is not specified\n")
	}
	var text strings.Builder
	for _, p := range b.Content.Parts {
		if p.Text == nil {
			return nil, refuse("* EmbedContentRequest.content.parts: only text can be embedded\n")
		}
		text.WriteString(*p.Text)
	}
	q.hear("user", text.String(), text.Len())
	return object{"values": vector(text.String(), b.Dimensions)}, nil
}

func readEmbedContent(a *answer) *failure {
	var b embedBody
	if fail := decodeGemini(a.body, &b); fail != nil {
		return fail
	}
	v, fail := a.q.embed(&b)
	if fail == nil {
		a.q.model = inner(a.door.model)
		a.q.fact, _ = appendObject(nil, object{"embedding": v})
	}
	return fail
}

func readBatchEmbed(a *answer) *failure {
	var b struct {
		Requests []embedBody `json:"requests"`
	}
	if fail := decodeGemini(a.body, &b); fail != nil {
		return fail
	}
	if len(b.Requests) == 0 {
		return refuse("* BatchEmbedContentsRequest.requests: must not be empty\n")
	}
	a.q.model = inner(a.door.model)
	list := []any{}
	for i := range b.Requests {
		if want := "models/" + a.door.model; b.Requests[i].Model != want {
			return refuse("* BatchEmbedContentsRequest.requests[%d].model: must be %s\n", i, want)
		}
		v, fail := a.q.embed(&b.Requests[i])
		if fail != nil {
			return fail
		}
		list = append(list, v)
	}
	a.q.fact, _ = appendObject(nil, object{"embeddings": list})
	return nil
}

// readGenerateCount answers how many tokens a request has; it stands in the body itself, or in a member.
func readGenerateCount(a *answer) *failure {
	var wrap struct {
		Request json.RawMessage `json:"generateContentRequest"`
	}
	body := a.body
	if json.Unmarshal(body, &wrap) == nil && len(wrap.Request) > 0 {
		body = wrap.Request
	}
	if fail := a.q.generateBody(a.door.model, body); fail != nil {
		return fail
	}
	a.q.fact, _ = appendObject(nil, object{"totalTokens": a.q.prompt, "promptTokensDetails": []any{object{"modality": "TEXT", "tokenCount": a.q.prompt}}})
	return nil
}
