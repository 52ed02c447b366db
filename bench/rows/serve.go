package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"strowger/bench/process"
)

// configuration is of a strowger with a provider and a model, that keeps the whole record.
const configuration = `listen: 127.0.0.1:0
record:
  retention: 87600h
providers:
  openai:
    schema: openai
    base_url: http://127.0.0.1:9/v1
models:
  openai/gpt-4o:
    endpoints:
      - provider: openai
`

// serve runs strowger without a window with a record, an empty one if it is not named, and tells
// how long it took until it answered, and what it holds in memory after it has rested for a while.
func serve(ctx context.Context, record string, rest time.Duration, out io.Writer) (ok bool, err error) {
	dir, err := os.MkdirTemp("", "rows")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "strowger")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if err := process.Build(ctx, binary, "-trimpath", "-ldflags", "-s -w"); err != nil {
		return false, err
	}
	name := "an empty record"
	if record != "" {
		if record, err = filepath.Abs(record); err == nil {
			err = os.Symlink(record, process.Data(dir))
		}
		name = "this record"
	}
	if err != nil {
		return false, err
	}
	cmd, err := process.Serve(binary, dir, []byte(configuration))
	if err != nil {
		return false, err
	}
	began := time.Now()
	p, err := process.Start(ctx, "strowger", cmd, cmd.Start)
	if err != nil {
		return false, err
	}
	defer p.Stop()
	took, err := answered(ctx, p.Addr, began)
	if err != nil {
		return false, err
	}
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-time.After(rest):
	}
	resident, own, err := process.Memory(p.Pid)
	if err != nil {
		return false, err
	}
	mib := func(n int64) float64 { return float64(n) / (1 << 20) }
	fmt.Fprintf(out, "headless, %s: first answer after %s (limit %s), %.1f MiB in memory after %s (limit %d): %.1f its own, %.1f pages of its program's file\n",
		name, ms(took), openLimit, mib(resident), rest, idleLimit>>20, mib(own), mib(resident-own))
	return took <= openLimit && resident <= idleLimit, p.Stop()
}

// answered asks for the models and tells when the answer was there.
func answered(ctx context.Context, addr string, began time.Time) (time.Duration, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/v1/models", nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return 0, err
	}
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("GET /v1/models: %s", answer.Status)
	}
	return time.Since(began), nil
}
