package exchange

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var asked = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// answer are headers as "name: value" lines.
func answer(lines string) func(string) string {
	values := map[string]string{}
	for line := range strings.Lines(lines) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		values[name] = value
	}
	return func(name string) string { return values[name] }
}

func since(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return t.Sub(asked)
}

// What providers say with a refusal, and until when they are left alone for it.
func TestRetryAt(t *testing.T) {
	ms := func(d time.Duration) string { return strconv.FormatInt(asked.Add(d).UnixMilli(), 10) }
	s := func(d time.Duration) string { return strconv.FormatInt(asked.Add(d).Unix(), 10) }
	for _, c := range []struct {
		name, header string
		want         time.Duration
	}{
		{"nothing", ``, 0},
		{"OpenAI, requests used up", `x-ratelimit-remaining-requests: 0
			x-ratelimit-reset-requests: 12s
			x-ratelimit-remaining-tokens: 149984
			x-ratelimit-reset-tokens: 6m0s`, 12 * time.Second},
		{"OpenAI, tokens used up", `x-ratelimit-remaining-requests: 59
			x-ratelimit-reset-requests: 1h2m3s
			x-ratelimit-remaining-tokens: 0
			x-ratelimit-reset-tokens: 120ms`, 120 * time.Millisecond},
		{"both used up: the later", `x-ratelimit-remaining-requests: 0
			x-ratelimit-reset-requests: 7.66s
			x-ratelimit-remaining-tokens: 0
			x-ratelimit-reset-tokens: 2m59.56s`, 2*time.Minute + 59560*time.Millisecond},
		{"both with something left: neither refused", `x-ratelimit-remaining-requests: 3
			x-ratelimit-reset-requests: 7s
			x-ratelimit-remaining-tokens: 12
			x-ratelimit-reset-tokens: 40s`, 0},
		{"retry-after counts before them", `retry-after: 3
			x-ratelimit-remaining-requests: 0
			x-ratelimit-reset-requests: 6m0s`, 3 * time.Second},
		{"retry-after says now", `retry-after: 0
			x-ratelimit-remaining-requests: 0
			x-ratelimit-reset-requests: 6m0s`, 0},
		{"an unreadable retry-after says nothing", `retry-after: soon
			x-ratelimit-remaining-requests: 0
			x-ratelimit-reset-requests: 6s`, 6 * time.Second},
		{"nor does one in the past", `retry-after: -5s
			x-ratelimit-remaining-requests: 0
			x-ratelimit-reset-requests: 6s`, 6 * time.Second},
		{"milliseconds before seconds", `retry-after: 3
			retry-after-ms: 2500`, 2500 * time.Millisecond},
		{"unreadable milliseconds", `retry-after: 3
			retry-after-ms: x`, 3 * time.Second},
		{"retry-after as a duration", `retry-after: 1m30s`, 90 * time.Second},
		{"Groq in seconds", `x-ratelimit-reset-tokens: 7.66
			x-ratelimit-remaining-tokens: 0`, 7660 * time.Millisecond},
		{"Azure says only when", `x-rate-limit-reset-tokens: 55
			x-ratelimit-remaining-requests: 119`, 55 * time.Second},
		{"Azure does not know", `x-ratelimit-limit-tokens: -1
			x-ratelimit-remaining-tokens: -1
			x-ratelimit-reset-tokens: 0`, 0},
		{"Cerebras, the minute", `x-ratelimit-remaining-requests-day: 1411
			x-ratelimit-reset-requests-day: 33011.38
			x-ratelimit-remaining-tokens-minute: 0
			x-ratelimit-reset-tokens-minute: 11.5`, 11500 * time.Millisecond},
		{"Cerebras, the day", `x-ratelimit-remaining-requests-day: 0
			x-ratelimit-reset-requests-day: 33011.38
			x-ratelimit-remaining-tokens-minute: 60000
			x-ratelimit-reset-tokens-minute: 11.5`, time.Hour},
		{"nothing says what is left: the near one", `x-ratelimit-reset-requests-day: 33011.38
			x-ratelimit-reset-tokens-minute: 11.5`, 11500 * time.Millisecond},
		{"nothing says what is left, and it is far", `x-ratelimit-reset-requests-day: 33011.38`, time.Hour},
		{"what is used up before what does not say", `x-ratelimit-remaining-requests: 0
			x-ratelimit-reset-requests: 2s
			x-ratelimit-reset-tokens: 50s`, 2 * time.Second},
		{"Anthropic", `anthropic-ratelimit-requests-remaining: 9999
			anthropic-ratelimit-requests-reset: 2026-01-02T03:05:05Z
			anthropic-ratelimit-tokens-remaining: 0
			anthropic-ratelimit-tokens-reset: 2026-01-02T03:04:25Z
			anthropic-ratelimit-input-tokens-remaining: 0
			anthropic-ratelimit-input-tokens-reset: 2026-01-02T03:04:15Z
			anthropic-ratelimit-output-tokens-remaining: 80000
			anthropic-ratelimit-output-tokens-reset: 2026-01-02T03:09:05Z`, 20 * time.Second},
		{"Anthropic, another zone", `anthropic-ratelimit-requests-remaining: 0
			anthropic-ratelimit-requests-reset: 2026-01-02T04:04:35.5+01:00`, 30500 * time.Millisecond},
		{"OpenRouter", `x-ratelimit-limit: 20
			x-ratelimit-remaining: 0
			x-ratelimit-reset: ` + ms(41*time.Second), 41 * time.Second},
		{"GitHub's way", `x-ratelimit-remaining: 0
			x-ratelimit-reset: ` + s(70*time.Second), 70 * time.Second},
		{"a moment that has passed", `x-ratelimit-remaining: 0
			x-ratelimit-reset: ` + s(-time.Second), 0},
		{"Together", `x-ratelimit-reset: 2`, 2 * time.Second},
		{"Mistral", `ratelimitbysize-remaining: 0
			ratelimitbysize-reset: 28`, 28 * time.Second},
		{"Mistral, older", `x-ratelimitbysize-remaining: 0
			x-ratelimitbysize-reset: 13`, 13 * time.Second},
		{"the draft", `ratelimit-limit: 100
			ratelimit-remaining: 0
			ratelimit-reset: 30`, 30 * time.Second},
		{"the draft in one", `ratelimit: limit=100, remaining=0, reset=5`, 5 * time.Second},
		{"the draft in one, something left", `ratelimit: limit=100, remaining=50, reset=5`, 0},
		{"the draft in one, two limits", `ratelimit: limit=9, remaining=0, reset=5, limit=99, remaining=4, reset=50`, 5 * time.Second},
		{"the newer draft", `ratelimit: "burst";r=0;t=6, "daily";r=7;t=600`, 6 * time.Second},
		{"the newer draft, turned around", `ratelimit: "daily";t=600;r=7, "burst";t=6;r=0`, 6 * time.Second},
		{"as long as can be", `x-ratelimit-remaining-tokens: 0
			x-ratelimit-reset-tokens: 14h24m0s`, time.Hour},
		{"garbage", `x-ratelimit-remaining-tokens: 0
			x-ratelimit-reset-tokens: 0x1F
			x-ratelimit-reset-requests: -3
			x-ratelimit-reset: 99999999999999999999
			ratelimit-reset: NaN
			ratelimitbysize-reset: 1e3
			ratelimit: ";=,r=0,t=,"
			retry-after: Inf`, 0},
	} {
		if got := since(retryAt(asked, answer(c.header))); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if !retryAt(asked, nil).IsZero() || !exhausted(asked, nil).IsZero() {
		t.Error("no headers say something")
	}
}

// A success that was the last one says until when nothing more is let in.
func TestExhausted(t *testing.T) {
	for _, c := range []struct {
		name, header string
		want         time.Duration
	}{
		{"something is left of all", `x-ratelimit-remaining-requests: 1
			x-ratelimit-reset-requests: 12s
			x-ratelimit-remaining-tokens: 10
			x-ratelimit-reset-tokens: 6m0s`, 0},
		{"that was the last request", `x-ratelimit-remaining-requests: 0
			x-ratelimit-reset-requests: 12s
			x-ratelimit-remaining-tokens: 10
			x-ratelimit-reset-tokens: 6m0s`, 12 * time.Second},
		{"those were the last tokens", `anthropic-ratelimit-output-tokens-remaining: 0
			anthropic-ratelimit-output-tokens-reset: 2026-01-02T03:04:15Z`, 10 * time.Second},
		{"it does not say what is left", `x-ratelimit-reset-requests: 12s`, 0},
		{"it does not know what is left", `x-ratelimit-remaining-tokens: -1
			x-ratelimit-reset-tokens: 12s`, 0},
		{"the draft", `ratelimit: "burst";r=0;t=6`, 6 * time.Second},
		{"the draft, something left", `ratelimit: "burst";r=1;t=6`, 0},
		{"retry-after is for refusals", `retry-after: 5`, 0},
	} {
		if got := since(exhausted(asked, answer(c.header))); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Whatever is read is in the list of names, which hosts carry over.
func TestHeaderNames(t *testing.T) {
	names := HeaderNames()
	for i, name := range names {
		if name != strings.ToLower(name) || slices.Index(names, name) != i {
			t.Errorf("%s stands there twice or in capitals", name)
		}
	}
	read := map[string]bool{"x-should-retry": true}
	header := func(name string) string { read[name] = true; return "" }
	retryAt(asked, header)
	exhausted(asked, header)
	for name := range read {
		if !slices.Contains(names, name) {
			t.Errorf("%s is read and not listed", name)
		}
	}
	if len(read) != len(names) {
		t.Errorf("%d names are listed, %d read", len(names), len(read))
	}
}

// Recorded answers of providers: every reset can be read, and none of them, in what was
// answered well with much left, makes an endpoint rest.
func TestRecordedLimits(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "corpus")
	if _, err := os.Stat(root); err != nil {
		t.Skip("the recordings are not here: ", root)
	}
	seen, used := 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" || d.Name() == "INDEX.json" {
			return err
		}
		doc, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var rec struct {
			Response struct {
				Status  int               `json:"status"`
				Headers map[string]string `json:"headers"`
			} `json:"response"`
		}
		if json.Unmarshal(doc, &rec) != nil {
			return nil // headers in lists: another kind of recording
		}
		header := func(name string) string { return rec.Response.Headers[name] }
		for i := range limitHeaders {
			value := header(limitHeaders[i].reset)
			if value == "" {
				continue
			}
			seen++
			if _, ok := moment(asked, value); !ok {
				t.Errorf("%s: %s: %s cannot be read", path, limitHeaders[i].reset, value)
			}
		}
		if rec.Response.Status == 200 && !exhausted(asked, header).IsZero() {
			used++
		}
		return nil
	})
	if err != nil || seen < 100 || used > 0 {
		t.Errorf("%d resets read, %d successes that used something up: %v", seen, used, err)
	}
}

// Whatever a provider says, it is nothing or within an hour.
func FuzzRetryAt(f *testing.F) {
	for _, v := range []string{"7", "6m0s", "2026-01-02T03:04:15Z", "Fri, 02 Jan 2026 03:04:35 GMT", "1767323046000", "limit=1, remaining=0, reset=5", `"a";r=0;t=5`, "9e99", "-1", "∞", "9223372036854775807ns", "0001-01-01T00:00:00Z"} {
		f.Add(v, "0", v, v)
		f.Add("", v, v, v)
	}
	f.Fuzz(func(t *testing.T, say, left, reset, list string) {
		header := func(name string) string {
			switch {
			case strings.HasPrefix(name, "retry-after"):
				return say
			case name == limitList:
				return list
			case strings.Contains(name, "remaining"):
				return left
			}
			return reset
		}
		for _, got := range []time.Time{retryAt(asked, header), exhausted(asked, header)} {
			if !got.IsZero() && (!got.After(asked) || got.After(asked.Add(time.Hour))) {
				t.Fatalf("%q %q %q %q: %s", say, left, reset, list, got)
			}
		}
	})
}

func BenchmarkExhausted(b *testing.B) {
	header := answer(`x-ratelimit-remaining-requests: 59
		x-ratelimit-remaining-tokens: 149984
		x-ratelimit-reset-tokens: 6m0s`)
	b.ReportAllocs()
	for b.Loop() {
		exhausted(asked, header)
	}
}
