package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tester runs the benchmarks of a package whose names match, and gives what go test printed.
type tester func(ctx context.Context, pkg, match string, each time.Duration) ([]byte, error)

// goTest is the tester of a real run: on one core, so that names have no number of cores behind them. A
// package that is not there has no benchmarks.
func goTest(ctx context.Context, pkg, match string, each time.Duration) ([]byte, error) {
	if _, err := os.Stat("go.mod"); err != nil {
		return nil, fmt.Errorf("to be run in the root of the repository: %w", err)
	}
	if _, err := os.Stat(filepath.FromSlash(pkg)); err != nil {
		return nil, nil
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-vet=off", "-run", "^$", "-bench", match, "-benchmem", "-cpu", "1", "-count", "3", "-benchtime", each.String(), "./"+pkg)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go test ./%s: %w\n%s", pkg, err, out)
	}
	return out, nil
}

// outcome is what one benchmark said.
type outcome struct {
	ns            float64
	bytes, allocs int64
}

// least is the least of two, of each.
func (o outcome) least(p outcome) outcome {
	return outcome{min(o.ns, p.ns), min(o.bytes, p.bytes), min(o.allocs, p.allocs)}
}

// parse reads what go test -bench -benchmem prints, by the names of benchmarks without "Benchmark". Of those
// that ran several times it is the least: what else runs can only add to it.
func parse(out []byte) (map[string]outcome, error) {
	found := map[string]outcome{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		var o outcome
		for i := 2; i+1 < len(f); i += 2 {
			v, err := strconv.ParseFloat(f[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", lines.Text(), err)
			}
			switch f[i+1] {
			case "ns/op":
				o.ns = v
			case "B/op":
				o.bytes = int64(v)
			case "allocs/op":
				o.allocs = int64(v)
			}
		}
		name := strings.TrimPrefix(f[0], "Benchmark")
		if before, ok := found[name]; ok {
			o = before.least(o)
		}
		if o.ns > 0 {
			found[name] = o
		}
	}
	return found, lines.Err()
}

// match is the regular expression that means exactly these benchmarks.
func match(list []stage) string {
	var all []string
	for _, s := range list {
		levels := strings.Split("Benchmark"+s.bench, "/")
		for i, l := range levels {
			levels[i] = "^" + strings.NewReplacer(".", `\.`, "=", "=").Replace(l) + "$"
		}
		all = append(all, strings.Join(levels, "/"))
	}
	return strings.Join(all, "|")
}

// measured is a stage with the least of all rounds.
type measured struct {
	stage
	outcome
	found bool
	ratio float64 // of its time to the reference's
}

// benchmarks runs all stages in rounds. The reference is the first of them, and runs beside every package.
func benchmarks(ctx context.Context, o options, test tester, log io.Writer) ([]measured, error) {
	all := []measured{{stage: reference}}
	var pkgs []string
	for _, s := range stages {
		all = append(all, measured{stage: s})
		if !slices.Contains(pkgs, s.pkg) {
			pkgs = append(pkgs, s.pkg)
		}
	}
	for n := range o.rounds {
		from := time.Now()
		for _, pkg := range pkgs {
			for _, p := range []string{reference.pkg, pkg} {
				if err := one(ctx, o, test, p, all); err != nil {
					return nil, err
				}
			}
		}
		fmt.Fprintf(log, "round %d of %d took %s\n", n+1, o.rounds, time.Since(from).Round(time.Second))
	}
	if !all[0].found {
		return nil, errors.New("the reference was not run")
	}
	for i := range all {
		all[i].ratio = all[i].ns / all[0].ns
	}
	return all, nil
}

// one runs the stages of a package, and notes what they say in list.
func one(ctx context.Context, o options, test tester, pkg string, list []measured) error {
	var here []stage
	for _, m := range list {
		if m.pkg == pkg {
			here = append(here, m.stage)
		}
	}
	out, err := test(ctx, pkg, match(here), o.each)
	if err != nil {
		return err
	}
	found, err := parse(out)
	for i := range list {
		m := &list[i]
		r, ok := found[m.bench]
		switch {
		case m.pkg != pkg || !ok:
			continue
		case m.found:
			r = r.least(m.outcome)
		}
		m.outcome, m.found = r, true
	}
	return err
}
