package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"strowger/core/catalog"
	"strowger/edge"
	"strowger/edge/abi"
	"strowger/edge/deploy"
	"strowger/edge/document"
	"strowger/edge/verify"
	"strowger/edge/wazerohost"
)

// What verify makes if nothing is said: ten thousand generated decisions and then some.
const (
	verifyCases   = 2500
	verifyOwn     = 2000  // requests against the configuration of an exported folder
	verifyHistory = 10000 // recorded decisions, the newest
)

// verifying is what the command line of verify says.
type verifying struct {
	target, only, data, script string
	cases                      int
	json                       bool
}

func verifyModule(ctx context.Context, e *env, args []string) error {
	var v verifying
	fs := flags(e, "verify")
	fs.IntVar(&v.cases, "cases", verifyCases, fmt.Sprintf("generated cases, of %d decisions each, by default %d", verify.DecisionsOfCase, verifyCases))
	fs.StringVar(&v.only, "only", "", "`name` of a case or of several, such as generated/17 or scenarios: make no others")
	fs.StringVar(&v.data, "data", "", "data `folder` of a strowger: decide at the moments of its recorded decisions too")
	fs.StringVar(&v.script, "script", "", "write the calls with the native core's answers to a `file`, for other hosts, and compare nothing")
	fs.BoolVar(&v.json, "json", false, "as JSON")
	if err := parse(fs, args, 1); err != nil {
		return err
	}
	v.target = fs.Arg(0)
	if v.cases < 0 || v.cases > 1_000_000 {
		return usageError{errors.New("--cases must be from 0 to 1000000")}
	}
	subject, err := v.subject()
	if err != nil {
		return err
	}
	sources, notes, err := v.sources(ctx, subject)
	if err != nil {
		return err
	}
	if v.script != "" {
		return v.write(e, sources, notes)
	}
	return v.compare(ctx, e, subject, sources, notes)
}

// subject is what is verified.
type subject struct {
	name     string // for people
	module   []byte
	document *deploy.Document // nil: it is a module alone
	target   deploy.Target    // of a folder; WASI stands for Worker too, which has the same module
}

// subject reads the module, and the deployment document that lies beside it.
func (v *verifying) subject() (s subject, err error) {
	info, err := os.Stat(v.target)
	switch {
	case v.target == "" && v.script != "":
		return s, nil // no module is needed
	case v.target == "":
		s.name = "the module in this program"
		if s.module, err = edge.Module(deploy.WASI.Module()); errors.Is(err, edge.ErrNotBuilt) {
			err = errors.New("built without the module: build with go tool task build, or name a module")
		}
	case err != nil:
		return s, fmt.Errorf("%s cannot be read: %w", v.target, reasonOf(err))
	case info.IsDir():
		return readExported(v.target)
	default:
		s.name = v.target
		s.module, err = os.ReadFile(v.target)
	}
	if err == nil {
		err = isModule(s.name, s.module)
	}
	return s, err
}

// readExported reads a folder that export has written.
func readExported(dir string) (s subject, err error) {
	text, err := os.ReadFile(filepath.Join(dir, document.FileName))
	if err != nil {
		return s, fmt.Errorf("%s is no exported folder: it has no readable %s: %w", dir, document.FileName, reasonOf(err))
	}
	if s.document, err = deploy.Read(text); err != nil {
		return s, err
	}
	s.target = deploy.WASI
	if _, err := os.Stat(filepath.Join(dir, "envoy.yaml")); err == nil {
		s.target = deploy.ProxyWasm
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.wasm"))
	switch {
	case err != nil || len(files) != 1:
		return s, fmt.Errorf("%s has %d files *.wasm, expected one; name the module itself", dir, len(files))
	case filepath.Base(files[0]) != s.target.Module():
		return s, fmt.Errorf("%s is no module of this folder, whose host loads %s: export it anew", files[0], s.target.Module())
	}
	s.name = files[0]
	if s.module, err = os.ReadFile(files[0]); err != nil {
		return s, err
	}
	return s, isModule(s.name, s.module)
}

func isModule(name string, b []byte) error {
	if !strings.HasPrefix(string(b[:min(len(b), 4)]), "\x00asm") {
		return fmt.Errorf("%s is no WebAssembly module", name)
	}
	return nil
}

// reasonOf is why a file cannot be read, without its name.
func reasonOf(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}

// sources are the calls to make, and notes on what cannot be.
func (v *verifying) sources(ctx context.Context, s subject) (list []verify.Source, notes []string, err error) {
	goldens := verify.Goldens()
	if goldens == nil {
		notes = append(notes, "this program was built without vectors, scenarios and recordings: build with go tool task build")
	}
	list = append([]verify.Source{verify.Generated(v.cases)}, goldens...)
	if s.document == nil {
		if v.data != "" {
			return nil, nil, usageError{errors.New("--data goes with an exported folder, whose catalog the recorded requests are decided by")}
		}
		return list, notes, nil
	}
	cfg, err := catalog.ReadJSON(s.document.Catalog)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: catalog: %w", document.FileName, err)
	}
	list = append(list, verify.Own(cfg, verifyOwn))
	notes = append(notes, "of the folder, the module and "+document.FileName+" were looked at, and not its other files: programs, envoy.yaml, wrangler.toml")
	if v.data != "" {
		source, note, err := history(ctx, cfg, v.data)
		if err != nil {
			return nil, nil, err
		}
		list, notes = append(list, source), append(notes, note)
	}
	return list, notes, nil
}

// write writes a script.
func (v *verifying) write(e *env, sources []verify.Source, notes []string) (err error) {
	out, err := os.Create(v.script)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	w := verify.NewWriter(out)
	sums, err := verify.Run(sources, w, verify.Options{Only: v.only, Progress: progress(e)})
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return err
	}
	return v.tell(e, verified{Module: "", Sources: sums, Notes: notes})
}

// compare holds the module against the native core.
func (v *verifying) compare(ctx context.Context, e *env, s subject, sources []verify.Source, notes []string) error {
	h, err := wazerohost.New(ctx, s.module, wazerohost.Options{Stderr: e.err})
	if err != nil {
		return fmt.Errorf("%s cannot be run: %w", s.name, err)
	}
	defer h.Close(context.WithoutCancel(ctx))
	host := verify.OnWazero(ctx, h)
	if s.document != nil {
		if h.IsFilter() != (s.target == deploy.ProxyWasm) {
			return fmt.Errorf("%s is the module of another target: export the folder anew", s.name)
		}
		if err := checkRev(host, s.document); err != nil {
			return err
		}
	}
	c := verify.NewComparer(stoppable{ctx, host})
	defer c.Close()
	sums, err := verify.Run(sources, c, verify.Options{Only: v.only, Progress: progress(e)})
	if err != nil {
		return err
	}
	return v.tell(e, verified{Module: s.name, Sources: sums, Notes: notes})
}

// checkRev has the module say the revision of the document's catalog.
func checkRev(h verify.Host, d *deploy.Document) error {
	c, err := h.New()
	if err != nil {
		return err
	}
	defer c.Close()
	result, err := c.Call("configure", 0, abi.AppendConfigure(nil, false), d.Catalog)
	if err != nil {
		return err
	}
	r, err := abi.DecodeResult(result, abi.KindConfigured)
	if err != nil {
		return fmt.Errorf("the module refuses the catalog of %s: %w", document.FileName, err)
	}
	if r.Rev != d.Rev {
		return fmt.Errorf("%s says revision %s, but for the module its catalog is %s: export it anew", document.FileName, d.Rev, r.Rev)
	}
	return nil
}

// stoppable is a host that makes no more machines once the command is to end.
type stoppable struct {
	ctx context.Context
	verify.Host
}

func (s stoppable) New() (verify.Carrier, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	return s.Host.New()
}

// progress shows how far it is, where somebody looks on.
func progress(e *env) func(string, verify.Counts) {
	f, ok := e.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	var last time.Time
	return func(source string, c verify.Counts) {
		if now := time.Now(); now.Sub(last) > 200*time.Millisecond {
			last = now
			fmt.Fprintf(f, "\r\x1b[K%s: %d cases, %d calls\r", source, c.Cases, c.Calls)
		}
	}
}

// verified is the outcome.
type verified struct {
	Module  string           `json:"module"` // empty: a script was written
	Sources []verify.Summary `json:"sources"`
	Notes   []string         `json:"notes"`
	Equal   bool             `json:"equal"`
}

// tell says how it went; an error if something differs.
func (v *verifying) tell(e *env, r verified) error {
	r.Sources = slices.DeleteFunc(r.Sources, func(s verify.Summary) bool { return s.Cases == 0 }) // it is not what --only names
	r.Equal = !slices.ContainsFunc(r.Sources, func(s verify.Summary) bool { return s.Difference != nil })
	if len(r.Sources) == 0 {
		return usageError{fmt.Errorf("no case is called %q", v.only)}
	}
	if v.json {
		if r.Notes == nil {
			r.Notes = []string{}
		}
		enc := json.NewEncoder(e.out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(r); err != nil {
			return err
		}
	} else {
		showVerified(e.out, &r)
	}
	if !r.Equal {
		return errFailed
	}
	return nil
}

func showVerified(out io.Writer, r *verified) {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "SOURCE\tCASES\tCALLS\tDECISIONS\tREFUSED\tEXCHANGES\tEQUAL\tTIME")
	for i := range r.Sources {
		s := &r.Sources[i]
		equal := "yes"
		switch {
		case s.Difference != nil:
			equal = "NO"
		case r.Module == "":
			equal = "-"
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", s.Source, s.Cases, s.Calls, s.Decisions, s.Refused, s.Exchanges, equal, s.Took.Round(time.Millisecond))
	}
	w.Flush()
	for i := range r.Sources {
		if d := r.Sources[i].Difference; d != nil {
			fmt.Fprint(out, "\n"+d.Report())
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintln(out, "\n"+note)
	}
	switch {
	case !r.Equal:
		fmt.Fprintf(out, "\n%s does not answer as the native core does\n", r.Module)
	case r.Module != "":
		fmt.Fprintf(out, "\n%s answers every call as the native core does\n", r.Module)
	}
}
