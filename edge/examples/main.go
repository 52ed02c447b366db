// Strowger in a Go program: the module and the document of a folder that strowger export --target wasi has written,
// behind net/http. It takes their names and a port, and the secrets out of the environment.
package main

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"strowger/edge/document"
	"strowger/edge/wazerohost"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: go run . strowger.wasm strowger.json PORT")
	}
	handler, err := start(context.Background(), os.Args[1], os.Args[2])
	stopOn(err)
	at, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Args[3]))
	stopOn(err)
	fmt.Printf("http://%s\n", at.Addr())
	hs := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stopOn(hs.Serve(at))
}

func start(ctx context.Context, module, config string) (http.Handler, error) {
	wasm, err := os.ReadFile(module)
	stopOn(err)
	text, err := os.ReadFile(config)
	stopOn(err)
	doc, _, err := document.Read(text)
	stopOn(err)
	options := wazerohost.Options{Stderr: os.Stderr}
	if dir, err := os.UserCacheDir(); err == nil {
		if dir = filepath.Join(dir, "strowger", "wasm"); os.MkdirAll(dir, 0o700) == nil { // else it is compiled at each start
			options.CacheDir = dir
		}
	}
	host, err := wazerohost.New(ctx, wasm, options)
	stopOn(err)
	return host.Handler(ctx, doc, wazerohost.Serving{Log: slog.Default()})
}

func stopOn(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
