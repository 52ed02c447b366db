package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"strowger/bench/process"
	"strowger/bench/rows/made"
	"strowger/desktop/store"
)

// asks is how often a list and a chart are asked for.
const asks = 20

// records has strowger go on with a larger and larger record.
func (m *meter) records(ctx context.Context, p *part) error {
	p.About = "strowger with a record that holds that many requests of a month already, about as many samples; the list is the dashboard's newest 100, the chart a month by hours for each provider, both asked for over HTTP"
	p.Along = "recorded requests"
	p.Columns = []column{{"start ms", 1, "Start to first answer ms, by the record"}, {"CPU µs a request", 1, "CPU µs a request, by the record"}, {"list ms", 2, "Lists and charts, ms, by the record"},
		{"chart ms", 2, "Lists and charts, ms, by the record"}, {"resident MiB", 1, ""}, {"file MB", 0, ""}}
	for _, n := range m.steps.records {
		data, err := m.filled(ctx, n)
		if err != nil {
			return err
		}
		if err := m.recordOf(ctx, p, n, data); err != nil {
			return fmt.Errorf("%d requests: %w", n, err)
		}
		if !m.keeps(n) { // there may be no room for all
			if err := os.RemoveAll(data); err != nil {
				return err
			}
		}
	}
	return nil
}

// large is from where on a record is worth keeping: what is measured adds to it, which is little then.
const large = 1_000_000

// keeps says whether a record with n requests is kept for the next time.
func (m *meter) keeps(n int64) bool { return m.o.data != "" && n >= large }

// filled is the folder of a record with n requests, made if it is not there.
func (m *meter) filled(ctx context.Context, n int64) (string, error) {
	root := m.dir
	if m.keeps(n) {
		root = m.o.data
	}
	data := filepath.Join(root, strconv.FormatInt(n, 10))
	if _, err := os.Stat(filepath.Join(data, store.FileName)); err == nil {
		return data, nil
	}
	part := data + ".part"
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o700)); err != nil {
		return "", err
	}
	if n > 0 {
		if err := made.Fill(ctx, filepath.Join(part, store.FileName), n, 1, time.Now(), m.log); err != nil {
			return "", err
		}
	}
	return data, os.Rename(part, data)
}

func (m *meter) recordOf(ctx context.Context, p *part, n int64, data string) error {
	file, err := size(data)
	if err != nil {
		return err
	}
	s, took, err := m.begins(ctx, m.small(), data, plain)
	if err != nil {
		return err
	}
	list, chart, err := m.asked(ctx, s.Addr)
	resident, _, _ := process.Memory(s.Pid) // 0 where it is not known
	var c cost
	if err == nil {
		c, err = m.requests(ctx, s, plain, m.steps.connections)
	}
	if err := errors.Join(err, s.Stop()); err != nil {
		return err
	}
	m.add(p, float64(n), "", milli(took), c.cpu, milli(list), milli(chart), mib(resident), float64(file)/1e6)
	return nil
}

// size is how many bytes the record's files have.
func size(data string) (all int64, err error) {
	files, err := os.ReadDir(data)
	for _, f := range files {
		if i, err := f.Info(); err == nil {
			all += i.Size()
		}
	}
	return all, err
}

// asked is how long a list and a chart take, at the median.
func (m *meter) asked(ctx context.Context, addr string) (list, chart time.Duration, err error) {
	now := time.Now().UTC()
	month := url.Values{"from": {now.Add(-made.Span).Format(time.RFC3339)}, "to": {now.Format(time.RFC3339)}, "step": {"3600"}, "by": {"provider"}}
	for _, q := range []struct {
		path string
		took *time.Duration
	}{{"/_/api/decisions?limit=100", &list}, {"/_/api/stats?" + month.Encode(), &chart}} {
		var all []time.Duration
		for range asks {
			begin := time.Now()
			if err := get(ctx, "http://"+addr+q.path); err != nil {
				return 0, 0, err
			}
			all = append(all, time.Since(begin))
		}
		*q.took = median(all)
	}
	return list, chart, nil
}

// get reads an answer, which is to be good JSON.
func get(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !json.Valid(b) {
		return fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	return nil
}
