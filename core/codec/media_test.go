package codec_test

import (
	"encoding/json"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

var openAIs = []llm.Schema{llm.SchemaOpenAI, llm.SchemaResponses}

// What OpenAI refuses in both of its schemas makes an endpoint ineligible, or is left out of what
// the model has said; and this is told.
func TestMedia(t *testing.T) {
	user := func(p llm.Part) llm.Message { return turn(llm.RoleUser, p) }
	model := func(p llm.Part) llm.Message { return turn(llm.RoleAssistant, p) }
	result := func(p llm.Part) llm.Message {
		return turn(llm.RoleUser, llm.Part{Kind: llm.PartResult, ID: llm.Escaped("c"), Parts: []llm.Part{p}})
	}
	image := func(media, data string) llm.Part {
		return llm.Part{Kind: llm.PartImage, Media: media, Data: llm.Escaped(data)}
	}
	at := func(url string) llm.Part { return llm.Part{Kind: llm.PartImage, URL: llm.Escaped(url)} }
	for name, c := range map[string]struct {
		message llm.Message
		lack    string // field and fate
		sent    string
	}{
		"png":              {user(image("image/png", "AAAA")), "", "data:image/png;base64,AAAA"},
		"webp of a result": {result(image("image/webp", "AAAA")), "", "data:image/webp;base64,AAAA"},
		"a common misname": {user(image("image/jpg", "AAAA")), "", "data:image/jpeg;base64,AAAA"},
		"png by its bytes": {user(image("", "iVBORw0K")), "", "data:image/png;base64,iVBORw0K"},
		"of no type":       {user(image("", "AAAA")), "image impossible", ""},
		"svg":              {user(image("image/svg+xml", "AAAA")), "image impossible", ""},
		"bmp of a result":  {result(image("image/bmp", "AAAA")), "image impossible", ""},
		"heic":             {user(image("image/heic", "AAAA")), "image impossible", ""},
		"https":            {user(at(`HTTPS:\/\/example.com/a.svg`)), "", "example.com/a.svg"},
		"gs":               {user(at("gs://bucket/a.png")), "image_url impossible", ""},
		"ftp of a result":  {result(at("ftp://example.com/a.png")), "image_url impossible", ""},
		"file":             {user(at("file:///etc/passwd")), "image_url impossible", ""},
		"no base64":        {user(at("data:image/png,x")), "image_url impossible", ""},
		"no scheme":        {user(at("a.png")), "image_url impossible", ""},
		"of the model's":   {model(image("image/png", "AAAA")), "image dropped", ""},
		"at the model's":   {model(at("https://example.com/a.png")), "image_url dropped", ""},
		"beside its words": {turn(llm.RoleAssistant, text("see"), image("image/png", "AAAA")), "image dropped", "see"},
		"a file of its":    {model(llm.Part{Kind: llm.PartFile, Media: "application/pdf", Data: llm.Escaped("AAAA")}), "file dropped", ""},
	} {
		for _, s := range openAIs {
			p := &llm.Prompt{Messages: []llm.Message{turn(llm.RoleAssistant, call("c", "f")), c.message, turn(llm.RoleUser, text("go"))}}
			codec.Complete(p)
			req, form := &llm.Request{Schema: llm.SchemaGemini}, codec.Form{Name: "m", BaseURL: "http://127.0.0.1/v1", Prompt: p}
			var lacks []string
			for _, l := range tables[s].Lacks(req, form) {
				if l.Field != llm.FieldPrefill {
					lacks = append(lacks, l.Field.String()+" "+l.Fate.String())
				}
			}
			if got := strings.Join(lacks, ", "); got != c.lack {
				t.Errorf("%s, %s: lacking is %q, want %q", s, name, got, c.lack)
			}
			sent := string(codecs[s].AppendRequest(nil, req, form))
			if !json.Valid([]byte(sent)) || !strings.Contains(sent, c.sent) || strings.Contains(sent, `"assistant","content":""`) || strings.HasSuffix(c.lack, "dropped") && (strings.Contains(sent, "AAAA") || strings.Contains(sent, "a.png")) {
				t.Errorf("%s, %s: sent %s", s, name, sent)
			}
		}
	}
}

// Of several lacks of a field the worst stands, in whichever order they are found.
func TestWorstLack(t *testing.T) {
	var asked llm.Fields
	asked.Add(llm.FieldImage)
	for _, fates := range [][]codec.Fate{
		{codec.Dropped, codec.Impossible, codec.Approximated}, {codec.Impossible, codec.Dropped}, {codec.Approximated, codec.Impossible}, {codec.Approximated, codec.Dropped}, {codec.Dropped, codec.Approximated},
	} {
		l, want := codec.LackingOf(asked), codec.Dropped
		for _, f := range fates {
			if l.Lack(llm.FieldImage, f, "m", "does not"); f == codec.Impossible {
				want = f
			}
		}
		if list := l.List(); len(list) != 1 || list[0].Fate != want {
			t.Errorf("%v: %v, want %v", fates, list, want)
		}
	}
}

// What nobody else can make sense of is a mistake that names its place; an image without a type
// is one only if its bytes do not tell.
func TestMistakes(t *testing.T) {
	const chat, response = `{"model":"m","messages":[{"role":"user","content":["hi",`, `{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"hi"},`
	for _, c := range []struct {
		schema llm.Schema
		body   string
		param  string // empty: no mistake
		media  string
	}{
		{llm.SchemaOpenAI, chat + `{"type":"hologram","hologram":1}]}]}`, "messages[0].content[1].type", ""},
		{llm.SchemaOpenAI, `{"model":"m","messages":[{"role":"tool","tool_call_id":"c","content":[{"type":"hologram"}]}]}`, "messages[0].content[0].type", ""},
		{llm.SchemaResponses, response + `{"type":"hologram","hologram":1}]}]}`, "input[0].content[1].type", ""},
		{llm.SchemaOpenAI, chat + `{"type":"image_url","image_url":{"url":"data:;base64,AAAA"}}]}]}`, "messages[0].content[1].image_url", ""},
		{llm.SchemaOpenAI, chat + `{"type":"image_url","image_url":"data:;base64,AAAA"}]}]}`, "messages[0].content[1].image_url", ""},
		{llm.SchemaResponses, response + `{"type":"input_image","image_url":"data:;base64,AAAA"}]}]}`, "input[0].content[1].image_url", ""},
		{llm.SchemaOpenAI, chat + `{"type":"image_url","image_url":{"url":"data:;base64,\/9j\/4AAQ"}}]}]}`, "", "image/jpeg"},
		{llm.SchemaResponses, response + `{"type":"input_image","image_url":"data:;base64,UklGRiQAAABXRUJQVlA4"}]}]}`, "", "image/webp"},
		{llm.SchemaOpenAI, chat + `{"type":"image_url","image_url":{"url":"data:IMAGE/PNG;name=a;base64,AAAA"}}]}]}`, "", "image/png"},
		{llm.SchemaOpenAI, `{"model":"m","messages":[{"role":"user","content":" "}]}`, "messages", ""},
		{llm.SchemaOpenAI, `{"model":"m","messages":[{"role":"system","content":""},{"role":"user","content":[{"type":"text","text":""}]}]}`, "messages", ""},
		{llm.SchemaResponses, `{"model":"m","input":""}`, "input", ""},
		{llm.SchemaResponses, `{"model":"m","input":[]}`, "input", ""},
		{llm.SchemaResponses, `{"model":"m","input":[{"role":"user","content":""},{"role":"assistant","content":""}]}`, "input", ""},
		{llm.SchemaResponses, `{"model":"m","instructions":"be brief","input":[]}`, "", ""},
		{llm.SchemaResponses, `{"model":"m","previous_response_id":"r"}`, "", ""},
	} {
		req, err := codecs[c.schema].ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(c.body))
		if err != nil {
			t.Errorf("%s: %v", c.body, err)
			continue
		}
		p, err := codecs[c.schema].ReadPrompt(req)
		if (err == nil) != (c.param == "") || err != nil && (err.Param != c.param || err.HTTPStatus() != 400) {
			t.Errorf("%s: %v, want a mistake in %q", c.body, err, c.param)
		}
		if err == nil && c.media != "" && p.Messages[0].Parts[1].Media != c.media {
			t.Errorf("%s: %q, want %s", c.body, p.Messages[0].Parts[1].Media, c.media)
		}
	}
}

// Ids that are too long for OpenAI stay apart, and a result goes on naming its call.
func TestLongIDs(t *testing.T) {
	ends := strings.Repeat("a", 40)
	for _, s := range openAIs {
		for _, middle := range [][2]string{{"1", "2"}, {`é\n`, "é"}} {
			one, two := ends+middle[0]+ends, ends+middle[1]+ends
			p := &llm.Prompt{Messages: []llm.Message{
				turn(llm.RoleUser, text("go")), turn(llm.RoleAssistant, call(one, "f"), call(two, "f")), turn(llm.RoleUser, outcome(two, "f"), outcome(one, "f")),
			}}
			codec.Complete(p)
			sent := string(codecs[s].AppendRequest(nil, &llm.Request{Schema: llm.SchemaAnthropic}, codec.Form{Name: "m", Prompt: p}))
			for _, id := range []string{one, two} {
				if short := `"call_` + codec.Digest(llm.Escaped(id)) + `"`; strings.Count(sent, short) != 2 || strings.Contains(sent, ends) {
					t.Errorf("%s: %s is not twice in %s", s, short, sent)
				}
			}
		}
	}
	if codec.Digest(llm.Escaped("a")) == codec.Digest(llm.Escaped("b")) {
		t.Error("two ids have one digest")
	}
}

// Arguments that were cut by the limit on output reach callers of both schemas as they are.
func TestCutArguments(t *testing.T) {
	const cut = `{\"a\": \"\\u00e9 tr`
	answers := map[llm.Schema]string{
		llm.SchemaResponses: `{"id":"r","object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"model":"x","output":[` +
			`{"type":"function_call","id":"fc","call_id":"c1","name":"f","arguments":"` + cut + `","status":"incomplete"}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}`,
		llm.SchemaOpenAI: `{"id":"c","object":"chat.completion","created":1,"model":"x","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[` +
			`{"id":"c1","type":"function","function":{"name":"f","arguments":"` + cut + `"}}]},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`,
	}
	for from, answer := range answers {
		for _, to := range openAIs {
			for _, stream := range []bool{false, true} {
				if from == to && stream { // the bytes go on as they are
					continue
				}
				req := &llm.Request{Schema: to, Operation: llm.OperationChat, Stream: stream}
				reader, writer := codecs[from].NewReader(req, false), codecs[to].NewWriter(req)
				var written []byte
				write := func(e *llm.Event) { written = writer.Append(written, e, &codec.Answer{ID: "x", Model: "m"}) }
				emit := write
				if stream {
					emit = func(e *llm.Event) {
						if err := codec.Retell(e, write); err != nil {
							t.Fatal(err)
						}
					}
				}
				if err := reader.Read([]byte(answer), emit); err != nil {
					t.Fatal(err)
				}
				if err := reader.Close(emit); err != nil {
					t.Fatal(err)
				}
				if got := string(written); !strings.Contains(got, `"arguments":"`+cut+`"`) || !strings.Contains(got, `"length"`) && !strings.Contains(got, `"max_output_tokens"`) {
					t.Errorf("from %s to %s, stream %v: %s", from, to, stream, got)
				}
			}
		}
	}
}
