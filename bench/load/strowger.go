package main

import (
	"context"
	"fmt"
	"os"

	"strowger/bench/process"
	"strowger/bench/traffic"
)

// keyName is the environment variable with the provider's key.
const keyName = "STROWGER_LOAD_KEY"

// offer is an endpoint of the model, at a provider of its own: its prices are dollars for a million tokens.
type offer struct {
	provider      string
	input, output float64
}

// plainOffers are two, as a router's would be; the first serves everything.
func plainOffers() []offer { return []offer{{"sim", 2.5, 10}, {"spare", 3, 12}} }

// candidates is the number of endpoints where there is something to choose.
const candidates = 8

// routingOffers are that many, all much alike.
func routingOffers() (all []offer) {
	for i := range candidates {
		all = append(all, offer{fmt.Sprintf("sim%d", i), 2.5 + 0.01*float64(i), 10})
	}
	return all
}

// configuration has these endpoints.
func configuration(provider string, offers []offer) []byte {
	b := []byte("providers:\n")
	for _, o := range offers {
		b = fmt.Appendf(b, "  %s: {schema: openai, base_url: \"http://%s/v1\", api_key: \"env:%s\"}\n", o.provider, provider, keyName)
	}
	b = fmt.Appendf(b, "models:\n  %s:\n    endpoints:\n", traffic.Model)
	for _, o := range offers {
		b = fmt.Appendf(b, "      - {provider: %s, model: %s, price: {input: %.2f, output: %g}, context: 128000}\n", o.provider, traffic.Upstream, o.input, o.output)
	}
	return b
}

// routing is the same with the strategy value.
func routing(provider string, offers []offer) []byte {
	return append([]byte("routing: {strategy: value}\n"), configuration(provider, offers)...)
}

// directives are in the body of requests for which there is something to choose.
const directives = `"provider":{"ignore":["nobody"],"max_price":{"prompt":50},"preferred_max_latency":30},`

// serve starts "strowger serve" with that configuration in front of the provider. Its record
// is in data; another process that has it already keeps this one from recording.
func (m *meter) serve(ctx context.Context, name, dir, data string, config []byte) (*process.Process, error) {
	cmd, err := process.ServeData(m.o.strowger, dir, data, config)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(os.Environ(), keyName+"="+traffic.Key)
	return m.start(ctx, name, cmd)
}
