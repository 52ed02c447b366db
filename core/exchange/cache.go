package exchange

import (
	"cmp"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/scan"
)

// The words of x-strowger-cache.
const (
	cacheHit  = "hit"
	cacheMiss = "miss"
	cacheOff  = "off" // it has nothing to do with the request
)

// notAsked are the members of a body that are no part of the question: the endpoint, which
// stands beside it, says the model, and the others are for the router.
var notAsked = [...]string{"model", "provider", "models", "model_routing_config"}

// keyVersion is the first byte of every key. It changes when a former key could be taken
// for another question.
const keyVersion = 1

// canonical is the body as the cache knows it; nil if the request has nothing to do with
// the cache, or cannot be told exactly from others.
func (x *Exchange) canonical() []byte {
	c := &x.cfg.Policy.Cache
	if c.TTL <= 0 || c.Off || c.NoRead && c.NoWrite {
		return nil
	}
	body, err := scan.AppendCanonical(nil, x.cfg.Request.Body, notAsked[:]...)
	if err != nil {
		return nil
	}
	return body
}

// keyHash is the hash of the client key, which may be replaced under its name; empty without one.
func (x *Exchange) keyHash() string {
	if k := x.cfg.Catalog.Key(x.cfg.Policy.Key); k != nil {
		return k.SHA256
	}
	return ""
}

// look asks the cache before the attempt at hand is sent. It reports false if that is to be
// sent at once, as when it has been asked about this endpoint already.
func (x *Exchange) look() bool {
	if x.question == nil {
		return false
	}
	a, c, r := x.cur, &x.cfg.Policy.Cache, x.cfg.Request
	a.key = append(make([]byte, 0, len(x.question)+256), keyVersion)
	for _, part := range [...]string{x.cfg.Policy.Route, a.endpoint.ID, a.endpoint.BaseURL,
		x.cfg.Policy.Key, x.keyHash(), r.Schema.String(), r.Operation.String()} {
		a.key = scan.AppendQuote(a.key, part)
	}
	if r.Schema == llm.SchemaGemini && r.Stream { // which its path says, not its body
		a.key = append(a.key, "stream"...)
	}
	for _, h := range x.requestHeader(a.endpoint) {
		if !x.foreign(a) {
			a.key = scan.AppendQuote(scan.AppendQuote(a.key, h.Name), h.Value)
		}
	}
	a.key = append(a.key, x.question...)
	if !c.NoWrite {
		a.room = cmp.Or(c.MaxBytes, catalog.MaxCached)
	}
	x.asked = true
	if c.NoRead || a.again {
		return false
	}
	a.stage = stageLooking
	x.do(Lookup{Attempt: a.n, Key: a.key, Wait: c.Coalesce})
	return true
}

// cached answers the caller with what was kept, or sends the attempt after all.
func (x *Exchange) cached(ev Cached) {
	if ev.Hit && x.reread(ev.Body) {
		x.succeed()
		return
	}
	x.send()
}

// reread reads a kept answer as if the provider gave it now. What cannot be read to its
// end leaves no trace.
func (x *Exchange) reread(body []byte) bool {
	a, before, cmds, replied := x.cur, *x.cur, len(x.cmds), x.replied
	a.stage, a.status, a.header = stageCached, 200, true
	if a.assembler != nil { // what is kept of a stream that was asked for by us is the whole answer
		a.reader, a.assembler = a.egress.NewReader(x.cfg.Request, false), nil
	}
	err := a.reader.Read(body, x.taker)
	if err == nil && !a.done && a.failure == nil {
		err = a.reader.Close(x.taker)
	}
	if err == nil && a.failure == nil && a.dropped == 0 && a.complete() {
		return true
	}
	*a = before
	a.reader = a.egress.NewReader(x.cfg.Request, a.stream)
	x.writer = x.cfg.Ingress.NewWriter(x.cfg.Request)
	x.said = said{}
	x.cmds, x.out, x.held, x.flushed, x.committed, x.replied = x.cmds[:cmds], x.out[:0], x.held[:0], 0, false, replied
	x.begun, x.serving = time.Time{}, 0
	return false
}

// gather keeps the next bytes of an answer, as long as there is room.
func (a *attempt) gather(p []byte) {
	if a.room == 0 {
		return
	}
	if int64(len(p)) > a.room {
		a.discard()
		return
	}
	a.kept, a.room = append(a.kept, p...), a.room-int64(len(p))
}

// discard keeps nothing of the answer.
func (a *attempt) discard() { a.kept, a.room = nil, 0 }

// keep gives the cache an answer that is complete and as it should be.
func (x *Exchange) keep(a *attempt) {
	if len(a.kept) > 0 && a.dropped == 0 && a.complete() && a.finish != llm.FinishFilter {
		x.do(Keep{Key: a.key, Body: a.kept, TTL: x.cfg.Policy.Cache.TTL})
	}
}

// cacheWord says how the cache has answered for what the caller is answered with.
func (x *Exchange) cacheWord() string {
	switch n := len(x.attempts); {
	case !x.asked:
		return cacheOff
	case n > 0 && x.attempts[n-1].stage == stageCached:
		return cacheHit
	}
	return cacheMiss
}
