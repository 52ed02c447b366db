package control

import (
	"net/http"
	"sync"
	"time"

	"strowger/core/jsonout"
	"strowger/desktop/control/reply"
)

func (c *Control) status(w http.ResponseWriter, _ *http.Request) { reply.JSON(w, c.appendStatus(nil)) }

// beat is the status that all who watch are sent: it is made once for all of them.
type beat struct {
	mu   sync.Mutex
	at   time.Time
	text []byte
}

// pulse is the status as it is, or was less than half a beat ago. It is not to be changed.
func (c *Control) pulse() []byte {
	c.beat.mu.Lock()
	defer c.beat.mu.Unlock()
	if time.Since(c.beat.at) >= heartbeat/2 {
		c.beat.text = c.appendStatus(nil)
		c.beat.at = time.Now()
	}
	return c.beat.text
}

func (c *Control) appendStatus(dst []byte) []byte {
	t, n := c.o.Feed.Totals(), c.o.Store.Counters()
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.String("version", c.o.Version)
	w.String("listen", c.o.Listen)
	w.Time("started", c.o.Started)
	w.Int("requests", t.Requests)
	w.Int("first_try", t.FirstTry)
	w.Int("after_fallback", t.AfterFallback)
	w.Int("failed", t.Failed)
	w.Int("unpriced", t.Unpriced)
	config := c.o.Config()
	w.BeginAt("config", '{')
	w.String("path", config.Path)
	w.String("rev", config.Rev)
	w.Time("loaded", config.Loaded)
	w.String("problem", config.Problem)
	w.Strings("warnings", config.Warnings)
	w.End('}')
	w.BeginAt("store", '{')
	problem := c.storeProblem()
	w.Bool("ok", problem == "")
	w.String("message", problem)
	w.Int("written", n.Written)
	w.Int("dropped", n.Dropped+n.Failed)
	w.End('}')
	micro, unpriced := c.o.Feed.Today()
	w.Int("today_micro", micro)
	w.Int("today_unpriced", unpriced)
	w.BeginAt("degraded", '[')
	for _, t := range c.troubles() {
		if t.kind != "budget" && t.kind != "provider" || t.severity == severityBad { // else others serve
			w.Begin('{')
			w.String("kind", t.kind)
			w.String("text", t.text)
			w.End('}')
		}
	}
	w.End(']')
	w.Strings("addresses", c.o.Addresses)
	w.End('}')
	return w.Buf
}
