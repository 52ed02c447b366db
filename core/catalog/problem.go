package catalog

import "strings"

// Problem is one thing wrong with a Config. Place is its path from the top, such as
// models, openai/gpt-4o, endpoints, 1, provider: names of keys and indexes from 0.
type Problem struct {
	Place   []string
	Message string
	// Near is the nearest legal name, if there is one near enough.
	Near string
}

// Error is the place, the message and the suggestion in one line.
func (p Problem) Error() string {
	s := p.Message
	if len(p.Place) > 0 {
		s = strings.Join(p.Place, ".") + ": " + s
	}
	if p.Near != "" {
		s += `; did you mean "` + p.Near + `"?`
	}
	return s
}

// Problems are all things wrong with a Config, in its order.
type Problems []Problem

// Error is one line per problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}
