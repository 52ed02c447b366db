package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"strowger/bench/provider"
	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/desktop/app"
	"strowger/desktop/config"
)

// demoModel is the one model of the demo: what differs are the providers.
const demoModel = "demo/" + provider.CastModel

// demoRoute is a path of its own: two providers by weight, answers kept, money limited.
const demoRoute = "/support"

// demoAsk is one of the demo's requests; TEXT stands for what differs from one to the next.
type demoAsk struct{ path, body string }

// A question in the words of the schemas; Anthropic's is OpenAI's here.
const (
	chatQuestion      = `"max_tokens":80,"messages":[{"role":"user","content":"TEXT"}]`
	responsesQuestion = `"max_output_tokens":80,"input":"TEXT"`
	geminiQuestion    = `"generationConfig":{"maxOutputTokens":80},"contents":[{"role":"user","parts":[{"text":"TEXT"}]}]`
)

// asks are the requests of the demo that name their model, in turn: every way of choosing an
// endpoint once, in every schema. Every other request is one of auto mode.
var asks = []demoAsk{
	{chatPath, `{"model":"` + demoModel + `:price","stream":true,` + chatQuestion + `}`},
	{"/v1/messages", `{"model":"` + demoModel + `:latency","stream":true,` + chatQuestion + `}`},
	{demoRoute, `{"stream":true,` + chatQuestion + `}`},
	{chatPath, `{"model":"` + demoModel + `","provider":{"order":["counter","phoenix"]},` + chatQuestion + `}`},
	{"/v1beta/models/" + demoModel + ":throughput:streamGenerateContent?alt=sse", `{` + geminiQuestion + `}`},
	{chatPath, `{"model":"` + demoModel + `","stream":true,"provider":{"routing":"balanced","ignore":["tortoise"]},` + chatQuestion + `}`},
	{demoRoute, `{"stream":true,"user":"ada","messages":[{"role":"user","content":"Who was Almon Strowger?"}]}`},
	{"/v1/responses", `{"model":"` + demoModel + `","stream":true,"provider":{"routing":"value","preferred_max_latency":{"p90":0.3}},` + responsesQuestion + `}`},
	{"/v1/messages", `{"model":"` + demoModel + `","provider":{"sort":"price","only":["bargain","express"]},` + chatQuestion + `}`},
	{chatPath, `{"model":"` + demoModel + `","stream":true,` + chatQuestion + `}`},
}

const chatPath = "/v1/chat/completions"

func demo(ctx context.Context, e *env, args []string) error {
	fs := flags(e, "demo")
	listen := fs.String("listen", config.DefaultListen, "`address` to serve; 127.0.0.1:0 takes a free port")
	data := fs.String("data", "", "`folder` to keep the record in; otherwise it is thrown away")
	rate := fs.Float64("rate", 2, "requests a second, at most 50")
	length := fs.Duration("for", 0, "stop after this `time`; 0 goes on until Ctrl-C")
	seed := fs.Uint64("seed", 1, "decides the providers' luck")
	open := fs.Bool("open", false, "open the dashboard in a browser")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	if *rate <= 0 || *rate > 50 {
		return usageError{errors.New("--rate must be above 0 and at most 50")}
	}
	if *data == "" {
		dir, err := os.MkdirTemp("", "strowger-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		*data = dir
	}
	if *length > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *length)
		defer cancel()
	}
	cfg, stop, err := cast(*seed)
	if err != nil {
		return err
	}
	defer stop()
	a, err := app.Start(ctx, app.Options{Config: cfg, DataDir: *data, Listen: *listen, Version: version,
		Log: slog.New(slog.NewTextHandler(e.err, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return err
	}
	introduce(e.out, a, *seed)
	if *open {
		openBrowser(a.URL() + "/_/")
	}
	var traffic sync.WaitGroup
	traffic.Go(func() { send(ctx, a.URL(), *rate) })
	var saved thrift
	err = wait(ctx, e, a, func(r *exchange.Report) {
		saved.count(r)
		fmt.Fprintln(e.out, requestLine(r))
	})
	traffic.Wait()
	summary(e.out, a)
	saved.print(e.out)
	return err
}

// cast starts the simulated providers and writes the configuration that uses them.
func cast(seed uint64) (*config.Config, func(), error) {
	var servers []*provider.Server
	stop := func() {
		for _, s := range servers {
			_ = s.Close() // simulated: nothing is lost
		}
	}
	c := &config.Config{Listen: config.DefaultListen}
	models := []catalog.Model{{ID: demoModel}}
	for i, talent := range demoTalents {
		models = append(models, catalog.Model{ID: demoPool()[i], Ability: pool.Ability{Own: talent}})
	}
	for _, o := range append(provider.Cast(seed), provider.Flock(seed)...) {
		s, err := provider.Serve(provider.New(o))
		if err != nil {
			stop()
			return nil, nil, err
		}
		servers = append(servers, s)
		c.Catalog.Providers = append(c.Catalog.Providers, catalog.Provider{Name: o.Name, Schema: demoSchema(o), BaseURL: s.BaseURL(o.Schema)})
		i := slices.IndexFunc(models, func(m catalog.Model) bool { return m.ID == "demo/"+o.Models[0] })
		models[i].Endpoints = append(models[i].Endpoints, catalog.Endpoint{Provider: o.Name, Name: o.Models[0],
			Price: catalog.Price{Known: true, Input: microDollars(o.Price.Input), Output: microDollars(o.Price.Output)}})
	}
	c.Catalog.Models, c.Catalog.Routing.Auto.Models = models, demoPool()
	c.Catalog.Routes = []catalog.Route{{
		Path: demoRoute, Failover: true, LoadBalancing: true, Sticky: catalog.StickyUser,
		Cache:      catalog.Cache{TTL: 30 * time.Second},
		CostLimits: []catalog.CostLimit{{Most: 2_000_000, Per: catalog.PerDay}},
		Arms: []catalog.Arm{
			{Provider: "express", Model: provider.CastModel, Weight: 90},
			{Provider: "phoenix", Model: provider.CastModel, Weight: 10},
		},
	}}
	return c, stop, nil
}

// demoSchema is how a simulated provider is asked.
func demoSchema(o provider.Options) llm.Schema {
	return llm.SchemaNamed(cmp.Or(o.Schema, llm.SchemaOpenAI.String()))
}

func microDollars(usd float64) int64 { return int64(usd*1e6 + 0.5) }

func introduce(w io.Writer, a *app.App, seed uint64) {
	tell := func(o provider.Options) {
		fmt.Fprintf(w, "  %-9s %-16s $%g in, $%g out per million tokens. %s\n", o.Name, demoSchema(o), o.Price.Input, o.Price.Output, o.Description)
	}
	fmt.Fprintf(w, "Five simulated providers serve %s:\n", demoModel)
	for _, o := range provider.Cast(seed) {
		tell(o)
	}
	fmt.Fprintf(w, "and three more serve a model each, %s, for auto to choose among (how good each is at what is invented, as they are):\n", strings.Join(demoPool(), ", "))
	for _, o := range provider.Flock(seed) {
		tell(o)
	}
	fmt.Fprintf(w, `
dashboard  %[1]s/_/
try        curl -s %[1]s%[3]s -H 'content-type: application/json' -d '{"model":"%[2]s:price","messages":[{"role":"user","content":"hello"}]}'
or         curl -s %[1]s/v1/messages -H 'content-type: application/json' -d '{"model":"%[2]s:latency","max_tokens":80,"messages":[{"role":"user","content":"hello"}]}'
           (Anthropic's schema; /v1/responses and /v1beta/models/%[2]s:generateContent take OpenAI's newer one and Gemini's)
or         curl -si %[1]s%[4]s -H 'content-type: application/json' -d '{"messages":[{"role":"user","content":"hello"}]}'
           (a route: 90%% express, 10%% phoenix; kept for 30 s, so ask twice; $2 a day)
or         curl -s %[1]s%[3]s -H 'content-type: application/json' -d '{"model":"auto","messages":[{"role":"user","content":"Prove that 2^n > n."}]}'
           (chosen by the request: ask it what two and two make, too; auto:cost, auto:quality and auto:speed say what counts)

`, a.URL(), demoModel, chatPath, demoRoute)
	fmt.Fprintf(w, "%-8s  %-22s %-44s %14s %10s  %s\n", "time", "asked", "attempts", "first/total", "cost", "why")
}

// send keeps a steady stream of requests going, as programs would send them.
func send(ctx context.Context, url string, rate float64) {
	tick := time.NewTicker(time.Duration(float64(time.Second) / rate))
	defer tick.Stop()
	var open sync.WaitGroup
	defer open.Wait()
	slots := make(chan struct{}, 64) // a demo is no load test
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		next := asks[n/2%len(asks)]
		if n%2 == 1 {
			next = demoAuto(n / 2)
		}
		next.body = strings.Replace(next.body, "TEXT", fmt.Sprintf("Tell me story number %d about a telephone exchange.", n), 1)
		select {
		case slots <- struct{}{}:
			open.Go(func() {
				ask(ctx, url, next)
				<-slots
			})
		default:
		}
	}
}

// ask sends one request and reads its answer; how it went is the proxy's to tell. It is
// not cut short by the end of the demo: closing lets what is going on end.
func ask(ctx context.Context, url string, a demoAsk) {
	req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, url+a.path, strings.NewReader(a.body))
	if err != nil {
		return
	}
	req.Header.Set("content-type", "application/json")
	req.Header.Set("anthropic-version", "2023-06-01")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
}

// summary says what the traffic showed.
func summary(w io.Writer, a *app.App) {
	t := a.Feed.Totals()
	if t.Requests == 0 {
		return
	}
	rest := t.Requests - t.FirstTry - t.AfterFallback - t.Failed
	fmt.Fprintf(w, "\n%s: %d served at the first try, %d after a fallback, %d failed, %d refused or left by their callers; $%s spent\n",
		plural(int(t.Requests), "request"), t.FirstTry, t.AfterFallback, t.Failed, rest, llm.Dollars(t.Spend))
}
