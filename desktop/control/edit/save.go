package edit

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"strowger/desktop/config"
	"strowger/desktop/config/lines"
	"strowger/desktop/control/reply"
)

// version is a text and its stamp.
type version struct{ stamp, text string }

// mostServed is how many texts are remembered that were given out.
const mostServed = 8

// remember keeps a text that is given out.
func (p *Part) remember(f file) {
	for _, v := range p.served {
		if v.stamp == f.stamp {
			return
		}
	}
	p.served = append(p.served, version{f.stamp, f.text})
	if len(p.served) > mostServed {
		p.served = append(p.served[:0], p.served[1:]...)
	}
}

// diff answers how a text differs from the file.
func (p *Part) diff(w http.ResponseWriter, r *http.Request) {
	var in texted
	if !p.read(w, r, &in, &in.Text) {
		return
	}
	f, err := p.file(p.o.Host.InUse())
	if err != nil {
		reply.Fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	if f.stamp == "" {
		f.text = "" // there is no file: all is new
	}
	reply.Value(w, http.StatusOK, map[string]any{"hunks": lines.Diff(p.shown(f.text), p.shown(in.Text))})
}

// put writes a text into the file.
func (p *Part) put(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Text  string `json:"text"`
		Stamp string `json:"stamp"`
		Why   string `json:"why"`
	}
	if !p.read(w, r, &in, &in.Text) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.current(w, in.Stamp, in.Text)
	if ok {
		p.save(r.Context(), w, f, in.Text, said(in.Why))
	}
}

// undo writes the text that stood before the one that is there.
func (p *Part) undo(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Stamp string `json:"stamp"`
	}
	if !reply.Read(w, r, maxBody, &in) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	f, err := p.file(p.o.Host.InUse())
	if err != nil {
		reply.Fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	to, text := p.history.before(r.Context(), f.text)
	if to == nil || f.stamp == "" {
		reply.Fail(w, http.StatusConflict, "there is nothing to undo: no text is known from before this one")
		return
	}
	if f, ok := p.current(w, in.Stamp, text); ok {
		p.save(r.Context(), w, f, text, undone+to.ID)
	}
}

// current is the file if it may be written and is still the one that stamp is of; if not,
// that is answered, with what was meant to be written put together with what is there.
func (p *Part) current(w http.ResponseWriter, stamp, text string) (file, bool) {
	f, err := p.file(p.o.Host.InUse())
	switch {
	case err != nil:
		reply.Fail(w, http.StatusInternalServerError, err.Error())
		return f, false
	case f.reason != "":
		reply.Fail(w, http.StatusForbidden, f.reason)
		return f, false
	case stamp == f.stamp:
		return f, true
	}
	type failure struct {
		Status  int    `json:"status"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	out := struct {
		Error     failure          `json:"error"`
		Disk      string           `json:"disk"`
		Stamp     string           `json:"stamp"`
		Base      *string          `json:"base"`
		Yours     string           `json:"yours"`
		Merged    *string          `json:"merged"`
		Conflicts []lines.Conflict `json:"conflicts"`
	}{failure{http.StatusConflict, "conflict", "the file has changed since it was read; look at both changes"}, p.shown(f.text), f.stamp, nil, p.shown(text), nil, []lines.Conflict{}}
	if f.stamp == "" {
		out.Disk = ""
		out.Error.Message = "the file is gone since it was read; to write it anew, save with an empty stamp"
	}
	for _, v := range p.served {
		if v.stamp == stamp && stamp != "" && f.stamp != "" {
			base := p.shown(v.text)
			out.Base = &base
			merged, conflicts := lines.Merge(base, out.Yours, out.Disk)
			if out.Conflicts = append(out.Conflicts, conflicts...); len(conflicts) == 0 {
				out.Merged = &merged
			}
		}
	}
	p.remember(f)
	reply.Value(w, http.StatusConflict, out)
	return f, false
}

// takeWithin is how long an answer waits for the text to be in use.
const takeWithin = 5 * time.Second

// save writes a text that is valid and answers with how things are then.
func (p *Part) save(ctx context.Context, w http.ResponseWriter, f file, text, why string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeWithin)
	defer cancel()
	found, err := p.write(ctx, f, text, why)
	switch {
	case errors.Is(err, config.ErrChanged): // while it was looked at what the text means
		if _, same := p.current(w, f.stamp, text); same {
			reply.Fail(w, http.StatusConflict, "the file changed and changed back while it was saved; try again")
		}
	case err != nil:
		reply.Fail(w, http.StatusInternalServerError, err.Error())
	case len(found) > 0:
		reply.Value(w, http.StatusUnprocessableEntity, map[string]any{"problems": found})
	default:
		p.answer(ctx, w)
	}
}

// write writes a text if nothing is wrong with it, and has it taken into use.
func (p *Part) write(ctx context.Context, f file, text, why string) ([]problem, error) {
	c, rev, found, _ := p.verdict(f.path, text)
	if len(found) > 0 {
		return found, nil
	}
	if f.stamp != "" {
		before, rev, _, _ := p.verdict(f.path, f.text)
		p.history.see(ctx, f.text, rev, before == nil || before.HoldsSecrets())
	}
	if text != f.text || f.stamp == "" {
		was := []byte(f.text)
		if f.stamp == "" {
			was = nil
		}
		if err := config.Swap(f.path, was, []byte(text)); err != nil {
			return nil, err
		}
		p.history.add(ctx, text, why, rev, c.HoldsSecrets())
	}
	p.o.Host.Take(ctx, f.path)
	return nil, nil
}

// past answers with a text that was saved before.
func (p *Part) past(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := r.PathValue("id")
	all := p.history.list(r.Context())
	i := slices.IndexFunc(all, func(e entry) bool { return e.ID == id })
	text, ok := p.history.text(r.Context(), id)
	if i < 0 || !ok {
		reply.Fail(w, http.StatusNotFound, "no text "+id+" is kept")
		return
	}
	reply.Value(w, http.StatusOK, struct {
		entry
		Text string `json:"text"`
	}{all[i], p.shown(text)})
}

// said is why a change was made, as its maker says it: bounded, and not taken for an undo.
func said(s string) string {
	if strings.HasPrefix(s, undone) {
		s = "“" + s + "”"
	}
	const most = 200
	for i := range s {
		if i >= most {
			return s[:i] + "…"
		}
	}
	return s
}
