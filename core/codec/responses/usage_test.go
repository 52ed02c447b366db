package responses

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

		"nothing": {[]string{`{}`, `[]`, `{"usage":null}`, `{"response":{"usage":null}}`, `{"response":1}`, `{"delta":{"usage":{"input_tokens":1}}}`}, llm.Usage{}},
		"plain":   {[]string{`{"usage":{"input_tokens":10,"output_tokens":3,"total_tokens":13}}`}, llm.Usage{Input: 10, Output: 3}},
		"all": {[]string{`{"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":5},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":7},"total_tokens":19}}`},
			llm.Usage{Input: 1, CacheRead: 4, CacheWrite: 5, Output: 2, Reasoning: 7}},
		"a stream":              {[]string{`{"type":"response.created","response":{"usage":null}}`, `{"type":"response.completed","response":{"usage":{"input_tokens":10,"output_tokens":3}}}`}, llm.Usage{Input: 10, Output: 3}},
		"other names":           {[]string{`{"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}`}, llm.Usage{Input: 10, Output: 3}},
		"output without a name": {[]string{`{"usage":{"input_tokens":10,"output_tokens":3,"total_tokens":20}}`}, llm.Usage{Input: 10, Output: 3, Reasoning: 7}},
		"a total":               {[]string{`{"usage":{"total_tokens":20}}`}, llm.Usage{Input: 20}},
	} {
		c.want.Known = c.want != (llm.Usage{})
		if got := tokens(c.docs...); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	if got := tokens(`{"usage":{"total_tokens":0}}`); !got.Known || got.Total() != 0 {
		t.Errorf("nothing used, and said so: %+v", got)
	}
}

// Reading does not allocate.
func TestAllocations(t *testing.T) {
	doc := []byte(`{"usage":{"input_tokens":11,"input_tokens_details":{"cached_tokens":1,"cache_write_tokens":1},"output_tokens":11,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":22}}`)
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
	f.Add(`{"usage":{"total_tokens":0}}`, `{"usage":{"input_tokens":11,"input_tokens_details":{"cached_tokens":1,"cache_write_tokens":1},"output_tokens":11,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":22}}`)
	f.Add(`{"usage":{"input_tokens":11,"input_tokens_details":{"cached_tokens":1,"cache_write_tokens":1},"output_tokens":11,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":22}}`, strings.ReplaceAll(`{"usage":{"input_tokens":11,"input_tokens_details":{"cached_tokens":1,"cache_write_tokens":1},"output_tokens":11,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":22}}`, "1", "9999999999999999999"))
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
