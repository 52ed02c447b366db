package app

import (
	"net"
	"time"

	"strowger/core/catalog"
	"strowger/desktop/control"
	"strowger/desktop/proxy"
)

// plane is what the control plane asks of the data plane, and does to it.
type plane struct{ *proxy.Proxy }

// Flights implements control.Exchanges.
func (p plane) Flights(most int) ([]control.Flight, int) {
	all, n := p.Proxy.Flights(most)
	seen := make([]control.Flight, len(all))
	for i, f := range all {
		seen[i] = control.Flight(f)
	}
	return seen, n
}

// live is what of the configuration in use the control plane asks for, anew each time.
type live struct{ a *App }

// Resolve implements control.Secrets, as requests do it.
func (l live) Resolve(ref string) (string, error) { return l.a.live.Load().secrets.Resolve(ref) }

func (l live) catalog() *catalog.Catalog { return l.a.live.Load().catalog }

func (l live) zone() *time.Location {
	if z := l.a.Config().Location; z != nil {
		return z
	}
	return time.UTC
}

// mostAddresses is how many of this machine's addresses are shown.
const mostAddresses = 8

// addresses are what callers may use as a base URL, without a path. Who listens on all addresses
// is told them.
func (a *App) addresses() []string {
	host, port, err := net.SplitHostPort(a.Addr())
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsUnspecified() {
		return []string{a.URL()}
	}
	all := []string{"http://" + net.JoinHostPort("127.0.0.1", port)}
	own, _ := net.InterfaceAddrs() // without them there is that one
	for _, addr := range own {
		if n, ok := addr.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && len(all) < mostAddresses {
			all = append(all, "http://"+net.JoinHostPort(n.IP.String(), port))
		}
	}
	return all
}
