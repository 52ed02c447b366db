package abi

import (
	"time"

	"strowger/core/catalog"
	"strowger/core/jsonout"
	"strowger/core/limits"
	"strowger/core/policy"
	"strowger/core/scan"
)

// admission is what admit and settle carry.
type admission struct {
	limits.Admission
	spent catalog.MicroDollars
}

func writeAdmission(w *jsonout.Writer, a *limits.Admission) {
	w.OptString("client_key", a.Key)
	if a.Rate != (catalog.Rate{}) {
		w.BeginAt("rate", '{')
		w.Int("requests", int64(a.Rate.Requests))
		w.Int("per_us", exact(a.Rate.Per.Microseconds()))
		w.End('}')
	}
	w.BeginAt("limits", '[')
	for _, l := range a.Limits {
		w.Begin('{')
		w.String("account", l.Account)
		w.String("per", l.Per.String())
		w.Int("most_micro", exact(l.Most))
		w.End('}')
	}
	w.End(']')
	w.Int("amount_micro", exact(a.Amount))
}

// field reads a member of what admit and settle carry.
func (a *admission) field(f *fields, key string, v scan.Value) bool {
	switch key {
	case "client_key":
		a.Key = f.text(key, v, len(f.doc))
	case "rate":
		var requests, per int64
		readNumbers(f, v, []number{{"requests", &requests}, {"per_us", &per}})
		a.Rate = catalog.Rate{Requests: int(requests), Per: time.Duration(per) * time.Microsecond}
	case "limits":
		e := scan.ArrayAt(f.doc, v)
		for e.Next() {
			a.Limits = append(a.Limits, readLimit(f, e.Value()))
		}
		f.end(e.Err())
	case "amount_micro":
		a.Amount = f.micros(key, v)
	case "spent_micro":
		a.spent = f.micros(key, v)
	default:
		return false
	}
	return true
}

// limited reads what only admit, settle, lookup and keep have.
func (r *reply) limited(f *fields, key string, v scan.Value) bool {
	switch key {
	case "wait":
		r.wait = f.flag(key, v)
	case "ttl_us":
		r.ttl = f.micros(key, v)
	case "question_bytes":
		r.size = f.int(key, v, 0, MaxRaw)
	default:
		return r.money.field(f, key, v)
	}
	return true
}

func readLimit(f *fields, v scan.Value) (l policy.Limit) {
	m := scan.ObjectAt(f.doc, v)
	for m.Next() {
		switch v := m.Value(); string(m.Key()) {
		case "account":
			l.Account = f.text("account", v, len(f.doc))
		case "per":
			l.Per = catalog.PerNamed(f.text("per", v, maxName))
			f.known(l.Per != catalog.PerNone, "per", v)
		case "most_micro":
			l.Most = f.micros("most_micro", v)
		default:
			f.unknown(m.Key())
		}
	}
	f.end(m.Err())
	return l
}
