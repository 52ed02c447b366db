package exchange_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/llm"
	"strowger/core/router"
)

// What outlives an exchange stays as it is when another is made in its memory: the report with the
// decision, the attempts and their order, and the body that was sent.
func TestReportsOutliveTheirExchange(t *testing.T) {
	cfg, err := catalog.ReadJSON([]byte(`{"providers":[{"name":"p","schema":"openai","base_url":"http://p"},{"name":"q","schema":"openai","base_url":"http://q"}],
		"models":[{"id":"a/m","endpoints":[{"provider":"p"},{"provider":"q"}]},{"id":"b/n","endpoints":[{"provider":"q"}]}],"routing":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r, x := router.New(cat), exchange.New()
	var reports []*exchange.Report
	var bodies, told [][]byte
	for i, model := range []string{"a/m", "b/n", "no/such", "a/m"} {
		var s router.State
		body := fmt.Appendf(nil, `{"model":%q,"seed":%d,"messages":[{"role":"user","content":"hi"}]}`, model, i)
		r.OpenIn(x, router.Call{ID: fmt.Sprint("x", i), Body: body, Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}})
		step := func(ev exchange.Event) {
			for _, cmd := range x.Step(exchangetest.Epoch.Add(time.Duration(i)*time.Second), ev) {
				switch cmd := cmd.(type) {
				case exchange.Send:
					bodies = append(bodies, cmd.Content())
				case exchange.Finish:
					reports = append(reports, cmd.Report)
					told = append(told, cmd.Report.AppendJSON(nil))
				}
			}
		}
		step(s.Started())
		if i == 0 { // which has two attempts
			step(exchange.Failed{Attempt: 1, Message: "no connection"})
		}
		attempt := map[bool]int{true: 2, false: 1}[i == 0]
		step(exchange.Headers{Attempt: attempt, Status: 200})
		step(exchange.Data{Attempt: attempt, Bytes: fmt.Appendf(nil, `{"id":"%d","choices":[{"index":0,"message":{"role":"assistant","content":"answer"},"finish_reason":"stop"}]}`, i)})
		step(exchange.Ended{Attempt: attempt})
	}
	if len(reports) != 4 || len(bodies) != 4 {
		t.Fatalf("%d reports and %d bodies", len(reports), len(bodies))
	}
	for i, r := range reports {
		if now := r.AppendJSON(nil); !bytes.Equal(now, told[i]) {
			t.Errorf("report %d was\n%s\nand is\n%s", i, told[i], now)
		}
	}
	for i, seed := range []string{`"seed":0`, `"seed":0`, `"seed":1`, `"seed":3`} {
		if !bytes.Contains(bodies[i], []byte(seed)) {
			t.Errorf("body %d is %s", i, bodies[i])
		}
	}
}
