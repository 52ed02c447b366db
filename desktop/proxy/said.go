package proxy

import (
	"bytes"
	"net/http"
	"slices"
	"sync"

	"strowger/core/llm"
	"strowger/core/router"
	"strowger/desktop/store"
)

// said is what is kept of what an exchange's caller sent and got: bodies, no headers. It is there
// only with Setup.Bodies.
type said struct {
	request, answer []byte
	size            int64    // of the answer
	private         []string // secrets that were used, or came along
	setup           *setup
}

// listen begins to keep what is said in a call; nil if nothing of it is to be kept.
func (s *setup) listen(r *http.Request, call router.Call) *said {
	if !s.Bodies {
		return nil
	}
	k := &said{request: call.Body, setup: s}
	if call.Key != "" {
		k.private = append(k.private, clientKey(r, call.Entry.Schema))
	}
	return k
}

// answered takes what was written to the caller.
func (k *said) answered(b []byte) {
	k.size += int64(len(b))
	k.answer = append(k.answer, b[:min(len(b), store.MaxBody-len(k.answer))]...)
}

// bodies are what is kept, without the secrets that are known: as the caller sent and got it but
// for these. Nil if nothing is kept.
func (k *said) bodies() *store.Bodies {
	if k == nil {
		return nil
	}
	request := k.request
	if len(request) > store.MaxBody {
		request = bytes.Clone(request[:store.MaxBody]) // the rest is not to be held any longer
	}
	private := slices.Concat(k.setup.private, k.private)
	return &store.Bodies{Request: llm.Redact(request, private), RequestSize: int64(len(k.request)),
		Answer: llm.Redact(k.answer, private), AnswerSize: k.size}
}

// hide keeps a secret that an attempt is sent with out of errors, and out of what is kept.
func (c *carrier) hide(secret string) {
	c.x.Hide(secret)
	if c.said != nil {
		c.said.private = append(c.said.private, secret)
	}
}

// secrets are those that can be had now, each once. They are asked for at the same time, as a
// keyring may take long to say that it is locked. What comes too late is hidden where it is used.
func (s *Setup) secrets() []string {
	refs := slices.Clone(s.Private)
	for _, p := range s.Router.Catalog().Config().Providers {
		refs = append(refs, p.KeyRef)
		for _, h := range p.Headers {
			if private(h) {
				refs = append(refs, h.Value)
			}
		}
	}
	found := make([]string, len(refs))
	var asked sync.WaitGroup
	for i, ref := range refs {
		asked.Go(func() { found[i], _ = s.Secrets.Resolve(ref) })
	}
	asked.Wait()
	slices.Sort(found)
	return slices.Compact(found)
}
