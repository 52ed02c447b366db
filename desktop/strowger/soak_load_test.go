package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"strowger/bench/provider"
)

// soakText is what every simulated provider says; soakWords is how many words that are.
const (
	soakText  = "one two three four five six seven eight nine ten eleven twelve"
	soakWords = 12
)

// soakers are three providers: the first does everything wrong in turn, the second now
// and then, the third nothing by itself.
func soakers() []provider.Options {
	usual := provider.Behaviour{Text: soakText, Latency: time.Millisecond, Jitter: time.Millisecond}
	mix := func(seed uint64, part float64) provider.Script {
		var shares []provider.Share
		for i, f := range provider.Faults() {
			b := usual
			b.Fault, b.After = f, i%2*3
			shares = append(shares, provider.Share{Part: part, Behaviour: b})
		}
		return provider.Mix(seed, usual, shares...)
	}
	return []provider.Options{
		{Seed: 1, Key: "sk-soak-0123456789", Script: mix(1, 1.0/24)},
		{Seed: 2, Script: mix(2, 1.0/80)},
		{Seed: 3, Behaviour: usual},
	}
}

// soakRouting goes behind the configuration: clocks that are soon over, and no circuit
// that would keep the faults away.
const soakRouting = "routing: {deadline: 1s, circuit: {failures: 1000000}}\n"

// load is a run of requests with everything that was seen.
type load struct {
	url    string
	client *http.Client

	next atomic.Int64
	mu   sync.Mutex
	seen map[string]int
	bad  []string // what must not be
}

func newLoad(url string) *load {
	return &load{url: url, seen: map[string]int{}, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}}
}

// run sends n requests, 64 at a time.
func (l *load) run(n int) {
	last := l.next.Load() + int64(n)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for {
				i := l.next.Add(1)
				if i > last {
					l.next.Add(-1)
					return
				}
				l.one(int(i))
			}
		})
	}
	all.Wait()
}

// one sends the i-th request: of each ten, two by callers who leave; half of all are
// streams, half bring a fault of their own that every provider has.
func (l *load) one(i int) {
	stream, directive := i%2 == 0, "hello"
	if i/2%2 == 0 {
		faults := provider.Faults()
		directive = fmt.Sprintf("sim: fault=%s after=%d text=%q", faults[i/4%len(faults)], i/8%2*3, soakText)
		if i/4%len(faults) == 0 {
			directive += fmt.Sprintf(" status=%d", []int{400, 404, 408, 422, 429, 500, 503, 529}[i/80%8])
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	leaves := i/4%5 == 0
	if leaves {
		timer := time.AfterFunc(time.Duration(i*7919%60)*time.Millisecond, cancel)
		defer timer.Stop()
	}
	what, bad := l.ask(ctx, request(sim, stream, directive))
	if leaves && ctx.Err() != nil {
		what = "caller left"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen[what]++
	if bad != "" && what != "caller left" && len(l.bad) < 10 {
		l.bad = append(l.bad, fmt.Sprintf("request %d, stream %v, %s: %s", i, stream, directive, bad))
	}
}

// ask sends a request and says what came of it, and what must not be about that.
func (l *load) ask(ctx context.Context, body string) (what, bad string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return "no request", err.Error()
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return "no answer", err.Error()
	}
	defer resp.Body.Close()
	by := "first try"
	if resp.Header.Get("x-strowger-attempts") != "1" {
		by = "after a fallback"
	}
	if resp.StatusCode == 200 && strings.HasPrefix(resp.Header.Get("content-type"), "text/event-stream") {
		return judgeStream(resp.Body, by)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "broken whole answer", err.Error()
	}
	if resp.StatusCode != 200 {
		return fmt.Sprint("status ", resp.StatusCode), wantError(text)
	}
	return judgeWhole(text, by)
}

func wantError(text []byte) string {
	var e struct{ Error struct{ Message string } }
	if err := json.Unmarshal(text, &e); err != nil || e.Error.Message == "" {
		return fmt.Sprintf("an error without a message: %s", text)
	}
	return ""
}

// said is the message of a choice, whole or a piece of it.
type said struct{ Content, Refusal string }

type soakChunk struct {
	Model   string
	Choices []struct {
		Delta, Message said
		FinishReason   string `json:"finish_reason"`
	}
	Error json.RawMessage
}

// judgeStream reads a stream: either it is complete and ends with [DONE], or it ends in
// an error event and a broken connection. There is nothing between.
func judgeStream(body io.Reader, by string) (what, bad string) {
	var text strings.Builder
	var finish string
	var done, failed bool
	lines := bufio.NewReader(body)
	for {
		line, err := lines.ReadString('\n')
		data, isData := strings.CutPrefix(strings.TrimSpace(line), "data: ")
		switch {
		case isData && done:
			return "stream", "something behind [DONE]: " + data
		case data == "[DONE]":
			done = true
		case isData:
			var c soakChunk
			if err := json.Unmarshal([]byte(data), &c); err != nil {
				return "stream", "not JSON: " + data
			}
			failed = failed || c.Error != nil
			for _, choice := range c.Choices {
				text.WriteString(choice.Delta.Content + choice.Delta.Refusal)
				finish += choice.FinishReason
			}
			if c.Error == nil && c.Model != sim {
				return "stream", "a chunk without the model's name: " + data
			}
		}
		if err == nil {
			continue
		}
		clean := err == io.EOF
		switch {
		case done && clean && !failed:
			return "stream, complete, " + by, incomplete(text.String(), finish)
		case failed && !done && !clean:
			return "stream, error event", ""
		}
		return "stream", fmt.Sprintf("done %v, error event %v, end %v, text %q", done, failed, err, text.String())
	}
}

// incomplete says what is wrong with an answer that claims to be complete.
func incomplete(text, finish string) string {
	switch {
	case finish == "stop" && (text == soakText || text == ""): // empty is what the fault of that name says
		return ""
	case finish == "content_filter" && strings.HasPrefix(soakText, text):
		return ""
	}
	return fmt.Sprintf("it looks complete and is not: %q, finish %q", text, finish)
}

func judgeWhole(body []byte, by string) (what, bad string) {
	var c soakChunk
	if err := json.Unmarshal(body, &c); err != nil || len(c.Choices) != 1 || c.Model != sim {
		return "whole answer", fmt.Sprintf("%v: %s", err, body)
	}
	m := c.Choices[0]
	text := m.Message.Content + m.Message.Refusal
	if m.FinishReason == "" && text != "" && strings.HasPrefix(soakText, text) {
		return "whole answer, the provider's null for a reason", ""
	}
	return "whole answer, " + by, incomplete(text, m.FinishReason)
}

// table is what was seen, as text.
func (l *load) table() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var keys []string
	for k := range l.seen {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, "\n%7d  %s", l.seen[k], k)
	}
	return b.String()
}
