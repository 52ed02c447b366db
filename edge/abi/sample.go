package abi

import (
	"time"

	"strowger/core/catalog"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/scan"
	"strowger/core/stats"
)

// AppendSample appends s as JSON: what fold takes and a record carries. Times are cut to
// microseconds; what is zero or not known is left out. Counts of tokens and prices lie
// from 0 to 2^53-1.
func AppendSample(dst []byte, s stats.Sample) []byte {
	w := jsonout.Writer{Buf: dst}
	w.Begin('{')
	w.String("endpoint", s.Endpoint)
	w.Int("at_us", s.At.UnixMicro())
	w.String("outcome", s.Outcome.String())
	if s.Stream {
		w.Bool("stream", true)
	}
	w.OptInt("status", int64(s.Status))
	w.OptInt("first_token_us", s.FirstToken.Microseconds())
	w.OptInt("total_us", s.Total.Microseconds())
	if u := s.Usage; u.Known || u.Estimated {
		w.BeginAt("tokens", '{')
		for _, n := range usageNumbers(&u) {
			w.OptInt(n.name, exact(max(*n.at, 0)))
		}
		if u.Estimated {
			w.Bool("estimated", true)
		}
		w.End('}')
	}
	if p := s.Price; p.Known {
		w.BeginAt("price", '{')
		for _, n := range priceNumbers(&p) {
			w.OptInt(n.name, exact(max(*n.at, 0)))
		}
		w.End('}')
		w.Int("cost_micro", exact(max(s.Cost, 0)))
	}
	if !s.RetryAt.IsZero() {
		w.Int("retry_at_us", exact(s.RetryAt.UnixMicro()))
	}
	w.OptString("account", s.Account)
	if s.Resumed {
		w.Bool("resumed", true)
	}
	w.End('}')
	return w.Buf
}

// ReadSample reads what AppendSample wrote. The error is of type *Error.
func ReadSample(doc []byte) (stats.Sample, error) {
	s, err := readSample(doc)
	if err != nil {
		return stats.Sample{}, err
	}
	return s, nil
}

func readSample(doc []byte) (stats.Sample, *Error) {
	var s stats.Sample
	var at, cost bool
	f := &fields{doc: doc}
	m := scan.Object(doc)
	for m.Next() {
		v := m.Value()
		switch string(m.Key()) {
		case "endpoint":
			s.Endpoint = f.text("endpoint", v, MaxControl)
		case "at_us":
			s.At, at = moment(f.micros("at_us", v)), true
		case "outcome":
			s.Outcome = stats.OutcomeNamed(f.text("outcome", v, maxName))
			f.known(s.Outcome != stats.OutcomeNone, "outcome", v)
		case "stream":
			s.Stream = f.flag("stream", v)
		case "status":
			s.Status = int(f.int("status", v, 0, 999))
		case "first_token_us":
			s.FirstToken = time.Duration(f.micros("first_token_us", v)) * time.Microsecond
		case "total_us":
			s.Total = time.Duration(f.micros("total_us", v)) * time.Microsecond
		case "tokens":
			readUsage(f, v, &s.Usage)
		case "price":
			s.Price.Known = true
			p := priceNumbers(&s.Price)
			readNumbers(f, v, p[:])
		case "cost_micro":
			s.Cost, cost = f.micros("cost_micro", v), true
		case "retry_at_us":
			s.RetryAt = moment(f.micros("retry_at_us", v))
		case "account":
			s.Account = f.text("account", v, catalog.MaxName)
		case "resumed":
			s.Resumed = f.flag("resumed", v)
		default:
			f.unknown(m.Key())
		}
	}
	f.end(m.Err())
	f.need(s.Endpoint != "", "endpoint")
	f.need(at, "at_us")
	f.need(s.Outcome != stats.OutcomeNone, "outcome")
	f.need(s.Price.Known || !cost, "price")
	return s, f.err
}

// number is a member of an object of numbers.
type number struct {
	name string
	at   *int64
}

func usageNumbers(u *llm.Usage) [7]number {
	return [7]number{{"input", &u.Input}, {"cache_read", &u.CacheRead}, {"cache_write", &u.CacheWrite}, {"cache_write_1h", &u.CacheWriteHour},
		{"output", &u.Output}, {"reasoning", &u.Reasoning}, {"images", &u.Images}}
}

func priceNumbers(p *stats.Price) [8]number {
	return [8]number{{"input", &p.Input}, {"cache_read", &p.CacheRead}, {"cache_write", &p.CacheWrite}, {"cache_write_1h", &p.CacheWriteHour},
		{"output", &p.Output}, {"reasoning", &p.Reasoning}, {"request", &p.Request}, {"image", &p.Image}}
}

func readUsage(f *fields, v scan.Value, u *llm.Usage) {
	numbers := usageNumbers(u)
	m := scan.ObjectAt(f.doc, v)
	for m.Next() {
		if m.KeyIs("estimated") {
			u.Estimated = f.flag("estimated", m.Value())
			continue
		}
		f.number(m.Key(), m.Value(), numbers[:])
	}
	f.end(m.Err())
	u.Known = !u.Estimated
}

func readNumbers(f *fields, v scan.Value, numbers []number) {
	m := scan.ObjectAt(f.doc, v)
	for m.Next() {
		f.number(m.Key(), m.Value(), numbers)
	}
	f.end(m.Err())
}

func (f *fields) number(key []byte, v scan.Value, numbers []number) {
	for _, n := range numbers {
		if n.name == string(key) {
			*n.at = f.int(n.name, v, 0, maxMicros)
			return
		}
	}
	f.unknown(key)
}
