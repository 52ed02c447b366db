package openai

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/llm"
)

const kilobyte = 1024

var data = strings.Repeat("A", 16*kilobyte)

// What a model reads is in the estimate, wherever in the body it stands; and the bound
// has every byte of the body but those of base64, for which what is stated stands in.
func TestInputBound(t *testing.T) {
	const sound = 16 * kilobyte * 3 / 16
	for name, c := range map[string]struct {
		message, member string // of the message, of the body
		reads           int    // bytes, beside those of a bare message
		images, data    int
		media           int64
	}{
		"nothing":         {},
		"name":            {message: `,"name":"12345678"`, reads: 8},
		"reasoning":       {message: `,"reasoning_content":"12345678"`, reads: 8},
		"routed":          {message: `,"reasoning":"1234"`, reads: 4},
		"refusal":         {message: `,"refusal":"1234"`, reads: 4},
		"no text":         {message: `,"name":null,"reasoning_content":[7],"refusal":8`},
		"calls":           {message: `,"tool_calls":[{"id":"1234"}]`, reads: 15},
		"call":            {message: `,"function_call":{"name":"1234"}`, reads: 15},
		"no calls":        {message: `,"tool_calls":[ ]`},
		"unread":          {message: `,"mood":"12345678"`, member: `"metadata":{"a":"12345678"},`},
		"schema":          {member: `"response_format":{"type":"json_schema","json_schema":{"a":"1234"}},`, reads: 12},
		"other schema":    {member: `"response_format":{"schema":{"a":"1234"},"type":"json_object"},`, reads: 12},
		"tools":           {member: `"tools":[{"a":"1234"}],`, reads: 14},
		"image":           {message: parts(`"image_url":{"url":"data:image/png;base64,` + data + `"}`), images: 1, data: 22 + len(data)},
		"image as text":   {message: parts(`"image_url": "data:image/png;base64,` + data + `"`), images: 1, data: 22 + len(data)},
		"images":          {message: parts(`"image_url":{"url":"data:,"}`, `"image_url":{"url":"https://x/y.png","detail":"low"}`), images: 2, data: 6},
		"no image":        {message: parts(`"text":"1234","image_url":null`), reads: 4},
		"text as address": {message: parts(`"image_url":{"url":"` + data + `"}`), images: 1},
		"sound":           {message: parts(`"input_audio":{"data":"` + data + `","format":"wav"}`), reads: 26, data: len(data), media: sound},
		"sound as text":   {message: parts(`"input_audio":"` + data + `"`), reads: 2, data: len(data), media: sound},
		"file":            {message: parts(`"file":{"filename":"a","file_data":"data:application/pdf;base64,` + data + `"}`), reads: 31, data: 28 + len(data), media: sound + 6},
		"file by name":    {message: parts(`"file":{"file_id":"1234"}`), reads: 18},
		"document":        {message: parts(`"document_url":"https://x"`), reads: 11},
		"document inside": {message: parts(`"document_url":{"url":"data:` + data + `"}`), reads: 10, data: 5 + len(data), media: sound + 1},
	} {
		body := `{"model":"m",` + c.member + `"messages":[{"role":"user"` + c.message + `}]}`
		for _, spelled := range []string{body, strings.ReplaceAll(body, `_url"`, `\u005furl"`)} {
			req, err := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(spelled))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			tokens := int64((c.reads+3)/4 + codec.MessageTokens + 800*c.images)
			bound := int64(len(spelled)-c.data+3200*c.images) + c.media
			if req.InputTokens != tokens || req.InputBound != bound || req.Images != int64(c.images) {
				t.Errorf("%s: %d tokens, want %d; at most %d, want %d; %d images", name, req.InputTokens, tokens, req.InputBound, bound, req.Images)
			}
		}
	}
}

func parts(list ...string) string {
	return `,"content":[{` + strings.Join(list, "},{") + `}]`
}

// A bound is one, however little a message says.
func TestInputBoundOfNothing(t *testing.T) {
	body := []byte(`{"model":"m","messages":[` + strings.TrimSuffix(strings.Repeat(`{},`, 1000), ",") + `]}`)
	req, err := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, body)
	if err != nil || req.InputBound < req.InputTokens {
		t.Errorf("%v, %d tokens, at most %d", err, req.InputTokens, req.InputBound)
	}
}

// No provider has counted more tokens of a recorded request than its bound, but for what it
// puts in itself: what it has searched for, and a prompt of its own (Grok's, or Groq's about
// tools), which is short.
func TestBoundOfRecordings(t *testing.T) {
	const prompt = 512
	n := tally{}
	for _, r := range codectest.Recordings(t, "openai.chat") {
		if r.Request == nil || r.Answer() == nil {
			continue
		}
		req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, r.Request)
		if refusal != nil || r.Status >= 400 {
			continue
		}
		var u llm.Usage
		reader := Codec{}.NewReader(&llm.Request{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat, Stream: r.Stream()}, r.Stream())
		emit := func(e *llm.Event) {
			if e.Usage.Known {
				u = e.Usage
			}
		}
		if reader.Read(slices.Clone(r.Answer()), emit) != nil {
			continue
		}
		reader.Close(emit)
		input := u.Input + u.CacheRead + u.CacheWrite
		if input > 0 {
			n["counted"]++
		}
		switch {
		case input <= req.InputBound:
		case bytes.Contains(r.Request, []byte("search")):
			n["searched"]++
		case input <= req.InputBound+prompt:
			n["with a prompt"]++
		default:
			t.Errorf("%s: %d tokens, and the bound is %d (%v)", r.ID, input, req.InputBound, req.Features.Names())
		}
		if input > req.InputTokens {
			n["above the estimate"]++
		}
	}
	t.Log(n)
}
