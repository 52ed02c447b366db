package edit

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/desktop/config"
	"strowger/desktop/control/reply"
	"strowger/desktop/facts"
	"strowger/desktop/secret"
)

// offered is a provider whose key somebody may have, as it is answered.
type offered struct {
	Name       string   `json:"name"`
	Env        []string `json:"env"`        // variables that its key is also looked for in
	Models     int      `json:"models"`     // that are known of it
	Configured bool     `json:"configured"` // a key replaces the one that it has
}

// setup answers what is missing to serve requests.
func (p *Part) setup(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	use := p.o.Host.InUse()
	f, err := p.file(use)
	if err != nil {
		reply.Fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	out := struct {
		Missing   bool      `json:"missing"` // nothing is served
		Model     string    `json:"model"`   // one that is served, to begin with; empty: none
		Providers []offered `json:"providers"`
		Folder    string    `json:"folder"` // where keys are kept
		File      string    `json:"file"`   // the configuration, which need not exist
		Writable  bool      `json:"writable"`
		Reason    string    `json:"reason"`
	}{use.nothing(), p.example(&use.Config.Catalog), []offered{}, "", f.path, f.reason == "", f.reason}
	if out.Folder, err = secret.Folder(); err != nil && out.Writable {
		out.Writable, out.Reason = false, err.Error()
	}
	known, _ := facts.Current()
	for _, k := range known.Providers() {
		if at, ok := asProvider(k); ok {
			if n := len(known.Models([]catalog.Provider{at})); n > 0 {
				out.Providers = append(out.Providers, offered{k.Name, k.Keys, n, configured(use.Config, k.Name) != nil})
			}
		}
	}
	reply.Value(w, http.StatusOK, out)
}

// nothing reports whether no request can be served.
func (u *InUse) nothing() bool { return len(u.Config.Catalog.Models)+len(u.Config.Catalog.Routes) == 0 }

// example is the model with which a first request costs least, as far as is known; empty if none
// is served.
func (p *Part) example(c *catalog.Config) (id string) {
	usable := map[string]bool{}
	for i := range c.Providers {
		at := &c.Providers[i]
		usable[at.Name] = !at.Disabled && (p.o.Usable == nil || p.o.Usable(at))
	}
	best := int64(-1)
	for i := range c.Models {
		m := &c.Models[i]
		if !m.Chats() {
			continue
		}
		for _, e := range m.Endpoints {
			cost := e.Price.Input + e.Price.Output
			switch {
			case e.Disabled || !usable[e.Provider]:
			case !e.Price.Known && id == "":
				id = m.ID
			case e.Price.Known && (best < 0 || cost < best):
				id, best = m.ID, cost
			}
		}
	}
	return id
}

// asProvider is a known provider as it is configured; false if it cannot be from a key alone.
func asProvider(k facts.Provider) (catalog.Provider, bool) {
	schema := llm.SchemaNamed(k.Dialect)
	if len(k.URLs) == 0 || schema == llm.SchemaNone {
		return catalog.Provider{}, false
	}
	return catalog.Provider{Name: k.Name, Schema: schema, BaseURL: k.URLs[0]}, true
}

func configured(c *config.Config, name string) *catalog.Provider {
	i := slices.IndexFunc(c.Catalog.Providers, func(p catalog.Provider) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Catalog.Providers[i]
}

// maxKeyBody bounds what brings a key.
const maxKeyBody = 8 << 10

// key keeps a provider's key in a file of its own and has the configuration refer to it. No
// answer shows more of the key than its end.
func (p *Part) key(w http.ResponseWriter, r *http.Request) {
	var in struct{ Provider, Key string }
	body, ok := reply.Body(w, r, maxKeyBody)
	if !ok {
		return
	}
	if json.Unmarshal(body, &in) != nil { // whose error may show some of it
		reply.Fail(w, http.StatusBadRequest, `the body must be {"provider": "…", "key": "…"}`)
		return
	}
	pasted, err := secret.Pasted(in.Key)
	if err != nil {
		reply.Fail(w, http.StatusBadRequest, "key: "+err.Error())
		return
	}
	known, _ := facts.Current()
	i := slices.IndexFunc(known.Providers(), func(k facts.Provider) bool { return k.Name == in.Provider })
	if i < 0 {
		reply.Fail(w, http.StatusBadRequest, "provider: none of those that are known; write others into the configuration")
		return
	}
	at, ok := asProvider(known.Providers()[i])
	if !ok {
		reply.Fail(w, http.StatusBadRequest, "provider: "+in.Provider+" needs more than a key; write it into the configuration")
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	f, err := p.file(p.o.Host.InUse())
	switch {
	case err != nil:
		reply.Fail(w, http.StatusInternalServerError, err.Error())
	case f.reason != "":
		reply.Fail(w, http.StatusForbidden, f.reason)
	default:
		p.keep(r.Context(), w, f, known, at, pasted)
	}
}

// keep keeps a key, writes the file that refers to it and answers.
func (p *Part) keep(ctx context.Context, w http.ResponseWriter, f file, known *facts.Catalog, at catalog.Provider, pasted string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeWithin)
	defer cancel()
	folder, err := secret.Folder()
	if err != nil {
		reply.Fail(w, http.StatusForbidden, "the key cannot be kept: "+err.Error())
		return
	}
	at.KeyRef = "file:" + filepath.Join(folder, at.Name)
	text, refused := p.withKey(f, known, at)
	if refused != "" {
		reply.Fail(w, http.StatusConflict, refused)
		return
	}
	_, undo, err := secret.Keep(folder, at.Name, pasted)
	if err != nil {
		reply.Fail(w, http.StatusInternalServerError, "the key cannot be kept in "+folder+": "+err.Error())
		return
	}
	found, err := p.write(ctx, f, text, "a key for "+at.Name)
	if len(found) > 0 || err != nil {
		undo()
	}
	switch {
	case err != nil:
		reply.Fail(w, http.StatusInternalServerError, err.Error())
	case len(found) > 0:
		reply.Value(w, http.StatusUnprocessableEntity, map[string]any{"problems": found})
	default:
		use := p.o.Host.InUse()
		reply.Value(w, http.StatusOK, struct {
			Provider string `json:"provider"`
			File     string `json:"file"`
			Kept     string `json:"kept"` // the file with the key
			Last4    string `json:"last4"`
			Model    string `json:"model"`
			Problem  string `json:"problem"` // why the file is not in use
		}{at.Name, f.path, filepath.Join(folder, at.Name), end(pasted), p.example(&use.Config.Catalog), use.Problem})
	}
}

// withKey is the file's text with the provider's key, and, where the provider is new, with what
// is known of it; refused says why not.
func (p *Part) withKey(f file, known *facts.Catalog, at catalog.Provider) (text, refused string) {
	c, _, found, _ := p.verdict(f.path, f.text)
	if c == nil {
		return "", "the configuration has to be corrected first: " + found[0].Message
	}
	ref, _ := json.Marshal(at.KeyRef) // a text
	changes := []config.Change{{Path: []any{"providers", at.Name, "api_key"}, Value: ref}}
	switch have := configured(c, at.Name); {
	case have == nil:
		entry, _ := json.Marshal(struct {
			Schema  string `json:"schema"`
			BaseURL string `json:"base_url"`
			Key     string `json:"api_key"`
		}{at.Schema.String(), at.BaseURL, at.KeyRef})
		changes = []config.Change{{Path: []any{"providers", at.Name}, Value: entry}}
	default:
		if k, ok := known.ByURL(have.BaseURL); !ok || k.Name != at.Name {
			return "", "the configuration's " + at.Name + " is another server than " + at.Name + "'s own, which the key would be sent to; change it in the file"
		}
		at.BaseURL = have.BaseURL
	}
	out, err := config.Edit([]byte(f.text), changes)
	if err != nil {
		return "", err.Error()
	}
	return string(withModels(out, &c.Catalog, known.Models([]catalog.Provider{at}), at.Name)), ""
}

// withModels is a text with the models of a provider that has none in it yet. What cannot be
// changed there without changing more is left as it is.
func withModels(text []byte, c *catalog.Config, models []catalog.Model, provider string) []byte {
	has := func(m catalog.Model) bool {
		return slices.ContainsFunc(m.Endpoints, func(e catalog.Endpoint) bool { return e.Provider == provider })
	}
	if slices.ContainsFunc(c.Models, has) {
		return text
	}
	type endpoint struct {
		Provider string `json:"provider"`
		Model    string `json:"model,omitempty"`
	}
	var all bytes.Buffer // when there are none, all at once
	for _, m := range models {
		var list []endpoint
		for _, e := range m.Endpoints {
			list = append(list, endpoint{e.Provider, e.Name})
		}
		value, _ := json.Marshal(map[string]any{"endpoints": list})
		path := []any{"models", m.ID}
		switch {
		case len(c.Models) == 0:
			id, _ := json.Marshal(m.ID)
			all.WriteString("," + string(id) + ":" + string(value))
			continue
		case slices.ContainsFunc(c.Models, func(have catalog.Model) bool { return have.ID == m.ID }):
			path = append(path, "endpoints", "-")
			value, _ = json.Marshal(list[0])
		}
		if next, err := config.Edit(text, []config.Change{{Path: path, Value: value}}); err == nil {
			text = next
		}
	}
	if all.Len() > 0 {
		whole := append(append([]byte("{"), all.Bytes()[1:]...), '}')
		if next, err := config.Edit(text, []config.Change{{Path: []any{"models"}, Value: whole}}); err == nil {
			text = next
		}
	}
	return text
}
