package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"strowger/core/router"
	"strowger/desktop/app"
	"strowger/desktop/config"
	"strowger/desktop/secret"
)

// unlockWait is how long the keyring may take when somebody is there to unlock it.
const unlockWait = time.Minute

// maxSecret is the most bytes that a secret may have.
const maxSecret = 64 << 10

func key(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "key")
	path := fs.String("config", "", "list: configuration `file`, as for serve")
	asJSON := fs.Bool("json", false, "as JSON")
	if err := parse(fs, args, 1000); err != nil {
		return err
	}
	what, name := fs.Arg(0), fs.Arg(1)
	if fs.NArg() > 2 || what == "list" && name != "" { // which may be a secret, so it is not repeated
		return usageError{errors.New("too many arguments; a secret is typed or piped in, never an argument")}
	}
	if what == "list" {
		return listKeys(ctx, e, *path, *asJSON)
	}
	set := func(e *env, name string, asJSON bool) error { return setKey(ctx, e, name, asJSON) }
	run := map[string]func(*env, string, bool) error{"set": set, "test": testKey, "remove": removeKey, "new": newKey}[what]
	switch {
	case run == nil:
		return usageError{errors.New("say what to do: set, test, list, remove or new")}
	case name == "":
		return usageError{fmt.Errorf("name a key: strowger key %s NAME", what)}
	case what != "test" && !isKeyName(name):
		return usageError{errors.New("a key's name is at most 64 letters, digits, \"-\", \"_\" and \".\"")}
	}
	return run(e, name, *asJSON)
}

// isKeyName reports whether a secret can be stored under that name.
func isKeyName(name string) bool {
	bad := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r))
	}
	return name != "" && len(name) <= 64 && !strings.ContainsFunc(name, bad)
}

// setKey stores a secret in the keyring.
func setKey(ctx context.Context, e *env, name string, asJSON bool) error {
	text, err := readSecret(ctx, e, name)
	if err != nil {
		return err
	}
	if err := (secret.Keyring{Wait: unlockWait}).Set(name, text); err != nil {
		return fmt.Errorf("keyring:%s: %w", name, err)
	}
	if err := changeIndex(name, true); err != nil {
		return fmt.Errorf("keyring:%s is stored, but key list will not show it: %w", name, err)
	}
	if asJSON {
		return printJSON(e.out, map[string]string{"reference": "keyring:" + name})
	}
	_, err = fmt.Fprintf(e.out, "stored; in strowger.yaml it is api_key: \"keyring:%s\"\n", name)
	return err
}

// readSecret reads a secret from the terminal, without showing it, or from what is piped
// in.
func readSecret(ctx context.Context, e *env, name string) (string, error) {
	var text []byte
	var err error
	if f, ok := e.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprintf(e.err, "secret for %s (it is not shown): ", name)
		text, err = typed(ctx, int(f.Fd()))
		fmt.Fprintln(e.err)
	} else {
		text, err = io.ReadAll(io.LimitReader(e.in, maxSecret+1))
	}
	trimmed := strings.TrimSpace(string(text))
	switch {
	case err != nil:
		return "", fmt.Errorf("the secret cannot be read: %w", err)
	case len(text) > maxSecret:
		return "", errors.New("larger than 64 KiB: that is not a secret")
	case trimmed == "":
		return "", errors.New("nothing was given: type the secret, or pipe it in")
	}
	return trimmed, nil
}

// typed is a line typed at a terminal, which does not show it. When the context ends
// first, the terminal shows again what is typed.
func typed(ctx context.Context, terminal int) ([]byte, error) {
	state, err := term.GetState(terminal)
	if err != nil {
		return nil, err
	}
	type line struct {
		text []byte
		err  error
	}
	done := make(chan line, 1)
	go func() {
		text, err := term.ReadPassword(terminal)
		done <- line{text, err}
	}()
	select {
	case l := <-done:
		return l.text, l.err
	case <-ctx.Done():
		return nil, errors.Join(errors.New("interrupted"), term.Restore(terminal, state))
	}
}

// tested is what is known of a reference. Of the secret only its length is shown.
type tested struct {
	Reference string   `json:"reference"`
	Stored    bool     `json:"stored"` // by key set
	UsedBy    []string `json:"used_by"`
	Resolves  bool     `json:"resolves"`
	Length    int      `json:"length"` // characters
	Error     string   `json:"error"`
}

func (t *tested) try(resolve func(string) (string, error)) {
	s, err := resolve(t.Reference)
	if err != nil {
		t.Error = err.Error()
		return
	}
	t.Resolves, t.Length = true, utf8.RuneCountInString(s)
}

// testKey says whether a reference resolves. What is not a reference is a name in the
// keyring.
func testKey(e *env, name string, asJSON bool) error {
	if strings.HasPrefix(name, "sk-") {
		return usageError{errors.New("that looks like a key itself; name a reference: keyring:NAME, env:NAME or file:/path")}
	}
	if !strings.Contains(name, ":") {
		name = "keyring:" + name
	}
	scheme, _, _ := strings.Cut(name, ":")
	if err := secret.Check(name); scheme == "file" && err != nil {
		return usageError{err}
	} else if scheme == "literal" || err != nil {
		return usageError{errors.New("name a reference: keyring:NAME, env:NAME or file:/path")}
	}
	t := tested{Reference: name, UsedBy: []string{}}
	t.try(secret.Resolve)
	switch {
	case asJSON:
		if err := printJSON(e.out, t); err != nil {
			return err
		}
	case t.Resolves:
		fmt.Fprintf(e.out, "%s resolves: %s\n", name, plural(t.Length, "character"))
	default:
		return errors.New(t.Error)
	}
	if !t.Resolves {
		return errFailed
	}
	return nil
}

// removeKey deletes a secret from the keyring.
func removeKey(e *env, name string, asJSON bool) error {
	err := secret.Keyring{Wait: unlockWait}.Remove(name)
	if err == nil || errors.Is(err, secret.ErrMissing) {
		err = errors.Join(err, changeIndex(name, false))
	}
	switch {
	case err != nil:
		return fmt.Errorf("keyring:%s: %w", name, err)
	case asJSON:
		return printJSON(e.out, map[string]string{"removed": "keyring:" + name})
	}
	_, err = fmt.Fprintf(e.out, "keyring:%s is removed\n", name)
	return err
}

// listKeys lists the names that were stored and the references that the configuration
// uses.
func listKeys(ctx context.Context, e *env, path string, asJSON bool) error {
	stored, err := readIndex()
	if err != nil {
		return err
	}
	var list []*tested
	at := map[string]*tested{}
	find := func(ref string) *tested {
		if at[ref] == nil {
			at[ref] = &tested{Reference: ref, UsedBy: []string{}}
			list = append(list, at[ref])
		}
		return at[ref]
	}
	for _, name := range stored {
		find("keyring:" + name).Stored = true
	}
	cfg, problem := app.LoadConfig(ctx, path)
	if problem == nil {
		for _, u := range usesOf(cfg) {
			t := find(u.ref)
			t.UsedBy = append(t.UsedBy, u.place)
		}
	}
	var r secret.Resolver
	for _, t := range list {
		t.try(r.Resolve)
		if strings.HasPrefix(t.Reference, "literal:") { // it is the secret
			t.Reference = "literal"
		}
	}
	if asJSON {
		if list == nil {
			list = []*tested{}
		}
		err = printJSON(e.out, list)
	} else {
		err = printKeys(e.out, list)
	}
	return errors.Join(err, problem)
}

// use is a place in a configuration that refers to a secret.
type use struct{ ref, place string }

func usesOf(cfg *config.Config) []use {
	var uses []use
	for _, p := range cfg.Catalog.Providers {
		if p.KeyRef != "" {
			uses = append(uses, use{p.KeyRef, "providers." + p.Name + ".api_key"})
		}
		for _, h := range p.Headers {
			if h.IsSecret() || !strings.HasPrefix(h.Value, "literal:") && secret.Check(h.Value) == nil {
				uses = append(uses, use{h.Value, "providers." + p.Name + ".headers." + h.Name})
			}
		}
	}
	return uses
}

func printKeys(out io.Writer, list []*tested) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(out, "no key is stored, and the configuration uses none; strowger key set NAME stores one")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "REFERENCE\tSTATE\tUSED BY")
	for _, t := range list {
		state := fmt.Sprintf("good, %s", plural(t.Length, "character"))
		if !t.Resolves {
			state = "missing: " + strings.TrimPrefix(t.Error, t.Reference+": ")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", t.Reference, state, dash(strings.Join(t.UsedBy, ", ")))
	}
	return w.Flush()
}

// newKey makes a key for a caller and prints it, this once, with its entry.
func newKey(e *env, name string, asJSON bool) error {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	made := router.ClientKeyPrefix + base64.RawURLEncoding.EncodeToString(random[:])
	sum := sha256.Sum256([]byte(made))
	digest := hex.EncodeToString(sum[:])
	if asJSON {
		return printJSON(e.out, map[string]string{"name": name, "key": made, "sha256": digest})
	}
	_, err := fmt.Fprintf(e.out, `The key for %s, shown this once and kept nowhere:

  %s

In strowger.yaml:

keys:
  - {name: %q, sha256: "%s"}
`, name, made, name, digest)
	return err
}
