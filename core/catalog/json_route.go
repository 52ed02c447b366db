package catalog

import "strowger/core/jsonout"

func writeAliases(w *jsonout.Writer, aliases []Alias) {
	list(w, "aliases", aliases, func(a *Alias) {
		w.String("name", a.Name)
		w.String("means", a.Means)
	})
}

func writeRoutes(w *jsonout.Writer, routes []Route) {
	list(w, "routes", routes, func(r *Route) {
		w.String("path", r.Path)
		w.OptString("schema", r.Schema.String())
		optBool(w, "failover", r.Failover)
		optBool(w, "load_balancing", r.LoadBalancing)
		w.OptString("sticky", r.Sticky.String())
		writeCache(w, r.Cache)
		writeCostLimits(w, r.CostLimits)
		writeRouting(w, &r.Routing)
		writeTimeouts(w, r.Timeouts)
		list(w, "arms", r.Arms, func(a *Arm) {
			w.String("provider", a.Provider)
			w.OptString("model", a.Model)
			w.OptInt("weight", int64(a.Weight))
			w.OptInt("timeout_us", a.Timeout.Microseconds())
			writePrice(w, &a.Price)
		})
	})
}

func writeKeys(w *jsonout.Writer, keys []Key) {
	list(w, "keys", keys, func(k *Key) {
		w.String("name", k.Name)
		w.String("sha256", k.SHA256)
		writeCostLimits(w, k.CostLimits)
		w.OptInt("rate_requests", int64(k.Rate.Requests))
		w.OptInt("rate_per_us", k.Rate.Per.Microseconds())
	})
}

func writeCostLimits(w *jsonout.Writer, limits []CostLimit) {
	list(w, "cost_limits", limits, func(l *CostLimit) {
		w.OptInt("most", l.Most)
		w.OptString("per", l.Per.String())
	})
}

func writeCache(w *jsonout.Writer, c Cache) {
	if c == (Cache{}) {
		return
	}
	w.BeginAt("cache", '{')
	w.OptInt("ttl_us", c.TTL.Microseconds())
	optBool(w, "off", c.Off)
	w.OptInt("max_bytes", c.MaxBytes)
	optBool(w, "coalesce", c.Coalesce)
	w.End('}')
}

// list writes an array of objects, each of them by write, unless there are none.
func list[T any](w *jsonout.Writer, key string, of []T, write func(*T)) {
	if len(of) == 0 {
		return
	}
	w.BeginAt(key, '[')
	for i := range of {
		w.Begin('{')
		write(&of[i])
		w.End('}')
	}
	w.End(']')
}
