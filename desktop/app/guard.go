package app

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"strowger/frontend"
)

// guard refuses requests that a web page could have sent: a Host that is not this
// machine (DNS rebinding), and an Origin that is not this server. Programs send no
// Origin, and the dashboard's is our own.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !loopbackHost(r.Host):
			refuse(w, "the host "+clip(r.Host)+" is not this machine: use 127.0.0.1 or localhost")
		case foreign(r):
			refuse(w, "requests from pages of "+from(r)+" are not served")
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

// loopbackHost reports whether host, with or without a port, names this machine.
func loopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.Trim(name, "[]"), ".")
	if strings.EqualFold(name, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.IsLoopback()
}

func refuse(w http.ResponseWriter, why string) {
	w.Header().Set("content-type", "application/json")
	w.Header().Set("x-should-retry", "false")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write([]byte(`{"error":{"message":"` + strings.NewReplacer(`"`, "'", `\`, "/").Replace(why) + `","type":"permission_error","param":null,"code":"forbidden"}}`))
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
