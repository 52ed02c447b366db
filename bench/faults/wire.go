package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// script is what a raw provider does on a connection, step by step. When it has ended
// without an end of the connection, the next request is waited for.
type script []step

// step is one thing done: bytes written as they stand, a pause, or the end.
type step struct {
	say   string
	pause time.Duration
	tick  string // written every few milliseconds until the other side has gone
	end   ending
}

// ending is how a script leaves its connection.
type ending uint8

const (
	endNone ending = iota
	endFIN         // closed in good order
	endRST         // reset
	endHang        // nothing more, until the other side has gone
	endFull        // never begun: the queue of connections is full
)

var (
	fin  = step{end: endFIN}
	rst  = step{end: endRST}
	hang = step{end: endHang}
	// deaf, as the first step, does without reading the request.
	deaf = step{end: endNone}
	// full, as the only step, accepts no connection.
	full = step{end: endFull}
)

func say(texts ...string) step        { return step{say: strings.Join(texts, "")} }
func rest(d time.Duration) step       { return step{pause: d} }
func tick(text string) step           { return step{tick: text} }
func does(steps ...step) []script     { return []script{steps} }
func then(scripts ...script) []script { return scripts }

// The text that the first provider says, in three parts with what is hard to cut, and the
// other text of a second one, which begins the same but differs within the first part.
const (
	text1     = "Grüße an “alle”: 漢字 "
	text2     = "und 😀 \\ \"so\"\n\tweiter, "
	text3     = "bis </zum> Ende."
	fullText  = text1 + text2 + text3
	otherText = "Grüße zurück, 漢字 und Schluß."
)

// The heads of answers.
const (
	headOfStream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
	headToClose  = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
	headOfChunks = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
	lastChunk    = "0\r\n\r\n"
	done         = "data: [DONE]\n\n"
)

// The events of the usual stream.
var (
	role   = event(`{"role":"assistant","content":""}`, "null")
	word1  = event(content(text1), "null")
	word2  = event(content(text2), "null")
	word3  = event(content(text3), "null")
	stop   = event(`{}`, `"stop"`)
	usage  = `data: {"id":"chatcmpl-first","object":"chat.completion.chunk","created":1700000000,"model":"up","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}` + "\n\n"
	broken = `data: {"id":"chatcmpl-first","choices":[{"index":0,"delta":{"content":"lo` + "\n\n"
	failed = `data: {"error":{"message":"the engine is on fire","type":"server_error","param":null,"code":null}}` + "\n\n"
)

// quote is text as JSON, with its characters as they are.
func quote(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic(err) // a string is always JSON
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func content(text string) string { return `{"content":` + quote(text) + `}` }

// event is a chunk of choice 0.
func event(delta, finish string) string { return eventOf(0, delta, finish) }

func eventOf(choice int, delta, finish string) string {
	return fmt.Sprintf(`data: {"id":"chatcmpl-first","object":"chat.completion.chunk","created":1700000000,"model":"up","choices":[{"index":%d,"delta":%s,"finish_reason":%s}]}`+"\n\n", choice, delta, finish)
}

// document is a whole answer with that message.
func document(message, finish string) string {
	return `{"id":"chatcmpl-first","object":"chat.completion","created":1700000000,"model":"up","choices":[{"index":0,"message":` + message +
		`,"finish_reason":` + finish + `}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}`
}

// usual is the whole answer.
var usual = document(`{"role":"assistant","content":`+quote(fullText)+`}`, `"stop"`)

// chunks are the texts in chunked coding, a chunk each.
func chunks(texts ...string) string {
	var b strings.Builder
	for _, t := range texts {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(t), t)
	}
	return b.String()
}

// stream is a stream that begins so, and is not over.
func stream(events ...string) string { return headOfStream + chunks(events...) }

// over is a stream with a good end of its transport.
func over(events ...string) step { return say(stream(events...), lastChunk) }

// length is an answer with its length in front, as JSON.
func length(body string) string { return answerOf("200 OK", "application/json", body) }

// answerOf is an answer of any status, with further headers behind the content type.
func answerOf(status, contentType, body string, headers ...string) string {
	more := ""
	for _, h := range headers {
		more += h + "\r\n"
	}
	return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n%s", status, contentType, more, len(body), body)
}

// half of a text, in bytes.
func half1(text string) string { return text[:len(text)/2] }

// page is what proxies in front of providers send.
const page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"

// refusal is an error body of OpenAI's shape.
func refusal(message, typ, code string) string {
	return fmt.Sprintf(`{"error":{"message":%s,"type":%q,"param":null,"code":%s}}`, quote(message), typ, code)
}
