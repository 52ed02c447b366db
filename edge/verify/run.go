package verify

import (
	"errors"
	"time"
)

// Summary is what became of a source.
type Summary struct {
	Source string `json:"source"`
	Counts
	Difference *Difference   `json:"difference"` // nil: everything is equal
	Took       time.Duration `json:"-"`
}

// Options are all optional.
type Options struct {
	Only string // the name of a case, or what it begins with up to a slash
	// Progress is told now and then how far a source is.
	Progress func(source string, c Counts)
}

// Run gives each source's calls to the sink; a difference ends its source only. An error
// means that a source could not be run.
func Run(sources []Source, sink Sink, o Options) (list []Summary, err error) {
	for _, s := range sources {
		began := time.Now()
		r := &Recorder{Sink: sink, Only: o.Only}
		if o.Progress != nil {
			r.Sink = &watched{Sink: sink, each: func() { o.Progress(s.Name, r.Counts) }}
		}
		sum := Summary{Source: s.Name}
		if err := s.Run(r); err != nil {
			var ok bool
			if sum.Difference, ok = errors.AsType[*Difference](err); !ok {
				return list, err
			}
		}
		sum.Counts, sum.Took = r.Counts, time.Since(began)
		list = append(list, sum)
	}
	return list, nil
}

// watched tells of the progress of a sink.
type watched struct {
	Sink
	each func()
}

func (w *watched) Begin(name string, fresh bool) error {
	w.each()
	return w.Sink.Begin(name, fresh)
}
