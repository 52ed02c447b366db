// Package compare measures what a client of HTTP/1.1 costs: that of net/http, that of fasthttp and
// package http1. It is a module of its own, so that the product does not depend on fasthttp.
//
//	cd desktop/http1/compare && go test -bench .
package compare
