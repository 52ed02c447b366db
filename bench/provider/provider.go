package provider

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options describe a provider. The zero value answers every request at once and well.
type Options struct {
	// Name and Description are metadata for people; GET /models reports both.
	Name, Description string
	// Price is metadata too, for every model alike: nothing is charged. The zero Price is unknown, and is
	// not reported.
	Price Price
	// Schema is metadata as well: how it is to be asked, in Strowger's words (openai, openai-responses,
	// anthropic, gemini); empty is openai. It answers in all of them.
	Schema string
	// Models are the models it serves; any other is answered with 404. Empty serves every model.
	Models []string
	// Key, if set, is what requests must carry, where their schema has it; otherwise they are refused.
	Key string
	// RateLimit, if set, turns requests away with 429.
	RateLimit RateLimit
	// Behaviour is how requests are answered, unless Script says otherwise for each.
	Behaviour Behaviour
	// Script overrides Behaviour if it is not nil.
	Script Script
	// Seed decides everything random.
	Seed uint64
	// Now is the clock of Script, RateLimit and "created"; time.Now if nil. Waiting is real all the same.
	Now func() time.Time
}

// Price is in US dollars for a million tokens.
type Price struct{ Input, Output float64 }

// maxKept bounds how much of a body Last keeps.
const maxKept = 1 << 20

// Request is a request as it came in.
type Request struct {
	// Method, Host and URL (path and query) are those of the request line and the Host header.
	Method, Host, URL string
	Header            http.Header
	// Body is the first MiB of the body, Size the length of the whole.
	Body []byte
	Size int64
}

// Provider is a simulated provider. It is an http.Handler and safe for concurrent use. A request is held
// against path, key, rate limit, body, model and directives, in this order, and then answered as its
// behaviour demands.
type Provider struct {
	opt     Options
	now     func() time.Time
	started time.Time
	words   []string // each with a space before it
	script  atomic.Pointer[Script]

	requests, open, input, output atomic.Int64

	window window
	pool   sync.Pool // of *answer

	mu   sync.Mutex
	last arrival
}

// arrival is what Last makes a Request of: the hot path keeps references and copies only the body.
type arrival struct {
	r    *http.Request
	body []byte
	size int64
}

// lexicon is what answers are made of.
const lexicon = "the operator answers and asks for a number while small brass selectors climb ten levels turn ten steps " +
	"and find the line that rings in another town where someone lifts the receiver says hello waits listens " +
	"and hears only a quiet hum of relays far away before the call is put through at last"

// New returns a provider; the time of Options.Script begins now.
func New(o Options) *Provider {
	p := &Provider{opt: o, now: o.Now}
	if p.now == nil {
		p.now = time.Now
	}
	p.opt.Models = slices.Clone(o.Models)
	p.started = p.now()
	for _, w := range strings.Fields(lexicon) {
		p.words = append(p.words, " "+w)
	}
	p.pool.New = func() any { return &answer{p: p} }
	if o.Script != nil {
		p.script.Store(&o.Script)
	} else {
		p.SetBehaviour(o.Behaviour)
	}
	return p
}

// SetBehaviour changes how requests are answered from now on; it ends a Script. Requests being answered
// go on as they began.
func (p *Provider) SetBehaviour(b Behaviour) {
	s := Script(func(int64, time.Duration) Behaviour { return b })
	p.script.Store(&s)
}

// Requests is the number of requests received so far, whatever became of them; GET /models does not count.
func (p *Provider) Requests() int64 { return p.requests.Load() }

// Open is the number of requests being served now. One whose caller leaves is gone within milliseconds.
func (p *Provider) Open() int64 { return p.open.Load() }

// Tokens is how many prompt tokens were taken in, and how many output tokens were sent, by answers that
// were begun. Reasoning tokens count as sent.
func (p *Provider) Tokens() (input, output int64) { return p.input.Load(), p.output.Load() }

// Last is the last request received, as Requests counts them; the zero Request before the first.
func (p *Provider) Last() Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.last.r
	if r == nil {
		return Request{}
	}
	return Request{
		Method: r.Method, Host: r.Host, URL: r.URL.RequestURI(),
		Header: r.Header.Clone(), Body: slices.Clone(p.last.body), Size: p.last.size,
	}
}

func (p *Provider) keep(r *http.Request, body []byte) {
	p.mu.Lock()
	p.last.r, p.last.size = r, int64(len(body))
	p.last.body = append(p.last.body[:0], body[:min(len(body), maxKept)]...)
	p.mu.Unlock()
}

// ServeHTTP answers one request.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.open.Add(1)
	defer p.open.Add(-1)
	if r.Method == http.MethodGet && strings.TrimPrefix(r.URL.Path, "/v1") == "/models" {
		p.serveModels(w, r)
		return
	}
	a := p.pool.Get().(*answer)
	a.begin(w, r, p.requests.Add(1))
	a.door = doorOf(r.URL.Path)
	fail := a.receive()
	p.keep(r, a.body)
	if fail == nil && (a.door == nil || r.Method != http.MethodPost) {
		fail = unknownPath(r)
	}
	if fail == nil {
		fail = a.understand()
	}
	if fail != nil {
		a.fail(fail)
	} else {
		a.serve()
	}
	if a.end() {
		p.pool.Put(a)
	}
}

// serves is nil for a model the provider has.
func (p *Provider) serves(s schema, model []byte) *failure {
	if len(p.opt.Models) == 0 {
		return nil
	}
	name := string(model)
	if strings.Contains(name, `\`) {
		name = decoded(model)
	}
	if slices.Contains(p.opt.Models, name) {
		return nil
	}
	message := "The model `" + name + "` does not exist or you do not have access to it."
	switch s {
	case anthropic:
		message = "model: " + name
	case gemini:
		message = "models/" + name + " is not found for API version v1beta, or is not supported for generateContent."
	}
	return &failure{status: http.StatusNotFound, kind: "invalid_request_error", param: "model", code: "model_not_found", message: message}
}
