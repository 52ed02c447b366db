// Package codectest is the conformance suite of codecs: what must hold for each schema,
// whatever it looks like. A codec's own test is a few lines:
//
//	func TestCodec(t *testing.T) { codectest.Run(t, openai.Codec{}, "testdata", facts) }
//
// The folder holds scripts, which are goldens and the seeds of everything else:
//
//	# What it shows.
//	request: {"model":"gpt-4o","stream":true,"messages":[…]}
//	  model "gpt-4o" stream …           what was read of it
//	  send /chat/completions {…}        what an endpoint named up-model is sent
//	  prompt user["hi"]                 the same in the neutral form
//	answer: data: {"choices":[…]}       a line of what a provider answers to it
//	answer= "data: [DO"                 bytes, quoted, where a line would not do
//	  event content 5 …                 what was read, event by event
//	  | data: {…}                       what the caller is written
//	  composed data: {…}                the same, written from the neutral form alone
//	  whole {…}                         a complete stream, assembled
//	error 429: {"error":{…}}            the body of an error answer
//	  error 429 … / body {…}            what was read, what the caller is written
//
// Between the verb request and the colon may stand an operation, other than that of Facts, and
// the words stream, for schemas that have that in the path, and lossy: what is written from
// the neutral form is not compared, because the codec changes it on purpose.
//
// Indented lines are results: run with -update to write them anew, and read the
// difference. Besides, each answer is cut at every place, ended at every place and
// written back, streams are assembled and written without their beginning, each request is
// sent and read again, as a stream and with the beginning of an answer too, and everything
// is fed to everything in damaged form. Requests and answers go through the neutral form and
// back, and the schema's table is held against what is really written.
//
// It knows nothing of any schema but what Facts tell.
package codectest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

var update = flag.Bool("update", false, "write what was seen into the scripts")

// Codec is both sides of a schema.
type Codec interface {
	codec.Ingress
	codec.Egress
}

// Facts are what the suite has to know of a schema.
type Facts struct {
	Schema llm.Schema
	// Asked is what a path says beside the body: the operation of most requests, and a model if
	// the schema has it there.
	Asked codec.Asked
	// InPath: the model and whether the answer is a stream are in the path and not in the body.
	InPath bool
	// Table is the schema's; nil if it is not translated, which leaves out all that goes
	// through the neutral form.
	Table *codec.Table
	// Model is the name that requests written from the neutral form ask for, of a model with
	// everything; empty where the codec does not go by names.
	Model string
	// Endpoints are some whose models or servers refuse part of what the schema has.
	Endpoints []Endpoint
	// Name is the model that a JSON document of an answer names. Not every document
	// has to: those of which needed is false may come without a name.
	Name func(doc map[string]any) (name string, needed bool)
	// End reports whether an event of a stream is the end mark; nil if there is none.
	End func(event, data string) bool
	// Last takes the answer's beginning, which is the last message, out of the body of a
	// request and returns its text; false if there is none.
	Last func(doc map[string]any) (text string, ok bool)
}

// What the suite plays: the name an endpoint is asked by, and what an answer gets.
const upstream = "up-model"

var answer = &codec.Answer{Model: "author/model", Cost: 1_234_567, Priced: true}

// Run runs the suite with the scripts in dir.
func Run(t *testing.T, c Codec, dir string, facts Facts) {
	s := &suite{codec: c, facts: facts}
	for _, file := range scripts(t, dir) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { s.script(t, file) })
	}
	t.Run("errors", s.errors)
	t.Run("damaged", func(t *testing.T) { s.damaged(t, seedsOf(t, dir)) })
	t.Run("silence", s.silence)
	if facts.Table != nil {
		t.Run("table", s.table)
		Lacks(t, c, facts)
	}
}

// suite is one codec under test.
type suite struct {
	codec Codec
	facts Facts
}

func scripts(t testing.TB, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s (%v)", dir, err)
	}
	return files
}

// script runs one file and compares what it says with what was seen.
func (s *suite) script(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := parse(string(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var out strings.Builder
	var req *llm.Request
	for _, b := range blocks {
		out.WriteString(b.text)
		switch b.verb {
		case verbRequest:
			asked, lossy, err := s.asked(b.words)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			req = s.request(t, &out, asked, b.body)
			if req != nil && s.facts.Table != nil {
				s.prompt(t, &out, req, lossy)
			}
		case verbAnswer, verbError:
			if req == nil {
				t.Fatalf("%s: %s without a request that was accepted", file, b.verb)
			}
			if b.verb == verbAnswer {
				s.answer(t, &out, req, b.body)
			} else {
				s.errorBody(t, &out, b.status, b.body)
			}
		}
	}
	if got := out.String(); got == string(text) {
		return
	} else if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else {
		t.Errorf("%s differs; run with -update and read the diff\n%s", file, difference(string(text), got))
	}
}
