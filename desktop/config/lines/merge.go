package lines

import "strings"

// Conflict is a place that both sides have changed, each in its own way. Line is its first in
// the text that both began with, from 1.
type Conflict struct {
	Line   int    `json:"line"`
	Base   string `json:"base"`
	Yours  string `json:"yours"`
	Theirs string `json:"theirs"`
}

// Merge puts two changes of a text together. Where they touch they must be the same;
// otherwise merged is empty and the conflicts say where they are not.
func Merge(base, yours, theirs string) (merged string, conflicts []Conflict) {
	o, a, b := split(base), split(yours), split(theirs)
	ea, eb := script(o, a), script(o, b)
	var out strings.Builder
	at := 0
	for len(ea)+len(eb) > 0 {
		na, nb := touching(ea, eb)
		r := reach(ea[:na], eb[:nb])
		out.WriteString(join(o[at:r.fromA]))
		mine, other := side(o, a, ea[:na], r), side(o, b, eb[:nb], r)
		switch {
		case nb == 0 || mine == other:
			out.WriteString(mine)
		case na == 0:
			out.WriteString(other)
		default:
			conflicts = append(conflicts, Conflict{r.fromA + 1, join(o[r.fromA:r.toA]), mine, other})
		}
		at, ea, eb = r.toA, ea[na:], eb[nb:]
	}
	if conflicts != nil {
		return "", conflicts
	}
	out.WriteString(join(o[at:]))
	return out.String(), nil
}

func join(lines []string) string { return strings.Join(lines, "") }

// touching is how many of the first edits of both sides hang together.
func touching(ea, eb []edit) (na, nb int) {
	first := edit{}
	if len(eb) == 0 || len(ea) > 0 && ea[0].fromA <= eb[0].fromA {
		first, na = ea[0], 1
	} else {
		first, nb = eb[0], 1
	}
	for end := first.toA; ; {
		switch {
		case na < len(ea) && ea[na].fromA <= end:
			end = max(end, ea[na].toA)
			na++
		case nb < len(eb) && eb[nb].fromA <= end:
			end = max(end, eb[nb].toA)
			nb++
		default:
			return na, nb
		}
	}
}

// reach is the part of the first text that edits of both sides change.
func reach(ea, eb []edit) (r edit) {
	r.fromA = -1
	for _, e := range append(ea[:len(ea):len(ea)], eb...) {
		if r.fromA < 0 || e.fromA < r.fromA {
			r.fromA = e.fromA
		}
		r.toA = max(r.toA, e.toA)
	}
	return r
}

// side is what one side has made of a part of the first text.
func side(o, to []string, edits []edit, r edit) string {
	var out strings.Builder
	at := r.fromA
	for _, e := range edits {
		out.WriteString(join(o[at:e.fromA]))
		out.WriteString(join(to[e.fromB:e.toB]))
		at = e.toA
	}
	out.WriteString(join(o[at:r.toA]))
	return out.String()
}
