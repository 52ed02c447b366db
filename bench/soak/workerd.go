package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// workerd is an exported Worker in a real workerd, as edge/worker/test/serve.mjs runs it.
type workerd struct {
	url string
	cmd *exec.Cmd
	in  io.WriteCloser // it ends when this is closed
}

// startWorkerd exports the Worker for that configuration and runs it.
func startWorkerd(ctx context.Context, binary, dir, config string) (*workerd, error) {
	file, folder := filepath.Join(dir, "strowger.yaml"), filepath.Join(dir, "worker")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	export := exec.CommandContext(ctx, binary, "export", "--target", "worker", "--config", file, "--out", folder, "--json")
	export.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	export.Stderr = os.Stderr
	said, err := export.Output()
	if err != nil {
		return nil, fmt.Errorf("exporting the worker: %w", err)
	}
	var written struct{ Secrets []struct{ Name string } }
	if err := json.Unmarshal(said, &written); err != nil {
		return nil, fmt.Errorf("exporting the worker: %w", err)
	}
	secrets := map[string]string{}
	for _, s := range written.Secrets {
		secrets[s.Name] = providerKey
	}
	bindings, err := json.Marshal(secrets)
	if err != nil {
		return nil, err
	}
	w := &workerd{cmd: exec.Command("node", "edge/worker/test/serve.mjs", folder)}
	w.cmd.Stderr = os.Stderr
	w.in, err = w.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("node, which runs workerd: %w", err)
	}
	if _, err := w.in.Write(append(bindings, '\n')); err != nil {
		return nil, errors.Join(err, w.stop())
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if w.url = strings.TrimSpace(line); err != nil || !strings.HasPrefix(w.url, "http://127.0.0.1:") {
		return nil, errors.Join(fmt.Errorf("workerd has not started: %q", line), err, w.stop())
	}
	go io.Copy(io.Discard, out)
	return w, nil
}

func (w *workerd) stop() error {
	return errors.Join(w.in.Close(), w.cmd.Wait())
}

// health is what the Worker says of itself.
func (w *workerd) health() (status string, instances, memory int64, err error) {
	resp, err := http.Get(w.url + "/_/health")
	if err != nil {
		return "", 0, 0, err
	}
	defer resp.Body.Close()
	var h struct {
		Status            string
		Instances, Memory int64
	}
	err = json.NewDecoder(resp.Body).Decode(&h)
	return h.Status, h.Instances, h.Memory, err
}

// soakWorkerd is a soak of the Worker. It has no record, so that nothing but the answers, and
// what comes to providers, can be held against anything.
func soakWorkerd(ctx context.Context, o options, out io.Writer, binary, dir string, c *company) (err error) {
	w, err := startWorkerd(ctx, binary, dir, configuration(c, bounds(o)))
	if err != nil {
		return errors.Join(err, c.close())
	}
	// workerd ends connections that it keeps whenever it likes, also under a request; at Cloudflare
	// it never meets callers. So each request has a connection of its own.
	cs := newCallers(w.url, newScript(o), c, newTally(), 0)
	began := time.Now()
	limited, cancel := context.WithTimeout(ctx, o.length)
	stop := progress(limited, o, out, cs, c)
	cs.run(limited, o.atOnce, o.requests, time.Second)
	cancel()
	<-stop
	took := time.Since(began)
	var wrongs []string
	if until(func() (bool, error) { return c.open.Load() == 0, nil }) != nil {
		wrongs = append(wrongs, fmt.Sprintf("%d requests are still open at providers, and no caller waits", c.open.Load()))
	}
	status, instances, memory, err := w.health()
	if err != nil || status != "ok" {
		wrongs = append(wrongs, fmt.Sprintf("the Worker is not well after it: %q %v", status, err))
	}
	cs.closeIdle()
	if err := errors.Join(w.stop(), c.close()); err != nil {
		wrongs = append(wrongs, err.Error())
	}
	seen(out, o, cs.tally, c, took)
	fmt.Fprintf(out, "\n%d instances of the module, %.1f MB\n\n", instances, megabytes(memory))
	return verdictOf(out, cs.tally, slices.Concat(wrongs, c.wrong))
}

// progress says now and then how it goes, until ctx ends; then the channel is closed.
func progress(ctx context.Context, o options, out io.Writer, cs *callers, c *company) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(o.every)
		defer tick.Stop()
		for began := time.Now(); ; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				fmt.Fprintf(out, "%7s  %8d answers  open %5d, at providers %5d  faults %d  violations %d\n",
					time.Since(began).Round(time.Second), cs.tally.count(), cs.open.Load(), c.open.Load(), c.faultCount(), cs.tally.violations())
			}
		}
	}()
	return ended
}
