package control

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"strowger/core/jsonout"
	"strowger/core/stats"
	"strowger/desktop/control/reply"
	"strowger/desktop/store"
	"strowger/edge/abi"
)

// Samples come home from edge hosts as a batch, a JSON object
//
//	{"from":"edge-1","batch":"ID","dropped":0,"samples":[…]}
//
// whose samples are as abi.AppendSample writes them. The headers x-strowger-from,
// x-strowger-time (seconds since 1970) and x-strowger-signature say who sent it, when, and, as
// HMAC-SHA256 of the time, "." and the body in hexadecimal digits, that it is so.
const (
	samplesPath = "/_/api/samples"
	fromHeader  = "x-strowger-from"
	timeHeader  = "x-strowger-time"
	signHeader  = "x-strowger-signature"

	maxSamplesBody = 2 << 20
	maxSamples     = 1000
	maxSkew        = 5 * time.Minute // by which the clocks of both may differ
	maxBatchName   = 64              // bytes

	samplesPerMinute = 20_000 // of one edge
)

// Edges is what a Control has to know of edge hosts.
type Edges interface {
	// EdgeSecret is what the edge of that name signs with; false if there is no such edge.
	EdgeSecret(name string) (secret string, ok bool)
	// FoldEdge takes a sample into the statistics.
	FoldEdge(s stats.Sample)
	// ProviderOf is the provider of an endpoint; false if there is no such endpoint.
	ProviderOf(endpoint string) (provider string, known bool)
}

// Signed reports whether a request carries its permission itself, as a signature that is
// checked here: neither a token nor the name it was called by needs to say more.
func Signed(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == samplesPath && r.Header.Get(signHeader) != ""
}

// arrival is a body that was read.
type arrival struct {
	From    string            `json:"from"`
	Batch   string            `json:"batch"`
	Dropped int64             `json:"dropped"`
	Samples []json.RawMessage `json:"samples"`
}

// samples takes what an edge host has measured. One that was taken already is answered in the same way and
// changes nothing.
func (c *Control) samples(w http.ResponseWriter, r *http.Request) {
	body, ok := reply.Body(w, r, maxSamplesBody)
	if !ok {
		return
	}
	now := time.Now()
	if err := c.verify(r.Header, body, now); err != nil {
		reply.Fail(w, http.StatusUnauthorized, err.Error())
		return
	}
	b, err := readBatch(body, r.Header.Get(fromHeader))
	if err != nil {
		reply.Fail(w, http.StatusBadRequest, err.Error())
		return
	}
	if wait := c.pace.wait(b.From, len(b.Samples), now); wait > 0 {
		w.Header().Set("retry-after", strconv.Itoa(int(wait/time.Second)+1))
		reply.Fail(w, http.StatusTooManyRequests, fmt.Sprintf("an edge can send %d samples a minute; send the others later", samplesPerMinute))
		return
	}
	into := store.EdgeBatch{Edge: b.From, Batch: b.Batch, At: now, Dropped: b.Dropped}
	for i, doc := range b.Samples {
		s, known, err := c.sample(doc, now)
		switch {
		case err != nil:
			reply.Fail(w, http.StatusBadRequest, fmt.Sprintf("samples[%d]: %v", i, err))
			return
		case known:
			into.Samples = append(into.Samples, s)
		default:
			into.Unknown++
		}
	}
	c.take(r.Context(), w, into)
}

// sample reads a sample, and brings its times within what can be. It is known if its endpoint is.
func (c *Control) sample(doc []byte, now time.Time) (s stats.Sample, known bool, err error) {
	if s, err = abi.ReadSample(doc); err != nil {
		return s, false, err
	}
	provider, known := c.o.Edges.ProviderOf(s.Endpoint)
	if known && s.Account != "" && s.Account != provider {
		return s, false, fmt.Errorf("account: must be empty or %q, the provider of %s", provider, s.Endpoint)
	}
	if s.At.After(now) { // its clock is ahead
		s.At = now
	}
	if most := s.At.Add(stats.MaxWindow); s.RetryAt.After(most) {
		s.RetryAt = most
	}
	return s, known, nil
}

// pace counts the samples of each edge in the minute that goes on; the names are configured, so few.
type pace struct {
	mu    sync.Mutex
	edges map[string]minute
}

type minute struct {
	from time.Time
	took int
}

// wait counts so many samples of an edge, if they may come now, and is how long they have to wait
// if not. A batch without any counts as one.
func (p *pace) wait(edge string, samples int, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.edges[edge]
	if now.Sub(m.from) >= time.Minute {
		m = minute{from: now}
	}
	m.took += max(samples, 1)
	if m.took > samplesPerMinute {
		return m.from.Add(time.Minute).Sub(now)
	}
	if p.edges == nil {
		p.edges = map[string]minute{}
	}
	p.edges[edge] = m
	return 0
}

// take writes a batch and, if it is new, folds what is not too old to say something about now.
func (c *Control) take(ctx context.Context, w http.ResponseWriter, b store.EdgeBatch) {
	again, err := c.o.Store.TakeBatch(ctx, b)
	if err != nil {
		reply.Fail(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	if again {
		b.Samples, b.Unknown = nil, 0
	}
	for _, s := range b.Samples {
		if b.At.Sub(s.At) <= stats.Late {
			c.o.Edges.FoldEdge(s)
		}
	}
	j := jsonout.Writer{}
	j.Begin('{')
	j.Int("taken", int64(len(b.Samples)))
	j.Int("unknown", b.Unknown)
	j.Bool("again", again)
	j.End('}')
	reply.JSON(w, j.Buf)
}

// verify is nil if a known edge has signed the body, a short time ago.
func (c *Control) verify(h http.Header, body []byte, now time.Time) error {
	name, at := h.Get(fromHeader), h.Get(timeHeader)
	if h.Get(signHeader) == "" {
		return fmt.Errorf("samples are taken from edges, which sign them: %s is missing", signHeader)
	}
	var secret string
	known := false
	if c.o.Edges != nil {
		secret, known = c.o.Edges.EdgeSecret(name)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	given, err := hex.DecodeString(h.Get(signHeader))
	if !hmac.Equal(given, mac.Sum(nil)) || err != nil || !known || secret == "" {
		return fmt.Errorf("the samples are not signed by an edge that is known here: the configuration names those under edges, with the secret that they sign with")
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if skew := now.Sub(time.Unix(seconds, 0)).Abs(); err != nil || skew > maxSkew {
		return fmt.Errorf("%s must be the seconds since 1970, and within %s of the clock here", timeHeader, maxSkew)
	}
	return nil
}

func readBatch(body []byte, from string) (b arrival, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return b, fmt.Errorf("the body is no batch of samples: %w", err)
	}
	switch {
	case d.More():
		return b, fmt.Errorf("the body is no batch of samples: something stands behind it")
	case b.From != from:
		return b, fmt.Errorf("from: the body must name the same edge as %s", fromHeader)
	case b.Batch == "" || len(b.Batch) > maxBatchName:
		return b, fmt.Errorf("batch: needed, with at most %d bytes", maxBatchName)
	case b.Dropped < 0:
		return b, fmt.Errorf("dropped: must be at least 0")
	case len(b.Samples) > maxSamples:
		return b, fmt.Errorf("samples: %d are too many, at most %d are taken at once", len(b.Samples), maxSamples)
	}
	return b, nil
}

// edges lists the edge hosts that have sent samples.
func (c *Control) edges(w http.ResponseWriter, r *http.Request) {
	counts, err := c.o.Store.EdgeCounts(r.Context())
	if err != nil {
		reply.Fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	j := jsonout.Writer{}
	j.Begin('{')
	j.BeginAt("edges", '[')
	for _, n := range counts {
		j.Begin('{')
		j.String("name", n.Edge)
		j.Time("last", n.Last)
		j.Int("batches", n.Batches)
		j.Int("samples", n.Samples)
		j.Int("unknown", n.Unknown)
		j.Int("dropped", n.Dropped)
		j.End('}')
	}
	j.End(']')
	j.End('}')
	reply.JSON(w, j.Buf)
}
