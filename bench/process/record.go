package process

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Record is what strowger says of its record.
type Record struct {
	Requests int64 `json:"requests"`
	Written  int64 `json:"written"`
	Dropped  int64 `json:"dropped"`
}

// ReadRecord asks for it.
func ReadRecord(ctx context.Context, addr string) (Record, error) {
	var status struct {
		Requests int64  `json:"requests"`
		Store    Record `json:"store"`
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/_/api/status", nil)
	if err != nil {
		return Record{}, err
	}
	req.Close = true // a kept connection would hold up its end
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return Record{}, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&status); err != nil {
		return Record{}, fmt.Errorf("/_/api/status: %w", err)
	}
	status.Store.Requests = status.Requests
	return status.Store, nil
}

// Recording waits a quarter of a second for a batch to fill; asking costs CPU time that
// is counted, so it is not asked often.
const (
	flushTime = 280 * time.Millisecond
)

// Recorded waits until so many requests are written or dropped, for as long as most.
func Recorded(ctx context.Context, addr string, sent int64, most time.Duration) (Record, error) {
	late := time.Now().Add(most)
	for {
		select {
		case <-time.After(flushTime):
		case <-ctx.Done():
			return Record{}, ctx.Err()
		}
		r, err := ReadRecord(ctx, addr)
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
