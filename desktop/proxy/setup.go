package proxy

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
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
}

// setup is a Setup with what is looked up often. It is immutable.
type setup struct {
	Setup
	keys map[[sha256.Size]byte]string // hash of a client key -> its name
}

// Use takes a changed configuration. Requests that are going on end with the one they
// began with; what is known of endpoints and of spending stays.
func (p *Proxy) Use(s Setup) {
	if s.Secrets == nil {
		s.Secrets = noSecrets{}
	}
	next := &setup{Setup: s, keys: map[[sha256.Size]byte]string{}}
	for _, k := range s.Router.Catalog().Config().Keys {
		var hash [sha256.Size]byte
		if n, err := hex.Decode(hash[:], []byte(k.SHA256)); err == nil && n == len(hash) {
			next.keys[hash] = k.Name
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.setup.Store(next)
	p.state.Board.Rules = s.Router.Rules()
	p.state.Ledger.Zone = s.Zone
}

// ClientKeyPrefix begins every client key that strowger makes. One of them that is not
// known is refused even where no key is needed: it was mistyped or is not valid any more.
const ClientKeyPrefix = "sk-strowger-"

// caller is the name of the client key that a request carries, empty for none that is
// known. Keys are told apart by their hashes, so that how long it takes says nothing.
func (s *setup) caller(r *http.Request, schema llm.Schema) (name string, refused *llm.Error) {
	given := clientKey(r, schema)
	if given != "" && len(s.keys) > 0 {
		name = s.keys[sha256.Sum256([]byte(given))]
	}
	switch {
	case name != "" || !s.Closed && !strings.HasPrefix(given, ClientKeyPrefix):
		return name, nil
	case given == "":
		return "", &llm.Error{Code: llm.CodeUnauthorized, Message: "a client key is needed: send it as " + keyPlace(schema)}
	}
	return "", &llm.Error{Code: llm.CodeUnauthorized, Message: "the client key is not known here"}
}

// keyPlace is where SDKs of a schema put a key.
func keyPlace(schema llm.Schema) string {
	switch schema {
	case llm.SchemaAnthropic:
		return "x-api-key: KEY"
	case llm.SchemaGemini:
		return "x-goog-api-key: KEY"
	}
	return "authorization: Bearer KEY"
}

// clientKey is the key where the official SDKs put it: OpenAI's and most others' as a
// bearer token, Anthropic's in x-api-key, Gemini's in x-goog-api-key, Azure's in api-key. In
// the query, under key, it stands only where Gemini's API has it (ai.google.dev/api); nothing
// of a query is forwarded, recorded or shown.
func clientKey(r *http.Request, schema llm.Schema) string {
	if scheme, key, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "bearer") {
		return strings.TrimSpace(key)
	}
	for _, name := range [...]string{"X-Api-Key", "X-Goog-Api-Key", "Api-Key"} {
		if key := r.Header.Get(name); key != "" {
			return key
		}
	}
	if schema == llm.SchemaGemini {
		return r.URL.Query().Get("key")
	}
	return ""
}
