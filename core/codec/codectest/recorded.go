package codectest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// Recording is one recorded call of a real provider's API.
type Recording struct {
	ID, Provider string
	Features     []string
	Status       int
	Request      []byte // nil if there is none
	Body         []byte // an answer that is JSON, its bytes as recorded
	SSE          []byte // an answer that is a stream
}

// Stream reports whether the answer is a stream.
func (r *Recording) Stream() bool { return r.SSE != nil }

// Answer is the answer's bytes.
func (r *Recording) Answer() []byte {
	if r.SSE != nil {
		return r.SSE
	}
	return r.Body
}

// Recordings reads what has been recorded of an API. The recordings lie beside the
// project and not in it: in STROWGER_SHARED or, seen from the project, in ../shared.
// Without them the test is skipped.
func Recordings(t testing.TB, api string) []Recording {
	t.Helper()
	shared := os.Getenv("STROWGER_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "shared")
	}
	root := filepath.Join(shared, "corpus")
	files, err := filepath.Glob(filepath.Join(root, "*", api, "*.json"))
	if err != nil || len(files) == 0 {
		t.Skipf("no recorded traffic of %s in %s: set STROWGER_SHARED (%v)", api, root, err)
	}
	all := make([]Recording, 0, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, record(t, file, text))
	}
	return all
}

// record reads one file of the recordings.
func record(t testing.TB, file string, text []byte) Recording {
	t.Helper()
	var entry struct {
		ID, Provider string
		Features     []string
		Request      *struct{ Body json.RawMessage }
		Response     struct {
			Status int
			Body   json.RawMessage
			SSE    string
			Text   string
			Chunks string `json:"chunks_jsonl"`
		}
	}
	if err := json.Unmarshal(text, &entry); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	r := Recording{ID: entry.ID, Provider: entry.Provider, Features: entry.Features, Status: entry.Response.Status}
	if entry.Request != nil && string(entry.Request.Body) != "null" {
		r.Request = entry.Request.Body
	}
	switch {
	case entry.Response.SSE != "":
		r.SSE = []byte(entry.Response.SSE)
	case entry.Response.Chunks != "": // recorded without their frames
		for line := range strings.Lines(strings.TrimSuffix(entry.Response.Chunks, "\n")) {
			r.SSE = append(r.SSE, "data: "+strings.TrimSuffix(line, "\n")+"\n\n"...)
		}
		r.SSE = append(r.SSE, "data: [DONE]\n\n"...)
	case entry.Response.Text != "":
		r.Body = []byte(entry.Response.Text)
	default:
		r.Body = entry.Response.Body
	}
	return r
}

// Played is what became of a recorded answer.
type Played struct {
	Written  []byte
	Events   int
	Err      string // why it could not be read
	Failed   bool   // it is an error
	Complete bool
	Content  bool
	Usage    llm.Usage
}

// Play reads a recorded answer to req in one piece and in others, cut at about places
// places, checks what the suite checks of its own answers, and tells what it is.
func Play(t testing.TB, c Codec, facts Facts, req *llm.Request, body []byte, places int) Played {
	t.Helper()
	s := &suite{codec: c, facts: facts}
	out := s.play(req, body)
	if err := s.checkAnswer(req, body, out, len(body)/places+1); err != nil {
		t.Error(err)
	}
	if facts.Table != nil && out.complete {
		if err := s.composition(nil, req, body, len(body)/places+1); err != nil {
			t.Error(err)
		}
	}
	return Played{
		Written: out.written, Events: len(out.events), Err: out.err, Failed: out.failed, Complete: out.complete,
		Content: out.content, Usage: out.usage,
	}
}

// Check checks what holds for every request that is accepted, and gives what is sent.
func Check(t testing.TB, c Codec, facts Facts, req *llm.Request, name string) []byte {
	t.Helper()
	s := &suite{codec: c, facts: facts}
	asked := codec.Asked{Operation: req.Operation}
	if facts.InPath {
		asked.Model, asked.Stream = req.Model, req.Stream
	}
	if err := s.checkRequest(req.Body, asked, req, c.AppendRequest(nil, req, codec.Form{Name: upstream, Stream: req.Stream})); err != nil {
		t.Error(err)
	}
	if facts.Table != nil {
		if _, _, err := s.checkPrompt(req); err != nil {
			t.Error(err)
		}
	}
	return c.AppendRequest(nil, req, codec.Form{Name: name, Stream: req.Stream})
}

// Name is the model's name that Play gives to answers.
func Name() string { return answer.Model }
