// Command slim builds the wasm module, and takes out of it what only says in which file and line
// something stands, and what the module itself can say again when it starts: about a quarter. A
// traceback still names its functions.
//
//	go run ./edge/slim bin/strowger.wasm
//
// What runs is not changed: see package module.
package main

import (
	"fmt"
	"os"
	"strings"

	"strowger/edge/slim/module"
)

func main() {
	if len(os.Args) != 2 || !strings.HasSuffix(os.Args[1], ".wasm") {
		fmt.Fprintln(os.Stderr, "usage: go run ./edge/slim FILE.wasm\n\nThe module is built into the file. Example: go run ./edge/slim bin/strowger.wasm")
		os.Exit(2)
	}
	if err := module.Build(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "slim: "+err.Error())
		os.Exit(1)
	}
}
