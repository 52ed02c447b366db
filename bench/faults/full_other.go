//go:build !linux

package main

import "errors"

// fullQueue is known of Linux only.
func fullQueue() (addr string, end func(), err error) {
	return "", nil, errors.New("no queue of connections is known to fill on this system")
}
