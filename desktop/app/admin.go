package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"strowger/core/llm"
	"strowger/desktop/config"
	"strowger/desktop/control"
	"strowger/desktop/secret"
)

// listen opens the data plane's listener and, if it has its own, the control plane's.
func (a *App) listen(ctx context.Context, c *config.Config) (err error) {
	if a.closed = !config.Loopback(c.Listen); a.closed && len(c.Catalog.Keys) == 0 {
		return fmt.Errorf("listen %s: other machines could use it: name keys and admin.token in the configuration, or use 127.0.0.1:PORT", c.Listen)
	}
	if a.token, err = secret.Resolve(c.Admin.Token); err != nil {
		return fmt.Errorf("admin.token: %w", err)
	}
	exposed := a.closed
	if c.Admin.Listen != "" {
		exposed = !config.Loopback(c.Admin.Listen)
	}
	if exposed && a.token == "" {
		return errors.New("admin.token: missing; other machines could see the dashboard: set a token, or give admin.listen an address of this machine")
	}
	if a.listener, err = a.open(ctx, c.Listen, "--listen"); err != nil {
		return err
	}
	if c.Admin.Listen != "" {
		a.admin, err = a.open(ctx, c.Admin.Listen, "admin.listen")
	}
	return err
}

func (a *App) open(ctx context.Context, address, setting string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen %s: %w; is another strowger running? choose another address with %s", address, errors.Unwrap(err), setting)
	}
	a.closers = append(a.closers, func() error { return ignoreClosed(l.Close()) })
	return l, nil
}

// withToken lets through who knows the token: as a bearer token, or as the password that a
// browser asks for. Without a token everyone is let through.
func (a *App) withToken(next http.Handler) http.Handler {
	if a.token == "" {
		return next
	}
	admin, local := sha256.Sum256([]byte(a.token)), sha256.Sum256([]byte(a.local))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, given, _ := r.BasicAuth()
		if scheme, key, bearer := strings.Cut(r.Header.Get("Authorization"), " "); bearer && strings.EqualFold(scheme, "bearer") {
			given = strings.TrimSpace(key)
		}
		got := sha256.Sum256([]byte(given))
		known := subtle.ConstantTimeCompare(got[:], admin[:]) | subtle.ConstantTimeCompare(got[:], local[:])
		if known != 1 && !control.Signed(r) { // an edge signs, and has no token
			w.Header().Set("www-authenticate", `Basic realm="strowger: any name, the admin token as password", charset="UTF-8"`)
			refuse(w, r, a.proxy, llm.CodeUnauthorized, "the dashboard needs the admin token")
			return
		}
		next.ServeHTTP(w, r)
	})
}
