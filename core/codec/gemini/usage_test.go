package gemini

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

		"nothing": {[]string{`{}`, `[]`, `{"usageMetadata":{"trafficType":"x"}}`, `{"usageMetadata":7}`}, llm.Usage{}},
		"plain":   {[]string{`{"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":3,"totalTokenCount":13}}`}, llm.Usage{Input: 10, Output: 3}},
		"all": {[]string{`{"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":4,"candidatesTokenCount":3,"thoughtsTokenCount":5,"toolUsePromptTokenCount":7,"totalTokenCount":25}}`},
			llm.Usage{Input: 13, CacheRead: 4, Output: 3, Reasoning: 5}},
		"an embedding": {[]string{`{"usageMetadata":{"promptTokenCount":10}}`}, llm.Usage{Input: 10}},
		"a stream": {[]string{`{"usageMetadata":{"promptTokenCount":10,"thoughtsTokenCount":2,"totalTokenCount":12}}`, `{"usageMetadata":{"trafficType":"x"}}`,
			`{"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":3,"thoughtsTokenCount":4,"totalTokenCount":17}}`}, llm.Usage{Input: 10, Output: 3, Reasoning: 4}},
		"a stream that counts otherwise at its end": {[]string{`{"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":21,"thoughtsTokenCount":35,"totalTokenCount":65}}`,
			`{"usageMetadata":{"promptTokenCount":87,"thoughtsTokenCount":78,"totalTokenCount":165}}`}, llm.Usage{Input: 87, Reasoning: 78}},
		"thoughts without a name": {[]string{`{"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":3,"totalTokenCount":20}}`}, llm.Usage{Input: 10, Output: 3, Reasoning: 7}},
		"thoughts in the output":  {[]string{`{"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":8,"thoughtsTokenCount":5,"totalTokenCount":18}}`}, llm.Usage{Input: 10, Output: 3, Reasoning: 5}},
		"tools in the prompt":     {[]string{`{"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":8,"toolUsePromptTokenCount":5,"totalTokenCount":18}}`}, llm.Usage{Input: 10, Output: 8}},
		"a total":                 {[]string{`{"usageMetadata":{"totalTokenCount":18}}`}, llm.Usage{Input: 18}},
	} {
		c.want.Known = c.want != (llm.Usage{})
		if got := tokens(c.docs...); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	if got := tokens(`{"usageMetadata":{"totalTokenCount":0}}`); !got.Known || got.Total() != 0 {
		t.Errorf("nothing used, and said so: %+v", got)
	}
}

// Reading does not allocate.
func TestAllocations(t *testing.T) {
	doc := []byte(`{"usageMetadata":{"promptTokenCount":11,"cachedContentTokenCount":1,"candidatesTokenCount":1,"thoughtsTokenCount":1,"totalTokenCount":13}}`)
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
	f.Add(`{"usageMetadata":{"totalTokenCount":0}}`, `{"usageMetadata":{"promptTokenCount":11,"cachedContentTokenCount":1,"candidatesTokenCount":1,"thoughtsTokenCount":1,"totalTokenCount":13}}`)
	f.Add(`{"usageMetadata":{"promptTokenCount":11,"cachedContentTokenCount":1,"candidatesTokenCount":1,"thoughtsTokenCount":1,"totalTokenCount":13}}`, strings.ReplaceAll(`{"usageMetadata":{"promptTokenCount":11,"cachedContentTokenCount":1,"candidatesTokenCount":1,"thoughtsTokenCount":1,"totalTokenCount":13}}`, "1", "9999999999999999999"))
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

// TestUsageWithoutCounts: usage that only says which kind of traffic it is takes nothing back.
func TestUsageWithoutCounts(t *testing.T) {
	var u Usage
	u.Add([]byte(`{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4,"totalTokenCount":7}}`))
	u.Add([]byte(`{"usageMetadata":{"trafficType":"ON_DEMAND"}}`))
	if got := u.Tokens(); !got.Known || got.Input != 3 || got.Output != 4 {
		t.Errorf("%+v", got)
	}
}
