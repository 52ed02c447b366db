package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Problem is one thing wrong, or worth saying, about a configuration file.
type Problem struct {
	File   string // as it was given; "" for text
	Line   int    // from 1; 0 if there is no text to point at
	Column int    // from 1, in characters
	// Place is the path from the top, such as models.openai/gpt-4o.endpoints[1].provider;
	// "" for the whole file.
	Place   string
	Message string
	Near    string // the nearest legal name, if one is near enough
}

// Error is the problem in one line:
//
//	strowger.yaml:12:9: models.openai/gpt-4o.endpoints[1].provider: unknown provider "opnai"; did you mean "openai"?
func (p Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File + ":")
	}
	if p.Line > 0 {
		fmt.Fprintf(&b, "%d:%d: ", p.Line, p.Column)
	}
	if p.Place != "" {
		b.WriteString(p.Place + ": ")
	}
	b.WriteString(p.Message)
	if p.Near != "" {
		b.WriteString(`; did you mean "` + p.Near + `"?`)
	}
	return b.String()
}

// Problems are all things wrong with a file, in the order of their place in it.
type Problems []Problem

// Error is one line a problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// tidy puts ps in the order of the file, leaves out what is said twice of the same spot
// (a value with an anchor is read at each of its uses) and takes out secrets.
func tidy(ps Problems, file string, secrets []string) Problems {
	hide := hider(secrets)
	for i := range ps {
		p := &ps[i]
		p.File, p.Line, p.Column = file, max(p.Line, 1), max(p.Column, 1)
		p.Place, p.Message, p.Near = hide(p.Place), hide(p.Message), hide(p.Near)
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(ps, func(a, b Problem) bool {
		return a.Line == b.Line && a.Column == b.Column && a.Message == b.Message && last(a.Place) == last(b.Place)
	})
}

// last is the last step of a place.
func last(place string) string { return place[strings.LastIndexAny(place, ".[")+1:] }

// keyForm is the form of well-known providers' keys.
var keyForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(sk-|sk_|gsk_|xai-|AIza|hf_|ghp_|pplx-|r8_)[\w-]{8,}`)
})

// hider makes the function that takes secrets out of a text: those given, and whatever
// has the form of a provider's key, wherever it was written by mistake. It also keeps
// the text in one line.
func hider(secrets []string) func(string) string {
	const hidden = "…"
	var pairs []string
	for _, s := range secrets {
		if len(s) >= 8 { // shorter ones would blank out ordinary words
			pairs = append(pairs, s, hidden)
		}
	}
	known := strings.NewReplacer(pairs...)
	printable := func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '·'
		}
		return r
	}
	return func(s string) string {
		return strings.Map(printable, keyForm().ReplaceAllString(known.Replace(s), "$1"+hidden))
	}
}
