package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"strowger/bench/process"
	"strowger/bench/traffic"
)

// What requests go through, in the order of tables.
const (
	nameDirect   = "direct"
	nameNginx    = "nginx"
	nameReverse  = "ReverseProxy"
	nameCaddy    = "Caddy"
	namePortkey  = "Portkey"
	nameBare     = "strowger, no record"
	nameStrowger = "strowger"
	nameRouting  = "strowger, routing"
)

// nameProvider is that of the process everything ends at.
const nameProvider = "provider"

// peer is what requests go through.
type peer struct {
	name    string
	about   string // for people
	how     string // to install it, if that is needed
	header  string // lines that its requests have besides
	routed  bool   // it is strowger, which callers ask for another model, with another key
	records bool
	offers  []offer // what it has to choose from
	begin   func(ctx context.Context, dir string) (*process.Process, error)

	proc *process.Process // nil: the provider itself
	sent int64            // requests, to one that records

	last  workload // that went through it
	wrote int64    // its rows at least
}

// asked is a workload as it is sent to the peer.
func (p *peer) asked(l workload) traffic.Workload {
	l.Routed = p.routed
	return l.Workload
}

// absentError says that a peer is not installed here.
type absentError struct{ what string }

// Error names what was looked for.
func (e absentError) Error() string { return e.what + " is not installed" }

// peers are all there are; none is started.
func (m *meter) peers() []*peer {
	data, few, many := "", plainOffers(), routingOffers()
	return []*peer{
		{name: nameDirect, about: "the provider itself, with nothing in between"},
		{name: nameNginx, about: "one worker, no access log, kept connections, proxy_buffering off", how: "apt-get install --no-install-recommends nginx-light", begin: m.nginx},
		{name: nameReverse, about: "net/http/httputil.ReverseProxy with strowger's limits and pace of the collector, and a buffer pool", begin: func(ctx context.Context, _ string) (*process.Process, error) {
			return m.start(ctx, nameReverse, exec.Command(m.self, peerReverse, "http://"+m.provider.Addr))
		}},
		{name: nameCaddy, about: "reverse_proxy, no access log, flush_interval -1, GOGC=400", how: "apt-get install --no-install-recommends caddy", begin: m.caddy},
		{name: namePortkey, about: "@portkey-ai/gateway, headless", how: "npm ci --ignore-scripts in bench/load/peers", begin: m.portkey,
			header: "x-portkey-provider: openai\r\nx-portkey-custom-host: http://" + m.provider.Addr + "/v1\r\n"},
		{name: nameStrowger, about: "strowger serve, every request recorded in SQLite", routed: true, records: true, offers: few, begin: func(ctx context.Context, dir string) (*process.Process, error) {
			data = process.Data(dir)
			return m.serve(ctx, nameStrowger, dir, data, configuration(m.provider.Addr, few))
		}},
		{name: nameBare, about: "the same without a record, for another process has its folder", routed: true, begin: func(ctx context.Context, dir string) (*process.Process, error) {
			return m.serve(ctx, nameBare, dir, data, configuration(m.provider.Addr, few))
		}},
		{name: nameRouting, about: "recording, 8 candidates, strategy value", routed: true, records: true, offers: many, begin: func(ctx context.Context, dir string) (*process.Process, error) {
			return m.serve(ctx, nameRouting, dir, process.Data(dir), routing(m.provider.Addr, many))
		}},
	}
}

// start runs a program that says where it serves, on its core.
func (m *meter) start(ctx context.Context, name string, cmd *exec.Cmd) (*process.Process, error) {
	return process.Start(ctx, name, cmd, func() error { return m.cores.Start(name == nameProvider, cmd.Start) })
}

// startAt runs one that was told to serve at addr.
func (m *meter) startAt(ctx context.Context, name, addr string, cmd *exec.Cmd) (*process.Process, error) {
	return process.StartAt(ctx, name, addr, cmd, func() error { return m.cores.Start(name == nameProvider, cmd.Start) })
}

// launch starts a peer, in a folder of its own, and gives how long it took to its first answer.
func (m *meter) launch(ctx context.Context, p *peer, dir string) (took time.Duration, err error) {
	if dir, err = os.MkdirTemp(dir, "peer-"); err != nil {
		return 0, err
	}
	begin := time.Now()
	if p.proc, err = p.begin(ctx, dir); err != nil {
		return 0, err
	}
	p.sent = 0
	b, err := traffic.Open(ctx, p.asked(choose(plainLoad, 0)[0]), p.proc.Addr, p.header, 1, &m.serial)
	if err == nil {
		p.sent += b.Once(ctx).Times.Len()
		b.Close()
		err = errors.Join(b.Wrong...)
		m.result.Answers++
	}
	if took = time.Since(begin); err != nil {
		return 0, fmt.Errorf("%s, the first answer: %w", p.name, err)
	}
	return took, nil
}

// freeAddr is an address that nobody serves at.
func freeAddr(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// installed is the path of a program, also where administrators have theirs.
func installed(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", absentError{name}
}
