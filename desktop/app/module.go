package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"strowger/edge"
	"strowger/edge/wazerohost"
)

// moduleName is that of the edge's module in package edge.
const moduleName = "strowger.wasm"

// module makes decisions again in the edge's module, which is started when it is asked first. It
// implements whatif.Module.
type module struct {
	folder string        // for compiled code; empty: it is compiled at each start
	keep   time.Duration // how long it stays in memory when nobody asks it anything

	mu   sync.Mutex
	host *wazerohost.Host // nil: it is not running
	idle *time.Timer
	shut bool
}

// Again implements whatif.Module. One decision at a time is made.
func (m *module) Again(ctx context.Context, catalog, record []byte) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.start(ctx); err != nil {
		return nil, err
	}
	m.idle.Reset(m.keep)
	if _, err := m.host.Configure(ctx, catalog); err != nil {
		return nil, fmt.Errorf("the module refuses the configuration: %w", err)
	}
	again, _, err := m.host.Recall(ctx, record)
	return again, err
}

// start starts the module unless it runs.
func (m *module) start(ctx context.Context) error {
	switch {
	case m.shut:
		return errors.New("strowger is shutting down")
	case m.host != nil:
		return nil
	}
	wasm, err := edge.Module(moduleName)
	if errors.Is(err, edge.ErrNotBuilt) {
		return errors.New("this strowger was built without the module; go tool task build builds it")
	}
	if err != nil {
		return err
	}
	o := wazerohost.Options{MemoryLimit: 256 << 20}
	if m.folder != "" {
		o.CacheDir = filepath.Join(m.folder, "module")
	}
	if m.host, err = wazerohost.New(ctx, wasm, o); err != nil {
		return fmt.Errorf("the module does not start: %w", err)
	}
	m.idle = time.AfterFunc(m.keep, m.rest)
	return nil
}

// rest closes the module.
func (m *module) rest() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.host != nil {
		_ = m.host.Close(context.Background())
		m.host = nil
	}
}

// Close ends it for good.
func (m *module) Close() error {
	m.mu.Lock()
	m.shut = true
	m.mu.Unlock()
	m.rest()
	return nil
}

// builtIn says what of the module is built in; empty: nothing.
func builtIn() string {
	wasm, err := edge.Module(moduleName)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s, %d bytes", moduleName, len(wasm))
}
