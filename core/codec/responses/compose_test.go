package responses

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

// golden runs each script in a folder: run is given its lines but for the results, which are
// indented, and says what belongs below each of them. -update writes what was seen.
func golden(t *testing.T, dir string, run func(t *testing.T, lines []string) []string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s (%v)", dir, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for line := range strings.Lines(string(text)) {
				if !strings.HasPrefix(line, "  ") {
					lines = append(lines, strings.TrimSuffix(line, "\n"))
				}
			}
			var got strings.Builder
			for i, result := range run(t, lines) {
				got.WriteString(lines[i] + "\n")
				for line := range strings.Lines(result) {
					got.WriteString(strings.TrimRight("  "+line, " \n") + "\n")
				}
			}
			if got.String() == string(text) {
				return
			}
			if flag.Lookup("update").Value.String() == "true" {
				if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("%s differs; run with -update and read the diff\n%s", file, got.String())
		})
	}
}

// TestCompose writes answers of which only the neutral form is known. A script has the
// request, what the schema of the provider is, and events:
//
//	request: {…}
//	schema: anthropic
//	text 0 "Hel" | end 0           deltas of one event: kind, block, text
//	call 1 "id" "name" "{}"
//	finish stop | usage 1 2 3 4 | done
//	whole                          all before, as one document
//	error 429 "slow down"
func TestCompose(t *testing.T) { golden(t, "testdata/compose", compose) }

func compose(t *testing.T, lines []string) (results []string) {
	var c composing
	for _, line := range lines {
		word, rest, _ := strings.Cut(line, " ")
		result := ""
		switch {
		case line == "" || line[0] == '#':
		case word == "request:":
			req, err := Codec{}.ReadRequest(facts.Asked, []byte(rest))
			if err != nil {
				t.Fatal(err)
			}
			c = composing{t: t, req: req, writer: Codec{}.NewWriter(req)}
		case word == "schema:":
			c.schema = llm.SchemaNamed(rest)
		case word == "whole":
			result = string(c.writer.Append(nil, &llm.Event{Schema: c.schema, Whole: true, Choices: true, Deltas: c.all.Deltas, Finish: c.all.Finish, Usage: c.all.Usage}, given)) + "\n"
		default:
			result = c.event(line)
		}
		results = append(results, result)
	}
	return results
}

var given = &codec.Answer{ID: "0190-a", Created: 1700000000, Model: "author/model", Cost: 1_500_000, Priced: true}

type composing struct {
	t       *testing.T
	req     *llm.Request
	writer  codec.Writer
	schema  llm.Schema
	all     llm.Event
	written []byte
}

var deltaKinds = map[string]llm.DeltaKind{
	"text": llm.DeltaText, "thought": llm.DeltaThought, "signature": llm.DeltaSignature, "redacted": llm.DeltaRedacted, "refusal": llm.DeltaRefusal,
	"call": llm.DeltaCall, "args": llm.DeltaArguments, "media": llm.DeltaMedia, "end": llm.DeltaEnd, "other": llm.DeltaOther,
}

// event is what is written for the event that a line describes.
func (c *composing) event(line string) string {
	e := llm.Event{Schema: c.schema, Choices: true}
	a := *given
	for _, step := range strings.Split(line, " | ") {
		f := fields(step)
		switch f[0] {
		case "finish":
			for e.Finish.String() != f[1] {
				e.Finish++
			}
			c.all.Finish = e.Finish
		case "usage":
			n := func(i int) int64 { v, _ := strconv.ParseInt(f[i], 10, 64); return v }
			e.Usage = llm.Usage{Known: true, Input: n(1), CacheRead: n(2), Output: n(3), Reasoning: n(4)}
			c.all.Usage = e.Usage
		case "done":
			e = llm.Event{Schema: c.schema, Done: true, Plain: true}
		case "error":
			status, _ := strconv.Atoi(f[1])
			e.Err = &llm.Error{Code: llm.CodeProvider, Status: status, Message: f[2]}
		case "resumed":
			a.Resumed = true
		default:
			e.Deltas = append(e.Deltas, c.delta(f))
		}
	}
	c.all.Deltas = append(c.all.Deltas, e.Deltas...)
	if !c.req.Stream && e.Err == nil {
		return ""
	}
	out := c.writer.Append(nil, &e, &a)
	c.written = append(c.written, out...)
	if e.Done && len(out) > 0 {
		checkGrammar(c.t, line, c.written)
	}
	return strings.ReplaceAll(string(out), "\n\n", "\n")
}

func (c *composing) delta(f []string) llm.Delta {
	kind, ok := deltaKinds[f[0]]
	if !ok {
		c.t.Fatalf("%q is no delta", f)
	}
	block, _ := strconv.Atoi(f[1])
	d := llm.Delta{Kind: kind, Block: block, Origin: c.schema}
	rest := f[2:]
	if kind == llm.DeltaCall {
		d.ID, d.Name, rest = llm.Escaped(rest[0]), llm.Escaped(rest[1]), rest[2:]
	}
	if kind == llm.DeltaMedia {
		d.Name, rest = llm.Escaped(rest[0]), rest[1:]
	}
	if len(rest) > 0 {
		d.Text = codec.Escape(rest[0])
	}
	if len(rest) > 1 {
		d.Signature = codec.Escape(rest[1])
	}
	return d
}

// fields are the words of a step; quoted ones are Go's.
func fields(step string) (all []string) {
	for step = strings.TrimSpace(step); step != ""; step = strings.TrimSpace(step) {
		if step[0] == '"' {
			q, err := strconv.QuotedPrefix(step)
			if err != nil {
				panic(fmt.Sprintf("%s: %v", step, err))
			}
			s, _ := strconv.Unquote(q)
			all, step = append(all, s), step[len(q):]
			continue
		}
		word, rest, _ := strings.Cut(step, " ")
		all, step = append(all, word), rest
	}
	return all
}

// TestLines: what is repeated of a request or an answer of several lines is one line.
func TestLines(t *testing.T) {
	body := "{\n\"model\":\"m\",\"stream\":true,\"input\":\"x\",\r\n\"text\":{\n\"verbosity\":\"low\"},\"tools\":[\n{\n\"type\":\"local_shell\"\r}]}"
	req, err := Codec{}.ReadRequest(facts.Asked, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	call := llm.Delta{Kind: llm.DeltaCall, ID: llm.Escaped("c"), Name: llm.Escaped(localShell), Text: codec.Escape("{\n\"command\": [\n\"ls\"\n]}")}
	w := Codec{}.NewWriter(req)
	stream := w.Append(nil, &llm.Event{Schema: llm.SchemaGemini, Deltas: []llm.Delta{call}, Finish: llm.FinishTools}, given)
	checkGrammar(t, "of several lines", w.Append(stream, &llm.Event{Done: true}, given))
}

// TestBound: an answer that would not fit into its last event fails.
func TestBound(t *testing.T) {
	w := Codec{}.NewWriter(&llm.Request{Schema: llm.SchemaResponses, Stream: true})
	text := bytes.Repeat([]byte("a"), 1<<20)
	var out []byte
	for range 20 {
		out = w.Append(out[:0], &llm.Event{Schema: llm.SchemaGemini, Deltas: []llm.Delta{{Kind: llm.DeltaText, Text: text}}}, given)
		if bytes.Contains(out, []byte("event: response.failed")) {
			if out = w.Append(nil, &llm.Event{Done: true}, given); len(out) > 0 {
				t.Errorf("behind the failure: %q", out)
			}
			return
		}
	}
	t.Error("20 MB are held")
}
