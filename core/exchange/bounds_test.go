package exchange_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
)

// stream is one request for a stream, and the commands of all its steps by name.
type stream struct {
	t     *testing.T
	n     exchangetest.Native
	now   time.Time
	lines string
}

const pair = `{"providers":[{"name":"p","schema":"openai","base_url":"http://p"},{"name":"q","schema":"openai","base_url":"http://q"}],` +
	`"models":[{"id":"a/m","endpoints":[{"provider":"p"},{"provider":"q"}]}],"routing":{%s}}`

// openStream begins an attempt of which the status has come.
func openStream(t *testing.T, routing string) *stream {
	s := &stream{t: t, now: exchangetest.Epoch}
	if err := s.n.Configure(fmt.Appendf(nil, pair, routing)); err != nil {
		t.Fatal(err)
	}
	err := s.n.Open(router.Call{ID: "x", Body: []byte(`{"model":"a/m","stream":true,"messages":[{"role":"user","content":"hi"}]}`),
		Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}})
	if err != nil {
		t.Fatal(err)
	}
	s.step(0, exchange.Started{})
	s.step(0, exchange.Headers{Attempt: 1, Status: 200})
	return s
}

func (s *stream) step(after time.Duration, ev exchange.Event) {
	s.now = s.now.Add(after)
	lines, err := s.n.Step(s.now, ev)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, line := range lines {
		s.lines += line[:min(len(line), 60)] + "\n"
	}
}

func (s *stream) data(after time.Duration, text string) {
	s.step(after, exchange.Data{Attempt: 1, Bytes: []byte(text)})
}

// did reports whether a command of that name was given.
func (s *stream) did(command string) bool { return strings.Contains("\n"+s.lines, "\n"+command) }

// TestLively: a piece of an event is a sign of life only if it is no less than a KiB, or a
// KiB has come of it since; the end of an event is one in any case.
func TestLively(t *testing.T) {
	const open = `data: {"choices":[{"index":0,"delta":{"content":"`
	for _, c := range []struct {
		name   string
		pieces []string // 20 seconds apart
		alive  bool     // 11 seconds after the last
	}{
		{"nothing", nil, true},
		{"a comment", []string{": still here\n\n"}, false},
		{"a comment without an end", []string{":" + strings.Repeat("x", 900)}, false},
		{"a piece", []string{open}, false},
		{"almost a KiB", []string{open + strings.Repeat("x", 1023-len(open))}, false},
		{"a KiB", []string{open + strings.Repeat("x", 1024-len(open))}, true},
		{"one KiB after the other", []string{open + strings.Repeat("x", 1024), strings.Repeat("x", 1024), strings.Repeat("x", 1024)}, true},
		{"a KiB and a little", []string{open + strings.Repeat("x", 1024), "x"}, false},
		{"events", []string{chunkOf("a", "null"), chunkOf("b", "null")}, true},
		{"an event, and a piece", []string{chunkOf(strings.Repeat("a", 800), "null"), open + strings.Repeat("x", 800)}, false},
	} {
		s := openStream(t, "")
		s.data(time.Second, chunkOf("Hello", "null"))
		for _, piece := range c.pieces {
			s.data(20*time.Second, piece)
			s.step(0, exchange.Woke{})
		}
		s.step(11*time.Second, exchange.Woke{})
		if s.did("cancel") == c.alive {
			t.Errorf("%s: alive is not %v\n%s", c.name, c.alive, s.lines)
		}
	}
	s := openStream(t, "") // in two halves within the time
	s.data(time.Second, chunkOf("Hello", "null"))
	s.data(14*time.Second, open+strings.Repeat("x", 600))
	s.data(14*time.Second, strings.Repeat("x", 600))
	if s.step(20*time.Second, exchange.Woke{}); s.did("cancel") {
		t.Errorf("two halves of a KiB are no sign of life\n%s", s.lines)
	}
}

// TestBare: up to a megabyte without content is held back, more is no answer.
func TestBare(t *testing.T) {
	for size, bad := range map[int]bool{500 << 10: false, 1 << 20: true} {
		s := openStream(t, "")
		s.data(0, ": "+strings.Repeat("x", size/2)+"\n\n")
		s.data(0, ": "+strings.Repeat("x", size/2)+"\n\n")
		if s.did("record p/m bad_answer") != bad || s.did("send 2") != bad || s.did("reply") {
			t.Errorf("%d bytes without content: not %v\n%s", size, bad, s.lines)
		}
	}
}

// TestHeld: of an answer that is held back as a whole 16 MiB are; with more it begins.
func TestHeld(t *testing.T) {
	s := openStream(t, `"hold":{"whole":true}`)
	text := chunkOf(strings.Repeat("x", 1<<20-1000), "null")
	for range 16 {
		s.data(0, text)
	}
	if s.did("reply") {
		t.Fatalf("it begins with less than 16 MiB\n%s", s.lines)
	}
	if s.data(0, text); !s.did("reply 200") || !s.did("write") {
		t.Errorf("it does not begin with more than 16 MiB\n%s", s.lines)
	}
}

// TestSaid: an answer of up to a megabyte is gone on with when it breaks off; what is longer
// is not kept, and stays broken.
func TestSaid(t *testing.T) {
	for size, resumed := range map[int]bool{1000 << 10: true, 1 << 20: true, 1<<20 + 2: false} {
		s := openStream(t, "")
		for range 2 {
			s.data(0, chunkOf(strings.Repeat("x", size/2), "null"))
		}
		s.data(0, chunkOf("!", "null"))
		s.step(0, exchange.Failed{Attempt: 1, Outcome: stats.OutcomeCut, Message: "reset"})
		if s.did("send 2") != resumed || s.did("finish") == resumed {
			t.Errorf("%d bytes: resumed is not %v\n%s", size, resumed, s.lines)
		}
	}
}
