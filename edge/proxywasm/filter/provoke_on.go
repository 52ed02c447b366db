//go:build strowger_panic

package filter

// provoke lets a test see what a panic does.
func provoke(r *request) {
	if r.header("x-strowger-panic") != "" {
		panic("on request")
	}
}
