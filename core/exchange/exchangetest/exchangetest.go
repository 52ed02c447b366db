// Package exchangetest runs exchanges written down as text, through whatever carries
// the core: the Go API, or a wasm module. A scenario is a file:
//
//	# What it shows.
//	config {"providers":[…],"models":[…],"routing":{…}}
//	request {"model":"openai/gpt-4o", …}
//	> 0s start
//	  send 1 azure/gpt-4o /chat/completions {…}
//	> 120ms headers 1 429 retry-after=2
//	  cancel 1
//
// Lines with > are what happens, the indented ones what the exchange said to do. Run
// with -update to write the latter anew, and read the difference.
//
// Events: start · cached N miss|"bytes" · headers N STATUS [name=value…] · data N "bytes" ·
// chunk N "text" (a chat completion chunk) · finish N reason · usage N input output · done
// N · body N text · sse N EVENT text (an event of that name, - for none) · ended N · failed N outcome "message" · died N outcome "message" · blocked duration · woke ·
// left · closing. Before start, sample
// ENDPOINT outcome first total (stream) says what has been measured, and header, cache, key,
// forwarded, path and id what comes with the request: x-strowger-provider, cache-control, the
// client key's name, another header (name value), a path of the data plane and the decision's id. Another start begins another request with the same state, and
// the events that follow are its own.
package exchangetest

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
)

var update = flag.Bool("update", false, "write what was seen into the scenarios")

// Driver carries an exchange. One driver runs one scenario.
type Driver interface {
	// Configure takes a catalog in its canonical form.
	Configure(config []byte) error
	// Fold takes a sample, before Open.
	Fold(s stats.Sample) error
	// Open makes the exchange.
	Open(c router.Call) error
	// Step is exchange.Step, with the driver's own statistics for Started. The commands
	// come as Describe and DescribeFinish write them.
	Step(now time.Time, ev exchange.Event) ([]string, error)
}

// Epoch is the moment at which every scenario begins.
var Epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Run runs every scenario of dir, each with a new driver. With -update a *Native, which is
// the reference, writes the scenarios; other drivers are held against them all the same.
func Run(t *testing.T, dir string, newDriver func(t *testing.T) Driver) {
	Files(t, dir, func(t *testing.T, text string) (string, bool, error) {
		d := newDriver(t)
		_, reference := d.(*Native)
		got, err := Play(text, d)
		return got, reference, err
	})
}

// Play runs one scenario and gives it with what was seen now.
func Play(text string, d Driver) (string, error) {
	s := scenario{driver: d, call: router.Call{
		ID: "0197c0de-0000-7000-8000-000000000001", Seed: 1,
		Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat},
	}}
	return s.run(text)
}

// Files holds every text file of dir against what run makes of it: the text with what was
// seen now. With -update it is written where run says that it was the reference.
func Files(t *testing.T, dir string, run func(t *testing.T, text string) (got string, reference bool, err error)) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no text files in %s (%v)", dir, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, reference, err := run(t, string(text))
			switch {
			case err != nil:
				t.Fatal(err)
			case got == string(text):
			case *update && reference:
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			default:
				t.Errorf("%s differs; run with -update and read the diff\n%s", file, difference(string(text), got))
			}
		})
	}
}

func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\n want %s\n got  %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

type scenario struct {
	driver Driver
	router *router.Router // to look up paths
	call   router.Call
	out    strings.Builder
}

func (s *scenario) run(text string) (string, error) {
	for n, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if strings.HasPrefix(line, "  ") { // what was seen last time
			continue
		}
		s.out.WriteString(line + "\n")
		if err := s.line(line); err != nil {
			return "", fmt.Errorf("line %d: %q: %w", n+1, line, err)
		}
	}
	return s.out.String(), nil
}

func (s *scenario) line(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "", "#":
		return nil
	case "config":
		if s.router != nil {
			return fmt.Errorf("a scenario has one configuration")
		}
		r, err := newRouter([]byte(rest))
		if err != nil {
			return err
		}
		s.router = r
		return s.driver.Configure([]byte(rest))
	case "path":
		target, ok := s.router.EntryOf(rest)
		if !ok {
			return fmt.Errorf("nothing is served there")
		}
		s.call.Entry = target
		return nil
	case "key":
		s.call.Key = rest
		return nil
	case "id":
		s.call.ID = rest
		return nil
	case "cache":
		s.call.CacheControl = rest
		return nil
	case "header":
		s.call.ProviderHeader = []byte(rest)
		return nil
	case "forwarded":
		name, value, _ := strings.Cut(rest, " ")
		s.call.Header = func(asked string) string {
			if asked == name {
				return value
			}
			return ""
		}
		return nil
	case "seed":
		n, err := strconv.ParseUint(rest, 10, 64)
		s.call.Seed = n
		return err
	case "request":
		s.call.Body = []byte(rest)
		return nil
	case "sample":
		return s.sample(strings.Fields(rest))
	case ">":
		return s.event(rest)
	}
	return fmt.Errorf("unknown word %q", word)
}

// sample ENDPOINT OUTCOME FIRST TOTAL, measured just before the start, of a stream.
func (s *scenario) sample(f []string) error {
	if len(f) != 4 {
		return fmt.Errorf("want: sample endpoint outcome first total")
	}
	first, err1 := time.ParseDuration(f[2])
	total, err2 := time.ParseDuration(f[3])
	o := stats.OutcomeNamed(f[1])
	if err1 != nil || err2 != nil || o == stats.OutcomeNone {
		return fmt.Errorf("bad sample: %v %v %v", err1, err2, o)
	}
	return s.driver.Fold(stats.Sample{
		Endpoint: f[0], At: Epoch.Add(-time.Second), Outcome: o, Stream: true, FirstToken: first, Total: total,
		Usage: llm.Usage{Known: true, Output: 100},
	})
}

func (s *scenario) event(text string) error {
	at, rest, _ := strings.Cut(text, " ")
	after, err := time.ParseDuration(at)
	if err != nil {
		return err
	}
	if rest == "start" {
		if err := s.driver.Open(s.call); err != nil {
			return err
		}
	}
	ev, err := parseEvent(rest)
	if err != nil {
		return err
	}
	lines, err := s.driver.Step(Epoch.Add(after), ev)
	if err != nil {
		return err
	}
	for _, line := range lines {
		s.out.WriteString("  " + line + "\n")
	}
	return nil
}

func parseEvent(text string) (exchange.Event, error) {
	word, rest, _ := strings.Cut(text, " ")
	switch word {
	case "start":
		return exchange.Started{}, nil
	case "woke":
		return exchange.Woke{}, nil
	case "left":
		return exchange.Left{}, nil
	case "closing":
		return exchange.Closing{}, nil
	case "blocked":
		d, err := time.ParseDuration(rest)
		return exchange.Blocked{For: d}, err
	}
	number, rest, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		return nil, err
	}
	switch word {
	case "cached":
		if rest == "miss" {
			return exchange.Cached{Attempt: n}, nil
		}
		body, err := strconv.Unquote(rest)
		return exchange.Cached{Attempt: n, Hit: true, Body: []byte(body)}, err
	case "headers":
		return parseHeaders(n, strings.Fields(rest))
	case "ended":
		return exchange.Ended{Attempt: n}, nil
	case "failed", "died":
		name, quoted, _ := strings.Cut(rest, " ")
		msg, err := strconv.Unquote(quoted)
		return exchange.Failed{Attempt: n, Outcome: stats.OutcomeNamed(name), Message: msg, Died: word == "died"}, err
	}
	data, err := parseData(word, rest)
	return exchange.Data{Attempt: n, Bytes: data}, err
}

func parseHeaders(n int, f []string) (exchange.Event, error) {
	if len(f) == 0 {
		return nil, fmt.Errorf("want: headers attempt status")
	}
	status, err := strconv.Atoi(f[0])
	values := map[string]string{}
	for _, pair := range f[1:] {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = strings.ReplaceAll(value, "_", " ")
	}
	return exchange.Headers{Attempt: n, Status: status, Header: func(name string) string { return values[name] }}, err
}

// parseData gives the bytes of a data event or of one of its short forms.
func parseData(word, rest string) ([]byte, error) {
	const chunk = `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"up","choices":[%s]%s}` + "\n\n"
	switch word {
	case "data":
		s, err := strconv.Unquote(rest)
		return []byte(s), err
	case "role":
		return fmt.Appendf(nil, chunk, `{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}`, ""), nil
	case "chunk":
		text, err := strconv.Unquote(rest)
		quoted, _ := json.Marshal(text)
		return fmt.Appendf(nil, chunk, `{"index":0,"delta":{"content":`+string(quoted)+`},"finish_reason":null}`, ""), err
	case "finish":
		return fmt.Appendf(nil, chunk, `{"index":0,"delta":{},"finish_reason":"`+rest+`"}`, ""), nil
	case "usage":
		in, out, _ := strings.Cut(rest, " ")
		return fmt.Appendf(nil, chunk, "", `,"usage":{"prompt_tokens":`+in+`,"completion_tokens":`+out+`}`), nil
	case "done":
		return []byte("data: [DONE]\n\n"), nil
	case "body":
		return []byte(rest), nil
	case "sse":
		event, doc, _ := strings.Cut(rest, " ")
		if event == "-" {
			return []byte("data: " + doc + "\n\n"), nil
		}
		return []byte("event: " + event + "\ndata: " + doc + "\n\n"), nil
	}
	return nil, fmt.Errorf("unknown event %q", word)
}

// Native is the driver that calls the core directly.
type Native struct {
	router *router.Router
	state  router.State
	x      *exchange.Exchange

	// Worn, unless nil, is what every exchange is made in.
	Worn *exchange.Exchange
}

// Configure implements Driver.
func (n *Native) Configure(config []byte) (err error) {
	if n.router, err = newRouter(config); err == nil {
		n.state.Board.Rules = n.router.Rules()
	}
	return err
}

func newRouter(config []byte) (*router.Router, error) {
	cfg, err := catalog.ReadJSON(config)
	if err != nil {
		return nil, err
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		return nil, err
	}
	return router.New(cat), nil
}

// Fold implements Driver.
func (n *Native) Fold(s stats.Sample) error {
	n.state.Board.Fold(s)
	return nil
}

// Open implements Driver.
func (n *Native) Open(c router.Call) error {
	if n.Worn != nil {
		n.x = n.Worn
		n.router.OpenIn(n.x, c)
		return nil
	}
	n.x = n.router.Open(c)
	return nil
}

// Step implements Driver.
func (n *Native) Step(now time.Time, ev exchange.Event) ([]string, error) {
	if _, ok := ev.(exchange.Started); ok {
		ev = n.state.Started()
	}
	cmds := n.x.Step(now, ev)
	n.state.Apply(now, cmds)
	lines := make([]string, len(cmds))
	for i, cmd := range cmds {
		lines[i] = Describe(cmd)
	}
	return lines, nil
}
