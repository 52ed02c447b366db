package filter

// Profile is what the filter has to know of a proxy: where proxies differ, it is said here, and
// nowhere else.
type Profile struct {
	Name string
	// Headers is what becomes of headers whose callback asks for a pause.
	Headers Held
	// Clock: the proxy tells the time. Else time is a counter: nothing ends by it, and there are
	// no limits by the day.
	Clock bool
	// Authority: the request's :authority may be changed. Else the proxy has to rewrite it.
	Authority bool
	// Details is the property that tells a response of an upstream's from one that the proxy
	// made up, and Upstream its value; none: every response is taken for an upstream's.
	Details  []string
	Upstream string
}

// Held is what a pause in headers means to a proxy.
type Held uint8

const (
	// HeldAlone: the headers wait, and the body is shown meanwhile.
	HeldAlone Held = iota
	// HeldAll: the body waits as well and is not shown, so that the headers have to go before it.
	// Then no answer of the proxy's own request can be held back until it is known to be one:
	// every attempt is a call.
	HeldAll
	// HeldNever: a pause ends the request. Messages are whole, and headers can be changed until
	// the last callback.
	HeldNever
)

// profiles are those that a configuration can name.
var profiles = [...]Profile{
	// Envoy from 1.35 on, with allow_on_headers_stop_iteration.
	{Name: "envoy", Clock: true, Authority: true, Details: []string{"response", "code_details"}, Upstream: "via_upstream"},
	// Envoy without that.
	{Name: "envoy-headers-first", Headers: HeldAll, Clock: true, Authority: true},
	// Apache Traffic Server, whose calls go to the authority of the request, whatever cluster is named.
	{Name: "ats", Headers: HeldAll, Clock: true, Authority: true},
	// MOSN. Its module has other names for some functions: build it with -tags strowger_mosn.
	{Name: "mosn", Headers: HeldNever, Clock: true},
	{Name: "clockless", Headers: HeldAll, Authority: true},
}

// profileNamed is the profile of that name.
func profileNamed(name string) (Profile, bool) {
	for _, p := range profiles {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// profileNames are the names, for people.
func profileNames() (names string) {
	for i, p := range profiles {
		if i > 0 {
			names += ", "
		}
		names += p.Name
	}
	return names
}
