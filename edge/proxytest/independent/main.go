// Command independent runs a proxy-wasm module in hosts that others wrote, in front of real
// upstreams, one request at a time:
//
//	independent -host mosn -wasm filter.wasm -config config.json -cluster openai=http://127.0.0.1:1234 -route x-cluster
//
// It prints the URL that it serves, what the module logs goes to the standard error, and it ends
// with its standard input. The hosts are:
//
//	tetrate  the emulator of Tetrate's Go SDK 0.24, on wazero
//	mosn     MOSN's library proxy-wasm-go-host 0.2.0, with its 0.1.0 binding, on Wasmer
//
// This is a Go module of its own, because what it depends on is of no use to anything else. The
// hosts are libraries: what takes a request to them and on to an upstream is here, and buffers.
// How their own proxies stream or fail is not shown by this.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
)

// options are what a host is started with.
type options struct {
	wasm, config []byte
	clusters     map[string]string
	route        string // the header that names the cluster
	fallback     string // the cluster where it does not
	stub         []string
}

// host takes one request through a module. It is not safe for concurrent use.
type host interface {
	serve(x *exchange) error
}

func main() {
	log.SetFlags(0)
	o := options{clusters: map[string]string{}}
	name := flag.String("host", "", "tetrate or mosn")
	wasm := flag.String("wasm", "", "file with the module")
	config := flag.String("config", "", "file with the configuration")
	flag.StringVar(&o.route, "route", "", "request header that names the cluster")
	flag.StringVar(&o.fallback, "default", "", "cluster of requests without that header")
	flag.Func("cluster", "NAME=URL, as often as needed", func(s string) error {
		name, url, ok := strings.Cut(s, "=")
		if !ok {
			return fmt.Errorf("%q is not NAME=URL", s)
		}
		o.clusters[name] = url
		return nil
	})
	flag.Func("stub", "NAME=PARAMETERS of a function that the host lacks and that answers Unimplemented; parameters are a number (mosn only)", func(s string) error {
		o.stub = append(o.stub, s)
		return nil
	})
	flag.Parse()
	if err := run(*name, *wasm, *config, o); err != nil {
		log.Fatal("independent: ", err)
	}
}

func run(name, wasm, config string, o options) (err error) {
	if o.wasm, err = os.ReadFile(wasm); err != nil {
		return err
	}
	if config != "" {
		if o.config, err = os.ReadFile(config); err != nil {
			return err
		}
	}
	// These hosts start WASI commands only, and one calls malloc only.
	o.wasm, err = alias(o.wasm, map[string]string{"_start": "_initialize", "malloc": "proxy_on_memory_allocate"})
	if err != nil {
		return err
	}
	var h host
	switch name {
	case "tetrate":
		h, err = newTetrate(o)
	case "mosn":
		h, err = newMOSN(o)
	default:
		err = fmt.Errorf("there is no host %q", name)
	}
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String())
	go func() { _ = http.Serve(listener, &front{host: h, options: o}) }()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
