package main

import (
	"testing"
	"time"

	"strowger/core/auto"
)

// BenchmarkRead is a prompt of 4 KiB, natively and in wasm.
func BenchmarkRead(b *testing.B) {
	b.Run("native", func(b *testing.B) {
		text := []byte(kilobytes4())
		var t auto.Text
		var r auto.Reading
		b.ReportAllocs()
		least := time.Hour
		for b.Loop() {
			begin := time.Now()
			t.Reset()
			t.Add(text)
			t.Read(&r)
			least = min(least, time.Since(begin))
		}
		b.ReportMetric(float64(least.Nanoseconds()), "least-ns")
	})
	b.Run("wasm", func(b *testing.B) {
		m, err := newModule(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		defer m.close(b.Context())
		if err := m.put(b.Context(), kilobytes4()); err != nil {
			b.Fatal(err)
		}
		least := time.Hour
		for b.Loop() {
			begin := time.Now()
			if _, err := m.read.Call(b.Context()); err != nil {
				b.Fatal(err)
			}
			least = min(least, time.Since(begin))
		}
		b.ReportMetric(float64(least.Nanoseconds()), "least-ns")
	})
}
