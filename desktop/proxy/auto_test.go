package proxy_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/desktop/cache"
	"strowger/desktop/proxy"
)

// judge is a recorder that wants to know verdicts.
type judge struct {
	recorder
	mu    sync.Mutex
	said  []pool.Verdict
	fails bool
}

func (j *judge) Judge(v pool.Verdict) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.said = append(j.said, v)
	if j.fails {
		panic("the disk is full")
	}
}

const (
	asked   = `{"model":"auto","messages":[{"role":"user","content":"Which integral domains are fields?"}]}`
	went    = `{"model":"auto","stream":true,"messages":[{"role":"user","content":"Which integral domains are fields?"},{"role":"assistant","content":"Finite ones."},{"role":"user","content":"Why is that so?"}]}`
	decided = "/v1/chat/completions"
)

// TestConversations: the last turn of a conversation is remembered from one request to the
// next, and what became of its answer is told to a recorder that wants to know, whatever that
// does with it.
func TestConversations(t *testing.T) {
	for _, fails := range []bool{false, true} {
		j := &judge{fails: fails}
		r := newRig(t, setup{options: proxy.Options{Recorder: j}})
		var ids []string
		for _, body := range []string{asked, went, went} {
			got := r.post(body)
			if got.status != 200 || got.broken != nil {
				t.Fatalf("%+v", got)
			}
			ids = append(ids, got.header.Get("x-strowger-decision"))
		}
		want := []pool.Verdict{
			{Decision: ids[0], Model: model, Good: true, Source: pool.VerdictContinued},
			{Decision: ids[1], Model: model, Source: pool.VerdictRegenerated},
		}
		if !slices.Equal(j.said, want) {
			t.Errorf("got %+v, want %+v", j.said, want)
		}
		d, refused := r.proxy.DecideAt(decided, router.Call{Body: []byte(went)})
		if refused != nil || !bytes.Contains(d, []byte(`"last":{"model":"`+model+`"`)) {
			t.Errorf("%v %s", refused, d)
		}
	}
}

// TestStrangers: people who say the same without a name follow nobody and judge nobody; with one
// they are who they were.
func TestStrangers(t *testing.T) {
	j := &judge{}
	r := newRig(t, setup{options: proxy.Options{Recorder: j}})
	last := func(body string) string {
		d, refused := r.proxy.DecideAt(decided, router.Call{Body: []byte(body)})
		if refused != nil {
			t.Fatal(refused)
		}
		return string(d)
	}
	for range 3 {
		if got := r.post(asked); got.status != 200 {
			t.Fatalf("%+v", got)
		}
		if d := last(asked); !strings.Contains(d, `"last":null`) {
			t.Errorf("a stranger follows: %s", d)
		}
	}
	if len(j.said) != 0 {
		t.Errorf("strangers judge: %+v", j.said)
	}
	ann := strings.Replace(asked, `{`, `{"user":"ann",`, 1)
	for range 2 {
		r.post(ann)
	}
	if d := last(ann); len(j.said) != 1 || j.said[0].Source != pool.VerdictRegenerated || !strings.Contains(d, `"last":{"model"`) {
		t.Errorf("%+v %s", j.said, d)
	}
}

// TestLearn: what has been learned counts from the next decision on.
func TestLearn(t *testing.T) {
	r := newRig(t, setup{})
	decide := func() string {
		d, refused := r.proxy.DecideAt(decided, router.Call{Body: []byte(asked)})
		if refused != nil {
			t.Fatal(refused)
		}
		return string(d)
	}
	if d := decide(); !strings.Contains(d, `"learned":null`) {
		t.Errorf("something has been learned: %s", d)
	}
	r.proxy.Learn(&pool.Learned{Rev: "r7", Outcomes: 12, Models: map[string]int32{model: 40}})
	if d := decide(); !strings.Contains(d, `"learned":{"rev":"r7","outcomes":12}`) {
		t.Errorf("nothing has been learned: %s", d)
	}
	r.proxy.Learn(nil)
	if d := decide(); !strings.Contains(d, `"learned":null`) {
		t.Errorf("nothing has been forgotten: %s", d)
	}
}

// TestCachedAnswersAreTurns: an answer from the cache is a turn like any other.
func TestCachedAnswersAreTurns(t *testing.T) {
	kept, err := cache.Open("", cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	j := &judge{}
	r := newRig(t, setup{
		routes:  []catalog.Route{{Path: "/x", Schema: llm.SchemaOpenAI, Cache: catalog.Cache{TTL: time.Hour}}},
		options: proxy.Options{Setup: proxy.Setup{Cache: kept}, Recorder: j},
	})
	var last string
	for _, want := range []string{"miss", "hit", "hit"} {
		resp, err := http.Post(r.url+"/x", "application/json", strings.NewReader(went))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if got := resp.Header.Get("x-strowger-cache"); got != want {
			t.Fatalf("cache: %s, want %s", got, want)
		}
		if n := len(j.said); last != "" && (n == 0 || j.said[n-1].Decision != last) {
			t.Errorf("got %+v, want one on %s", j.said, last)
		}
		last = resp.Header.Get("x-strowger-decision")
	}
}
