// Package traffic is what programs that measure strowger send through it: requests that carry a
// number, on kept connections, in closed and in open loops, streams that last for as long as they are
// read, and a simulated provider at the other end that takes next to nothing for its answers.
//
//	b, err := traffic.Open(ctx, traffic.Workload{Name: "plain", Size: 356}, addr, "", 64, &serial)
//	sent := b.Closed(ctx, time.Second)
//	… sent.Times.Percentile(99) … b.Wrong …
//
// Every answer is held against its request, and the provider refuses requests in a form that it should
// not see.
package traffic
