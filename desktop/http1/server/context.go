package server

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// callContext is a request's context. It ends with the request, or when its caller leaves.
type callContext struct {
	q *call

	mu    sync.Mutex
	done  chan struct{} // made when somebody asks for it
	ended bool
	funcs map[*func()]struct{} // are called at the end
}

var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Deadline implements context.Context.
func (x *callContext) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// Done implements context.Context.
func (x *callContext) Done() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done == nil {
		if x.ended {
			return closed
		}
		x.done = make(chan struct{})
	}
	return x.done
}

// Err implements context.Context.
func (x *callContext) Err() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return context.Canceled
	}
	return nil
}

// Value implements context.Context.
func (x *callContext) Value(key any) any {
	switch key {
	case http.ServerContextKey:
		return x.q.c.s.Inner
	case http.LocalAddrContextKey:
		return x.q.c.nc.LocalAddr()
	}
	return nil
}

// AfterFunc calls f in a goroutine once the context has ended, unless stop is called before.
// Without it, package context needs a goroutine for each context that is derived.
func (x *callContext) AfterFunc(f func()) (stop func() bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		go f()
		return func() bool { return false }
	}
	if x.funcs == nil {
		x.funcs = map[*func()]struct{}{}
	}
	x.funcs[&f] = struct{}{}
	return func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		_, waits := x.funcs[&f]
		delete(x.funcs, &f)
		return waits
	}
}

// cancel ends it.
func (x *callContext) cancel() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return
	}
	x.ended = true
	if x.done != nil {
		close(x.done)
	}
	for f := range x.funcs {
		go (*f)()
	}
	x.funcs = nil
}
