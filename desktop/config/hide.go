package config

import (
	"cmp"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	"strowger/core/catalog"
)

// How short a text may be that counts as a secret, and below which length it is only looked for
// on lines that speak of one: `none` is what servers without keys are given.
const (
	leastSecret = 4
	plainSecret = 12
	longHeader  = 20 // the value of a header that is not named like a secret
)

var (
	// keyLine is a line of a text that cannot be read, with what looks like a secret on it.
	keyLine = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)(?:api_key|secret|token|authorization|cookie|[\w-]*-key)["']?[ \t]*:[ \t]*["']?([^\s"',{}#][^"',{}#\n]*)`)
	})
	digestForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-Fa-f]{64}$`) })
	// speaks is what stands on a line with a short secret.
	speaks = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)key|secret|token|auth|cookie|literal:`) })
)

// Secrets lists the secrets that stand in the text of a file itself, and not only a reference
// to one: those that are read as secrets, and whatever has the form of a provider's key, also in
// a comment. The text need not be valid. What is longer comes first.
func Secrets(src []byte) []string {
	found := keyForm().FindAllString(string(src), -1)
	tree, problem := readTree(src)
	switch {
	case problem != nil:
		for _, m := range keyLine().FindAllStringSubmatch(string(src), -1) {
			value := strings.TrimSpace(m[1])
			if _, literal := reference(value); literal && !strings.Contains(value, "${") {
				found = append(found, strings.TrimPrefix(value, "literal:"))
			}
		}
	case tree != nil && tree.kind != bad:
		w := &walk{lookup: os.LookupEnv, broken: map[string]bool{}}
		section(root(&Config{})).read(w, tree)
		found = append(found, w.literal...)
	}
	return LongestFirst(slices.DeleteFunc(found, func(s string) bool { return len(s) < leastSecret }))
}

// LongestFirst puts texts in the order in which Replace takes them, each once.
func LongestFirst(texts []string) []string {
	slices.SortFunc(texts, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(texts)
}

// literalHere notes a secret that stands in the file itself as it is being read.
func (w *walk) literalHere(value string) {
	n := len(w.path)
	switch {
	case n >= 1 && w.path[n-1] == "sha256" && digestForm().MatchString(value):
		return // of a key, and not the key
	case n >= 2 && w.path[n-2] == "headers":
		if h := (catalog.Header{Name: w.path[n-1]}); !h.IsSecret() && len(value) < longHeader {
			return // a version, a title
		}
	}
	if !strings.Contains(value, "${") {
		w.literal = append(w.literal, value)
	}
}

// Replace gives src with every one of these texts, in the order of LongestFirst, replaced by
// what stands for it. A short one is replaced where it is a word on a line that speaks of a
// secret.
func Replace(src string, texts []string, by func(string) string) string {
	if len(texts) == 0 {
		return src
	}
	quoted := make([]string, len(texts))
	for i, s := range texts {
		quoted[i] = regexp.QuoteMeta(s)
	}
	var b strings.Builder
	last := 0
	for _, at := range regexp.MustCompile(strings.Join(quoted, "|")).FindAllStringIndex(src, -1) {
		if s := src[at[0]:at[1]]; len(s) >= plainSecret || isWord(src, at) {
			b.WriteString(src[last:at[0]] + by(s))
			last = at[1]
		}
	}
	return b.String() + src[last:]
}

// isWord reports whether a part of a text is a word on a line that speaks of a secret.
func isWord(src string, at []int) bool {
	letter := func(i int) bool {
		return i >= 0 && i < len(src) && (src[i] == '_' || src[i]|0x20 >= 'a' && src[i]|0x20 <= 'z' || src[i] >= '0' && src[i] <= '9')
	}
	return !letter(at[0]-1) && !letter(at[1]) && speaks().MatchString(src[strings.LastIndexByte(src[:at[0]], '\n')+1:at[0]])
}
