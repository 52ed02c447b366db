package whatif

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"
	"unicode/utf8"

	"strowger/desktop/control/reply"
	"strowger/desktop/store"
)

// part is what is known of a request's or an answer's body that is kept.
type part struct {
	Bytes int64  `json:"bytes"` // that it was long
	Kind  string `json:"kind"`  // json, events, text or binary
	Cut   bool   `json:"cut"`   // only its beginning is kept
}

// partOf is the body as text, nil if it is none, and what is known of it; nil if there was none.
func partOf(body []byte, size int64) (text *string, about *part) {
	if len(body) == 0 {
		return nil, nil
	}
	cut := size > store.MaxBody
	for n := 1; cut && n < utf8.UTFMax && !utf8.Valid(body); n++ { // not in the middle of a character
		body = body[:len(body)-1]
	}
	about = &part{Bytes: size, Kind: kindOf(body), Cut: cut}
	if about.Kind == "binary" {
		return nil, about
	}
	whole := string(body)
	return &whole, about
}

// kindOf is what a body is by how it begins: headers, which would say it, are not kept.
func kindOf(body []byte) string {
	begin := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case !utf8.Valid(body):
		return "binary"
	case bytes.HasPrefix(begin, []byte("{")), bytes.HasPrefix(begin, []byte("[")):
		return "json"
	case bytes.HasPrefix(begin, []byte("data:")), bytes.HasPrefix(begin, []byte("event:")), bytes.HasPrefix(begin, []byte(":")):
		return "events"
	}
	return "text"
}

// request answers with what was asked and answered, or why it is not kept.
func (p *Part) request(w http.ResponseWriter, r *http.Request) {
	_, seq, err := p.o.Find(r.Context(), r.PathValue("id"))
	if err != nil {
		p.find(w, r, r.PathValue("id"))
		return
	}
	out := struct {
		Body     *string `json:"body"`
		Answer   *string `json:"answer"`
		Why      string  `json:"why"`
		Request  *part   `json:"request"`
		Response *part   `json:"response"`
	}{}
	said, err := p.said(r.Context(), seq)
	switch {
	case errors.Is(err, store.ErrNotFound) && p.o.Bodies():
		out.Why = "not kept: it came before record.bodies was on, or has been forgotten since"
	case errors.Is(err, store.ErrNotFound):
		out.Why = "not kept: prompts and answers are recorded with record.bodies: true only"
	case err != nil:
		reply.Fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	out.Body, out.Request = partOf(said.Request, said.RequestSize)
	out.Answer, out.Response = partOf(said.Answer, said.AnswerSize)
	reply.Value(w, http.StatusOK, out)
}

// What was recorded a moment ago is looked for again: it is written in batches.
const (
	againAfter = 50 * time.Millisecond
	againTimes = 12
)

// said are the bodies of a decision; store.ErrNotFound if none are kept.
func (p *Part) said(ctx context.Context, seq int64) (said store.Bodies, err error) {
	for range againTimes {
		waiting := p.o.Store.Counters().Queued > 0
		if said, err = p.o.Store.Bodies(ctx, seq); !waiting || !errors.Is(err, store.ErrNotFound) {
			break
		}
		select {
		case <-time.After(againAfter):
		case <-ctx.Done():
			return said, ctx.Err()
		}
	}
	return said, err
}
