package proxy

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"strowger/core/llm"
	"strowger/core/router"
	"strowger/desktop/cache"
)

// Setup is what a configuration says, and what a changed one replaces.
type Setup struct {
	Router  *router.Router
	Secrets Secrets
	Cache   *cache.Cache // nil keeps no answers
	// Zone is where the days and months of cost limits begin; nil is UTC.
	Zone *time.Location
	// Closed: a request needs a client key. Without it keys only tell callers apart.
	Closed bool
	// Bodies: the recorder is given what callers sent and got, too.
	Bodies bool
	// Private are references to secrets that are blanked there, besides those of providers.
	Private []string
}

// setup is a Setup with what is looked up often. It is immutable.
type setup struct {
	Setup
	keys   map[[sha256.Size]byte]string // hash of a client key -> its name
	places *places
	// private are the secrets that what is kept does not show; none if nothing is kept.
	private []string
}

// Use takes a changed configuration. Requests that are going on end with the one they
// began with; what is known of endpoints and of spending stays.
func (p *Proxy) Use(s Setup) {
	if s.Secrets == nil {
		s.Secrets = noSecrets{}
	}
	next := &setup{Setup: s, keys: map[[sha256.Size]byte]string{}, places: &places{}}
	for _, k := range s.Router.Catalog().Config().Keys {
		var hash [sha256.Size]byte
		if n, err := hex.Decode(hash[:], []byte(k.SHA256)); err == nil && n == len(hash) {
			next.keys[hash] = k.Name
		}
	}
	if s.Bodies {
		next.private = s.secrets()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.setup.Store(next)
	p.state.Board.Rules = s.Router.Rules()
	p.state.Ledger.Zone = s.Zone
}

// caller is the name of the client key that a request carries, empty for none that is
// known. Keys are told apart by their hashes, so that how long it takes says nothing.
func (s *setup) caller(r *http.Request, schema llm.Schema) (name string, refused *llm.Error) {
	given := clientKey(r, schema)
	if given != "" && len(s.keys) > 0 {
		name = s.keys[sha256.Sum256([]byte(given))]
	}
	return name, router.Refused(given, name, !s.Closed, schema)
}

// clientKey is the key that a request carries, whether it is known or not; empty for none.
func clientKey(r *http.Request, schema llm.Schema) string {
	return router.ClientKey(header(r.Header), func(name string) string { return r.URL.Query().Get(name) }, schema)
}
