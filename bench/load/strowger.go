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

// configuration has two endpoints, as a router's would; the first serves everything.
func configuration(provider string) []byte {
	return fmt.Appendf(nil, `providers:
  sim: {schema: openai, base_url: "http://%[1]s/v1", api_key: "env:%[2]s"}
  spare: {schema: openai, base_url: "http://%[1]s/v1", api_key: "env:%[2]s"}
models:
  %[3]s:
    endpoints:
      - {provider: sim, model: %[4]s, price: {input: 2.5, output: 10}, context: 128000}
      - {provider: spare, model: %[4]s, price: {input: 3, output: 12}, context: 128000}
`, provider, keyName, traffic.Model, traffic.Upstream)
}

// directives are in the body of requests for which there is something to choose.
const directives = `"provider":{"ignore":["nobody"],"max_price":{"prompt":50},"preferred_max_latency":30},`

// candidates is the number of endpoints where there is something to choose.
const candidates = 8

// routing has that many endpoints, all much alike, and the strategy value.
func routing(provider string) []byte {
	b := []byte("routing: {strategy: value}\nproviders:\n")
	for i := range candidates {
		b = fmt.Appendf(b, "  sim%d: {schema: openai, base_url: \"http://%s/v1\", api_key: \"env:%s\"}\n", i, provider, keyName)
	}
	b = fmt.Appendf(b, "models:\n  %s:\n    endpoints:\n", traffic.Model)
	for i := range candidates {
		b = fmt.Appendf(b, "      - {provider: sim%d, model: %s, price: {input: %.2f, output: 10}, context: 128000}\n", i, traffic.Upstream, 2.5+0.01*float64(i))
	}
	return b
}

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
