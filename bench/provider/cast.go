package provider

import "time"

// CastModel is the one model that all of Cast serve, so that choosing among them is a matter of price,
// speed and reliability alone.
const CastModel = "parrot-1"

// Cast returns five providers for a demo, each with a character of its own, in four schemas. Their luck follows from seed.
func Cast(seed uint64) []Options {
	cast := []Options{flaky(seed), swift(), limited(), mortal(), steady()}
	for i := range cast {
		cast[i].Models = []string{CastModel}
		cast[i].Seed = seed + uint64(i)
	}
	return cast
}

// Flock returns three providers for a demo of choosing among models: each serves one of its own, and all
// are reliable, so that it is a matter of what a model can, costs and takes.
func Flock(seed uint64) []Options {
	flock := []Options{
		{
			Name: "hedge", Models: []string{"sparrow-1"},
			Description: "Its sparrow-1 is small: quick, nearly free, and right about simple things.",
			Price:       Price{Input: 0.05, Output: 0.2},
			Behaviour:   Behaviour{Latency: 80 * time.Millisecond, Jitter: 30 * time.Millisecond, TokensPerSecond: 300, Tokens: 60},
		},
		{
			Name: "tower", Models: []string{"jackdaw-1"}, Schema: "anthropic",
			Description: "Its jackdaw-1 is of middle size, and clever for its price.",
			Price:       Price{Input: 0.5, Output: 2},
			Behaviour:   Behaviour{Latency: 200 * time.Millisecond, Jitter: 60 * time.Millisecond, TokensPerSecond: 140, Tokens: 60},
		},
		{
			Name: "barn", Models: []string{"owl-1"}, Schema: "openai-responses",
			Description: "Its owl-1 knows most, takes its time, and charges for it.",
			Price:       Price{Input: 3, Output: 15},
			Behaviour:   Behaviour{Latency: 600 * time.Millisecond, Jitter: 200 * time.Millisecond, TokensPerSecond: 70, Tokens: 60},
		},
	}
	for i := range flock {
		flock[i].Seed = seed + uint64(i)
	}
	return flock
}

func flaky(seed uint64) Options {
	usual := Behaviour{Latency: 350 * time.Millisecond, Jitter: 200 * time.Millisecond, TokensPerSecond: 60, Tokens: 60}
	failed, broke, cut := usual, usual, usual
	failed.Fault, failed.Status = FaultStatus, 500
	broke.Fault = FaultErrorEvent
	cut.Fault, cut.After = FaultCut, 12
	return Options{
		Name:        "bargain",
		Description: "The cheapest of all, and about one answer in seven fails: an error, a broken stream, or a line cut in mid-sentence.",
		Price:       Price{Input: 0.05, Output: 0.2},
		Script:      Mix(seed, usual, Share{0.06, failed}, Share{0.04, broke}, Share{0.05, cut}),
	}
}

func swift() Options {
	return Options{
		Name:        "express",
		Schema:      "anthropic",
		Description: "Answers almost before it was asked, never fails, and charges for it.",
		Price:       Price{Input: 3, Output: 15},
		Behaviour:   Behaviour{Latency: 60 * time.Millisecond, Jitter: 20 * time.Millisecond, TokensPerSecond: 400, Tokens: 60},
	}
}

func limited() Options {
	return Options{
		Name:        "counter",
		Schema:      "gemini",
		Description: "Good and fairly priced, but serves only two requests in ten seconds and turns the rest away until then.",
		Price:       Price{Input: 0.4, Output: 1.6},
		RateLimit:   RateLimit{Requests: 2, Per: 10 * time.Second},
		Behaviour:   Behaviour{Latency: 180 * time.Millisecond, Jitter: 60 * time.Millisecond, TokensPerSecond: 120, Tokens: 60},
	}
}

func mortal() Options {
	alive := Behaviour{Latency: 150 * time.Millisecond, Jitter: 50 * time.Millisecond, TokensPerSecond: 150, Tokens: 60}
	return Options{
		Name:        "phoenix",
		Schema:      "openai-responses",
		Description: "Quick and reasonable, but dies for a minute now and then, first resetting connections and then with 503.",
		Price:       Price{Input: 0.3, Output: 1.2},
		Script: Cycle(
			Phase{For: 20 * time.Second, Behaviour: alive},
			Phase{For: 10 * time.Second, Behaviour: Behaviour{Fault: FaultReset}},
			Phase{For: 50 * time.Second, Behaviour: Behaviour{Fault: FaultStatus, Status: 503}},
			Phase{For: 100 * time.Second, Behaviour: alive},
		),
	}
}

func steady() Options {
	return Options{
		Name:        "tortoise",
		Description: "Slow to begin and slow to speak, but cheap, and it always arrives.",
		Price:       Price{Input: 0.1, Output: 0.4},
		Behaviour:   Behaviour{Latency: 900 * time.Millisecond, Jitter: 100 * time.Millisecond, TokensPerSecond: 30, Tokens: 60},
	}
}
