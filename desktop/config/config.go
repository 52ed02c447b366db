// Package config reads strowger.yaml, or strowger.json, which reads the same, into a
// validated value: where to listen, and the catalog of providers, models and rules.
//
// Everything wrong with a file is reported at once, each problem with its line, column
// and path, and the nearest legal name. Keys of the contract that this version does not
// act on are reported as warnings; those whose silent absence would cost money or
// safety are refused. Secrets are kept as references (see package secret) and appear in
// no message.
//
// It does not resolve secrets, watch the file or write it.
//
//	path, err := config.Find(flag)
//	cfg, err := config.Load(path) // err may be config.Problems
//	cat, err := catalog.New(cfg.Catalog)
package config

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"strowger/core/catalog"
)

// DefaultListen is the address of the data plane when the file names none.
const DefaultListen = "127.0.0.1:8787"

// Config is a configuration that has been read and found valid. Catalog.New accepts its
// Catalog.
type Config struct {
	Path    string // the file it came from; "" for text
	Listen  string // host:port, on this machine only
	Catalog catalog.Config
	// Warnings are accepted but worth saying, in the order of the file.
	Warnings []Problem
}

// String tells the configuration from others. It shows no secret, which the fields may.
func (c Config) String() string {
	return fmt.Sprintf("config %q: %d providers, %d models, listening on %s", c.Path, len(c.Catalog.Providers), len(c.Catalog.Models), c.Listen)
}

// GoString is String, so that %#v shows no secret either.
func (c Config) GoString() string { return c.String() }

// Parse reads the text of a file. The path is only named in problems. The error is of
// type Problems and holds all of them, at least one. Text without anything in it is a
// valid configuration of nothing, with a warning.
func Parse(path string, text []byte) (*Config, error) { return parse(path, text, os.LookupEnv) }

func parse(path string, text []byte, lookup func(string) (string, bool)) (*Config, error) {
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
	c := &Config{Path: path, Listen: DefaultListen}
	w := &walk{lookup: lookup, broken: map[string]bool{}}
	if tree.kind == bad {
		w.refuse(tree, tree.text, "")
	} else {
		section(root(c))(w, tree)
	}
	w.check(c.Catalog, tree)
	if len(w.problems) > 0 {
		return nil, tidy(w.problems, path, w.secrets)
	}
	if len(c.Catalog.Models) == 0 {
		w.warn("no models are configured, so no request can be served; write providers and models")
	}
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
		shown, where := locate(tree, p.Place)
		w.problems = append(w.problems, Problem{Line: where.line, Column: where.column, Place: shown.String(), Message: p.Message, Near: p.Near})
	}
}

// follows reports whether the walk found something wrong at a place of the catalog's,
// above it, or with the endpoints of the model that it is.
func (w *walk) follows(path []string, tree *node) bool {
	shown, _ := locate(tree, path)
	for i := range shown {
		if w.broken[joined(shown[:i+1])] {
			return true
		}
	}
	return len(path) == 2 && w.broken[joined(append(shown, "endpoints"))]
}

// locate finds a place of the catalog's in the file: its path as it is shown, and where
// it stands, which is the value's place if that is a scalar and its key's if not. Of what
// is missing, it is where it is missing.
func locate(tree *node, path []string) (place, spot) {
	var shown place
	where, n := spot{tree.line, tree.column}, tree
	for _, step := range path {
		if n != nil && n.kind == list {
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.items) {
				n, shown = n.items[i], append(shown, index(i))
				where = spot{n.line, n.column}
				continue
			}
		}
		shown = append(shown, step)
		if n == nil {
			continue
		}
		e := n.get(step)
		if e == nil {
			n = nil
			continue
		}
		if n = e.value; n.kind == list || n.kind == mapping {
			where = spot{e.line, e.column}
		} else {
			where = spot{n.line, n.column}
		}
	}
	return shown, where
}
