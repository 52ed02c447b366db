// Command slim builds the wasm modules, and takes out of them what only says in which file and line
// something stands, and what a module itself can say again when it starts: about a quarter. A
// traceback still names its functions. Jumps within functions are made straight and addresses on the
// stack direct, which is smaller and faster.
//
//	go run ./edge/slim bin/strowger.wasm
//	go run ./edge/slim -proxy bin/strowger-proxy.wasm
//
// How it is done, and what is refused: see package module. With -proxy it is the filter for proxies,
// which answers itself what such hosts do not have of WASI.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"strowger/edge/slim/module"
)

func main() {
	proxy := flag.Bool("proxy", false, "build the filter for proxies that speak proxy-wasm")
	tags := flag.String("tags", "", "build tags, as go build takes them: strowger_mosn is the filter for MOSN")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: go run ./edge/slim [-proxy] [-tags TAGS] FILE.wasm\n\nThe module is built into the file. Example: go run ./edge/slim bin/strowger.wasm")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 || !strings.HasSuffix(flag.Arg(0), ".wasm") {
		flag.Usage()
		os.Exit(2)
	}
	build := module.Build
	if *proxy {
		build = module.BuildProxy
	}
	if err := build(flag.Arg(0), *tags); err != nil {
		fmt.Fprintln(os.Stderr, "slim: "+err.Error())
		os.Exit(1)
	}
}
