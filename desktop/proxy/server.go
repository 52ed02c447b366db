package proxy

import (
	"log"
	"net/http"
	"time"

	"strowger/desktop/http1/server"
)

// NewServer is a server with the bounds that every listener has: on the time and size of a
// request's headers, and on how long a connection waits for the next request. Bodies and
// answers are bounded by the handler, which knows what may take long.
func NewServer(h http.Handler, log *log.Logger) *server.Server {
	return &server.Server{Inner: &http.Server{
		Handler: h, ErrorLog: log,
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}}
}
