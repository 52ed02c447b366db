// Package secret turns a reference to a secret into the secret. Configurations, catalogs
// and decisions hold references only; the host resolves one at the moment a request
// leaves.
//
// The references:
//
//	env:NAME        the environment variable NAME
//	file:/path      the content of a file that nobody else may read; ~/ is the home folder
//	literal:text    text itself, with every ${NAME} in it taken from the environment
//	keyring:name    the system's keyring; not supported by this version
//
// It neither logs nor writes. No error contains a secret: errors name the reference,
// and of a literal only that it is one.
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
}

// Resolve is the secret that ref refers to; of a variable or file without the white
// space around it. The empty reference is the empty secret. Failures are not remembered.
func (r *Resolver) Resolve(ref string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.found[ref]; ok {
		return s, nil
	}
	lookup := r.Lookup
	if lookup == nil {
		lookup = os.LookupEnv
	}
	s, err := resolve(ref, lookup)
	if err != nil {
		return "", err
	}
	if r.found == nil {
		r.found = map[string]string{}
	}
	r.found[ref] = s
	return s, nil
}

// Resolve is the secret that ref refers to now, read from the process's environment or
// a file. See Resolver for the same with a memory.
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
	return "", fmt.Errorf("%s: the keyring is not supported by this version; use an env or file reference", ref)
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
