package control

import (
	"bytes"
	"net/http"
	"time"

	"strowger/core/sse"
)

// The rhythm of live events: what comes is gathered for a quarter of a second.
const (
	batch     = 250 * time.Millisecond
	heartbeat = 5 * time.Second
)

// events sends rows as they come, what is going on when it changes, and the status every few
// seconds.
func (c *Control) events(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	w.Header().Set("content-type", "text/event-stream")
	w.Header().Set("cache-control", "no-cache")
	tick := time.NewTicker(batch)
	defer tick.Stop()
	_, seq := c.o.Feed.after(0, 0)
	var buf, going, before []byte
	for beat := time.Duration(0); ; beat -= batch {
		if beat <= 0 {
			buf, beat = sse.AppendEvent(buf, "status", c.pulse()), heartbeat
		}
		if going = c.appendInflight(going[:0]); !bytes.Equal(going, before) {
			buf, before = sse.AppendEvent(buf, "inflight", going), append(before[:0], going...)
		}
		if len(buf) > 0 {
			_ = out.SetWriteDeadline(time.Now().Add(time.Minute))
			if _, err := w.Write(buf); err != nil || out.Flush() != nil {
				return
			}
			buf = buf[:0]
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		case <-c.o.Closing:
			return
		}
		var lines [][]byte
		if lines, seq = c.o.Feed.after(seq, kept); len(lines) > 0 {
			buf = sse.AppendEvent(buf, "rows", appendRows(nil, lines, 0))
		}
	}
}
