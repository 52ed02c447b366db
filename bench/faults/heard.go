package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// heard is what a caller got, as read by somebody who trusts nothing: the text, what it
// ended with, and everything about it that must not be.
type heard struct {
	status   int
	header   http.Header
	text     string            // of choice 0
	thought  string            // its reasoning
	others   map[int]string    // the text of further choices
	finishes []string          // finish reasons in the order they came
	done     bool              // [DONE] has come
	code     string            // of the error, if there was one
	message  string            // of the error
	clean    bool              // the transport ended as it should
	wrong    []string          // what no caller should get
	first    map[string]string // members that have to be the same in all chunks
}

func (h *heard) complain(format string, args ...any) {
	h.wrong = append(h.wrong, fmt.Sprintf(format, args...))
}

// reply is an answer or a chunk, as strict as SDKs are.
type reply struct {
	ID                string
	Object            string
	Model             string
	Choices           []choice
	SystemFingerprint *string `json:"system_fingerprint"`
	Usage             json.RawMessage
	Error             *struct {
		Message string
		Type    string
		Param   *string
		Code    any
	}
}

type choice struct {
	Index        *int
	Delta        *message
	Message      *message
	FinishReason *string `json:"finish_reason"`
}

type message struct {
	Role      string
	Content   *string
	Refusal   string
	Reasoning string          `json:"reasoning_content"`
	ToolCalls json.RawMessage `json:"tool_calls"`
}

// listen reads an answer to its end.
func listen(resp *http.Response, model string, streamed bool) *heard {
	h := &heard{status: resp.StatusCode, header: resp.Header, others: map[int]string{}, first: map[string]string{}}
	body, err := io.ReadAll(resp.Body)
	h.clean = err == nil
	kind := resp.Header.Get("content-type")
	switch {
	case h.status != 200:
		h.readError(body)
	case streamed:
		if !strings.HasPrefix(kind, "text/event-stream") {
			h.complain("a stream of content type %q", kind)
		}
		h.readStream(body, model)
	default:
		h.readWhole(body, model)
	}
	if h.status != 200 || !streamed {
		if !strings.HasPrefix(kind, "application/json") {
			h.complain("content type %q", kind)
		}
		if !h.clean {
			h.complain("the connection broke: %v", err)
		}
	}
	return h
}

// readError reads an error body. It need not be of OpenAI's shape where a provider's own goes
// on, but it must be JSON that says something.
func (h *heard) readError(body []byte) {
	var e reply
	if err := json.Unmarshal(body, &e); err != nil || e.Error == nil {
		h.complain("an error body that no SDK reads (%v): %.200s", err, body)
		return
	}
	h.noteError(&e)
}

func (h *heard) noteError(e *reply) {
	if h.message != "" {
		h.complain("a second error: %s", e.Error.Message)
	}
	h.message, h.code = e.Error.Message, fmt.Sprint(e.Error.Code)
	if h.message == "" || e.Error.Type == "" {
		h.complain("an error without a message or a type")
	}
}

func (h *heard) readWhole(body []byte, model string) {
	var r reply
	if err := json.Unmarshal(body, &r); err != nil {
		h.complain("not JSON (%v): %.200s", err, body)
		return
	}
	if r.Error != nil {
		h.complain("an error with status 200: %s", r.Error.Message)
	}
	if r.Model != model || r.Object != "chat.completion" || r.ID == "" {
		h.complain("model %q, object %q, id %q", r.Model, r.Object, r.ID)
	}
	for i := range r.Choices {
		c := &r.Choices[i]
		if c.Message == nil || c.Delta != nil {
			h.complain("a choice without a message, or with a delta")
			continue
		}
		h.say(c, c.Message)
	}
	h.done = true
}

// say notes what a choice says.
func (h *heard) say(c *choice, m *message) {
	if c.Index == nil {
		h.complain("a choice without an index")
		return
	}
	text := ""
	if m.Content != nil {
		text = *m.Content
	}
	if *c.Index == 0 {
		h.text += text
		h.thought += m.Reasoning
	} else {
		h.others[*c.Index] += text
	}
	if c.FinishReason != nil && *c.FinishReason != "" { // some servers say "" for null
		h.finishes = append(h.finishes, *c.FinishReason)
	}
}

// same notes a member that has to be the same in all chunks.
func (h *heard) same(name, value string) {
	if before, ok := h.first[name]; ok && before != value {
		h.complain("%s changes from %q to %q", name, before, value)
	}
	h.first[name] = value
}

// readStream reads events as the standard says (html.spec.whatwg.org, 9.2.6), and their data
// as chunks.
func (h *heard) readStream(body []byte, model string) {
	for _, data := range eventsOf(string(body)) {
		switch {
		case h.done:
			h.complain("something behind [DONE]: %.100s", data)
		case h.message != "":
			h.complain("something behind the error: %.100s", data)
		case data == "[DONE]":
			h.done = true
		default:
			h.readChunk(data, model)
		}
	}
}

func (h *heard) readChunk(data, model string) {
	var r reply
	if err := json.Unmarshal([]byte(data), &r); err != nil {
		h.complain("an event that is not JSON (%v): %.100s", err, data)
		return
	}
	if r.Error != nil {
		h.noteError(&r)
		return
	}
	if r.Model != model || !strings.HasPrefix(r.Object, "chat.completion") {
		h.complain("model %q, object %q", r.Model, r.Object)
	}
	h.same("id", r.ID)
	if len(r.Choices) == 0 {
		h.complain("a chunk without choices that nobody asked for: %.100s", data)
	}
	for i := range r.Choices {
		c := &r.Choices[i]
		if c.Delta == nil || c.Message != nil {
			h.complain("a choice without a delta, or with a message")
			continue
		}
		if len(h.finishes) > 0 && c.Index != nil && *c.Index == 0 && c.Delta.Content != nil && *c.Delta.Content != "" {
			h.complain("text behind the finish reason")
		}
		h.say(c, c.Delta)
	}
}

// eventsOf are the data of the events in a stream. An event that its blank line does not end is
// none.
func eventsOf(stream string) (all []string) {
	stream = strings.TrimPrefix(stream, "\ufeff")
	stream = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(stream)
	var data []string
	for {
		line, rest, ok := strings.Cut(stream, "\n")
		if !ok {
			return all
		}
		stream = rest
		if line == "" {
			if text := strings.Join(data, "\n"); text != "" {
				all = append(all, text)
			}
			data = nil
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		if name == "data" {
			data = append(data, strings.TrimPrefix(value, " "))
		}
	}
}
