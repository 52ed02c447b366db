package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"

	"strowger/bench/process"
)

// nginxConfig is set as for APIs that stream, and so that no connection is made anew. %s: the
// folder, the user's line, where to serve, the provider.
const nginxConfig = `%[2]sdaemon off;
worker_processes 1;
pid %[1]s/nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	scgi_temp_path %[1]s/scgi;
	uwsgi_temp_path %[1]s/uwsgi;
	client_body_buffer_size 64k;
	client_max_body_size 32m;
	keepalive_requests 1000000000;
	keepalive_timeout 120s;
	upstream provider {
		server %[4]s;
		keepalive 512;
		keepalive_requests 1000000000;
	}
	server {
		listen %[3]s;
		location / {
			proxy_pass http://provider;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_buffering off;
		}
	}
}
`

// nginx starts Debian's with a configuration of ours.
func (m *meter) nginx(ctx context.Context, dir string) (*process.Process, error) {
	binary, err := installed("nginx")
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	as := ""
	if os.Geteuid() == 0 { // or it would become somebody who may not read the folder
		u, err := user.Current()
		if err != nil {
			return nil, err
		}
		as = "user " + u.Username + ";\n"
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, nginxConfig, dir, as, addr, m.provider.Addr), 0o600); err != nil {
		return nil, err
	}
	return m.startAt(ctx, nameNginx, addr, exec.Command(binary, "-p", dir, "-e", "stderr", "-c", file))
}

// caddyConfig: where to serve, the provider.
const caddyConfig = `{
	admin off
	auto_https off
	log {
		level ERROR
	}
}
http://%s {
	bind 127.0.0.1
	reverse_proxy %s {
		flush_interval -1
		transport http {
			keepalive_idle_conns_per_host 512
			compression off
		}
	}
}
`

// caddyEnv has Caddy's folders, and its collector run as rarely as strowger's does at most.
func caddyEnv(dir string) []string {
	return append(os.Environ(), "GOGC=400", "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
}

// caddy starts Caddy with a configuration and folders of ours.
func (m *meter) caddy(ctx context.Context, dir string) (*process.Process, error) {
	binary, err := installed("caddy")
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(file, fmt.Appendf(nil, caddyConfig, addr, m.provider.Addr), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, "run", "--config", file, "--adapter", "caddyfile")
	cmd.Env = caddyEnv(dir)
	return m.startAt(ctx, nameCaddy, addr, cmd)
}

// portkey starts the gateway that npm installed, on this machine's own address alone.
func (m *meter) portkey(ctx context.Context, dir string) (*process.Process, error) {
	node, err := installed("node")
	if err != nil {
		return nil, err
	}
	script := filepath.Join(m.o.peers, "node_modules", "@portkey-ai", "gateway", "build", "start-server.js")
	if _, err := os.Stat(script); err != nil {
		return nil, absentError{"@portkey-ai/gateway"}
	}
	loopback, err := filepath.Abs(filepath.Join(m.o.peers, "loopback.cjs"))
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(node, "--require", loopback, script, "--headless", "--port="+port)
	cmd.Env = append(os.Environ(), "NODE_ENV=production", "HOME="+dir)
	return m.startAt(ctx, namePortkey, addr, cmd)
}
