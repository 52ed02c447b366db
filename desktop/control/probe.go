package control

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/jsonout"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/desktop/control/reply"
)

// ProbeKey is the name that probes stand under in the record, in the place of a client key's.
const ProbeKey = "probe"

const (
	probePath  = "/v1/chat/completions"
	probeTime  = 30 * time.Second
	probeInput = 16 // tokens of the probe's prompt, at most
)

// probe sends one minimal request to an endpoint, or says what that would cost.
func (c *Control) probe(w http.ResponseWriter, r *http.Request) {
	name, ok := c.named(w, r)
	if !ok {
		return
	}
	body, ok := reply.Body(w, r, 4<<10)
	if !ok {
		return
	}
	var ask struct {
		Endpoint string `json:"endpoint"`
		DryRun   *bool  `json:"dry_run"`
	}
	if err := json.Unmarshal(body, &ask); err != nil {
		reply.Fail(w, http.StatusBadRequest, `the body must be {"dry_run": true} or false, and may name an endpoint: `+err.Error())
		return
	}
	if ask.DryRun == nil {
		reply.Fail(w, http.StatusBadRequest, "dry_run: must be true, which sends nothing, or false, which sends a request that may cost something")
		return
	}
	e := probed(c.o.Catalog(), name, ask.Endpoint)
	switch {
	case e == nil && ask.Endpoint != "":
		reply.Fail(w, http.StatusBadRequest, "endpoint: "+ask.Endpoint+" is none of "+name+" that is switched on")
	case e == nil:
		reply.Fail(w, http.StatusBadRequest, name+" has no endpoint that is switched on")
	case *ask.DryRun:
		sayProbe(w, e)
	default:
		c.sendProbe(w, r, e)
	}
}

// probed is the endpoint of that id, or the cheapest of the provider that chats.
func probed(cat *catalog.Catalog, provider, id string) (best *catalog.Endpoint) {
	models := cat.Config().Models
	for i := range models {
		for j := range models[i].Endpoints {
			e := &models[i].Endpoints[j]
			switch {
			case e.Provider != provider || e.Disabled || id != "" && e.ID != id:
			case id != "":
				return e
			case models[i].Chats() && (best == nil || cheaper(e, best)):
				best = e
			}
		}
	}
	return best
}

// cheaper reports whether a probe is known to cost less at a.
func cheaper(a, b *catalog.Endpoint) bool {
	if a.Price.Known != b.Price.Known {
		return a.Price.Known
	}
	return a.Price.Known && a.Price.Output+a.Price.Input < b.Price.Output+b.Price.Input
}

// probeOutput is how many tokens are asked for: as few as the endpoint's schema, and its model,
// take.
func probeOutput(e *catalog.Endpoint) (field string, tokens int64) {
	switch {
	case e.Reasons():
		return "max_completion_tokens", 16
	case e.Schema == llm.SchemaResponses:
		return "max_tokens", 16
	}
	return "max_tokens", 1
}

func sayProbe(w http.ResponseWriter, e *catalog.Endpoint) {
	_, tokens := probeOutput(e)
	cost := e.Price.Most(llm.Usage{Input: probeInput, Output: tokens})
	says := "one request of about " + strconv.Itoa(probeInput) + " tokens and at most " + strconv.FormatInt(tokens, 10) + " of output to " + e.ID
	if e.Price.Known {
		says += ", about $" + llm.Dollars(cost)
	} else {
		says += ", at a price that is not known"
	}
	j := jsonout.Writer{}
	j.Begin('{')
	j.String("endpoint", e.ID)
	j.IntOrNull("estimate_micro", cost, e.Price.Known)
	j.String("says", says)
	j.End('}')
	reply.JSON(w, j.Buf)
}

// probeBody asks an endpoint's model for as little as can be, at its provider alone.
func probeBody(cat *catalog.Catalog, e *catalog.Endpoint) []byte {
	field, tokens := probeOutput(e)
	j := jsonout.Writer{}
	j.Begin('{')
	j.String("model", e.Model)
	j.Bool("stream", true)
	j.Int(field, tokens)
	j.BeginAt("messages", '[')
	j.Begin('{')
	j.String("role", "user")
	j.String("content", "Say ok.")
	j.End('}')
	j.End(']')
	j.BeginAt("provider", '{')
	j.Strings("only", []string{e.Provider})
	j.Strings("order", []string{e.Provider})
	var others []string
	for _, name := range cat.ProviderNames() { // google means google/eu too
		if name != e.Provider && catalog.MatchProvider(e.Provider, name) {
			others = append(others, name)
		}
	}
	j.Strings("ignore", others)
	j.Bool("allow_fallbacks", false)
	j.End('}')
	j.End('}')
	return j.Buf
}

func (c *Control) sendProbe(w http.ResponseWriter, r *http.Request, e *catalog.Endpoint) {
	ctx, cancel := context.WithTimeout(r.Context(), probeTime)
	defer cancel()
	rep, err := c.o.Exchanges.Carry(ctx, probePath, router.Call{Key: ProbeKey, CacheControl: "no-cache, no-store", Body: probeBody(c.o.Catalog(), e)})
	if err != nil {
		reply.Fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	reply.JSON(w, appendProbe(nil, rep, e.ID))
}

// appendProbe appends what became of a probe.
func appendProbe(dst []byte, r *exchange.Report, endpoint string) []byte {
	w := jsonout.Writer{Buf: dst}
	outcome, status, message := r.Outcome, 0, ""
	cost, priced := r.Cost+r.Wasted, (r.Priced || r.Served == 0) && !r.WastedUnknown
	if r.Error != nil {
		message = r.Error.Message
	}
	if n := len(r.Attempts); n > 0 {
		a := &r.Attempts[n-1]
		endpoint, outcome, status = a.Endpoint, a.Outcome.String(), a.Status
		if a.Message != "" {
			message = a.Message
		}
	}
	w.Begin('{')
	w.String("endpoint", endpoint)
	w.String("outcome", outcome)
	w.Int("status", int64(status))
	w.IntOrNull("first_us", micros(r.First), r.First > 0)
	w.Int("total_us", micros(r.Total))
	w.IntOrNull("cost_micro", cost, priced)
	w.String("message", message)
	w.String("id", r.ID)
	w.End('}')
	return w.Buf
}
