package app

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"strowger/core/llm"
	"strowger/desktop/config"
	"strowger/desktop/control"
	"strowger/desktop/proxy"
	"strowger/frontend"
)

// guard refuses requests that a web page could have sent: a Host that is not this
// machine (DNS rebinding), and an Origin that is not this server. Programs send no
// Origin, and the dashboard's is our own. A listener that other machines reach has names
// that we do not know; there a key is what keeps pages out. What is
// signed may have come through a tunnel, by any name: no page can sign.
func guard(l net.Listener, p *proxy.Proxy, next http.Handler) http.Handler {
	here := config.Loopback(l.Addr().String())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case here && !config.Loopback(r.Host) && !control.Signed(r):
			refuse(w, r, p, llm.CodeForbidden, "the host "+clip(r.Host)+" is not this machine: use 127.0.0.1 or localhost")
		case foreign(r):
			refuse(w, r, p, llm.CodeForbidden, "requests from pages of "+from(r)+" are not served")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// foreign reports whether the request comes from a page of another origin.
func foreign(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		return !followsLink(r)
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host != r.Host
}

// followsLink reports whether a person follows a link to the dashboard: what it shows
// is shown to them and not to the page they came from.
func followsLink(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" &&
		r.Header.Get("Sec-Fetch-Dest") == "document" && (r.URL.Path == "/" || r.URL.Path == frontend.Base)
}

// from names the page that a request comes from.
func from(r *http.Request) string {
	if origin := r.Header.Get("Origin"); origin != "" {
		return clip(origin)
	}
	return "other sites"
}

// refuse answers at once, in the schema of the path: of a body that came along, or is still to
// come, a second is waited for.
func refuse(w http.ResponseWriter, r *http.Request, p *proxy.Proxy, code llm.Code, why string) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Second))
	p.Refuse(w, r, &llm.Error{Code: code, Message: why})
}

func clip(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	return clean[:min(len(clean), 100)]
}
