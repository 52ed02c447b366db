// Command everygo talks with the SDKs for Go, for the tests of bench/clients/every: it is told
// on its command line, as JSON, with which and what to ask, calls the tool that is asked for,
// and writes the answers that it got to standard output, as JSON.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"
	"google.golang.org/genai"
)

const key = "sk-of-the-caller"

// task is what to ask.
type task struct {
	SDK, URL, Model, Text, System string
	Then                          string // a second question
	Picture                       string // a PNG in base64
	Stream, Tools, Format, Think  bool
	Offered                       []tool
	Report                        map[string]any    // the schema of a structured answer
	Said                          map[string]string // what the tools say, by place
}

// tool is one that there is, with the schema of what it takes.
type tool struct {
	Name, Description string
	Parameters        map[string]any
}

// answer is what an SDK made of one answer.
type answer struct {
	Text     string `json:"text"`
	Thoughts string `json:"thoughts"`
	Calls    []call `json:"calls"`
	Finish   string `json:"finish"`
	Usage    usage  `json:"usage"`
	Model    string `json:"model"`
	Made     any    `json:"made,omitempty"`
}

type call struct {
	ID   string          `json:"id"`
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
}

type usage struct {
	Input  int64 `json:"input"`
	Output int64 `json:"output"`
}

// failure is the error that an SDK raised.
type failure struct {
	Name    string `json:"name"`
	Status  int    `json:"status"`
	Message string `json:"message"`
}

// talker asks once and adds the answer to its history; results adds what the tools said, more
// another question.
type talker interface {
	ask(ctx context.Context) (*answer, error)
	results(calls []call, said []string)
	more(text string)
}

func main() {
	var t task
	if err := json.Unmarshal([]byte(os.Args[1]), &t); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	answers, err := t.talk(context.Background())
	said := map[string]any{"answers": answers}
	if err != nil {
		said["error"] = failed(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		os.Exit(1)
	}
}

// talk asks until nothing is called any more.
func (t *task) talk(ctx context.Context) ([]*answer, error) {
	with, err := t.talker(ctx)
	if err != nil {
		return nil, err
	}
	answers := []*answer{}
	for range 6 {
		got, err := with.ask(ctx)
		if err != nil {
			return answers, err
		}
		if t.Format {
			if err := json.Unmarshal([]byte(got.Text), &got.Made); err != nil {
				return answers, err
			}
		}
		answers = append(answers, got)
		if len(got.Calls) == 0 && t.Then == "" {
			break
		}
		if len(got.Calls) == 0 {
			with.more(t.Then)
			t.Then = ""
			continue
		}
		said := make([]string, len(got.Calls))
		for i, c := range got.Calls {
			var args struct{ Place string }
			if err := json.Unmarshal(c.Args, &args); err != nil {
				return answers, fmt.Errorf("the arguments %s: %w", c.Args, err)
			}
			said[i] = cmp.Or(t.Said[args.Place], "?")
		}
		with.results(got.Calls, said)
	}
	return answers, nil
}

func (t *task) talker(ctx context.Context) (talker, error) {
	switch t.SDK {
	case "chat":
		return newChat(t), nil
	case "responses":
		return newResponses(t), nil
	case "anthropic":
		return newMessages(t), nil
	case "genai":
		return newContents(ctx, t)
	}
	return nil, fmt.Errorf("no SDK is called %q", t.SDK)
}

// failed is an error as its SDK tells it.
func failed(err error) failure {
	f := failure{Name: fmt.Sprintf("%T", err), Message: err.Error()}
	if e, ok := errors.AsType[*openai.Error](err); ok {
		f.Status, f.Message = e.StatusCode, e.Message
	}
	if e, ok := errors.AsType[*anthropic.Error](err); ok {
		f.Status = e.StatusCode
	}
	if e, ok := errors.AsType[genai.APIError](err); ok {
		f.Status = e.Code
	}
	return f
}
