package policy

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"strowger/core/llm"
	"strowger/core/scan"
)

// fieldReader reads the fields of an object; the first error stays.
type fieldReader struct {
	doc      []byte
	place    string
	warnings []Warning // those of before among them
	err      *llm.Error
}

// maxNames bounds every list of names in a request.
const maxNames = 64

func (r *fieldReader) param(field string) string { return within(r.place, field) }

// within is the name of a part of something; either may be empty.
func within(whole, part string) string {
	switch {
	case whole == "":
		return part
	case part == "":
		return whole
	}
	return whole + "." + part
}

func (r *fieldReader) bad(field, msg string) *llm.Error {
	if r.err == nil {
		r.err = &llm.Error{Code: llm.CodeInvalidRequest, Param: r.param(field), Message: msg}
	}
	return r.err
}

// unknown warns of a field that is passed over.
func (r *fieldReader) unknown(field string) {
	r.warnings = withWarning(r.warnings, "unknown_field", "unknown field "+field)
}

func (r *fieldReader) names(field string, v scan.Value) []string {
	elements := scan.ArrayAt(r.doc, v)
	return r.elements(field, &elements)
}

// elements reads a list of names; the result is never nil.
func (r *fieldReader) elements(field string, a *scan.Elements) []string {
	names := []string{}
	for a.Next() {
		s, ok := scan.String(r.doc, a.Value())
		switch {
		case !ok || s == "":
			r.bad(field+"["+strconv.Itoa(len(names))+"]", "must be a name, as a string")
			return names
		case len(names) == maxNames:
			r.bad(field, "may hold at most "+strconv.Itoa(maxNames)+" names")
			return names
		}
		names = append(names, s)
	}
	if a.Err() != nil {
		r.bad(field, "must be an array of names")
	}
	return names
}

func (r *fieldReader) bool(field string, v scan.Value) *bool {
	if v.Kind != scan.KindTrue && v.Kind != scan.KindFalse {
		r.bad(field, "must be true or false")
	}
	return new(v.Kind == scan.KindTrue)
}

// choice reads one of a few names; the empty string if it is none.
func (r *fieldReader) choice(field string, v scan.Value, legal []string) string {
	s, ok := scan.String(r.doc, v)
	if !ok || !slices.Contains(legal, s) {
		r.bad(field, "must be one of "+strings.Join(legal, ", "))
		return ""
	}
	return s
}

// micro reads a number from 0 on, which may be written as text, in millionths, rounded;
// msg says what it must be. It is a part of a field, or all of it.
func (r *fieldReader) micro(field, part string, v scan.Value, msg string) int64 {
	raw := v.Raw(r.doc)
	if s, ok := scan.String(r.doc, v); ok {
		raw = []byte(s)
	}
	f, ok := scan.Float(raw)
	if !ok || f < 0 {
		r.bad(within(field, part), msg)
		return 0
	}
	const most = 1 << 62
	return int64(math.Round(min(f*1e6, most)))
}
