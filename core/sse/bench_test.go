package sse

import (
	"bytes"
	"fmt"
	"testing"
)

const chunkText = `{"id":"chatcmpl-B7x","object":"chat.completion.chunk","created":1741569952,"model":"gpt-4o-2024-08-06",` +
	`"choices":[{"index":0,"delta":{"content":" hello"},"logprobs":null,"finish_reason":null}],"usage":null}`

// BenchmarkFramer gives the time for one event.
func BenchmarkFramer(b *testing.B) {
	for _, c := range []struct {
		name, event string
		piece       int // bytes of a piece; 0: 50 events
	}{
		{"data", "data: " + chunkText + "\n\n", 0},
		{"event-data", "event: content_block_delta\ndata: " + chunkText + "\n\n", 0},
		{"crlf", "data: " + chunkText + "\r\n\r\n", 0},
		{"cr", "data: " + chunkText + "\r\r", 0},
		{"ping", ": ping\n\n", 0},
		{"split", "data: " + chunkText + "\n\n", 100},
	} {
		b.Run(c.name, func(b *testing.B) {
			const events = 50
			stream := bytes.Repeat([]byte(c.event), events)
			piece := c.piece
			if piece == 0 {
				piece = len(stream)
			}
			n := 0
			emit := func(f Frame) { n++ }
			var f Framer
			b.ReportAllocs()
			b.SetBytes(int64(len(c.event)))
			b.ResetTimer()
			for done := 0; done < b.N; done += events {
				for at := 0; at < len(stream); at += piece {
					if err := f.Write(stream[at:min(at+piece, len(stream))], emit); err != nil {
						b.Fatal(err)
					}
				}
			}
			if n < b.N {
				b.Fatal(n)
			}
		})
	}
}

// BenchmarkLongLine frames one line of 2 MB that comes in pieces.
func BenchmarkLongLine(b *testing.B) {
	stream := bytes.Repeat([]byte("x"), 2<<20)
	stream = append([]byte("data: "), append(stream, "\n\n"...)...)
	for _, piece := range []int{1 << 10, 16 << 10} {
		b.Run(fmt.Sprint(piece), func(b *testing.B) {
			var f Framer
			b.ReportAllocs()
			b.SetBytes(int64(len(stream)))
			for b.Loop() {
				for at := 0; at < len(stream); at += piece {
					if err := f.Write(stream[at:min(at+piece, len(stream))], func(Frame) {}); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkAppendEvent(b *testing.B) {
	dst, data := make([]byte, 0, 1024), []byte(chunkText)
	b.ReportAllocs()
	for b.Loop() {
		if got := AppendEvent(dst, "content_block_delta", data); len(got) == 0 {
			b.Fatal("nothing")
		}
	}
}
