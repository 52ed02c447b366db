package wazerohost

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"strowger/core/llm"
	"strowger/core/router"
	"strowger/edge/abi"
	"strowger/edge/document"
)

// Serving says how a Handler serves; everything is optional.
type Serving struct {
	// Secret is the value of a secret by its name in the document, empty if it is not set; nil is
	// os.Getenv.
	Secret func(name string) string
	// Transport asks the providers; nil is http.DefaultTransport. Redirects are not followed: a key
	// is for its address.
	Transport http.RoundTripper
	// Requests is how many are served at once at most, 0 means 256; more are refused with 503.
	Requests int
	// BodyTimeout bounds how long a request's body may take; 0 means a minute.
	BodyTimeout time.Duration
	// WriteTimeout bounds how long a caller may take none of its answer; 0 means a minute.
	WriteTimeout time.Duration
	// Log is told what breaks; nil: nobody is.
	Log *slog.Logger
}

func (o Serving) withDefaults() Serving {
	if o.Secret == nil {
		o.Secret = os.Getenv
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.Requests <= 0 {
		o.Requests = 256
	}
	if o.BodyTimeout <= 0 {
		o.BodyTimeout = time.Minute
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = time.Minute
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// handler serves a document with the module.
type handler struct {
	Serving
	host   *Host
	doc    *document.Document
	router *router.Router    // says what is served at a path, and words refusals
	keys   map[string]string // the names of client keys by their hashes
	places chan struct{}
}

// Handler configures the host with a deployment document and serves what it says: every operation
// and list that the core has a path for. Refusals are in the schema of their callers.
func (h *Host) Handler(ctx context.Context, doc *document.Document, o Serving) (http.Handler, error) {
	cat, err := doc.Check()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", document.FileName, err)
	}
	switch rev, err := h.Configure(ctx, doc.Catalog); {
	case err != nil:
		return nil, err
	case rev != doc.Rev:
		return nil, fmt.Errorf("the module says revision %s, the document %s: export again", rev, doc.Rev)
	}
	s := &handler{Serving: o.withDefaults(), host: h, doc: doc, router: router.New(cat), keys: map[string]string{}}
	s.places = make(chan struct{}, s.Requests)
	for _, name := range doc.Secrets {
		if s.Secret(name) == "" {
			s.Log.Warn("strowger: a secret is not set", "name", name)
		}
	}
	for _, k := range doc.Keys {
		s.keys[k.SHA256] = k.Name
	}
	return s, nil
}

// ServeHTTP answers a request, or says why not before the module is asked.
func (s *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.deadline(w)
	path := "/" + strings.TrimLeft(r.URL.Path, "/") // a base URL that ends in a slash makes two of them
	entry, served := s.router.EntryOf(path)
	schema := entry.Schema
	if !served {
		schema = router.SchemaOf(path, r.Header.Get)
	}
	key, refused := s.client(r, schema)
	switch {
	case refused != nil:
		s.refuse(w, schema, refused)
		return
	case !served:
		s.list(w, r, path, schema)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", "POST")
		s.refuse(w, schema, &llm.Error{Code: llm.CodeMethod, Message: path + " takes POST"})
		return
	}
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	default:
		s.refuse(w, schema, busy)
		return
	}
	body, refused := s.body(w, r, entry)
	if refused != nil {
		s.refuse(w, schema, refused)
		return
	}
	s.carry(w, r, router.Call{
		ID: fmt.Sprintf("%016x", rand.Uint64()), Seed: rand.Uint64(), Entry: entry, Key: key, Header: r.Header.Get, Body: body,
		ProviderHeader: []byte(r.Header.Get("X-Strowger-Provider")), CacheControl: r.Header.Get("Cache-Control"),
	})
}

// What the host has to say itself.
var (
	busy   = &llm.Error{Code: llm.CodeInternal, Status: http.StatusServiceUnavailable, Message: "too many requests at once"}
	failed = &llm.Error{Code: llm.CodeInternal, Message: "a bug in strowger ended this request; its log says more"}
)

// deadline moves on the moment by which the caller has to have taken what is written. The next request
// of the connection finds it as it is, so that every one begins with it.
func (s *handler) deadline(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.WriteTimeout)) // where there is a connection
}

// refuse answers in the schema of a caller.
func (s *handler) refuse(w http.ResponseWriter, schema llm.Schema, e *llm.Error) {
	s.deadline(w)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Should-Retry", "false")
	w.WriteHeader(e.HTTPStatus())
	_, _ = w.Write(router.Ingress(schema).AppendError(nil, e)) // to a caller that may have left
}

// client is the name of the key that a request carries, and why it may not call. Keys are told
// apart by their hashes, so that how long it takes says nothing.
func (s *handler) client(r *http.Request, schema llm.Schema) (name string, refused *llm.Error) {
	given := router.ClientKey(r.Header.Get, r.URL.Query().Get, schema)
	if given != "" {
		sum := sha256.Sum256([]byte(given))
		name = s.keys[hex.EncodeToString(sum[:])]
	}
	return name, router.Refused(given, name, s.doc.Open, schema)
}

// body reads the body of a call, within its bounds.
func (s *handler) body(w http.ResponseWriter, r *http.Request, entry router.Entry) ([]byte, *llm.Error) {
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, &llm.Error{Code: llm.CodeInvalidRequest, Status: http.StatusUnsupportedMediaType, Message: "content-encoding " + llm.Clip(e, 40) + " is not supported here: send the body as it is"}
	}
	// Without alt=sse Gemini streams a JSON array, which no SDK asks for.
	if entry.Schema == llm.SchemaGemini && entry.Stream && r.URL.Query().Get("alt") != "sse" {
		return nil, &llm.Error{Code: llm.CodeInvalidRequest, Param: "alt", Message: "streams are server-sent events here: add ?alt=sse to the URL"}
	}
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(s.BodyTimeout)) // where there is a connection
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.doc.Limits.MaxBody))
	_ = conn.SetReadDeadline(time.Time{}) // what is read from now on says that the caller leaves
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &large):
		return nil, &llm.Error{Code: llm.CodeTooLarge, Message: "the body is larger than " + strconv.FormatInt(large.Limit, 10) + " bytes"}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &llm.Error{Code: llm.CodeInvalidRequest, Status: http.StatusRequestTimeout, Message: "the body came too slowly"}
	}
	return nil, &llm.Error{Code: llm.CodeInvalidRequest, Message: "the body broke off"}
}

// list answers GET requests about models and endpoints, and says of other paths what is served.
func (s *handler) list(w http.ResponseWriter, r *http.Request, path string, schema llm.Schema) {
	l, listed := s.router.ListingOf(path)
	switch {
	case !listed:
		s.refuse(w, schema, s.router.Nowhere(path))
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		s.refuse(w, schema, &llm.Error{Code: llm.CodeMethod, Message: path + " takes GET"})
		return
	}
	body, err := s.host.ModelsAt(r.Context(), path)
	var unknown *abi.Error
	switch {
	case errors.As(err, &unknown) && (unknown.Code == abi.CodeNotFound || unknown.Code == abi.CodeControl): // of a name that is too long too
		s.refuse(w, l.Schema, &llm.Error{Code: llm.CodeModelNotFound, Param: "model", Message: unknown.Message})
	case err != nil:
		s.Log.Error("strowger: a list failed", "path", path, "error", err)
		s.refuse(w, l.Schema, failed)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}
}

// carry opens the exchange of a call and carries it to its end. One that is lost is answered as far
// as it still can be; the next call has another instance.
func (s *handler) carry(w http.ResponseWriter, r *http.Request, call router.Call) {
	ctx := context.WithoutCancel(r.Context()) // that the caller has left is for the core to know first
	x, err := s.host.Open(ctx, call)
	var limit *abi.Error
	switch {
	case errors.As(err, &limit) && limit.Code == abi.CodeLimit:
		s.refuse(w, call.Entry.Schema, busy)
		return
	case err != nil:
		s.Log.Error("strowger: no exchange was opened", "decision", call.ID, "error", err)
		s.refuse(w, call.Entry.Schema, failed)
		return
	}
	defer x.Close(ctx)
	c := newCarrier(s, w, x)
	defer c.stop()
	err = c.run(ctx, r.Context().Done())
	if err == nil {
		return
	}
	s.Log.Error("strowger: an answer broke off", "decision", call.ID, "error", err)
	c.stop()
	switch {
	case !c.begun:
		s.refuse(w, call.Entry.Schema, failed)
		return
	case c.streams && !errors.Is(err, errCut):
		call.Refused = failed
		if last, err := s.host.Abort(ctx, call); err == nil {
			c.write(last)
		}
	}
	panic(http.ErrAbortHandler) // nobody takes the answer for whole
}
