package main

// stage is a benchmark of something that a request goes through.
type stage struct {
	group string // heading
	about string
	pkg   string // in the module
	bench string // without "Benchmark"
	loose bool   // its allocations depend on what runs beside it: a few more are none
}

// bounds are what a stage may cost at most, on a machine that does nothing else.
var bounds = map[string]bound{"core/plan Make/value/8": {ns: 600, allocs: 2}}

// reference is what the others are held against.
var reference = stage{"reference", "copies and looks through 1 KB, a byte at a time", "bench/stages", "Reference", false}

// stages are what is measured, in the order of a request's way. What is not in the tree is left out visibly.
var stages = []stage{
	{"scan", "the members of a request of 300 B", "core/scan", "Object/300B", false},
	{"scan", "the same, 20 KB", "core/scan", "Object/20KB", false},
	{"scan", "the model's name replaced, 300 B", "core/scan", "Splice/300B", false},
	{"scan", "the same, 20 KB", "core/scan", "Splice/20KB", false},
	{"request", "a chat completion of 300 B, as far as routing looks", "core/codec/openai", "Request/300B/ours", false},
	{"request", "the same, 20 KB", "core/codec/openai", "Request/20KB/ours", false},
	{"policy", "only the configuration says something", "core/policy", "Make/configured", false},
	{"policy", "the model's name has a suffix", "core/policy", "Make/suffix", false},
	{"policy", "the header says more", "core/policy", "Make/header", false},
	{"policy", "the body says more", "core/policy", "Make/body", false},
	{"plan", "2 candidates by value", "core/plan", "Make/value/2", false},
	{"plan", "8", "core/plan", "Make/value/8", false},
	{"plan", "32", "core/plan", "Make/value/32", false},
	{"plan", "128", "core/plan", "Make/value/128", false},
	{"exchange", "all of it, plain, 356 B", "core/exchange", "Exchange/whole/plain356", false},
	{"exchange", "all of it, plain, 20 KB", "core/exchange", "Exchange/whole/plain20k", false},
	{"exchange", "all of it, a stream of 64 events", "core/exchange", "Exchange/whole/stream64", false},
	{"exchange", "of the plain one: the request is read", "core/exchange", "Exchange/open/plain356", false},
	{"exchange", "it is decided", "core/exchange", "Exchange/started/plain356", false},
	{"exchange", "what is sent is written", "core/exchange", "Exchange/content/plain356", false},
	{"exchange", "the answer's head", "core/exchange", "Exchange/headers/plain356", false},
	{"exchange", "the answer's body", "core/exchange", "Exchange/data/plain356", false},
	{"exchange", "its end", "core/exchange", "Exchange/ended/plain356", false},
	{"exchange", "a step with one event of a stream", "core/exchange", "Data/alone", false},
	{"SSE", "an event is found", "core/sse", "Framer/data", false},
	{"SSE", "the same, in pieces of 100 B", "core/sse", "Framer/split", false},
	{"SSE", "an event is written", "core/sse", "AppendEvent", false},
	{"codec", "an event of openai's as it is", "core/codec", "Event/text/openai_to_openai", false},
	{"codec", "anthropic's as openai's", "core/codec", "Event/text/anthropic_to_openai", false},
	{"codec", "gemini's as openai's", "core/codec", "Event/text/gemini_to_openai", false},
	{"codec", "openai's as anthropic's", "core/codec", "Event/text/openai_to_anthropic", false},
	{"codec", "a whole answer of openai's", "core/codec", "Answer/openai", false},
	{"record", "the report as JSON, 2 candidates", "core/exchange", "Report/2", false},
	{"record", "the same, 8", "core/exchange", "Report/8", false},
	{"record", "a finished request is told to whoever watches", "desktop/control", "Record", false},
	{"record", "it is put where it will be written", "desktop/store", "Add", true},
	{"record", "its document is packed, its rows are inserted and counted, in batches of 256", "desktop/store", "Batch", true},
	{"http1", "a request of 356 B and its answer over loopback, with the client and net/http's server", "desktop/http1", "RoundTrip/http1", true},
	{"http1", "the same with net/http's client", "desktop/http1", "RoundTrip/nethttp", true},
	{"http1", "a request to the server and its answer, from a caller that costs next to nothing", "desktop/http1/server", "Server/own", true},
	{"http1", "the same with net/http's server", "desktop/http1/server", "Server/net-http", true},
	{"health", "a sample is added to an endpoint's", "core/stats", "Fold", false},
}
