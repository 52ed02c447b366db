package provider

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	headerPrefix  = "X-Sim-" // in canonical form
	messagePrefix = "sim:"
)

// directives changes a behaviour by what a request asks for. named and rated remember what was said
// outright and must not be implied any more.
type directives struct {
	b            *Behaviour
	named, rated bool
}

// directiveError says which field of a directive is wrong and what it should have been.
type directiveError struct{ field, want, got string }

// Error names the field, what it should be and what it is.
func (e *directiveError) Error() string {
	return fmt.Sprintf("sim directive %q: want %s, not %q", e.field, e.want, e.got)
}

// headers applies every x-sim-… header, by name.
func (d *directives) headers(h http.Header) error {
	var names []string
	for name := range h {
		if strings.HasPrefix(name, headerPrefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		field := strings.ToLower(name[len(headerPrefix):])
		for _, line := range h[name] {
			if err := d.header(field, line); err != nil {
				return err
			}
		}
	}
	return nil
}

// header applies one header line: a value for field, then name=value pairs.
func (d *directives) header(field, line string) error {
	value, rest, more := strings.Cut(line, ";")
	if err := d.set(field, strings.TrimSpace(value)); err != nil {
		return err
	}
	for more {
		var pair string
		pair, rest, more = strings.Cut(rest, ";")
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok {
			return &directiveError{field: field, want: "name=value after the semicolon", got: pair}
		}
		if err := d.set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// message applies the first line of a message that begins with messagePrefix.
func (d *directives) message(text string) error {
	rest, _, _ := strings.Cut(strings.TrimPrefix(text, messagePrefix), "\n")
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		name, after, ok := strings.Cut(rest, "=")
		if !ok || strings.ContainsAny(name, " \t") {
			word, _, _ := strings.Cut(rest, " ")
			return &directiveError{field: word, want: "name=value", got: word}
		}
		var value string
		if quoted, found := strings.CutPrefix(after, `"`); found {
			if value, rest, ok = strings.Cut(quoted, `"`); !ok {
				return &directiveError{field: name, want: "a closing quote", got: after}
			}
		} else if end := strings.IndexAny(after, " \t\r"); end >= 0 {
			value, rest = after[:end], after[end:]
		} else {
			value, rest = after, ""
		}
		if err := d.set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// set applies one field.
func (d *directives) set(name, value string) error {
	b := d.b
	want := ""
	switch name {
	case "latency":
		want = duration(&b.Latency, value)
	case "jitter":
		want = duration(&b.Jitter, value)
	case "tps":
		want = number(&b.TokensPerSecond, value, 0, math.MaxFloat64, "tokens a second")
	case "tokens":
		want = whole(&b.Tokens, value, 1, 1_000_000)
	case "text":
		b.Text = value
	case "prefill":
		want = truth(&b.Prefill, value)
	case "fault":
		want = d.fault(Fault(value))
	case "rate":
		want = number(&b.FaultRate, value, math.SmallestNonzeroFloat64, 1, "a probability over 0 and up to 1")
		d.rated = true
	case "after":
		want = whole(&b.After, value, 0, math.MaxInt32)
	case "status":
		if want = whole(&b.Status, value, 300, 599); want == "" && !d.named {
			d.certain(FaultStatus)
		}
	case "code":
		b.Code = value
	case "retry-after":
		b.RetryAfter = value
	case "cached":
		want = whole(&b.CachedTokens, value, 0, math.MaxInt32)
	case "reasoning":
		want = whole(&b.ReasoningTokens, value, 0, math.MaxInt32)
	case "thought":
		b.Thought = value
	case "redacted":
		want = truth(&b.Redacted, value)
	case "calls":
		want = whole(&b.Calls, value, 1, 16)
	default:
		return &directiveError{field: name, want: "a known name", got: name}
	}
	if want != "" {
		return &directiveError{field: name, want: want, got: value}
	}
	return nil
}

func (d *directives) fault(f Fault) (want string) {
	if f != FaultNone && !known(f) {
		return "the name of a fault, or none"
	}
	d.named = true
	d.certain(f)
	return ""
}

// certain sets the fault, and forgets a rate that was not meant for it.
func (d *directives) certain(f Fault) {
	d.b.Fault = f
	if !d.rated {
		d.b.FaultRate = 0
	}
}

func duration(dst *time.Duration, value string) (want string) {
	v, err := time.ParseDuration(value)
	if err != nil || v < 0 {
		return "a duration such as 250ms"
	}
	*dst = v
	return ""
}

func number(dst *float64, value string, low, high float64, what string) (want string) {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || !(v >= low && v <= high) {
		return what
	}
	*dst = v
	return ""
}

func truth(dst *bool, value string) (want string) {
	if value != "true" && value != "false" {
		return "true or false"
	}
	*dst = value == "true"
	return ""
}

func whole(dst *int, value string, low, high int) (want string) {
	v, err := strconv.Atoi(value)
	if err != nil || v < low || v > high {
		return fmt.Sprintf("a whole number from %d to %d", low, high)
	}
	*dst = v
	return ""
}
