package provider

import (
	"net/http"
	"strings"
)

// schema is whose API a path belongs to, as far as keys and errors are concerned.
type schema uint8

const (
	openAI schema = iota // chat completions and responses alike
	anthropic
	gemini
)

// door is what a path leads to: how its requests are read and its answers said.
type door struct {
	schema schema
	read   func(a *answer) *failure
	voice  voice
	model  string // where the path names it
	stream bool   // where the path says so
}

// voice says answers in one schema. The pieces of a stream are whole events; each method appends to dst.
type voice interface {
	// opening is what a stream begins with, reasoning included, before the first token of the answer.
	opening(dst []byte, a *answer) []byte
	// piece is one token of the answer.
	piece(dst []byte, a *answer, token string) []byte
	// ending is what ends a stream: further tool calls, why it ended (nothing if a.finish is empty), usage
	// and the end mark, as the fault lets it.
	ending(dst []byte, a *answer) []byte
	// whole is an answer that is no stream, and where a fault in mid-answer stops it.
	whole(dst []byte, a *answer) (body []byte, stop int)
	// odd is what goes wrong in a stream.
	odd(dst []byte, a *answer, what oddity) []byte
}

// oddity is something that a sound stream has not.
type oddity uint8

const (
	oddMark    oddity = iota // only the end mark, if there is one
	oddHollow                // an answer without anything in it, and the end mark
	oddGarbled               // an event that is not JSON
	oddComment               // a sign of life
)

// doorOf is where a path of POST requests leads; nil if there is none. /v1 in front may be left out, as
// base URLs have it or not.
func doorOf(path string) *door {
	if rest, ok := strings.CutPrefix(path, "/v1beta/models/"); ok {
		return geminiDoor(rest)
	}
	switch strings.TrimPrefix(path, "/v1") {
	case "/chat/completions":
		return &chatDoor
	case "/completions":
		return &completionDoor
	case "/embeddings":
		return &embeddingsDoor
	case "/responses":
		return &responsesDoor
	case "/messages":
		return &messagesDoor
	case "/messages/count_tokens":
		return &messagesCountDoor
	}
	return nil
}

// The doors of paths without a model in them.
var (
	chatDoor          = door{read: readChat, voice: chatVoice{}}
	completionDoor    = door{read: readCompletion, voice: completionVoice{}}
	embeddingsDoor    = door{read: readEmbeddings, voice: factVoice{}}
	responsesDoor     = door{read: readResponses, voice: responsesVoice{}}
	messagesDoor      = door{schema: anthropic, read: readMessages, voice: messagesVoice{}}
	messagesCountDoor = door{schema: anthropic, read: readMessagesCount, voice: factVoice{}}
)

// geminiDoor reads {model}:{method}.
func geminiDoor(rest string) *door {
	i := strings.LastIndexByte(rest, ':')
	if i < 1 {
		return nil
	}
	d := &door{schema: gemini, model: rest[:i], voice: factVoice{}}
	switch rest[i+1:] {
	case "generateContent":
		d.read, d.voice = readGenerate, generateVoice{}
	case "streamGenerateContent":
		d.read, d.voice, d.stream = readGenerate, generateVoice{}, true
	case "countTokens":
		d.read = readGenerateCount
	case "embedContent":
		d.read = readEmbedContent
	case "batchEmbedContents":
		d.read = readBatchEmbed
	default:
		return nil
	}
	return d
}

// authorized is nil for a caller with the right key, where the schema has it.
func (p *Provider) authorized(s schema, r *http.Request) *failure {
	if p.opt.Key == "" {
		return nil
	}
	sent, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch s {
	case anthropic:
		sent = r.Header.Get("X-Api-Key")
	case gemini:
		sent = r.Header.Get("X-Goog-Api-Key")
		if sent == "" {
			sent = r.URL.Query().Get("key")
		}
	}
	if sent == p.opt.Key {
		return nil
	}
	f := &failure{schema: s, status: http.StatusUnauthorized, kind: "invalid_request_error", code: "invalid_api_key", message: "Incorrect API key provided."}
	switch {
	case s == anthropic && sent == "":
		f.message = "x-api-key header is required"
	case s == anthropic:
		f.message = "invalid x-api-key"
	case s == gemini && sent == "":
		f.status, f.message = http.StatusForbidden, "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API."
	case s == gemini:
		f.status, f.message = http.StatusBadRequest, "API key not valid. Please pass a valid API key."
	case sent == "":
		f.code, f.message = "", "You didn't provide an API key: send it as a bearer token in the Authorization header."
	}
	return f
}
