// Package edit lets the dashboard look at the configuration's file and change it. Whatever is
// written has been found valid, replaces the file whole, and only if nobody else has changed
// it in the meantime.
//
//	GET /_/api/config               the file, what it means, and what it said before
//	POST /_/api/config/check        what is wrong with a text
//	POST /_/api/config/edit         a text with values changed, its comments and order kept
//	POST /_/api/config/diff         how a text differs from the file
//	PUT /_/api/config               writes a text into the file
//	GET /_/api/config/history/{id}  a text that was saved before
//	POST /_/api/config/undo         writes the text before the last that was saved
//	GET /_/api/setup                what is missing to serve requests, and who could
//	POST /_/api/setup/key           keeps a provider's key and has the file refer to it
//
// Secrets that stand in a text leave it for what stands for them, and come back into what is
// written: see veil.
package edit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"sync"
	"unicode/utf8"

	"strowger/core/catalog"
	"strowger/desktop/config"
	"strowger/desktop/control/reply"
	"strowger/desktop/store"
)

// InUse is the configuration that requests are served by.
type InUse struct {
	Config  *config.Config // where it came from and what it says
	Rev     string
	Problem string // why the file as it is now is not in use; empty if it is
	Fixed   string // why there is no file to change, ever; empty if there may be one
}

// Host serves by the configuration.
type Host interface {
	InUse() InUse
	// Parse reads a text as the file at path would be read.
	Parse(path string, text []byte) (*config.Config, error)
	// Take has the file at path taken into use, and returns when it is, or is refused.
	Take(ctx context.Context, path string)
}

// Options make a Part.
type Options struct {
	Host  Host
	Store *store.Store // where the history is kept; nil: in memory
	// Usable reports whether a provider can be asked, as far as its key goes; nil: all can.
	Usable func(*catalog.Provider) bool
}

// Part serves the paths of this package; it is a control.Part.
type Part struct {
	o       Options
	history history
	veil    veil

	mu     sync.Mutex // one change of the file at a time
	served []version  // texts that were given out, for what is changed on top of them
}

// New is a Part.
func New(o Options) *Part {
	return &Part{o: o, history: history{store: o.Store}, veil: veil{seed: rand.Text()}}
}

// Routes implements control.Part.
func (p *Part) Routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /_/api/config":              p.get,
		"PUT /_/api/config":              p.put,
		"POST /_/api/config/check":       p.check,
		"POST /_/api/config/edit":        p.edit,
		"POST /_/api/config/diff":        p.diff,
		"GET /_/api/config/history/{id}": p.past,
		"POST /_/api/config/undo":        p.undo,
		"GET /_/api/setup":               p.setup,
		"POST /_/api/setup/key":          p.key,
	}
}

// maxBody bounds what is sent: a text as JSON may be longer than it is.
const maxBody = 10 << 20

// file is the configuration's file as it is now.
type file struct {
	path string // where it is, or would be
	text string
	// stamp tells versions of the text apart; empty: there is no file.
	stamp  string
	reason string // why it cannot be written
}

// stampOf is the stamp of a text.
func stampOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// file reads the file, or says what it would begin with.
func (p *Part) file(use InUse) (file, error) {
	f := file{path: use.Config.Path, reason: use.Fixed}
	if f.path == "" {
		path, err := config.UserFile()
		if err != nil && f.reason == "" {
			f.reason = err.Error()
		}
		f.path = path
		if f.reason != "" {
			return f, nil
		}
	}
	text, err := config.Read(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.text = string(config.Starter(&use.Config.Catalog))
	case err != nil:
		return f, err
	default:
		f.text = string(text)
		f.stamp = stampOf(f.text)
	}
	if f.reason == "" && !utf8.ValidString(f.text) {
		f.reason = "the file is not UTF-8 text, which cannot be shown and given back as it is"
	}
	if f.reason == "" {
		f.reason = unwritable(f.path)
	}
	if _, ok := p.veil.hide(f.text); !ok && f.reason == "" {
		f.reason = "a secret stands in the file in a way that it cannot be shown without; better write ${NAME}, env:NAME or file:/path there"
	}
	return f, nil
}

// get answers with the file.
func (p *Part) get(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer(r.Context(), w)
}

// shown is the file and what it means, as it is answered.
type shown struct {
	Path     *string   `json:"path"`
	Rev      string    `json:"rev"`
	Stamp    string    `json:"stamp"`
	Text     string    `json:"text"`
	Problem  string    `json:"problem"`
	Warnings []problem `json:"warnings"`
	Outline  Outline   `json:"outline"`
	History  []entry   `json:"history"`
	Writable bool      `json:"writable"`
	Reason   string    `json:"reason"`
	Creates  string    `json:"creates,omitempty"`
	Undo     bool      `json:"undo"`
}

// answer is that of all that ends with the file as it is now.
func (p *Part) answer(ctx context.Context, w http.ResponseWriter) {
	use := p.o.Host.InUse()
	f, err := p.file(use)
	if err != nil {
		reply.Fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	p.remember(f)
	undo, _ := p.history.before(ctx, f.text)
	text, _ := p.veil.hide(f.text)
	s := shown{Rev: use.Rev, Stamp: f.stamp, Text: text, Problem: use.Problem, Warnings: problems(use.Config.Warnings, "warning"),
		Outline: OutlineOf(&use.Config.Catalog), History: p.history.list(ctx), Writable: f.reason == "", Reason: f.reason, Undo: undo != nil && f.reason == "" && f.stamp != ""}
	if f.stamp != "" {
		s.Path = &f.path
	} else if f.reason == "" {
		s.Creates = f.path
		s.Reason = "there is no file: saving makes " + f.path
	}
	if c, err := p.o.Host.Parse(f.path, []byte(f.text)); err == nil && f.stamp != "" {
		c.Lint()
		s.Warnings, s.Outline = problems(c.Warnings, "warning"), OutlineOf(&c.Catalog)
	}
	reply.Value(w, http.StatusOK, s)
}

// problem is something to say of a text, as it is answered.
type problem struct {
	File       string `json:"file"`
	Line       int    `json:"line"`
	Column     int    `json:"column"`
	Field      string `json:"field"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion"`
	Severity   string `json:"severity"`
}

func problems(all []config.Problem, severity string) []problem {
	out := []problem{}
	for _, p := range all {
		out = append(out, problem{p.File, p.Line, p.Column, p.Place, p.Message, p.Near, severity})
	}
	return out
}

// wrong are the problems of an error that a text was refused with.
func wrong(err error) []problem {
	var one config.Problem
	var all config.Problems
	switch {
	case errors.As(err, &all):
		return problems(all, "error")
	case errors.As(err, &one):
		return problems([]config.Problem{one}, "error")
	}
	return problems([]config.Problem{{Message: err.Error()}}, "error")
}

// verdict is what is to be said of a text, and what it would be called in use.
func (p *Part) verdict(path, text string) (c *config.Config, rev string, found, warnings []problem) {
	c, err := p.o.Host.Parse(path, []byte(text))
	if err != nil {
		return nil, "", wrong(err), []problem{}
	}
	cat, err := catalog.New(c.Catalog)
	if err != nil {
		return nil, "", wrong(err), []problem{}
	}
	c.Lint()
	return c, cat.Rev(), []problem{}, problems(c.Warnings, "warning")
}

type texted struct {
	Text string `json:"text"`
}

func (p *Part) check(w http.ResponseWriter, r *http.Request) {
	var in texted
	if !p.read(w, r, &in, &in.Text) {
		return
	}
	use := p.o.Host.InUse()
	c, rev, found, warnings := p.verdict(use.Config.Path, in.Text)
	reply.Value(w, http.StatusOK, struct {
		Problems []problem `json:"problems"`
		Warnings []problem `json:"warnings"`
		Rev      string    `json:"rev"`
		Same     bool      `json:"same"`
		Outline  *Outline  `json:"outline"` // null if the text is not valid
	}{found, warnings, rev, rev == use.Rev, outlined(c)})
}

func (p *Part) edit(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Text  string          `json:"text"`
		Edits []config.Change `json:"edits"`
	}
	if !p.read(w, r, &in, &in.Text) {
		return
	}
	path := p.o.Host.InUse().Config.Path
	text, err := config.Edit([]byte(in.Text), in.Edits)
	if err != nil {
		reply.Value(w, http.StatusUnprocessableEntity, struct {
			Text     string    `json:"text"`
			Problems []problem `json:"problems"`
		}{p.shown(in.Text), wrong(err)})
		return
	}
	c, _, found, warnings := p.verdict(path, string(text))
	reply.Value(w, http.StatusOK, struct {
		Text     string    `json:"text"`
		Problems []problem `json:"problems"`
		Warnings []problem `json:"warnings"`
		Outline  *Outline  `json:"outline"` // null if the text is not valid
	}{p.shown(string(text)), found, warnings, outlined(c)})
}

// outlined is the outline of what a text says; nil if it is not valid.
func outlined(c *config.Config) *Outline {
	if c == nil {
		return nil
	}
	o := OutlineOf(&c.Catalog)
	return &o
}
