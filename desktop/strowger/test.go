package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"strowger/core/catalog"
	"strowger/desktop/app"
	"strowger/desktop/config"
	"strowger/desktop/facts"
	"strowger/desktop/policytest"
)

// testedFile is a file of test --json.
type testedFile struct {
	File   string     `json:"file"`
	Passed int        `json:"passed"`
	Failed int        `json:"failed"`
	Tests  []testCase `json:"tests"`
}

type testCase struct {
	Name     string        `json:"name"`
	Line     int           `json:"line"`
	Passed   bool          `json:"passed"`
	Problem  string        `json:"problem,omitempty"` // why it makes no sense
	Why      string        `json:"why"`
	Failures []testFailure `json:"failures"`
}

type testFailure struct {
	What     string   `json:"what"` // plan, first, excluded, strategy, error
	Line     int      `json:"line"`
	Endpoint string   `json:"endpoint,omitempty"`
	Expected []string `json:"expected"`
	Got      []string `json:"got"`
}

// testPolicy runs the tests of files.
func testPolicy(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "test")
	path := fs.String("config", "", "configuration `file` to decide under, instead of those that the tests name")
	asJSON := fs.Bool("json", false, "as JSON")
	if err := parse(fs, args, 1000); err != nil {
		return err
	}
	if fs.NArg() == 0 {
		return usageError{errors.New("name a file of tests: strowger test policies.yaml")}
	}
	all, failed := []testedFile{}, 0
	for _, file := range fs.Args() {
		one, err := testFile(ctx, file, *path)
		if err != nil {
			return err
		}
		failed += one.Failed
		if all = append(all, one); !*asJSON {
			one.print(e.out)
		}
	}
	if *asJSON {
		if err := printJSON(e.out, all); err != nil {
			return err
		}
	}
	if failed > 0 {
		return errFailed
	}
	return nil
}

// maxTestFile is how long a file of tests may be.
const maxTestFile = 4 << 20

func testFile(ctx context.Context, path, configured string) (out testedFile, err error) {
	out = testedFile{File: path, Tests: []testCase{}}
	f, err := os.Open(path)
	if err != nil {
		return out, fmt.Errorf("%s cannot be read: %w", path, reasonOf(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTestFile+1))
	if err != nil {
		return out, fmt.Errorf("%s cannot be read: %w", path, reasonOf(err))
	}
	tests, err := policytest.Read(path, text)
	if err != nil {
		return out, err
	}
	with, err := settingOf(ctx, path, tests, configured)
	if err != nil {
		return out, err
	}
	for i := range tests.Tests {
		c := runTest(&tests.Tests[i], with)
		if out.Tests = append(out.Tests, c); c.Passed {
			out.Passed++
		} else {
			out.Failed++
		}
	}
	return out, nil
}

// settingOf reads the configuration that tests are run with: the flag's, that in their file, the
// one that it names, from its folder, or that which serve would find.
func settingOf(ctx context.Context, path string, tests *policytest.File, configured string) (with policytest.Setting, err error) {
	var cfg *config.Config
	switch {
	case configured == "" && tests.Inline != nil:
		known, _ := facts.Current()
		if cfg, err = config.Parse("", tests.Inline, known); err != nil {
			return with, inlined(path, tests.InlineAt, err)
		}
	case configured == "" && tests.Config != "":
		if configured = tests.Config; !filepath.IsAbs(configured) {
			configured = filepath.Join(filepath.Dir(path), configured)
		}
		fallthrough
	default:
		if cfg, err = app.LoadConfig(ctx, configured); err != nil {
			return with, err
		}
	}
	with.Zone = cfg.Location
	with.Catalog, err = catalog.New(cfg.Catalog)
	return with, err
}

// inlined are the problems of a configuration that stands in a file of tests.
func inlined(path string, line int, err error) error {
	var problems config.Problems
	if !errors.As(err, &problems) {
		return err
	}
	for i := range problems {
		p := &problems[i]
		p.File, p.Line, p.Column, p.Place = path, line, 1, strings.TrimSuffix("config."+p.Place, ".")
	}
	return problems
}

func runTest(t *policytest.Test, with policytest.Setting) testCase {
	c := testCase{Name: cmp.Or(t.Name, fmt.Sprintf("the test in line %d", t.Line)), Line: t.Line, Failures: []testFailure{}}
	out, err := t.Run(with)
	if err != nil {
		c.Problem = err.Error()
		return c
	}
	c.Why, c.Passed = out.Why, len(out.Failures) == 0
	for _, f := range out.Failures {
		c.Failures = append(c.Failures, testFailure{string(f.What), f.Line, f.Endpoint, f.Want, append([]string{}, f.Got...)})
	}
	return c
}

// print writes what failed for people, and how many did not.
func (t *testedFile) print(out io.Writer) {
	list := func(ids []string) string {
		if len(ids) == 0 {
			return "nothing"
		}
		return strings.Join(ids, ", ")
	}
	for _, c := range t.Tests {
		if c.Passed {
			continue
		}
		fmt.Fprintf(out, "%s:%d: %s\n", t.File, c.Line, c.Name)
		if c.Problem != "" {
			fmt.Fprintf(out, "  it cannot be run: %s\n", c.Problem)
			continue
		}
		for _, f := range c.Failures {
			fmt.Fprintf(out, "  %s:%d: %s: expected %s, got %s\n", t.File, f.Line, strings.TrimSpace(f.What+" "+f.Endpoint), list(f.Expected), list(f.Got))
		}
		fmt.Fprintf(out, "  why: %s\n", c.Why)
	}
	fmt.Fprintf(out, "%s: %s, %d failed\n", t.File, plural(len(t.Tests), "test"), t.Failed)
}
