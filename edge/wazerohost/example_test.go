//go:build !race

// The race detector makes wazero compile ten times slower; the task verify runs this.

package wazerohost_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/edge/slim/module"
	"strowger/edge/wazerohost"
)

// One exchange, with nothing at the same time: the first provider is down, the second answers. A whole
// server, with streams, keys and secrets, is Host.Handler; edge/examples/main.go runs it.
func ExampleHost() {
	answer := func(status int, body string) *httptest.Server {
		return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}))
	}
	down := answer(503, `{}`)
	defer down.Close()
	up := answer(200, `{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}`)
	defer up.Close()

	ctx := context.Background()
	host, err := wazerohost.New(ctx, built(), wazerohost.Options{})
	if err != nil {
		panic(err)
	}
	defer host.Close(ctx)
	catalog := fmt.Sprintf(`{"providers":[{"name":"one","schema":"openai","base_url":%q},{"name":"two","schema":"openai","base_url":%q}],
		"models":[{"id":"acme/parrot","endpoints":[{"provider":"one"},{"provider":"two"}]}],"routing":{}}`, down.URL, up.URL)
	if _, err := host.Configure(ctx, []byte(catalog)); err != nil {
		panic(err)
	}
	x, err := host.Open(ctx, router.Call{
		ID: "1", Entry: router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat},
		Body: []byte(`{"model":"acme/parrot","messages":[{"role":"user","content":"hi"}]}`),
	})
	if err != nil {
		panic(err)
	}
	defer x.Close(ctx)
	for events := []exchange.Event{exchange.Started{}}; len(events) > 0; events = events[1:] {
		cmds, err := x.Step(ctx, time.Now(), events[0])
		if err != nil {
			panic(err)
		}
		for _, cmd := range cmds {
			switch cmd := cmd.Command.(type) {
			case exchange.Send:
				fmt.Println("asking", cmd.Endpoint.Provider)
				resp, err := http.Post(cmd.URL(), "application/json", bytes.NewReader(cmd.Content()))
				if err != nil {
					panic(err)
				}
				body, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				n := cmd.Attempt
				events = append(events, exchange.Headers{Attempt: n, Status: resp.StatusCode, Header: resp.Header.Get},
					exchange.Data{Attempt: n, Bytes: body}, exchange.Ended{Attempt: n})
			case exchange.Reply:
				fmt.Println("status", cmd.Status)
			case exchange.Write:
				fmt.Println("hello:", bytes.Contains(cmd.Bytes, []byte(`"content":"hello"`)))
			case exchange.Finish:
				fmt.Println("finished")
			}
		}
	}
	// Output:
	// asking one
	// asking two
	// status 200
	// hello: true
	// finished
}

// built is the module, as go tool task wasm builds it.
func built() []byte {
	dir, err := os.MkdirTemp("", "strowger")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "strowger.wasm")
	if err := module.Build(file); err != nil {
		panic(err)
	}
	wasm, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	return wasm
}
