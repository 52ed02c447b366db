package process

import "fmt"

// Cores says which process runs where.
type Cores struct {
	pinned      bool
	proxy, rest int
	About       string // for people
}

// Divide keeps this process off the proxies' core, if it can.
func Divide(wanted bool) Cores {
	c := Cores{About: "not pinned: --pin=false"}
	if !wanted {
		return c
	}
	proxy, rest, err := twoCores()
	if err == nil {
		err = moveHere(rest)
	}
	if err != nil {
		c.About = "not pinned, so the processes are in each other's way: " + err.Error()
		return c
	}
	return Cores{pinned: true, proxy: proxy, rest: rest,
		About: fmt.Sprintf("proxies on core %d, provider and load on core %d", proxy, rest)}
}

// Start starts a process by start: on the proxies' core, or, as part of the rest, beside this one.
func (c Cores) Start(rest bool, start func() error) error {
	switch {
	case !c.pinned:
		return start()
	case rest:
		return startOn(c.rest, start)
	}
	return startOn(c.proxy, start)
}
