// Command corpus sends every recorded call of real providers through the codecs, from each
// schema to each: requests are decoded, written anew and compared, and sent in each of the
// other schemas; answers reach a caller of each schema, as documents and as streams.
//
//	go tool task corpus -- -corpus DIR
//
// What a caller of another schema is written is judged by package shapetest, which knows the
// schemas from their documentation and nothing of the codecs; what is OpenAI's, by the types
// of OpenAI's own library for Go too, which are made from its published OpenAPI document. What
// no codec is for is listed apart. The exit code is 1 if anything is wrong, 2 if there is
// nothing to check.
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
	fs := flag.NewFlagSet("corpus", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	corpus := fs.String("corpus", filepath.Join("..", "shared", "corpus"), "`folder` of the recordings")
	only := fs.String("only", "", "only recordings whose id contains this `text`")
	fs.Usage = func() {
		fmt.Fprint(out, "corpus sends recorded calls of real providers through the codecs, from each schema to each.\n\nUsage: go tool task corpus -- [flags]\n\n")
		fs.SetOutput(out)
		fs.PrintDefaults()
		fmt.Fprint(out, "\nExample:\n  go tool task corpus -- -corpus DIR\n\n"+
			"Exit codes: 0 all is right, 1 something is wrong, 2 wrong usage or no recordings that can be read.\n")
	}
	err := fs.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return exitRight
	}
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("unexpected %q", fs.Arg(0))
	}
	if err != nil {
		fmt.Fprintf(log, "corpus: %v; see -help\n", err)
		return exitUsage
	}
	wrong, err := run(out, *corpus, *only)
	switch {
	case err != nil:
		fmt.Fprintf(log, "corpus: %v\n", err)
		return exitUsage
	case wrong > 0:
		return exitWrong
	}
	return exitRight
}

// run prints the report and returns how many checks have failed.
func run(out io.Writer, corpus, only string) (wrong int, err error) {
	all, err := recordings(corpus, only)
	if err != nil {
		return 0, err
	}
	r := newReport()
	for i := range all {
		r.recording(&all[i])
	}
	r.print(out)
	return r.wrong(), nil
}
