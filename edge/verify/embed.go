package verify

import (
	"bytes"
	"compress/gzip"
	"embed"
	"strings"
)

// dist holds what edge/verify/pack has written, once go tool task wasm has been run.
//
//go:embed all:dist
var dist embed.FS

// Goldens are the golden vectors, the scenarios and the recordings of the codecs; none if this
// program was built without them.
func Goldens() (list []Source) {
	packed, err := dist.ReadFile("dist/goldens.gz")
	if err != nil {
		return nil
	}
	for _, name := range []string{"vectors", "scenarios", "codecs"} {
		list = append(list, Source{name, func(r *Recorder) error {
			script, err := gzip.NewReader(bytes.NewReader(packed))
			if err != nil {
				return err
			}
			return Read(script, &part{Recorder: r, prefix: name + "/"})
		}})
	}
	return list
}

// part takes the cases of a script whose names begin so.
type part struct {
	*Recorder
	prefix string
	other  bool
}

func (p *part) Begin(name string, fresh bool) error {
	if p.other = !strings.HasPrefix(name, p.prefix); p.other {
		return nil
	}
	return p.Recorder.Begin(name, fresh)
}

func (p *part) Take(c Call) error {
	if p.other {
		return nil
	}
	return p.Recorder.Take(c)
}
