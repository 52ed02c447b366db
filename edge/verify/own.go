package verify

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/edge/abi"
)

// epoch is a moment to begin at.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Own makes requests against a catalog of somebody's own: for each model, alias and route, in
// each schema and operation, as streams and not, with tools, images and forms, after random
// measurements, at providers that fail. At most so many requests, spread over all.
func Own(cfg catalog.Config, most int) Source {
	return Source{"catalog", func(r *Recorder) error {
		cat, err := catalog.New(cfg)
		if err != nil {
			return err
		}
		o := &own{Recorder: r, cfg: cfg, cat: cat, router: router.New(cat), endpoints: endpointsOf(cat)}
		all := o.targets()
		if len(all) == 0 && r.wants("catalog/0") {
			return errors.New("catalog: there is no model, alias or route in it to ask for: nothing was compared")
		}
		targets := spread(all, most)
		for n := 0; n*requestsOfCase < len(targets); n++ {
			part := targets[n*requestsOfCase : min(len(targets), (n+1)*requestsOfCase)]
			if err := r.Case("catalog/"+strconv.Itoa(n), func() error { return o.requests(uint64(n), part) }); err != nil {
				return err
			}
		}
		return nil
	}}
}

// spread is all targets several times over, or as many of them as may be, from all over the list.
func spread(all []target, most int) (list []target) {
	if len(all) == 0 {
		return nil
	}
	for i := range min(most, len(all)*roundsOfTargets) {
		at := i % len(all)
		if len(all) > most {
			at = i * len(all) / most
		}
		list = append(list, all[at])
	}
	return list
}

// roundsOfTargets is how often the same is asked for, each time in other words and after other
// measurements.
const roundsOfTargets = 10

// requestsOfCase is how many requests share what a case has measured.
const requestsOfCase = 20

// own makes the cases of one catalog.
type own struct {
	*Recorder
	cfg       catalog.Config
	cat       *catalog.Catalog
	router    *router.Router
	endpoints []string
}

// target is a way to ask for a model.
type target struct {
	entry router.Entry
	model string
}

// targets are all ways to ask for all models.
func (o *own) targets() (list []target) {
	add := func(path, model string) {
		if entry, ok := o.router.EntryOf(path); ok {
			list = append(list, target{entry, model})
		}
	}
	names := o.cat.IDs()
	for _, a := range o.cfg.Aliases {
		names = append(names, a.Name)
	}
	if len(o.cfg.Routing.Auto.Models) > 0 {
		names = append(names, "auto", "auto:cost")
	}
	for i, name := range names {
		if suffixes := catalog.SuffixNames(); i%3 == 0 && !strings.Contains(name, ":") {
			add("/v1/chat/completions", name+":"+strings.TrimPrefix(suffixes[i%len(suffixes)], ":"))
		}
		for _, path := range []string{"/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/completions", "/v1/embeddings", "/v1/messages/count_tokens"} {
			add(path, name)
		}
		for _, action := range []string{"generateContent", "streamGenerateContent", "countTokens", "embedContent"} {
			add("/v1beta/models/"+name+":"+action, name)
		}
	}
	for i := range o.cfg.Routes {
		path := o.cfg.Routes[i].Path
		some := names[:min(len(names), 20)]
		if len(some) == 0 {
			some = []string{noModel}
		}
		for _, name := range some {
			add(path, name)
			add(path+"/v1beta/models/"+name+":generateContent", name)
			add(path+"/v1beta/models/"+name+":streamGenerateContent", name)
		}
	}
	return list
}

// noModel is asked for where a configuration names none: the arms of its routes do.
const noModel = "any/model"

// requests makes a case: the targets, one after the other.
func (o *own) requests(n uint64, targets []target) error {
	random := numbers(n)
	if _, err := Configure(o.Recorder, o.cfg); err != nil {
		return err
	}
	now := epoch.Add(time.Duration(n) * time.Hour)
	if err := o.measure(random, now); err != nil {
		return err
	}
	if _, err := o.Call("models", 0, abi.AppendModels(nil, ""), nil); err != nil {
		return err
	}
	play := &player{Recorder: o.Recorder, random: random, now: now}
	for i, t := range targets {
		a := newAsk(random, t.model, t.entry.Stream || random.IntN(2) == 0)
		call := router.Call{ID: "own-" + strconv.Itoa(i), Seed: random.Uint64(), Entry: t.entry, Body: a.body(t.entry.Schema, t.entry.Operation)}
		if keys := o.cfg.Keys; len(keys) > 0 && random.IntN(2) == 0 {
			call.Key = keys[random.IntN(len(keys))].Name
		}
		if err := decide(o.Recorder, call, play.now); err != nil {
			return err
		}
		if err := play.open(call); err != nil {
			return err
		}
	}
	return nil
}

// measure folds samples of the last minutes.
func (o *own) measure(random *rand.Rand, now time.Time) error {
	if len(o.endpoints) == 0 {
		return nil
	}
	at := now.Add(-10 * time.Minute)
	for range random.IntN(120) {
		at = at.Add(time.Duration(random.IntN(5_000_000)) * time.Microsecond)
		s := stats.Sample{Endpoint: o.endpoints[random.IntN(len(o.endpoints))], At: at, Outcome: stats.OutcomeOK, Status: 200, Stream: random.IntN(2) == 0}
		s.FirstToken = time.Duration(1+random.IntN(3000)) * time.Millisecond
		s.Total = s.FirstToken + time.Duration(random.IntN(20_000))*time.Millisecond
		s.Usage = llm.Usage{Known: true, Input: int64(random.IntN(5000)), Output: int64(random.IntN(2000))}
		if random.IntN(5) == 0 {
			s.Outcome = stats.Outcome(2 + random.IntN(int(stats.OutcomeAbandoned)-1))
			s.FirstToken, s.Usage = 0, llm.Usage{}
		}
		if err := fold(o.Recorder, s); err != nil {
			return err
		}
	}
	return nil
}

// endpointsOf are the endpoints that something can be measured of: those of models, and of routes' arms.
func endpointsOf(cat *catalog.Catalog) (ids []string) {
	add := func(list []catalog.Endpoint) {
		for i := range list {
			if id := list[i].ID; id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	for _, id := range cat.IDs() {
		add(cat.Model(id).Endpoints)
	}
	for i := range cat.Config().Routes {
		add(cat.Config().Routes[i].Endpoints)
	}
	return ids
}
