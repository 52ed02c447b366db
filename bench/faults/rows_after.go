package main

import (
	"strings"
)

// rowsInMidAnswer are streams that break when the caller has a part of the text. Another
// provider goes on behind it, if there is one.
func rowsInMidAnswer() []row {
	broke := func(fault, outcome, code string, steps ...step) row {
		return row{fault: fault, stage: stageAfter, stream: half{does: does(steps...), alone: cut(code), second: goesOn, first: outcome, told: text1}}
	}
	thought := event(`{"reasoning_content":`+quote(text2)+`}`, "null")
	long := broke("a long answer, then closed", "cut", "stream_cut", say(stream(role, word1, word2)), fin)
	long.stream.told = text1 + text2
	nearly := broke("all the text, then closed", "cut", "stream_cut", say(stream(role, word1, word2, word3)), fin)
	nearly.stream.told, nearly.stream.ended = fullText, true
	reasoned := broke("reasoning and text, then closed", "cut", "stream_cut", say(stream(role, thought, word1)), fin)
	reasoned.stream.thought = text2
	pondered := broke("reasoning only, then closed", "cut", "stream_cut", say(stream(role, thought)), fin)
	pondered.stream.told, pondered.stream.thought = "", text2
	dropped := broke("bad JSON, then closed", "cut", "stream_cut", say(stream(role, word1, broken)), fin)
	dropped.stream.dropped = 1
	escaped := broke("escapes in the text, then closed", "cut", "stream_cut", say(stream(role, event(`{"content":`+escape(text1)+`}`, "null"))), fin)
	line := broke("a line without an end (17 MB)", "bad_answer", "bad_answer", over(role, word1, `data: {"a":"`+strings.Repeat("x", 17<<20)+`"}`+"\n\n"))
	return []row{
		broke("closed", "cut", "stream_cut", say(stream(role, word1)), fin),
		broke("reset", "cut", "stream_cut", say(stream(role, word1)), rst),
		long, line, nearly, reasoned, pondered, dropped, escaped,
		broke("closed within an event", "cut", "stream_cut", say(stream(role, word1, half1(word2))), fin),
		broke("closed within a character", "cut", "stream_cut", say(stream(role, word1, word2[:strings.Index(word2, "😀")+2])), fin),
		broke("closed before an event's blank line", "cut", "stream_cut", say(stream(role, word1, "data: {")), fin),
		broke("an end without a reason", "cut", "stream_cut", over(role, word1)),
		broke("[DONE] without a reason", "cut", "stream_cut", over(role, word1, done)),
		broke("silence", "idle_timeout", "timeout", say(stream(role, word1)), hang),
		broke("silence within an event", "idle_timeout", "timeout", say(stream(role, word1, half1(word2))), hang),
		broke("silence within a chunk", "idle_timeout", "timeout", say(stream(role, word1), "fff\r\n", half1(word2)), hang),
		broke("comments only", "idle_timeout", "timeout", say(stream(role, word1)), tick(chunks(": waiting\n\n"))),
		broke("blank lines only", "idle_timeout", "timeout", say(stream(role, word1)), tick(chunks("\n"))),
		broke("empty data only", "idle_timeout", "timeout", say(stream(role, word1)), tick(chunks("data:\n\n"))),
		broke("a comment without an end", "idle_timeout", "timeout", say(stream(role, word1)), tick(chunks(":"))),
		broke("empty reasons, then closed", "cut", "stream_cut", say(stream(role, strings.Replace(word1, "null", `""`, 1))), fin),
		broke("an error event", "provider_error", "provider_error", over(role, word1, failed)),
		broke("an error event, then [DONE]", "provider_error", "provider_error", over(role, word1, failed, done)),
		broke("a named error event", "provider_error", "provider_error", over(role, word1, "event: error\n"+`data: {"message":"on fire"}`+"\n\n")),
		broke("an error event with text behind it", "provider_error", "provider_error", over(role, word1, failed, word2, word3, stop, done)),
		broke("a choice that ended in an error", "provider_error", "provider_error", over(role, word1, event(`{}`, `"error"`), done)),
		broke("a page in the middle", "cut", "stream_cut", over(role, word1, page)),
	}
}

// rowsOfTransport are streams whose transport breaks in the middle.
func rowsOfTransport() []row {
	broke := func(fault string, steps ...step) row {
		return row{fault: fault, stage: stageAfter, stream: half{does: does(steps...), alone: cut("stream_cut"), second: goesOn, first: "cut", told: text1}}
	}
	short := stream(role, word1)[len(headOfStream):]
	early := broke("a length that is too short", say(answerOf("200 OK", "text/event-stream", role+word1+half1(word2)), word2, word3, stop, done), fin)
	early.stream.dropped = 1 // the half of an event
	return []row{
		early,
		broke("gzip, closed in the middle", say(strings.Replace(headOfStream, "\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n", 1), chunks(flushed(role, word1))), fin),
		broke("a chunk without a size", say(stream(role, word1), "zz\r\n"), rest(aWhile), fin),
		broke("a chunk that is longer than it says", say(stream(role, word1), "3\r\ndata: {}\n\n\r\n"), rest(aWhile), fin),
		broke("closed within a chunk's size", say(stream(role, word1), "1"), fin),
		broke("closed instead of the last chunk", say(stream(role, word1), "0\r\n"), fin),
		broke("closed, without chunks", say(headToClose, role, word1), fin),
		broke("reset, without chunks", say(headToClose, role, word1), rst),
		broke("a length that is too long", say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99999\r\n\r\n", role, word1), fin),
		broke("HTTP/1.0, closed", say(strings.Replace(headToClose, "HTTP/1.1", "HTTP/1.0", 1), role, word1), fin),
		broke("an HTTP answer within the answer", say(headOfStream, short, "HTTP/1.1 500 Oops\r\n\r\n"), fin),
	}
}

// rowsNobodyGoesOn are answers that nobody else can go on with: an honest end.
func rowsNobodyGoesOn() []row {
	ends := func(fault, more string, deltas ...string) row {
		return row{fault: fault, stage: stageAfter, stream: half{does: does(say(stream(append([]string{role}, deltas...)...)), fin),
			alone: cut("stream_cut"), second: unasked, first: "cut", more: more}}
	}
	tools := `"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]`
	call := event(`{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}]}`, "null")
	arguments := event(`{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":\"Mün"}}]}`, "null")
	other := eventOf(1, content(text1), "null")
	mixed := ends("text, then a tool call", tools, word1, call, arguments)
	mixed.stream.told = text1
	chosen := ends("two choices, of which one has ended", `"n":2`, word1, other, stop)
	chosen.stream.told, chosen.stream.finish = text1, "stop"
	late := ends("an error behind the reason", "", word1, word2, word3, stop, failed)
	late.stream.told, late.stream.finish, late.stream.first, late.stream.alone = fullText, "stop", "provider_error", cut("provider_error")
	many := ends("two choices, none has ended", `"n":2`, word1, other)
	many.stream.told = text1
	probable := ends("text with probabilities", `"logprobs":true`, word1)
	probable.stream.told = text1
	return []row{
		ends("within a tool call's arguments", tools, call, arguments),
		ends("behind a tool call's name", tools, call),
		mixed,
		ends("within a refusal", "", event(`{"refusal":`+quote(text1)+`}`, "null")),
		chosen, many, probable, late,
	}
}

// escape is text as JSON, with every character outside of ASCII written as \u….
func escape(text string) string {
	var b strings.Builder
	for _, r := range quote(text) {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r < 0x10000:
			b.WriteString(hex4(r))
		default:
			b.WriteString(hex4(0xd800+(r-0x10000)>>10) + hex4(0xdc00+(r-0x10000)&0x3ff))
		}
	}
	return b.String()
}
