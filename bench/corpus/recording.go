package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
)

// recording is one recorded call.
type recording struct {
	id, provider, api string
	status            int
	asked             codec.Asked
	request           []byte // nil if there is none
	answer            []byte // its bytes, as a provider sends them
	stream            bool
}

// spoken are the APIs that there are codecs for.
var spoken = map[string]struct {
	schema    llm.Schema
	operation llm.Operation
}{
	"openai.chat":                  {llm.SchemaOpenAI, llm.OperationChat},
	"openai.embeddings":            {llm.SchemaOpenAI, llm.OperationEmbeddings},
	"openai.responses":             {llm.SchemaResponses, llm.OperationChat},
	"anthropic.messages":           {llm.SchemaAnthropic, llm.OperationChat},
	"anthropic.count_tokens":       {llm.SchemaAnthropic, llm.OperationCountTokens},
	"gemini.generateContent":       {llm.SchemaGemini, llm.OperationChat},
	"gemini.streamGenerateContent": {llm.SchemaGemini, llm.OperationChat},
	"gemini.countTokens":           {llm.SchemaGemini, llm.OperationCountTokens},
	"gemini.embed":                 {llm.SchemaGemini, llm.OperationEmbeddings},
}

// elsewhere are recordings that are not what their API's name says, by how their id begins.
var elsewhere = map[string]string{
	"google-vertex.openai.chat.google_vertex_embedding":           "embeddings under another name",
	"togetherai.openai.chat.togetherai_reranking":                 "reranking",
	"open-responses.openai.chat.":                                 "the responses API under another name",
	"xai.openai.chat.xai_code_execution_tool_1":                   "the responses API under another name",
	"xai.openai.chat.xai_file_search_tool_1":                      "the responses API under another name",
	"xai.openai.chat.xai_image_generation_tool_1":                 "the responses API under another name",
	"xai.openai.chat.xai_web_search_tool_1":                       "the responses API under another name",
	"anthropic.anthropic.messages.spliced_message_start":          "two answers spliced into one, from a test of a client",
	"openai.openai.responses.parallel_tool_call_wrapper_1_chunks": "recorded with a line that is no JSON",
	"pydantic-gateway.openai.chat.test_text_response":             "an answer of text, from a test of a gateway",
}

// recordings reads a corpus, in the order of ids.
func recordings(corpus, only string) ([]recording, error) {
	files, err := filepath.Glob(filepath.Join(corpus, "*", "*", "*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no recordings in %s", corpus)
	}
	slices.Sort(files)
	var all []recording
	for _, file := range files {
		if !strings.Contains(filepath.Base(file), only) {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		r, err := decode(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// decode reads one file of the corpus. Streams that were recorded without their frames get
// some.
func decode(text []byte) (recording, error) {
	var entry struct {
		ID, Provider, API string
		Request           *struct {
			URL  string
			Body json.RawMessage
		}
		Response struct {
			Status    int
			Body      json.RawMessage
			SSE, Text string
			Chunks    string `json:"chunks_jsonl"`
		}
	}
	if err := json.Unmarshal(text, &entry); err != nil {
		return recording{}, err
	}
	r := recording{id: entry.ID, provider: entry.Provider, api: entry.API, status: entry.Response.Status}
	r.asked.Operation = spoken[r.api].operation
	gemini := spoken[r.api].schema == llm.SchemaGemini
	if gemini {
		r.asked.Model, r.asked.Stream = "m", r.api == "gemini.streamGenerateContent"
	}
	if entry.Request != nil && len(entry.Request.Body) > 0 && string(entry.Request.Body) != "null" {
		r.request = entry.Request.Body
		if u, err := url.Parse(entry.Request.URL); gemini && err == nil {
			_, r.asked.Model, _ = strings.Cut(u.Path, "/models/")
			r.asked.Model, _, _ = strings.Cut(r.asked.Model, ":")
		}
	}
	switch res := entry.Response; {
	case res.SSE != "":
		r.stream, r.answer = true, []byte(res.SSE)
	case res.Chunks != "":
		r.stream, r.answer = true, frames(res.Chunks)
	case res.Text != "":
		r.answer = []byte(res.Text)
	default:
		r.answer = res.Body
	}
	return r, nil
}

// frames puts documents, one a line, into events as their providers frame them: named by
// their type where they have one that is not OpenAI's chat's.
func frames(lines string) (stream []byte) {
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		var doc struct{ Type string }
		if json.Unmarshal([]byte(line), &doc) == nil && doc.Type != "" {
			stream = append(stream, "event: "+doc.Type+"\n"...)
		}
		if line != "" {
			stream = append(stream, "data: "+line+"\n\n"...)
		}
	}
	return stream
}
