// Command pack writes a script of the golden vectors, the scenarios and the recordings of the
// codecs, from the source tree it is run in. Compressed and without answers it is what strowger
// verify has in it; with answers it is what hosts in other languages replay.
//
//	go run ./edge/verify/pack edge/verify/dist/goldens.gz
//	go run ./edge/verify/pack -answers -generated 2500 /tmp/strowger.script
package main

import (
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"strowger/edge/verify"
	"strowger/edge/verify/goldens"
)

func main() {
	answers := flag.Bool("answers", false, "with what the native core answers")
	generated := flag.Int("generated", 0, "so many generated cases too")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: go run ./edge/verify/pack [-answers] [-generated N] FILE, in the root of the source tree")
		os.Exit(2)
	}
	sources := goldens.Sources(os.DirFS("."))
	if *generated > 0 {
		sources = append(sources, verify.Generated(*generated))
	}
	if err := pack(flag.Arg(0), !*answers, sources); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// pack writes the file, compressed if its name ends in .gz.
func pack(file string, bare bool, sources []verify.Source) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	var out io.Writer = f
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	if strings.HasSuffix(file, ".gz") {
		out = z
	}
	w := verify.NewWriter(out)
	w.Bare = bare
	if _, err := verify.Run(sources, w, verify.Options{}); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if out == z {
		if err := z.Close(); err != nil {
			return err
		}
	}
	return f.Close()
}
