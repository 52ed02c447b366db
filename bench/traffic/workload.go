package traffic

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"time"
)

// What all requests say of themselves: the model and the key of the simulated provider, which takes no
// others, or, if they are routed, those that a caller of strowger uses.
const (
	Upstream  = "sim-1"
	Key       = "sk-load-0123456789abcdef"
	Model     = "bench/sim"
	CallerKey = "sk-caller-0123456789abcdef"
	markSize  = 9 // 'k' and eight digits
)

// Tokens that a plain answer states.
const (
	PromptTokens     = 80
	CompletionTokens = 8
)

// Parts of workloads that the provider looks at as well.
const (
	StreamEvents = 64
	FailTenth    = `"user":"tenth",`
)

// Workload is one kind of request.
type Workload struct {
	Name   string
	About  string
	Size   int    // bytes of the body, without Extra
	Events int    // of the answer, which is StreamEvents long; 0 for a plain one
	Pace   int    // of these events, a second; 0: all at once
	Rate   int    // requests a second; 0: a closed loop
	Extra  string // members of the body
	Failed bool   // one in ten fails at the first endpoint that is tried
	Path   string // where it is sent to; "" for /v1/chat/completions
	Routed bool   // it goes through strowger, which has a model and a key of its own for it

	every time.Duration // between events of a stream that lasts; 0: it is one that ends
}

// request is a request as it goes over the wire, with the place of its number in it.
type request struct {
	wire []byte
	mark []byte // part of wire
}

// request writes the workload's request to host, with these header lines.
func (l Workload) request(host, header string) request {
	body, key := l.Body(), Key
	if l.Routed {
		key = CallerKey
	}
	wire := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: load/1\r\nAccept: */*\r\n"+
		"Authorization: Bearer %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s", cmp.Or(l.Path, "/v1/chat/completions"), host, key, header, len(body), body)
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

// model is the name that the request has for it, and that its answer is to have.
func (l Workload) model() string {
	if l.Routed {
		return Model
	}
	return Upstream
}

// Body is a chat completion that tells the simulated provider what to answer: a number,
// behind as many words as make the events of a stream, of which three are the role, the
// finish reason and the end mark.
func (l Workload) Body() []byte {
	words := 8
	if l.Events > 0 {
		words = l.Events - 3
	}
	head := `{"model":"` + l.model() + `","temperature":0.2,"max_tokens":256,`
	if l.Events > 0 {
		head += `"stream":true,`
	}
	head += l.Extra
	const turn = `{"role":"system","content":"You are the operator.\nAnswer \"briefly\"."},`
	pace := ""
	if l.Pace > 0 {
		pace = fmt.Sprintf("tps=%d ", l.Pace)
	}
	if l.every > 0 {
		pace = fmt.Sprintf("every=%d ", l.every.Milliseconds())
	}
	ask := `{"role":"user","content":"sim: ` + pace + `text=\"` + strings.Repeat("a ", words-1) + `k00000000\"\n`
	const tail = `"}]}`
	room := l.Size + len(l.Extra) - len(head) - len(`"messages":[`) - len(ask) - len(tail)
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
