package main

import (
	"fmt"
	"slices"
	"strings"

	"strowger/bench/traffic"
)

// workload is one kind of request, and what it goes through.
type workload struct {
	traffic.Workload
	through []string // names of peers; nil: all but those that are for others
}

// Names of workloads.
const (
	plainLoad   = "356B"
	largeLoad   = "20KB"
	burstLoad   = "burst"
	pacedLoad   = "paced"
	openLoad    = "open"
	routingLoad = "routing"
)

// choose are the workloads in a list of names; nil if it has another. All if it is empty.
func choose(only string, rate int) []workload {
	all := []workload{
		{Workload: traffic.Workload{Name: plainLoad, About: "plain, 356 B body", Size: 356}},
		{Workload: traffic.Workload{Name: largeLoad, About: "plain, 20 KB body", Size: 20 << 10}},
		{Workload: traffic.Workload{Name: burstLoad, About: "356 B body, SSE answer of 64 events in one piece", Size: 356, Events: traffic.StreamEvents}},
		{Workload: traffic.Workload{Name: pacedLoad, About: "356 B body, SSE answer of 64 events, 200 a second", Size: 356, Events: traffic.StreamEvents, Pace: 200}},
		{Workload: traffic.Workload{Name: openLoad, About: fmt.Sprintf("plain, 356 B body, %d a second in an open loop", rate), Size: 356, Rate: rate}},
		{Workload: traffic.Workload{Name: routingLoad, About: "plain, 356 B body and a provider object, 8 candidates by value, one request in ten falls back", Size: 356,
			Extra: traffic.FailTenth + directives, Failed: true}, through: []string{nameRouting}},
	}
	if only == "" {
		return all
	}
	var chosen []workload
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(all, func(l workload) bool { return l.Name == name })
		if i < 0 {
			return nil
		}
		chosen = append(chosen, all[i])
	}
	return chosen
}

// sees says whether a workload goes through the peer of that name.
func (l workload) sees(name string) bool {
	if l.through == nil {
		return name != nameRouting
	}
	return slices.Contains(l.through, name)
}
