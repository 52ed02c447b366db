// Command simulated serves a provider of bench/provider on loopback, for the tests of
// bench/clients: it writes its address to standard output and ends when its standard input does.
package main

import (
	"fmt"
	"io"
	"os"

	"strowger/bench/provider"
)

func main() {
	s, err := provider.Serve(provider.New(provider.Options{Seed: 1}))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer s.Close()
	fmt.Println(s.URL)
	_, _ = io.Copy(io.Discard, os.Stdin) // however it ends, that is the end
}
