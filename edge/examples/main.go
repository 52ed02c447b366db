// Strowger in a Go program: the module and the document of a folder that strowger export --target wasi has written,
// behind net/http. It takes their names and an address, and the secrets out of the environment.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/edge/deploy"
	"strowger/edge/document"
	"strowger/edge/wazerohost"
)

// server answers calls with the module.
type server struct {
	doc  *deploy.Document
	host *wazerohost.Host
}

// entries are the paths served here, of the many that the core knows.
var entries = map[string]router.Entry{
	"/v1/chat/completions": {Schema: llm.SchemaOpenAI, Operation: llm.OperationChat},
	"/v1/messages":         {Schema: llm.SchemaAnthropic, Operation: llm.OperationChat},
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: go run . strowger.wasm strowger.json PORT")
	}
	s, err := start(context.Background(), os.Args[1], os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	at, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Args[3]))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s\n", at.Addr())
	hs := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(hs.Serve(at))
}

func start(ctx context.Context, module, document string) (*server, error) {
	text, err := os.ReadFile(document)
	if err != nil {
		return nil, err
	}
	wasm, err := os.ReadFile(module)
	if err != nil {
		return nil, err
	}
	doc, err := deploy.Read(text)
	if err != nil {
		return nil, err
	}
	for _, name := range doc.Secrets {
		if os.Getenv(name) == "" {
			log.Print("not set in the environment: ", name)
		}
	}
	host, err := wazerohost.New(ctx, wasm, wazerohost.Options{})
	if err != nil {
		return nil, err
	}
	switch rev, err := host.Configure(ctx, doc.Catalog); {
	case err != nil:
		return nil, err
	case rev != doc.Rev:
		return nil, fmt.Errorf("the module says revision %s, the document %s: export again", rev, doc.Rev)
	}
	return &server{doc, host}, nil
}

// ServeHTTP reads a call, and refuses what the core never sees.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	entry, served := entries[r.URL.Path]
	client, known := s.client(r)
	switch {
	case !known:
		http.Error(w, "a client key is needed", http.StatusUnauthorized)
		return
	case !served || r.Method != http.MethodPost:
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.doc.Limits.MaxBody))
	if err != nil {
		http.Error(w, "the body is too large, or broke off", http.StatusRequestEntityTooLarge)
		return
	}
	id := fmt.Sprintf("%016x", rand.Uint64())
	ctx := context.WithoutCancel(r.Context()) // that the caller has left is for the core to know first
	x, err := s.host.Open(ctx, router.Call{ID: id, Seed: rand.Uint64(), Entry: entry, Key: client, Header: r.Header.Get, Body: body})
	if err != nil {
		log.Print(err)
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	defer x.Close(ctx)
	c := &carrier{s: s, w: w, events: make(chan exchange.Event), timer: time.NewTimer(time.Hour), cancel: func() {}}
	defer func() { c.cancel() }()
	if err := c.run(ctx, x, r.Context().Done()); err != nil {
		log.Print(id, ": ", err)
		panic(http.ErrAbortHandler) // nobody takes the answer for whole
	}
}

// client is the name of the key that a request carries, and whether it may call.
func (s *server) client(r *http.Request) (string, bool) {
	key := r.Header.Get("X-Api-Key")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		key = bearer
	}
	sum := sha256.Sum256([]byte(key))
	i := slices.IndexFunc(s.doc.Keys, func(k document.Key) bool { return k.SHA256 == hex.EncodeToString(sum[:]) })
	if i < 0 {
		return "", s.doc.Open
	}
	return s.doc.Keys[i].Name, true
}

// carrier does what an exchange says.
type carrier struct {
	s      *server
	w      http.ResponseWriter
	events chan exchange.Event
	timer  *time.Timer
	cancel context.CancelFunc // of the attempt in flight
}

// run carries an exchange to its end: an event goes in, commands come out.
func (c *carrier) run(ctx context.Context, x *wazerohost.Exchange, left <-chan struct{}) error {
	for ev := exchange.Event(exchange.Started{}); ; {
		cmds, err := x.Step(ctx, time.Now(), ev)
		if err != nil {
			return err
		}
		ev = nil
		for _, cmd := range cmds {
			switch cmd := cmd.Command.(type) {
			case exchange.Lookup:
				ev = exchange.Cached{Attempt: cmd.Attempt} // nothing is kept here
			case exchange.Finish:
				if cmd.Cut {
					return errors.New("the answer broke off")
				}
				return nil
			default:
				c.do(ctx, cmd)
			}
		}
		if ev != nil {
			continue
		}
		select {
		case ev = <-c.events:
		case <-c.timer.C:
			ev = exchange.Woke{}
		case <-left:
			ev, left = exchange.Left{}, nil
		}
	}
}

func (c *carrier) do(ctx context.Context, cmd exchange.Command) {
	switch cmd := cmd.(type) {
	case exchange.Send:
		ctx, c.cancel = context.WithCancel(ctx)
		go func() {
			tell := func(ev exchange.Event) bool {
				select {
				case c.events <- ev:
					return true
				case <-ctx.Done():
					return false
				}
			}
			if last := c.s.attempt(ctx, cmd, tell); last != nil {
				tell(last)
			}
		}()
	case exchange.Cancel:
		c.cancel()
	case exchange.Wake:
		c.timer.Reset(time.Until(cmd.At))
	case exchange.Reply:
		for _, h := range cmd.Header {
			c.w.Header().Set(h.Name, h.Value)
		}
		c.w.WriteHeader(cmd.Status)
	case exchange.Write:
		_, _ = c.w.Write(cmd.Bytes) // a caller that has left is told of by its request
		_ = http.NewResponseController(c.w).Flush()
	}
}

// attempt asks a provider, tells what comes, and gives the last event.
func (s *server) attempt(ctx context.Context, cmd exchange.Send, tell func(exchange.Event) bool) exchange.Event {
	failed := func(o stats.Outcome, why string) exchange.Event {
		return exchange.Failed{Attempt: cmd.Attempt, Outcome: o, Message: why}
	}
	req, err := s.request(ctx, cmd)
	if err != nil {
		return failed(stats.OutcomeCredentials, err.Error())
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // redirects are not followed: the key is for this address
	if err != nil {
		return failed(stats.OutcomeUnreachable, "the connection failed")
	}
	defer resp.Body.Close()
	if !tell(exchange.Headers{Attempt: cmd.Attempt, Status: resp.StatusCode, Header: resp.Header.Get}) {
		return nil
	}
	answer := io.LimitReader(resp.Body, s.doc.Limits.MaxAnswer+1)
	for size := int64(0); ; {
		part := make([]byte, 16<<10)
		n, err := answer.Read(part)
		if size += int64(n); size > s.doc.Limits.MaxAnswer {
			return failed(stats.OutcomeBadAnswer, "the answer is too large")
		}
		if n > 0 && !tell(exchange.Data{Attempt: cmd.Attempt, Bytes: part[:n]}) {
			return nil
		}
		switch {
		case errors.Is(err, io.EOF):
			return exchange.Ended{Attempt: cmd.Attempt}
		case err != nil:
			return failed(stats.OutcomeCut, "the connection broke in mid-answer")
		}
	}
}

func (s *server) request(ctx context.Context, cmd exchange.Send) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, cmd.URL(), bytes.NewReader(cmd.Content()))
	if err != nil {
		return nil, errors.New("base_url of provider " + cmd.Endpoint.Provider + " is not usable")
	}
	req.Header.Set("Content-Type", "application/json")
	for _, h := range cmd.Header {
		req.Header.Set(h.Name, h.Value)
	}
	secrets := map[string]string{} // by the header's name
	if cmd.Endpoint.KeyRef != "" {
		secrets[cmd.KeyName] = cmd.Endpoint.KeyRef
	}
	for _, h := range cmd.Endpoint.Headers {
		secrets[h.Name] = h.Value
	}
	for name, reference := range secrets {
		secret := os.Getenv(s.doc.Secrets[reference])
		if secret == "" {
			return nil, errors.New("the secret " + s.doc.Secrets[reference] + " is not set")
		}
		if name == cmd.KeyName {
			secret = cmd.KeyPrefix + secret
		}
		req.Header.Set(name, secret)
	}
	return req, nil
}
