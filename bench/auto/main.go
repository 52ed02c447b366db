// Command auto fits the score of core/auto to results of real models, measures it on sources
// that it was not fitted to, and scores prompts.
//
//	go run ./bench/auto report
//	go run ./bench/auto train -o core/auto/weights.bin
//	go run ./bench/auto score prompts.jsonl
//
// The data is not part of the project; see -data.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"strowger/core/auto"
)

func main() {
	os.Exit(command(os.Stdin, os.Stdout, os.Stderr, os.Args[1:]))
}

// Exit codes.
const (
	exitGood   = 0
	exitFailed = 1
	exitUsage  = 2
)

const usage = `auto fits, measures and runs the score that auto mode judges prompts by.

Usage: go run ./bench/auto COMMAND [flags]

  report            what the score is worth on sources it was not fitted to, beside random,
                    prompt length and a keyword list; exit 1 if a gate does not hold
  families          the kinds of models that were tried, in the same way
  train             fits the weights and writes them
  lexicon           writes the table of words that core/auto/words.go lists
  score FILE|-      reads {"id","prompt"} on each line, writes {"id","score"}: higher is harder

Examples:
  go run ./bench/auto report -svg docs/auto-curve.svg
  go run ./bench/auto train -o core/auto/weights.bin
  go run ./bench/auto score prompts.jsonl > scores.jsonl

Flags:
`

// options are the command line.
type options struct {
	data, out, svg string
	draws          int
}

// command carries out the command line.
func command(in io.Reader, out, log io.Writer, args []string) int {
	var o options
	fs := flag.NewFlagSet("auto", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.data, "data", filepath.Join(shared(), "auto"), "`folder` of train/ and train_indomain/")
	fs.StringVar(&o.out, "o", "", "train, lexicon: `file` to write, by default the one in core/auto")
	fs.StringVar(&o.svg, "svg", "", "report: `file` for a picture of the curves")
	fs.IntVar(&o.draws, "draws", 200, "report: `number` of draws for the intervals")
	name, rest := "", args
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		name, rest = args[0], args[1:]
	}
	err := fs.Parse(rest)
	if errors.Is(err, flag.ErrHelp) || err == nil && name == "help" {
		fmt.Fprint(out, usage)
		fs.SetOutput(out)
		fs.PrintDefaults()
		fmt.Fprintln(out, "\nExit codes: 0 good, 1 a gate does not hold or a line cannot be read, 2 wrong usage or no data.")
		return exitGood
	}
	if err == nil {
		var known bool
		if known, err = o.run(name, fs.Args(), in, out); !known {
			fmt.Fprintf(log, "auto: unknown command %q; see -help\n", name)
			return exitUsage
		}
	}
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, errGate), errors.Is(err, errLine):
		fmt.Fprintf(log, "auto: %v\n", err)
		return exitFailed
	}
	fmt.Fprintf(log, "auto: %v; see -help\n", err)
	return exitUsage
}

// shared is the folder that lies beside the project and not in it.
func shared() string {
	if dir := os.Getenv("STROWGER_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join("..", "shared")
}

// run runs a command; false if there is none of that name.
func (o *options) run(name string, args []string, in io.Reader, out io.Writer) (bool, error) {
	if name != "score" && len(args) > 0 {
		return true, fmt.Errorf("unexpected %q", args[0])
	}
	switch name {
	case "report":
		return true, o.report(out)
	case "families":
		return true, o.families(out)
	case "train":
		return true, o.train(out)
	case "lexicon":
		return true, write(o.out, "lexicon.bin", auto.BuildLexicon())
	case "score":
		return true, scoreFile(args, in, out)
	}
	return false, nil
}

func write(file, usual string, b []byte) error {
	if file == "" {
		file = filepath.Join("core", "auto", usual)
	}
	return os.WriteFile(file, b, 0o644)
}
