package app

import (
	"strowger/core/stats"
	"strowger/desktop/secret"
)

// edges is what the control plane asks of edge hosts, by the configuration in use.
type edges struct{ a *App }

// EdgeSecret implements control.Edges. A secret that cannot be resolved is logged: the edge is told
// no more than that it is not known.
func (e edges) EdgeSecret(name string) (string, bool) {
	for _, edge := range e.a.Config().Edges {
		if edge.Name != name {
			continue
		}
		s, err := secret.Resolve(edge.Secret)
		if err != nil {
			e.a.log.Warn("edge " + name + " has no secret, its samples are refused: " + err.Error())
		}
		return s, err == nil
	}
	return "", false
}

// ProviderOf implements control.Edges.
func (e edges) ProviderOf(endpoint string) (provider string, known bool) {
	if found := e.a.live.Load().catalog.Endpoint(endpoint); found != nil {
		return found.Provider, true
	}
	return "", false
}

// FoldEdge implements control.Edges.
func (e edges) FoldEdge(s stats.Sample) { e.a.proxy.Fold(s) }
