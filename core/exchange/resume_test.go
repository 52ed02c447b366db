package exchange_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
)

// TestResume: however answers break off, and whoever goes on, what the caller has is the
// answer of one endpoint from its beginning, or what was begun and its continuation: nothing
// twice, nothing left out, and an end mark only behind all of it.
func TestResume(t *testing.T) {
	ends := map[string]int{}
	for seed := range uint64(4000) {
		s := newSpeakers(t, seed)
		s.run()
		got := readStream(t, seed, s.out.Bytes())
		told := s.told[s.last]
		switch {
		case !s.thoughtBy(got):
			t.Fatalf("seed %d: nobody thinks %q\n%s", seed, got.thought, s.log)
		case got.done && (got.text != told || got.finishes != 1 || got.failed || s.cut):
			t.Fatalf("seed %d: a complete answer says %q, its endpoint %q (%+v, cut %v)\n%s", seed, got.text, told, got, s.cut, s.log)
		case !got.done && (!got.failed || !s.cut && s.status == 200):
			t.Fatalf("seed %d: neither complete nor failed: %+v, cut %v\n%s", seed, got, s.cut, s.log)
		case !strings.HasPrefix(told, got.text):
			t.Fatalf("seed %d: %q is no beginning of %q\n%s", seed, got.text, told, s.log)
		}
		end := "failed"
		if got.done {
			end = "whole"
		}
		ends[end+" "+s.resumed]++
		if ends[end+" "+s.manner[s.last]]++; s.dropped {
			ends[end+" with an event that cannot be read"]++
		}
		if got.thought != "" && s.resumed != "" {
			ends[end+" with a thought"]++
		}
	}
	for _, end := range []string{"whole echo", "whole with an event that cannot be read", "whole with a thought", "whole ", "whole prefill", "whole replay", "failed ", "failed prefill", "failed replay"} {
		if ends[end] < 10 {
			t.Errorf("too few that ended %q: %v", end, ends)
		}
	}
}

// speakers are endpoints that say one text or another, and break off.
type speakers struct {
	t       *testing.T
	rng     *rand.Rand
	x       *exchange.Exchange
	now     time.Time
	state   router.State
	text    string
	told    map[int]string // what each attempt would have the caller know in the end
	thinks  map[int]string // and what it thinks before
	manner  map[int]string // how it goes on with what it was given
	dropped bool           // there was an event that cannot be read
	last    int            // the last attempt that something was written from
	attempt int
	send    *exchange.Send
	out     bytes.Buffer
	log     string
	status  int
	cut     bool
	over    bool
	resumed string
}

var pieces = []string{"a", "be", " ", "\n", "é", "世界", "😀", `"`, `\`, "\u2028", "0", "the ", "Größe", "\t"}

func newSpeakers(t *testing.T, seed uint64) *speakers {
	rng := rand.New(rand.NewPCG(seed, 11))
	s := &speakers{t: t, rng: rng, now: exchangetest.Epoch, told: map[int]string{}, thinks: map[int]string{}, manner: map[int]string{}}
	for range 1 + rng.IntN(24) {
		s.text += pieces[rng.IntN(len(pieces))]
	}
	config := `{"providers":[`
	endpoints := ""
	for i := range 4 {
		if i > 0 {
			config, endpoints = config+",", endpoints+","
		}
		config += fmt.Sprintf(`{"name":"p%d","schema":"openai","base_url":"http://p"}`, i)
		endpoints += fmt.Sprintf(`{"provider":"p%d","prefill":%v}`, i, rng.IntN(4) == 0)
	}
	config += `],"models":[{"id":"a/m","endpoints":[` + endpoints + `]}],"routing":{}}`
	cfg, err := catalog.ReadJSON([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.x = router.New(cat).Open(router.Call{ID: "x", Seed: seed, Body: []byte(`{"model":"a/m","stream":true,"messages":[{"role":"user","content":"hi"}]}`),
		Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}})
	return s
}

func (s *speakers) run() {
	s.step(exchange.Started{Stats: &s.state.Board, Ledger: &s.state.Ledger})
	for !s.over {
		s.speak()
	}
}

func (s *speakers) step(ev exchange.Event) {
	s.now = s.now.Add(time.Millisecond)
	for _, cmd := range s.x.Step(s.now, ev) {
		switch cmd := cmd.(type) {
		case exchange.Send:
			cmd.Body = bytes.Clone(cmd.Content())
			s.send, s.attempt = &cmd, cmd.Attempt
		case exchange.Reply:
			s.status = cmd.Status
		case exchange.Write:
			s.out.Write(cmd.Bytes)
			if bytes.Contains(cmd.Bytes, []byte(`"choices"`)) {
				s.last = s.attempt
			}
		case exchange.Finish:
			s.over, s.cut, s.resumed = true, cmd.Cut, cmd.Report.Resumed
		}
	}
}

// speak carries the attempt at hand to its end.
func (s *speakers) speak() {
	n, text := s.attempt, s.lines()
	s.step(exchange.Headers{Attempt: n, Status: 200})
	if s.rng.IntN(2) == 0 {
		s.data(n, `{"role":"assistant","content":""}`, "null")
	}
	if s.manner[n] == "refusal" {
		s.data(n, `{"refusal":"no"}`, "null")
	}
	if !s.say(n, "reasoning_content", s.thinks[n]) || !s.say(n, "content", text) {
		s.fail(n)
		return
	}
	if s.attempt == n && !s.over {
		s.data(n, `{}`, `"stop"`)
		s.step(exchange.Data{Attempt: n, Bytes: []byte("data: [DONE]\n\n")})
	}
}

// lines is what the attempt at hand is going to say.
func (s *speakers) lines() string {
	n, text := s.attempt, s.text
	body := struct {
		Messages []struct{ Role, Content string }
	}{}
	if err := json.Unmarshal(s.send.Body, &body); err != nil {
		s.t.Fatal(err)
	}
	s.log += fmt.Sprintf("%d %s\n", n, s.send.Body)
	s.thinks[n] = []string{"", "", "let me see", "let me think"}[s.rng.IntN(4)]
	last := body.Messages[len(body.Messages)-1]
	if last.Role == "assistant" {
		return s.goOn(n, last.Content)
	}
	if s.rng.IntN(4) == 0 {
		at := s.rng.IntN(len(text) + 1)
		text = strings.ToValidUTF8(text[:at], "") + "other"
	}
	s.told[n] = text
	return text
}

// goOn is what the attempt says that was given what was said: most go on with it, each in its
// own way. To say nothing is not to go on, and never completes an answer.
func (s *speakers) goOn(n int, said string) string {
	text := strings.TrimPrefix(s.text, said)
	s.manner[n] = []string{"", "", "own", "own", "echo", "echo", "nothing", "refusal"}[s.rng.IntN(8)]
	switch s.manner[n] {
	case "own":
		text = "and so on"
	case "nothing":
		text = ""
	}
	s.told[n] = said + text
	if text == "" {
		s.told[n] = said + "what it does not say"
	}
	if s.manner[n] == "echo" {
		return said + text
	}
	return text
}

// say says something in pieces. It reports false if it breaks off there.
func (s *speakers) say(n int, field, text string) bool {
	for text != "" && s.attempt == n && !s.over {
		if s.rng.IntN(8) == 0 {
			return false
		}
		if s.rng.IntN(30) == 0 {
			s.dropped = true
			s.step(exchange.Data{Attempt: n, Bytes: []byte("data: {oops\n\n")})
		}
		size := 1 + s.rng.IntN(len(text))
		for size < len(text) && text[size]&0xC0 == 0x80 {
			size++
		}
		finish := "null"
		if size == len(text) && field == "content" && s.rng.IntN(3) == 0 {
			finish = `"stop"`
		}
		s.data(n, `{"`+field+`":`+quoted(text[:size])+`}`, finish)
		if text = text[size:]; finish != "null" {
			s.step(exchange.Data{Attempt: n, Bytes: []byte("data: [DONE]\n\n")})
		}
	}
	return true
}

// thoughtBy reports whether what was heard of a thought is one attempt's: all of it, if the
// answer is complete.
func (s *speakers) thoughtBy(h heard) bool {
	for _, thought := range s.thinks {
		if thought == h.thought || !h.done && strings.HasPrefix(thought, h.thought) {
			return true
		}
	}
	return false
}

func (s *speakers) fail(n int) {
	switch s.rng.IntN(4) {
	case 0:
		s.step(exchange.Failed{Attempt: n, Outcome: stats.OutcomeCut, Message: "reset"})
	case 1:
		s.step(exchange.Ended{Attempt: n})
	case 2:
		s.step(exchange.Data{Attempt: n, Bytes: []byte("data: {\"error\":{\"message\":\"no\"}}\n\n")})
	case 3:
		s.now = s.now.Add(31 * time.Second)
		s.step(exchange.Woke{})
		s.step(exchange.Failed{Attempt: n, Outcome: stats.OutcomeCut, Message: "reset"}) // if it was not over
	}
}

func (s *speakers) data(n int, delta, finish string) {
	s.step(exchange.Data{Attempt: n, Bytes: fmt.Appendf(nil,
		"data: {\"id\":\"c%d\",\"object\":\"chat.completion.chunk\",\"created\":%d,\"model\":\"up\",\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]}\n\n", n, n, delta, finish)})
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// heard is what a caller understands of a stream.
type heard struct {
	text     string
	thought  string
	ids      map[string]bool
	finishes int
	done     bool
	failed   bool
}

func readStream(t *testing.T, seed uint64, out []byte) (h heard) {
	h.ids = map[string]bool{}
	if bytes.HasPrefix(out, []byte("{")) {
		h.failed = true
		return h
	}
	for _, frame := range strings.Split(strings.TrimSuffix(string(out), "\n\n"), "\n\n") {
		data, ok := strings.CutPrefix(frame, "data: ")
		var chunk struct {
			ID      string
			Error   *struct{ Message string }
			Choices []struct {
				Delta struct {
					Content string
					Thought string `json:"reasoning_content"`
				}
				FinishReason *string `json:"finish_reason"`
			}
		}
		switch {
		case strings.HasPrefix(frame, ":"):
			continue
		case data == "[DONE]":
			h.done = true
			continue
		case !ok, json.Unmarshal([]byte(data), &chunk) != nil:
			t.Fatalf("seed %d: %q", seed, frame)
		case h.done || h.failed:
			t.Fatalf("seed %d: something behind the end: %q", seed, frame)
		}
		h.failed = chunk.Error != nil
		for _, c := range chunk.Choices {
			h.ids[chunk.ID] = true
			h.text += c.Delta.Content
			h.thought += c.Delta.Thought
			if c.FinishReason != nil {
				h.finishes++
			}
		}
	}
	if len(h.ids) > 1 {
		t.Fatalf("seed %d: several ids: %v", seed, h.ids)
	}
	return h
}
