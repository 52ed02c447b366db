// Package provider is a simulated LLM provider that misbehaves on request. It speaks the APIs of OpenAI
// (chat completions, responses, completions, embeddings), Anthropic and Gemini, and stands in for a real
// provider in tests, in benchmarks and in the demo. It shares no code with what it tests.
//
//	p := provider.New(provider.Options{Behaviour: provider.Behaviour{Fault: provider.FaultCut, After: 3}})
//	s, err := provider.Serve(p)
//	if err != nil { … }
//	defer s.Close()
//	// POST s.URL + "/v1/chat/completions"
//
// It answers, on one listener, GET /v1/models and POST
//
//	/v1/chat/completions /v1/completions /v1/embeddings /v1/responses
//	/v1/messages /v1/messages/count_tokens
//	/v1beta/models/{model}:generateContent :streamGenerateContent?alt=sse :countTokens :embedContent :batchEmbedContents
//
// /v1 may be left out. It does not understand what it is told: it answers with made-up words, with a fixed
// text, or with a tool call. But it is as strict as the real APIs about what it is sent: unknown members,
// calls without results, results without calls, empty texts and the like are a 400 in the words of the API.
//
// # Reasoning
//
// An answer begins with reasoning where the request asks for it in a way that the schema shows: thinking of
// Anthropic's, includeThoughts of Gemini's, reasoning of Responses. It is signed as there, and the signature
// must come back unchanged: on the thinking in front of a tool call, on the first functionCall of models named
// gemini-3…, as encrypted_content where that was asked for. Anybody else's signature is a 400.
//
// # Faults
//
// What the caller of a stream and of a plain (not streamed) request sees. "at After" means once After
// tokens have been sent; with After 0 no content has been sent yet, only the role.
//
// Chat completions are meant; the other schemas have their own words for the same. Where one has no end
// mark, no_done is no fault there; anthropic and gemini have no place for refusals, and say stop_reason
// refusal and promptFeedback.
//
//	fault           stream                                          plain
//	status          Status, Retry-After and an error body           the same
//	stall_headers   nothing at all, ever                            the same
//	stall_first     200 and headers, then silence                   the same
//	stall           silence at After                                silence in mid-body
//	keepalive       as stall, but with comments all the while       white space, never the body
//	cut             connection closed in mid-frame at After         closed short of Content-Length
//	reset           connection reset (RST) before any header        the same
//	error_event     an error object as an event at After, then end  as body_error
//	body_error      200 with an error object as JSON, no stream     the same
//	bad_json        one unparsable event at After, then the rest    half a JSON object
//	empty_stream    200 and [DONE] only                             200 and an empty body
//	no_choices      one chunk whose choices are [], then [DONE]     choices are []
//	empty           role and finish reason, no content              empty content
//	html            an HTML page with 200 (or with Status)          the same
//	no_done         complete, but without [DONE]                    no difference
//	no_finish       clean end at After, without a finish reason     finish_reason is null
//	usage_missing   complete, but without usage although asked      no usage
//	content_filter  finish_reason content_filter at After           the same
//	refusal         the text is a refusal, not content              the same
//	trickle         complete, in segments of 1 to 16 bytes          the same
//
// A silent fault lasts until the caller leaves or the server closes.
//
// # Directives
//
// One request can ask for another behaviour than the provider's own: by header, or, since a proxy under
// test does not pass headers on, by the last user message. Fields left out stay as they are; the message
// wins over headers.
//
//	header    = "x-sim-" name ":" value *( ";" name "=" value )
//	message   = "sim:" *( space name "=" ( word | DQUOTE text DQUOTE ) ) [ newline anything ]
//
//	x-sim-fault: cut;after=3
//	x-sim-latency: 100ms
//	x-sim-status: 429;retry-after=1
//	sim: fault=cut after=3 latency=50ms tokens=20 tps=100
//	sim: status=503 retry-after="Wed, 21 Oct 2026 07:28:00 GMT"
//
//	name           value
//	latency        time before the answer begins: 250ms, 1.5s
//	jitter         latency varies evenly by as much to either side
//	tps            tokens a second; 0 is all at once
//	tokens         length of the answer; 1 to 1000000
//	text           the answer itself
//	prefill        true: the answer goes on behind what the assistant said last
//	fault          a name from the table above, or none
//	rate           probability of the fault, over 0 and up to 1; without it the fault is certain
//	after          tokens sent before a fault in mid-answer
//	status         300 to 599; means fault=status unless a fault is named as well
//	code           error code in the body: context_length_exceeded
//	retry-after    Retry-After header, as it stands
//	cached         prompt tokens reported as cached
//	reasoning      output tokens reported as reasoning, beside those of thought
//	thought        the reasoning in front of the answer; chat completions give it as reasoning_content
//	redacted       true: the reasoning is sent as what only the provider can read
//	calls          so many tool calls at once, of the tools in turn; 1 to 16
//
// A message that begins with "sim:" is a directive to its first line's end. An unknown name or a bad
// value is answered with 400 and the code bad_directive; param names the field.
//
// # Tool calls
//
// A request with tools is answered with a call of the first tool when its last user message contains
// "tool", or when tool_choice requires one; a named tool_choice picks the tool. The arguments hold the
// tool's first property. After a message of the role tool the answer is text, whatever tool_choice says,
// so that a conversation ends.
//
// # Chance
//
// Everything random follows from Options.Seed and the number of the request, counted from 1, so the same
// requests in the same order are answered alike.
package provider
