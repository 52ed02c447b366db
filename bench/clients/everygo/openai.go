package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
)

const png = "data:image/png;base64,"

func openaiClient(t *task) openai.Client {
	return openai.NewClient(option.WithBaseURL(t.URL+"/v1/"), option.WithAPIKey(key), option.WithMaxRetries(0))
}

// chat talks by chat completions.
type chat struct {
	client openai.Client
	params openai.ChatCompletionNewParams
	stream bool
}

func newChat(t *task) *chat {
	p := openai.ChatCompletionNewParams{
		Model:    t.Model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(t.System), openai.UserMessage(t.Text)},
	}
	if t.Picture != "" {
		p.Messages[1] = openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
			openai.TextContentPart(t.Text), openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: png + t.Picture}),
		})
	}
	if t.Stream {
		p.StreamOptions.IncludeUsage = openai.Bool(true)
	}
	if t.Tools {
		for _, o := range t.Offered {
			p.Tools = append(p.Tools, openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
				Name: o.Name, Description: openai.String(o.Description), Parameters: o.Parameters, Strict: openai.Bool(true),
			}))
		}
	}
	if t.Format {
		p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "report", Strict: openai.Bool(true), Schema: t.Report},
		}
	}
	if t.Think {
		p.ReasoningEffort = shared.ReasoningEffortLow
	}
	return &chat{openaiClient(t), p, t.Stream}
}

func (c *chat) ask(ctx context.Context) (*answer, error) {
	got, err := c.completion(ctx)
	if err != nil {
		return nil, err
	}
	if len(got.Choices) != 1 {
		return nil, errors.New("not one choice")
	}
	message := got.Choices[0].Message
	a := &answer{Text: message.Content, Finish: got.Choices[0].FinishReason, Model: got.Model, Usage: usage{got.Usage.PromptTokens, got.Usage.CompletionTokens}}
	for _, call_ := range message.ToolCalls {
		a.Calls = append(a.Calls, call{call_.ID, call_.Function.Name, json.RawMessage(call_.Function.Arguments)})
	}
	c.params.Messages = append(c.params.Messages, message.ToParam())
	return a, nil
}

func (c *chat) completion(ctx context.Context) (*openai.ChatCompletion, error) {
	if !c.stream {
		return c.client.Chat.Completions.New(ctx, c.params)
	}
	s := c.client.Chat.Completions.NewStreaming(ctx, c.params)
	defer s.Close()
	var acc openai.ChatCompletionAccumulator
	for s.Next() {
		if !acc.AddChunk(s.Current()) {
			return nil, errors.New("a chunk does not fit those before it")
		}
	}
	return &acc.ChatCompletion, s.Err()
}

func (c *chat) results(calls []call, said []string) {
	for i, made := range calls {
		c.params.Messages = append(c.params.Messages, openai.ToolMessage(said[i], made.ID))
	}
}

func (c *chat) more(text string) {
	c.params.Messages = append(c.params.Messages, openai.UserMessage(text))
}

// responding talks by responses.
type responding struct {
	client openai.Client
	params responses.ResponseNewParams
	stream bool
}

func newResponses(t *task) *responding {
	p := responses.ResponseNewParams{
		Model: t.Model, Instructions: openai.String(t.System), Store: openai.Bool(false),
	}
	r := &responding{openaiClient(t), p, t.Stream}
	if t.Picture == "" {
		r.more(t.Text)
	} else {
		r.add(responses.ResponseInputItemParamOfMessage(responses.ResponseInputMessageContentListParam{
			responses.ResponseInputContentParamOfInputText(t.Text), {OfInputImage: &responses.ResponseInputImageParam{ImageURL: openai.String(png + t.Picture), Detail: "auto"}},
		}, responses.EasyInputMessageRoleUser))
	}
	p = r.params
	if t.Tools {
		for _, o := range t.Offered {
			tool := responses.ToolParamOfFunction(o.Name, o.Parameters, true)
			tool.OfFunction.Description = openai.String(o.Description)
			p.Tools = append(p.Tools, tool)
		}
	}
	if t.Format {
		p.Text.Format.OfJSONSchema = &responses.ResponseFormatTextJSONSchemaConfigParam{Name: "report", Strict: openai.Bool(true), Schema: t.Report}
	}
	if t.Think {
		p.Reasoning = shared.ReasoningParam{Effort: shared.ReasoningEffortLow, Summary: shared.ReasoningSummaryAuto}
		p.Include = []responses.ResponseIncludable{responses.ResponseIncludableReasoningEncryptedContent}
	}
	r.params = p
	return r
}

func (r *responding) ask(ctx context.Context) (*answer, error) {
	got, err := r.response(ctx)
	if err != nil {
		return nil, err
	}
	a := &answer{Text: got.OutputText(), Finish: string(got.Status), Model: got.Model, Usage: usage{got.Usage.InputTokens, got.Usage.OutputTokens}}
	for _, item := range got.Output {
		switch made := item.AsAny().(type) {
		case responses.ResponseReasoningItem:
			for _, s := range made.Summary {
				a.Thoughts += s.Text
			}
		case responses.ResponseFunctionToolCall:
			a.Calls = append(a.Calls, call{made.CallID, made.Name, json.RawMessage(made.Arguments)})
		}
		r.add(param.Override[responses.ResponseInputItemUnionParam](json.RawMessage(item.RawJSON())))
	}
	return a, nil
}

func (r *responding) response(ctx context.Context) (*responses.Response, error) {
	if !r.stream {
		return r.client.Responses.New(ctx, r.params)
	}
	s := r.client.Responses.NewStreaming(ctx, r.params)
	defer s.Close()
	var whole *responses.Response
	for s.Next() {
		switch e := s.Current().AsAny().(type) {
		case responses.ResponseCompletedEvent:
			whole = &e.Response
		case responses.ResponseIncompleteEvent:
			whole = &e.Response
		}
	}
	if s.Err() == nil && whole == nil {
		return nil, errors.New("the response does not end")
	}
	return whole, s.Err()
}

func (r *responding) results(calls []call, said []string) {
	for i, made := range calls {
		output := responses.ResponseInputItemParamOfFunctionCallOutput(said[i])
		output.OfFunctionCallOutput.CallID = openai.String(made.ID)
		r.add(output)
	}
}

func (r *responding) more(text string) {
	r.add(responses.ResponseInputItemParamOfMessage(text, responses.EasyInputMessageRoleUser))
}

func (r *responding) add(item responses.ResponseInputItemUnionParam) {
	r.params.Input.OfInputItemList = append(r.params.Input.OfInputItemList, item)
}
