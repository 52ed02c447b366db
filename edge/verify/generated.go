package verify

import (
	"fmt"
	"strconv"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/plan/plantest"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/edge/abi"
)

// DecisionsOfCase is how many decisions a generated case asks for.
const DecisionsOfCase = 4

// Generated are cases of package plantest: configurations, measurements and requests made from
// numbers. A third of them are conversations for auto mode. Each case decides, and carries
// exchanges out.
func Generated(cases int) Source {
	return Source{"generated", func(r *Recorder) error {
		for n := range uint64(cases) {
			name := "generated/" + strconv.FormatUint(n, 10)
			if err := r.Case(name, func() error { return generated(r, n) }); err != nil {
				return err
			}
		}
		return nil
	}}
}

func generated(r *Recorder, n uint64) error {
	c := plantest.Generate(n)
	cat, err := Configure(r, c.Config)
	if err != nil {
		return err
	}
	for _, s := range c.Samples {
		if err := fold(r, s); err != nil {
			return err
		}
	}
	entry := router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}
	play := &player{Recorder: r, random: numbers(n), now: c.Now}
	if n%3 == 0 {
		for i, body := range c.Conversation(DecisionsOfCase) {
			call := router.Call{ID: fmt.Sprint("d", i), Seed: c.Seed + uint64(i), Entry: entry, Key: c.Key, Body: body}
			if err := decide(r, call, play.now); err != nil {
				return err
			}
			if err := play.open(call); err != nil {
				return err
			}
		}
		return nil
	}
	if c.Route != "" {
		entry, _ = router.New(cat).EntryOf(c.Route)
	}
	call := router.Call{ID: "d", Entry: entry, Key: c.Key, Body: c.Body, ProviderHeader: c.Header}
	for seed := range uint64(DecisionsOfCase) {
		call.Seed = c.Seed + seed
		if err := decide(r, call, c.Now); err != nil {
			return err
		}
	}
	return play.open(call)
}

// Configure begins a case with a catalog.
func Configure(r *Recorder, cfg catalog.Config) (*catalog.Catalog, error) {
	cat, err := catalog.New(cfg)
	if err != nil {
		return nil, err
	}
	result, err := r.Call("configure", 0, abi.AppendConfigure(nil, true), catalog.AppendJSON(nil, cfg))
	if err != nil {
		return nil, err
	}
	got, err := abi.DecodeResult(result, abi.KindConfigured)
	if err == nil && got.Rev != cat.Rev() {
		err = fmt.Errorf("the catalog's revision is %s, read again %s", cat.Rev(), got.Rev)
	}
	return cat, err
}

func fold(r *Recorder, s stats.Sample) error {
	_, err := r.Call("fold", 0, []byte("{}"), abi.AppendSample(nil, s))
	return err
}

func decide(r *Recorder, c router.Call, now time.Time) error {
	_, err := r.Call("decide", 0, abi.AppendDecide(nil, c, now), c.Body)
	return err
}
