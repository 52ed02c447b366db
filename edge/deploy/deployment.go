package deploy

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"strowger/core/catalog"
	"strowger/edge/document"
)

// Options of New. The zero value is a host for those who have a client key.
type Options struct {
	Open   bool            // everybody may call, if there are no client keys
	Limits document.Limits // zero fields mean the defaults
	// Home is where the host reports to, if its URL is not empty; its Secret is set by New.
	Home document.Home
	// HomeSecret is the reference to what it signs with there.
	HomeSecret string
}

// Deployment is a configuration made ready for edge hosts.
type Deployment struct {
	Document *Document
	// Bindings are the secrets that a host has to be given, in the order of the configuration.
	Bindings []Binding

	literals []string // names of those whose secrets stood in the configuration
	catalog  *catalog.Catalog
}

// ErrNoKeys is the error of a configuration without client keys that was not said to be open.
var ErrNoKeys = errors.New("no client keys are configured: whoever finds the address could spend your money; make one with strowger key new NAME and put it under keys, or say --open")

// New makes a deployment of a valid configuration's catalog.
func New(cfg catalog.Config, o Options) (*Deployment, error) {
	first, err := catalog.New(cfg)
	if err != nil {
		return nil, err
	}
	own := *first.Config()
	for _, p := range own.Providers {
		if err := exportable(p.BaseURL); err != nil {
			return nil, fmt.Errorf("providers.%s.base_url: %w", p.Name, err)
		}
	}
	own.Providers = append([]catalog.Provider(nil), own.Providers...)
	d := &Deployment{}
	for i := range own.Providers {
		own.Providers[i].Headers = append([]catalog.Header(nil), own.Providers[i].Headers...)
	}
	for place, ref := range document.Places(&own) {
		if document.IsLiteral(*ref) {
			d.literals = append(d.literals, place)
		}
	}
	secrets, bindings := bind(&own)
	d.Bindings = bindings
	if d.catalog, err = catalog.New(own); err != nil {
		return nil, err
	}
	doc := &Document{document.Document{Rev: d.catalog.Rev(), Catalog: catalog.AppendJSON(nil, *d.catalog.Config()), Secrets: secrets, Limits: o.Limits.OrDefault()}}
	for _, k := range own.Keys {
		doc.Keys = append(doc.Keys, document.Key{Name: k.Name, SHA256: k.SHA256})
	}
	if doc.Open = len(doc.Keys) == 0; doc.Open && !o.Open {
		return nil, ErrNoKeys
	}
	if o.Home.URL != "" {
		doc.Home = d.home(o, secrets)
	}
	d.Document = doc
	_, err = doc.Check()
	return d, err
}

// home names the secret that the host signs with.
func (d *Deployment) home(o Options, secrets map[string]string) *document.Home {
	used := slices.AppendSeq(slices.Clone(taken), maps.Values(secrets))
	home := o.Home
	own, isEnv := strings.CutPrefix(o.HomeSecret, "env:")
	if home.Secret = own; !isEnv || slices.Contains(taken, own) {
		home.Secret = free("STROWGER_EDGE_SECRET", used)
	}
	same := func(b Binding) bool { return b.Reference == o.HomeSecret && b.Name == home.Secret }
	if !slices.ContainsFunc(d.Bindings, same) { // else a provider has the same, and it is listed
		d.Bindings = append(d.Bindings, Binding{home.Secret, o.HomeSecret, origin(o.HomeSecret), []string{"edges." + home.Name + ".secret"}})
	}
	if document.IsLiteral(o.HomeSecret) {
		d.Bindings[len(d.Bindings)-1].Reference = "env:" + home.Secret
	}
	return &home
}

// harmless are the parameters that a base URL may have: those that say which API is meant.
var harmless = []string{"api-version", "api_version", "version", "v"}

// exportable says whether a base URL may stand in a document. Names of parameters do not tell which
// of them are secrets, so that only those that are known not to be are let through.
func exportable(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Fragment != "" {
		return errors.New("must not hold a user name, password or fragment, which would be exported; use api_key or headers")
	}
	query, err := url.ParseQuery(u.RawQuery)
	for name := range query {
		if !slices.Contains(harmless, strings.ToLower(name)) {
			err = errors.New("unknown")
		}
	}
	if err != nil {
		return fmt.Errorf("its query could hold a key or a password, which would be exported; it may hold %s only: put everything else into api_key or headers", strings.Join(harmless, ", "))
	}
	return nil
}
