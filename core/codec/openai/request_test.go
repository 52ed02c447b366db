package openai

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/codec/codectest"
	"strowger/core/llm"
)

// read reads a body with more members in front of its messages.
func read(members string) (*llm.Request, *llm.Error) {
	return Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(`{"model":"m",`+members+`"messages":[{"role":"user","content":"hi"}]}`))
}

func TestRequestsAgainstAnotherParser(t *testing.T) {
	for _, body := range codectest.Requests(t, "testdata") {
		req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, body)
		if refusal != nil {
			continue
		}
		for _, name := range []string{"m", "up-model", `a "name" of é`} {
			sent := Codec{}.AppendRequest(nil, req, codec.Form{Name: name, Stream: req.Stream})
			if err := checkSent(req, name, sent); err != nil {
				t.Errorf("%v\nbody %s\nsent %s", err, body, sent)
			}
		}
	}
}

func TestRequestNamesTheFieldAtFault(t *testing.T) {
	for members, param := range map[string]string{
		`"stream":1,`:          "stream",
		`"stream_options":[],`: "stream_options",
		`"stream_options":{"include_usage":"yes"},`: "stream_options.include_usage",
		`"user":{},`:                   "user",
		`"max_tokens":true,`:           "max_tokens",
		`"max_completion_tokens":"1",`: "max_completion_tokens",
		`"provider":[],`:               "provider",
		`"models":{},`:                 "models",
		`"model_routing_config":1,`:    "model_routing_config",
		`"usage":[],`:                  "usage",
		`"usage":{"include":0},`:       "usage.include",
		`"n":"50",`:                    "n",
		`"n":0,`:                       "n",
		`"n":-1,`:                      "n",
		`"n":1.5,`:                     "n",
		`"n":129,`:                     "n",
		`"n":1e30,`:                    "n",
		`"n":[2],`:                     "n",
		`"n":true,`:                    "n",
	} {
		_, err := read(members)
		if err == nil || err.Param != param || err.HTTPStatus() != 400 || err.Code != llm.CodeInvalidRequest {
			t.Errorf("%s gives %+v, want a 400 about %s", members, err, param)
		}
	}
	_, err := read(`"stream":1,"user":2,`)
	if err == nil || err.Param != "stream" {
		t.Errorf("of two faults the first is told, not %v", err)
	}
}

func TestRequestTooDeep(t *testing.T) {
	for depth, want := range map[int]string{100: "", 127: "", 128: "nested deeper than 128 levels", 1_000_000: "nested deeper than 128 levels"} {
		_, err := read(`"x":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `,`)
		switch {
		case want == "" && err != nil:
			t.Errorf("%d levels are refused: %v", depth, err)
		case want != "" && (err == nil || !strings.Contains(err.Message, want) || err.HTTPStatus() != 400):
			t.Errorf("%d levels: %v, want %q", depth, err, want)
		}
	}
}

func TestRequestWithManyKeys(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, `"k%d":0,`, i)
	}
	if _, err := read(b.String()); err == nil || !strings.Contains(err.Message, "more than 4096 keys") {
		t.Errorf("5000 keys: %v", err)
	}
}

// What a request can make us keep is bounded; how long it may be is the host's limit.
func TestRequestIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, `"parameter_%03d%s":0,`, 99-i, strings.Repeat("é", 100))
	}
	req, err := read(b.String())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(req.Parameters); n != codec.MaxParameters {
		t.Errorf("%d parameters are kept", n)
	}
	for _, name := range req.Parameters {
		if len(name) > codec.MaxParameter || strings.ToValidUTF8(name, "") != name {
			t.Errorf("parameter %q is kept", name)
		}
	}
	if !slices.IsSorted(req.Parameters) {
		t.Errorf("not sorted: %q", req.Parameters)
	}

	const messages = 100_000
	body := []byte(`{"model":"m","messages":[` + strings.TrimSuffix(strings.Repeat(`{"role":"user","content":"abcd"},`, messages), ",") + `]}`)
	allocs := testing.AllocsPerRun(1, func() { req, err = Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, body) })
	if err != nil || req.InputTokens != messages*(1+codec.MessageTokens) {
		t.Errorf("%d messages: %v, %d tokens", messages, err, req.InputTokens)
	}
	if allocs > 10 {
		t.Errorf("%d messages cost %v allocations", messages, allocs)
	}
}

// Equal members in another order are the same to routing.
func TestRequestOrderDoesNotMatter(t *testing.T) {
	members := []string{`"temperature":1`, `"top_p":1`, `"max_tokens":5`, `"max_completion_tokens":7`, `"seed":3`,
		`"stream_options":{"include_usage":true}`, `"usage":{"include":false}`, `"stop":["a"]`}
	var first *llm.Request
	for i := range members {
		req, err := read(strings.Join(append(slices.Clone(members[i:]), members[:i]...), ",") + ",")
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = req
		}
		if !slices.Equal(req.Parameters, first.Parameters) || req.MaxOutput != 7 || !req.WantUsage {
			t.Errorf("order %d: %q, %d, %v", i, req.Parameters, req.MaxOutput, req.WantUsage)
		}
	}
}

// What identifies a conversation is read, whatever its form, and leaves as it came.
func TestSessionAndChoices(t *testing.T) {
	for members, want := range map[string]string{
		`"session_id":"a",`:                        "a 0",
		`"prompt_cache_key":"b",`:                  "b 0",
		`"prompt_cache_key":"b","session_id":"a",`: "a 0",
		`"session_id":"a","prompt_cache_key":"b",`: "a 0",
		`"session_id":"","prompt_cache_key":"b",`:  "b 0",
		`"session_id":7,"prompt_cache_key":null,`:  " 0",
		`"n":3,`:      " 3",
		`"n":50.0,`:   " 50",
		`"n":1.28e2,`: " 128",
		`"n":null,`:   " 0",
		`"session_id":"` + strings.Repeat("é", 300) + `",`:        strings.Repeat("é", 128) + " 0",
		`"session_id":"x` + strings.Repeat("é", 300) + `","n":1,`: "x" + strings.Repeat("é", 127) + " 1",
	} {
		req, err := read(members)
		if err != nil {
			t.Fatalf("%s: %v", members, err)
		}
		if got := fmt.Sprintf("%s %d", req.Session, req.Choices); got != want {
			t.Errorf("%.60s gives %.60q, want %.60q", members, got, want)
		}
		sent := (Codec{}).AppendRequest(nil, req, codec.Form{Name: "m", Stream: req.Stream})
		if bytes.Contains(sent, []byte("session_id")) || bytes.Contains(sent, []byte("prompt_cache_key")) != strings.Contains(members, "prompt_cache_key") {
			t.Errorf("%.60s leaves as %.200s", members, sent)
		}
		if slices.Contains(req.Parameters, "session_id") {
			t.Errorf("session_id counts as a parameter that endpoints must support")
		}
	}
}

func TestInputTokens(t *testing.T) {
	for _, c := range []struct {
		messages string
		want     int64
	}{
		{`[{"role":"user","content":""}]`, codec.MessageTokens},
		{`[{"role":"user","content":"12345678"}]`, codec.MessageTokens + 2},
		{`[{"role":"user","content":"123456789"}]`, codec.MessageTokens + 3},
		{`[{"role":"user","content":null},{"role":"user"}]`, 2 * codec.MessageTokens},
		{`[{"role":"user","content":[{"type":"text","text":"1234"},{"type":"text","text":"5678"}]}]`, codec.MessageTokens + 2},
		{`[{"role":"user","content":[{"type":"text","text":7},{"type":"text"}]}]`, codec.MessageTokens},
		{`[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,` + strings.Repeat("A", 100_000) + `"}}]}]`, codec.MessageTokens + codec.ImageTokens},
		{`[{"role":"user","content":{"odd":true}}]`, codec.MessageTokens},
	} {
		req, err := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, []byte(`{"model":"m","messages":`+c.messages+`}`))
		if err != nil || req.InputTokens != c.want {
			t.Errorf("%.80s: %v, %d tokens, want %d", c.messages, err, req.InputTokens, c.want)
		}
	}
}

// Of several limits on the output the largest counts, and none is the largest of all.
func TestMaxOutput(t *testing.T) {
	for _, c := range []struct {
		old, now string
		want     int64
	}{
		{"10", "20", 20}, {"20", "10", 20}, {"10", "10", 10}, {"10.0", "null", 10}, {"null", "2e1", 20}, {"null", "null", 0},
		{"-1", "20", 0}, {"20", "-1", 0}, {"-1", "-1", 0}, {"-1", "null", 0}, {"null", "-1", 0},
	} {
		old, now := `"max_tokens":`+c.old+`,`, `"max_completion_tokens":`+c.now+`,`
		for _, members := range []string{old + now, now + old} {
			if req, err := read(members); err != nil || req.MaxOutput != c.want {
				t.Errorf("%s: %v, at most %d, want %d", members, err, req.MaxOutput, c.want)
			}
		}
	}
}

// The bytes of a request are never written to, and every candidate gets its own body.
func TestAppendRequestForSeveralCandidates(t *testing.T) {
	body := []byte(`{"model":"m","stream":true,"provider":{"sort":"price"},"messages":[{"role":"user","content":"hi"}]}`)
	kept := bytes.Clone(body)
	req, refusal := Codec{}.ReadRequest(codec.Asked{Operation: llm.OperationChat}, body)
	if refusal != nil {
		t.Fatal(refusal)
	}
	a, b := Codec{}.AppendRequest(nil, req, codec.Form{Name: "a", Stream: req.Stream}), Codec{}.AppendRequest(nil, req, codec.Form{Name: "b", Stream: req.Stream})
	if string(bytes.Replace(a, []byte(`"a"`), []byte(`"b"`), 1)) != string(b) || !bytes.Equal(body, kept) {
		t.Errorf("a %s\nb %s\nbody %s", a, b, body)
	}
}
