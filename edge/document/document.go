// Package document is what an edge host is configured with: the deployment document, strowger.json
// (docs/edge.md). It reads one, for every host in Go, the filter for proxies among them; edge/deploy
// writes it, and edge/worker/deployment.mjs reads it in JavaScript. The cases in testdata are run by
// all of them.
//
// It does without encoding/json, net/url and fmt, which would make the filter large.
package document

import (
	"errors"
	"iter"
	"strconv"
	"strings"

	"strowger/core/catalog"
)

// Version is the version of the document.
const Version = 1

// FileName is what the document is called, wherever it is a file.
const FileName = "strowger.json"

// What counts where a document says nothing of limits: what fits the memory of small edge hosts.
const (
	DefaultMaxBody   = 8 << 20
	DefaultMaxAnswer = 16 << 20
	// WorkerMaxAnswer is what export says for a Worker, of whose 128 MB several answers at a time take a part.
	WorkerMaxAnswer = 8 << 20
)

// MostBytes is the most that a limit may be: what one call of the module takes (abi.MaxRaw).
const MostBytes = 64 << 20

// MaxDocument is the largest document that is read, in bytes.
const MaxDocument = 16 << 20

// Document is a deployment document. One that Read has given is consistent; it is not to be changed.
type Document struct {
	// Rev is the revision of the catalog: what the module answers when it is configured.
	Rev string
	// Catalog is the catalog in its canonical form, as a module is configured with it.
	Catalog []byte
	// Secrets maps each reference in the catalog to the name of a secret of the host.
	Secrets map[string]string
	// Keys are those who may call.
	Keys []Key
	// Open: everybody may call. Without keys a host serves only if it is set.
	Open   bool
	Limits Limits
	// Home is where the host reports to; nil: nowhere.
	Home *Home
	// Profile and Clusters are for proxies, others pass them over: which kind of proxy it is, and
	// by which cluster each provider is reached.
	Profile  string
	Clusters map[string]string
}

// Key is a client key: the hash of what a caller has to give.
type Key struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // in 64 lower-case hexadecimal digits
}

// Limits bound what a host holds of one request.
type Limits struct {
	MaxBody   int64 `json:"max_body"`   // bytes of a request's body
	MaxAnswer int64 `json:"max_answer"` // bytes of an answer that is no stream
}

// Home is where a host reports to.
type Home struct {
	URL    string `json:"url"`
	Secret string `json:"secret"` // name of the secret of the host that it shows there
	Name   string `json:"name"`   // how the host is called there
}

// OrDefault is l with the defaults in the place of zeros.
func (l Limits) OrDefault() Limits {
	if l.MaxBody == 0 {
		l.MaxBody = DefaultMaxBody
	}
	if l.MaxAnswer == 0 {
		l.MaxAnswer = DefaultMaxAnswer
	}
	return l
}

// Check says whether the parts fit together, and gives the catalog.
func (d *Document) Check() (*catalog.Catalog, error) {
	if len(d.Catalog) == 0 {
		return nil, errors.New("catalog: missing; write the document anew with strowger export")
	}
	cfg, err := catalog.ReadJSON(d.Catalog)
	if err != nil {
		return nil, errors.New("catalog: " + err.Error())
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		return nil, errors.New("catalog: " + err.Error())
	}
	for _, problem := range [...]string{d.checkRev(cat), d.checkSecrets(cat.Config()), d.checkKeys(cat), d.Limits.check(), d.Home.check(), d.checkClusters(cat.Config())} {
		if problem != "" {
			return nil, errors.New(problem)
		}
	}
	return cat, nil
}

func (d *Document) checkRev(cat *catalog.Catalog) (problem string) {
	if d.Rev == cat.Rev() {
		return ""
	}
	return "rev: is " + quoted(d.Rev) + ", but the catalog's is " + quoted(cat.Rev()) + ": it was changed by hand, or belongs to another version of strowger; change strowger.yaml and export again"
}

// checkSecrets says whether every reference has a name, and every name a reference.
func (d *Document) checkSecrets(cfg *catalog.Config) (problem string) {
	used := map[string]bool{}
	for place, at := range Places(cfg) {
		ref := *at
		if ref == "" {
			continue
		}
		used[ref] = true
		if IsLiteral(ref) {
			return "catalog: " + place + ": the reference of a literal secret says nothing here; write env:NAME"
		}
		if _, ok := d.Secrets[ref]; !ok {
			return "secrets: " + quoted(ref) + ", which " + place + " refers to, is missing; name the host's secret"
		}
	}
	for ref, name := range d.Secrets {
		if !IsName(name) {
			return "secrets." + shortened(ref) + ": " + ruleName
		}
		if !used[ref] {
			return "secrets: nothing in the catalog refers to " + quoted(ref) + "; remove it"
		}
	}
	return ""
}

func (d *Document) checkKeys(cat *catalog.Catalog) (problem string) {
	if len(d.Keys) == 0 && !d.Open {
		return `keys: missing; whoever finds the address could spend your money: name client keys, or say "open": true`
	}
	for i, k := range d.Keys {
		place := "keys[" + strconv.Itoa(i) + "]"
		switch {
		case k.Name == "":
			return place + ".name: missing"
		case len(k.SHA256) != 64 || strings.Trim(k.SHA256, "0123456789abcdef") != "":
			return place + ".sha256: expected the SHA-256 of the key in 64 lower-case hexadecimal digits"
		case cat.Key(k.Name) == nil:
			return place + ": " + quoted(k.Name) + " is no key of the catalog; add it to strowger.yaml and export again"
		}
	}
	return ""
}

func (l Limits) check() (problem string) {
	for _, n := range [...]int64{l.MaxBody, l.MaxAnswer} {
		if n < 1 || n > MostBytes {
			return "limits: max_body and max_answer must be from 1 to " + strconv.Itoa(MostBytes) + " bytes"
		}
	}
	return ""
}

func (h *Home) check() (problem string) {
	switch {
	case h == nil:
		return ""
	case !IsAddress(h.URL):
		return "home.url: expected an http or https address without user name, password, query or fragment"
	case !IsName(h.Secret):
		return "home.secret: " + ruleName
	case !isLabel(h.Name):
		return "home.name: expected letters, digits and signs of ASCII, at most 256: it is sent in a header"
	}
	return ""
}

// checkClusters looks for clusters of nobody. That each provider has one is the proxy's to ask for.
func (d *Document) checkClusters(cfg *catalog.Config) (problem string) {
	names := map[string]bool{}
	for i := range cfg.Providers {
		names[cfg.Providers[i].Name] = true
	}
	for provider, cluster := range d.Clusters {
		if !names[provider] || cluster == "" {
			return "clusters: " + quoted(provider) + " must be a provider of the catalog, with the name of a cluster"
		}
	}
	return ""
}

// Places are the places in a catalog that may hold a secret.
func Places(cfg *catalog.Config) iter.Seq2[string, *string] {
	return func(yield func(string, *string) bool) {
		for i := range cfg.Providers {
			p := &cfg.Providers[i]
			if !yield("providers."+p.Name+".api_key", &p.KeyRef) {
				return
			}
			for j := range p.Headers {
				if !yield("providers."+p.Name+".headers."+p.Headers[j].Name, &p.Headers[j].Value) {
					return
				}
			}
		}
	}
}

// IsLiteral reports whether a reference is none: the secret itself, or that there is one. Headers
// may hold plain text too, of which nobody knows whether it is a secret.
func IsLiteral(ref string) bool {
	scheme, _, _ := strings.Cut(ref, ":")
	return ref != "" && scheme != "env" && scheme != "file" && scheme != "keyring"
}
