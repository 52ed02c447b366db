//go:build !unix

package http1

import "time"

// fresh is how long a connection that cannot be looked at is taken for good: less than the least
// time for which servers keep one.
const fresh = 2 * time.Second

// silent reports whether a connection that waits can be used again.
func silent(c *conn) bool { return time.Since(c.since) < fresh }

// sight is of no use here.
type sight struct{}
