package abi_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/scan"
	"strowger/core/stats"
	"strowger/edge/abi"
	"strowger/edge/abi/abitest"
)

var methods = []string{"configure", "fold", "decide", "open", "step", "close", "models"}

// FuzzMachine gives arbitrary bytes to every method of a machine that has two exchanges:
// 1 is waiting for its answer, 2 has finished. A panic is a failure: nothing recovers.
func FuzzMachine(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		seeds(f, string(text))
	}
	f.Fuzz(func(t *testing.T, method byte, control, raw []byte) {
		d := abitest.Driver{Caller: &abitest.Native{}}
		if err := d.Configure([]byte(smallCatalog)); err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{`{"model":"a/m","messages":[{"role":"user","content":"hi"}]}`, `{}`} {
			if err := d.Open(callOf(body)); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Step(exchangetest.Epoch, exchange.Started{}); err != nil {
				t.Fatal(err)
			}
		}
		for handle := range uint32(4) {
			name := methods[int(method)%len(methods)]
			result, err := d.Caller.Call(name, handle, control, raw)
			if err != nil {
				t.Fatal(err)
			}
			check(t, name, result)
		}
	})
}

// seeds adds the calls of a vector.
func seeds(f *testing.F, text string) {
	lines := strings.Split(text+"\n", "\n")
	for i, line := range lines {
		rest, ok := strings.CutPrefix(line, "> ")
		if !ok {
			continue
		}
		name, control, _ := strings.Cut(rest, " ")
		if name == "step" || name == "close" {
			_, control, _ = strings.Cut(control, " ")
		}
		raw, _ := strings.CutPrefix(lines[i+1], "raw ")
		f.Add(byte(slices.Index(methods, name)), []byte(control), []byte(raw))
	}
}

// check holds what every result keeps.
func check(t *testing.T, method string, result []byte) {
	t.Helper()
	count := 0
	for b := result; len(b) > 0; count++ {
		r, rest, ok := abi.Next(b)
		if !ok {
			t.Fatalf("%s: no records: %q", method, result)
		}
		if err := scan.Valid(r.Control); err != nil || !strings.HasPrefix(string(r.Control), `{"kind":"`) {
			t.Fatalf("%s: control message %q: %v", method, r.Control, err)
		}
		b = rest
	}
	if method != "step" {
		if count != 1 {
			t.Fatalf("%s: %d records", method, count)
		}
		return
	}
	if _, err := abi.DecodeCommands(result); err != nil && err.(*abi.Error).Code == abi.CodeRecord {
		t.Fatalf("%s: %v in %q", method, err, result)
	}
}

// FuzzEvents makes valid events out of bytes, two for each: what and how much later.
func FuzzEvents(f *testing.F) {
	f.Add(true, []byte{26, 1, 1, 10, 2, 0, 5, 3, 1, 0, 3, 20, 4, 0})
	f.Add(false, []byte{26, 1, 0, 10, 1, 0, 9, 3, 4, 0, 1, 0, 12, 20, 4, 0})
	f.Add(true, []byte{8, 255, 8, 255, 9, 0})
	f.Add(true, []byte{27, 1})
	f.Add(false, []byte{28, 1, 0, 1, 9, 0, 40, 0})
	f.Add(false, []byte{26, 1, 2, 1, 40, 0, 26 + 64, 1, 0 + 64, 1, 9 + 64, 1, 40 + 64, 0})
	f.Fuzz(func(t *testing.T, stream bool, steps []byte) {
		native, carried := &exchangetest.Native{}, &abitest.Driver{Caller: &abitest.Native{}}
		at := exchangetest.Epoch
		both(t, native, carried, stream)
		step := func(ev exchange.Event) {
			want, _ := native.Step(at, ev)
			got, err := carried.Step(at, ev)
			if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Fatalf("%T: %v\n got  %q\n want %q", ev, err, got, want)
			}
		}
		step(exchange.Started{})
		for ; len(steps) >= 2; steps = steps[2:] {
			at = at.Add(time.Duration(steps[1]) * 100 * time.Millisecond)
			step(event(steps[0]))
		}
	})
}

// fullCatalog makes use of every command.
const fullCatalog = `{"providers":[{"name":"p","schema":"openai","base_url":"http://p"},{"name":"q","schema":"openai","base_url":"http://q"}],"models":[{"id":"a/m","endpoints":[{"provider":"p","price":{"output":9000}},{"provider":"q","price":{"output":9000}}]}],"routing":{},"cache":{"ttl_us":60000000},"cost_limits":[{"most":1000000,"per":"day"}]}`

func both(t *testing.T, native, carried exchangetest.Driver, stream bool) {
	t.Helper()
	body := `{"model":"a/m","messages":[{"role":"user","content":"hi"}]}`
	if stream {
		body = `{"stream":true,` + body[1:]
	}
	call := callOf(body)
	for _, d := range []exchangetest.Driver{native, carried} {
		if err := d.Configure([]byte(fullCatalog)); err != nil {
			t.Fatal(err)
		}
		if err := d.Open(call); err != nil {
			t.Fatal(err)
		}
	}
}

// event is one of a few dozen that together reach every branch.
func event(b byte) exchange.Event {
	n := 1 + int(b>>6)%2
	statuses := []int{200, 429, 500, 404, 400}
	chunks := []string{
		"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n",
		"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
		"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":99999999}}\n\n",
		"data: [DONE]\n\n",
		"{\"choices\":[{\"index\":0,\"message\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}",
		"{\"error\":{\"message\":\"no \xff\",\"code\":\"model_not_found\"}}",
	}
	switch b &= 63; {
	case b < 5:
		header := map[string]string{"retry-after": "7"}
		return exchange.Headers{Attempt: n, Status: statuses[b], Header: func(name string) string { return header[name] }}
	case b < 11:
		return exchange.Data{Attempt: n, Bytes: []byte(chunks[b-5])}
	case b < 20:
		return exchange.Failed{Attempt: n, Outcome: stats.OutcomeProviderError + stats.Outcome(b-11), Message: "it broke"}
	case b < 24:
		return exchange.Woke{}
	case b == 24:
		return exchange.Left{}
	case b == 25:
		return exchange.Closing{}
	case b == 26:
		return exchange.Cached{Attempt: n}
	case b == 27:
		return exchange.Cached{Attempt: n, Hit: true, Body: []byte(strings.Join(chunks[:4], ""))}
	case b < 30:
		return exchange.Cached{Attempt: n, Hit: true, Body: []byte(chunks[4+b-28])}
	}
	return exchange.Ended{Attempt: n}
}

// FuzzDecode reads arbitrary bytes as results.
func FuzzDecode(f *testing.F) {
	f.Add(abi.AppendRecord(nil, []byte(`{"kind":"send","attempt":1,"headers":[["a","b"]],"timeouts_us":{"connect":1}}`), []byte("x")))
	f.Add(abi.AppendRecord(nil, []byte(`{"kind":"error","code":"dead","message":"m"}`), nil))
	f.Add(abi.AppendRecord(nil, []byte(`{"kind":"record"}`), []byte(`{"endpoint":"a","at_us":1,"outcome":"ok"}`)))
	f.Add(abi.AppendRecord(nil, []byte(`{"kind":"keep","ttl_us":1,"question_bytes":2}`), []byte("q")))
	f.Add(abi.AppendRecord(nil, []byte(`{"kind":"settle","client_key":"k","rate":{"requests":1,"per_us":1},"limits":[{"account":"all","per":"day","most_micro":1}],"amount_micro":1,"spent_micro":1}`), nil))
	f.Add([]byte{255, 255, 255, 255})
	f.Add([]byte(`{"endpoint":"a","at_us":1,"outcome":"ok","tokens":{"cache_write_1h":3,"images":2},"price":{"cache_write_1h":9},"cost_micro":1,"retry_at_us":5,"account":"a","resumed":true}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = abi.DecodeCommands(b)
		for _, kind := range []string{abi.KindConfigured, abi.KindOpened, abi.KindDecided} {
			_, _ = abi.DecodeResult(b, kind)
		}
		if s, err := abi.ReadSample(b); err == nil {
			once := abi.AppendSample(nil, s)
			again, err := abi.ReadSample(once)
			if err != nil || string(abi.AppendSample(nil, again)) != string(once) {
				t.Fatalf("%v: %s", err, once)
			}
		}
	})
}
