package proxy

import (
	"context"
	"net/http/httptrace"
	"testing"
	"time"
)

// BenchmarkConnecting is what the clock of connecting costs an attempt that finds a
// connection ready; the context alone is the part of it that any attempt needs.
func BenchmarkConnecting(b *testing.B) {
	b.Run("with the clock", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var c connecting
			ctx, cancel := c.begin(5 * time.Second)
			httptrace.ContextClientTrace(ctx).GotConn(httptrace.GotConnInfo{})
			cancel()
		}
	})
	b.Run("context alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, cancel := context.WithCancel(context.Background())
			cancel()
		}
	})
}
