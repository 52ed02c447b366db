package document

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"strowger/core/catalog"
	"strowger/core/scan"
)

// members are the names that stand in a document and in its objects.
var members = map[string][]string{
	"":       {"strowger", "rev", "catalog", "secrets", "keys", "open", "limits", "home", "profile", "clusters"},
	"keys":   {"name", "sha256"},
	"limits": {"max_body", "max_answer"},
	"home":   {"url", "secret", "name"},
}

// Read reads a document, and its catalog. What it does not know, and what does not fit together, is
// an error that names the place and says what to do.
func Read(text []byte) (*Document, *catalog.Catalog, error) {
	d, err := read(text)
	var cat *catalog.Catalog
	if err == nil {
		cat, err = d.Check()
	}
	if err != nil {
		return nil, nil, errors.New(FileName + ": " + err.Error())
	}
	d.Catalog = catalog.AppendJSON(nil, *cat.Config())
	return d, cat, nil
}

func read(text []byte) (*Document, error) {
	if len(text) > MaxDocument {
		return nil, errors.New("larger than " + strconv.Itoa(MaxDocument>>20) + " MiB; that is no deployment document")
	}
	if err := scan.Valid(text); err != nil {
		return nil, errors.New(err.Error() + "; write it anew with strowger export")
	}
	r, d := &reader{doc: text}, &Document{Secrets: map[string]string{}}
	if err := r.version(); err != nil { // of another version nothing else is known, not even its members
		return nil, err
	}
	top := scan.Object(text)
	r.object(&top, "", d.member)
	d.Limits = d.Limits.OrDefault()
	if r.problem != "" {
		return nil, errors.New(r.problem)
	}
	return d, nil
}

// reader reads the members of objects; the first mistake stays.
type reader struct {
	doc     []byte
	problem string
}

func (r *reader) bad(place, problem string) {
	if place != "" {
		problem = place + ": " + problem
	}
	if r.problem == "" {
		r.problem = problem
	}
}

// version says whether the document is of this version.
func (r *reader) version() error {
	m := scan.Object(r.doc)
	for m.Next() {
		if !m.KeyIs("strowger") {
			continue
		}
		raw := m.Value().Raw(r.doc)
		if n, ok := scan.Int(raw); !ok || n != Version {
			return errors.New("strowger: version " + string(raw[:min(len(raw), 20)]) + " is not known here, which knows " + strconv.Itoa(Version) + "; write it anew with a strowger of the host's version")
		}
		return nil
	}
	if err := m.Err(); err != nil {
		return err
	}
	return errors.New(`strowger: a document without a version is not known here; it begins with {"strowger":1`)
}

// object reads an object, whose members are those of kind.
func (r *reader) object(m *scan.Members, place string, member func(r *reader, name, place string, v scan.Value)) {
	names, closed := members[kindOf(place)]
	for m.Next() {
		name := string(m.Key())
		at := shortened(name)
		if place != "" {
			at = place + "." + at
		}
		if closed && !slices.Contains(names, name) {
			r.unknown(place, name, names)
			continue
		}
		member(r, name, at, m.Value())
	}
	if err := m.Err(); err != nil {
		r.bad(place, err.Error())
	}
}

// kindOf is how the members of what stands at a place are called: those of a list are all alike.
func kindOf(place string) string {
	kind, _, _ := strings.Cut(place, "[")
	return kind
}

func (r *reader) unknown(place, name string, names []string) {
	near := ""
	if n := catalog.Nearest(name, names); n != "" {
		near = "; did you mean " + n + "?"
	}
	r.bad(place, quoted(name)+" is not known; it may be one of "+strings.Join(names, ", ")+near)
}

func (r *reader) nested(place string, v scan.Value, member func(r *reader, name, place string, v scan.Value)) {
	if v.Kind != scan.KindObject {
		r.bad(place, "expected an object")
		return
	}
	m := scan.ObjectAt(r.doc, v)
	r.object(&m, place, member)
}

func (r *reader) text(place string, v scan.Value) string {
	s, ok := scan.String(r.doc, v)
	if !ok {
		r.bad(place, "expected a text")
	}
	return s
}

func (r *reader) texts(place string, v scan.Value) map[string]string {
	all := map[string]string{}
	r.nested(place, v, func(r *reader, name, place string, v scan.Value) { all[name] = r.text(place, v) })
	return all
}

// size is a number of bytes; 0 stands for the default.
func (r *reader) size(place string, v scan.Value) int64 {
	n, ok := scan.Int(v.Raw(r.doc))
	if !ok || n < 0 || n > MostBytes {
		r.bad(place, "expected a number of bytes from 1 to "+strconv.Itoa(MostBytes))
	}
	return n
}

// member reads one of the document's members; the version has been read.
func (d *Document) member(r *reader, name, place string, v scan.Value) {
	switch name {
	case "rev":
		d.Rev = r.text(place, v)
	case "catalog":
		d.Catalog = v.Raw(r.doc)
	case "secrets":
		d.Secrets = r.texts(place, v)
	case "keys":
		d.keys(r, place, v)
	case "open":
		if d.Open = v.Kind == scan.KindTrue; !d.Open && v.Kind != scan.KindFalse {
			r.bad(place, "expected true or false")
		}
	case "limits":
		r.nested(place, v, d.Limits.member)
	case "home":
		d.Home = &Home{}
		r.nested(place, v, d.Home.member)
	case "profile":
		if d.Profile = r.text(place, v); d.Profile == "" {
			r.bad(place, "expected the name of a kind of proxies")
		}
	case "clusters":
		d.Clusters = r.texts(place, v)
	}
}

func (d *Document) keys(r *reader, place string, v scan.Value) {
	if v.Kind != scan.KindArray {
		r.bad(place, "expected a list")
		return
	}
	a := scan.ArrayAt(r.doc, v)
	for a.Next() {
		var k Key
		r.nested(place+"["+strconv.Itoa(len(d.Keys))+"]", a.Value(), k.member)
		d.Keys = append(d.Keys, k)
	}
}

func (k *Key) member(r *reader, name, place string, v scan.Value) {
	if name == "name" {
		k.Name = r.text(place, v)
		return
	}
	k.SHA256 = r.text(place, v)
}

func (l *Limits) member(r *reader, name, place string, v scan.Value) {
	if name == "max_body" {
		l.MaxBody = r.size(place, v)
		return
	}
	l.MaxAnswer = r.size(place, v)
}

func (h *Home) member(r *reader, name, place string, v scan.Value) {
	switch text := r.text(place, v); name {
	case "url":
		h.URL = text
	case "secret":
		h.Secret = text
	case "name":
		h.Name = text
	}
}
