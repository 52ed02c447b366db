package codec_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"strowger/core/llm"
)

// judges check what a golden alone cannot: that it stays so whatever is written with -update.
var judges = map[int]func(*testing.T, []result){
	6:  noEmptyTexts,
	7:  resultsTogether,
	14: argumentsKeep,
	19: idsDiffer,
	20: endsInCalls,
	22: noCalls,
	24: orderKept,
	29: deafIneligible,
	37: countKept,
	40: unknownStays,
	41: numbersKept,
	43: signaturesNative,
	45: signaturesNative,
	51: filtered,
	52: cachedOnce,
	53: cachedOnce,
	55: usageAsked,
	58: func(t *testing.T, _ []result) { longLine(t) },
	59: neverWhole,
	60: func(t *testing.T, all []result) { once(t, all) },
}

// walk visits each value of a document.
func walk(v any, visit func(path string, v any)) { walkAt("", v, visit) }

func walkAt(path string, v any, visit func(string, any)) {
	visit(path, v)
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			walkAt(path+"."+k, x, visit)
		}
	case []any:
		for _, x := range v {
			walkAt(path, x, visit)
		}
	}
}

func decoded(t *testing.T, doc []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, doc)
	}
	return v
}

func noEmptyTexts(t *testing.T, all []result) {
	for _, r := range all {
		if r.schema != llm.SchemaAnthropic || !r.sent {
			continue
		}
		walk(decoded(t, r.bytes), func(path string, v any) {
			if v == "" && (strings.HasSuffix(path, ".text") || strings.HasSuffix(path, ".content")) {
				t.Errorf("%s is empty, which Anthropic refuses: %s", path, r.bytes)
			}
		})
	}
}

func resultsTogether(t *testing.T, all []result) {
	for _, r := range all {
		if r.schema != llm.SchemaAnthropic || !r.sent {
			continue
		}
		messages := decoded(t, r.bytes)["messages"].([]any)
		for i, m := range messages {
			if i > 0 && m.(map[string]any)["role"] == messages[i-1].(map[string]any)["role"] {
				t.Errorf("two turns of one role: %s", r.bytes)
			}
		}
		if n := bytes.Count(r.bytes, []byte(`"tool_result"`)); n != 2 {
			t.Errorf("%d results: %s", n, r.bytes)
		}
	}
}

// argumentsKeep: what was no JSON is still there for the model to read.
func argumentsKeep(t *testing.T, all []result) {
	for _, r := range all[:3] {
		if !bytes.Contains(r.bytes, []byte(`tru`)) || !bytes.Contains(r.bytes, []byte(`2e3`)) {
			t.Errorf("arguments are lost: %s", r.bytes)
		}
	}
}

func ids(t *testing.T, doc []byte, keys ...string) (all []string) {
	walk(decoded(t, doc), func(path string, v any) {
		for _, key := range keys {
			if strings.HasSuffix(path, "."+key) {
				all = append(all, fmt.Sprint(v))
			}
		}
	})
	return all
}

func idsDiffer(t *testing.T, all []result) {
	calls := ids(t, all[1].bytes, "tool_calls.id")
	if len(calls) != 2 || calls[0] == calls[1] || calls[0] == "" {
		t.Errorf("ids %q: %s", calls, all[1].bytes)
	}
	for _, r := range all[2:] {
		seen := map[string]int{}
		for _, id := range ids(t, r.bytes, "tool_calls.id", "tool_call_id", "content.id", "tool_use_id", "input.call_id") {
			seen[id]++
		}
		if len(seen) != 2 {
			t.Errorf("ids %v: %s", seen, r.bytes)
		}
		for id, n := range seen {
			if n != 2 {
				t.Errorf("id %q stands %d times, once with the call and once with the result: %s", id, n, r.bytes)
			}
		}
	}
}

func endsInCalls(t *testing.T, all []result) {
	for _, r := range all {
		if r.sent {
			continue
		}
		want := []byte(`"tool_calls"`)
		if r.schema == llm.SchemaAnthropic {
			want = []byte(`"stop_reason":"tool_use"`)
		}
		if !bytes.Contains(r.bytes, want) || bytes.Contains(r.bytes, []byte(`"finish_reason":"stop"`)) {
			t.Errorf("does not end in calls: %s", r.bytes)
		}
	}
}

func noCalls(t *testing.T, all []result) {
	for _, r := range all {
		if r.sent {
			continue
		}
		for _, not := range []string{"tool_calls", "tool_use", "functionCall", "function_call"} {
			if bytes.Contains(r.bytes, []byte(`"`+not+`"`)) {
				t.Errorf("a server tool has become a call: %s", r.bytes)
			}
		}
		if !bytes.Contains(r.bytes, []byte("No news.")) {
			t.Errorf("the text is lost: %s", r.bytes)
		}
	}
}

func orderKept(t *testing.T, all []result) {
	for _, r := range all {
		rest := r.bytes
		for bytes.Contains(rest, []byte("zebra")) {
			for _, name := range []string{"zebra", "apple", "mango"} {
				i := bytes.Index(rest, []byte(name))
				if i < 0 {
					t.Fatalf("%v: the order is another: %s", r.schema, r.bytes)
				}
				for _, later := range map[string][]string{"zebra": {"apple", "mango"}, "apple": {"mango"}}[name] {
					if j := bytes.Index(rest, []byte(later)); j < i {
						t.Fatalf("%v: %s before %s: %s", r.schema, later, name, r.bytes)
					}
				}
				rest = rest[i+len(name):]
			}
		}
	}
}

func deafIneligible(t *testing.T, all []result) {
	for _, r := range all {
		if r.schema == llm.SchemaAnthropic && !r.loss.Impossible.Has(llm.FieldAudio) {
			t.Errorf("Anthropic hears nothing, but is sent %s", r.bytes)
		}
	}
}

func countKept(t *testing.T, all []result) {
	for _, r := range all {
		if r.schema == llm.SchemaAnthropic && r.bytes == nil && !r.loss.Impossible.Has(llm.FieldMany) {
			t.Error("not sent for another reason than that there is one answer only")
		}
	}
	last := decoded(t, all[len(all)-1].bytes)
	if choices := last["choices"].([]any); len(choices) != 2 {
		t.Errorf("%d answers of 2: %v", len(choices), last)
	}
}

func unknownStays(t *testing.T, all []result) {
	same := map[llm.Schema]int{}
	for i, r := range all {
		if has := bytes.Contains(r.bytes, []byte("x_new")) || bytes.Contains(r.bytes, []byte("xNew")); has {
			same[r.schema]++
		} else if i == 0 {
			t.Errorf("lost in its own schema: %s", r.bytes)
		}
		if !r.loss.Dropped.Empty() != !bytes.Contains(r.bytes, []byte("ew\":")) {
			t.Errorf("dropped %v: %s", r.loss.Dropped.Names(), r.bytes)
		}
	}
	if len(same) != int(llm.SchemaCount)-1 {
		t.Errorf("kept by %v", same)
	}
}

func numbersKept(t *testing.T, all []result) {
	const big = "12345678901234567890"
	for _, r := range all[:len(all)-2] {
		if !bytes.Contains(r.bytes, []byte(big)) {
			t.Errorf("%v: a large number is another: %s", r.schema, r.bytes)
		}
	}
	if last := all[len(all)-1].bytes; !bytes.Contains(last, []byte(big)) {
		t.Errorf("a large number is another: %s", last)
	}
}

// signaturesNative: what carries a signature for callers of another schema never reaches a
// provider.
func signaturesNative(t *testing.T, all []result) {
	for _, r := range all {
		if r.sent && bytes.Contains(r.bytes, []byte("c3Ryb3dnZXI6")) {
			t.Errorf("%v: a carried signature is sent: %s", r.schema, r.bytes)
		}
	}
}

func filtered(t *testing.T, all []result) {
	for _, r := range all {
		if r.sent {
			continue
		}
		if r.failure || !bytes.Contains(r.bytes, []byte("content_filter")) && !bytes.Contains(r.bytes, []byte(`"refusal"`)) {
			t.Errorf("%v: not an answer that was filtered: %s", r.schema, r.bytes)
		}
	}
}

// cachedOnce: 125 tokens of input in schemas that count the cached among them; 100 of them
// read from a cache.
func cachedOnce(t *testing.T, all []result) {
	for _, r := range all {
		if r.sent {
			continue
		}
		if !bytes.Contains(r.bytes, []byte(`100`)) || bytes.Contains(r.bytes, []byte(`200`)) || bytes.Contains(r.bytes, []byte("225")) {
			t.Errorf("%v: the cached tokens are lost or counted twice: %s", r.schema, r.bytes)
		}
	}
}

func usageAsked(t *testing.T, all []result) {
	for i, r := range all {
		has := bytes.Contains(r.bytes, []byte(`"total_tokens"`))
		switch {
		case r.sent && r.schema == llm.SchemaOpenAI && !bytes.Contains(r.bytes, []byte(`"include_usage":true`)):
			t.Errorf("%d: the provider is not asked for usage: %s", i, r.bytes)
		case !r.sent && r.schema == llm.SchemaOpenAI && has != (i > 3):
			t.Errorf("%d: usage %v: %s", i, has, r.bytes)
		}
	}
}

// neverWhole: a stream that was cut has no end.
func neverWhole(t *testing.T, all []result) {
	whole := 0
	for _, r := range all {
		if r.sent {
			continue
		}
		end := bytes.Contains(r.bytes, []byte("[DONE]")) || bytes.Contains(r.bytes, []byte(`"message_stop"`)) ||
			bytes.Contains(r.bytes, []byte(`"response.completed"`)) || bytes.Contains(r.bytes, []byte(`"finishReason"`))
		if end == r.failure {
			t.Errorf("failed %v, but an end %v: %s", r.failure, end, r.bytes)
		}
		if !r.failure {
			whole++
		}
	}
	if whole != 4 {
		t.Errorf("%d complete answers, want 4", whole)
	}
}

func once(t *testing.T, all []result) {
	marks := map[llm.Schema][]string{
		llm.SchemaOpenAI: {`"role":"assistant"`, `"finish_reason":"`, "[DONE]"}, llm.SchemaAnthropic: {"event: message_start\n", "event: message_stop\n"},
		llm.SchemaGemini: {`"finishReason":`}, llm.SchemaResponses: {"event: response.created\n", "event: response.completed\n"},
	}
	for _, r := range all {
		for _, mark := range marks[r.schema] {
			if n := bytes.Count(r.bytes, []byte(mark)); !r.sent && n != 1 {
				t.Errorf("%v: %s %d times: %s", r.schema, mark, n, r.bytes)
			}
		}
	}
	if len(all) == 0 || reflect.DeepEqual(all[0], result{}) {
		t.Error("nothing was played")
	}
}

// longLine: an event of two megabytes goes through whole.
func longLine(t *testing.T) {
	long := strings.Repeat("0123456789abcde ", 2<<20/16)
	stream := `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"x","choices":[{"index":0,"delta":{"role":"assistant","content":"` + long +
		`"},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
	for from := range codecs {
		req := &llm.Request{Schema: from, Operation: llm.OperationChat, Stream: true, Model: "m"}
		out := relay(from, llm.SchemaOpenAI, req, []byte(stream))
		if out.failed || bytes.Count(out.written, []byte(long)) < 1 {
			t.Errorf("%v: %d bytes, %s", from, len(out.written), out.err)
		}
	}
}
