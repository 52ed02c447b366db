package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	most    = 64 << 20
	timeout = 30 * time.Second
)

// pairs are header fields, pseudo headers first.
type pairs = [][2]string

func get(p pairs, name string) string {
	for _, f := range p {
		if f[0] == name {
			return f[1]
		}
	}
	return ""
}

// message is a request or a response.
type message struct {
	headers pairs
	body    []byte
}

// exchange is one request on its way through a host, which fills in the response.
type exchange struct {
	options
	request, response message
}

// front serves a host, one request after the other.
type front struct {
	options
	mu   sync.Mutex
	host host
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		return
	}
	x := &exchange{options: f.options, request: message{append(pairs{
		{":authority", r.Host}, {":path", r.URL.RequestURI()}, {":method", r.Method}, {":scheme", "http"},
	}, fields(r.Header)...), body}}
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() {
		if failed := recover(); failed != nil { // hosts panic when a module traps
			log.Println("panic:", failed)
			w.WriteHeader(http.StatusInternalServerError)
		}
	}()
	if err := f.host.serve(x); err != nil {
		log.Println("error:", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	status, err := strconv.Atoi(get(x.response.headers, ":status"))
	if err != nil || status < 200 || status > 599 {
		log.Println("error: the response has no status")
		status = http.StatusInternalServerError
	}
	copyFields(w.Header(), x.response.headers)
	w.WriteHeader(status)
	_, _ = w.Write(x.response.body)
}

func fields(h http.Header) (p pairs) {
	for name, values := range h {
		p = append(p, [2]string{strings.ToLower(name), strings.Join(values, ", ")})
	}
	sort.Slice(p, func(i, j int) bool { return p[i][0] < p[j][0] })
	return p
}

func copyFields(h http.Header, p pairs) {
	for _, f := range p {
		if !strings.HasPrefix(f[0], ":") && f[0] != "content-length" && f[0] != "transfer-encoding" && f[0] != "connection" {
			h.Set(f[0], f[1])
		}
	}
}

// forward sends the request to the cluster that it names.
func (x *exchange) forward() error {
	name := get(x.request.headers, x.route)
	if name == "" {
		name = x.fallback
	}
	m, err := x.fetch(name, x.request, timeout)
	x.response = m
	return err
}

// fetch sends a request to a cluster. Content-lengths are made anew.
func (x *exchange) fetch(cluster string, m message, within time.Duration) (answer message, err error) {
	base, ok := x.clusters[cluster]
	if !ok {
		return answer, fmt.Errorf("no cluster %q", cluster)
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, get(m.headers, ":method"), base+get(m.headers, ":path"), bytes.NewReader(m.body))
	if err != nil {
		return answer, err
	}
	copyFields(req.Header, m.headers)
	req.Host = get(m.headers, ":authority")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return answer, err
	}
	defer resp.Body.Close()
	answer.headers = append(pairs{{":status", strconv.Itoa(resp.StatusCode)}}, fields(resp.Header)...)
	answer.body, err = io.ReadAll(io.LimitReader(resp.Body, most))
	return answer, err
}

// local makes the response one of the module's own.
func (x *exchange) local(status uint32, headers pairs, body []byte) {
	x.response = message{append(pairs{{":status", strconv.Itoa(int(status))}}, headers...), body}
}
