package control

import (
	"context"
	"net/http"
	"time"

	"strowger/core/exchange"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/desktop/control/reply"
)

// Flight is an exchange that is going on.
type Flight struct {
	ID                string // of its decision
	At                time.Time
	Asked, Key, Route string
	Schema            llm.Schema // the caller's
	Stream            bool
	Attempt           int // 0 before the first
	Provider          string
	Endpoint          string
	Stage             string // deciding, connecting, waiting or streaming
	// First is the time until the caller's answer began; 0 while it has not.
	First time.Duration
	Bytes int64 // of the attempt's answer so far
}

// Exchanges are those of the data plane.
type Exchanges interface {
	// Flights are those going on, the newest first, most of them at most; all is their number.
	Flights(most int) (seen []Flight, all int)
	// Cancel ends one; false if there is none of that id.
	Cancel(id string) bool
	// Carry sends a request of our own and reports on it.
	Carry(ctx context.Context, path string, c router.Call) (*exchange.Report, error)
}

// maxFlights is how many of those going on are listed.
const maxFlights = 500

// inflight lists what is going on.
func (c *Control) inflight(w http.ResponseWriter, _ *http.Request) {
	reply.JSON(w, c.appendInflight(nil))
}

func (c *Control) appendInflight(dst []byte) []byte {
	seen, all := c.o.Exchanges.Flights(maxFlights)
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.BeginAt("rows", '[')
	for i := range seen {
		f := &seen[i]
		w.Begin('{')
		w.String("id", f.ID)
		w.Time("at", f.At)
		w.String("asked", f.Asked)
		w.String("key", f.Key)
		w.String("route", f.Route)
		w.String("schema", f.Schema.String())
		w.Bool("stream", f.Stream)
		w.Int("attempt", int64(f.Attempt))
		w.String("provider", f.Provider)
		w.String("endpoint", f.Endpoint)
		w.String("stage", f.Stage)
		w.IntOrNull("first_us", micros(f.First), f.First > 0)
		w.Int("bytes", f.Bytes)
		w.End('}')
	}
	w.End(']')
	w.Int("all", int64(all))
	w.End('}')
	return w.Buf
}

// cancel ends an exchange that is going on.
func (c *Control) cancel(w http.ResponseWriter, r *http.Request) {
	if id := r.PathValue("id"); !c.o.Exchanges.Cancel(id) {
		reply.Fail(w, http.StatusNotFound, "no request "+id+" is going on")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
