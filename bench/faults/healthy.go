package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"
)

// mode is what a healthy second provider says.
type mode string

// The modes. Without one there is no second provider.
const (
	modeNone    mode = ""
	modeSame    mode = "same"    // what the first says
	modeOther   mode = "other"   // something else, though it begins alike
	modePrefill mode = "prefill" // what the first says, from where the request's last message ends
	// modeChain: there is a raw provider in between that says the same, and breaks off, too; then
	// one as of modeSame.
	modeChain mode = "chain"
)

// healthy is a second provider for all cases. It knows a case by the model's name there.
type healthy struct {
	mode  mode
	url   string
	serve *http.Server

	mu    sync.Mutex
	lines map[string]*lines
}

// lines is what is to be said to a case, and how often it was asked.
type lines struct {
	text, thought string
	asked         int
}

func newHealthy(m mode) (*healthy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &healthy{mode: m, url: "http://" + l.Addr().String(), lines: map[string]*lines{}}
	h.serve = &http.Server{Handler: h}
	go func() { _ = h.serve.Serve(l) }() // until it is closed
	return h, nil
}

// teach tells the provider what to say.
func (h *healthy) teach(model, text, thought string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines[model] = &lines{text: text, thought: thought}
}

// asked is how often a model was asked for.
func (h *healthy) asked(model string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if l := h.lines[model]; l != nil {
		return l.asked
	}
	return 0
}

// question is what a request says, as far as it matters.
type question struct {
	Model    string
	Stream   bool
	Messages []struct{ Role, Content string }
}

// ServeHTTP answers well.
func (h *healthy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q question
	err := json.NewDecoder(r.Body).Decode(&q)
	h.mu.Lock()
	l, text, thought := h.lines[q.Model], "", ""
	if l != nil {
		l.asked++
		text, thought = l.text, l.thought
	}
	h.mu.Unlock()
	if err != nil || l == nil || len(q.Messages) == 0 {
		http.Error(w, fmt.Sprintf("no such model %q, %v", q.Model, err), http.StatusBadRequest)
		return
	}
	if last := q.Messages[len(q.Messages)-1]; last.Role == "assistant" {
		rest, ok := strings.CutPrefix(text, last.Content)
		if h.mode != modePrefill || !ok || last.Content == "" {
			http.Error(w, "that is no beginning of mine: "+last.Content, http.StatusBadRequest)
			return
		}
		text, thought = rest, ""
	}
	if q.Stream {
		h.stream(w, text, thought)
		return
	}
	w.Header().Set("content-type", "application/json")
	fmt.Fprintf(w, `{"id":"chatcmpl-second","object":"chat.completion","created":1700000001,"model":"second","choices":[{"index":0,"message":{"role":"assistant","content":%s},"finish_reason":"stop"}]}`, quote(text))
}

// stream says the text in other pieces than the first provider, with escapes of its own.
func (h *healthy) stream(w http.ResponseWriter, text, thought string) {
	w.Header().Set("content-type", "text/event-stream")
	say := func(delta, finish string) {
		fmt.Fprintf(w, `data: {"id":"chatcmpl-second","object":"chat.completion.chunk","created":1700000001,"model":"second","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}`+"\n\n", delta, finish)
		_ = http.NewResponseController(w).Flush() // whoever has gone sees nothing of it
	}
	say(`{"role":"assistant","content":""}`, "null")
	for _, p := range pieces(thought, 7) {
		say(`{"reasoning_content":`+quote(p)+`}`, "null")
	}
	all := pieces(text, 11)
	for i, p := range all {
		if i == len(all)-1 && h.mode == modeSame { // the last piece and the reason in one event
			say(`{"content":`+escape(p)+`}`, `"stop"`)
		} else {
			say(`{"content":`+escape(p)+`}`, "null")
		}
	}
	if len(all) == 0 || h.mode != modeSame {
		say(`{}`, `"stop"`)
	}
	fmt.Fprint(w, done)
}

// pieces cuts text into so many characters each.
func pieces(text string, size int) (all []string) {
	for text != "" {
		end := 0
		for range size {
			_, n := utf8.DecodeRuneInString(text[end:])
			end += n
		}
		all = append(all, text[:end])
		text = text[end:]
	}
	return all
}
