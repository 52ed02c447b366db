package proxytest

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"
)

// answer is what came of a dispatched call; no headers mean that it failed.
type answer struct {
	headers, trailers Pairs
	body              []byte
	status            int
	message           string
}

// cluster is the base URL of a cluster, by its name or, for hosts that go by it, by authority.
func (h *Host) cluster(name, authority string) (base string, ok bool) {
	if !h.opts.Profile.DispatchByAuthority {
		base, ok = h.opts.Clusters[name]
		return base, ok
	}
	for name, base := range h.opts.Clusters {
		if u, err := url.Parse(base); name == authority || err == nil && u.Host == authority {
			return base, true
		}
	}
	return "", false
}

// dispatch is proxy_http_call: a request of the module's own, answered in a callback.
func (c *crossing) dispatch() Status {
	name, ok1 := c.text(0)
	headers, status1 := c.pairs(2)
	body, ok2 := c.bytes(4)
	trailers, status2 := c.pairs(6)
	if !ok1 || !ok2 {
		return InvalidMemoryAccess
	}
	if status := max(status1, status2); status != OK {
		return status
	}
	for _, needed := range []string{":method", ":path", ":authority"} {
		if _, ok := headers.Get(needed); !ok {
			return c.refuse(BadArgument, "the headers lack %s", needed)
		}
	}
	v, timeout := c.vm, time.Duration(int32(c.u32(8)))*time.Millisecond
	authority, _ := headers.Get(":authority")
	base, known := v.host.cluster(name, authority)
	switch {
	case !known:
		return BadArgument
	case timeout < 0:
		return c.refuse(BadArgument, "the timeout is negative")
	case len(v.calls) >= maxCalls:
		return InternalFailure
	case v.module.ExportedFunction("proxy_on_http_call_response") == nil:
		c.violate("the module does not export proxy_on_http_call_response")
	}
	if status := c.put32(9, v.lastCall+1); status != OK {
		return status
	}
	v.lastCall++
	v.calls[v.lastCall] = true
	if timeout == 0 || timeout > v.host.opts.StreamTimeout || v.host.opts.Profile.DispatchNoTimeout {
		timeout = v.host.opts.StreamTimeout
	}
	v.host.running.Add(1)
	go v.fetch(v.lastCall, base, headers, body, trailers, timeout)
	return OK
}

// fetch makes the request of a dispatched call, and calls back with what came of it.
func (v *vm) fetch(id uint32, base string, headers Pairs, body []byte, trailers Pairs, timeout time.Duration) {
	defer v.host.running.Done()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	go func() {
		select {
		case <-v.host.quit:
			cancel()
		case <-ctx.Done():
		}
	}()
	a := &answer{}
	if got, err := v.host.fetch(ctx, base, headers, body, trailers); err != nil {
		a.message = err.Error()
	} else {
		a = got
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.calls, id)
	if v.dead != nil {
		return
	}
	v.answer = a
	v.call("proxy_on_http_call_response", rootContext, rootContext, uint64(id), uint64(len(a.headers)), uint64(len(a.body)), uint64(len(a.trailers)))
	v.answer = nil
}

func (h *Host) fetch(ctx context.Context, base string, headers Pairs, body []byte, trailers Pairs) (*answer, error) {
	req, err := newRequest(ctx, base, headers, body, trailers)
	if err != nil {
		return nil, err
	}
	resp, err := h.client.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(io.LimitReader(resp.Body, int64(h.opts.MaxBody)+1))
	if err != nil {
		return nil, err
	}
	if len(got) > h.opts.MaxBody {
		return nil, fmt.Errorf("more than %d bytes", h.opts.MaxBody)
	}
	return &answer{headers: responsePairs(resp), body: got, trailers: fieldPairs(resp.Trailer), status: resp.StatusCode}, nil
}
