package main

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"strowger/bench/provider"
)

// asked is a question with an answer of three words.
func asked() *question {
	return &question{name: "n1", kind: &kind{path: chatPath, model: modelOne}, text: "n1 1é 2🙂", finish: "stop", tokens: 3, stream: true}
}

// delta is a chunk that says some text.
func delta(text string) string {
	return `data: {"model":"soak/one","choices":[{"index":0,"delta":{"content":` + quoted(text) + `},"finish_reason":null}]}` + "\n\n"
}

const (
	finished = `data: {"model":"soak/one","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	filtered = `data: {"model":"soak/one","choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}` + "\n\n"
	failure  = `data: {"error":{"message":"cut"}}` + "\n\n"
	doneMark = "data: [DONE]\n\n"
)

// brokenBy ends a text in an error.
func brokenBy(text string, err error) io.Reader {
	return io.MultiReader(strings.NewReader(text), errorReader{err})
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

func TestJudgeStream(t *testing.T) {
	whole := delta("n1") + delta(" 1é") + delta(" 2🙂")
	for _, c := range []struct {
		name, text string
		err        error // what the connection ends with
		fault      provider.Fault
		wrong      wrong
		class      string
	}{
		{"complete", whole + finished + doneMark, io.EOF, "", "", "complete: stream"},
		{"comments between", ": wait\n\n" + whole + ": wait\n\n" + finished + doneMark, io.EOF, "", "", "complete: stream"},
		{"an error event", delta("n1") + failure, io.ErrUnexpectedEOF, "", "", "failed: stream that ends in an error event"},
		{"broken off", delta("n1"), io.ErrUnexpectedEOF, "", "", "failed: stream that breaks"},
		{"broken off in mid-event", delta("n1") + "data: {\"mod", io.ErrUnexpectedEOF, "", "", "failed: stream that breaks"},
		{"empty, as said", finished + doneMark, io.EOF, provider.FaultEmpty, "", "complete: empty"},
		{"filtered, as said", delta("n1") + filtered + doneMark, io.EOF, provider.FaultContentFilter, "", "complete: filtered"},

		{"the end is missing", delta("n1") + finished + doneMark, io.EOF, provider.FaultCut, wrongTruncated, ""},
		{"half a word is missing", delta("n1") + delta(" 1é") + delta(" 2") + finished + doneMark, io.EOF, "", wrongTruncated, ""},
		{"empty, and nobody said so", finished + doneMark, io.EOF, provider.FaultCut, wrongTruncated, ""},
		{"filtered, and nobody said so", delta("n1") + filtered + doneMark, io.EOF, provider.FaultCut, wrongTruncated, ""},
		{"no finish reason", whole + doneMark, io.EOF, "", wrongTruncated, ""},
		{"two finish reasons", whole + finished + finished + doneMark, io.EOF, "", wrongTruncated, ""},
		{"a word is lost", delta("n1") + delta(" 2🙂") + finished + doneMark, io.EOF, "", wrongText, ""},
		{"a word comes twice", delta("n1") + delta(" 1é") + delta(" 1é") + delta(" 2🙂") + finished + doneMark, io.EOF, "", wrongText, ""},
		{"a word too many", whole + delta(" 3") + finished + doneMark, io.EOF, "", wrongText, ""},
		{"a word comes twice, then an error", delta("n1") + delta("n1") + failure, io.ErrUnexpectedEOF, "", wrongText, ""},
		{"another's text", delta("n2 1é 2🙂") + finished + doneMark, io.EOF, "", wrongText, ""},
		{"nothing at the end", delta("n1"), io.EOF, "", wrongEnd, ""},
		{"finished and no mark", whole + finished, io.EOF, "", wrongEnd, ""},
		{"broken behind the mark", whole + finished + doneMark, errors.New("reset"), "", wrongEnd, ""},
		{"a mark behind an error", delta("n1") + failure + doneMark, io.EOF, "", wrongForm, ""},
		{"text behind the mark", whole + finished + doneMark + delta(" 3"), io.EOF, "", wrongForm, ""},
		{"not JSON", delta("n1") + "data: {\"mod\n\n" + delta(" 1é") + delta(" 2🙂") + finished + doneMark, io.EOF, "", wrongForm, ""},
		{"HTML", "<html>\n" + whole + finished + doneMark, io.EOF, "", wrongForm, ""},
		{"another model", strings.ReplaceAll(whole, "soak/one", "parrot-1") + finished + doneMark, io.EOF, "", wrongForm, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			visits := func() []visit { return []visit{{"alder", c.fault}} }
			v := judgeStream(brokenBy(c.text, c.err), asked(), visits, "first try")
			if v.wrong != c.wrong || !strings.HasPrefix(v.class, c.class) {
				t.Errorf("%+v, want %q %q", v, c.class, c.wrong)
			}
		})
	}
}

func TestJudgeStreamOfATool(t *testing.T) {
	call := func(args string) string {
		return `data: {"model":"soak/one","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":` + quoted(args) + `}}]}}]}` + "\n\n"
	}
	end := strings.Replace(finished, "stop", "tool_calls", 1) + doneMark
	for _, c := range []struct {
		name, text string
		wrong      wrong
	}{
		{"complete", call(`{"line":`) + call(`"n1"}`) + end, ""},
		{"cut", call(`{"line":`) + end, wrongTruncated},
		{"begun twice", call(`{"line":`) + call(`{"line":`) + call(`"n1"}`) + end, wrongText},
		{"text in place of it", delta("n1 1é 2🙂") + finished + doneMark, wrongTruncated},
	} {
		q := asked()
		q.args, q.finish = `{"line":"n1"}`, "tool_calls"
		v := judgeStream(strings.NewReader(c.text), q, func() []visit { return nil }, "first try")
		if v.wrong != c.wrong {
			t.Errorf("%s: %+v, want %q", c.name, v, c.wrong)
		}
	}
}

func TestJudgeWhole(t *testing.T) {
	body := func(text, finish string) string {
		return `{"model":"soak/one","choices":[{"index":0,"message":{"content":` + quoted(text) + `},"finish_reason":` + finish + `}],"usage":{"cost":0.5}}`
	}
	for _, c := range []struct {
		name, body, cost string
		fault            provider.Fault
		wrong            wrong
	}{
		{"complete", body("n1 1é 2🙂", `"stop"`), "0.5", "", ""},
		{"no reason", body("n1", "null"), "0.5", provider.FaultNoFinish, wrongTruncated},
		{"cut text", body("n1 1é", `"stop"`), "0.5", provider.FaultCut, wrongTruncated},
		{"cut JSON", body("n1 1é 2🙂", `"stop"`)[:60], "0.5", "", wrongForm},
		{"an error with 200", `{"error":{"message":"no"}}`, "", "", wrongForm},
		{"changed text", body("n1 1e 2🙂", `"stop"`), "0.5", "", wrongText},
		{"two costs", body("n1 1é 2🙂", `"stop"`), "0.4", "", wrongForm},
	} {
		v := judgeWhole([]byte(c.body), http.Header{"X-Strowger-Cost": {c.cost}}, asked(), []visit{{"alder", c.fault}}, "first try")
		if v.wrong != c.wrong {
			t.Errorf("%s: %+v, want %q", c.name, v, c.wrong)
		}
	}
}

func TestJudgeError(t *testing.T) {
	if v := judgeError(502, []byte(`{"error":{"message":"all failed"}}`)); v.wrong != "" || v.class != "failed: status 502" {
		t.Errorf("%+v", v)
	}
	for _, body := range []string{"", "<html>", `{"error":{}}`} {
		if v := judgeError(502, []byte(body)); v.wrong != wrongForm {
			t.Errorf("%q: %+v", body, v)
		}
	}
}

func TestJudgeAttempts(t *testing.T) {
	one, two := []visit{{"alder", ""}}, []visit{{"alder", "cut"}, {"birch", ""}}
	again := []visit{{"alder", "reset"}, {"alder", ""}}
	const stream, whole, failed = "complete: stream, first try", "complete: whole, first try", "failed: status 502"
	for _, c := range []struct {
		name   string
		q      question
		class  string
		visits []visit
		told   int
		wrong  wrong
		after  string // the class; empty: as before
	}{
		{"two of two", question{kind: &kind{}}, whole, two, 2, "", ""},
		{"more than told", question{kind: &kind{}}, whole, two, 1, wrongAttempts, ""},
		{"more than allowed", question{kind: &kind{}}, failed, make([]visit, 7), 7, wrongAttempts, ""},
		{"a fallback that is off", question{kind: &kind{one: true}}, failed, two, 2, wrongAttempts, ""},
		{"one provider, tried again", question{kind: &kind{one: true}}, whole, again, 2, "", ""},
		{"refused and sent", question{kind: &kind{wrong: true}}, failed, one, 1, wrongAttempts, ""},
		{"gone on with", question{kind: &kind{}}, stream, two, 1, "", continued},
		{"gone on with inside arguments", question{kind: &kind{}, args: "{}"}, stream, two, 1, wrongAttempts, ""},
		{"gone on with though off", question{kind: &kind{path: honestPath}}, stream, two, 1, wrongAttempts, ""},
		{"a fallback before the first word", question{kind: &kind{path: honestPath}}, stream, two, 2, "", ""},
		{"several callers", question{kind: &kind{same: true}}, whole, make([]visit, 7), 1, "", ""},
	} {
		v := judgeAttempts(fine(c.class), &c.q, c.visits, c.told)
		if v.wrong != c.wrong || v.class != cmp.Or(c.after, c.class) {
			t.Errorf("%s: %+v, want %q %q", c.name, v, c.wrong, c.after)
		}
	}
}
