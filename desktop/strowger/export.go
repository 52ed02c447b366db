package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"strowger/desktop/app"
	"strowger/desktop/config"
	"strowger/edge"
	"strowger/edge/abi"
	"strowger/edge/deploy"
	"strowger/edge/document"
)

// entries are the files that a target's program begins with.
var entries = map[deploy.Target][]string{
	deploy.Worker: {"worker/main.mjs"},
	deploy.WASI:   {"examples/node.mjs", "examples/deno.ts", "examples/main.go"},
}

// exported is what export --json says.
type exported struct {
	Target   deploy.Target    `json:"target"`
	Dir      string           `json:"dir"`
	Rev      string           `json:"rev"`
	Files    []writtenFile    `json:"files"`
	Kept     []string         `json:"kept,omitempty"`
	Secrets  []deploy.Binding `json:"secrets"`
	Warnings []deploy.Warning `json:"warnings"`
}

type writtenFile struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
}

// exporting is how export was called.
type exporting struct {
	target                      deploy.Target
	dir, config, module         string
	home, name                  string
	limits                      document.Limits // 0 where nothing was said
	force, strict, open, asJSON bool
}

func export(ctx context.Context, e *env, args []string) error {
	x, err := exportFlags(e, args)
	if err != nil {
		return err
	}
	cfg, err := app.LoadConfig(ctx, x.config)
	if err != nil {
		return err
	}
	o := deploy.Options{Open: x.open, Limits: x.bounds()}
	if x.home != "" {
		if o.Home, o.HomeSecret, err = x.reports(cfg.Edges); err != nil {
			return err
		}
	}
	d, err := deploy.New(cfg.Catalog, o)
	if err != nil {
		return err
	}
	files, err := x.files(ctx, d)
	if err != nil {
		return err
	}
	if err := x.mayWrite(files); err != nil {
		return err
	}
	said := exported{x.target, x.dir, d.Document.Rev, nil, nil, d.Bindings, d.Warnings(x.target)}
	if !x.asJSON {
		for _, w := range said.Warnings {
			fmt.Fprintln(e.err, "warning:", w)
		}
	}
	if len(said.Warnings) > 0 && x.strict {
		return x.refuse(e, said)
	}
	if said.Files, said.Kept, err = writeFolder(x.dir, files); err != nil {
		return err
	}
	return x.report(e, said)
}

func exportFlags(e *env, args []string) (x exporting, err error) {
	fs := flags(e, "export")
	fs.StringVar((*string)(&x.target), "target", "", "`kind` of host: "+targetNames())
	fs.StringVar(&x.dir, "out", "", "`folder` to write; made if need be")
	fs.StringVar(&x.config, "config", "", "configuration `file`, as for serve")
	fs.StringVar(&x.module, "module", "", "`file` with the module, instead of the one in this program")
	fs.BoolVar(&x.force, "force", false, "write into a folder that is not empty; only what an earlier export wrote is replaced")
	fs.BoolVar(&x.strict, "strict", false, "warnings fail, and nothing is written")
	fs.BoolVar(&x.open, "open", false, "a host without client keys, which anybody may use")
	bytesFlag(fs, &x.limits.MaxBody, "max-body", "`bytes` of a request's body at most, 8MiB say; that is the default")
	bytesFlag(fs, &x.limits.MaxAnswer, "max-answer", "`bytes` of an answer that is no stream at most; by default 16MiB, for a Worker 8MiB")
	fs.StringVar(&x.home, "home", "", "`URL` of a strowger serve that a Worker reports to")
	fs.StringVar(&x.name, "name", "", "`name` of the host there, one of edges in the configuration; needed if there are several")
	fs.BoolVar(&x.asJSON, "json", false, "what was written as JSON")
	if err := parse(fs, args, 0); err != nil {
		return x, err
	}
	switch {
	case x.target == "":
		return x, usageError{errors.New("--target is missing; it is " + targetNames())}
	case !slices.Contains(deploy.Targets(), x.target):
		return x, usageError{fmt.Errorf("--target: no target %q; it is %s", string(x.target), targetNames())}
	case x.dir == "":
		return x, usageError{errors.New("--out is missing: name a folder to write")}
	case x.home == "" && x.name != "":
		return x, usageError{errors.New("--name is how the host is called where it reports to: say --home URL too")}
	case x.home != "" && x.target != deploy.Worker:
		return x, usageError{fmt.Errorf("--home: only a Worker reports; %s does not", x.target)}
	case x.home != "" && !document.IsAddress(x.home):
		return x, usageError{errors.New("--home must be an http or https address without user name, password, query or fragment")}
	}
	return x, nil
}

// bytesFlag is a flag whose value is a size.
func bytesFlag(fs *flag.FlagSet, to *int64, name, usage string) {
	fs.Func(name, usage, func(s string) (err error) {
		*to, err = config.Size(s, 1, abi.MaxRaw)
		return err
	})
}

// bounds are the limits that were said, or else those of an earlier export into the folder.
func (x *exporting) bounds() document.Limits {
	l := x.limits
	if text, err := os.ReadFile(filepath.Join(x.dir, document.FileName)); err == nil && x.force {
		if was, err := deploy.Read(text); err == nil {
			l.MaxBody, l.MaxAnswer = cmp.Or(l.MaxBody, was.Limits.MaxBody), cmp.Or(l.MaxAnswer, was.Limits.MaxAnswer)
		}
	}
	if x.target == deploy.Worker && l.MaxAnswer == 0 {
		l.MaxAnswer = document.WorkerMaxAnswer
	}
	return l
}

// reports says where the host reports to, and the reference to what it signs with.
func (x *exporting) reports(edges []config.Edge) (document.Home, string, error) {
	for _, e := range edges {
		if e.Name == x.name || x.name == "" && len(edges) == 1 {
			return document.Home{URL: x.home, Name: e.Name}, e.Secret, nil
		}
	}
	switch {
	case len(edges) == 0:
		name := cmp.Or(x.name, "edge-1")
		return document.Home{}, "", fmt.Errorf("--home: the configuration names no edges, of which this host must be one; say --name %s, and write into it:\nedges: [{name: %s, secret: \"${STROWGER_EDGE_SECRET}\"}]", name, name)
	case x.name == "":
		return document.Home{}, "", fmt.Errorf("--home: the configuration names several edges; say which this host is with --name: %s", edgeNames(edges))
	}
	return document.Home{}, "", fmt.Errorf("--home: the configuration has no edge %q; it has %s", x.name, edgeNames(edges))
}

func edgeNames(edges []config.Edge) string {
	var names []string
	for _, e := range edges {
		names = append(names, e.Name)
	}
	return strings.Join(names, ", ")
}

func targetNames() string {
	all := deploy.Targets()
	return string(all[0]) + ", " + string(all[1]) + " or " + string(all[2])
}

// files are all files of the export.
func (x *exporting) files(ctx context.Context, d *deploy.Deployment) ([]outFile, error) {
	wasm, err := x.wasm(ctx)
	if err != nil {
		return nil, err
	}
	all := []outFile{{name: x.target.Module(), text: wasm}}
	made, err := d.Files(x.target)
	if err != nil {
		return nil, err
	}
	for _, f := range made {
		all = append(all, outFile{f.Name, f.Text, f.Kept})
	}
	program, err := edge.Program(entries[x.target]...)
	if err != nil {
		return nil, err
	}
	for _, s := range program {
		all = append(all, outFile{name: s.Name, text: s.Text})
	}
	return append(all, recordOf(x.target, all)), nil
}

// wasm is the module.
func (x *exporting) wasm(ctx context.Context) ([]byte, error) {
	if x.module == "" {
		return edge.Module(x.target.Module())
	}
	wasm, err := os.ReadFile(x.module)
	if err != nil {
		return nil, fmt.Errorf("--module: %w", err)
	}
	if !bytes.HasPrefix(wasm, []byte("\x00asm\x01\x00\x00\x00")) {
		return nil, fmt.Errorf("--module: %s is no WebAssembly module", x.module)
	}
	if err := edge.CheckModule(ctx, x.target.Module(), wasm); err != nil {
		return nil, fmt.Errorf("--module: %s: %w", x.module, err)
	}
	return wasm, nil
}

// refuse says that warnings fail.
func (x *exporting) refuse(e *env, said exported) error {
	if x.asJSON {
		if err := x.report(e, said); err != nil {
			return err
		}
	}
	return fmt.Errorf("nothing is written: %s, and --strict was said", plural(len(said.Warnings), "warning"))
}

func (x *exporting) report(e *env, said exported) error {
	if x.asJSON {
		enc := json.NewEncoder(e.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(said)
	}
	fmt.Fprintf(e.out, "%s: %s for %s, catalog %s\n", x.dir, plural(len(said.Files), "file"), x.target, said.Rev)
	for _, f := range said.Files {
		fmt.Fprintf(e.out, "  %-20s %9d bytes\n", f.Name, f.Bytes)
	}
	for _, name := range said.Kept {
		fmt.Fprintf(e.out, "  %-20s kept as it is; it is yours\n", name)
	}
	for _, b := range said.Secrets {
		fmt.Fprintf(e.out, "secret %s: %s\n", b.Name, b.From)
	}
	fmt.Fprintln(e.out, "README.md there says how to go on.")
	return nil
}
