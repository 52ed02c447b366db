package main

import "fmt"

// cores says which process runs where.
type cores struct {
	pinned      bool
	proxy, rest int
	about       string // for people
}

// divide keeps this process off the proxies' core, if it can.
func divide(wanted bool) cores {
	c := cores{about: "not pinned: --pin=false"}
	if !wanted {
		return c
	}
	proxy, rest, err := twoCores()
	if err == nil {
		err = moveHere(rest)
	}
	if err != nil {
		c.about = "not pinned, so the processes are in each other's way: " + err.Error()
		return c
	}
	return cores{pinned: true, proxy: proxy, rest: rest,
		about: fmt.Sprintf("proxies on core %d, provider and load on core %d", proxy, rest)}
}

// start starts the named process where it belongs.
func (c cores) start(name string, start func() error) error {
	switch {
	case !c.pinned:
		return start()
	case name == nameProvider:
		return startOn(c.rest, start)
	}
	return startOn(c.proxy, start)
}
