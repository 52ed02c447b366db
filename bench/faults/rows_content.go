package main

import (
	"bytes"
	"compress/gzip"
	"strings"
)

// rowsWithoutAnswer are good statuses whose body is no answer.
func rowsWithoutAnswer() []row {
	none := func(steps ...step) half {
		return half{does: does(steps...), alone: fails(502, "bad_answer"), second: asked, first: "bad_answer"}
	}
	told := func(outcome string, alone result, steps ...step) half {
		return half{does: does(steps...), alone: alone, second: asked, first: outcome}
	}
	object := `{"error":{"message":"the engine is on fire","type":"server_error","code":null}}`
	limited := `{"error":{"message":"slow down","type":"rate_limit_error","code":429}}`
	empty := document(`{"role":"assistant","content":""}`, "null")
	none502 := fails(502, "provider_error")
	return []row{
		{"a page with 200", stageContent, none(say(answerOf("200 OK", "text/html", page))), none(say(answerOf("200 OK", "text/html", page)))},
		{"plain text with 200", stageContent, none(say(answerOf("200 OK", "text/plain", "ok"))), none(say(answerOf("200 OK", "text/plain", "ok")))},
		{"an empty body", stageContent, none(say(length(""))), none(say(answerOf("200 OK", "text/event-stream", "")))},
		{"only white space", stageContent, none(say(length("\n\n \n"))), none(over("\n\n", "\n"))},
		{"an empty stream", stageContent, none(say(headOfChunks, lastChunk)), none(over())},
		{"only comments, then the end", stageContent, none(over(": hello\n\n")), none(over(": hello\n\n", ": hello\n\n"))},
		{"only [DONE]", stageContent, none(say(length(done))), none(over(done))},
		{"no choices", stageContent, none(say(length(`{"id":"a","object":"chat.completion","model":"up","choices":[]}`))),
			none(over(`data: {"id":"a","choices":[]}`+"\n\n", done))},
		{"choices are null", stageContent, none(say(length(`{"choices":null}`))), none(over(`data: {"choices":null}`+"\n\n", done))},
		{"an empty object", stageContent, none(say(length(`{}`))), none(over("data: {}\n\n", done))},
		{"another kind of JSON", stageContent, none(say(length(`["hello"]`))), none(over("data: [1,2]\n\n", "data: 7\n\n", done))},
		{"no content and no reason", stageContent, none(say(length(empty))), none(over(role, done))},
		{"only usage", stageContent, none(say(length(`{"usage":{"prompt_tokens":1}}`))), none(over(usage, done))},
		{"an error object with 200", stageContent, told("provider_error", none502, say(length(object))),
			told("provider_error", none502, say(length(object)))},
		{"an error with a status of its own", stageContent, told("rate_limited", fails(429, ""), say(length(limited))),
			told("rate_limited", fails(429, ""), over("data: "+limited+"\n\n"))},
		{"an error event first", stageContent, half{}, told("provider_error", none502, over(failed))},
		{"a named error event first", stageContent, half{}, told("provider_error", none502, over("event: error\n"+`data: {"message":"on fire"}`+"\n\n"))},
		{"an error event, then [DONE]", stageContent, half{}, told("provider_error", none502, over(failed, done))},
		{"a choice that ended in an error", stageContent, told("provider_error", fails(502, ""), say(length(document(`{"role":"assistant","content":""}`, `"error"`)))),
			told("provider_error", fails(502, ""), over(role, event(`{}`, `"error"`), done))},
		{"half of the JSON", stageContent, none(say(length(half1(usual)))), none(over(broken, word1, word2, word3, stop, done))},
		{"a stream for a plain caller", stageContent, none(over(role, word1, word2, word3, stop, done)), half{}},
		{"gzip that is none", stageContent, none(say(answerOf("200 OK", "application/json", "\x1f\x8b nonsense", "Content-Encoding: gzip"))),
			none(say(answerOf("200 OK", "text/event-stream", "\x1f\x8b nonsense", "Content-Encoding: gzip")))},
		{"an encoding that nobody asked for", stageContent, none(say(answerOf("200 OK", "application/json", "\x21\x03\x00", "Content-Encoding: br"))),
			none(say(answerOf("200 OK", "text/event-stream", "\x21\x03\x00", "Content-Encoding: br")))},
		{"bytes that are no text", stageContent, none(say(length("\x00\xff\xfe\x80"))), none(over("\x00\xff\xfe\x80\n\n"))},
	}
}

// rowsBeforeContent are streams that begin, and break before the caller knows of them.
func rowsBeforeContent() []row {
	stream1 := func(fault, outcome, alone string, want result, steps ...step) row {
		return row{fault: fault, stage: stageContent, stream: half{does: does(steps...), alone: want, second: asked, first: outcome, firstAlone: alone}}
	}
	broke := fails(502, "stream_cut")
	silent := fails(504, "timeout")
	bad := stream1("the role, then bad JSON", "bad_answer", "", fails(502, "bad_answer"), over(role, broken, word1, word2, word3, stop, done))
	bad.stream.dropped = 1
	long := stream1("a line without an end (17 MB)", "bad_answer", "", fails(502, "bad_answer"), over(role, `data: {"a":"`+strings.Repeat("x", 17<<20)+`"}`+"\n\n"))
	return []row{
		bad, long,
		stream1("the role, then closed", "cut", "", broke, say(stream(role)), fin),
		stream1("the role, then reset", "cut", "", broke, say(stream(role)), rst),
		stream1("the role, then a good end", "bad_answer", "", fails(502, "bad_answer"), over(role)),
		stream1("the role, then silence", "first_token_timeout", "total_timeout", silent, say(stream(role)), hang),
		stream1("the role, then comments", "first_token_timeout", "total_timeout", silent, say(stream(role)), tick(chunks(": waiting\n\n"))),
		stream1("the role, then an error", "provider_error", "", fails(502, "provider_error"), over(role, failed)),
		stream1("the role, then half an event", "cut", "", broke, say(stream(role, half1(word1))), fin),
		stream1("comments only", "first_token_timeout", "total_timeout", silent, say(headOfStream), tick(chunks(": waiting\n\n"))),
		stream1("empty deltas only", "first_token_timeout", "total_timeout", silent, say(headOfStream), tick(chunks(event(`{"content":""}`, "null")))),
		stream1("comments, then closed", "cut", "", broke, say(stream(": waiting\n\n", ": waiting\n\n")), fin),
		stream1("a chunk without a size", "cut", "", broke, say(headOfStream, "zz\r\n"), rest(aWhile), fin),
	}
}

// rowsOfBodies are plain answers that do not end as they should, and streams of which nothing
// but the head has come.
func rowsOfBodies() []row {
	plain := func(fault, outcome string, want result, steps ...step) row {
		return row{fault: fault, stage: stageAfter, plain: half{does: does(steps...), alone: want, second: asked, first: outcome}}
	}
	broke := fails(502, "stream_cut")
	timeout := fails(504, "timeout")
	first := func(outcome, alone string, want result, ends ...step) half {
		return half{does: does(append(script{say(headOfStream)}, ends...)...), alone: want, second: asked, first: outcome, firstAlone: alone}
	}
	body := func(outcome string, want result, ends ...step) half {
		return half{does: does(append(script{say(strings.TrimSuffix(length(usual), usual))}, ends...)...), alone: want, second: asked, first: outcome}
	}
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
	return []row{
		{"headers, then closed", stageContent, body("cut", broke, fin), first("cut", "", broke, fin)},
		{"headers, then reset", stageContent, body("cut", broke, rst), first("cut", "", broke, rst)},
		{"headers, then silence", stageContent, body("idle_timeout", timeout, hang), first("first_token_timeout", "total_timeout", timeout, hang)},
		{"headers, then white space for ever", stageContent, body("total_timeout", timeout, tick(" ")), first("first_token_timeout", "total_timeout", timeout, tick(chunks("\n")))},
		plain("half a body, then closed", "cut", broke, say(half1(length(usual))), fin),
		plain("half a body, then reset", "cut", broke, say(half1(length(usual))), rst),
		plain("half a body, then silence", "idle_timeout", timeout, say(half1(length(usual))), hang),
		plain("half a body in chunks, then closed", "cut", broke, say(headOfChunks, chunks(half1(usual))), fin),
		plain("half a body in chunks, then a good end", "bad_answer", fails(502, "bad_answer"), say(headOfChunks, chunks(half1(usual)), lastChunk)),
		plain("half a body up to the close", "bad_answer", fails(502, "bad_answer"), say(head, half1(usual)), fin),
		plain("a chunk with a wrong size", "cut", broke, say(headOfChunks, "10\r\n", usual), fin),
		plain("a length that is too long", "cut", broke, say("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", usual), fin),
		plain("a length that is too short", "bad_answer", fails(502, "bad_answer"), say("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", usual), fin),
		plain("a body that trickles for ever", "total_timeout", timeout, say(headOfChunks), tick(chunks("["))),
	}
}

// flushed is the beginning of a gzip that goes on: all of the texts can be read already.
func flushed(texts ...string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, t := range texts {
		_, err := z.Write([]byte(t))
		if err2 := z.Flush(); err != nil || err2 != nil {
			panic("a buffer takes everything")
		}
	}
	return b.String()
}

// zipped is text in gzip.
func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	if err2 := z.Close(); err != nil || err2 != nil {
		panic("a buffer takes everything")
	}
	return b.String()
}
