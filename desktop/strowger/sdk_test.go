package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"

	"strowger/bench/provider"
)

// client is the official Go SDK, pointed at a running serve.
func client(p *process) openai.Client {
	return openai.NewClient(option.WithBaseURL(p.url+"/v1/"), option.WithAPIKey("sk-of-the-caller"), option.WithMaxRetries(0))
}

func asking(text string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{Model: sim, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(text)}}
}

// order is the extension field that makes a provider go first.
func order(names ...string) option.RequestOption {
	return option.WithJSONSet("provider", map[string]any{"order": names})
}

// stream reads a stream to its end and gives what the SDK made of it.
func stream(ctx context.Context, c openai.Client, params openai.ChatCompletionNewParams, opts ...option.RequestOption) (*openai.ChatCompletionAccumulator, []openai.ChatCompletionChunk, error) {
	s := c.Chat.Completions.NewStreaming(ctx, params, opts...)
	defer s.Close()
	acc, chunks := &openai.ChatCompletionAccumulator{}, []openai.ChatCompletionChunk(nil)
	for s.Next() {
		chunks = append(chunks, s.Current())
		if !acc.AddChunk(s.Current()) {
			return acc, chunks, errors.New("a chunk does not fit those before it")
		}
	}
	return acc, chunks, s.Err()
}

func TestSDKPlain(t *testing.T) {
	cfg, ps := simulate(t, "", provider.Options{Key: "sk-of-the-provider"})
	c := client(serving(t, cfg, t.TempDir()))
	var resp *http.Response
	got, err := c.Chat.Completions.New(t.Context(), asking(`sim: text="one two three" cached=1`), option.WithResponseInto(&resp))
	if err != nil {
		t.Fatal(err)
	}
	choice := got.Choices[0]
	if choice.Message.Content != "one two three" || choice.FinishReason != "stop" || got.Model != sim || !strings.Contains(got.RawJSON(), `"system_fingerprint":"`) {
		t.Errorf("%s", got.RawJSON())
	}
	if got.Usage.CompletionTokens != 3 || got.Usage.PromptTokens == 0 || got.Usage.PromptTokensDetails.CachedTokens != 1 {
		t.Errorf("usage %s", got.Usage.RawJSON())
	}
	for name, want := range map[string]string{"x-strowger-model": sim, "x-strowger-provider": "p1", "x-strowger-attempts": "1", "x-strowger-cache": "off"} {
		if v := resp.Header.Get(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
	if len(resp.Header.Get("x-strowger-decision")) != 36 || !strings.HasPrefix(resp.Header.Get("x-strowger-cost"), "0.000") {
		t.Errorf("headers %v", resp.Header)
	}
	if auth := ps[0].Last().Header.Get("authorization"); auth != "Bearer sk-of-the-provider" {
		t.Errorf("the provider was sent %q", auth)
	}
}

func TestSDKStream(t *testing.T) {
	cfg, _ := simulate(t, "", provider.Options{})
	c := client(serving(t, cfg, t.TempDir()))
	const text = "one two three four five six seven eight nine ten"
	acc, chunks, err := stream(t.Context(), c, asking(fmt.Sprintf("sim: fault=trickle text=%q", text)))
	if err != nil {
		t.Fatal(err)
	}
	if got := acc.Choices[0].Message.Content; got != text {
		t.Errorf("the text is %q", got)
	}
	if acc.Choices[0].FinishReason != "stop" || acc.Usage.TotalTokens != 0 {
		t.Errorf("finish %q, usage %+v that nobody asked for", acc.Choices[0].FinishReason, acc.Usage)
	}
	for i, chunk := range chunks {
		if chunk.Model != sim || chunk.ID != chunks[0].ID || !strings.Contains(chunk.RawJSON(), `"system_fingerprint":"`) || len(chunk.Choices) != 1 {
			t.Fatalf("chunk %d: %s", i, chunk.RawJSON())
		}
	}

	params := asking("hello")
	params.StreamOptions.IncludeUsage = openai.Bool(true)
	acc, chunks, err = stream(t.Context(), c, params, option.WithJSONSet("usage.include", true))
	if err != nil {
		t.Fatal(err)
	}
	last := chunks[len(chunks)-1]
	if acc.Usage.CompletionTokens == 0 || len(last.Choices) != 0 || last.Model != sim {
		t.Errorf("usage %+v, last chunk %s", acc.Usage, last.RawJSON())
	}
	if cost := last.Usage.JSON.ExtraFields["cost"].Raw(); !strings.HasPrefix(cost, "0.000") {
		t.Errorf("cost %q in %s", cost, last.RawJSON())
	}
}

// Text passes as it is, streamed or not.
func TestSDKText(t *testing.T) {
	const text = "'quoted'\tgrößer: 漢字 🙂 \\ </script> \u2028 end"
	cfg, _ := simulate(t, "", provider.Options{Behaviour: provider.Behaviour{Text: text}})
	c := client(serving(t, cfg, t.TempDir()))
	whole, err := c.Chat.Completions.New(t.Context(), asking("hello"))
	if err != nil {
		t.Fatal(err)
	}
	acc, _, err := stream(t.Context(), c, asking("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if whole.Choices[0].Message.Content != text || acc.Choices[0].Message.Content != text {
		t.Errorf("%q and %q, want %q", whole.Choices[0].Message.Content, acc.Choices[0].Message.Content, text)
	}
}

func weather() []openai.ChatCompletionToolUnionParam {
	return []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
		Name: "get_weather", Description: openai.String("the weather of a place"),
		Parameters: shared.FunctionParameters{"type": "object", "properties": map[string]any{"place": map[string]any{"type": "string"}}},
	})}
}

// A tool loop of two turns, plain and streamed.
func TestSDKTools(t *testing.T) {
	cfg, _ := simulate(t, "", provider.Options{})
	c := client(serving(t, cfg, t.TempDir()))
	for _, streamed := range []bool{false, true} {
		answer := func(params openai.ChatCompletionNewParams) openai.ChatCompletionChoice {
			if streamed {
				acc, _, err := stream(t.Context(), c, params)
				if err != nil {
					t.Fatal(err)
				}
				return acc.Choices[0]
			}
			got, err := c.Chat.Completions.New(t.Context(), params)
			if err != nil {
				t.Fatal(err)
			}
			return got.Choices[0]
		}
		params := asking("use the tool")
		params.Tools = weather()
		first := answer(params)
		if first.FinishReason != "tool_calls" || len(first.Message.ToolCalls) != 1 {
			t.Fatalf("streamed %v: %+v", streamed, first)
		}
		called := first.Message.ToolCalls[0]
		if called.Function.Name != "get_weather" || called.Function.Arguments != `{"place":"Paris"}` || called.ID == "" {
			t.Errorf("streamed %v: %+v", streamed, called)
		}
		params.Messages = append(params.Messages, first.Message.ToParam(), openai.ToolMessage("sunny", called.ID))
		if second := answer(params); second.FinishReason != "stop" || second.Message.Content == "" {
			t.Errorf("streamed %v, second turn: %+v", streamed, second)
		}
	}
}

func TestSDKModels(t *testing.T) {
	cfg, _ := simulate(t, "  sim/second: {endpoints: [{provider: p1}]}\n", provider.Options{})
	c := client(serving(t, cfg, t.TempDir()))
	var ids []string
	for pages := c.Models.ListAutoPaging(t.Context()); pages.Next(); {
		ids = append(ids, pages.Current().ID)
	}
	if !slices.Equal(ids, []string{sim, "sim/second", "auto"}) {
		t.Errorf("models %q", ids)
	}
	one, err := c.Models.Get(t.Context(), sim)
	if err != nil || one.ID != sim || one.OwnedBy != "sim" {
		t.Errorf("%+v, %v", one, err)
	}
}

// Fields beyond OpenAI's: the provider object, the list of models, suffixes.
func TestSDKExtraFields(t *testing.T) {
	cfg, ps := simulate(t, "  sim/second: {endpoints: [{provider: p2, model: other}]}\n", provider.Options{}, provider.Options{}, provider.Options{})
	c := client(serving(t, cfg, t.TempDir()))
	for name, x := range map[string]struct {
		model    string
		opt      option.RequestOption
		provider string
		answers  string
	}{
		"order":           {sim, order("p3", "p2"), "p3", sim},
		"only":            {sim, option.WithJSONSet("provider.only", []string{"p2"}), "p2", sim},
		"ignore":          {sim, option.WithJSONSet("provider.ignore", []string{"p1", "p2"}), "p3", sim},
		"sort":            {sim, option.WithJSONSet("provider", map[string]any{"sort": "price", "ignore": []string{"p1"}}), "p2", sim},
		"header":          {sim, option.WithHeader("x-strowger-provider", `{"order":["p2"]}`), "p2", sim},
		"suffix":          {sim + ":price", option.WithJSONSet("x", 1), "p1", sim},
		"name part":       {"second", option.WithJSONSet("x", 1), "p2", "sim/second"},
		"list of models":  {sim, option.WithJSONSet("models", []string{"sim/second"}), "p1", sim},
		"another's limit": {sim, option.WithJSONSet("provider", map[string]any{"allow_fallbacks": false, "order": []string{"p2"}}), "p2", sim},
	} {
		params := asking("hello")
		params.Model = x.model
		var resp *http.Response
		got, err := c.Chat.Completions.New(t.Context(), params, x.opt, option.WithResponseInto(&resp))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if by := resp.Header.Get("x-strowger-provider"); by != x.provider || got.Model != x.answers {
			t.Errorf("%s: answered by %s as %s, want %s, %s", name, by, got.Model, x.provider, x.answers)
		}
	}
	for i, p := range ps {
		if sent := string(p.Last().Body); strings.Contains(sent, `"provider"`) || strings.Contains(sent, `"models"`) {
			t.Errorf("p%d was sent %s", i+1, sent)
		}
	}
}
