package filter

import (
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/stats"
)

// ClusterHeader is the request header that names the cluster which the proxy is to send to.
const ClusterHeader = "x-strowger-cluster"

// kept are the headers of a caller that stay on the proxy's own request: the proxy's own marks.
var kept = [...]string{":method", ":scheme", "x-request-id", "x-forwarded-proto"}

// send starts an attempt: the first as the proxy's own request where it can be, any other as a call.
func (s *stream) send(cmd *exchange.Send) *exchange.Failed {
	fail := func(o stats.Outcome, message string) *exchange.Failed {
		return &exchange.Failed{Attempt: cmd.Attempt, Outcome: o, Message: message}
	}
	s.drop()
	body := cmd.Content()
	fields, problem := s.fields(cmd.Endpoint, cmd.URL(), cmd.Stream, cmd.Header, cmd.KeyName, cmd.KeyPrefix)
	if problem != "" {
		return fail(stats.OutcomeCredentials, problem)
	}
	s.attempt = cmd.Attempt
	if s.done {
		return fail(stats.OutcomeAbandoned, "the stream is over")
	}
	if s.at == inRequestBody && s.end && !s.sent && s.setup.profile.Headers != HeldAll && s.forward(cmd.Endpoint.Provider, fields, body) {
		s.own, s.sent = true, true
		return nil
	}
	if s.begun && !s.paused() { // the answer streams: nothing could be put behind it
		return fail(stats.OutcomeAbandoned, "this proxy cannot go on with an answer that is streaming")
	}
	cluster := s.setup.clusters[cmd.Endpoint.Provider]
	timeout := min(max(cmd.Endpoint.Timeouts.Total, time.Second), time.Hour)
	fields = append(fields, Field{"content-length", strconv.Itoa(len(body))})
	number, status := s.p.host.Call(cluster, fields, body, timeout)
	if status != OK {
		s.attempt = 0
		return fail(stats.OutcomeUnreachable, "the proxy cannot call its cluster "+cluster+" (status "+strconv.Itoa(int(status))+")")
	}
	s.number = number
	s.p.calls[number] = s
	return nil
}

// paused reports whether the response has come to its end and can be paused there.
func (s *stream) paused() bool { return s.waiting || s.at == inResponseBody && s.end }

// fields are the headers of a request to an endpoint, or why they cannot be made.
func (s *stream) fields(e *catalog.Endpoint, url string, stream bool, more []exchange.Header, keyName, keyPrefix string) (fields []Field, problem string) {
	scheme, rest, ok := strings.Cut(url, "://")
	slash := strings.IndexByte(rest, '/')
	if !ok || slash <= 0 {
		return nil, "base_url of provider " + e.Provider + " is not usable"
	}
	accept := "application/json"
	if stream {
		accept = "text/event-stream"
	}
	fields = []Field{
		{":method", "POST"}, {":scheme", scheme}, {":authority", rest[:slash]}, {":path", rest[slash:]},
		{"content-type", "application/json"}, {"accept", accept}, {"user-agent", "strowger"},
	}
	for _, h := range more {
		fields = with(fields, h.Name, h.Value)
	}
	if e.KeyRef != "" {
		key, problem := s.secret(e.KeyRef)
		if problem != "" {
			return nil, "no key for provider " + e.Provider + ": " + problem
		}
		s.x.Hide(key)
		fields = with(fields, keyName, keyPrefix+key)
	}
	for _, h := range e.Headers {
		value, problem := s.secret(h.Value)
		if problem != "" {
			return nil, "header " + h.Name + " of provider " + e.Provider + ": " + problem
		}
		s.x.Hide(value)
		fields = with(fields, h.Name, value)
	}
	return fields, ""
}

// secret is what a reference stands for.
func (s *stream) secret(ref string) (value, problem string) {
	name := s.setup.secrets[ref]
	if name == "" {
		return "", "the deployment document names no secret for it"
	}
	if value = s.on.values[name]; value == "" {
		return "", "the secret " + name + " has no value; put it into the configuration of the virtual machine"
	}
	if strings.ContainsAny(value, "\r\n\x00") {
		return "", "the secret " + name + " is not a single line of text"
	}
	return value, ""
}

// with is fields with one more, in the place of any of that name.
func with(fields []Field, name, value string) []Field {
	name = strings.ToLower(name)
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Value = value
			return fields
		}
	}
	return append(fields, Field{name, value})
}

// forward makes the proxy's own request that of an attempt; false if it cannot be.
func (s *stream) forward(provider string, fields []Field, body []byte) bool {
	own := append([]Field{{ClusterHeader, s.setup.clusters[provider]}}, fields...)
	for _, name := range kept {
		if value := s.req.header(name); value != "" {
			own = with(own, name, value)
		}
	}
	if !s.setup.profile.Authority {
		own = with(own, ":authority", s.req.header(":authority"))
	}
	own = append(own, Field{"content-length", strconv.Itoa(len(body))})
	return s.p.host.SetFields(RequestHeaders, own) == OK && s.p.host.SetBuffer(RequestBody, 0, s.size, body) == OK
}

// letGo lets the headers go before the body is there. Nothing of the caller's but what a request
// must have goes with them: its key is not for whoever they reach.
func (s *stream) letGo() Action {
	bare := []Field{{":path", "/"}, {":authority", s.req.header(":authority")}}
	for _, name := range append(kept[:], "content-type", "content-length", "transfer-encoding") {
		if value := s.req.header(name); value != "" {
			bare = append(bare, Field{name, value})
		}
	}
	if cfg := s.setup.router.Catalog().Config(); len(cfg.Providers) > 0 {
		bare = append(bare, Field{ClusterHeader, s.setup.clusters[cfg.Providers[0].Name]})
	}
	if s.p.host.SetFields(RequestHeaders, bare) != OK {
		return s.refuse(&llm.Error{Code: llm.CodeInternal, Message: "the proxy does not let the request's headers be changed"})
	}
	return Go
}
