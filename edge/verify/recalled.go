package verify

import (
	"fmt"
	"strconv"

	"strowger/core/llm"
	"strowger/core/plan/plantest"
	"strowger/core/router"
	"strowger/edge/abi"
)

// Recalled are decisions of generated cases, each made again from its own JSON: on the native core
// to the byte, or it is an error, and so on every host that has the method. The filter of proxies
// does not.
func Recalled(cases int) Source {
	return Source{"recalled", func(r *Recorder) error {
		for n := range uint64(cases) {
			name := "recalled/" + strconv.FormatUint(n, 10)
			if err := r.Case(name, func() error { return recalled(r, n) }); err != nil {
				return err
			}
		}
		return nil
	}}
}

func recalled(r *Recorder, n uint64) error {
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
	entry, bodies := router.Entry{Schema: llm.SchemaOpenAI, Operation: llm.OperationChat}, [][]byte{c.Body}
	if n%3 == 0 {
		bodies = c.Conversation(DecisionsOfCase)
	} else if c.Route != "" {
		entry, _ = router.New(cat).EntryOf(c.Route)
	}
	for i, body := range bodies {
		call := router.Call{ID: fmt.Sprint("d", i), Seed: c.Seed + uint64(i), Entry: entry, Key: c.Key, Body: body, ProviderHeader: c.Header}
		result, err := r.Call("decide", 0, abi.AppendDecide(nil, call, c.Now), body)
		if err != nil {
			return err
		}
		decided, err := abi.DecodeResult(result, abi.KindDecided)
		if err != nil {
			continue // the request is refused
		}
		result, err = r.Call("recall", 0, []byte("{}"), decided.Raw)
		if err != nil {
			return err
		}
		switch again, err := abi.DecodeResult(result, abi.KindRecalled); {
		case err != nil:
			return err
		case !again.Equal:
			return fmt.Errorf("decided\n%s\nand again\n%s", decided.Raw, again.Raw)
		}
	}
	return nil
}
