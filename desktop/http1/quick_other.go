//go:build !linux

package http1

import "net"

// Quick is c.
func Quick(c net.Conn) net.Conn { return c }
