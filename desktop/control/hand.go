package control

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/stats"
	"strowger/desktop/control/reply"
	"strowger/desktop/wholefile"
)

// Endpoints are those of the data plane, and what is switched there by hand.
type Endpoints interface {
	// Readings are what is known now of endpoints, in their order.
	Readings(of []*catalog.Endpoint) []stats.Reading
	// Remaining is what a provider said last is left of its limits.
	Remaining(provider string) []exchange.Remaining
	// Disable has nothing sent to a provider until a moment, the zero time ends it.
	Disable(provider string, until time.Time)
	// Drill has all that is tried at a provider fail with a status until a moment.
	Drill(provider string, until time.Time, status int)
}

// The longest that something is switched by hand, and the longest reason given for it.
const (
	maxDisabled = 30 * 24 * time.Hour
	maxDrill    = 10 * time.Minute
	maxWhy      = 200
)

// handFile keeps what is disabled by hand.
const handFile = "by_hand.json"

// disabled is a provider that nothing is sent to.
type disabled struct {
	Until time.Time `json:"until"`
	Why   string    `json:"why"`
}

// drilling is a provider whose outage is played.
type drilling struct {
	until  time.Time
	status int
}

// hand is what is switched by hand, by provider. All of it ends by itself.
type hand struct {
	mu       sync.Mutex // held while the data plane is told too: both know of the same
	on       Endpoints
	file     string // empty: nothing is kept
	problem  string // why it is not known what was switched before; empty if it is
	disabled map[string]disabled
	drills   map[string]drilling
}

// load takes what was switched before the process began.
func (h *hand) load(folder string, on Endpoints) {
	h.on, h.disabled, h.drills = on, map[string]disabled{}, map[string]drilling{}
	if folder == "" {
		return
	}
	h.file = filepath.Join(folder, handFile)
	text, err := os.ReadFile(h.file)
	if err == nil {
		err = json.Unmarshal(text, &h.disabled)
	}
	if err != nil || h.disabled == nil {
		h.disabled = map[string]disabled{}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		h.problem = "which providers were disabled by hand cannot be read, so none is: " + err.Error()
	}
	for name, d := range h.disabled {
		if d.Until.After(time.Now().Add(maxDisabled)) {
			delete(h.disabled, name)
			continue
		}
		on.Disable(name, d.Until)
	}
}

// unread says why it is not known what was switched before; empty if it is, or something was
// switched since.
func (h *hand) unread() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.problem
}

// of is what is switched of a provider now; nil for what is not.
func (h *hand) of(provider string) (off *disabled, drill *drilling) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if d, ok := h.disabled[provider]; ok && now.Before(d.Until) {
		off = &d
	}
	if d, ok := h.drills[provider]; ok && now.Before(d.until) {
		drill = &d
	}
	return off, drill
}

// set switches a provider off, nil on, and keeps that. The error says that it is not kept.
func (h *hand) set(provider string, d *disabled) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	for name, old := range h.disabled {
		if !now.Before(old.Until) {
			delete(h.disabled, name)
		}
	}
	until := time.Time{}
	if delete(h.disabled, provider); d != nil {
		h.disabled[provider], until = *d, d.Until
	}
	h.on.Disable(provider, until)
	if h.file == "" {
		return nil
	}
	text, err := json.Marshal(h.disabled)
	if err != nil {
		return err
	}
	if err := wholefile.Write(h.file, text, 0o600); err != nil {
		return err
	}
	h.problem = ""
	return nil
}

// play begins a drill, nil ends it.
func (h *hand) play(provider string, d *drilling) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if delete(h.drills, provider); d == nil {
		h.on.Drill(provider, time.Time{}, 0)
		return
	}
	h.drills[provider] = *d
	h.on.Drill(provider, d.until, d.status)
}

// order is what is asked for by hand.
type order struct {
	Seconds int64  `json:"seconds"`
	Why     string `json:"why"`
	Status  int    `json:"status"`
}

// ordered reads an order about a configured provider that lasts no longer than most; what is
// wrong with it is answered.
func (c *Control) ordered(w http.ResponseWriter, r *http.Request, most time.Duration) (name string, o order, ok bool) {
	if name, ok = c.named(w, r); !ok {
		return name, o, false
	}
	body, ok := reply.Body(w, r, 4<<10)
	if !ok {
		return name, o, false
	}
	seconds := int64(most / time.Second)
	switch err := json.Unmarshal(body, &o); {
	case err != nil:
		reply.Fail(w, http.StatusBadRequest, "the body is no JSON object with seconds: "+err.Error())
	case o.Seconds < 1 || o.Seconds > seconds:
		reply.Fail(w, http.StatusBadRequest, "seconds: must be from 1 to "+strconv.FormatInt(seconds, 10))
	case len(o.Why) > maxWhy:
		reply.Fail(w, http.StatusBadRequest, "why: must not be longer than "+strconv.Itoa(maxWhy)+" bytes")
	default:
		return name, o, true
	}
	return name, o, false
}

// named is the configured provider that the path names.
func (c *Control) named(w http.ResponseWriter, r *http.Request) (name string, ok bool) {
	name = r.PathValue("name")
	if !slices.Contains(c.o.Catalog().ProviderNames(), name) {
		reply.Fail(w, http.StatusNotFound, "no provider "+name+" is configured")
		return name, false
	}
	return name, true
}

// disable has nothing sent to a provider for a while.
func (c *Control) disable(w http.ResponseWriter, r *http.Request) {
	name, o, ok := c.ordered(w, r, maxDisabled)
	if !ok {
		return
	}
	until := time.Now().Add(time.Duration(o.Seconds) * time.Second).UTC()
	c.kept(w, r, name, c.hand.set(name, &disabled{until, o.Why}))
}

func (c *Control) enable(w http.ResponseWriter, r *http.Request) {
	if name, ok := c.named(w, r); ok {
		c.kept(w, r, name, c.hand.set(name, nil))
	}
}

// kept answers with the provider as it is now.
func (c *Control) kept(w http.ResponseWriter, r *http.Request, name string, err error) {
	if err != nil {
		reply.Fail(w, http.StatusInternalServerError, "it is switched, but a restart will forget it: "+err.Error())
		return
	}
	c.showProvider(w, r, name)
}

// drill plays an outage of a provider.
func (c *Control) drill(w http.ResponseWriter, r *http.Request) {
	name, o, ok := c.ordered(w, r, maxDrill)
	if !ok {
		return
	}
	if o.Status == 0 {
		o.Status = http.StatusServiceUnavailable
	}
	if !fallsBack(o.Status) {
		reply.Fail(w, http.StatusBadRequest, "status: must be one that a fallback follows: 408, 425, 429 or from 500 to 599")
		return
	}
	d := drilling{time.Now().Add(time.Duration(o.Seconds) * time.Second).UTC(), o.Status}
	c.hand.play(name, &d)
	c.showProvider(w, r, name)
}

// fallsBack reports whether another endpoint is tried behind a status.
func fallsBack(status int) bool {
	return status == 408 || status == 425 || status == 429 || status >= 500 && status <= 599
}

func (c *Control) endDrill(w http.ResponseWriter, r *http.Request) {
	if name, ok := c.named(w, r); ok {
		c.hand.play(name, nil)
		c.showProvider(w, r, name)
	}
}
