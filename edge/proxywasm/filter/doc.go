// Package filter carries exchanges of the core inside a proxy that speaks proxy-wasm: what a
// Plugin is told by the proxy's callbacks become events, and the core's commands become calls
// of the Host. It holds no import of a host's, so that it runs, and is tested, without one.
//
// The first attempt of an exchange is the proxy's own request: its headers and body are
// rewritten and the proxy sends it on, so that an answer streams through the proxy. Every
// further attempt is a call that the proxy makes for the plugin, whose answer comes as a whole;
// it is answered with a local response. That holds for streams as well: behind a failure before
// the first content the caller gets the whole stream at once.
//
// Proxies run one plugin for each of their threads. What they know of endpoints and what has
// been spent they share through the proxy's store, by compare-and-swap.
package filter
