// Command ledger checks the counting of tokens against what real providers have stated: it
// reads every recording of the corpus that states usage with the product's own readers, and
// compares the buckets with the recording's own figures, to the token.
//
//	go tool task ledger -- -corpus DIR
//
// The figures it compares with are taken from the recordings by encoding/json, in stated.go,
// and owe nothing to the readers. What no reader is for is listed as not read. The exit code
// is 1 if a single token is wrong, 2 if there is nothing to compare.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	os.Exit(command(os.Stdout, os.Stderr, os.Args[1:]))
}

// Exit codes.
const (
	exitRight = 0
	exitWrong = 1
	exitUsage = 2
)

// command carries out the command line.
func command(out, log io.Writer, args []string) int {
	fs := flag.NewFlagSet("ledger", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	corpus := fs.String("corpus", filepath.Join("..", "shared", "corpus"), "`folder` of the recordings")
	fs.Usage = func() {
		fmt.Fprint(out, "ledger compares the tokens that strowger counts in recordings of real providers with those that these stated.\n\nUsage: go tool task ledger -- [flags]\n\n")
		fs.SetOutput(out)
		fs.PrintDefaults()
		fmt.Fprint(out, "\nExample:\n  go tool task ledger -- -corpus DIR\n\n"+
			"Exit codes: 0 every token right, 1 one is wrong, 2 wrong usage or no recordings that can be read.\n")
	}
	err := fs.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return exitRight
	}
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("unexpected %q", fs.Arg(0))
	}
	if err != nil {
		fmt.Fprintf(log, "ledger: %v; see -help\n", err)
		return exitUsage
	}
	wrong, err := run(out, *corpus)
	switch {
	case err != nil:
		fmt.Fprintf(log, "ledger: %v\n", err)
		return exitUsage
	case wrong > 0:
		return exitWrong
	}
	return exitRight
}

// run prints the report and returns how many recordings are wrong.
func run(out io.Writer, corpus string) (wrong int, err error) {
	all, err := recordings(corpus)
	if err != nil {
		return 0, err
	}
	var r report
	for i := range all {
		r.add(check(&all[i]))
	}
	r.print(out)
	return len(r.wrong), nil
}
