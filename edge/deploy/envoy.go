package deploy

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/codec"
)

// envoy is what the bootstrap of Envoy is filled in with.
type envoy struct {
	Plugin   string // the plugin's configuration, as JSON
	Values   string // the virtual machine's, in which each secret has a value that Envoy replaces
	Clusters []cluster
	Secrets  []string // names of the environment's variables
	RetryOn  []int    // statuses that are tried once more at the same provider
}

// into puts what envoy.yaml is filled in with among values.
func (e envoy) into(values map[string]string) error {
	values["plugin"], values["values"] = quote(e.Plugin), quote(e.Values)
	values["retriable"], values["statuses"] = "", ""
	if len(e.RetryOn) > 0 {
		var list []string
		for _, status := range e.RetryOn {
			list = append(list, strconv.Itoa(status))
		}
		values["retriable"] = ",retriable-status-codes"
		values["statuses"] = "\n                retriable_status_codes: [" + strings.Join(list, ", ") + "]"
	}
	var routes, clusters strings.Builder
	for _, c := range e.Clusters {
		if err := c.write(&routes, &clusters); err != nil {
			return err
		}
	}
	values["routes"], values["clusters"], values["generic_secrets"] = routes.String(), clusters.String(), ""
	for i, name := range e.Secrets {
		if i == 0 {
			values["generic_secrets"] = "  secrets:\n"
		}
		values["generic_secrets"] += "  - name: " + quote(name) + "\n    generic_secret:\n      secret: {environment_variable: " + quote(name) + "}\n"
	}
	return nil
}

// write writes the routes to a cluster, and the cluster.
func (c *cluster) write(routes, clusters *strings.Builder) error {
	values := map[string]string{
		"name": quote(c.Name), "host": quote(c.Host), "port": strconv.Itoa(c.Port), "connect": c.Connect, "total": c.Total, "idle": c.Idle,
		"protocol": "explicit_http_config: {http_protocol_options: {}}", "sni": "\n        sni: " + quote(c.Host), "san": "DNS", "tls": "", "injections": "",
	}
	if c.IsIP {
		values["sni"], values["san"] = "", "IP_ADDRESS"
	}
	if c.TLS {
		values["protocol"] = "auto_config: {http_protocol_options: {}, http2_protocol_options: {}}"
		tls, err := fill("envoy.tls", values)
		if err != nil {
			return err
		}
		values["tls"] = tls
	}
	for _, in := range c.Injections {
		given := map[string]string{"secret": quote(in.Secret), "header": quote(in.Header), "prefix": ""}
		if in.Prefix != "" {
			given["prefix"] = "\n                header_value_prefix: " + quote(in.Prefix)
		}
		text, err := fill("envoy.injection", given)
		if err != nil {
			return err
		}
		values["injections"] += text
	}
	route, err := fill("envoy.route", values)
	if err != nil {
		return err
	}
	text, err := fill("envoy.cluster", values)
	routes.WriteString(route)
	clusters.WriteString(text)
	return err
}

// cluster is a provider, as Envoy reaches it.
type cluster struct {
	Name       string
	Host       string
	Port       int
	TLS, IsIP  bool
	Connect    string
	Total      string
	Idle       string // of a stream, its beginning included
	Injections []injection
}

// injection is a header whose value Envoy takes from its environment.
type injection struct{ Header, Prefix, Secret string }

// standIn is what the filter takes for a secret. Envoy puts the secret itself in its place, when the
// request leaves.
const standIn = "put-in-by-envoy"

// envoy says how each provider is reached.
func (d *Deployment) envoy() envoy {
	cfg := d.catalog.Config()
	values := map[string]string{}
	for _, name := range d.Document.Secrets {
		values[name] = standIn
	}
	e := envoy{RetryOn: cfg.Routing.Retry.On}
	for i := range cfg.Providers {
		p := &cfg.Providers[i]
		c := clusterOf(cfg, p)
		if !p.Disabled { // else it is never called: its secrets need not be there
			c.Injections = d.injections(p)
		}
		for _, in := range c.Injections {
			if !slices.Contains(e.Secrets, in.Secret) {
				e.Secrets = append(e.Secrets, in.Secret)
			}
		}
		e.Clusters = append(e.Clusters, c)
	}
	e.Plugin, e.Values = d.plugin(), marshalled(values)
	return e
}

// clusterOf says how a provider is reached, without its secrets.
func clusterOf(cfg *catalog.Config, p *catalog.Provider) cluster {
	u, err := url.Parse(p.BaseURL)
	if err != nil { // New has refused it
		panic("deploy: " + p.Name + ": no URL")
	}
	connect, idle, total := reach(cfg, p.Name)
	_, notIP := netip.ParseAddr(u.Hostname())
	return cluster{
		Name: ClusterName(p.Name), Host: u.Hostname(), Port: port(u), TLS: u.Scheme == "https", IsIP: notIP == nil,
		Connect: seconds(connect), Idle: seconds(idle), Total: seconds(total),
	}
}

// clusterNames has what Envoy would read as structure in the names of its statistics written out. The
// underline is doubled, so that no two names become one.
var clusterNames = strings.NewReplacer("_", "__", "/", "_slash_", ".", "_dot_")

// ClusterName is how the cluster of a provider is called.
func ClusterName(provider string) string { return "strowger_" + clusterNames.Replace(provider) }

// injections are the headers that carry a provider's secrets.
func (d *Deployment) injections(p *catalog.Provider) (list []injection) {
	if p.KeyRef != "" {
		name, prefix := codec.KeyHeader(p.Schema, p.BaseURL)
		list = append(list, injection{name, prefix, d.Document.Secrets[p.KeyRef]})
	}
	for _, h := range p.Headers {
		if h.Value != "" {
			list = append(list, injection{strings.ToLower(h.Name), "", d.Document.Secrets[h.Value]})
		}
	}
	return list
}

// firstToken is how long a model that reasons may take to begin, at least.
const firstToken = 2 * time.Minute

// reach are the longest times that any endpoint of a provider may take to connect, to go on with a
// stream and to answer: the module keeps the shorter ones itself.
func reach(cfg *catalog.Config, provider string) (connect, idle, total time.Duration) {
	idle = firstToken
	see := func(endpoints []catalog.Endpoint) {
		for i := range endpoints {
			if e := &endpoints[i]; e.Provider == provider {
				t := e.Timeouts
				connect, idle, total = max(connect, t.Connect), max(idle, t.Idle, t.FirstToken), max(total, t.Total)
			}
		}
	}
	for i := range cfg.Models {
		see(cfg.Models[i].Endpoints)
	}
	for i := range cfg.Routes {
		see(cfg.Routes[i].Endpoints)
	}
	return cmp.Or(connect, catalog.DefaultConnect), idle, cmp.Or(total, catalog.DefaultTotal)
}

func port(u *url.URL) int {
	if n, err := strconv.Atoi(u.Port()); err == nil {
		return n
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}

// seconds is a duration as protobuf's JSON has it.
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
}

// plugin is the configuration of the filter: the document, in one line.
func (d *Deployment) plugin() string {
	return strings.TrimSuffix(string(d.of(ProxyWasm).AppendJSON(nil)), "\n")
}

// marshalled is an object of texts as JSON, its members in order.
func marshalled(texts map[string]string) string {
	text, err := json.Marshal(texts)
	if err != nil { // texts always can be
		panic("deploy: " + err.Error())
	}
	return string(text)
}

// streams says what the filter cannot do for an answer that is a stream.
func (w *warner) streams() {
	if w.fallsBack() {
		w.say("routing.fallback", "a proxy's filter cannot begin a second live stream: where the first provider of a stream fails, what follows comes in one piece at its end, if at all; where streams must fall back live, use a Worker or strowger serve")
	}
	if w.Routing.Hold.Said() && !w.Routing.Hold.First {
		w.say("routing.hold", "streams are not held back here; leave it out to have it the same")
	}
}

// fallsBack reports whether there is anything to fall back to.
func (w *warner) fallsBack() bool {
	return len(w.Routing.Fallback) > 0 ||
		slices.ContainsFunc(w.Models, func(m catalog.Model) bool { return len(m.Endpoints) > 1 }) ||
		slices.ContainsFunc(w.Routes, func(r catalog.Route) bool { return r.Failover || len(r.Routing.Fallback) > 0 })
}
