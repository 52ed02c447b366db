// Package jobs is work that takes longer than an answer may: it is started, asked about and
// cancelled by requests of their own.
//
//	GET /_/api/jobs/{id}     how far it is, and its result
//	DELETE /_/api/jobs/{id}  cancels it
package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"strowger/desktop/control/reply"
)

// The bounds of a registry.
const (
	most = 4                // jobs that run at once
	keep = 10 * time.Minute // how long a result can be asked for
	held = 64               // jobs that are remembered; the oldest that has ended goes first
)

// State is how a job is.
type State string

// The states.
const (
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Status is a job as it is shown.
type Status struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"`
	State   State     `json:"state"`
	Done    int64     `json:"done"`
	Total   int64     `json:"total"`
	Result  any       `json:"result"`
	Error   string    `json:"error"`
	Started time.Time `json:"started"`
}

// Work does a job until it is finished or ctx is done, and says how far it is: done of total
// of whatever it counts. Its result is given as JSON.
type Work func(ctx context.Context, progress func(done, total int64)) (any, error)

// ErrBusy says that as many jobs run as may.
var ErrBusy = errors.New("too much is going on already; wait for a job to end, or cancel one")

// Registry holds jobs. The zero value is ready; it is a control.Part.
type Registry struct {
	mu   sync.Mutex
	jobs []*job // oldest first
	wait sync.WaitGroup
	shut bool
	now  func() time.Time // of tests; nil: time.Now
}

type job struct {
	Status
	ended  time.Time
	cancel context.CancelFunc
}

// Routes implements control.Part.
func (g *Registry) Routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /_/api/jobs/{id}":    g.one,
		"DELETE /_/api/jobs/{id}": g.stop,
	}
}

// Start begins a job. The error is ErrBusy, or says that the registry is closed.
func (g *Registry) Start(kind string, work Work) (id string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tidy()
	running := 0
	for _, j := range g.jobs {
		if j.State == Running {
			running++
		}
	}
	switch {
	case g.shut:
		return "", errors.New("strowger is shutting down")
	case running >= most:
		return "", ErrBusy
	}
	ctx, cancel := context.WithCancel(context.Background())
	j := &job{Status: Status{ID: rand.Text(), Kind: kind, State: Running, Started: g.time().UTC()}, cancel: cancel}
	g.jobs = append(g.jobs, j)
	g.wait.Go(func() { g.run(ctx, j, work) })
	return j.ID, nil
}

// run does the work. What it panics with is its error: nobody else is to suffer.
func (g *Registry) run(ctx context.Context, j *job, work Work) {
	defer j.cancel()
	result, err := func() (result any, err error) {
		defer func() {
			if r := recover(); r != nil {
				result, err = nil, fmt.Errorf("a fault of strowger's: %v", r)
			}
		}()
		return work(ctx, func(done, total int64) {
			g.mu.Lock()
			j.Done, j.Total = done, total
			g.mu.Unlock()
		})
	}()
	g.mu.Lock()
	defer g.mu.Unlock()
	j.ended = g.time()
	switch {
	case err == nil:
		j.State, j.Result = Done, result
	case ctx.Err() != nil:
		j.State = Cancelled
	default:
		j.State, j.Error = Failed, err.Error()
	}
}

// Close cancels what runs and waits for it.
func (g *Registry) Close() error {
	g.mu.Lock()
	g.shut = true
	for _, j := range g.jobs {
		j.cancel()
	}
	g.mu.Unlock()
	g.wait.Wait()
	return nil
}

// tidy forgets what has ended long ago, and what is too much.
func (g *Registry) tidy() {
	kept := g.jobs[:0]
	over := len(g.jobs) - held
	for _, j := range g.jobs {
		if j.State != Running && (over > 0 || g.time().Sub(j.ended) > keep) {
			over--
			continue
		}
		kept = append(kept, j)
	}
	clear(g.jobs[len(kept):])
	g.jobs = kept
}

func (g *Registry) time() time.Time {
	if g.now != nil {
		return g.now()
	}
	return time.Now()
}

// find gives a copy of a job's status; false if it is not there any more.
func (g *Registry) find(id string) (Status, context.CancelFunc, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tidy()
	for _, j := range g.jobs {
		if j.ID == id {
			return j.Status, j.cancel, true
		}
	}
	return Status{}, nil, false
}

func (g *Registry) one(w http.ResponseWriter, r *http.Request) {
	s, _, ok := g.find(r.PathValue("id"))
	if !ok {
		missing(w, r)
		return
	}
	reply.Value(w, http.StatusOK, s)
}

func (g *Registry) stop(w http.ResponseWriter, r *http.Request) {
	_, cancel, ok := g.find(r.PathValue("id"))
	if !ok {
		missing(w, r)
		return
	}
	cancel()
	w.WriteHeader(http.StatusNoContent)
}

func missing(w http.ResponseWriter, r *http.Request) {
	reply.Fail(w, http.StatusNotFound, "no job "+r.PathValue("id")+" is known; results are kept for 10 minutes")
}

// Accept starts a job and answers 202 with its id, or says why it does not start.
func (g *Registry) Accept(w http.ResponseWriter, kind string, work Work) {
	id, err := g.Start(kind, work)
	switch {
	case errors.Is(err, ErrBusy):
		reply.Fail(w, http.StatusTooManyRequests, err.Error())
	case err != nil:
		reply.Fail(w, http.StatusServiceUnavailable, err.Error())
	default:
		reply.Value(w, http.StatusAccepted, map[string]string{"job": id})
	}
}
