package provider

import (
	"net"
	"net/http"
	"time"
)

// keepaliveEvery is the time between signs of life.
const keepaliveEvery = 50 * time.Millisecond

// send writes what has been appended.
func (a *answer) send() bool {
	a.p.output.Add(int64(a.fresh))
	out := a.out
	a.out, a.fresh = a.out[:0], 0
	if a.fault != FaultTrickle {
		_, err := a.w.Write(out)
		return err == nil
	}
	for i := uint64(0); len(out) > 0; i++ {
		n := 1 + int(draw(a.p.opt.Seed, a.n, drawTrickle+i<<8)%16)
		n = min(n, len(out))
		if _, err := a.w.Write(out[:n]); err != nil || http.NewResponseController(a.w).Flush() != nil {
			return false
		}
		out = out[n:]
	}
	return true
}

// flush writes and lets nothing linger in buffers.
func (a *answer) flush() bool { return a.send() && http.NewResponseController(a.w).Flush() == nil }

// wait sleeps until then, and reports whether the caller is still there.
func (a *answer) wait(until time.Time) bool {
	d := time.Until(until)
	if d <= 0 {
		return true
	}
	if a.timer == nil {
		a.timer = time.NewTimer(d)
	} else {
		a.timer.Reset(d)
	}
	select {
	case <-a.timer.C:
		return true
	case <-a.r.Context().Done():
		a.timer.Stop()
		return false
	}
}

// hang does nothing until the caller leaves.
func (a *answer) hang() bool {
	<-a.r.Context().Done()
	return false
}

func (a *answer) stall() bool { return a.flush() && a.hang() }

// keepalive sends a sign of life over and over, until the caller leaves.
func (a *answer) keepalive(sign string) bool {
	for {
		a.out = append(a.out, sign...)
		if !a.flush() || !a.wait(time.Now().Add(keepaliveEvery)) {
			return false
		}
	}
}

// hijack takes the connection out of net/http's hands; nil if that has been done before.
func (a *answer) hijack() net.Conn {
	if a.gone {
		return nil
	}
	a.gone = true
	conn, _, err := http.NewResponseController(a.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the server's own way to break a connection, where it has no better
	}
	return conn
}

// drop closes the connection.
func (a *answer) drop() {
	if conn := a.hijack(); conn != nil {
		_ = conn.Close()
	}
}

// reset closes the connection with a RST instead of a FIN.
func (a *answer) reset() {
	conn := a.hijack()
	if conn == nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
