package recall

import (
	"math"

	"strowger/core/llm"
	"strowger/core/scan"
	"strowger/core/stats"
)

var (
	candidateForm = form{"candidates", []string{"endpoint", "provider", "model", "group", "rank", "excluded", "resting", "score", "unit", "score_text", "terms", "reading", "missed"}, []string{"schema", "losses", "cannot"}}
	termForm      = form{"candidates.terms", []string{"name", "value", "unit"}, nil}
	reasonForm    = form{"candidates.excluded", []string{"code", "text"}, nil}
	cannotForm    = form{"candidates.cannot", nil, []string{"unserved", "unreadable", "impossible", "note"}}
	readingForm   = form{"candidates.reading", []string{"stream", "whole", "uptime_permille", "samples_milli", "failures", "circuit", "until", "limited", "in_flight", "probes", "picked"}, []string{"limited_account", "off"}}
	speedForm     = form{"candidates.reading", []string{"samples_milli", "mean_us", "p50_us", "p75_us", "p90_us", "p99_us", "tokens_per_ks", "p50_tokens_per_ks", "p75_tokens_per_ks", "p90_tokens_per_ks", "p99_tokens_per_ks"}, nil}
)

func (r *recordReader) candidate(v scan.Value) {
	var c candidate
	var reading stats.Reading
	r.object(v, &candidateForm, func(key string, v scan.Value) {
		place := candidateForm.place + "." + key
		switch key {
		case "endpoint":
			c.id = r.text(v, place)
		case "model":
			c.model = r.text(v, place)
		case "group":
			c.group = int(r.int(v, place, 0, math.MaxInt32))
		case "excluded":
			if v.Kind != scan.KindNull {
				r.object(v, &reasonForm, func(key string, v scan.Value) {
					if key == "code" {
						c.code = r.text(v, place)
					}
				})
			}
		case "terms":
			r.array(v, place, func(v scan.Value) { r.weight(&c, v) })
		case "reading":
			reading = r.reading(v)
		case "schema":
			c.schema = llm.SchemaNamed(r.text(v, place))
			r.known(c.schema != llm.SchemaNone, v, place)
		case "losses":
			c.lost.Told = r.warnings(v, place)
		case "cannot":
			r.object(v, &cannotForm, func(key string, v scan.Value) { r.cannot(&c, key, v) })
		}
	})
	r.rec.candidates = append(r.rec.candidates, c)
	r.rec.readings[c.id] = reading
}

// weight reads the weight of an arm, of the terms of its score.
func (r *recordReader) weight(c *candidate, v scan.Value) {
	is, value := false, int64(0)
	r.object(v, &termForm, func(key string, v scan.Value) {
		switch key {
		case "name":
			is = r.text(v, termForm.place) == "weight"
		case "value":
			value = r.int(v, termForm.place, -1<<63, 1<<63-1)
		}
	})
	if is {
		c.weight, c.weighed = value, true
	}
}

func (r *recordReader) cannot(c *candidate, key string, v scan.Value) {
	l, place := &c.lost, cannotForm.place
	switch key {
	case "unserved":
		l.Unserved = r.bool(v, place)
	case "unreadable":
		l.Unreadable = &llm.Error{Code: llm.CodeInvalidRequest, Message: r.text(v, place)}
	case "impossible":
		for _, name := range r.texts(v, place) {
			f := llm.FieldNamed(name)
			if f == llm.FieldCount { // of a version that knows more
				f = llm.FieldUnknown
			}
			l.Impossible.Add(f)
		}
	case "note":
		l.Why = r.text(v, place)
	}
}

func (r *recordReader) reading(v scan.Value) (s stats.Reading) {
	r.object(v, &readingForm, func(key string, v scan.Value) {
		place := readingForm.place + "." + key
		switch key {
		case "stream":
			s.Stream = r.speed(v)
		case "whole":
			s.Whole = r.speed(v)
		case "uptime_permille":
			s.Uptime = r.permille(v, place)
		case "samples_milli":
			s.Samples = r.count(v, place)
		case "failures":
			s.Failures = int(r.int(v, place, 0, math.MaxInt32))
		case "circuit":
			s.Circuit = stats.StateNamed(r.text(v, place))
		case "until":
			s.Until = stats.MomentOf(r.time(v, place))
		case "limited":
			s.Limited = stats.MomentOf(r.time(v, place))
		case "in_flight":
			s.InFlight = r.count(v, place)
		case "probes":
			s.Probes = r.count(v, place)
		case "picked":
			s.Picked = r.count(v, place)
		case "limited_account":
			s.LimitedAccount = r.bool(v, place)
		case "off":
			s.Off = stats.MomentOf(r.time(v, place))
		}
	})
	return s
}

// mostTime and mostSpeed bound what is measured: an hour in µs, and a billion tokens in a µs.
const (
	mostTime  = math.MaxUint32
	mostSpeed = 1_000_000_000_000_000_000
)

// speed reads the times of one kind of answer; null is none.
func (r *recordReader) speed(v scan.Value) (s stats.Speed) {
	if v.Kind == scan.KindNull {
		return s
	}
	small := map[string]*uint32{
		"p50_us": &s.P50, "p75_us": &s.P75, "p90_us": &s.P90, "p99_us": &s.P99,
		"p50_tokens_per_ks": &s.T50, "p75_tokens_per_ks": &s.T75, "p90_tokens_per_ks": &s.T90, "p99_tokens_per_ks": &s.T99,
	}
	r.object(v, &speedForm, func(key string, v scan.Value) {
		place := speedForm.place + "." + key
		switch key {
		case "samples_milli":
			s.Samples = r.count(v, place)
		case "mean_us":
			s.Mean = r.int(v, place, 0, mostTime)
		case "tokens_per_ks":
			s.Tokens = r.int(v, place, 0, mostSpeed)
		default:
			*small[key] = uint32(r.int(v, place, 0, math.MaxUint32))
		}
	})
	return s
}
