package control_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"strowger/core/stats"
	"strowger/desktop/control"
)

// BenchmarkRecord is what a finished request costs here, with nobody watching, without a record.
func BenchmarkRecord(b *testing.B) {
	f := control.NewFeed(nil, 0)
	r := report(1)
	samples := []stats.Sample{{Endpoint: "px/m", At: time.Now(), Outcome: stats.OutcomeRateLimited}, {Endpoint: "p/m", At: time.Now(), Outcome: stats.OutcomeOK}}
	b.ReportAllocs()
	for b.Loop() {
		f.Record(r, samples, nil)
	}
}

// BenchmarkPages is what the dashboard's answers cost that are asked for again and again.
func BenchmarkPages(b *testing.B) {
	r := newRig(b, "")
	r.record(1, 900)
	for _, path := range []string{"status", "inflight", "attention", "decisions?limit=100"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				resp, err := http.Get(r.url + "/_/api/" + path)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
}
