//go:build !wasip1

package main

import (
	"fmt"
	"os"
)

// main says what this is: built for another system than WASI there is nothing to run.
func main() {
	fmt.Fprintln(os.Stderr, "this is a WebAssembly module; build it with\n"+
		"GOOS=wasip1 GOARCH=wasm go build -trimpath -ldflags='-s -w' -buildmode=c-shared -o reactor.wasm ./edge/reactor")
	os.Exit(2)
}
