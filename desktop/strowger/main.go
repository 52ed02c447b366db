// Command strowger is the exchange without a window: a proxy with its dashboard, a demo
// on simulated providers, and tools to understand and check a configuration.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
)

// version is set when a release is built: -ldflags "-X main.version=1.2.3".
var version = "dev"

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// command is one word of the command line.
type command struct {
	name    string
	args    string // what follows it, for the help
	short   string
	example string
	run     func(ctx context.Context, e *env, args []string) error
}

// env is where a command reads and writes.
type env struct {
	in       io.Reader
	out, err io.Writer
}

// usageError is a mistake in how a command was called.
type usageError struct{ error }

// errFailed ends a command that has already said why.
var errFailed = errors.New("failed")

func commands() []command {
	return []command{
		{"serve", "[flags]", "run the proxy and its dashboard",
			"strowger serve --config strowger.yaml", serve},
		{"demo", "[flags]", "run a whole exchange on five simulated providers; no keys, no network",
			"strowger demo --rate 5", demo},
		{"explain", "[flags] request.json | ID", "show why each candidate stands where it does, without sending; of a recorded decision, named by its whole id, whether it is made again alike and what would have tipped it",
			`echo '{"model":"openai/gpt-4o:price","messages":[{"role":"user","content":"hi"}]}' | strowger explain -`, explain},
		{"replay", "[flags]", "make recorded decisions again under a configuration: what would be chosen otherwise, what it would cost and take",
			"strowger replay --config new.yaml --since 7d", replay},
		{"test", "[flags] FILE…", "run the tests of a policy: requests and states that are written down, and what is to be decided",
			"strowger test policies.yaml", testPolicy},
		{"check", "[flags] [file…]", "say everything that is wrong with a configuration",
			"strowger check strowger.yaml", check},
		{"schema", "", "print the JSON Schema of the configuration, for editors",
			"strowger schema > strowger.schema.json", schema},
		{"models", "[flags] [refresh FILE]", "list the models that are served, with prices; or bring prices up to date with a file",
			"strowger models refresh api.json --dry-run", models},
		{"key", "[flags] set|test|remove|new NAME, or list", "keep providers' keys in the system's keyring, and make keys for callers",
			"strowger key set openai", key},
		{"export", "[flags]", "write an edge host's folder: module, configuration and the host's own files; no secrets",
			"strowger export --target worker --out deploy-worker", export},
		{"verify", "[flags] [DIR|module.wasm]", "prove that a module, or that of an exported folder, decides as this program does",
			"strowger verify deploy-worker", verifyModule},
		{"version", "[--json]", "say which version this is",
			"strowger version", showVersion},
	}
}

func main() {
	log.SetOutput(io.Discard) // where net/http writes what providers send on idle connections
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait
	os.Exit(run(ctx, &env{os.Stdin, os.Stdout, os.Stderr}, os.Args[1:]))
}

// run carries out the command line and says how it went.
func run(ctx context.Context, e *env, args []string) int {
	if len(args) == 0 {
		help(e.err)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "--help", "-help":
		help(e.out)
		return exitOK
	case "--version", "-version", "-v":
		args[0] = "version"
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return report(e, c, c.run(ctx, e, args[1:]))
		}
	}
	fmt.Fprintf(e.err, "strowger: no command %q; the commands are %s\n", args[0], strings.Join(names(), ", "))
	return exitUsage
}

func report(e *env, c command, err error) int {
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errFailed):
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(e.err, "strowger %s: %v\nusage: strowger %s %s\n", c.name, err, c.name, c.args)
		return exitUsage
	}
	fmt.Fprintf(e.err, "strowger %s: %v\n", c.name, err)
	return exitFailed
}

func names() []string {
	var ns []string
	for _, c := range commands() {
		ns = append(ns, c.name)
	}
	return ns
}

func help(w io.Writer) {
	fmt.Fprint(w, "strowger is an automatic exchange for LLM calls: it decides which provider serves\na request, carries it there, falls back when that fails, and can say why.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  strowger %-8s %s\n", c.name, c.short)
	}
	fmt.Fprint(w, "\nEach takes --help. Exit codes: 0 good, 1 failed, 2 wrong usage.\nWith OTEL_EXPORTER_OTLP_ENDPOINT in the environment, OpenTelemetry traces are exported there.\n")
}

// flags is the flag set of a command, with its help.
func flags(e *env, name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {
		for _, c := range commands() {
			if c.name == name {
				fmt.Fprintf(e.out, "strowger %s %s\n\n%s.\n\n", c.name, c.args, strings.ToUpper(c.short[:1])+c.short[1:])
				fs.VisitAll(func(f *flag.Flag) {
					value, usage := flag.UnquoteUsage(f)
					fmt.Fprintf(e.out, "  %-18s %s\n", strings.TrimSpace("--"+f.Name+" "+value), usage)
				})
				fmt.Fprintf(e.out, "\nExample:\n  %s\n", c.example)
			}
		}
	}
	return fs
}

// parse reads the flags, which may stand before, between and behind the words; of those
// there may be at most rest. The help is shown to those who ask for it.
func parse(fs *flag.FlagSet, args []string, rest int) error {
	showHelp := fs.Usage
	fs.Usage = func() {}
	var words []string
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				showHelp()
				return err
			}
			return usageError{err}
		}
		if fs.NArg() == 0 {
			break
		}
		words, args = append(words, fs.Arg(0)), fs.Args()[1:]
	}
	if len(words) > rest {
		return usageError{fmt.Errorf("unexpected %q", words[rest])}
	}
	return fs.Parse(append([]string{"--"}, words...))
}

func showVersion(_ context.Context, e *env, args []string) error {
	fs := flags(e, "version")
	asJSON := fs.Bool("json", false, "as JSON")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	goVersion := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
	}
	if *asJSON {
		fmt.Fprintf(e.out, "{\"version\":%q,\"go\":%q}\n", version, goVersion)
		return nil
	}
	fmt.Fprintf(e.out, "strowger %s (%s)\n", version, goVersion)
	return nil
}
