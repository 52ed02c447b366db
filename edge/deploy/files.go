package deploy

import (
	"fmt"
	"strconv"
	"strings"
)

// The texts are filled in with less than package text/template, which looks methods up by their
// names: a program that holds it keeps every method of every type, two megabytes in all.

// fill is the template of that name with what stands between {{ and }} in the place of names.
func fill(name string, values map[string]string) (string, error) {
	text, err := templates.ReadFile("templates/" + name + ".tmpl")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for rest := string(text); ; {
		before, after, found := strings.Cut(rest, "{{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		var value string
		if value, rest, found = strings.Cut(after, "}}"); !found {
			return "", fmt.Errorf("%s: {{ without }}", name)
		}
		text, ok := values[value]
		if !ok {
			return "", fmt.Errorf("%s: nothing is called %s", name, value)
		}
		b.WriteString(text)
	}
}

// values are what the files of a target are filled in with.
func (d *Deployment) values(t Target) (map[string]string, error) {
	doc := d.Document
	values := map[string]string{
		"rev": doc.Rev, "max_body": strconv.FormatInt(doc.Limits.MaxBody, 10), "max_answer": strconv.FormatInt(doc.Limits.MaxAnswer, 10),
		"buffer":  strconv.FormatInt(max(doc.Limits.MaxBody, doc.Limits.MaxAnswer), 10),
		"secrets": d.listed(t), "variables": d.variables(), "who": d.who(t), "question": d.question(), "again": d.again(t),
	}
	if t != ProxyWasm {
		return values, nil
	}
	return values, d.envoy().into(values)
}

// listed are the secrets, one a line.
func (d *Deployment) listed(t Target) string {
	indent, command := "   ", ""
	switch t {
	case Worker:
		command = "npx wrangler secret put "
	case WASI:
		indent = ""
	}
	if len(d.Bindings) == 0 {
		return indent + "There are none: no provider has a key."
	}
	var lines []string
	for _, b := range d.Bindings {
		places := make([]string, len(b.Places))
		for i, p := range b.Places {
			places[i] = tick(p)
		}
		lines = append(lines, indent+"- `"+command+b.Name+"`: "+b.From+" ("+strings.Join(places, ", ")+")")
	}
	return strings.Join(lines, "\n")
}

// variables are the secrets as a file of the environment has them, without what they are.
func (d *Deployment) variables() string {
	var lines []string
	for _, b := range d.Bindings {
		lines = append(lines, "   "+b.Name+"=…")
	}
	return strings.Join(lines, "\n")
}

// again is the command that exports anew, in the folder.
func (d *Deployment) again(t Target) string {
	command := "strowger export --target " + string(t) + " --out . --force --config PATH/strowger.yaml"
	if d.Document.Open {
		command += " --open"
	}
	if h := d.Document.Home; h != nil {
		command += " --home " + shell(h.URL) + " --name " + shell(h.Name)
	}
	return command
}

// who says who may call.
func (d *Deployment) who(t Target) string {
	if d.Document.Open {
		return map[Target]string{Worker: ". **Anyone can**: no client keys are configured"}[t]
	}
	var names []string
	for _, k := range d.Document.Keys {
		names = append(names, tick(k.Name))
	}
	if t == Worker {
		return ", with one of the client keys: " + strings.Join(names, ", ")
	}
	return " with one of the client keys (" + strings.Join(names, ", ") + ")"
}

// question is what a first request is, behind the host's address: curl's words.
func (d *Deployment) question() string {
	path, body := d.first()
	if !d.Document.Open {
		path += " -H 'authorization: Bearer YOUR-CLIENT-KEY'"
	}
	if body == "" {
		return path
	}
	return path + " -H 'content-type: application/json' -d " + shell(body)
}

// first is a request that the configuration can answer: for the reader to try.
func (d *Deployment) first() (path, body string) {
	const question = `"messages":[{"role":"user","content":"hello"}],"max_tokens":20}`
	for _, m := range d.catalog.Config().Models {
		if m.Chats() {
			return "/v1/chat/completions", `{"model":` + quote(m.ID) + `,` + question
		}
	}
	for _, r := range d.catalog.Config().Routes {
		return r.Path, `{"model":"auto",` + question
	}
	return "/v1/models", ""
}
