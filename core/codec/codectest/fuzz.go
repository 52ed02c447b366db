package codectest

import (
	"bytes"
	"math/rand"
	"os"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// seeds are the bodies of all scripts.
type seeds struct{ requests, answers, errors [][]byte }

func seedsOf(t testing.TB, dir string) (all seeds) {
	t.Helper()
	for _, file := range scripts(t, dir) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		blocks, err := parse(string(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, b := range blocks {
			switch b.verb {
			case verbRequest:
				all.requests = append(all.requests, b.body)
			case verbAnswer:
				all.answers = append(all.answers, b.body)
			case verbError:
				all.errors = append(all.errors, b.body)
			}
		}
	}
	return all
}

// damaged feeds bodies that have been tampered with to everything that reads.
func (s *suite) damaged(t *testing.T, all seeds) {
	random := rand.New(rand.NewSource(1))
	bodies := append(append(append([][]byte{}, all.requests...), all.answers...), all.errors...)
	for range 4000 {
		body := damage(random, bodies[random.Intn(len(bodies))])
		s.tryRequest(t, body)
		s.tryError(t, body)
		s.tryAnswer(t, body, random.Intn(2) == 0, random.Intn(len(body)+1))
	}
}

func damage(random *rand.Rand, body []byte) []byte {
	body = bytes.Clone(body)
	for range 1 + random.Intn(3) {
		if len(body) == 0 {
			break
		}
		i := random.Intn(len(body))
		j := i + random.Intn(min(len(body)-i, 20))
		switch random.Intn(4) {
		case 0:
			body[i] ^= byte(1 + random.Intn(255))
		case 1:
			body = append(body[:i:i], body[j:]...)
		case 2:
			body = append(body[:j:j], body[i:]...)
		case 3:
			body[i] = "\"\\{}[],:\n\r 0"[random.Intn(12)]
		}
	}
	return body
}

func (s *suite) tryRequest(t testing.TB, body []byte) {
	t.Helper()
	req, refusal := s.codec.ReadRequest(s.facts.Asked, body)
	if refusal != nil {
		if refusal.HTTPStatus() != 400 || refusal.Message == "" {
			t.Fatalf("%q is refused with %d %q", body, refusal.HTTPStatus(), refusal.Message)
		}
		return
	}
	if err := s.checkRequest(body, s.facts.Asked, req, s.codec.AppendRequest(nil, req, codec.Form{Name: upstream, Stream: req.Stream})); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	if s.facts.Table == nil {
		return
	}
	if _, _, err := s.checkPrompt(req); err != nil {
		t.Fatalf("%q through the neutral form: %v", body, err)
	}
}

func (s *suite) tryError(t testing.TB, body []byte) {
	t.Helper()
	if err := s.checkError(503, s.codec.ReadError(503, body)); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
}

func (s *suite) tryAnswer(t testing.TB, body []byte, stream bool, cut int) {
	t.Helper()
	stream = stream && s.facts.Asked.Operation != llm.OperationEmbeddings
	for _, wants := range []bool{false, true} {
		req := &llm.Request{Schema: s.facts.Schema, Operation: s.facts.Asked.Operation, Stream: stream, WantUsage: wants, WantCost: wants}
		whole := s.play(req, body)
		if err := s.checkWritten(req, whole); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		if stream {
			if _, err := s.checkAssembled(req, body, whole); err != nil {
				t.Fatalf("%q assembled: %v", body, err)
			}
			if err := s.checkSkipped(req, body, len(body)/8+1); err != nil {
				t.Fatalf("%q: %v", body, err)
			}
		}
		if s.facts.Table != nil && whole.complete {
			written, _ := s.composeAnswer(req, body)
			if err := s.checkComposed(req, written); err != nil {
				t.Fatalf("%q composed: %v: %q", body, err, written)
			}
		}
		if err := same(whole, s.play(req, body[:cut], body[cut:])); err != nil {
			t.Fatalf("%q cut behind byte %d: %v", body, cut, err)
		}
		pieces := [][]byte{}
		for i := range body {
			pieces = append(pieces, body[i:i+1])
		}
		if err := same(whole, s.play(req, pieces...)); err != nil {
			t.Fatalf("%q byte by byte: %v", body, err)
		}
	}
}

// FuzzRequest fuzzes reading and sending requests: what is accepted is sent as valid
// JSON that means the same, and never with the fields meant for the router.
func FuzzRequest(f *testing.F, c Codec, dir string, facts Facts) {
	s := &suite{codec: c, facts: facts}
	for _, b := range seedsOf(f, dir).requests {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, body []byte) { s.tryRequest(t, body) })
}

// FuzzStream fuzzes reading streams: the events and what is written are the same
// whatever the cut, and what is written is valid.
func FuzzStream(f *testing.F, c Codec, dir string, facts Facts) {
	s := &suite{codec: c, facts: facts}
	for i, b := range seedsOf(f, dir).answers {
		f.Add(b, uint16(i*37))
	}
	f.Fuzz(func(t *testing.T, body []byte, cut uint16) { s.tryAnswer(t, body, true, min(int(cut), len(body))) })
}

// FuzzWhole fuzzes reading answers that are no streams.
func FuzzWhole(f *testing.F, c Codec, dir string, facts Facts) {
	s := &suite{codec: c, facts: facts}
	for _, b := range seedsOf(f, dir).answers {
		f.Add(b, uint16(len(b)/2))
	}
	f.Fuzz(func(t *testing.T, body []byte, cut uint16) { s.tryAnswer(t, body, false, min(int(cut), len(body))) })
}

// FuzzError fuzzes reading error bodies.
func FuzzError(f *testing.F, c Codec, dir string, facts Facts) {
	s := &suite{codec: c, facts: facts}
	all := seedsOf(f, dir)
	for _, b := range append(all.errors, all.answers...) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, body []byte) { s.tryError(t, body) })
}

// Requests are the requests of the scripts, those that are refused too.
func Requests(t testing.TB, dir string) [][]byte {
	t.Helper()
	return seedsOf(t, dir).requests
}
