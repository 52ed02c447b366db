package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// lane is one part of the sweep: an answer in one framing, cut at every byte of its body by one
// ending, with a second provider that says the same or without one.
type lane struct {
	framing string
	ending  string
	end     step
	stream  bool
	mode    mode
	name    string
	text    string // of the answer
	head    string
	body    string // as it goes over the wire
	may     int    // cut at this byte or behind it, the answer may be taken for complete
	must    int    // and from here on it must be
	raw     *raw

	mu       sync.Mutex
	cuts     int
	problems []string
}

func (l *lane) String() string {
	form, with := "plain", "alone"
	if l.stream {
		form = "stream"
	}
	if l.mode != modeNone {
		with = "with a second provider"
	}
	return fmt.Sprintf("%s, %s, ended by %s, %s", form, l.framing, l.ending, with)
}

// The texts of the sweep; no part of one looks like another.
var (
	sweptStream = numbers(64)
	sweptPlain  = numbers(230)
)

// numbers is a text of so many different words.
func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%dé ", i*i)
	}
	return b.String()
}

// lanes are all parts of the sweep.
func lanes() (all []*lane) {
	events := []string{role}
	for _, p := range pieces(sweptStream, 46) {
		events = append(events, event(content(p), "null"))
	}
	ended := strings.Join(append(events, stop), "")
	streamed := append(events, stop, usage, done)
	whole := document(`{"role":"assistant","content":`+quote(sweptPlain)+`}`, `"stop"`)
	for _, framing := range []string{"length", "chunked", "to the close"} {
		for _, e := range []struct {
			name string
			step step
		}{{"FIN", fin}, {"RST", rst}, {"a stall", hang}} {
			for _, m := range []mode{modeNone, modeSame} {
				plain := lane{framing: framing, ending: e.name, end: e.step, mode: m, text: sweptPlain}
				plain.frame("application/json", []string{whole, "\n"}, len(whole), len(whole))
				plain.must = len(plain.body) // only where its end is one
				if framing == "to the close" && e.name == "FIN" {
					plain.must = len(whole)
				}
				stream := lane{framing: framing, ending: e.name, end: e.step, mode: m, text: sweptStream, stream: true}
				stream.frame("text/event-stream", streamed, len(ended)-len("\n\n"), len(ended))
				if e.name == "a stall" && framing == "chunked" { // what came with half a chunk may not be seen
					stream.must = len(stream.body)
				}
				for _, l := range []*lane{&plain, &stream} {
					all = append(all, l)
					l.name = fmt.Sprintf("s%d", len(all))
				}
			}
		}
	}
	return all
}

// frame makes the bytes of the answer. may and must are places in the body without its framing.
func (l *lane) frame(kind string, parts []string, may, must int) {
	text := strings.Join(parts, "")
	l.head = "HTTP/1.1 200 OK\r\nContent-Type: " + kind + "\r\n"
	switch l.framing {
	case "length":
		l.head += "Content-Length: " + strconv.Itoa(len(text)) + "\r\n\r\n"
		l.body = text
	case "chunked":
		l.head += "Transfer-Encoding: chunked\r\n\r\n"
		l.body = chunks(parts...) + lastChunk
		may, must = onWire(parts, may), onWire(parts, must)
	default:
		l.head += "Connection: close\r\n\r\n"
		l.body = text
	}
	l.may, l.must = may, must
}

// onWire is where the first n bytes of the parts are over when each part is a chunk.
func onWire(parts []string, n int) int {
	at := 0
	for _, p := range parts {
		size := len(strconv.FormatInt(int64(len(p)), 16)) + len("\r\n")
		if n <= len(p) {
			return at + size + n
		}
		at += size + len(p) + len("\r\n")
		n -= len(p)
	}
	return at + n
}

// script is the answer cut where the request says.
func (l *lane) script(request []byte) script {
	var q question
	if err := json.Unmarshal(request, &q); err != nil || len(q.Messages) == 0 {
		return script{say("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")}
	}
	n, err := strconv.Atoi(q.Messages[0].Content)
	if err != nil || n < 0 || n > len(l.body) {
		return script{say("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")}
	}
	return script{say(l.head, l.body[:n]), l.end}
}

func (l *lane) model() string    { return "sweep/" + l.name }
func (l *lane) provider() string { return "raw-" + l.name }

// sweepConfiguration writes the lanes' part of the configuration. Only a stall is short of time.
func sweepConfiguration(providers, models io.Writer, all []*lane) {
	for _, l := range all {
		times := longTimes
		if l.ending == "a stall" {
			times = "{connect: 5s, first_token: 700ms, idle: 400ms, total: 2s}"
		}
		fmt.Fprintf(providers, "  %s: {schema: openai, base_url: %q, timeouts: %s}\n", l.provider(), l.raw.url+"/v1", times)
		model(models, l.model(), l.name, l.mode, l.provider())
	}
}

// without is how many bytes further apart the cuts are where there is no second provider: with
// one, the answer has to be complete wherever it was cut, which shows the most.
const without = 3

// sweep cuts every lane at every so-many-th byte, so many at a time.
func sweep(ctx context.Context, url string, all []*lane, every, parallel int) {
	type job struct {
		l  *lane
		at int
	}
	var jobs []job
	for i, l := range all {
		apart := every
		if l.mode == modeNone {
			apart *= without
		}
		for at := i % apart; at < len(l.body); at += apart {
			jobs = append(jobs, job{l, at})
		}
	}
	r := rand.New(rand.NewPCG(1, 2)) // stalls wait while others work
	r.Shuffle(len(jobs), func(i, j int) { jobs[i], jobs[j] = jobs[j], jobs[i] })
	next := make(chan job)
	var workers sync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for j := range next {
				j.l.cut(ctx, url, j.at)
			}
		})
	}
	for _, j := range jobs {
		if ctx.Err() != nil {
			break
		}
		next <- j
	}
	close(next)
	workers.Wait()
}

// cut sends one request and judges what comes of it.
func (l *lane) cut(ctx context.Context, url string, at int) {
	h, err := post(ctx, url, l.model(), strconv.Itoa(at), "", l.stream)
	wrong := ""
	switch {
	case err != nil:
		wrong = "no answer: " + err.Error()
	default:
		wrong = l.judge(h, at)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cuts++
	if wrong != "" {
		l.problems = append(l.problems, fmt.Sprintf("cut at byte %d of %d, behind %q: %s", at, len(l.body), l.body[max(0, at-20):at], wrong))
	}
}

// judge is what is wrong with an answer that was cut there.
func (l *lane) judge(h *heard, at int) string {
	lie := h.truncated(l.stream)
	complete := h.status == 200 && h.message == "" && lie == ""
	switch {
	case len(h.wrong) > 0:
		return h.wrong[0]
	case lie != "":
		return fmt.Sprintf("a lie: %s; %v", lie, h)
	case complete && (h.text != l.text || !slices.Equal(h.finishes, []string{"stop"})):
		return fmt.Sprintf("it looks complete and is not the answer: %v", h)
	case complete && l.mode == modeNone && at < l.may:
		return fmt.Sprintf("complete, out of nothing: %v", h)
	case complete:
		return ""
	case l.mode != modeNone || at >= l.must:
		return fmt.Sprintf("not complete: %v", h)
	case !strings.HasPrefix(l.text, h.text):
		return fmt.Sprintf("the beginning is not that of the answer: %q", h.text)
	}
	return ""
}

// count holds the requests that the providers saw against those that were sent.
func (l *lane) count(second *healthy) {
	// A request that ran out of time may not have been read.
	if n := int(l.raw.heard.Load()); n > l.cuts || n < l.cuts && l.ending != "a stall" {
		l.problems = append(l.problems, fmt.Sprintf("%d requests were sent, and the provider was asked %d times", l.cuts, n))
	}
	if second != nil && second.asked(l.name) > l.cuts {
		l.problems = append(l.problems, fmt.Sprintf("%d requests were sent, and the second provider was asked %d times", l.cuts, second.asked(l.name)))
	}
}
