package filter

import (
	"testing"
	"time"

	"strowger/core/catalog"
)

// Whatever a proxy calls, in whatever order, with whatever in its buffers: no panic, no action
// that is none, and nothing left behind.
func FuzzCallbacks(f *testing.F) {
	cat := catalogOf(f, func(c *catalog.Config) { c.CostLimits = []catalog.CostLimit{{Most: 100_000, Per: catalog.PerDay}} })
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b"), []byte(chatRequest), []byte(chatAnswer), uint8(0))
	f.Add([]byte("\x00\x01\x15\x27\x31\x42\x51\x61\x71\x87\x91\xa1\xb1"), []byte(`{"model":"a/m","stream":true,"messages":[]}`), []byte("data: {\"choices\":[]}\n\ndata: [DONE]\n\n"), uint8(1))
	f.Add([]byte("\x01\x02\x02\x05\x06\x06"), []byte(chatRequest), []byte("{"), uint8(2))
	f.Fuzz(func(t *testing.T, steps, request, answer []byte, profile uint8) {
		m := newMemory()
		p := started(t, m, documentOf(cat, `,"profile":"`+profiles[int(profile)%2].Name+`"`))
		m.buffers[RequestBody], m.buffers[ResponseBody], m.buffers[CallBody] = request, answer, answer
		m.fields[RequestHeaders] = []Field{{":method", "POST"}, {":path", "/v1/chat/completions"}, {":authority", "here"}}
		m.fields[ResponseHeaders] = []Field{{":status", "200"}}
		m.fields[CallHeaders] = []Field{{":status", "500"}}
		for _, step := range steps[:min(len(steps), 64)] {
			id := uint32(step>>4)&3 + 2
			fuzzStep(t, p, m, id, step, answer)
		}
		for id := range uint32(8) {
			p.Delete(id)
		}
		if p.dead != "" || len(p.streams)+len(p.calls) > 0 {
			t.Fatal(p.dead, len(p.streams), len(p.calls))
		}
	})
}

func fuzzStep(t *testing.T, p *Plugin, m *memory, id uint32, step byte, answer []byte) {
	end := step&0x40 != 0
	check := func(a Action) {
		if a != Go && a != Pause {
			t.Fatal("no such action:", a)
		}
	}
	switch step & 15 {
	case 0:
		p.Create(id, 1)
	case 1:
		check(p.RequestHeaders(id, end))
	case 2:
		check(p.RequestBody(id, len(m.buffers[RequestBody]), true))
	case 3:
		check(p.RequestBody(id, int(step)<<16, end))
	case 4:
		check(p.RequestTrailers(id))
	case 5:
		check(p.ResponseHeaders(id, end))
	case 6:
		m.buffers[ResponseBody] = append(m.buffers[ResponseBody], answer...)
		check(p.ResponseBody(id, len(m.buffers[ResponseBody]), end))
	case 7:
		check(p.ResponseTrailers(id))
	case 8:
		p.CallResponse(m.calls, int(step)>>6, len(answer))
	case 9:
		m.now = m.now.Add(time.Duration(step) * time.Second)
		p.Tick(1)
	case 10:
		p.Done(id)
	case 11:
		p.Delete(id)
	case 12:
		m.store[samplesKey], m.store[accountsKey] = answer, answer
	case 13:
		names := [...]string{"fields", "set fields", "buffer", "set buffer", "respond", "call", "store"}
		m.refuse[names[int(step>>4)%len(names)]] = InternalFailure
	case 14:
		clear(m.refuse)
	case 15:
		m.fields[ResponseHeaders] = []Field{{":status", string(answer[:min(3, len(answer))])}}
	}
}
