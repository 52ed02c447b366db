package codec_test

import (
	"bytes"
	"encoding/json"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// seed is a body of the scripts, and the schema that it is in.
type seed struct {
	schema llm.Schema
	asked  codec.Asked
	answer bool
	body   []byte
}

func seeds(t testing.TB) (all []seed) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "wire", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts (%v)", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var from, to llm.Schema
		var answer []byte
		asked := codec.Asked{}
		for line := range strings.Lines(string(text) + "\n") {
			line = strings.TrimSuffix(line, "\n")
			verb, rest := "", ""
			if line != "" && line[0] != '#' && line[0] != ' ' {
				verb, rest = cut(line)
			}
			word, words, _ := strings.Cut(verb, " ")
			if word != "answer" && len(answer) > 0 {
				all, answer = append(all, seed{schema: to, answer: true, asked: asked, body: answer}), nil
			}
			switch word {
			case "from":
				from = llm.SchemaNamed(words)
			case "request":
				asked = codec.Asked{Operation: llm.OperationChat, Stream: words == "stream" || strings.Contains(rest, `"stream":true`)}
				all = append(all, seed{schema: from, asked: asked, body: []byte(rest)})
			case "to":
				name, _, _ := strings.Cut(words, " ")
				to = llm.SchemaNamed(name)
			case "answer":
				answer = append(answer, rest...)
			}
		}
	}
	return all
}

// tryRequest writes a body that a codec accepts in each other schema: its codec accepts that.
func tryRequest(t testing.TB, from llm.Schema, body []byte) {
	t.Helper()
	asked := codec.Asked{Operation: llm.OperationChat}
	if from == llm.SchemaGemini {
		asked.Model = "m"
	}
	r, refusal := codecs[from].ReadRequest(asked, body)
	if refusal != nil {
		return
	}
	p, refusal := codecs[from].ReadPrompt(r)
	if refusal != nil {
		if refusal.HTTPStatus() != 400 || refusal.Message == "" {
			t.Fatalf("%v %q is refused with %d %q", from, body, refusal.HTTPStatus(), refusal.Message)
		}
		return
	}
	before := bytes.Clone(body)
	for _, to := range schemas {
		if to == from || !tables[to].Loss(r.Operation, p.Fields).Impossible.Empty() {
			continue
		}
		sent := codecs[to].AppendRequest(nil, r, codec.Form{Name: "m", Stream: r.Stream, Prompt: p, MaxOutput: maxOutput})
		if !json.Valid(sent) {
			t.Fatalf("%v %q is no JSON in %v: %q", from, body, to, sent)
		}
		told := codec.Asked{Operation: r.Operation}
		if to == llm.SchemaGemini {
			told.Model, told.Stream = "m", r.Stream
		}
		if _, refusal := codecs[to].ReadRequest(told, sent); refusal != nil && len(p.Messages) > 0 {
			t.Fatalf("%v %q would be refused in %v: %v: %q", from, body, to, refusal, sent)
		}
	}
	if !bytes.Equal(before, body) {
		t.Fatalf("%v %q is changed to %q", from, before, body)
	}
}

// tryAnswer writes an answer for callers of each other schema, in one piece and in two: what
// they are written reads as an answer that ends as it did.
func tryAnswer(t testing.TB, from llm.Schema, stream bool, body []byte, at int) {
	t.Helper()
	for _, to := range schemas {
		if to == from {
			continue
		}
		req := &llm.Request{Schema: to, Operation: llm.OperationChat, Stream: stream, WantUsage: true, Model: "m"}
		whole := relay(to, from, req, bytes.Clone(body))
		parts := relay(to, from, req, bytes.Clone(body[:at]), bytes.Clone(body[at:]))
		if !bytes.Equal(whole.written, parts.written) || whole.err != parts.err {
			t.Fatalf("%v to %v %q cut behind byte %d\n got  %q %s\n want %q %s", from, to, body, at, parts.written, parts.err, whole.written, whole.err)
		}
		if whole.failed {
			continue
		}
		again := relay(to, to, req, whole.written)
		if again.failed || whole.finish != llm.FinishNone && again.finish == llm.FinishNone { // which reason it is calls decide, or that there are none
			t.Fatalf("%v to %v %q reads as finish %v, %s, was %v: %q", from, to, body, again.finish, again.err, whole.finish, whole.written)
		}
	}
}

// Bodies that have been tampered with go from each schema to each, or are refused.
func TestDamaged(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	all := seeds(t)
	rounds := 6000
	if testing.Short() {
		rounds = 600
	}
	for range rounds {
		s := all[random.Intn(len(all))]
		body := damage(random, s.body)
		if s.answer {
			tryAnswer(t, s.schema, s.asked.Stream, body, random.Intn(len(body)+1))
		} else {
			tryRequest(t, s.schema, body)
		}
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
		switch random.Intn(5) {
		case 0:
			body[i] ^= byte(1 + random.Intn(255))
		case 1:
			body = append(body[:i:i], body[j:]...)
		case 2:
			body = append(body[:j:j], body[i:]...)
		case 3:
			body[i] = "\"\\{}[],:\n\r 0"[random.Intn(12)]
		case 4: // another value
			values := []string{"null", "7", `""`, "[]", "{}", "true", `"x"`}
			if k := bytes.IndexByte(body[i:], ':'); k >= 0 {
				k += i + 1
				end := k + bytes.IndexAny(append(body[k:len(body):len(body)], ','), ",}]")
				body = append(body[:k:k], append([]byte(values[random.Intn(len(values))]), body[end:]...)...)
			}
		}
	}
	return body
}

// FuzzTranslate fuzzes requests from each schema to each.
func FuzzTranslate(f *testing.F) {
	for _, s := range seeds(f) {
		if !s.answer {
			f.Add(uint8(s.schema-llm.SchemaOpenAI), s.body)
		}
	}
	f.Fuzz(func(t *testing.T, schema uint8, body []byte) {
		tryRequest(t, llm.SchemaOpenAI+llm.Schema(schema%4), body)
	})
}

// FuzzRelay fuzzes answers from each schema to each.
func FuzzRelay(f *testing.F) {
	for i, s := range seeds(f) {
		if s.answer {
			f.Add(uint8(s.schema-llm.SchemaOpenAI), s.asked.Stream, s.body, uint16(i*37))
		}
	}
	f.Fuzz(func(t *testing.T, schema uint8, stream bool, body []byte, at uint16) {
		tryAnswer(t, llm.SchemaOpenAI+llm.Schema(schema%4), stream, body, min(int(at), len(body)))
	})
}
