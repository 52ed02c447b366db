package filter

import (
	"strings"
	"testing"
	"time"

	"strowger/core/catalog"
	"strowger/core/llm"
)

// memory is a proxy of values: what is in it is what a test put there or the filter did.
type memory struct {
	fields  map[Map][]Field
	buffers map[Buffer][]byte
	details string

	now     time.Time
	tick    uint32
	log     strings.Builder
	context uint32
	actions []string // what the filter had the proxy do
	answer  string
	status  int
	calls   uint32
	called  []Field
	refuse  map[string]Status

	panics bool
	store  map[string][]byte
	swap   uint32
	before func(key string) // a write, as another thread has it
}

func newMemory() *memory {
	return &memory{fields: map[Map][]Field{}, buffers: map[Buffer][]byte{}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), store: map[string][]byte{}, refuse: map[string]Status{}}
}

func (m *memory) Log(_ Level, message string) { m.log.WriteString(message + "\n") }
func (m *memory) Now() time.Time              { return m.now }
func (m *memory) Tick(ms uint32)              { m.tick = ms }
func (m *memory) Random() uint64              { return 4 }
func (m *memory) Effective(context uint32)    { m.context = context }

func (m *memory) Fields(k Map) ([]Field, Status) {
	if m.panics {
		panic("in the host's call")
	}
	return m.fields[k], m.refuse["fields"]
}

func (m *memory) SetFields(k Map, fields []Field) Status {
	if s := m.refuse["set fields"]; s != OK {
		return s
	}
	m.fields[k] = fields
	return OK
}

func (m *memory) Buffer(b Buffer, start, size int) ([]byte, Status) {
	if s := m.refuse["buffer"]; s != OK {
		return nil, s
	}
	all := m.buffers[b]
	start = min(start, len(all))
	return append([]byte(nil), all[start:min(start+size, len(all))]...), OK
}

func (m *memory) SetBuffer(b Buffer, start, size int, data []byte) Status {
	if s := m.refuse["set buffer"]; s != OK {
		return s
	}
	all := m.buffers[b]
	start = min(start, len(all))
	end := min(start+size, len(all))
	m.buffers[b] = append(append(append([]byte(nil), all[:start]...), data...), all[end:]...)
	return OK
}

func (m *memory) Property(...string) (string, Status) {
	if m.details == "" {
		return "", NotFound
	}
	return m.details, OK
}

func (m *memory) Continue(d Direction) Status {
	m.actions = append(m.actions, "continue")
	return OK
}

func (m *memory) Close(d Direction) Status {
	m.actions = append(m.actions, "close")
	return OK
}

func (m *memory) Respond(status int, _ string, headers []Field, body []byte) Status {
	if s := m.refuse["respond"]; s != OK {
		return s
	}
	m.actions = append(m.actions, "respond")
	m.status, m.answer = status, string(body)
	return OK
}

func (m *memory) Call(cluster string, headers []Field, body []byte, _ time.Duration) (uint32, Status) {
	if s := m.refuse["call"]; s != OK {
		return 0, s
	}
	m.calls++
	m.actions = append(m.actions, "call "+cluster)
	m.called = headers
	return m.calls, OK
}

func (m *memory) Get(key string) ([]byte, uint32, Status) {
	if s := m.refuse["store"]; s != OK {
		return nil, 0, s
	}
	value, ok := m.store[key]
	if !ok {
		return nil, 0, NotFound
	}
	return value, m.swap, OK
}

func (m *memory) Set(key string, value []byte, swap uint32) Status {
	if m.before != nil && swap != 0 {
		m.before(key)
	}
	if _, there := m.store[key]; there && swap != 0 && swap != m.swap {
		return SwapMismatch
	}
	m.swap++
	m.store[key] = value
	return OK
}

// catalogOf has one model at two providers.
func catalogOf(t testing.TB, change func(*catalog.Config)) *catalog.Catalog {
	t.Helper()
	cfg := catalog.Config{Models: []catalog.Model{{ID: "a/m"}}}
	for _, name := range []string{"p1", "p2"} {
		cfg.Providers = append(cfg.Providers, catalog.Provider{Name: name, Schema: llm.SchemaOpenAI, BaseURL: "https://" + name + ".example/v1", KeyRef: "env:K"})
		cfg.Models[0].Endpoints = append(cfg.Models[0].Endpoints, catalog.Endpoint{Provider: name, Price: catalog.Price{Known: true, Input: 1_000_000, Output: 1_000_000}})
	}
	if change != nil {
		change(&cfg)
	}
	cat, err := catalog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// documentOf is a plugin's configuration; more are members behind the others.
func documentOf(cat *catalog.Catalog, more string) string {
	return `{"strowger":1,"rev":"` + cat.Rev() + `","catalog":` + string(catalog.AppendJSON(nil, *cat.Config())) +
		`,"secrets":{"env:K":"K"},"open":true,"clusters":{"p1":"c1","p2":"c2"}` + more + `}`
}

const theSecret = "sk-secret-0123456789"

// started is a plugin of one thread, with its root context 1.
func started(t testing.TB, m *memory, document string) *Plugin {
	t.Helper()
	p := New(m)
	p.Create(1, 0)
	m.buffers[VMConfig] = []byte(`{"K":"` + theSecret + `"}`)
	m.buffers[PluginConfig] = []byte(document)
	if !p.Start(1, len(m.buffers[VMConfig])) || !p.Configure(1, len(document)) {
		t.Fatal(m.log.String())
	}
	return p
}

const chatRequest = `{"model":"a/m","messages":[{"role":"user","content":"hi"}],"provider":{"order":["p1","p2"]}}`

// ask takes a request to where it is sent, or answered.
func ask(p *Plugin, m *memory, id uint32, body string) Action {
	m.fields[RequestHeaders] = []Field{{":method", "POST"}, {":path", "/v1/chat/completions"}, {":authority", "here"}, {"authorization", "Bearer of-the-caller"}, {"x-envoy-retry-on", "5xx"}, {"x-request-id", "r"}}
	m.buffers[RequestBody] = []byte(body)
	p.Create(id, 1)
	if a := p.RequestHeaders(id, false); a != Pause {
		return a
	}
	return p.RequestBody(id, len(body), true)
}

// answers takes an upstream's response through the filter.
func answers(p *Plugin, m *memory, id uint32, status, body string) Action {
	m.fields[ResponseHeaders] = []Field{{":status", status}, {"content-type", "application/json"}, {"x-of-the-provider", "1"}}
	if a := p.ResponseHeaders(id, false); a != Pause {
		return a
	}
	m.buffers[ResponseBody] = []byte(body)
	return p.ResponseBody(id, len(body), true)
}

const chatAnswer = `{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"heron"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`
