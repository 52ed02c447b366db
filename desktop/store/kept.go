package store

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"
)

// How much is kept of catalogs and configurations.
const (
	MaxCatalog = 8 << 20 // bytes of one
	MaxConfig  = 1 << 20 // bytes of one
	maxKept    = 200     // of each
)

// ErrSecret says that a configuration is not kept, because its text holds a secret.
var ErrSecret = errors.New("the text holds a secret itself, so it is not kept: write ${NAME}, env:NAME or file:/path instead of it")

// ErrTooLarge says that something is too large to be kept.
var ErrTooLarge = errors.New("too large to be kept")

// KeepCatalog keeps a catalog as JSON, which must hold no secrets: catalog.AppendJSON's form. It is
// called when the catalog comes into use, each time. It stays as long as decisions of that time do.
func (s *Store) KeepCatalog(ctx context.Context, rev string, doc []byte) error {
	if s == nil {
		return nil
	}
	if len(doc) > MaxCatalog {
		return fmt.Errorf("store: catalog %s: %w", rev, ErrTooLarge)
	}
	args := append(texts(nil, cut(rev, MaxName)), integers(nil, time.Now().UnixMicro())...)
	args = append(args, driver.NamedValue{Value: new(squeezer).squeeze(doc)})
	return s.keep(ctx, "catalog", "INSERT OR REPLACE INTO catalogs (rev, used, doc) VALUES (?, ?, ?)", args,
		"DELETE FROM catalogs WHERE rev IN (SELECT rev FROM catalogs ORDER BY used DESC LIMIT -1 OFFSET ?)")
}

// CatalogOf is the catalog of that revision; ErrNotFound if it is not kept.
func (s *Store) CatalogOf(ctx context.Context, rev string) ([]byte, error) {
	return s.kept(ctx, "SELECT doc FROM catalogs WHERE rev = ?", texts(nil, rev), MaxCatalog)
}

// Config is a text of the configuration file from before.
type Config struct {
	ID   int64
	At   time.Time // when it was kept
	Why  string    // what it was replaced for
	Rev  string    // of the catalog that it makes
	Size int64     // bytes of the text
	Text []byte    // nil in lists
}

// KeepConfig keeps a text of the configuration file, the newest 200 of them. secrets are those that
// stand in it literally, as far as it is known: with any, or with what looks like one, nothing is
// kept and the error is ErrSecret.
func (s *Store) KeepConfig(ctx context.Context, text []byte, why, rev string, secrets bool) error {
	if s == nil {
		return ErrNoStore
	}
	if secrets || looksSecret(text) {
		return ErrSecret
	}
	if len(text) > MaxConfig {
		return fmt.Errorf("store: configuration: %w", ErrTooLarge)
	}
	args := texts(integers(nil, time.Now().UnixMicro()), cut(why, MaxError), cut(rev, MaxName))
	args = append(integers(args, int64(len(text))), driver.NamedValue{Value: nonNil(new(squeezer).squeeze(text))})
	return s.keep(ctx, "configuration", "INSERT INTO configs (at, why, rev, size, text) VALUES (?, ?, ?, ?, ?)", args,
		"DELETE FROM configs WHERE id IN (SELECT id FROM configs ORDER BY id DESC LIMIT -1 OFFSET ?)")
}

// secretLike is what keys of providers look like, wherever in the text: a comment is text, too.
var secretLike = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(sk-|sk_|gsk_|xai-|hf_|pplx-|nvapi-|ghp_|github_pat_|AIza|AKIA|ya29\.)[A-Za-z0-9_\-]{12,}|-----BEGIN [A-Z ]*PRIVATE KEY`)
})

// random is what keys of all others are made of: many letters and digits without a pause. Of those
// only the sums of callers' keys belong into a configuration, and names of folders.
var random = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)(sha256["']?\s*:\s*["']?)?\b[a-z0-9]{20,}`) })

// looksSecret reports whether something in a text looks like a key.
func looksSecret(text []byte) bool {
	if secretLike().Match(text) {
		return true
	}
	for _, m := range random().FindAllSubmatchIndex(text, -1) {
		word, folder := text[m[0]:m[1]], m[0] > 0 && text[m[0]-1] == '/' || m[1] < len(text) && text[m[1]] == '/'
		if m[2] < 0 && !folder && bytes.ContainsAny(word, "0123456789") && bytes.ContainsFunc(word, func(r rune) bool { return r > '9' }) {
			return true
		}
	}
	return false
}

// Configs are the newest texts that are kept, newest first, without the texts; limit 0 is all.
func (s *Store) Configs(ctx context.Context, limit int) (list []Config, err error) {
	if s == nil {
		return nil, nil
	}
	if limit <= 0 {
		limit = maxKept
	}
	err = s.snapshot(ctx, func(c querier) error {
		return rowsOf(ctx, c, "SELECT id, at, why, rev, size FROM configs ORDER BY id DESC LIMIT ?", integers(nil, int64(limit)), func(v []driver.Value) error {
			list = append(list, configOf(v))
			return nil
		})
	})
	return list, wrap("configurations", err)
}

// Config is one of them with its text; ErrNotFound if it is not kept.
func (s *Store) Config(ctx context.Context, id int64) (c Config, err error) {
	if s == nil {
		return c, ErrNotFound
	}
	err = s.snapshot(ctx, func(q querier) error {
		return rowsOf(ctx, q, "SELECT id, at, why, rev, size, text FROM configs WHERE id = ?", integers(nil, id), func(v []driver.Value) (err error) {
			c = configOf(v)
			c.Text, err = expand(blob(v[5]), MaxConfig)
			return err
		})
	})
	if err == nil && c.ID == 0 {
		return c, ErrNotFound
	}
	return c, wrap("configuration", err)
}

func configOf(v []driver.Value) Config {
	return Config{ID: num(v[0]), At: moment(num(v[1])), Why: str(v[2]), Rev: str(v[3]), Size: num(v[4])}
}

// keep inserts a row and deletes what is too many.
func (s *Store) keep(ctx context.Context, what, insert string, args []driver.NamedValue, tidy string) error {
	err := s.conn.transact(ctx, func() error {
		c := s.conn.c.(driver.ExecerContext)
		if _, err := c.ExecContext(ctx, insert, ordinals(args)); err != nil {
			return err
		}
		_, err := c.ExecContext(ctx, tidy, ordinals(integers(nil, maxKept)))
		return err
	})
	if err != nil {
		return fmt.Errorf("store: keeping a %s: %w", what, err)
	}
	return nil
}

// kept reads a compressed value.
func (s *Store) kept(ctx context.Context, query string, args []driver.NamedValue, most int64) (out []byte, err error) {
	if s == nil {
		return nil, ErrNotFound
	}
	found := false
	err = s.snapshot(ctx, func(c querier) error {
		return rowsOf(ctx, c, query, args, func(v []driver.Value) (err error) {
			found = true
			out, err = expand(blob(v[0]), most)
			return err
		})
	})
	if err == nil && !found {
		return nil, ErrNotFound
	}
	return out, wrap("catalog", err)
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
