// Package traffic is what programs that measure strowger send through it: requests that carry a
// number, on kept connections, in closed and in open loops, streams that last for as long as they are
// read, and a simulated provider at the other end that takes next to nothing for its answers.
//
//	b, err := traffic.Open(ctx, traffic.Workload{Name: "plain", Size: 356}, addr, "", 64, &serial)
//	sent := b.Closed(ctx, time.Second)
//	… sent.Times.Percentile(99) … b.Wrong …
//
// Every answer is held against its request, to the byte or, if it is written in other words, member by
// member. The provider knows one model and one key; a workload that is routed has others, and so an answer
// to it comes from somebody who has put in the provider's and taken them out again.
package traffic
