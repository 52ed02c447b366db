// Package goldens makes calls of the boundary from the files that the tests of the core go by:
// the vectors of the boundary, the scenarios of exchanges, and the recordings of the codecs.
// It reads them where they stand in the source tree, and needs package testing; what goes into
// a binary is the script that edge/verify/pack writes from it.
package goldens

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"strowger/core/exchange/exchangetest"
	"strowger/edge/abi/abitest"
	"strowger/edge/verify"
)

// Sources are all of them; tree is the root of the source tree.
func Sources(tree fs.FS) []verify.Source {
	return []verify.Source{
		{Name: "vectors", Run: func(r *verify.Recorder) error {
			return each(tree, "edge/abi/testdata", func(name, text string) error {
				return r.Fresh("vectors/"+name, func() error { return played(abitest.Play(text, r)) })
			})
		}},
		{Name: "scenarios", Run: func(r *verify.Recorder) error {
			return each(tree, "core/exchange/testdata", func(name, text string) error {
				return r.Case("scenarios/"+name, func() error {
					return played(exchangetest.Play(text, &abitest.Driver{Caller: r}))
				})
			})
		}},
		{Name: "codecs", Run: func(r *verify.Recorder) error {
			b, err := readRecordings(tree)
			if err != nil {
				return err
			}
			return b.run(r)
		}},
	}
}

// played leaves out what was seen, which is compared elsewhere.
func played(_ string, err error) error { return err }

// each gives the text files of a folder and those below it, in the order of their names.
func each(tree fs.FS, dir string, do func(name, text string) error) error {
	n := 0
	err := fs.WalkDir(tree, dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) != ".txt" {
			return err
		}
		text, err := fs.ReadFile(tree, file)
		if err != nil {
			return err
		}
		n++
		name := strings.TrimSuffix(strings.TrimPrefix(file, dir+"/"), ".txt")
		if err := do(name, string(text)); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		return nil
	})
	if err == nil && n == 0 {
		err = fmt.Errorf("no text files in %s", dir)
	}
	return err
}
