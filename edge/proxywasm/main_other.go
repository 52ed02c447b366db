//go:build !wasip1

package main

import (
	"fmt"
	"os"
)

// main says what this is: built for another system than WASI there is nothing to run.
func main() {
	fmt.Fprintln(os.Stderr, "this is a WebAssembly module; build it with\ngo run ./edge/slim -proxy FILE.wasm")
	os.Exit(2)
}
