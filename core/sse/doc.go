// Package sse cuts a stream of server-sent events into its events, and writes such events.
//
// The rules are those of the WHATWG HTML living standard, section 9.2 "Server-sent events"
// (https://html.spec.whatwg.org/multipage/server-sent-events.html), with two differences: the exact bytes
// of each event are handed out, for a stream is passed on with only a few of them changed, and id and
// retry fields are kept in those bytes but not read, as reconnecting is not the business of a router.
//
// It does not look into data, and it does no I/O. A [Framer] takes the stream in whatever pieces it
// arrives; for an event that lies in one piece it neither copies nor allocates.
//
//	var f sse.Framer
//	for chunk := range chunks {
//		if err := f.Write(chunk, show); err != nil {
//			return err
//		}
//	}
//	f.Close(show)
package sse
