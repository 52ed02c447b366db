// Command strowger-desktop is Strowger in a window: the same proxy and the same dashboard as
// `strowger serve`, shown by the system's web view instead of a browser.
//
//	go build -tags desktop,production,webkit2_41 -ldflags "-s -w" -o bin/strowger-desktop ./desktop
//
// It is the only importer of Wails. Without those tags it compiles, and says so when it is run.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
)

const help = `strowger-desktop shows Strowger in a window and serves while the window is open.

usage: strowger-desktop [flags]

  --config FILE   configuration; default: strowger.yaml in the working folder, else the user's
  --data FOLDER   where decisions are kept; default: the user's data folder
  --listen ADDR   listener of the data plane; default: the configuration's, else 127.0.0.1:8787
  --help          this text

example: strowger-desktop --config ~/strowger.yaml
without a window: strowger serve
`

// settings are the flags.
type settings struct{ config, data, listen string }

// Exit codes, as everywhere in Strowger.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errOut io.Writer) int {
	s, err := parse(args, out)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(errOut, "strowger-desktop: %v\n", err)
		return exitUsage
	}
	log := slog.New(slog.NewTextHandler(errOut, nil))
	home, err := start(s, log)
	if err != nil {
		fmt.Fprintf(errOut, "strowger-desktop: cannot start: %v\n", err)
		// The terminal may be hidden, so the same is said in a window.
		if failure := show(problem(err, s)); failure != nil {
			fmt.Fprintf(errOut, "strowger-desktop: %v\n", failure)
		}
		return exitFailed
	}
	log.Info("serving", "listen", home.addr)
	err = errors.Join(show(dashboard(home.handler, home.addr)), home.close())
	if err != nil {
		fmt.Fprintf(errOut, "strowger-desktop: %v\n", err)
		return exitFailed
	}
	return 0
}

func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("strowger-desktop", flag.ContinueOnError)
	f.SetOutput(io.Discard) // errors are printed once, by run
	f.StringVar(&s.config, "config", "", "")
	f.StringVar(&s.data, "data", "", "")
	f.StringVar(&s.listen, "listen", "", "")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(out, help)
		}
		return s, err
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q; see --help", f.Arg(0))
	}
	return s, nil
}
