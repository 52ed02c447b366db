package anthropic

import (
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// What a model reads is in the estimate, wherever in the body it stands; and the bound has
// every byte of the body but those of base64, for which what is stated stands in.
func TestInputBound(t *testing.T) {
	data := strings.Repeat("A", 16<<10)
	const pdf = 16 << 10 * 3 / 16
	for name, c := range map[string]struct {
		block, member string
		reads         int // bytes
		images, data  int
		media         int64
	}{
		"nothing":          {},
		"text":             {block: `{"type":"text","text":"12345678"}`, reads: 8},
		"thinking":         {block: `{"type":"thinking","thinking":"1234","signature":"` + data + `"}`, reads: 4},
		"call":             {block: `{"type":"tool_use","id":"x","name":"1234","input":{"a":1}}`, reads: 11},
		"result":           {block: `{"type":"tool_result","tool_use_id":"x","content":[{"type":"text","text":"1234"},{"type":"image","source":{"type":"base64","data":"` + data + `"}}]}`, reads: 4, images: 1, data: len(data)},
		"result as text":   {block: `{"type":"tool_result","tool_use_id":"x","content":"1234"}`, reads: 4},
		"image":            {block: `{"type":"image","source":{"data":"` + data + `","type":"base64"}}`, images: 1, data: len(data)},
		"image by address": {block: `{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}`, images: 1},
		"document":         {block: `{"source":{"data":"` + data + `","type":"base64"},"type":"document","title":"1234"}`, reads: 4, data: len(data), media: pdf},
		"document as text": {block: `{"type":"document","source":{"data":"1234","type":"text"}}`, reads: 4},
		"system":           {member: `"system":[{"type":"text","text":"1234"}],`, reads: 4},
		"system as text":   {member: `"system":"1234",`, reads: 4},
		"tools":            {member: `"tools":[{"a":"1234"}],`, reads: 14},
		"schema":           {member: `"output_config":{"format":{"type":"json_schema","schema":{"a":"1234"}}},`, reads: 12},
		"unread":           {member: `"metadata":{"user_id":"1234"},`},
	} {
		body := `{"model":"m","max_tokens":8,` + c.member + `"messages":[{"role":"user","content":[` + c.block + `]}]}`
		req, err := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(body))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		tokens := int64((c.reads+3)/4 + codec.MessageTokens + codec.ImageTokens*c.images)
		bound := int64(len(body)-c.data+codec.MaxImageTokens*c.images) + c.media
		if req.InputTokens != tokens || req.InputBound != bound || req.Images != int64(c.images) {
			t.Errorf("%s: %d tokens, want %d; at most %d, want %d; %d images", name, req.InputTokens, tokens, req.InputBound, bound, req.Images)
		}
	}
}
