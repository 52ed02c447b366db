package app

import (
	"os"

	"strowger/desktop/trace"
)

// startTraces exports traces if the environment says where to; nil else. It is closed behind
// whatever serves.
func (a *App) startTraces(version string) *trace.Exporter {
	s, warnings := trace.FromEnvironment(os.Getenv, version)
	for _, w := range warnings {
		a.warn(w)
	}
	if s == nil {
		return nil
	}
	s.Log = a.log
	e := trace.Start(*s)
	a.closers = append(a.closers, e.Close)
	return e
}
