package plan

import (
	"strowger/core/policy"
	"strowger/core/stats"
)

// misses names the first preference that the speed is known to miss; nil: none. Of too few samples
// nothing is known, and an endpoint is not held to what it has not been seen to miss.
//
// A percentile is what that share of answers did no worse than, for a throughput too: a
// p90 of 50 is met where 90 answers in a hundred were written at 50 tokens/s or faster
// (https://openrouter.ai/docs/guides/routing/provider-selection, How Percentiles Work).
// A caller who does not stream sees nothing before the whole answer: its time is the
// latency then.
func (m *maker) misses(s *stats.Speed) *Reason {
	if s.Samples < enoughSamples {
		return nil
	}
	for i := range m.in.Policy.Preferred {
		p := &m.in.Policy.Preferred[i]
		switch v := measured(s, p); {
		case p.Latency && v > p.Value:
			return &Reason{Code: MissedLatency, Name: percentileName(p.Percentile), N: v, Of: p.Value}
		case !p.Latency && v > 0 && v < p.Value:
			return &Reason{Code: MissedThroughput, Name: percentileName(p.Percentile), N: v, Of: p.Value}
		}
	}
	return nil
}

// measured is what p is about: µs, or tokens per thousand seconds; 0 when unknown.
func measured(s *stats.Speed, p *policy.Preference) int64 {
	times, speeds := [4]uint32{s.P50, s.P75, s.P90, s.P99}, [4]uint32{s.T50, s.T75, s.T90, s.T99}
	n := 0
	switch p.Percentile {
	case 75:
		n = 1
	case 90:
		n = 2
	case 99:
		n = 3
	}
	if p.Latency {
		return int64(times[n])
	}
	return int64(speeds[n])
}

// percentileName is the field of a preference.
func percentileName(p int) string {
	switch p {
	case 75:
		return "p75"
	case 90:
		return "p90"
	case 99:
		return "p99"
	}
	return "p50"
}
