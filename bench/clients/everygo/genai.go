package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"

	"google.golang.org/genai"
)

// contents talks with Google's SDK.
type contents struct {
	client  *genai.Client
	model   string
	history []*genai.Content
	config  *genai.GenerateContentConfig
	stream  bool
}

func newContents(ctx context.Context, t *task) (*contents, error) {
	client, err := genai.NewClient(ctx, &genai.ClientConfig{APIKey: key, Backend: genai.BackendGeminiAPI, HTTPOptions: genai.HTTPOptions{BaseURL: t.URL}})
	if err != nil {
		return nil, err
	}
	config := &genai.GenerateContentConfig{SystemInstruction: genai.NewContentFromText(t.System, genai.RoleUser)}
	if t.Tools {
		var declared []*genai.FunctionDeclaration
		for _, o := range t.Offered {
			declared = append(declared, &genai.FunctionDeclaration{Name: o.Name, Description: o.Description, ParametersJsonSchema: o.Parameters})
		}
		config.Tools = []*genai.Tool{{FunctionDeclarations: declared}}
	}
	if t.Format {
		config.ResponseMIMEType, config.ResponseJsonSchema = "application/json", t.Report
	}
	if t.Think {
		config.ThinkingConfig = &genai.ThinkingConfig{IncludeThoughts: true}
	}
	c := &contents{client: client, model: t.Model, config: config, stream: t.Stream}
	c.more(t.Text)
	if t.Picture != "" {
		png, err := base64.StdEncoding.DecodeString(t.Picture)
		if err != nil {
			return nil, err
		}
		c.history[0].Parts = append(c.history[0].Parts, genai.NewPartFromBytes(png, "image/png"))
	}
	return c, nil
}

func (c *contents) ask(ctx context.Context) (*answer, error) {
	a := &answer{}
	said := &genai.Content{Role: genai.RoleModel}
	if c.stream {
		for got, err := range c.client.Models.GenerateContentStream(ctx, c.model, c.history, c.config) {
			if err != nil {
				return nil, err
			}
			a.take(got, said)
		}
	} else {
		got, err := c.client.Models.GenerateContent(ctx, c.model, c.history, c.config)
		if err != nil {
			return nil, err
		}
		a.take(got, said)
	}
	for _, p := range said.Parts {
		switch {
		case p.Thought:
			a.Thoughts += p.Text
		case p.FunctionCall != nil:
			args, err := json.Marshal(p.FunctionCall.Args)
			if err != nil {
				return nil, err
			}
			a.Calls = append(a.Calls, call{p.FunctionCall.ID, p.FunctionCall.Name, args})
		default:
			a.Text += p.Text
		}
	}
	c.history = append(c.history, said)
	return a, nil
}

// take adds a response, whole or a piece.
func (a *answer) take(got *genai.GenerateContentResponse, said *genai.Content) {
	if got.ModelVersion != "" {
		a.Model = got.ModelVersion
	}
	if u := got.UsageMetadata; u != nil {
		a.Usage = usage{int64(u.PromptTokenCount), int64(u.CandidatesTokenCount)}
	}
	for _, candidate := range got.Candidates {
		if candidate.FinishReason != "" {
			a.Finish = string(candidate.FinishReason)
		}
		if candidate.Content != nil {
			said.Parts = append(said.Parts, slices.DeleteFunc(candidate.Content.Parts, empty)...)
		}
	}
}

func (c *contents) more(text string) {
	c.history = append(c.history, genai.NewContentFromText(text, genai.RoleUser))
}

// empty is a part that says nothing, as the last of a stream, which may bear a signature: sent
// back it would have no data, and be refused.
func empty(p *genai.Part) bool {
	return p.Text == "" && p.FunctionCall == nil
}

func (c *contents) results(calls []call, said []string) {
	parts := make([]*genai.Part, len(calls))
	for i, made := range calls {
		parts[i] = genai.NewPartFromFunctionResponse(made.Name, map[string]any{"output": said[i]})
		parts[i].FunctionResponse.ID = made.ID
	}
	c.history = append(c.history, genai.NewContentFromParts(parts, genai.RoleUser))
}
