package main

import (
	"fmt"
	"strings"
)

func hex4(r rune) string { return fmt.Sprintf(`\u%04x`, r) }

// fine is an answer that is complete for all its oddities.
func fine(steps ...step) half { return half{does: does(steps...), alone: whole, first: "ok"} }

// rowsOfEnds are answers that are complete, and end in some odd way.
func rowsOfEnds() []row {
	all := []string{role, word1, word2, word3, stop}
	streamed := func(fault string, steps ...step) row {
		return row{fault: fault, stage: stageFine, stream: fine(steps...)}
	}
	both := func(fault string, plain, stream half) row { return row{fault, stageFine, plain, stream} }
	finished := func(outcome, reason, message string, deltas ...string) (plain, stream half) {
		plain = fine(say(length(document(message, quote(reason)))))
		stream = fine(over(append(append([]string{role}, deltas...), event(`{}`, quote(reason)), done)...))
		for _, h := range [...]*half{&plain, &stream} {
			h.finish, h.first, h.text = reason, outcome, text1
		}
		return plain, stream
	}
	part := `{"role":"assistant","content":` + quote(text1) + `}`
	filteredPlain, filtered := finished("content_filter", "content_filter", part, word1)
	lengthPlain, long := finished("ok", "length", part, word1)
	const call = `{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":"{}"}}`
	calledPlain, called := finished("ok", "tool_calls", `{"role":"assistant","content":null,"tool_calls":[`+call+`]}`, event(`{"tool_calls":[`+call+`]}`, "null"))
	calledPlain.text, called.text = "-", "-"
	emptyPlain, empty := finished("ok", "stop", `{"role":"assistant","content":""}`)
	emptyPlain.text, empty.text = "-", "-"
	return []row{
		both("as it should be", fine(say(length(usual))), fine(over(append(all, usage, done)...))),
		streamed("no [DONE], a good end", over(all...)),
		streamed("no [DONE], closed", say(stream(all...)), fin),
		streamed("no [DONE], reset", say(stream(all...)), rst),
		streamed("no [DONE], silence", say(stream(all...)), hang),
		streamed("no [DONE], comments", say(stream(all...)), tick(chunks(": waiting\n\n"))),
		streamed("[DONE], then silence", say(stream(append(all, done)...)), hang),
		streamed("[DONE], then reset", say(stream(append(all, done)...)), rst),
		streamed("[DONE] without its blank line", say(headToClose, strings.Join(all, ""), "data: [DONE]"), fin),
		streamed("a reason without its blank line", say(headToClose, strings.Join(all[:4], ""), strings.TrimRight(stop, "\n")), fin),
		both("no usage", fine(say(length(strings.Replace(usual, `"usage"`, `"unusual"`, 1)))), fine(over(append(all, done)...))),
		both("content filter", filteredPlain, filtered),
		both("length", lengthPlain, long),
		both("a tool call", calledPlain, called),
		both("a reason, but no content", emptyPlain, empty),
		streamed("text behind [DONE]", over(append(all, done, word1, done)...)),
		streamed("an error behind [DONE]", over(append(all, done, failed)...)),
	}
}

// rowsOfOddities are answers of servers that are almost compatible.
func rowsOfOddities() []row {
	all := strings.Join([]string{role, word1, word2, word3, stop, done}, "")
	streamed := func(fault string, steps ...step) row {
		return row{fault: fault, stage: stageFine, stream: fine(steps...)}
	}
	bad := streamed("one unreadable event in the middle", over(role, word1, broken, word2, word3, stop, done))
	bad.stream.dropped = 1
	lines := func(end string) string { return strings.ReplaceAll(all, "\n", end) }
	named := strings.ReplaceAll(all, "data: ", "event: message\nid: 7\nretry: 1000\ndata:")
	split := strings.Replace(all, `"object"`, "\ndata: "+`"object"`, 1)
	slow := script{rest(aWhile), say(headOfStream)}
	for _, e := range []string{role, word1, word2, word3, stop, done} {
		slow = append(slow, rest(aWhile), say(chunks(e)))
	}
	slow = append(slow, say(lastChunk))
	slowPlain := script{rest(2 * aWhile), say(length(usual)[:100]), rest(aWhile), say(length(usual)[100:])}
	slowly := row{"slow but well", stageFine, fine(slowPlain...), fine(slow...)}
	waits := streamed("comments for a while, then fine", say(stream(": waiting\n\n")), rest(aWhile), say(chunks(": waiting\n\n")), rest(aWhile), say(chunks(all), lastChunk))
	one := script{say(headOfStream, fmt.Sprintf("%x\r\n", len(all)))}
	for _, e := range strings.SplitAfter(all, "\n\n") {
		one = append(one, say(e), rest(aLongOne))
	}
	slowChunk := streamed("one chunk that fills slowly", append(one, say("\r\n", lastChunk))...)
	return []row{
		bad, slowly, waits, slowChunk,
		streamed("lines that end in CR LF", over(lines("\r\n"))),
		streamed("lines that end in CR", over(lines("\r"))),
		streamed("a byte order mark in front", over("\ufeff"+all)),
		streamed("no space behind the colon", over(strings.ReplaceAll(all, "data: ", "data:"))),
		streamed("event names, ids and retry", over(named)),
		streamed("an event in two lines", over(split)),
		streamed("comments between all events", over(strings.ReplaceAll(all, "\n\n", "\n\n: beat\n\n"))),
		streamed("everything in one chunk", over(all)),
		streamed("errors that are null", over(strings.ReplaceAll(all, `"object"`, `"error":null,"object"`))),
		streamed("usage that is null", over(strings.ReplaceAll(all, `"object"`, `"usage":null,"object"`))),
		streamed("empty data between all events", over(strings.ReplaceAll(all, "\n\n", "\n\ndata:\n\n"))),
		streamed("the last text and the reason in one", over(role, word1, word2, strings.Replace(word3, "null", `"stop"`, 1), done)),
		streamed("the role and the first text in one", over(strings.Replace(word1, `{"content"`, `{"role":"assistant","content"`, 1), word2, word3, stop, done)),
		streamed("one JSON object instead of a stream", say(length(usual))),
		streamed("the wrong content type", say(answerOf("200 OK", "application/json", all))),
		{fault: "an end mark behind the object", stage: stageFine, plain: fine(say(length(usual + "\n" + done)))},
		{fault: "a byte order mark and white space", stage: stageFine, plain: fine(say(length("\ufeff\n " + usual + "\r\n\n")))},
		{fault: "the wrong content type", stage: stageFine, plain: fine(say(answerOf("200 OK", "text/html", usual)))},
	}
}

// rowsOfTransportOddities are odd ways to carry an answer that is complete.
func rowsOfTransportOddities() []row {
	all := []string{role, word1, word2, word3, stop, done}
	text := strings.Join(all, "")
	old := func(head string) string { return strings.Replace(head, "HTTP/1.1", "HTTP/1.0", 1) }
	plainToClose := strings.Replace(headToClose, "text/event-stream", "application/json", 1)
	both := func(fault string, plain, stream half) row { return row{fault, stageFine, plain, stream} }
	gzipped := half{does: does(say(answerOf("200 OK", "application/json", zipped(usual), "Content-Encoding: gzip"))), alone: whole, first: "ok"}
	gzippedStream := half{does: does(say(answerOf("200 OK", "text/event-stream", zipped(text), "Content-Encoding: gzip"))), alone: whole, first: "ok"}
	return []row{
		both("HTTP/1.0", fine(say(old(plainToClose), usual), fin), fine(say(old(headToClose), text), fin)),
		both("up to the close", fine(say(plainToClose, usual), fin), fine(say(headToClose, text), fin)),
		both("complete, then closed before the last chunk", half{}, fine(say(headOfStream, chunks(text)), fin)),
		both("more bytes than the length", fine(say(length(usual), "garbage\r\n\r\n"), rest(aWhile), fin),
			fine(say(answerOf("200 OK", "text/event-stream", text), "garbage\r\n\r\n"), rest(aWhile), fin)),
		both("garbage behind the last chunk", fine(say(headOfChunks, chunks(usual), lastChunk, "garbage"), fin), fine(over(all...), say("garbage"), fin)),
		both("byte by byte", fine(say(headOfChunks, chunks(strings.Split(usual, "")...), lastChunk)), fine(say(headOfStream, chunks(strings.Split(text, "")...), lastChunk))),
		both("a split within each character", fine(say(headOfChunks, chunks(bytewise(usual)...), lastChunk)), fine(say(headOfStream, chunks(bytewise(text)...), lastChunk))),
		both("100 Continue and 103 in front", fine(say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n", length(usual))),
			fine(say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"), over(all...))),
		both("chunk extensions and trailers", fine(say(headOfChunks, strings.Replace(chunks(usual), "\r\n", ";a=b\r\n", 1), "0\r\nX-Sum: 1\r\n\r\n")),
			fine(say(headOfStream, strings.Replace(chunks(text), "\r\n", ";a=b\r\n", 1), "0\r\nX-Sum: 1\r\n\r\n"))),
		both("gzip that nobody asked for", gzipped, gzippedStream),
	}
}

// bytewise is text byte by byte.
func bytewise(text string) []string {
	all := make([]string, len(text))
	for i := range len(text) {
		all[i] = text[i : i+1]
	}
	return all
}
