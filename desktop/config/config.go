// Package config reads strowger.yaml, or strowger.json, which reads the same, into a
// validated value: where to listen and who may call, what is kept, and the catalog of
// providers, models, routes and rules.
//
// Everything wrong with a file is reported at once, each problem with its line, column
// and path, and the nearest legal name. What is legal but cannot do what it seems to say,
// and keys that this version does not act on, are warnings. Secrets are kept as references
// (see package secret) and appear in no message. The tables that read a file also make its
// JSON Schema.
//
// It does not resolve secrets, watch the file or write it.
//
//	path, err := config.Find(flag)
//	cfg, err := config.Load(path) // err may be config.Problems
//	cfg.Lint()                    // more cfg.Warnings
//	cat, err := catalog.New(cfg.Catalog)
package config

import (
	"errors"
	"fmt"
	"os"
	"time"

	"strowger/core/catalog"
	"strowger/desktop/facts"
)

// What counts where the file says nothing.
const (
	DefaultListen     = "127.0.0.1:8787" // address of the data plane
	DefaultRetention  = 30 * 24 * time.Hour
	DefaultCacheBytes = 256 << 20
)

// Config is a configuration that has been read and found valid. Catalog.New accepts its
// Catalog. In one that was not read from a file, a zero field means its default.
type Config struct {
	Path    string // the file it came from; "" for text
	Stamp   string // of that file when it was read
	Listen  string // host:port; beyond this machine only with keys and Admin.Token
	Catalog catalog.Config
	Admin   Admin
	Edges   []Edge
	Record  Record
	// CacheBytes bounds all kept answers together, in bytes.
	CacheBytes int64
	// Location is the time zone in which days and months begin.
	Location *time.Location
	// Warnings are accepted but worth saying, in the order of the file.
	Warnings []Problem

	tree    *node    // the file, for the places of what Lint finds; nil without one
	secrets []string // in the file, never to be shown
}

// Admin is how the control plane is reached.
type Admin struct {
	Listen string // host:port of a listener of its own; "": that of the data plane
	Token  string // reference to the token that a caller has to give; "": none
}

// String shows no secret, which the token may be.
func (a Admin) String() string { return "admin on " + quote(a.Listen) }

// GoString is String, so that %#v shows no secret either.
func (a Admin) GoString() string { return a.String() }

// Edge is a host elsewhere that sends what it has measured.
type Edge struct {
	Name   string
	Secret string // reference to what it signs with
}

// String shows no secret, which the reference may be.
func (e Edge) String() string { return "edge " + quote(e.Name) }

// GoString is String, so that %#v shows no secret either.
func (e Edge) GoString() string { return e.String() }

// Record says what is kept of requests, and for how long.
type Record struct {
	Retention time.Duration
	Bodies    bool // prompts and answers too
}

// String tells the configuration from others. It shows no secret, which the fields may.
func (c Config) String() string {
	return fmt.Sprintf("config %q: %d providers, %d models, listening on %s", c.Path, len(c.Catalog.Providers), len(c.Catalog.Models), c.Listen)
}

// HoldsSecrets reports whether a secret stands in the text itself, and not only a reference to
// one.
func (c *Config) HoldsSecrets() bool { return len(c.secrets) > 0 }

// GoString is String, so that %#v shows no secret either.
func (c Config) GoString() string { return c.String() }

// deployed is said of strowger.json in a folder that strowger export has written: it is called as a
// configuration may be, and lies where one is looked for.
const deployed = "this is a deployment document, which strowger export wrote for an edge host, and no configuration; name yours, such as --config ../strowger.yaml"

// Parse reads the text of a file. The path is only named in problems. What the text leaves
// out of prices and limits is filled in from what is known of its providers (see
// facts.Catalog.Fill); nil knows nothing. The error is of type Problems and holds all of
// them, at least one. Text without anything in it is a valid configuration of nothing,
// with a warning.
func Parse(path string, text []byte, known *facts.Catalog) (*Config, error) {
	return parse(path, text, known, os.LookupEnv)
}

func parse(path string, text []byte, known *facts.Catalog, lookup func(string) (string, bool)) (*Config, error) {
	if len(text) > maxSize {
		return nil, tidy(Problems{{Message: tooLarge}}, path, nil)
	}
	tree, problem := readTree(text)
	if problem != nil {
		return nil, tidy(Problems{*problem}, path, nil)
	}
	if tree == nil {
		tree = &node{line: 1, column: 1}
	}
	c := &Config{Path: path, Listen: DefaultListen, CacheBytes: DefaultCacheBytes, Location: time.UTC, Record: Record{Retention: DefaultRetention}}
	w := &walk{lookup: lookup, broken: map[string]bool{}}
	switch {
	case tree.kind == bad:
		w.refuse(tree, tree.text, "")
	case tree.get("strowger") != nil && tree.get("catalog") != nil:
		return nil, tidy(Problems{{Message: deployed}}, path, nil)
	default:
		section(root(c)).read(w, tree)
	}
	if known != nil {
		known.Fill(&c.Catalog)
	}
	w.checkOpen(c, tree)
	w.checkEdges(c, tree)
	w.checkDeclared(c, tree)
	w.check(c.Catalog, tree)
	if len(w.problems) > 0 {
		return nil, tidy(w.problems, path, w.secrets)
	}
	if len(c.Catalog.Models) == 0 && len(c.Catalog.Routes) == 0 {
		w.warn("no models are configured, so no request can be served; write providers and models")
	}
	c.tree, c.secrets = tree, w.secrets
	c.Warnings = tidy(w.warnings, path, w.secrets)
	return c, nil
}

// check adds what the catalog finds wrong, unless it only follows from what the walk
// found already.
func (w *walk) check(cfg catalog.Config, tree *node) {
	if w.broken[""] || w.broken["providers"] {
		return // without providers every endpoint would seem wrong
	}
	_, err := catalog.New(cfg)
	var found catalog.Problems
	if err != nil && !errors.As(err, &found) {
		w.refuse(tree, err.Error(), "")
	}
	for _, p := range found {
		if w.follows(p.Place, tree) {
			continue
		}
		w.problems = append(w.problems, problemAt(tree, p.Message, p.Near, p.Place...))
	}
}

// follows reports whether the walk found something wrong at a place of the catalog's,
// above it, or with the endpoints of the model that it is.
func (w *walk) follows(path []string, tree *node) bool {
	shown, _, _ := locate(tree, path)
	for i := range shown {
		if w.broken[joined(shown[:i+1])] {
			return true
		}
	}
	return len(path) == 2 && w.broken[joined(append(shown, "endpoints"))]
}
