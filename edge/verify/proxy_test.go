package verify_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"strowger/edge/proxytest"
	"strowger/edge/slim/module/moduletest"
	"strowger/edge/verify"
	"strowger/edge/wazerohost"
)

// TestProxyModuleIsEqual holds the filter's module against the native core, inside of the strict
// host whose clock and random numbers mean nothing.
func TestProxyModuleIsEqual(t *testing.T) {
	wasm := moduletest.Proxy(t)
	cache, err := wazero.NewCompilationCacheWithDir(cacheDir)
	if err != nil {
		t.Fatal(err)
	}
	h, err := proxytest.New(t.Context(), wasm, proxytest.Options{Profile: proxytest.Deterministic(), Workers: -1, Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(h.Close(), cache.Close(context.Background())); err != nil {
			t.Error(err)
		}
		if v := h.Violations(); len(v) > 0 {
			t.Errorf("what the module did wrong: %s", strings.Join(v, "\n"))
		}
	})
	sources := append(golden(), verify.Generated(generatedCases))
	if racing { // the codecs take a minute then
		sources = append(golden()[:2], verify.Generated(100))
	}
	sums := compare(t, inProxy{t, h}, sources, verify.Options{})
	allEqual(t, sums)
	if !racing {
		enough(t, sums, leastOfAll())
	}

	// The same module without a proxy, as strowger verify holds it.
	g, err := wazerohost.New(t.Context(), wasm, wazerohost.Options{CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close(context.Background())
	allEqual(t, compare(t, verify.OnWazero(t.Context(), g), golden()[:2], verify.Options{}))
}

// inProxy is the verify.Host of a proxy.
type inProxy struct {
	t    *testing.T
	host *proxytest.Host
}

func (p inProxy) Name() string { return "proxy-wasm" }

func (p inProxy) New() (verify.Carrier, error) {
	m, err := p.host.Machine(p.t.Context())
	return filter{p.t, m}, err
}

// filter carries calls to the module of a proxy.
type filter struct {
	t *testing.T
	m *proxytest.Machine
}

func (f filter) Close() error { return f.m.Close(context.Background()) }

func (f filter) Call(method string, handle uint32, control, raw []byte) ([]byte, error) {
	lengths := []uint64{uint64(len(control)), uint64(len(raw))}
	switch method {
	case "step":
		return f.carry(method, control, raw, append([]uint64{uint64(handle)}, lengths...)...)
	case "close":
		return f.carry(method, nil, nil, uint64(handle))
	case "models", "abort":
		return f.carry(method, control, nil, lengths[0])
	}
	return f.carry(method, control, raw, lengths...)
}

func (f filter) Data(handle, attempt uint32, nowUS int64, raw []byte) ([]byte, error) {
	return f.carry("data", nil, raw, uint64(handle), uint64(attempt), api.EncodeF64(float64(nowUS)), uint64(len(raw)))
}

func (f filter) carry(method string, control, raw []byte, args ...uint64) ([]byte, error) {
	at, err := f.m.Call(f.t.Context(), "strowger_alloc", uint64(len(control)+len(raw)))
	if err != nil {
		return nil, err
	}
	if to := uint32(at[0]); !f.m.Memory().Write(to, control) || !f.m.Memory().Write(to+uint32(len(control)), raw) {
		return nil, errors.New("no room for the call")
	}
	result, err := f.m.Call(f.t.Context(), "strowger_"+method, args...)
	if err != nil {
		return nil, err
	}
	b, ok := f.m.Memory().Read(uint32(result[0]>>32), uint32(result[0]))
	if !ok {
		return nil, errors.New("the result lies outside of the memory")
	}
	return bytes.Clone(b), nil
}
