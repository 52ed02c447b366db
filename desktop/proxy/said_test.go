package proxy_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/desktop/cache"
	"strowger/desktop/proxy"
	"strowger/desktop/secret"
	"strowger/desktop/store"
)

// hearing is a rig that keeps what is said.
func hearing(t testing.TB, s setup) *rig {
	t.Helper()
	s.options.Bodies = true
	return newRig(t, s)
}

// hear sends a body and gives the answer as it came, up to its end or until there is some text in
// it, at which the caller leaves.
func (r *rig) hear(path, sent, until string, header ...string) (status int, got string) {
	r.t.Helper()
	ctx, leave := context.WithCancel(r.t.Context())
	defer leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+path, strings.NewReader(sent))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	var all []byte
	for buf := make([]byte, 4<<10); until == "" || !bytes.Contains(all, []byte(until)); {
		n, err := resp.Body.Read(buf)
		if all = append(all, buf[:n]...); err != nil {
			break // it may be broken off
		}
	}
	return resp.StatusCode, string(all)
}

// said is what was kept of the n-th exchange, from 1; nil if nothing was.
func (r *rig) said(n int) *store.Bodies {
	r.t.Helper()
	r.report(n)
	r.rec.mu.Lock()
	defer r.rec.mu.Unlock()
	return r.rec.said[n-1]
}

// asks is a request of a schema, with white space that only its caller would put there.
func asks(schema string, stream bool, directive string) (path, sent string) {
	switch schema {
	case "openai-responses":
		return "/v1/responses", fmt.Sprintf(` {"model": %q,  "stream":%v,"input":%q}`+"\n", model, stream, directive)
	case "anthropic":
		return "/v1/messages", fmt.Sprintf(` {"model": %q,  "stream":%v,"max_tokens":100,"messages":[{"role":"user","content":%q}]}`+"\n", model, stream, directive)
	case "gemini":
		if path = "/v1beta/models/" + model + ":generateContent"; stream {
			path = "/v1beta/models/" + model + ":streamGenerateContent?alt=sse"
		}
		return path, fmt.Sprintf(` {"contents":  [{"role":"user","parts":[{"text":%q}]}]}`+"\n", directive)
	}
	return "/v1/chat/completions", ` ` + body(stream, directive) + "\n"
}

// What is kept is what the caller sent and got, to the byte, however the exchange ends.
func TestWhatIsSaidIsKept(t *testing.T) {
	for _, c := range []struct {
		name, directive, outcome string
		leaves                   string // how far a stream is read by a caller who leaves
	}{
		{name: "answered", directive: `sim: text="an answer of some Wörter"`, outcome: "ok"},
		{name: "refused by the provider", directive: "sim: fault=status status=400", outcome: "client_error"},
		{name: "failed", directive: "sim: fault=status status=503", outcome: "failed"},
		{name: "cut", directive: `sim: fault=cut after=3 text="one two three four five"`, outcome: "failed"},
		{name: "refused here", directive: "", outcome: "refused"},
		{name: "left", directive: `sim: fault=stall after=3 text="one two three four five"`, outcome: "left", leaves: "three"},
	} {
		for _, schema := range schemas {
			for how, stream := range map[string]bool{"whole": false, "streamed": true} {
				if c.leaves != "" && !stream {
					continue // there would be nothing to read before it leaves
				}
				t.Run(c.name+" "+schema+" "+how, func(t *testing.T) {
					t.Parallel()
					r := hearing(t, setup{})
					path, sent := asks(schema, stream, c.directive)
					if c.directive == "" {
						sent = sent[:len(sent)/2]
					}
					_, got := r.hear(path, sent, c.leaves)
					said := r.said(1)
					if outcome := r.report(1).Outcome; outcome != c.outcome {
						t.Errorf("it is %s", outcome)
					}
					if said == nil || string(said.Request) != sent || said.RequestSize != int64(len(sent)) {
						t.Fatalf("sent %q, kept %+v", sent, said)
					}
					if said.AnswerSize != int64(len(said.Answer)) || got == "" || string(said.Answer) != got && !(c.leaves != "" && strings.HasPrefix(string(said.Answer), got)) {
						t.Errorf("got %q, kept %d: %q", got, said.AnswerSize, said.Answer)
					}
				})
			}
		}
	}
}

// A caller that leaves before there is an answer got none.
func TestNothingSaidIsKept(t *testing.T) {
	r := hearing(t, setup{})
	r.leave(body(false, "sim: fault=stall_headers"), "")
	if said := r.said(1); said == nil || len(said.Request) == 0 || said.Answer != nil || said.AnswerSize != 0 {
		t.Errorf("%+v", said)
	}
}

// What is long is kept from its beginning, and passes whole; what is not text is kept like any
// other.
func TestLongBodiesAreCut(t *testing.T) {
	r := hearing(t, setup{})
	long := strings.Repeat("word ", store.MaxBody/4)
	for n, stream := range []bool{false, true} {
		sent := body(stream, "sim: tokens=300000\n"+long)
		status, got := r.hear("/v1/chat/completions", sent, "")
		said := r.said(n + 1)
		if status != 200 || len(got) <= store.MaxBody {
			t.Fatalf("%d, %d bytes", status, len(got))
		}
		if string(said.Request) != sent[:store.MaxBody] || said.RequestSize != int64(len(sent)) || cap(said.Request) > 2*store.MaxBody {
			t.Errorf("kept %d of %d, in %d", len(said.Request), said.RequestSize, cap(said.Request))
		}
		if string(said.Answer) != got[:store.MaxBody] || said.AnswerSize != int64(len(got)) {
			t.Errorf("kept %d of %d, not %d", len(said.Answer), said.AnswerSize, len(got))
		}
	}
	noise := make([]byte, 3000)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	sent := "--x\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\n" + string(noise) + "\r\n--x--\r\n"
	status, got := r.hear("/v1/chat/completions", sent, "", "content-type", "multipart/form-data; boundary=x")
	if said := r.said(3); status != 400 || string(said.Request) != sent || string(said.Answer) != got {
		t.Errorf("%d %s, kept %d and %s", status, got, len(said.Request), said.Answer)
	}
}

// Compressed bodies are kept as they were before; embeddings and answers from the cache like others;
// what the host asks itself, too.
func TestOtherBodiesAreKept(t *testing.T) {
	kept, err := cache.Open("", cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	s := setup{routes: []catalog.Route{{Path: "/x", Schema: llm.SchemaOpenAI, Cache: catalog.Cache{TTL: time.Hour}}}}
	s.options.Cache = kept
	r := hearing(t, s)
	var zipped bytes.Buffer
	zip := gzip.NewWriter(&zipped)
	_, sent := asks("openai", false, "hello")
	_, _ = io.WriteString(zip, sent)
	_ = zip.Close()
	_, got := r.hear("/v1/chat/completions", zipped.String(), "", "content-encoding", "gzip")
	if said := r.said(1); string(said.Request) != sent || string(said.Answer) != got {
		t.Errorf("gzip: %q %q", said.Request, said.Answer)
	}
	asked := `{"model":"` + model + `","input":["one","two"]}`
	status, got := r.hear("/v1/embeddings", asked, "")
	if said := r.said(2); status != 200 || string(said.Request) != asked || string(said.Answer) != got {
		t.Errorf("embeddings: %d %q %q", status, said.Request, said.Answer)
	}
	cached := body(true, "hello")
	for n, want := range []string{"miss", "hit"} {
		_, got := r.hear("/x", cached, "")
		if said, rep := r.said(3+n), r.report(3+n); string(said.Request) != cached || string(said.Answer) != got || rep.Cache != want {
			t.Errorf("%s: %q %q", rep.Cache, said.Request, said.Answer)
		}
	}
	probe := []byte(body(false, "sim: text=probed"))
	if _, err := r.proxy.Carry(t.Context(), "/v1/chat/completions", router.Call{Body: probe, Key: "probe"}); err != nil {
		t.Fatal(err)
	}
	if said := r.said(5); string(said.Request) != string(probe) || !strings.Contains(string(said.Answer), "probed") {
		t.Errorf("a probe: %q %q", said.Request, said.Answer)
	}
}

// A changed setup counts for requests that come then; off, nothing is kept.
func TestSaidFromNowOn(t *testing.T) {
	r := newRig(t, setup{})
	stalled := make(chan string)
	go func() {
		_, got := r.hear("/v1/chat/completions", body(true, "sim: text=\"one two\" latency=300ms"), "")
		stalled <- got
	}()
	await(t, "the request", func() bool { return r.providers[0].Requests() == 1 })
	use := func(on bool) {
		cat := r.catalog
		r.proxy.Use(proxy.Setup{Router: router.New(cat), Secrets: &secret.Resolver{}, Bodies: on})
	}
	use(true)
	r.post(body(false, "sim: text=second"))
	use(false)
	r.post(body(false, "sim: text=third"))
	<-stalled
	kept := 0
	for n := range 3 {
		if said := r.said(n + 1); said != nil {
			kept++
			if !strings.Contains(string(said.Answer), "second") {
				t.Errorf("%s", said.Answer)
			}
		}
	}
	if kept != 1 {
		t.Errorf("%d are kept", kept)
	}
}

// Secrets that are known are blanked in what is kept, whoever wrote them: those of providers, of
// attempts, the client's own key and those that the host names. The caller gets its answer as it is.
func TestSecretsAreNotKept(t *testing.T) {
	const own, other, named, header = "sk-strowger-the-client's-own", "sk-of-a-provider-never-asked", "an-admin-token-0123", "a-private-header-0123"
	s := setup{providers: []provider.Options{{Key: key}}, keys: []catalog.Key{keyNamed("laptop", own)},
		more: []catalog.Provider{{Name: "p2", BaseURL: "http://127.0.0.1:1", KeyRef: "literal:" + other, Headers: []catalog.Header{{Name: "x-private-token", Value: "literal:" + header}}}}}
	s.options.Private = []string{"literal:" + named, "env:STROWGER_TEST_IS_NOT_SET"}
	r := hearing(t, s)
	secrets := []string{key, own, other, named, header}
	text := "sim: text=\"" + strings.Join(secrets, " ") + " and no-secret\""
	n := 0
	for _, schema := range schemas {
		for _, stream := range []bool{false, true} {
			path, sent := asks(schema, stream, text)
			status, got := r.hear(path, sent, "", "authorization", "Bearer "+own)
			n++
			said := r.said(n)
			if status != 200 || !strings.Contains(string(said.Request), "… and no-secret") || !strings.Contains(got, "no-secret") {
				t.Errorf("%s: %d %s, kept %s", schema, status, got, said.Request)
			}
			if !stream && !strings.Contains(got, key) {
				t.Errorf("%s: the caller got %s", schema, got)
			}
			for _, secret := range secrets {
				if strings.Contains(string(said.Request)+string(said.Answer), secret) {
					t.Errorf("%s, streamed %v: %s is in\n%s\n%s", schema, stream, secret, said.Request, said.Answer)
				}
			}
			if said.RequestSize != int64(len(sent)) || said.AnswerSize != int64(len(got)) {
				t.Errorf("%s: sizes %d and %d of %d and %d", schema, said.RequestSize, said.AnswerSize, len(sent), len(got))
			}
		}
	}
	_, escaped := asks("openai", false, "hello")
	escaped = strings.Replace(escaped, "hello", strings.ReplaceAll(key, "-", `\u002d`), 1)
	r.hear("/v1/chat/completions", escaped, "")
	if said := r.said(n + 1); repeats(string(said.Request)) || !strings.Contains(string(said.Request), "…") {
		t.Errorf("escaped: %s", said.Request)
	}
}

// late resolves a secret only when it is used, as a keyring does that was locked before.
type late struct{ asked chan struct{} }

func (l late) Resolve(string) (string, error) {
	select {
	case <-l.asked:
		return key, nil
	default:
		close(l.asked)
		return "", fmt.Errorf("locked")
	}
}

func TestLateSecretsAreNotKept(t *testing.T) {
	s := setup{providers: []provider.Options{{Key: key}}}
	s.options.Secrets = late{make(chan struct{})}
	r := hearing(t, s)
	if a := r.post(body(false, "sim: text="+key)); a.status != 200 || !strings.Contains(a.text, key) {
		t.Fatalf("%+v", a)
	}
	if said := r.said(1); repeats(string(said.Request) + string(said.Answer)) {
		t.Errorf("%s %s", said.Request, said.Answer)
	}
}
