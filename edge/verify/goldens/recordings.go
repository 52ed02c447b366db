package goldens

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"strowger/core/llm"
)

// recordings are what the scripts of the codecs hold: what callers ask and providers answer.
type recordings struct {
	requests []request
	answers  []answer
}

// request is what a caller of a schema sends.
type request struct {
	name   string // file and place
	schema llm.Schema
	op     llm.Operation
	stream bool // said by the path
	body   string
}

// answer is what a provider of a schema answers; an error if it has a status.
type answer struct {
	schema llm.Schema
	op     llm.Operation
	stream bool
	status int
	body   string
}

// folders are where the scripts are, by the schema that they begin in.
var folders = []struct {
	dir    string
	schema llm.Schema
	op     llm.Operation
}{
	{"core/codec/openai/testdata", llm.SchemaOpenAI, llm.OperationChat},
	{"core/codec/responses/testdata", llm.SchemaResponses, llm.OperationChat},
	{"core/codec/anthropic/testdata", llm.SchemaAnthropic, llm.OperationChat},
	{"core/codec/gemini/testdata", llm.SchemaGemini, llm.OperationChat},
	{"core/codec/testdata/wire", llm.SchemaOpenAI, llm.OperationChat},
}

func readRecordings(tree fs.FS) (*recordings, error) {
	all := &recordings{}
	for _, f := range folders {
		err := each(tree, f.dir, func(name, text string) error {
			p := parser{recordings: all, from: f.schema, to: f.schema, op: opOf(name), file: folder(f.dir) + "/" + name}
			for line := range strings.Lines(text) {
				if err := p.line(strings.TrimSuffix(line, "\n")); err != nil {
					return err
				}
			}
			p.flush()
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// folder is the word of a folder's path that says what it is of.
func folder(dir string) string {
	words := strings.Split(dir, "/")
	if words[2] == "testdata" {
		return words[3]
	}
	return words[2]
}

// opOf is the operation that the scripts of a folder take for granted.
func opOf(name string) llm.Operation {
	switch word, _, _ := strings.Cut(name, "/"); word {
	case "completion":
		return llm.OperationCompletion
	case "embeddings", "embed":
		return llm.OperationEmbeddings
	case "count":
		return llm.OperationCountTokens
	}
	return llm.OperationChat
}

// parser reads a script. Lines of other kinds, and results, say nothing here.
type parser struct {
	*recordings
	file     string
	from, to llm.Schema
	op       llm.Operation
	last     *request
	body     strings.Builder // of the answer that is being read
	reading  bool
}

func (p *parser) line(line string) error {
	if strings.HasPrefix(line, "  ") || line == "" || line[0] == '#' {
		p.flush()
		return nil
	}
	at := strings.IndexAny(line, ":=")
	if at < 0 { // from SCHEMA, to SCHEMA…
		p.flush()
		return p.direction(line)
	}
	verb, words, _ := strings.Cut(line[:at], " ")
	rest := strings.TrimPrefix(line[at+1:], " ")
	if verb != "request" && verb != "answer" && verb != "error" {
		p.flush()
		return nil
	}
	if line[at] == '=' {
		s, err := strconv.Unquote(rest)
		if err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		rest = s
	} else if verb == "answer" {
		rest += "\n"
	}
	if verb == "answer" {
		p.reading = true
		p.body.WriteString(rest)
		return nil
	}
	p.flush()
	switch verb {
	case "request":
		p.request(words, rest)
	case "error":
		status, err := strconv.Atoi(words)
		if err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		p.answers = append(p.answers, answer{schema: p.to, op: p.op, status: status, body: rest})
	}
	return nil
}

func (p *parser) direction(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	names := strings.Fields("? " + rest) // of several, the last one answers
	name, _, _ := strings.Cut(names[len(names)-1], "/")
	s := llm.SchemaNamed(name)
	switch {
	case word != "from" && word != "to":
		return nil
	case s == llm.SchemaNone:
		return fmt.Errorf("%q: no schema of this name", line)
	case word == "from":
		p.from = s
	default:
		p.to = s
	}
	return nil
}

func (p *parser) request(words, body string) {
	r := request{name: p.file + "." + strconv.Itoa(len(p.requests)), schema: p.from, op: p.op, body: body}
	for _, word := range strings.Fields(words) {
		if op := llm.OperationNamed(word); op != llm.OperationNone {
			r.op = op
		}
		r.stream = r.stream || word == "stream"
	}
	p.requests = append(p.requests, r)
	p.last = &r
}

// flush ends an answer.
func (p *parser) flush() {
	if p.reading && p.last != nil {
		body := p.body.String()
		p.answers = append(p.answers, answer{schema: p.to, op: p.last.op, stream: isStream(body), body: body})
	}
	p.reading = false
	p.body.Reset()
}

// isStream tells an answer that comes in events.
func isStream(body string) bool {
	text := strings.TrimLeft(body, "\ufeff\r\n ")
	for _, start := range []string{"data:", "event:", ":", "id:", "retry:"} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}
