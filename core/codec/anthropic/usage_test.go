package anthropic

import (
	"strings"
	"testing"

	"strowger/core/llm"
	"strowger/core/scan"
)

func tokens(docs ...string) llm.Usage {
	var u Usage
	for _, d := range docs {
		u.Add([]byte(d))
	}
	return u.Tokens()
}

func TestTokens(t *testing.T) {
	for name, c := range map[string]struct {
		docs []string
		want llm.Usage
	}{

		"nothing": {[]string{`{}`, `[]`, `{"usage":null}`, `{"usage":{"input_tokens":"1"}}`, `{"x":{"usage":{"input_tokens":1}}}`}, llm.Usage{}},
		"plain":   {[]string{`{"type":"message","usage":{"input_tokens":10,"output_tokens":3}}`}, llm.Usage{Input: 10, Output: 3}},
		"caches stand beside": {[]string{`{"usage":{"input_tokens":10,"cache_read_input_tokens":100,"cache_creation_input_tokens":30,"output_tokens":3}}`},
			llm.Usage{Input: 10, CacheRead: 100, CacheWrite: 30, Output: 3}},
		"an hour apart": {[]string{`{"usage":{"input_tokens":10,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":12,"ephemeral_1h_input_tokens":18},"output_tokens":3}}`},
			llm.Usage{Input: 10, CacheWrite: 12, CacheWriteHour: 18, Output: 3}},
		"lives alone": {[]string{`{"usage":{"cache_creation":{"ephemeral_5m_input_tokens":12,"ephemeral_1h_input_tokens":18}}}`}, llm.Usage{CacheWrite: 12, CacheWriteHour: 18}},
		"thinking":    {[]string{`{"usage":{"input_tokens":1,"output_tokens":30,"output_tokens_details":{"thinking_tokens":20}}}`}, llm.Usage{Input: 1, Output: 10, Reasoning: 20}},
		"a stream": {[]string{`{"type":"message_start","message":{"usage":{"input_tokens":10,"cache_read_input_tokens":5,"cache_creation":{"ephemeral_1h_input_tokens":7},"cache_creation_input_tokens":9,"output_tokens":2}}}`,
			`{"type":"ping"}`, `{"type":"message_delta","usage":{"output_tokens":40}}`}, llm.Usage{Input: 10, CacheRead: 5, CacheWrite: 2, CacheWriteHour: 7, Output: 40}},
		"a stream that used tools": {[]string{`{"message":{"usage":{"input_tokens":10,"cache_read_input_tokens":5,"output_tokens":2}}}`,
			`{"type":"message_delta","usage":{"input_tokens":2000,"cache_read_input_tokens":6,"cache_creation_input_tokens":null,"output_tokens":40}}`}, llm.Usage{Input: 2000, CacheRead: 6, Output: 40}},
		"compaction": {[]string{`{"usage":{"input_tokens":23,"output_tokens":10,"iterations":[{"type":"compaction","input_tokens":180,"cache_read_input_tokens":4,"output_tokens":35},{"type":"message","input_tokens":23,"output_tokens":10},{"type":"advisor_message","input_tokens":7,"output_tokens":7}]}}`},
			llm.Usage{Input: 203, CacheRead: 4, Output: 45}},
	} {
		c.want.Known = c.want != (llm.Usage{})
		if got := tokens(c.docs...); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	if got := tokens(`{"usage":{"input_tokens":0,"output_tokens":0}}`); !got.Known || got.Total() != 0 {
		t.Errorf("nothing used, and said so: %+v", got)
	}
}

// Reading does not allocate.
func TestAllocations(t *testing.T) {
	doc := []byte(`{"usage":{"input_tokens":11,"cache_creation_input_tokens":11,"cache_creation":{"ephemeral_1h_input_tokens":1},"output_tokens":11,"output_tokens_details":{"thinking_tokens":1}}}`)
	if n := testing.AllocsPerRun(100, func() {
		var u Usage
		u.Add(doc)
		if u.Tokens().Total() == 0 {
			t.Fatal("nothing")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzUsage checks that whatever is said, buckets are counts.
func FuzzUsage(f *testing.F) {
	f.Add(`{"usage":{"input_tokens":0,"output_tokens":0}}`, `{"usage":{"input_tokens":11,"cache_creation_input_tokens":11,"cache_creation":{"ephemeral_1h_input_tokens":1},"output_tokens":11,"output_tokens_details":{"thinking_tokens":1}}}`)
	f.Add(`{"usage":{"input_tokens":11,"cache_creation_input_tokens":11,"cache_creation":{"ephemeral_1h_input_tokens":1},"output_tokens":11,"output_tokens_details":{"thinking_tokens":1}}}`, strings.ReplaceAll(`{"usage":{"input_tokens":11,"cache_creation_input_tokens":11,"cache_creation":{"ephemeral_1h_input_tokens":1},"output_tokens":11,"output_tokens_details":{"thinking_tokens":1}}}`, "1", "9999999999999999999"))
	f.Fuzz(func(t *testing.T, a, b string) {
		if scan.Valid([]byte(a)) != nil || scan.Valid([]byte(b)) != nil {
			return
		}
		u := tokens(a, b)
		if min(u.Input, u.CacheRead, u.CacheWrite, u.CacheWriteHour, u.Output, u.Reasoning) < 0 || !u.Known && u.Total() != 0 {
			t.Errorf("%+v", u)
		}
	})
}
