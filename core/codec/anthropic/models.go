package anthropic

import "strings"

// traits are what a model's API takes otherwise than that of other models.
type traits struct {
	since      int  // the version from which on, ten times: 46 is 4.6
	thinks     bool // it can reason
	adaptive   bool // it judges itself how much to reason; an effort guides it
	xhigh      bool // it has the effort xhigh beside max
	oneSampler bool // temperature or top_p, not both
	unsampled  bool // neither of them, nor top_k
	unbegun    bool // the last turn must be the user's
	keen       bool // it reasons unless it is told not to
	structured bool // it is held to schemas of answers and of arguments
}

// models are the traits by version, the newest first
// (platform.claude.com/docs/en/about-claude/models/migration-guide, and
// /build-with-claude/{adaptive-thinking,effort,extended-thinking,structured-outputs}).
var models = [...]traits{
	{since: 50, thinks: true, adaptive: true, xhigh: true, unsampled: true, unbegun: true, keen: true, structured: true},
	{since: 47, thinks: true, adaptive: true, xhigh: true, unsampled: true, unbegun: true, structured: true},
	{since: 46, thinks: true, adaptive: true, oneSampler: true, unbegun: true, structured: true},
	{since: 45, thinks: true, oneSampler: true, structured: true},
	{since: 41, thinks: true, oneSampler: true},
	{since: 37, thinks: true},
	{since: 1},
	{since: 0, thinks: true, structured: true}, // no Claude: a server that speaks as the usual ones do
}

// traitsOf are the traits of a model by its name, in whatever order that has family and
// version: claude-opus-4-7, claude-3-7-sonnet-20250219, anthropic/claude-opus-4.6.
func traitsOf(name string) traits {
	version := versionOf(name)
	for _, t := range models {
		if version >= t.since {
			return t
		}
	}
	return traits{}
}

// alwaysThinks reports whether a model cannot be told not to reason.
func alwaysThinks(name string) bool {
	return strings.Contains(name, "fable") || strings.Contains(name, "mythos")
}

// versionOf is ten times the version in a name; 0 if that is no Claude's, or of one that is
// always the latest.
func versionOf(name string) int {
	_, rest, ok := strings.Cut(strings.ToLower(name), "claude")
	if !ok {
		return 0
	}
	version, parts := 0, 0
	for len(rest) > 0 && parts < 2 {
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		switch {
		case n == 0:
			if parts == 1 && rest[0] != '-' && rest[0] != '.' { // claude-3-opus
				return version
			}
			rest = rest[1:]
			continue
		case n == 1:
			digit := int(rest[0] - '0')
			if parts++; parts == 1 {
				version = 10 * digit
			} else {
				version += digit
			}
		default: // a date
			return version
		}
		rest = rest[n:]
	}
	return version
}
