package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"strowger/desktop/store"
)

// sizes are how long a request and its answer were, in bytes.
type sizes struct {
	Request int64 `json:"request"`
	Answer  int64 `json:"answer"`
}

// recorded is a decision in the record of a data folder, which the caller closes, and what was said;
// nil if that is not kept.
func recorded(ctx context.Context, dir, id string) (_ *store.Store, d store.Decision, said *store.Bodies, err error) {
	path, db, err := openRecord(dir)
	if err != nil {
		return nil, d, nil, err
	}
	if d, err = db.Decision(ctx, id); errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("%s: the record in %s has no decision of this id", id, path)
	} else if err == nil {
		var b store.Bodies
		if b, err = db.Bodies(ctx, d.Seq); err == nil {
			said = &b
		} else if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
	}
	if err != nil {
		_ = db.Close() // nothing was written
	}
	return db, d, said, err
}

// printBodies writes what was asked and answered.
func printBodies(ctx context.Context, e *env, id, dir string, asJSON bool) error {
	db, _, said, err := recorded(ctx, dir, id)
	if err != nil {
		return err
	}
	defer db.Close()
	if said == nil {
		return fmt.Errorf("%s: what was asked and answered is not kept: that takes record.bodies: true at the time", id)
	}
	if asJSON {
		enc := json.NewEncoder(e.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(struct {
			ID      string `json:"id"`
			Request string `json:"request"`
			Answer  string `json:"answer"`
			Bodies  sizes  `json:"bodies"`
		}{id, string(said.Request), string(said.Answer), sizes{said.RequestSize, said.AnswerSize}})
	}
	printBody(e.out, "request", said.Request, said.RequestSize)
	printBody(e.out, "answer", said.Answer, said.AnswerSize)
	return nil
}

// printBody writes a body as text that no terminal obeys.
func printBody(out io.Writer, name string, body []byte, size int64) {
	cut := ""
	if size > store.MaxBody {
		cut = fmt.Sprintf(", of which the first %d are kept", store.MaxBody)
	}
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ReplaceAll(string(body), "\r\n", "\n"))
	fmt.Fprintf(out, "%s, %d bytes%s\n%s\n\n", name, size, cut, strings.TrimRight(text, "\n"))
}
