// Command openaigo asks with OpenAI's SDK for Go, for the tests of bench/clients: it is told
// on its command line, as JSON, what to ask, and writes what the SDK made of the answer to
// standard output, a JSON object to a line: pieces as they come, then the account of it all.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
)

// task is what to ask.
type task struct {
	BaseURL, Model, Text string
	Header               map[string]string
	Stream, Usage, Tools bool
	Retries              int
}

// account is what the SDK made of the answer.
type account struct {
	Thoughts string      `json:"thoughts"`
	Tools    [][2]string `json:"tools"`
	IDs      []string    `json:"ids"`
	Models   []string    `json:"models"`
	Finish   *string     `json:"finish"`
	Usage    []int64     `json:"usage"`
	Error    *failure    `json:"error"`
	Requests int         `json:"requests"`
	SSE      string      `json:"sse"`
	Raw      any         `json:"raw,omitempty"`
}

// failure is the error that the SDK raised.
type failure struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	Status  int    `json:"status,omitempty"`
}

func main() {
	var t task
	if err := json.Unmarshal([]byte(os.Args[1]), &t); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	a := &account{Tools: [][2]string{}}
	var err error
	if t.Stream {
		err = a.stream(&t)
	} else {
		err = a.whole(&t)
	}
	if err != nil {
		a.Error = &failure{Name: fmt.Sprintf("%T", err), Message: err.Error()}
		if e, ok := errors.AsType[*openai.Error](err); ok {
			a.Error.Status = e.StatusCode
		}
	}
	say(map[string]any{"account": a})
}

// say writes a line.
func say(v any) { _ = json.NewEncoder(os.Stdout).Encode(v) } // whoever reads has left otherwise

// client is the SDK; what it sends and gets is noted.
func (a *account) client(t *task) openai.Client {
	options := []option.RequestOption{
		option.WithBaseURL(t.BaseURL), option.WithAPIKey("sk-of-the-caller"), option.WithMaxRetries(t.Retries),
		option.WithMiddleware(func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			a.Requests++
			resp, err := next(r)
			if err == nil {
				resp.Body = &watched{resp.Body, &a.SSE}
			}
			return resp, err
		}),
	}
	for name, value := range t.Header {
		options = append(options, option.WithHeader(name, value))
	}
	return openai.NewClient(options...)
}

// watched is a body whose bytes are noted.
type watched struct {
	io.ReadCloser
	to *string
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	*w.to += string(bytes.Clone(p[:n]))
	return n, err
}

func (t *task) params() openai.ChatCompletionNewParams {
	p := openai.ChatCompletionNewParams{Model: t.Model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(t.Text)}}
	if t.Usage {
		p.StreamOptions.IncludeUsage = openai.Bool(true)
	}
	if t.Tools {
		p.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: "get_weather", Description: openai.String("the weather of a place"),
			Parameters: shared.FunctionParameters{"type": "object", "properties": map[string]any{"place": map[string]any{"type": "string"}}},
		})}
	}
	return p
}

func (a *account) stream(t *task) error {
	c := a.client(t)
	s := c.Chat.Completions.NewStreaming(context.Background(), t.params())
	defer s.Close()
	var acc openai.ChatCompletionAccumulator
	for s.Next() {
		chunk := s.Current()
		if !acc.AddChunk(chunk) {
			return errors.New("a chunk does not fit those before it")
		}
		a.named(chunk.ID, chunk.Model)
		if chunk.Usage.TotalTokens > 0 {
			a.Usage = []int64{chunk.Usage.PromptTokens, chunk.Usage.CompletionTokens}
		}
		for _, choice := range chunk.Choices {
			a.delta(choice)
		}
		if call, ok := acc.JustFinishedToolCall(); ok {
			a.Tools = append(a.Tools, [2]string{call.Name, call.Arguments})
		}
	}
	return s.Err()
}

// delta takes a piece of the answer.
func (a *account) delta(choice openai.ChatCompletionChunkChoice) {
	var thought string
	if raw := choice.Delta.JSON.ExtraFields["reasoning"].Raw(); raw != "" && json.Unmarshal([]byte(raw), &thought) == nil {
		a.Thoughts += thought
	}
	if choice.Delta.Content != "" {
		say(map[string]string{"text": choice.Delta.Content})
	}
	for _, call := range choice.Delta.ToolCalls {
		say(map[string]string{"arguments": call.Function.Arguments})
	}
	if choice.FinishReason != "" {
		a.Finish = &choice.FinishReason
	}
}

func (a *account) named(id, model string) {
	if !slices.Contains(a.IDs, id) {
		a.IDs = append(a.IDs, id)
	}
	if len(a.Models) == 0 || a.Models[len(a.Models)-1] != model {
		a.Models = append(a.Models, model)
	}
}

func (a *account) whole(t *task) error {
	c := a.client(t)
	got, err := c.Chat.Completions.New(context.Background(), t.params())
	if err != nil {
		return err
	}
	a.named(got.ID, got.Model)
	a.Usage = []int64{got.Usage.PromptTokens, got.Usage.CompletionTokens}
	for _, choice := range got.Choices {
		say(map[string]string{"text": choice.Message.Content})
		if raw := choice.Message.JSON.ExtraFields["reasoning"].Raw(); raw != "" {
			_ = json.Unmarshal([]byte(raw), &a.Thoughts) // of another type it is none
		}
		for _, call := range choice.Message.ToolCalls {
			a.Tools = append(a.Tools, [2]string{call.Function.Name, call.Function.Arguments})
		}
		a.Finish = &choice.FinishReason
	}
	return json.Unmarshal([]byte(got.RawJSON()), &a.Raw)
}
