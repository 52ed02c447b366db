package control

import (
	"errors"
	"maps"
	"strings"
	"sync"
	"time"

	"strowger/core/catalog"
	"strowger/desktop/secret"
)

// Secrets resolves a reference such as env:NAME to the secret.
type Secrets interface {
	Resolve(ref string) (string, error)
}

// The states of a key.
const (
	KeyOK       = "ok"
	KeyMissing  = "missing"
	KeyLocked   = "locked"   // in a keyring that cannot be read now
	KeyRejected = "rejected" // there, and the provider refused it last
	KeyNone     = "none"     // the provider needs none
)

// Key is what may be seen of a provider's key.
type Key struct {
	Ref   string // env:NAME, file, keyring, literal or none
	State string
	Last4 string // of a key of 12 characters or more; else empty
}

// How long a key that was looked up is not looked up again, and how long somebody waits for that.
const (
	keysKept = 2 * time.Second
	keysWait = 500 * time.Millisecond
	mostKeys = 1000
)

// Keys says what may be seen of providers' keys. It may be used by many goroutines.
type Keys struct {
	secrets Secrets
	feed    *Feed
	catalog func() *catalog.Catalog
	kept    time.Duration // keysKept

	mu    sync.Mutex
	found map[string]*lookup // by reference
}

// NewKeys are the keys behind the references of a catalog's providers; the feed knows which of
// them were refused.
func NewKeys(from Secrets, feed *Feed, catalog func() *catalog.Catalog) *Keys {
	return &Keys{secrets: from, feed: feed, catalog: catalog, kept: keysKept, found: map[string]*lookup{}}
}

// lookup is of one key; it goes on until done is closed.
type lookup struct {
	at   time.Time
	done chan struct{}
	key  Key // once it is done
}

func (l *lookup) ended() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// Of is what may be seen now of a configured provider's key.
func (k *Keys) Of(p *catalog.Provider) Key {
	key := k.behind(p.KeyRef)
	if m, _ := k.feed.manner(k.catalog(), p.Name); m.refused && key.State == KeyOK {
		key.State = KeyRejected
	}
	return key
}

// behind is the key behind a reference. One whose keyring does not answer counts as locked.
func (k *Keys) behind(ref string) Key {
	if ref == "" {
		return Key{Ref: "none", State: KeyNone}
	}
	l := k.lookup(ref)
	if l == nil {
		return Key{Ref: publicRef(ref), State: KeyLocked}
	}
	timer := time.NewTimer(keysWait - time.Since(l.at)) // all who ask together wait no longer
	defer timer.Stop()
	select {
	case <-l.done:
	case <-timer.C:
	}
	if !l.ended() {
		return Key{Ref: publicRef(ref), State: KeyLocked}
	}
	return l.key
}

// lookup is the one that goes on, or was made not long ago, or a new one: of a reference there is
// never more than one going on. It is nil if too many are.
func (k *Keys) lookup(ref string) *lookup {
	k.mu.Lock()
	defer k.mu.Unlock()
	if l := k.found[ref]; l != nil && (!l.ended() || time.Since(l.at) <= k.kept) {
		return l
	}
	if len(k.found) >= mostKeys {
		maps.DeleteFunc(k.found, func(_ string, l *lookup) bool { return l.ended() })
	}
	if len(k.found) >= mostKeys {
		return nil
	}
	l := &lookup{at: time.Now(), done: make(chan struct{})}
	k.found[ref] = l
	go func() {
		l.key = look(ref, k.secrets)
		close(l.done)
	}()
	return l
}

// look resolves a reference, and keeps no more of the secret than its end.
func look(ref string, from Secrets) Key {
	k := Key{Ref: publicRef(ref), State: KeyOK}
	value, err := from.Resolve(ref)
	switch {
	case err != nil && k.Ref == "keyring" && !errors.Is(err, secret.ErrMissing):
		k.State = KeyLocked
	case err != nil, value == "":
		k.State = KeyMissing
	default:
		k.Last4 = last4(value)
	}
	return k
}

// last4 is the end of a secret that is long enough not to be told by it.
func last4(value string) string {
	runes := []rune(value)
	if len(runes) < 12 {
		return ""
	}
	return string(runes[len(runes)-4:])
}

// publicRef says where a key is, without what could be one.
func publicRef(ref string) string {
	scheme, _, _ := strings.Cut(ref, ":")
	switch scheme {
	case "env":
		return ref
	case "file", "keyring":
		return scheme
	}
	return "literal"
}
