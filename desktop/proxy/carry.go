package proxy

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
)

// Carry carries a request of the host's own to path, as if it had come from a caller who wants no
// more of the answer than that there is one. It is recorded like any other. The report is nil if
// a bug, or a path that is none, kept it from being made.
func (p *Proxy) Carry(ctx context.Context, path string, call router.Call) (*exchange.Report, error) {
	s := p.setup.Load()
	entry, ok := s.Router.EntryOf(path)
	if !ok {
		return nil, s.Router.Nowhere(path)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, path, nil)
	if err != nil {
		return nil, err
	}
	call.ID, call.Entry, call.Header = id.String(), entry, header(r.Header)
	w := nobody{}
	c := carrier{p: p, s: s, schema: entry.Schema, id: call.ID, w: w, r: r, x: s.Router.Open(call), out: http.NewResponseController(w), said: s.listen(r, call)}
	c.runQuietly()
	if c.report == nil {
		return nil, &llm.Error{Code: llm.CodeInternal, Message: "a bug in strowger ended this request; its log says more"}
	}
	return c.report, nil
}

// runQuietly is run for a caller who needs no broken connection to see that an answer is cut.
func (c *carrier) runQuietly() {
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler {
			panic(v)
		}
	}()
	c.run()
}

// nobody takes an answer that nobody reads.
type nobody struct{}

func (nobody) Header() http.Header         { return http.Header{} }
func (nobody) Write(b []byte) (int, error) { return len(b), nil }
func (nobody) WriteHeader(int)             {}
