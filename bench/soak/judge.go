package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"strowger/bench/provider"
)

// wrong is what must not be, by what it does to a caller.
type wrong string

// The wrongs.
const (
	wrongTruncated wrong = "truncated success" // looks complete and is not
	wrongText      wrong = "text lost, doubled or changed"
	wrongEnd       wrong = "end that says nothing" // neither complete nor an error
	wrongForm      wrong = "bad form"
	wrongAttempts  wrong = "attempts multiplied"
)

// verdict is what came of a question: a class, and if it must not be, why.
type verdict struct {
	class string
	wrong wrong  // empty: all is well
	why   string // with what stood there
	cost  *float64
}

func fine(class string) verdict { return verdict{class: class} }

func bad(class string, w wrong, format string, args ...any) verdict {
	return verdict{class: class, wrong: w, why: fmt.Sprintf(format, args...)}
}

// chunk is a part of an answer, or a whole one.
type chunk struct {
	Model   string
	Choices []struct {
		Index          int
		Delta, Message said
		FinishReason   *string `json:"finish_reason"`
	}
	Usage *struct{ Cost *float64 }
	Error json.RawMessage
}

type said struct {
	Content, Refusal string
	ToolCalls        []struct {
		Index    int
		Function struct{ Name, Arguments string }
	} `json:"tool_calls"`
}

// heard is what a caller has got so far.
type heard struct {
	content, refusal, args strings.Builder
	finish                 []string
	cost                   *float64
	priced                 bool // usage was there
}

// add takes in a chunk; it is wrong if there is more than one answer in it.
func (h *heard) add(c *chunk) error {
	for i := range c.Choices {
		choice := &c.Choices[i]
		if choice.Index != 0 {
			return fmt.Errorf("choice %d", choice.Index)
		}
		for _, s := range [...]*said{&choice.Delta, &choice.Message} {
			h.content.WriteString(s.Content)
			h.refusal.WriteString(s.Refusal)
			for _, call := range s.ToolCalls {
				if call.Index != 0 {
					return fmt.Errorf("tool call %d", call.Index)
				}
				h.args.WriteString(call.Function.Arguments)
			}
		}
		if choice.FinishReason != nil && *choice.FinishReason != "" {
			h.finish = append(h.finish, *choice.FinishReason)
		}
	}
	if c.Usage != nil {
		h.priced, h.cost = true, c.Usage.Cost
	}
	return nil
}

// strays says where what was heard is no beginning of what is to be said.
func (h *heard) strays(q *question) string {
	for _, part := range [...]struct{ name, got, want string }{
		{"content", h.content.String(), q.text}, {"refusal", h.refusal.String(), q.text}, {"arguments", h.args.String(), q.args},
	} {
		if strings.HasPrefix(part.want, part.got) {
			continue
		}
		at := 0
		for at < len(part.got) && at < len(part.want) && part.got[at] == part.want[at] {
			at++
		}
		return fmt.Sprintf("%s differs from byte %d on: %q instead of %q", part.name, at, tail(part.got, at), tail(part.want, at))
	}
	return ""
}

// tail shows a text around a place.
func tail(s string, at int) string { return clip(s[max(0, min(at, len(s))-20):]) }

// complete judges an answer that claims to be whole.
func (h *heard) complete(class string, q *question, visits []visit) verdict {
	text, args := h.content.String()+h.refusal.String(), h.args.String()
	said := func(f provider.Fault) bool { return had(visits, f) }
	switch {
	case len(h.finish) != 1:
		return bad(class, wrongTruncated, "finish reasons %q, content %q", h.finish, clip(text))
	case h.strays(q) != "":
		return bad(class, wrongText, "%s", h.strays(q))
	case h.content.Len() > 0 && h.refusal.Len() > 0:
		return bad(class, wrongText, "content %q goes on as a refusal %q", clip(h.content.String()), clip(h.refusal.String()))
	case h.finish[0] == q.finish && args == q.args && (q.args != "" || text == q.text):
		return fine(class)
	case q.args != "" && h.finish[0] == "stop" && args == "" && h.refusal.String() == q.text && said(provider.FaultRefusal):
		return fine(class)
	case text == "" && args == "" && said(provider.FaultEmpty):
		return fine("complete: empty, as the provider said")
	case h.finish[0] == "content_filter" && said(provider.FaultContentFilter):
		return fine("complete: filtered, as the provider said")
	}
	return bad(class, wrongTruncated, "finish %q (wanted %q), %d bytes of text (wanted %d), %d of arguments (wanted %d): …%q",
		h.finish[0], q.finish, len(text), len(q.text), len(args), len(q.args), tail(text, len(text)))
}

// judgeStream reads an answer that is a stream: either it is complete and ends with [DONE],
// or it ends in an error event or a broken connection. There is nothing between.
func judgeStream(body io.Reader, q *question, visits func() []visit, by string) verdict {
	var h heard
	var done, failed bool
	lines := bufio.NewReader(body)
	for {
		line, err := lines.ReadString('\n')
		text := strings.TrimRight(line, "\r\n")
		data, isData := strings.CutPrefix(text, "data: ")
		switch {
		case text == "" || strings.HasPrefix(text, ":"):
		case err != nil: // half a line is not read by any client
		case !isData:
			return bad("stream", wrongForm, "neither data nor comment: %q", clip(text))
		case done || failed:
			return bad("stream", wrongForm, "behind the end (done %v): %q", done, clip(data))
		case data == "[DONE]":
			done = true
		default:
			var c chunk
			if json.Unmarshal([]byte(data), &c) != nil {
				return bad("stream", wrongForm, "not JSON: %q", clip(data))
			}
			if failed = c.Error != nil; failed {
				break
			}
			if !q.kind.mayBe(c.Model) {
				return bad("stream", wrongForm, "the model is %q: %q", c.Model, clip(data))
			}
			if e := h.add(&c); e != nil {
				return bad("stream", wrongForm, "%v: %q", e, clip(data))
			}
		}
		if err != nil {
			v := h.end(q, visits(), err, done, failed, by)
			v.cost = h.cost
			return v
		}
	}
}

// end judges a stream by how it ended.
func (h *heard) end(q *question, visits []visit, err error, done, failed bool, by string) verdict {
	clean := errors.Is(err, io.EOF)
	switch {
	case done && clean:
		return h.complete("complete: stream, "+by, q, visits)
	case h.strays(q) != "":
		return bad("stream", wrongText, "%s", h.strays(q))
	case done:
		return bad("stream", wrongEnd, "the connection breaks behind [DONE]: %v", err)
	case failed:
		return fine("failed: stream that ends in an error event")
	case clean:
		return bad("stream", wrongEnd, "it ends well, without [DONE] and without an error, with %q", tail(h.content.String(), h.content.Len()))
	}
	return fine("failed: stream that breaks without an error event")
}

// mayBe reports whether an answer may bear the model's id: that of the model asked for, of
// the fallback model, or of an arm of a route.
func (k *kind) mayBe(id string) bool {
	asked, _, _ := strings.Cut(k.model, ":")
	return id == asked || id == modelOne || k.path == supportPath && id == supportArm
}

// judgeWhole judges a body that is a whole answer.
func judgeWhole(body []byte, header http.Header, q *question, visits []visit, by string) verdict {
	const class = "whole answer"
	var c chunk
	if err := json.Unmarshal(body, &c); err != nil || len(c.Choices) != 1 || c.Error != nil {
		return bad(class, wrongForm, "%v: %q", err, clip(string(body)))
	}
	if !q.kind.mayBe(c.Model) {
		return bad(class, wrongForm, "the model is %q", c.Model)
	}
	var h heard
	if err := h.add(&c); err != nil {
		return bad(class, wrongForm, "%v", err)
	}
	v := h.complete("complete: whole, "+by, q, visits)
	v.cost = h.cost
	if text := header.Get("x-strowger-cost"); text != "" {
		var shown float64
		if err := json.Unmarshal([]byte(text), &shown); err != nil {
			return bad(class, wrongForm, "x-strowger-cost: %q", text)
		}
		if v.cost == nil {
			v.cost = &shown
		} else if *v.cost != shown {
			return bad(class, wrongForm, "usage.cost is %v, x-strowger-cost %v", *v.cost, shown)
		}
	}
	return v
}

// judgeError judges an answer with another status than 200.
func judgeError(status int, body []byte) verdict {
	class := fmt.Sprint("failed: status ", status)
	var c struct{ Error struct{ Message string } }
	if err := json.Unmarshal(body, &c); err != nil || c.Error.Message == "" {
		return bad(class, wrongForm, "an error without a message: %q", clip(string(body)))
	}
	return fine(class)
}

// continued is the class of streams that broke off, and were gone on with by another attempt.
const continued = "complete: stream, gone on with after a break"

// judgeAttempts holds what the providers saw against what is allowed; told is the number of
// attempts in the header, which of a stream are those before it began.
func judgeAttempts(v verdict, q *question, visits []visit, told int) verdict {
	const most = 6 // routing.max_attempts
	if q.kind.same {
		return v // several callers' attempts are not told apart
	}
	names := map[string]bool{}
	for _, v := range visits {
		names[v.provider] = true
	}
	whole := strings.HasPrefix(v.class, "complete: whole")
	goesOn := strings.HasPrefix(v.class, "complete: stream") && told > 0 && len(visits) > told
	switch {
	case len(visits) > most:
		return bad(v.class, wrongAttempts, "%d requests to providers: %v", len(visits), visits)
	case q.kind.one && len(names) > 1:
		return bad(v.class, wrongAttempts, "fallbacks are off, and providers were asked: %v", visits)
	case whole && told > 0 && len(visits) > told:
		return bad(v.class, wrongAttempts, "%d attempts told, providers saw %v", told, visits)
	case q.kind.wrong && len(visits) > 0:
		return bad(v.class, wrongAttempts, "there is no such model, and providers were asked: %v", visits)
	case goesOn && q.args != "":
		return bad(v.class, wrongAttempts, "it was gone on with inside the arguments of a tool: %v", visits)
	case goesOn && q.kind.path == honestPath:
		return bad(v.class, wrongAttempts, "it was gone on with, and resume is off: %v", visits)
	case goesOn:
		v.class = continued
	}
	return v
}
