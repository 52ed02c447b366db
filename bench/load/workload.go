package main

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What all requests say of themselves.
const (
	model    = "bench/sim"
	key      = "sk-load-0123456789abcdef" // of the simulated provider
	markSize = 9                          // 'k' and eight digits
)

// workload is one kind of request.
type workload struct {
	name   string
	about  string
	size   int // bytes of the body; 0 as many as it takes
	events int // of the answer; 0 for a plain one
}

// workloads are what is measured: all, or the one of that name.
func workloads(only string) []workload {
	all := []workload{
		{name: "356B", about: "plain, 356 B body", size: 356},
		{name: "20KB", about: "plain, 20 KB body", size: 20 << 10},
		{name: "stream", about: "356 B body, SSE answer of 64 events in a burst", size: 356, events: 64},
	}
	return slices.DeleteFunc(all, func(l workload) bool { return only != "" && l.name != only })
}

// request is a request as it goes over the wire, with the place of its number in it.
type request struct {
	wire []byte
	mark []byte // part of wire
}

// request writes the workload's request to host.
func (l workload) request(host string) request {
	body := l.body()
	wire := fmt.Appendf(nil, "POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nUser-Agent: load/1\r\nAccept: */*\r\n"+
		"Authorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", host, key, len(body), body)
	at := bytes.Index(wire, []byte(`k00000000`))
	return request{wire: wire, mark: wire[at : at+markSize]}
}

// number makes it request n.
func (r request) number(n int) {
	for i := markSize - 1; i > 0; i-- {
		r.mark[i] = byte('0' + n%10)
		n /= 10
	}
}

// body is a chat completion that tells the simulated provider what to answer: a number,
// behind as many words as make the events of a stream, of which three are the role, the
// finish reason and the end mark.
func (l workload) body() []byte {
	words := 8
	if l.events > 0 {
		words = l.events - 3
	}
	head := `{"model":"` + model + `","temperature":0.2,"max_tokens":256,`
	if l.events > 0 {
		head += `"stream":true,`
	}
	const turn = `{"role":"system","content":"You are the operator.\nAnswer \"briefly\"."},`
	ask := `{"role":"user","content":"sim: text=\"` + strings.Repeat("a ", words-1) + `k00000000\"\n`
	const tail = `"}]}`
	room := l.size - len(head) - len(`"messages":[`) - len(ask) - len(tail)
	turns := 0
	if room >= len(turn) {
		turns = 1
	}
	if room > 8<<10 { // a long conversation, and a long last word
		turns = room / 2 / len(turn)
	}
	const lorem = `put me through to \"the exchange\", please; `
	pad := max(room-turns*len(turn), 0)
	text := strings.Repeat(lorem, pad/len(lorem))
	text += strings.Repeat(".", pad-len(text))
	return []byte(head + `"messages":[` + strings.Repeat(turn, turns) + ask + text + tail)
}

// check says what is wrong with an answer to the request with this mark, or nothing.
func (l workload) check(a *answer, mark []byte) error {
	switch {
	case a.status != 200:
		return fmt.Errorf("status %d: %s", a.status, clip(a.body))
	case !bytes.Contains(a.body, mark):
		return fmt.Errorf("an answer without the number %s of its request: %s", mark, clip(a.body))
	case l.events == 0 && !(bytes.HasPrefix(a.body, []byte("{")) && bytes.HasSuffix(bytes.TrimSpace(a.body), []byte("}"))):
		return fmt.Errorf("not a JSON object: %s", clip(a.body))
	case l.events > 0 && bytes.Count(a.body, []byte("data: ")) != l.events:
		return fmt.Errorf("%d events instead of %d: %s", bytes.Count(a.body, []byte("data: ")), l.events, clip(a.body))
	case l.events > 0 && !bytes.HasSuffix(a.body, []byte("data: [DONE]\n\n")):
		return fmt.Errorf("a stream without its end mark: %s", clip(a.body))
	}
	return nil
}

// clip shows the beginning of a body.
func clip(b []byte) string {
	const most = 200
	if len(b) > most {
		return strconv.Quote(string(b[:most])) + "…"
	}
	return strconv.Quote(string(b))
}
