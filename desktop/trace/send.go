package trace

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"strowger/core/llm"
)

// How often a batch is tried, how long a collector may ask to be left alone, and how much of its
// answer is read.
const (
	maxTries      = 5
	maxRetryAfter = 2 * time.Minute
	maxResponse   = 64 << 10
)

// newClient follows no redirects: headers with tokens are not to go where they were not sent.
func newClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConns: 1, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// refusal is why a batch was not taken.
type refusal struct {
	problem string
	final   bool          // to send the same again does not help
	after   time.Duration // how long the collector asks to wait; 0: it does not say
}

// deliver sends a batch, again after failures that may pass. What is not taken is dropped.
func (e *Exporter) deliver(b batch) {
	if b.count == 0 {
		return
	}
	body := e.request(&b)
	if e.s.Gzip {
		body = compressed(body)
	}
	for try := 1; ; try++ {
		rejected, no := e.post(body)
		if no == nil {
			e.recovered()
			rejected = min(rejected, int64(b.count))
			e.dropped.Add(rejected)
			e.delivered.Add(int64(b.count) - rejected)
			return
		}
		e.troubled(no.problem)
		wait := no.after
		if wait == 0 {
			wait = e.s.Backoff << (try - 1)
			wait += rand.N(wait/2 + 1)
		}
		if no.final || try == maxTries || !e.pause(min(wait, maxRetryAfter)) {
			e.dropped.Add(int64(b.count))
			return
		}
	}
}

// pause waits; false if the exporter is closed meanwhile.
func (e *Exporter) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-e.closing:
		return false
	}
}

// troubled says once that nothing is delivered, recovered once that something is again.
func (e *Exporter) troubled(problem string) {
	if !e.failing {
		e.failing = true
		e.s.Log.Warn("traces are not delivered", "collector", e.s.host(), "problem", string(llm.Redact([]byte(problem), e.secrets)))
	}
}

func (e *Exporter) recovered() {
	if e.failing {
		e.failing = false
		e.s.Log.Info("traces are delivered again", "collector", e.s.host(), "dropped", e.dropped.Load())
	}
}

// post sends a request once. Rejected are the spans that the collector did not take of it.
func (e *Exporter) post(body []byte) (rejectedSpans int64, no *refusal) {
	ctx, cancel := context.WithTimeout(e.ctx, e.s.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.s.URL, bytes.NewReader(body))
	if err != nil {
		return 0, &refusal{problem: "the endpoint is no URL", final: true}
	}
	for name, values := range e.s.Header {
		r.Header[name] = values
	}
	r.Header.Set("content-type", "application/x-protobuf")
	if e.s.Gzip {
		r.Header.Set("content-encoding", "gzip")
	}
	answer, err := e.client.Do(r)
	if err != nil {
		return 0, &refusal{problem: e.said(err)}
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxResponse))
	switch code := answer.StatusCode; {
	case code == http.StatusOK && err == nil:
		return rejected(text), nil
	case code >= 200 && code < 300: // whoever took it said no more
		return 0, nil
	case code == http.StatusTooManyRequests, code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		return 0, &refusal{problem: "it answers " + strconv.Itoa(code), after: retryAfter(answer.Header.Get("retry-after"), time.Now())}
	default:
		return 0, &refusal{problem: "it answers " + strconv.Itoa(code), final: true}
	}
}

// said is an error of the client without the URL, which may hold a token.
func (e *Exporter) said(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s", e.s.Timeout)
	}
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return err.Error()
}

// retryAfter reads seconds or a date; 0 if it is neither, or over.
func retryAfter(value string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

func compressed(body []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(body) // memory takes everything
	_ = w.Close()
	return out.Bytes()
}
