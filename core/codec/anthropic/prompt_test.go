package anthropic

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/codec/codectest/growthtest"
	"strowger/core/llm"
)

var bodies = []string{
	`{"model":"m","max_tokens":7,"system":"Be \"kind\".","messages":[{"role":"user","content":"Hello"}],"stream":true}`,
	`{"model":"m","max_tokens":8,"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}},{"type":"text","text":"b"}],"messages":[{"role":"user","content":[{"type":"text","text":"c"},{"type":"image","source":{"type":"base64","media_type":"image\/png","data":"AAAA"}},{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}},{"type":"image","source":{"type":"file","file_id":"file_1"}}]}]}`,
	`{"model":"m","max_tokens":8,"messages":[{"role":"user","content":[{"type":"document","title":"T","context":"C","citations":{"enabled":true},"source":{"type":"base64","media_type":"application/pdf","data":"AAAA"}},{"type":"document","source":{"type":"url","url":"https://example.com/a.pdf"}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"plain"}},{"type":"document","source":{"type":"content","content":[{"type":"text","text":"one"},{"type":"image","source":{"type":"url","url":"https://example.com/b.png"}},{"type":"text","text":"two"}]}},{"type":"document","source":{"type":"content","content":"three"}},{"type":"search_result","source":"https://example.com","title":"Title","content":[{"type":"text","text":"found"}]}]}]}`,
	`{"model":"m","max_tokens":8,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"redacted_thinking","data":"d"},{"type":"text","text":"ok","citations":null},{"type":"tool_use","id":"t1","name":"f","input":{"a":1.0}},{"type":"tool_use","id":"t2","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t2","content":"two","is_error":true},{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"one"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},{"type":"tool_result","tool_use_id":"t3"}]}]}`,
	`{"model":"m","max_tokens":8,"messages":[{"role":"user","content":"x"},{"role":"system","content":"late"},{"role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{}},{"type":"web_search_tool_result","tool_use_id":"s","content":[]},{"type":"text","text":"so","citations":[{"type":"char_location"}]},{"type":"compaction","content":"in short"}]}]}`,
	`{"model":"m","max_tokens":8,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true,"cache_control":{"type":"ephemeral"}},{"type":"custom","name":"g","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"web_search"}],"tool_choice":{"type":"tool","name":"g","disable_parallel_tool_use":true}}`,
	`{"model":"m","max_tokens":8,"messages":[{"role":"user","content":"x"}],"tool_choice":{"type":"any"},"temperature":1.0,"top_p":0.5,"top_k":3,"stop_sequences":["a","\n"],"metadata":{"user_id":"u"},"service_tier":"standard_only","thinking":{"type":"enabled","budget_tokens":2000},"output_config":{"effort":"max","format":{"type":"json_schema","schema":{"type":"object"}}}}`,
	`{"model":"m","max_tokens":8,"messages":[{"role":"user","content":"x"}],"thinking":{"type":"adaptive","display":"omitted"},"output_format":{"type":"json_schema","schema":{"a":1}}}`,
	`{"model":"m","max_tokens":8,"messages":[{"role":"user","content":"x"}],"output_config":{"effort":"high"},"thinking":{"type":"disabled"}}`,
	`{"model":"m","max_tokens":8,"messages":[{"role":"user","content":"x"}],"mcp_servers":[{"type":"url"}],"container":"c","context_management":{},"cache_control":{"type":"ephemeral"},"betas":["b"],"inference_geo":"us","we\u00e4rd name":1,"thinking":null,"provider":{},"session_id":"s"}`,
	`{"model":"m","max_tokens":8,"messages":[{"role":"tool","content":"x"}]}`,
	`{"model":"m","max_tokens":8,"messages":[{"role":"user","content":["x"]}]}`,
}

// What requests are in the neutral form.
func TestPrompts(t *testing.T) {
	var out strings.Builder
	for _, body := range bodies {
		fmt.Fprintf(&out, "# %s\n", body)
		p := decode(t, body)
		if p == nil {
			r, _ := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(body))
			_, err := Codec{}.ReadPrompt(r)
			fmt.Fprintf(&out, "refused: %v\n", err)
			continue
		}
		fmt.Fprintf(&out, "max %d one %v choice %d %s top_p %s top_k %s user %s tier %s format %s reasoning %+v\nfields %v unknown %q%s\n",
			p.MaxOutput, p.OneTool, p.Choice.Mode, p.Choice.Names, p.TopP, p.TopK, p.User, p.Tier, p.Format.Schema, p.Reasoning, p.Fields.Names(), p.Unknown, said(p))
	}
	golden(t, "prompts.golden", out.String())
}

func decode(t *testing.T, body string) *llm.Prompt {
	t.Helper()
	r, err := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	p, _ := Codec{}.ReadPrompt(r)
	return p
}

func carried(of codec.Signed, signature string) string {
	return string(codec.AppendCarried(nil, llm.SchemaGemini, of, llm.Escaped(signature)))
}

// Signatures of other providers come back as what they were, and never leave for Anthropic.
func TestCarried(t *testing.T) {
	body := `{"model":"m","max_tokens":8,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"` + carried(codec.SignedThought, "sig") + `"},{"type":"thinking","thinking":"u","signature":"` + carried(codec.SignedThought, "") + `"},` +
		`{"type":"redacted_thinking","data":"` + carried(codec.SignedRedacted, "enc") + `"},{"type":"redacted_thinking","data":"` + carried(codec.SignedCall, "csig") + `"},{"type":"tool_use","id":"t1","name":"f","input":{}},{"type":"tool_use","id":"t2","name":"f","input":{}}]},` +
		`{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1"},{"type":"tool_result","tool_use_id":"t2"}]},{"role":"assistant","content":[{"type":"redacted_thinking","data":"` + carried(codec.SignedRedacted, "x") + `"}]},{"role":"user","content":"` + carried(codec.SignedRedacted, "only words") + `"}]}`
	parts := decode(t, body).Messages[1].Parts
	for i, want := range []struct {
		kind      llm.PartKind
		signature string
		redacted  bool
		origin    llm.Schema
	}{
		{llm.PartThought, "sig", false, llm.SchemaGemini}, {llm.PartThought, "", false, llm.SchemaGemini}, {llm.PartThought, "enc", true, llm.SchemaGemini},
		{llm.PartCall, "csig", false, llm.SchemaGemini}, {llm.PartCall, "", false, llm.SchemaNone},
	} {
		if p := parts[i]; p.Kind != want.kind || string(p.Signature) != want.signature || p.Redacted != want.redacted || p.Origin != want.origin {
			t.Errorf("part %d: %+v", i, p)
		}
	}
	r, _ := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(body))
	want := `{"model":"m","max_tokens":8,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{}},{"type":"tool_use","id":"t2","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1"},{"type":"tool_result","tool_use_id":"t2"}]},` +
		`{"role":"user","content":"` + carried(codec.SignedRedacted, "only words") + `"}%s]}`
	for prefill, end := range map[string]string{"": "", "So \n": `,{"role":"assistant","content":"So"}`} {
		got := Codec{}.AppendRequest(nil, r, codec.Form{Name: "m", Prefill: []byte(prefill)})
		if want := fmt.Sprintf(want, end); string(got) != want {
			t.Errorf("sent %s\nwant %s", got, want)
		}
	}
}

// Where the calls that are answered have lost the reasoning of another provider that led to
// them, there is none from here on: it would be refused.
func TestCarriedAway(t *testing.T) {
	const call, answer = `{"type":"tool_use","id":"t1","name":"f","input":{}}`, `{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1"}]}`
	theirs := `{"type":"thinking","thinking":"t","signature":"` + carried(codec.SignedThought, "sig") + `"}`
	own := `{"type":"thinking","thinking":"o","signature":"own"}`
	const on, off = `"thinking":{"type":"enabled","budget_tokens":1024},"context_management":{"edits":[{"type":"clear_thinking_20251015"}]}`, `"thinking":{"type":"disabled"}`
	for _, c := range []struct{ said, thinking, left, want string }{
		{theirs + `,` + call, on, call, off},
		{own + `,` + theirs + `,` + call, on, own + `,` + call, on},
		{theirs + `,` + call, `"thinking":{"type":"adaptive"}`, call, `"thinking":{"type":"adaptive"}`},
		{theirs + `,{"type":"text","text":"x"}`, on, `{"type":"text","text":"x"}`, on},
	} {
		form := `{"model":"m","max_tokens":8,%s,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[%s]},` + answer + `]}`
		r, _ := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(fmt.Sprintf(form, c.thinking, c.said)))
		if got, want := string(Codec{}.AppendRequest(nil, r, codec.Form{Name: "m"})), fmt.Sprintf(form, c.want, c.left); got != want {
			t.Errorf("sent %s\nwant %s", got, want)
		}
	}
}

func TestPath(t *testing.T) {
	for _, c := range []struct {
		base, want string
		op         llm.Operation
	}{
		{"https://api.anthropic.com", "/v1/messages", llm.OperationChat}, {"https://api.anthropic.com/v1/", "/messages", llm.OperationChat},
		{"https://example.com/anthropic", "/v1/messages/count_tokens", llm.OperationCountTokens}, {"https://x/v1", "/messages/count_tokens", llm.OperationCountTokens},
	} {
		if got := (Codec{}).Path(&llm.Request{Operation: c.op}, codec.Form{BaseURL: c.base}); got != c.want {
			t.Errorf("%s: %s, want %s", c.base, got, c.want)
		}
	}
}

// A number of tokens is a complete answer, and goes on as it is.
func TestCount(t *testing.T) {
	n := 0
	req := &llm.Request{Schema: llm.SchemaAnthropic, Operation: llm.OperationCountTokens}
	check := func(body []byte) {
		reader := Codec{}.NewReader(req, false)
		reader.Read(body, nil)
		err := reader.Close(func(e *llm.Event) {
			n++
			if !e.Whole || !e.Choices || !e.Content || e.Finish != llm.FinishStop || e.Ended != 1 || !e.Usage.Known || e.Usage.Total() == 0 {
				t.Errorf("%s is %+v", body, e)
			}
			if got := (Codec{}).NewWriter(req).Append(nil, e, &codec.Answer{Model: "m"}); !bytes.Equal(got, body) {
				t.Errorf("%s became %s", body, got)
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
	check(AppendCount(nil, 2095))
	ours := Codec{}.NewWriter(req).Append(nil, &llm.Event{Whole: true, Usage: llm.Usage{Known: true, Estimated: true, Input: 7}}, &codec.Answer{})
	if string(ours) != `{"input_tokens":7}` {
		t.Errorf("an estimate is %s", ours)
	}
	for _, r := range codectest.Recordings(t, "anthropic.count_tokens") {
		if r.Request != nil {
			asked, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationCountTokens}, r.Request)
			if refusal != nil {
				t.Errorf("%s: %v", r.ID, refusal)
			} else if _, refusal := (Codec{}).ReadPrompt(asked); refusal != nil {
				t.Errorf("%s: %v", r.ID, refusal)
			}
		}
		if bytes.Contains(r.Body, []byte("input_tokens")) && r.Status == 200 && !bytes.Contains(r.Body, []byte("stop_reason")) {
			check(r.Body)
		}
	}
	t.Logf("%d counts", n)
}

// Claude Code says the conversation in the user's id.
func TestSession(t *testing.T) {
	for member, want := range map[string]string{
		`"metadata":{"user_id":"user_a_account_b_session_c-d"}`:                 "c-d",
		`"metadata":{"user_id":"{\"device_id\":\"d\",\"session_id\":\"s-1\"}"}`: "s-1",
		`"metadata":{"user_id":"u"}`:                                            "",
		`"metadata":{"user_id":null}`:                                           "",
		`"metadata":{"user_id":"{\"session_id\":"}`:                             "",
		`"session_id":"mine","metadata":{"user_id":"user_a_session_c"}`:         "mine",
		`"metadata":{"user_id":"user_a_session_c"},"session_id":"mine"`:         "mine",
		`"metadata":{"user_id":"x_session_` + strings.Repeat("y", 300) + `"}`:   "",
	} {
		r, err := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(`{"model":"m","max_tokens":8,"messages":[{"role":"user","content":"x"}],`+member+`}`))
		if err != nil || r.Session != want {
			t.Errorf("%s: %v, session %q, want %q", member, err, r.Session, want)
		}
	}
}

// What begins as a carried signature never leaves for Anthropic, be it whole or not.
func TestCarriedBroken(t *testing.T) {
	broken := carried(codec.SignedThought, "sig") + "!"
	body := `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"` + broken + `"},{"type":"text","text":"a"}]},{"role":"user","content":"y"}]}`
	r, _ := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(body))
	if sent := (Codec{}).AppendRequest(nil, r, codec.Form{Name: "m"}); bytes.Contains(sent, []byte(broken)) || !bytes.Contains(sent, []byte(`"a"`)) {
		t.Errorf("sent %s", sent)
	}
	if p := decode(t, body).Messages[1].Parts[0]; p.Origin == llm.SchemaAnthropic || len(p.Signature) > 0 {
		t.Errorf("read as %+v", p)
	}
}

// A document of many texts is read in time that goes with its length.
func TestManyTexts(t *testing.T) {
	growthtest.Linear(t, 8000, func(n int) {
		block := `{"type":"text","text":"0123456789"},`
		body := `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"content","content":[` + strings.Repeat(block, n) + block[:len(block)-1] + `]}}]}]}`
		if p := decode(t, body); len(p.Messages[0].Parts[0].Text) != 12*(n+1)-2 {
			t.Fatalf("%d bytes", len(p.Messages[0].Parts[0].Text))
		}
	})
}

// aBlock is a message of the user's, the second block of which is of a kind and has members.
func aBlock(kind, members string) string {
	return `"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"` + kind + `"` + members + `}]}]`
}

const anyMessages = `"messages":[{"role":"user","content":"x"}]`

// badPrompts are members of requests, with the one at fault.
var badPrompts = []struct{ members, param string }{
	{anyMessages, ""},
	{anyMessages + `,"temperature":null,"tools":[],"stop_sequences":[],"output_config":{"effort":"max"},"thinking":{"type":"adaptive"}`, ""},
	{anyMessages + `,"temperature":"hot"`, "temperature"},
	{anyMessages + `,"top_p":{}`, "top_p"},
	{anyMessages + `,"top_k":"x"`, "top_k"},
	{anyMessages + `,"stop_sequences":"END"`, "stop_sequences"},
	{anyMessages + `,"stop_sequences":["a",5]`, "stop_sequences[1]"},
	{anyMessages + `,"metadata":5`, "metadata"},
	{anyMessages + `,"system":5`, "system"},
	{anyMessages + `,"tools":{}`, "tools"},
	{anyMessages + `,"tools":["f"]`, "tools[0]"},
	{anyMessages + `,"tools":[{"name":"f","input_schema":{}},{"input_schema":{}}]`, "tools[1].name"},
	{anyMessages + `,"tool_choice":"any"`, "tool_choice"},
	{anyMessages + `,"tool_choice":{"type":"all"}`, "tool_choice.type"},
	{anyMessages + `,"tool_choice":{"type":"tool","name":"g"},"tools":[{"name":"f","input_schema":{}}]`, "tool_choice.name"},
	{anyMessages + `,"tool_choice":{"type":"tool","name":"\u0066"},"tools":[{"name":"f","input_schema":{}}]`, ""},
	{anyMessages + `,"tool_choice":{"type":"tool","name":"g"},"tools":[{"type":"web_search_20250305","name":"g"}]`, ""},
	{anyMessages + `,"output_config":{"effort":"ultra"}`, "output_config.effort"},
	{anyMessages + `,"output_config":{"effort":5}`, "output_config.effort"},
	{anyMessages + `,"output_config":"x"`, "output_config"},
	{anyMessages + `,"output_config":{"format":{"type":"yaml"}}`, "output_config.format.type"},
	{anyMessages + `,"output_format":{"type":"json_schema"}`, "output_format.schema"},
	{anyMessages + `,"thinking":true`, "thinking"},
	{anyMessages + `,"thinking":{"type":"deep"}`, "thinking.type"},
	{anyMessages + `,"thinking":{"type":"enabled"}`, "thinking.budget_tokens"},
	{`"messages":[{"role":"user","content":5}]`, "messages[0].content"},
	{`"messages":[{"role":"user"}]`, "messages[0].content"},
	{`"messages":[{"role":"user","content":"x"},{"role":"tool","content":"x"}]`, "messages[1].role"},
	{aBlock("text", `,"text":7`), "messages[0].content[1].text"},
	{aBlock("image", ``), "messages[0].content[1].source"},
	{aBlock("image", `,"source":{"type":"base64"}`), "messages[0].content[1].source.data"},
	{aBlock("image", `,"source":{"type":"ftp"}`), "messages[0].content[1].source.type"},
	{aBlock("document", ``), "messages[0].content[1].source"},
	{aBlock("document", `,"source":{"type":"url"}`), "messages[0].content[1].source.url"},
	{aBlock("document", `,"source":{"type":"content"}`), "messages[0].content[1].source.content"},
	{aBlock("document", `,"source":{"type":"content","content":[{"type":"text"}]}`), "messages[0].content[1].source.content[0].text"},
	{aBlock("tool_result", ``), "messages[0].content[1].tool_use_id"},
	{aBlock("tool_result", `,"tool_use_id":"t","content":[{"type":"text"}]`), "messages[0].content[1].content[0].text"},
	{aBlock("tool_result", `,"tool_use_id":"t","content":null`), ""},
	{aBlock("tool_use", `,"id":"t"`), "messages[0].content[1].name"},
	{aBlock("tool_use", `,"id":"t","name":"f","input":"{}"`), "messages[0].content[1].input"},
	{aBlock("tool_use", `,"id":"t","name":"f","input":[1]`), "messages[0].content[1].input"},
	{aBlock("tool_use", `,"id":"t","name":"f","input":null`), ""},
	{aBlock("image", `,"source":{"type":"base64","data":"AAAA"}`), "messages[0].content[1].source.media_type"},
	{aBlock("image", `,"source":{"type":"base64","data":"iVBORw0K"}`), ""},
	{aBlock("document", `,"source":{"type":"base64","data":"AAAA"}`), "messages[0].content[1].source.media_type"},
	{aBlock("document", `,"source":{"type":"base64","data":"JVBERi0x"}`), ""},
	{`"messages":[{"role":"user","content":""}]`, "messages"},
	{`"messages":[{"role":"user","content":[{"type":"text","text":" "}]},{"role":"assistant","content":[]}]`, "messages"},
	{`"messages":[{"role":"user","content":""}],"system":"Be brief."`, ""},
	{`"messages":[{"role":"user","content":[]},{"role":"assistant","content":"x"}]`, ""},
	{`"messages":[{"role":"user","content":[{"type":"container_upload","file_id":"f"}]}]`, ""},
	{aBlock("hologram", ``), "messages[0].content[1].type"},
	{aBlock("tool_result", `,"tool_use_id":"t","content":[{"type":"hologram"}]`), "messages[0].content[1].content[0].type"},
	{`"messages":[{"content":[{"type":"hologram"}],"role":"user"}]`, "messages[0].content[0].type"},
	{anyMessages[:len(anyMessages)-1] + `,{"role":"assistant","content":[{"type":"hologram"}]}]`, ""},
}

// What is no request is refused where it would have to be translated, by the name of the
// member at fault.
func TestBadPrompts(t *testing.T) {
	for _, c := range badPrompts {
		body := `{"model":"m","max_tokens":8,` + c.members + `}`
		r, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(body))
		if refusal != nil {
			t.Errorf("%s is not even read: %v", body, refusal)
			continue
		}
		_, refusal = Codec{}.ReadPrompt(r)
		got := ""
		if refusal != nil {
			got = refusal.Param
		}
		if got != c.param || refusal != nil && refusal.HTTPStatus() != 400 {
			t.Errorf("%s: %v, want one of %q", body, refusal, c.param)
		}
	}
}

// A message has a limit, which filling a cache has at 0; to count there need be none.
func TestMaxTokens(t *testing.T) {
	for _, c := range []struct {
		op           llm.Operation
		limit        string
		read, prompt bool
	}{
		{llm.OperationChat, ``, false, false}, {llm.OperationChat, `"max_tokens":null,`, false, false}, {llm.OperationChat, `"max_tokens":-1,`, false, false},
		{llm.OperationChat, `"max_tokens":0,`, true, false}, {llm.OperationChat, `"max_tokens":1,`, true, true}, {llm.OperationCountTokens, ``, true, true},
	} {
		r, refusal := Codec{}.ReadRequest(codec.Asked{Operation: c.op}, []byte(`{"model":"m",`+c.limit+`"messages":[{"role":"user","content":"x"}]}`))
		if (refusal == nil) != c.read || refusal != nil && refusal.Param != "max_tokens" {
			t.Errorf("%s read: %v", c.limit, refusal)
		}
		if refusal == nil {
			if _, refusal = (Codec{}).ReadPrompt(r); (refusal == nil) != c.prompt {
				t.Errorf("%s decoded: %v", c.limit, refusal)
			}
		}
	}
}

// What is not known of members that are objects is told by its path.
func TestInnerMembers(t *testing.T) {
	p := decode(t, `{"model":"m","max_tokens":8,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f"}],"tool_choice":{"type":"auto","zork":1},`+
		`"thinking":{"type":"adaptive","zork":1},"output_config":{"zork":1,"format":{"type":"json_schema","schema":{},"zork":1}},"metadata":{"user_id":"u","zork":1},"cache_control":{"type":"ephemeral","zork":1,"more":null}}`)
	want := "tool_choice.zork,thinking.zork,output_config.format.zork,output_config.zork,metadata.zork,cache_control.zork"
	if got := strings.Join(p.Unknown, ","); got != want {
		t.Errorf("told are %s\nwant %s", got, want)
	}
}

// What comes without a media type is what its first bytes tell.
func TestSniffed(t *testing.T) {
	p := decode(t, `{"model":"m","max_tokens":8,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"UklGRiQAAABXRUJQVlA4"}},{"type":"document","source":{"type":"base64","data":"JVBERi0x"}}]}]}`)
	if parts := p.Messages[0].Parts; parts[0].Media != "image/webp" || parts[1].Media != "application/pdf" {
		t.Errorf("%+v", parts)
	}
}

// Members that are not known are told, but for those that say nothing.
func TestMembers(t *testing.T) {
	for body, want := range map[string]bool{
		`"messages":[{"role":"user","content":"x","name":"n"}]`:                                                                                          true,
		`"messages":[{"role":"user","content":"x","name":null}]`:                                                                                         false,
		`"messages":[{"role":"user","content":[{"type":"text","text":"x","weight":2}]}]`:                                                                 true,
		`"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","caller":{"type":"direct"}}]}]`: false,
		`"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f","input_schema":{},"defer_loading":true}]`:                                       true,
		`"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f","input_schema":{},"input_examples":null}]`:                                      false,
		`"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f","cache_control":{"type":"ephemeral","zork":1}}]`:                                true,
		`"messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral","ttl":"1h"}}]}]`:                            false,
		`"messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral","zork":1}}]}]`:                              true,
		`"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://x","zork":1}}]}]`:                                   true,
		`"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://x","zork":null}}]}]`:                                false,
	} {
		if got := decode(t, `{"model":"m","max_tokens":8,`+body+`}`).Fields.Has(llm.FieldMember); got != want {
			t.Errorf("%s: %v", body, got)
		}
	}
}
