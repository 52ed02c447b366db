package llm

// Feature is a set of things a request uses and an endpoint may or may not support.
type Feature uint32

// The features. Each is one bit.
const (
	FeatureStream Feature = 1 << iota
	FeatureTools
	FeatureParallelTools
	FeatureImages
	FeatureAudio
	FeatureFiles
	FeatureJSONObject
	FeatureJSONSchema
	FeatureReasoning
	FeatureLogprobs
	FeatureMany // n > 1
	featureEnd
)

var featureNames = [...]string{
	"stream", "tools", "parallel_tool_calls", "images", "audio", "files",
	"json_object", "json_schema", "reasoning", "logprobs", "n",
}

// Has reports whether every feature of g is in f.
func (f Feature) Has(g Feature) bool { return f&g == g }

// Names lists the features in f, in a fixed order.
func (f Feature) Names() []string {
	var names []string
	for i, n := range featureNames {
		if f&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// FeatureNamed is the feature of that name; 0 if there is none.
func FeatureNamed(name string) Feature {
	for i, n := range featureNames {
		if n == name {
			return 1 << i
		}
	}
	return 0
}

// Span is a half-open range of bytes in some body; the zero value is no place.
type Span struct{ Start, End int }

// Empty reports whether the span names no bytes.
func (s Span) Empty() bool { return s.End <= s.Start }

// Request is one call as the caller wrote it, with what routing needs to know of it.
// Body is never changed; the spans point into it.
type Request struct {
	Schema    Schema
	Operation Operation
	Body      []byte
	Model     string // as asked, suffix included
	Stream    bool
	// WantUsage: the caller asked for the usage chunk of a stream.
	WantUsage bool
	// WantCost: the caller asked for usage.cost (OpenRouter's usage: {include: true}).
	WantCost bool
	Features Feature
	// Parameters are the top-level parameters in use, for require_parameters, sorted.
	Parameters []string
	// InputTokens is an estimate: about four bytes of content to a token. What sounds and
	// files hold is not in it.
	InputTokens int64
	// InputBound is the most tokens that the input can be, at least InputTokens: one for each
	// byte of Body. Of images, sounds and files it is an estimate, as the codec states it.
	InputBound int64
	// Images is how many images the input has.
	Images int64
	// MaxOutput is the caller's limit on output tokens, of several the largest; 0 when there
	// is none.
	MaxOutput int64
	// Choices is how many answers the caller wants; 0 means 1.
	Choices int64
	// Inputs is how many texts are to be embedded, each of which has one embedding in the answer;
	// 0 if the codec has not counted them, or for other operations.
	Inputs int64
	// User and Session identify the end user and the conversation, if the caller said so.
	User, Session string
	// Extensions are the caller's routing wishes, raw JSON; empty when absent.
	Extensions Extensions
	Marks      [9]Span // places in Body, noted by the codec that read it, so that it need not look for them again
}

// Extensions are the fields of a body that are meant for the router and never leave.
type Extensions struct {
	Provider    []byte // the provider object
	Models      []byte // an array of model names
	ModelConfig []byte // model_routing_config
}
