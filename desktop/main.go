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
	"path/filepath"

	"strowger/desktop/lockfile"
)

const help = `strowger-desktop shows Strowger in a window and serves while it runs. If a strowger serves with
the same data folder already, the window shows that one. A second start brings the window to the front.

usage: strowger-desktop [flags]

  --config FILE   configuration; default: strowger.yaml in the working folder, else the user's
  --data FOLDER   where decisions are kept; default: the user's data folder
  --listen ADDR   listener of the data plane; default: the configuration's, else 127.0.0.1:8787
  --background    start without showing the window
  --quit          end the window that is open, and the Strowger in it
  --help          this text

example: strowger-desktop --config ~/strowger.yaml
without a window: strowger serve
`

// settings are the flags.
type settings struct {
	config, data, listen string
	background, quit     bool
}

// again are the flags with which a login starts the same in the background.
func (s settings) again() []string {
	args := []string{"--background"}
	for _, f := range [...]struct{ name, value string }{{"--config", absolute(s.config)}, {"--data", absolute(s.data)}, {"--listen", s.listen}} {
		if f.value != "" {
			args = append(args, f.name, f.value)
		}
	}
	return args
}

// absolute is a path that holds in any folder.
func absolute(path string) string {
	if full, err := filepath.Abs(path); path != "" && err == nil {
		return full
	}
	return path
}

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
	if err := begin(s, out, slog.New(slog.NewTextHandler(errOut, nil))); err != nil {
		fmt.Fprintf(errOut, "strowger-desktop: %v\n", err)
		return exitFailed
	}
	return 0
}

// begin opens the window, or says to the one that is open what it is to do.
func begin(s settings, out io.Writer, log *slog.Logger) error {
	path, err := bellPath(s.data)
	if err != nil {
		return err
	}
	b, err := hang(path)
	switch {
	case errors.Is(err, lockfile.ErrHeld) && s.quit:
		return tell(path, wordQuit)
	case errors.Is(err, lockfile.ErrHeld) && s.background:
		return nil // it is there
	case errors.Is(err, lockfile.ErrHeld):
		fmt.Fprintln(out, "the window is open already; it comes to the front")
		return tell(path, wordShow)
	case err != nil:
		return err
	case s.quit:
		return errors.Join(errors.New("no window is open"), b.close())
	}
	w := &window{s: s, log: log, home: newHome(s, log), kept: openKept(log), bell: b}
	if err := w.home.start(); err != nil {
		err = fmt.Errorf("cannot start: %w", err)
		log.Error(err.Error())
		// The terminal may be hidden, so the same is said in a window.
		return errors.Join(err, w.showProblem(err), b.close())
	}
	return errors.Join(w.show(), w.home.close(), b.close())
}

func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("strowger-desktop", flag.ContinueOnError)
	f.SetOutput(io.Discard) // errors are printed once, by run
	f.StringVar(&s.config, "config", "", "")
	f.StringVar(&s.data, "data", "", "")
	f.StringVar(&s.listen, "listen", "", "")
	f.BoolVar(&s.background, "background", false, "")
	f.BoolVar(&s.quit, "quit", false, "")
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
