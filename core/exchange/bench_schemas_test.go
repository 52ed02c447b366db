package exchange_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/llm"
	"strowger/core/router"
)

// BenchmarkForeign is one step with one chunk of a stream, and the beginning of an exchange
// with a request of 20 kB, for a caller of OpenAI's schema and an endpoint of each.
func BenchmarkForeign(b *testing.B) {
	for _, s := range schemas() {
		cfg, err := catalog.ReadJSON(fmt.Appendf(nil, `{"providers":[{"name":"p","schema":%q,"base_url":"http://p"}],"models":[{"id":"a/m","endpoints":[{"provider":"p"}]}],"routing":{}}`, s))
		if err != nil {
			b.Fatal(err)
		}
		cat, err := catalog.New(cfg)
		if err != nil {
			b.Fatal(err)
		}
		r := router.New(cat)
		body := []byte(`{"model":"a/m","stream":true,"messages":[` + strings.Repeat(`{"role":"user","content":"`+strings.Repeat("word ", 40)+`"},{"role":"assistant","content":"yes"},`, 80) + `{"role":"user","content":"hi"}]}`)
		start := func() *exchange.Exchange {
			var state router.State
			x := r.Open(router.Call{ID: "x", Body: body, Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}})
			x.Step(exchangetest.Epoch, state.Started())
			return x
		}
		b.Run("start/"+s.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				start()
			}
		})
		b.Run("data/"+s.String(), func(b *testing.B) {
			chunk, now := []byte(textIn(s, " word")), exchangetest.Epoch
			var x *exchange.Exchange
			b.ReportAllocs()
			for i := range b.N {
				if i%1000 == 0 {
					b.StopTimer()
					x = start()
					x.Step(now, exchange.Headers{Attempt: 1, Status: 200})
					x.Step(now, exchange.Data{Attempt: 1, Bytes: []byte(startIn(s))})
					b.StartTimer()
				}
				now = now.Add(time.Microsecond)
				if len(x.Step(now, exchange.Data{Attempt: 1, Bytes: chunk})) == 0 {
					b.Fatal("nothing was written")
				}
			}
		})
	}
}
