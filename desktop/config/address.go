package config

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"strowger/core/catalog"
	"strowger/desktop/secret"
)

// This file holds the readers of addresses and secrets.

// address reads host:port of a listener. Who may reach it is checked when all is read.
func address(to *string) reader {
	read := func(w *walk, n *node) {
		const want = "host:port such as " + DefaultListen
		host, port, err := net.SplitHostPort(n.text)
		if err == nil {
			_, err = strconv.ParseUint(port, 10, 16)
		}
		if n.kind != text || err != nil || strings.Contains(host, "${") {
			w.expected(n, want)
			return
		}
		*to = n.text
	}
	return reader{read, texts("host:port", `:[0-9]+$`)}
}

// orEmpty reads the empty text, which leaves the target alone, or else as r does.
func orEmpty(r reader) reader {
	empty := reader{shape: is(shape{Type: "string", Const: ""})}
	return reader{func(w *walk, n *node) {
		if n.kind != text || n.text != "" {
			r.read(w, n)
		}
	}, either(empty, r)}
}

// Loopback reports whether a host, with or without a port, names this machine.
func Loopback(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.Trim(name, "[]"), ".")
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.IsLoopback()
}

// baseURL reads the base URL of a provider, with variables of the environment in it.
// Messages do not show it, in case there is a secret in it after all.
func baseURL(to *string) reader {
	read := func(w *walk, n *node) {
		const want = "an http or https URL"
		if n.kind != text {
			w.expected(n, want)
			return
		}
		expanded, err := secret.Expand(n.text, w.lookup)
		if err != nil {
			w.refuse(n, err.Error(), "")
			return
		}
		u, err := url.Parse(expanded)
		switch {
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "":
			w.refuse(n, "expected "+want, "")
		case u.Hostname() == "":
			w.refuse(n, "the URL has no host", "")
		case u.User != nil:
			w.refuse(n, "the URL must not hold a user name or password; use api_key or headers", "")
		case secretive(u.Query()):
			w.refuse(n, "the URL must not hold a key; it belongs in api_key", "")
		case strings.Contains(expanded, "#"):
			w.refuse(n, "the URL must not hold a fragment", "")
		default:
			*to = expanded
		}
	}
	return reader{read, texts("URL", `\S`)}
}

// secretive reports whether a query looks as if there were a secret in it. Others belong to
// an address: Azure's api-version does.
func secretive(query url.Values) bool {
	for name := range query {
		if h := (catalog.Header{Name: name}); h.IsSecret() || strings.HasPrefix(strings.ToLower(name), "sig") {
			return true
		}
	}
	return false
}

// credential reads a secret or a reference to one into a reference, as package secret
// resolves them. A secret that stands in the file itself is worth a warning where the
// value is always one. No message shows the value.
func credential(to *string, always bool) reader {
	read := func(w *walk, n *node) {
		if n.kind != text {
			w.note(n.text)
			if n.kind == number || n.kind == boolean {
				w.refuse(n, "expected a text, found "+n.found(true)+"; put it in quotes", "")
				return
			}
			w.expectedPrivate(n, "a text")
			return
		}
		value := strings.TrimSpace(n.text)
		ref, literal := reference(value)
		if literal {
			w.note(strings.TrimPrefix(ref, "literal:"))
		}
		message := ""
		if err := secret.Check(ref); err != nil {
			message = err.Error()
		} else if _, err := secret.Expand(value, func(string) (string, bool) { return "x", true }); literal && err != nil {
			message = err.Error()
		}
		name, variable := strings.CutPrefix(value, "$")
		switch {
		case message != "":
			w.refuse(n, message, "")
		case value == "":
			w.refuse(n, "must not be empty; leave it out if there is none", "")
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
			w.refuse(n, "must be a single line", "")
		case variable && secret.IsName(name):
			w.refuse(n, "write ${NAME} for an environment variable", "")
		default:
			*to = ref
			if literal && always && !strings.Contains(value, "${") {
				w.warn("the secret itself stands in the file; better write ${NAME}, env:NAME or file:/path")
			}
		}
	}
	return reader{read, texts("secret", `\S`)}
}

// reference is the reference for what stands in the file, and whether that is the
// secret itself, or a text around one.
func reference(value string) (ref string, literal bool) {
	if name, ok := strings.CutPrefix(value, "${"); ok {
		if name, ok = strings.CutSuffix(name, "}"); ok && secret.IsName(name) {
			return "env:" + name, false
		}
	}
	switch scheme, _, _ := strings.Cut(value, ":"); scheme {
	case "env", "file", "keyring":
		return value, false
	case "literal":
		return value, true
	}
	return "literal:" + value, true
}

// note keeps a secret from being shown by any message. What servers without keys are
// given as one, their own name, is no secret.
func (w *walk) note(value string) {
	if value = strings.TrimSpace(value); value != "" && !slices.Contains(w.path, value) {
		w.secrets = append(w.secrets, value)
		w.literalHere(value)
	}
}
