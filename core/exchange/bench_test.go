package exchange_test

import (
	"fmt"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/llm"
	"strowger/core/router"
)

// BenchmarkData is one step with one chunk of a stream: where nobody could go on with the
// answer, and where somebody could, so that what was said is kept.
func BenchmarkData(b *testing.B) {
	for _, endpoints := range []string{`{"provider":"p"}`, `{"provider":"p"},{"provider":"q"}`} {
		name := "alone"
		if len(endpoints) > 20 {
			name = "resumable"
		}
		b.Run(name, func(b *testing.B) {
			cfg, err := catalog.ReadJSON(fmt.Appendf(nil, `{"providers":[{"name":"p","schema":"openai","base_url":"http://p"},{"name":"q","schema":"openai","base_url":"http://q"}],"models":[{"id":"a/m","endpoints":[%s]}],"routing":{}}`, endpoints))
			if err != nil {
				b.Fatal(err)
			}
			cat, err := catalog.New(cfg)
			if err != nil {
				b.Fatal(err)
			}
			open := router.New(cat)
			chunk := []byte(`data: {"id":"chatcmpl-9","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"fp","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]}` + "\n\n")
			var x *exchange.Exchange
			now := exchangetest.Epoch
			b.ReportAllocs()
			for i := range b.N {
				if i%1000 == 0 {
					var s router.State
					x = open.Open(router.Call{ID: "x", Body: []byte(`{"model":"a/m","stream":true,"messages":[{"role":"user","content":"hi"}]}`), Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}})
					x.Step(now, exchange.Started{Stats: &s.Board, Ledger: &s.Ledger})
					x.Step(now, exchange.Headers{Attempt: 1, Status: 200})
				}
				now = now.Add(time.Microsecond)
				if len(x.Step(now, exchange.Data{Attempt: 1, Bytes: chunk})) == 0 {
					b.Fatal("nothing was written")
				}
			}
		})
	}
}
