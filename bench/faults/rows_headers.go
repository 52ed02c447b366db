package main

import (
	"fmt"
	"strings"
	"time"
)

// dead is a connection that died before an answer began: the same endpoint is tried once more.
func dead(steps ...step) half {
	return half{does: does(steps...), alone: fails(502, "unreachable"), second: asked, first: "unreachable unreachable"}
}

// garbled is a head that is none: an answer had begun, so nothing is tried again.
func garbled(steps ...step) half {
	return half{does: does(steps...), alone: fails(502, "unreachable"), second: asked, first: "unreachable"}
}

// rowsOfConnections are faults before a byte of an answer has come.
func rowsOfConnections() []row {
	refused := half{does: does(), alone: fails(502, "unreachable"), second: asked, first: "unreachable"}
	silent := func(steps ...step) row {
		plain := half{does: does(steps...), alone: fails(504, "timeout"), second: asked, first: "total_timeout"}
		streamed := plain
		streamed.first, streamed.firstAlone = "first_token_timeout", "total_timeout"
		return row{"", stageHeaders, plain, streamed}
	}
	named := func(fault string, r row) row { r.fault = fault; return r }
	return []row{
		same("connection refused", stageHeaders, refused),
		same("connection never accepted", stageHeaders, half{does: does(full), alone: fails(504, "timeout"), second: asked, first: "connect_timeout"}),
		same("accepted and closed unheard", stageHeaders, dead(deaf, rest(aWhile), fin)),
		same("accepted and reset unheard", stageHeaders, dead(deaf, rest(aWhile), rst)),
		same("heard, then closed", stageHeaders, dead(fin)),
		same("heard, then reset", stageHeaders, dead(rst)),
		same("closed within the status line", stageHeaders, garbled(say("HTTP/1.1 2"), fin)),
		same("closed within the headers", stageHeaders, garbled(say("HTTP/1.1 200 OK\r\nContent-Ty"), fin)),
		same("reset within the headers", stageHeaders, dead(say("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"), rst)),
		named("silent", silent(hang)),
		named("silent within the headers", silent(say("HTTP/1.1 200 OK\r\nContent-Ty"), hang)),
		named("headers without an end, slowly", silent(say("HTTP/1.1 200 OK\r\n"), tick("X-A: b\r\n"))),
		deadOnce("closed once, then fine", fin),
		deadOnce("reset once, then fine", rst),
	}
}

// deadOnce is a connection that died, as one does that was idle for too long.
func deadOnce(fault string, end step) row {
	return row{fault, stageHeaders,
		half{does: then(script{end}, script{say(length(usual))}), alone: whole, first: "unreachable ok"},
		half{does: then(script{end}, script{over(role, word1, word2, word3, stop, done)}), alone: whole, first: "unreachable ok"}}
}

// rowsOfHeads are answers whose head is none.
func rowsOfHeads() []row {
	nonsense := func(fault string, steps ...step) row {
		return same(fault, stageHeaders, half{does: does(steps...), alone: fails(502, ""), second: asked, first: "unreachable"})
	}
	bad := func(fault, status string, caller int, headers ...string) row {
		return same(fault, stageHeaders, half{does: does(say(answerOf(status, "text/plain", "", headers...))),
			alone: fails(caller, ""), second: asked, first: "provider_error"})
	}
	return []row{
		nonsense("no HTTP at all", say("SSH-2.0-OpenSSH_9.2\r\n"), rest(20*time.Millisecond), fin),
		nonsense("a status that is no number", say("HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"), fin),
		nonsense("two lengths that differ", say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello"), fin),
		nonsense("a flood of headers", say("HTTP/1.1 200 OK\r\n", strings.Repeat("X-Flood: "+strings.Repeat("x", 90)+"\r\n", 4000), "\r\n"), fin),
		bad("a redirect", "302 Found", 502, "Location: http://127.0.0.1:1/"),
		same("another protocol", stageHeaders, half{does: does(say("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), hang),
			alone: fails(502, ""), second: asked, first: "provider_error"}),
		bad("a status above 599", "799 Odd", 799),
		same("no content (204)", stageContent, half{does: does(say("HTTP/1.1 204 No Content\r\n\r\n")), alone: fails(502, "bad_answer"), second: asked, first: "bad_answer"}),
	}
}

// rowsOfStatuses are faults of the provider that it owns up to.
func rowsOfStatuses() []row {
	var rows []row
	add := func(fault, outcome string, alone result, steps ...step) {
		rows = append(rows, same(fault, stageHeaders, half{does: does(steps...), alone: alone, second: asked, first: outcome}))
	}
	body := refusal("it broke", "server_error", "null")
	for _, s := range [...]struct {
		status        int
		outcome, code string
		caller        int
	}{
		{500, "provider_error", "provider_error", 500},
		{501, "provider_error", "provider_error", 501},
		{502, "provider_error", "provider_error", 502},
		{503, "overloaded", "provider_error", 503},
		{504, "status_timeout", "timeout", 504},
		{524, "provider_error", "provider_error", 524},
		{529, "overloaded", "provider_error", 529},
		{408, "status_timeout", "timeout", 504},
		{425, "status_timeout", "timeout", 504},
	} {
		status := fmt.Sprintf("%d Whatever", s.status)
		add(fmt.Sprint("status ", s.status), s.outcome, fails(s.caller, s.code), say(answerOf(status, "application/json", body)))
	}
	add("status 502 with a page", "provider_error", fails(502, "provider_error"), say(answerOf("502 Bad Gateway", "text/html", page)))
	add("status 500 without a body", "provider_error", fails(500, "provider_error"), say("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"))
	add("status 500, body cut", "provider_error", fails(500, "provider_error"), say("HTTP/1.1 500 Oops\r\nContent-Length: 999\r\n\r\n", half1(body)), fin)
	add("status 500, body reset", "provider_error", fails(500, "provider_error"), say("HTTP/1.1 500 Oops\r\nContent-Length: 999\r\n\r\n", half1(body)), rst)
	add("status 500, body stalls", "provider_error", fails(500, ""), say("HTTP/1.1 500 Oops\r\nContent-Length: 999\r\n\r\n", half1(body)), hang)
	add("status 503 as a stream of events", "overloaded", fails(503, ""), say("HTTP/1.1 503 No\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n", chunks(failed, done), lastChunk))
	add("status 404, no such model", "no_model", fails(404, ""), say(answerOf("404 Not Found", "application/json",
		refusal("The model `up` does not exist or you do not have access to it.", "invalid_request_error", `"model_not_found"`))))
	add("status 410, model is gone", "no_model", fails(410, ""), say(answerOf("410 Gone", "application/json",
		refusal("The model `up` has been shut down.", "invalid_request_error", "null"))))
	return rows
}

// rowsOfCallersFaults are answers that another provider would not change: nobody else is
// asked, and the status is passed on.
func rowsOfCallersFaults() []row {
	var rows []row
	for _, s := range [...]struct {
		status              int
		what, body, outcome string
	}{
		{400, "bad request", refusal("bad value for temperature", "invalid_request_error", `"invalid_value"`), "client_error"},
		{400, "too long", refusal("This model's maximum context length is 8 tokens.", "invalid_request_error", `"context_length_exceeded"`), "context_length"},
		{400, "filtered", refusal("The response was filtered.", "invalid_request_error", `"content_filter"`), "content_filter"},
		{401, "key refused", refusal("Incorrect API key provided.", "invalid_request_error", `"invalid_api_key"`), "credentials"},
		{402, "account empty", refusal("Insufficient credits.", "payment_required", "null"), "credentials"},
		{403, "forbidden", refusal("Not for you.", "permission_error", "null"), "credentials"},
		{404, "no such path", refusal("Not found.", "invalid_request_error", "null"), "client_error"},
		{413, "too large", refusal("Request too large.", "invalid_request_error", "null"), "client_error"},
		{422, "unprocessable", `{"detail":[{"loc":["body","n"],"msg":"must be at least 1","type":"value_error"}]}`, "client_error"},
		{418, "a page", page, "client_error"},
	} {
		rows = append(rows, same(fmt.Sprintf("status %d, %s", s.status, s.what), stageHeaders, half{
			does:  does(say(answerOf(fmt.Sprintf("%d No", s.status), "application/json", s.body))),
			alone: fails(s.status, ""), second: unasked, first: s.outcome}))
	}
	rows = append(rows, same("status 400, body stalls", stageHeaders, half{
		does:  does(say("HTTP/1.1 400 No\r\nContent-Length: 999\r\n\r\n"), hang),
		alone: fails(400, ""), second: unasked, first: "client_error"}))
	return rows
}

// rowsOfLimits are the spellings of "come back later". Long windows are not waited for, and
// the caller hears of them; short ones are, if nobody else serves the model.
func rowsOfLimits() []row {
	body := refusal("Rate limit reached.", "requests", `"rate_limit_exceeded"`)
	limited := func(status string, headers ...string) step {
		return say(answerOf(status, "application/json", body, headers...))
	}
	long := func(what string, headers ...string) row {
		return same("status 429, "+what, stageHeaders, half{does: does(limited("429 Too Many", headers...)),
			alone: fails(429, "rate_limited"), second: asked, first: "rate_limited", wait: len(headers) > 0})
	}
	at := time.Now().UTC().Add(50 * time.Second)
	rows := []row{
		long("no window"),
		long("seconds", "Retry-After: 40"),
		long("a fraction of seconds", "Retry-After: 40.5"),
		long("a date", "Retry-After: "+at.Format("Mon, 02 Jan 2006 15:04:05 GMT")),
		long("milliseconds", "Retry-After-Ms: 40000"),
		long("requests' reset", "X-Ratelimit-Limit-Requests: 60", "X-Ratelimit-Remaining-Requests: 0", "X-Ratelimit-Reset-Requests: 40s"),
		long("tokens' reset", "X-Ratelimit-Remaining-Tokens: 0", "X-Ratelimit-Reset-Tokens: 0m40.5s"),
		long("reset in seconds", "X-Ratelimit-Remaining: 0", "X-Ratelimit-Reset: 40"),
		long("reset as a time", "X-Ratelimit-Remaining: 0", fmt.Sprintf("X-Ratelimit-Reset: %d", at.Unix())),
		long("reset as a time in ms", "X-Ratelimit-Remaining: 0", fmt.Sprintf("X-Ratelimit-Reset: %d", at.UnixMilli())),
		same("status 429, quota used up", stageHeaders, half{does: does(say(answerOf("429 Too Many", "application/json",
			refusal("You exceeded your current quota.", "insufficient_quota", `"insufficient_quota"`)))),
			alone: fails(429, ""), second: asked, first: "credentials"}),
		same("status 429, short window, always", stageHeaders, half{does: does(limited("429 Too Many", "Retry-After-Ms: 60")),
			alone: fails(429, "rate_limited"), second: asked, first: "rate_limited", firstAlone: "rate_limited rate_limited"}),
	}
	for _, s := range [...]struct{ status, outcome string }{{"429 Too Many", "rate_limited"}, {"503 Busy", "overloaded"}} {
		short := limited(s.status, "Retry-After-Ms: 60")
		h := half{alone: whole, second: asked, first: s.outcome, firstAlone: s.outcome + " ok"}
		plain, streamed := h, h
		plain.does = then(script{short}, script{say(length(usual))})
		streamed.does = then(script{short}, script{over(role, word1, word2, word3, stop, done)})
		rows = append(rows, row{"status " + s.status[:3] + ", short window, then fine", stageHeaders, plain, streamed})
	}
	return rows
}
