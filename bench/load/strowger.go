package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"strowger/bench/process"
)

// keyName is the environment variable with the provider's key.
const keyName = "STROWGER_LOAD_KEY"

// configuration has two endpoints, as a router's would; the first serves everything.
const configuration = `providers:
  sim: {schema: openai, base_url: "http://%[1]s/v1", api_key: "env:%[2]s"}
  spare: {schema: openai, base_url: "http://%[1]s/v1", api_key: "env:%[2]s"}
models:
  %[3]s:
    endpoints:
      - {provider: sim, model: sim-1, price: {input: 2.5, output: 10}, context: 128000}
      - {provider: spare, model: sim-1, price: {input: 3, output: 12}, context: 128000}
`

// serve starts "strowger serve" in front of the provider, with a new record in dir, and
// gives the time it took to the first answer.
func serve(ctx context.Context, c cores, binary, dir, provider string, serial *atomic.Int64) (*process.Process, time.Duration, error) {
	dir, err := os.MkdirTemp(dir, "serve-")
	if err != nil {
		return nil, 0, err
	}
	cmd, err := process.Serve(binary, dir, fmt.Appendf(nil, configuration, provider, keyName, model))
	if err != nil {
		return nil, 0, err
	}
	cmd.Env = append(os.Environ(), keyName+"="+key)
	begin := time.Now()
	p, err := start(ctx, c, nameStrowger, cmd)
	if err != nil {
		return nil, 0, err
	}
	b, err := openBlock(ctx, workloads("")[0], p.Addr, 1, serial)
	if err == nil {
		b.send(ctx, 1)
		b.close()
		if len(b.wrong) > 0 {
			err = b.wrong[0]
		}
	}
	took := time.Since(begin)
	if err != nil {
		_ = p.Stop() // the error is why
		return nil, 0, fmt.Errorf("%s, the first answer: %w", nameStrowger, err)
	}
	return p, took, nil
}

// patience is how long the first answer of anything may take.
const patience = 15 * time.Second

// record is what strowger says of its record.
type record struct {
	Requests int64 `json:"requests"`
	Written  int64 `json:"written"`
	Dropped  int64 `json:"dropped"`
}

// readRecord asks for it.
func readRecord(ctx context.Context, addr string) (record, error) {
	var status struct {
		Requests int64  `json:"requests"`
		Store    record `json:"store"`
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/_/api/status", nil)
	if err != nil {
		return record{}, err
	}
	req.Close = true // a kept connection would hold up its end
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return record{}, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&status); err != nil {
		return record{}, fmt.Errorf("/_/api/status: %w", err)
	}
	status.Store.Requests = status.Requests
	return status.Store, nil
}

// Recording waits a quarter of a second for a batch to fill; asking costs CPU time that
// is counted, so it is not asked often.
const (
	flushTime  = 280 * time.Millisecond
	recordTime = 10 * time.Second
)

// recorded waits until so many requests are written or dropped, for as long as most.
func recorded(ctx context.Context, addr string, sent int64, most time.Duration) (record, error) {
	late := time.Now().Add(most)
	for {
		select {
		case <-time.After(flushTime):
		case <-ctx.Done():
			return record{}, ctx.Err()
		}
		r, err := readRecord(ctx, addr)
		if err != nil {
			return r, err
		}
		if r.Requests > sent || r.Written+r.Dropped > sent {
			return r, fmt.Errorf("%d requests were sent, but strowger counts %d, and recorded %d", sent, r.Requests, r.Written+r.Dropped)
		}
		if r.Written+r.Dropped == sent {
			return r, nil
		}
		if time.Now().After(late) {
			return r, fmt.Errorf("%d requests were sent, but %d are recorded and %d dropped after %s", sent, r.Written, r.Dropped, most)
		}
	}
}
