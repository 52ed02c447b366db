package proxy_test

import (
	"context"
	"io"
	"testing"
)

// BenchmarkRequest is a request from caller to provider and back, all three in this
// process: what an attempt costs beside the network.
func BenchmarkRequest(b *testing.B) {
	for _, c := range []struct {
		name, directive string
		stream          bool
	}{{"whole", "sim: text=well", false}, {"stream", "sim: text=well", true}, {"long stream", "sim: tokens=5000", true}} {
		b.Run(c.name, func(b *testing.B) {
			r := newRig(b, setup{})
			sent := body(c.stream, c.directive)
			b.ReportAllocs()
			for b.Loop() {
				resp, err := r.open(context.Background(), sent)
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, resp.Body); err != nil || n == 0 || resp.StatusCode != 200 {
					b.Fatalf("%d, %d bytes, %v", resp.StatusCode, n, err)
				}
				resp.Body.Close()
			}
		})
	}
}
