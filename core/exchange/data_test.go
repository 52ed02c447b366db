package exchange_test

import (
	"reflect"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/exchange/exchangetest"
	"strowger/core/llm"
	"strowger/core/router"
)

// streaming is an exchange whose attempt has answered 200.
func streaming(t *testing.T) *exchange.Exchange {
	t.Helper()
	cfg, err := catalog.ReadJSON([]byte(`{"providers":[{"name":"p","schema":"openai","base_url":"http://p"}],"models":[{"id":"a/m","endpoints":[{"provider":"p"}]}],"routing":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var s router.State
	x := router.New(cat).Open(router.Call{ID: "x", Body: []byte(`{"model":"a/m","stream":true,"messages":[{"role":"user","content":"hi"}]}`), Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}})
	x.Step(exchangetest.Epoch, s.Started())
	x.Step(exchangetest.Epoch, exchange.Headers{Attempt: 1, Status: 200})
	return x
}

const word = `data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}` + "\n\n"

// Data says what Step says, at any time.
func TestDataIsStep(t *testing.T) {
	a, b := streaming(t), streaming(t)
	const stop = `data: {"id":"c","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	for i, chunk := range []string{word, word, "", word, word + word + word, word + word[:50], word[50:] + word, ": comment\n\n", word + ": comment\n\n" + word, word,
		word + word + stop, "data: [DONE]\n\n", word} {
		for _, attempt := range []int{2, 1} {
			now := exchangetest.Epoch.Add(time.Duration(i) * time.Second)
			want := a.Step(now, exchange.Data{Attempt: attempt, Bytes: []byte(chunk)})
			written, got := b.Data(nil, now.UnixMicro(), attempt, []byte(chunk))
			if len(written) > 0 {
				if len(got) > 0 {
					t.Fatalf("%d: both %q and %v", i, written, got)
				}
				got = []exchange.Command{exchange.Write{Bytes: written}}
			}
			if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
				t.Errorf("%d: Data says %v, Step %v", i, got, want)
			}
		}
	}
}

// The clocks go on from what Data says at once as from what Step says: what happens next does, when
// somebody looks.
func TestDataMovesClocks(t *testing.T) {
	for _, words := range []int{1, 2, 9} {
		for _, later := range []time.Duration{0, time.Second, 5 * time.Second, 14 * time.Second, 16 * time.Second, 29 * time.Second, 31 * time.Second, 59 * time.Second, 61 * time.Second, 2 * time.Minute, 20 * time.Minute} {
			a, b := streaming(t), streaming(t)
			now := exchangetest.Epoch
			for range words {
				now = now.Add(7 * time.Second)
				a.Step(now, exchange.Data{Attempt: 1, Bytes: []byte(word)})
				b.Data(nil, now.UnixMicro(), 1, []byte(word))
			}
			for _, ev := range []exchange.Event{exchange.Woke{}, exchange.Data{Attempt: 1, Bytes: []byte(word)}, exchange.Blocked{For: time.Second}, exchange.Left{}} {
				want, got := a.Step(now.Add(later), ev), b.Step(now.Add(later), ev)
				if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
					t.Errorf("%d words, and %v later %T: after Data %v, after Step %v", words, later, ev, got, want)
				}
			}
		}
	}
}

// A clock that goes back brings limits nearer: the host is to be woken earlier.
func TestDataWakesEarlier(t *testing.T) {
	x, at := streaming(t), exchangetest.Epoch.Add(time.Minute)
	for i, later := range []time.Duration{0, time.Second, -30 * time.Second} {
		woken := false
		for _, cmd := range x.Step(at.Add(later), exchange.Data{Attempt: 1, Bytes: []byte(word)}) {
			_, wake := cmd.(exchange.Wake)
			woken = woken || wake
		}
		if woken != (i != 1) {
			t.Errorf("chunk %d: woken is %v", i, woken)
		}
	}
}
