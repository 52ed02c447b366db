// Package secret turns a reference to a secret into the secret. Configurations, catalogs
// and decisions hold references only; the host resolves one at the moment a request
// leaves.
//
// The references:
//
//	env:NAME        the environment variable NAME
//	file:/path      the content of a file that nobody else may read; ~/ is the home folder
//	literal:text    text itself, with every ${NAME} in it taken from the environment
//	keyring:name    the secret of that name in the system's keyring, where Keyring put it
//
// It does not log, and writes where it is told to only: Keyring to the keyring, Keep to a file. No
// error contains a secret: errors name the reference, and of a literal only that it is one.
//
//	var r secret.Resolver
//	key, err := r.Resolve(endpoint.KeyRef)
package secret

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
)

// Resolver resolves references and remembers what it found, so that a variable or file
// is read once. A changed secret is seen by a new Resolver, made when the configuration
// is read again. The zero value is ready; it may be used by many goroutines at once and
// must not be copied after first use.
type Resolver struct {
	// Lookup finds an environment variable; nil means os.LookupEnv. It is set before
	// first use.
	Lookup func(name string) (value string, ok bool)

	mu    sync.Mutex
	found map[string]string
	asked map[string]*question // of the keyring, not yet answered
}

// Resolve is the secret that ref refers to; of a variable or file without the white
// space around it. The empty reference is the empty secret. Failures are not remembered.
// A keyring that does not answer holds nobody up for more than 3 seconds, and not those
// who ask for something else.
func (r *Resolver) Resolve(ref string) (string, error) {
	r.mu.Lock()
	if s, ok := r.found[ref]; ok {
		r.mu.Unlock()
		return s, nil
	}
	if name, ok := strings.CutPrefix(ref, "keyring:"); ok && name != "" {
		q := r.ask(ref, name)
		r.mu.Unlock()
		s, err := q.await(keyringWait)
		return named(ref, s, err)
	}
	defer r.mu.Unlock()
	lookup := r.Lookup
	if lookup == nil {
		lookup = os.LookupEnv
	}
	s, err := resolve(ref, lookup)
	if err != nil {
		return "", err
	}
	r.remember(ref, s)
	return s, nil
}

// ask is the question to the keyring that is under way, or a new one.
func (r *Resolver) ask(ref, name string) *question {
	if q := r.asked[ref]; q != nil {
		return q
	}
	q := ask(name, func(s string, err error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.asked, ref)
		if err == nil {
			r.remember(ref, s)
		}
	})
	if r.asked == nil {
		r.asked = map[string]*question{}
	}
	r.asked[ref] = q
	return q
}

func (r *Resolver) remember(ref, s string) {
	if r.found == nil {
		r.found = map[string]string{}
	}
	r.found[ref] = s
}

// named is the outcome of ref, whose error names it.
func named(ref, s string, err error) (string, error) {
	if err != nil {
		return "", fmt.Errorf("%s: %w", ref, err)
	}
	return s, nil
}

// Resolve is the secret that ref refers to now, read from the process's environment, a
// file or the keyring. See Resolver for the same with a memory.
func Resolve(ref string) (string, error) { return resolve(ref, os.LookupEnv) }

func resolve(ref string, lookup func(string) (string, bool)) (string, error) {
	if ref == "" {
		return "", nil
	}
	if err := Check(ref); err != nil {
		return "", err
	}
	scheme, rest, _ := strings.Cut(ref, ":")
	switch scheme {
	case "env":
		value, _ := lookup(rest)
		if value = strings.TrimSpace(value); value == "" {
			return "", fmt.Errorf("%s: the environment variable is not set", ref)
		}
		return oneLine(ref, value)
	case "file":
		value, err := readFile(rest)
		if err != nil {
			return "", fmt.Errorf("%s: %w", ref, err)
		}
		return oneLine(ref, value)
	case "literal":
		value, err := Expand(rest, lookup)
		if err != nil {
			return "", fmt.Errorf("literal secret: %w", err)
		}
		return oneLine("literal secret", value)
	}
	s, err := Keyring{}.Get(rest)
	return named(ref, s, err)
}

// oneLine is value if it can stand in a header; otherwise an error that names name.
func oneLine(name, value string) (string, error) {
	for i := 0; i < len(value); i++ {
		if value[i] < ' ' && value[i] != '\t' || value[i] == 0x7f {
			return "", fmt.Errorf("%s: the secret is not a single line of text", name)
		}
	}
	return value, nil
}

// Check reports what is wrong with the form of a reference, without resolving it.
// The error names the reference unless it may contain a secret.
func Check(ref string) error {
	scheme, rest, ok := strings.Cut(ref, ":")
	if !ok {
		return errors.New("not a reference: env:, file:, keyring: or literal: must come first")
	}
	switch scheme {
	case "env":
		if !IsName(rest) {
			return errors.New("env: must be followed by the name of an environment variable")
		}
	case "file":
		if !isPath(rest) {
			return fmt.Errorf("%s: the path must be absolute or begin with ~/", ref)
		}
	case "keyring":
		if rest == "" {
			return errors.New("keyring: must be followed by a name")
		}
	case "literal":
	default:
		return errors.New("not a reference: env:, file:, keyring: or literal: must come first")
	}
	return nil
}

// IsName reports whether name can be the name of an environment variable: letters,
// digits and underscores, not beginning with a digit.
func IsName(name string) bool {
	for i := 0; i < len(name); i++ {
		b := name[i]
		if b != '_' && (b|0x20 < 'a' || b|0x20 > 'z') && (i == 0 || b < '0' || b > '9') {
			return false
		}
	}
	return name != ""
}

// Expand replaces every ${NAME} in text by the variable that lookup finds. The error
// names the variable that is not set or empty, and shows nothing else of text.
func Expand(text string, lookup func(string) (string, bool)) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", errors.New(`"${" without "}"`)
		}
		if !IsName(name) {
			return "", errors.New(`"${" must be followed by the name of an environment variable and "}"`)
		}
		value, ok := lookup(name)
		if !ok || value == "" {
			return "", fmt.Errorf("the environment variable %s is not set", name)
		}
		b.WriteString(strings.TrimSpace(value))
		text = after
	}
}
