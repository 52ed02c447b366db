package main

import (
	"context"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

// messages talks with Anthropic's SDK.
type messages struct {
	client anthropic.Client
	params anthropic.MessageNewParams
	stream bool
}

func newMessages(t *task) *messages {
	p := anthropic.MessageNewParams{
		Model: t.Model, MaxTokens: 4096, System: []anthropic.TextBlockParam{{Text: t.System}},
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(t.Text))},
	}
	if t.Picture != "" {
		p.Messages[0].Content = append(p.Messages[0].Content, anthropic.NewImageBlockBase64("image/png", t.Picture))
	}
	if t.Tools {
		for _, o := range t.Offered {
			tool := anthropic.ToolParam{Name: o.Name, Description: anthropic.String(o.Description)}
			tool.InputSchema = anthropic.ToolInputSchemaParam{Properties: o.Parameters["properties"]}
			p.Tools = append(p.Tools, anthropic.ToolUnionParam{OfTool: &tool})
		}
	}
	if t.Format {
		p.OutputConfig.Format = anthropic.JSONOutputFormatParam{Schema: t.Report}
	}
	if t.Think {
		p.Thinking = anthropic.ThinkingConfigParamOfEnabled(2048)
	}
	return &messages{anthropic.NewClient(option.WithBaseURL(t.URL), option.WithAPIKey(key), option.WithMaxRetries(0)), p, t.Stream}
}

func (m *messages) ask(ctx context.Context) (*answer, error) {
	got, err := m.message(ctx)
	if err != nil {
		return nil, err
	}
	a := &answer{Finish: string(got.StopReason), Model: got.Model, Usage: usage{got.Usage.InputTokens, got.Usage.OutputTokens}}
	for _, block := range got.Content {
		a.Text += block.Text
		a.Thoughts += block.Thinking
		if block.Type == "tool_use" {
			a.Calls = append(a.Calls, call{block.ID, block.Name, block.Input})
		}
	}
	m.params.Messages = append(m.params.Messages, got.ToParam())
	return a, nil
}

func (m *messages) message(ctx context.Context) (*anthropic.Message, error) {
	if !m.stream {
		return m.client.Messages.New(ctx, m.params)
	}
	s := m.client.Messages.NewStreaming(ctx, m.params)
	defer s.Close()
	var whole anthropic.Message
	for s.Next() {
		if err := whole.Accumulate(s.Current()); err != nil {
			return nil, err
		}
	}
	return &whole, s.Err()
}

func (m *messages) more(text string) {
	m.params.Messages = append(m.params.Messages, anthropic.NewUserMessage(anthropic.NewTextBlock(text)))
}

func (m *messages) results(calls []call, said []string) {
	blocks := make([]anthropic.ContentBlockParamUnion, len(calls))
	for i, made := range calls {
		blocks[i] = anthropic.NewToolResultBlock(made.ID, said[i], false)
	}
	m.params.Messages = append(m.params.Messages, anthropic.NewUserMessage(blocks...))
}
