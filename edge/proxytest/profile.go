package proxytest

import (
	"io"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// HeadersPause is what a host does when a callback for headers says pause.
type HeadersPause int

// What hosts do.
const (
	// PauseStopsAll keeps the body back until the stream is continued, and hands it over then:
	// Envoy, unless allow_on_headers_stop_iteration is set, and Apache Traffic Server.
	PauseStopsAll HeadersPause = iota
	// PauseStreamsBody holds the headers but calls back for the body, and a body callback that
	// continues lets both go: Envoy with allow_on_headers_stop_iteration, known from 1.35 on.
	PauseStreamsBody
	// PauseEnds gives the request up: MOSN.
	PauseEnds
)

// Profile is how a host differs from the specification and from other hosts. The zero value
// is a host that does what the specification says.
type Profile struct {
	Name string
	// Markers are the version exports that are accepted; none means 0.2.0 and 0.2.1.
	Markers []string
	// Lacks are functions of the ABI that this host does not have: a module that imports one
	// does not link.
	Lacks []string
	// Extra are functions that this host has and the ABI has not, with their parameters ("i" is
	// an i32, "l" an i64); all of them answer Unimplemented.
	Extra map[string]string
	// Unimplemented are functions that link and answer Unimplemented.
	Unimplemented []string
	// WASI are the functions of wasi_snapshot_preview1 that may be imported; none means fd_write
	// and random_get.
	WASI []string
	// Malloc takes malloc for the allocator where the module has both.
	Malloc bool
	// Start is called in the place of _initialize.
	Start string
	// ConfigAtVMStart never calls proxy_on_configure: the configuration is what the VM
	// configuration says at proxy_on_vm_start, as an encoded map under the name "config", with
	// the character "0" where the ABI has NUL.
	ConfigAtVMStart bool
	// SignedSizes refuses to read or write from or up to 2^31 and beyond, which elsewhere is as
	// much as there is.
	SignedSizes bool
	// PrependReplaces replaces a buffer where the ABI puts data in front of it.
	PrependReplaces bool
	// Now and Rand are the clock and the randomness; nil means the real ones.
	Now  func() time.Time
	Rand io.Reader
	// NoMonotonic answers 0 for the monotonic clock of WASI.
	NoMonotonic bool
	// HeadersPause is what a pause in headers means.
	HeadersPause HeadersPause
	// WholeRequest hands a request's body over at once; else it comes in chunks, and its end as
	// an empty one.
	WholeRequest bool
	// LocalThroughFilter sends a local response through the callbacks for responses.
	LocalThroughFilter bool
	// AuthorityFixed refuses a changed :authority.
	AuthorityFixed bool
	// KeepContentLength refuses a request that lost its content-length, and a response of another
	// length than the upstream stated.
	KeepContentLength bool
	// DispatchNoTimeout and DispatchByAuthority ignore the timeout, or the name, of a call.
	DispatchNoTimeout, DispatchByAuthority bool
	// AlwaysCAS compares also where the module passes 0 for a key that is there.
	AlwaysCAS bool
	// FailOpen forwards requests as they came once a module has trapped; else they are answered
	// with FailStatus, by default 503.
	FailOpen   bool
	FailStatus int
	// Reload starts another VM for the next request once a module has trapped, as Envoy does where
	// failure_policy is FAIL_RELOAD, but without a pause.
	Reload bool
}

// Envoy is Envoy as it is by default, as read in its source: it has not been run here.
func Envoy() Profile {
	return Profile{Name: "envoy", Malloc: true, LocalThroughFilter: true}
}

// EnvoyStopIteration is Envoy with allow_on_headers_stop_iteration.
func EnvoyStopIteration() Profile {
	p := Envoy()
	p.Name, p.HeadersPause = "envoy, stop iteration", PauseStreamsBody
	return p
}

// ATS is Apache Traffic Server.
func ATS() Profile {
	return Profile{
		Name: "ats", Malloc: true, NoMonotonic: true, KeepContentLength: true,
		DispatchNoTimeout: true, DispatchByAuthority: true,
	}
}

// MOSN is MOSN with the host functions of its 0.1.0 binding.
func MOSN() Profile {
	return Profile{
		Name: "mosn", Markers: []string{"proxy_abi_version_0_1_0"}, Malloc: true, Start: "_start",
		Lacks: []string{
			"proxy_send_local_response", "proxy_continue_stream", "proxy_close_stream", "proxy_get_log_level", "proxy_get_status",
			"proxy_get_buffer_status", "proxy_get_header_map_size", "proxy_grpc_stream", "proxy_grpc_send", "proxy_grpc_cancel", "proxy_grpc_close",
		},
		Extra: map[string]string{
			"proxy_resume_http_request": "", "proxy_resume_http_response": "", "proxy_send_http_response": "iiiiiiii",
		},
		ConfigAtVMStart: true, HeadersPause: PauseEnds, WholeRequest: true,
		AuthorityFixed: true, AlwaysCAS: true, FailOpen: true, SignedSizes: true, PrependReplaces: true,
	}
}

// Deterministic is a host whose clock is a counter from 2000 on and whose randomness is the
// same every time.
func Deterministic() Profile {
	var ticks atomic.Int64
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	return Profile{
		Name: "deterministic", WholeRequest: true, Rand: rand.NewChaCha8([32]byte{}),
		Now: func() time.Time { return start.Add(time.Duration(ticks.Add(1)) * time.Millisecond) },
	}
}

// Clockless is a host that does not tell the time; its function for it does not link.
func Clockless() Profile {
	return Profile{Name: "clockless", Lacks: []string{"proxy_get_current_time_nanoseconds"}}
}

// Profiles are all of them, each made afresh.
func Profiles() []Profile {
	return []Profile{Envoy(), EnvoyStopIteration(), ATS(), MOSN(), Deterministic(), Clockless()}
}
