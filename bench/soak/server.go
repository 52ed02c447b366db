package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"strowger/bench/process"
)

// server is a running strowger.
type server struct {
	url  string
	pid  int
	data string       // its data folder
	stop func() error // ends it well; called once
}

// start runs "strowger serve" in dir with that configuration, and waits until it serves.
func start(ctx context.Context, binary, dir, config string) (*server, error) {
	cmd, err := process.Serve(binary, dir, []byte(config))
	if err != nil {
		return nil, err
	}
	cmd.Dir, cmd.Env = dir, []string{"HOME=" + dir, "TMPDIR=" + dir, "PATH=" + os.Getenv("PATH"), "GORACE=halt_on_error=1"}
	p, err := process.Start(ctx, "strowger", cmd, cmd.Start)
	if err != nil {
		return nil, err
	}
	return &server{url: "http://" + p.Addr, pid: p.Pid, data: process.Data(dir), stop: p.Stop}, nil
}

// get reads JSON of the control plane, on a connection of its own.
func (s *server) get(method, path, body string, to any) error {
	text, err := s.read(method, path, body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (s *server) read(method, path, body string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Close = true // a kept connection would count as one of strowger's open files
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d: %s", path, resp.StatusCode, clip(string(text)))
	}
	return text, err
}

var goroutineLine = regexp.MustCompile(`(?m)^go_goroutines (\d+)`)

// goroutines are those of the process if its metrics tell, else -1.
func (s *server) goroutines() int {
	text, err := s.read(http.MethodGet, "/_/metrics", "")
	if err != nil {
		return -1
	}
	m := goroutineLine.FindSubmatch(text)
	if m == nil {
		return -1
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return -1
	}
	return n
}

// status is what strowger counts.
type status struct {
	Requests int64
	Spend    int64 `json:"today_micro"` // a run over midnight differs
	Unpriced int64
	Store    struct {
		OK               bool
		Message          string
		Written, Dropped int64
	}
}

func (s *server) status() (st status, err error) {
	return st, s.get(http.MethodGet, "/_/api/status", "", &st)
}

// budget is a limit on money as it stands.
type budget struct {
	Account, Per string
	Spent        int64 `json:"spent_micro"`
	Reserved     int64 `json:"reserved_micro"`
	Limit        int64 `json:"limit_micro"`
}

func (s *server) budgets() ([]budget, error) {
	var list struct{ Budgets []budget }
	return list.Budgets, s.get(http.MethodGet, "/_/api/budgets", "", &list)
}

// inFlight is how many attempts strowger believes to be under way.
func (s *server) inFlight() (n int, err error) {
	for _, model := range [...]string{modelOne, modelTwo, "soak/prefill", "soak/assembled"} {
		var d struct {
			Candidates []struct {
				Reading struct {
					InFlight int `json:"in_flight"`
				}
			}
		}
		ask := `{"model":"` + model + `","messages":[{"role":"user","content":"hello"}]}`
		if err := s.get(http.MethodPost, "/_/api/explain", ask, &d); err != nil {
			return 0, err
		}
		if len(d.Candidates) == 0 {
			return 0, fmt.Errorf("explain of %s lists no candidates", model)
		}
		for _, c := range d.Candidates {
			n += c.Reading.InFlight
		}
	}
	return n, nil
}
