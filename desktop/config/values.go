package config

import (
	"errors"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones on systems that have none

	"strowger/core/catalog"
)

// This file holds the readers of single values.

// word reads a text that is not empty and stands for itself.
func word(to *string) reader {
	read := func(w *walk, n *node) {
		switch {
		case n.kind == number || n.kind == boolean:
			w.refuse(n, "expected a text, found "+n.found(false)+"; put it in quotes", "")
		case n.kind != text:
			w.expected(n, "a text")
		case strings.TrimSpace(n.text) == "":
			w.refuse(n, "must not be empty", "")
		case strings.Contains(n.text, "${"):
			w.refuse(n, "${NAME} is read in base_url, api_key, headers and admin.token only", "")
		default:
			*to = n.text
		}
	}
	return reader{read, texts("text", `\S`)}
}

// choice reads one of a few names.
func choice(names []string, set func(name string)) reader {
	read := func(w *walk, n *node) {
		want := "one of " + strings.Join(names, ", ")
		for _, name := range names {
			if n.kind == text && n.text == name {
				set(name)
				return
			}
		}
		near := ""
		if n.kind == text {
			near = catalog.Nearest(n.text, names)
		}
		w.refuse(n, "expected "+want+", found "+n.found(false), near)
	}
	return reader{read, is(shape{Enum: names})}
}

// toggle reads true or false.
func toggle(set func(on bool)) reader {
	read := func(w *walk, n *node) {
		if n.kind != boolean {
			w.expected(n, "true or false")
			return
		}
		set(n.text == "true")
	}
	return reader{read, is(shape{Type: "boolean"})}
}

// integer reads a whole number from least to most; most below least is no bound.
func integer[T ~int | ~int64](to *T, least, most T) reader {
	read := func(w *walk, n *node) {
		if n.kind != number {
			w.expected(n, "a whole number")
			return
		}
		v, err := scaled(n.text, 0)
		switch {
		case errors.Is(err, errFine):
			w.expected(n, "a whole number")
		case most >= least && (err != nil || v < int64(least) || v > int64(most)):
			w.refuse(n, "must be from "+strconv.FormatInt(int64(least), 10)+" to "+strconv.FormatInt(int64(most), 10), "")
		case err != nil || int64(T(v)) != v:
			w.refuse(n, "the number is too large", "")
		case T(v) < least:
			w.refuse(n, "must be at least "+strconv.FormatInt(int64(least), 10), "")
		default:
			*to = T(v)
		}
	}
	return reader{read, numbers("integer", "whole number", int64(least), int64(most))}
}

// fraction reads a number from 0 to 1.
func fraction(to *float64) reader {
	read := func(w *walk, n *node) {
		if n.kind != number {
			w.expected(n, "a number from 0 to 1")
			return
		}
		v, err := strconv.ParseFloat(n.text, 64)
		if err != nil || v < 0 || v > 1 {
			w.refuse(n, "must be from 0 to 1", "")
			return
		}
		*to = v
	}
	return reader{read, numbers("number", "number", 0, 1)}
}

// duration reads a time such as 30s, which is more than nothing. It may begin with days.
func duration(to *time.Duration) reader {
	const want = "a duration such as 30s, 500ms, 5m or 7d"
	read := func(w *walk, n *node) {
		if _, err := scaled(n.text, 0); (n.kind == number || n.kind == text) && err == nil && !strings.ContainsAny(n.text, "eE") {
			w.refuse(n, "expected "+want+", found "+n.found(false)+" without a unit; seconds would be "+strings.TrimLeft(n.text, "+-")+"s", "")
			return
		}
		v, err := ParseDuration(n.text)
		switch {
		case n.kind != text || err != nil:
			w.expected(n, want)
		case v <= 0:
			w.refuse(n, "must be more than nothing", "")
		default:
			*to = v
		}
	}
	return reader{read, texts("duration", `^\+?([0-9]+d)?(([0-9]*\.)?[0-9]*(ns|us|µs|μs|ms|s|m|h))*$`)}
}

// maxDays bounds the days of a duration, a hundred years.
const maxDays = 36_500

// ParseDuration is time.ParseDuration with a number of days that may come first.
func ParseDuration(s string) (time.Duration, error) {
	before, rest, ok := strings.Cut(s, "d")
	if !ok {
		return time.ParseDuration(s)
	}
	days, err := strconv.ParseUint(before, 10, 32)
	if err != nil || days > maxDays {
		return 0, errForm
	}
	var more time.Duration
	if rest != "" {
		if more, err = time.ParseDuration(rest); err != nil || more < 0 || more > 24*time.Hour {
			return 0, errForm
		}
	}
	return time.Duration(days)*24*time.Hour + more, nil
}

// orAuto reads the text auto, which leaves the target at zero, or else as r does.
func orAuto(r reader) reader {
	auto := reader{shape: is(shape{Enum: []string{"auto"}})}
	return reader{func(w *walk, n *node) {
		if n.kind != text || n.text != "auto" {
			r.read(w, n)
		}
	}, either(auto, r)}
}

// byteUnits are the units of a size.
var byteUnits = []struct {
	name  string
	bytes int64
}{{"B", 1}, {"kB", 1000}, {"KB", 1000}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}}

// size reads a number of bytes: 1000, 10MB or 64MiB. why follows the message about one that
// is out of bounds.
func size(to *int64, least, most int64, why string) reader {
	read := func(w *walk, n *node) {
		count, factor := n.text, int64(1)
		unit := strings.TrimLeft(n.text, "0123456789")
		for _, u := range byteUnits {
			if unit == u.name {
				count, factor = strings.TrimSuffix(n.text, unit), u.bytes
			}
		}
		v, err := scaled(count, 0)
		switch {
		case n.kind != number && n.kind != text || errors.Is(err, errForm) || errors.Is(err, errFine):
			w.expected(n, "a number of bytes such as 64MiB, 10MB or 1000")
		case err != nil || v > most/factor || v*factor < least:
			w.refuse(n, "must be from "+bytesText(least)+" to "+bytesText(most)+why, "")
		default:
			*to = v * factor
		}
	}
	plain := reader{shape: numbers("integer", "number of bytes", least, most)}
	return reader{read, either(reader{shape: texts("size", `^[0-9+.eE-]+([kKMGT]?B|[KMGT]iB)?$`)}, plain)}
}

// Size reads a number of bytes as the configuration has it, 64MiB say.
func Size(s string, least, most int64) (n int64, err error) {
	w := &walk{broken: map[string]bool{}}
	size(&n, least, most, "").read(w, &node{kind: text, text: s})
	if len(w.problems) > 0 {
		return 0, errors.New(w.problems[0].Message)
	}
	return n, nil
}

// bytesText is a size as a person would write it.
func bytesText(n int64) string {
	for i := len(byteUnits) - 1; i > 0; i-- {
		if u := byteUnits[i]; n%u.bytes == 0 && n >= u.bytes {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// The most that a price and a limit may be, in dollars: the cost of any request, and the sum
// of many, fit into an int64.
const (
	maxPrice = 100_000
	maxLimit = 1_000_000_000
)

// dollars reads an amount of US dollars, exactly, into millionths of one.
func dollars(to *catalog.MicroDollars, most int64) reader {
	read := func(w *walk, n *node) {
		if n.kind != number {
			w.expected(n, "a number of US dollars")
			return
		}
		v, err := scaled(n.text, 6)
		switch {
		case errors.Is(err, errFine):
			w.refuse(n, "more than 6 decimals: the smallest amount is 0.000001", "")
		case err != nil || v > most*1_000_000:
			w.refuse(n, "more than "+strconv.FormatInt(most, 10)+" dollars", "")
		case v < 0:
			w.refuse(n, "must not be negative", "")
		default:
			*to = v
		}
	}
	return reader{read, numbers("number", "dollars", 0, most)}
}

// date reads a day as 2026-07-02.
func date(to *string) reader {
	read := func(w *walk, n *node) {
		if _, err := time.Parse(time.DateOnly, n.text); n.kind != text || err != nil {
			w.expected(n, "a date such as 2026-07-02")
			return
		}
		*to = n.text
	}
	return reader{read, texts("date", `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)}
}

// zone reads the name of a time zone. The database comes with the program.
func zone(to *string, at **time.Location) reader {
	read := func(w *walk, n *node) {
		location, err := time.LoadLocation(n.text)
		if n.kind != text || err != nil || n.text == "" || n.text == "Local" {
			near := ""
			if n.kind == text {
				near = catalog.Nearest(n.text, commonZones)
			}
			w.refuse(n, "expected a time zone of the IANA database such as UTC or Europe/Berlin, found "+n.found(false), near)
			return
		}
		*to, *at = n.text, location
	}
	return reader{read, texts("time zone", `^[A-Za-z]`)}
}

// commonZones are held against a misspelt name: the database cannot be listed.
var commonZones = strings.Fields(`UTC Africa/Cairo Africa/Johannesburg Africa/Lagos Africa/Nairobi America/Bogota
	America/Chicago America/Denver America/Los_Angeles America/Mexico_City America/New_York America/Sao_Paulo America/Toronto
	Asia/Bangkok Asia/Dubai Asia/Hong_Kong Asia/Jakarta Asia/Karachi Asia/Kolkata Asia/Manila Asia/Seoul Asia/Shanghai
	Asia/Singapore Asia/Taipei Asia/Tokyo Australia/Brisbane Australia/Melbourne Australia/Perth Australia/Sydney
	Europe/Amsterdam Europe/Athens Europe/Berlin Europe/Dublin Europe/Istanbul Europe/Kyiv Europe/Lisbon Europe/London
	Europe/Madrid Europe/Moscow Europe/Paris Europe/Prague Europe/Rome Europe/Stockholm Europe/Vienna Europe/Warsaw
	Europe/Zurich Pacific/Auckland`)

// Why a number cannot be scaled to an integer.
var (
	errForm  = errors.New("not a decimal number")
	errFine  = errors.New("too many decimals")
	errLarge = errors.New("too large")
)

// scaled is the decimal number s times ten to the power of decimals. It is exact: there
// are no floats on the way, and a number that would have to be rounded is errFine.
func scaled(s string, decimals int) (int64, error) {
	if !numberForm().MatchString(s) {
		return 0, errForm
	}
	digits, power := strings.TrimLeft(s, "+-"), ""
	if i := strings.IndexAny(digits, "eE"); i >= 0 {
		digits, power = digits[:i], digits[i+1:]
	}
	whole, rest, _ := strings.Cut(digits, ".")
	digits = strings.TrimLeft(whole+rest, "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return 0, nil
	}
	shift := decimals - len(rest) + len(digits) - len(significant)
	if power != "" {
		p, err := strconv.Atoi(power)
		if err != nil || p > 1000 || p < -1000 {
			if strings.HasPrefix(power, "-") {
				return 0, errFine
			}
			return 0, errLarge
		}
		shift += p
	}
	if shift < 0 {
		return 0, errFine
	}
	if len(significant)+shift > 18 { // 10^18 fits into an int64
		return 0, errLarge
	}
	v, err := strconv.ParseInt(significant+strings.Repeat("0", shift), 10, 64)
	if s[0] == '-' {
		v = -v
	}
	return v, err
}
