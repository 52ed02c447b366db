package config

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
)

// This file holds the readers of single values.

// word reads a text that is not empty and stands for itself.
func word(to *string) reader {
	return func(w *walk, n *node) {
		switch {
		case n.kind == number || n.kind == boolean:
			w.refuse(n, "expected a text, found "+n.found(false)+"; put it in quotes", "")
		case n.kind != text:
			w.expected(n, "a text")
		case strings.TrimSpace(n.text) == "":
			w.refuse(n, "must not be empty", "")
		case strings.Contains(n.text, "${"):
			w.refuse(n, "${NAME} is read in base_url, api_key and headers only", "")
		default:
			*to = n.text
		}
	}
}

// choice reads one of a few names.
func choice(names []string, set func(name string)) reader {
	return func(w *walk, n *node) {
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
}

// toggle reads true or false.
func toggle(set func(on bool)) reader {
	return func(w *walk, n *node) {
		if n.kind != boolean {
			w.expected(n, "true or false")
			return
		}
		set(n.text == "true")
	}
}

// integer reads a whole number of at least least.
func integer[T ~int | ~int64](to *T, least T) reader {
	return func(w *walk, n *node) {
		if n.kind != number {
			w.expected(n, "a whole number")
			return
		}
		v, err := scaled(n.text, 0)
		switch {
		case errors.Is(err, errFine):
			w.expected(n, "a whole number")
		case err != nil || int64(T(v)) != v:
			w.refuse(n, "the number is too large", "")
		case T(v) < least:
			w.refuse(n, "must be at least "+strconv.FormatInt(int64(least), 10), "")
		default:
			*to = T(v)
		}
	}
}

// fraction reads a number from 0 to 1.
func fraction(to *float64) reader {
	return func(w *walk, n *node) {
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
}

// duration reads a time such as 30s, which is more than nothing.
func duration(to *time.Duration) reader {
	const want = "a duration such as 30s, 500ms or 5m"
	return func(w *walk, n *node) {
		if _, err := scaled(n.text, 0); (n.kind == number || n.kind == text) && err == nil && !strings.ContainsAny(n.text, "eE") {
			w.refuse(n, "expected "+want+", found "+n.found(false)+" without a unit; write "+strings.TrimLeft(n.text, "+-")+"s", "")
			return
		}
		v, err := time.ParseDuration(n.text)
		switch {
		case n.kind != text || err != nil:
			w.expected(n, want)
		case v <= 0:
			w.refuse(n, "must be more than nothing", "")
		default:
			*to = v
		}
	}
}

// orAuto reads the text auto, which leaves the target at zero, or else as read does.
func orAuto(read reader) reader {
	return func(w *walk, n *node) {
		if n.kind != text || n.text != "auto" {
			read(w, n)
		}
	}
}

// maxDollars bounds a price, so that the cost of any request fits into an int64.
const maxDollars = 100_000

// dollars reads an amount of US dollars, exactly, into millionths of one.
func dollars(to *catalog.MicroDollars) reader {
	return func(w *walk, n *node) {
		if n.kind != number {
			w.expected(n, "a number of US dollars")
			return
		}
		v, err := scaled(n.text, 6)
		switch {
		case errors.Is(err, errFine):
			w.refuse(n, "more than 6 decimals: the smallest price is 0.000001", "")
		case err != nil || v > maxDollars*1_000_000:
			w.refuse(n, "more than "+strconv.Itoa(maxDollars)+" dollars", "")
		case v < 0:
			w.refuse(n, "must not be negative", "")
		default:
			*to = v
		}
	}
}

// Why a number cannot be scaled to an integer.
var (
	errForm  = errors.New("not a decimal number")
	errFine  = errors.New("too many decimals")
	errLarge = errors.New("too large")
)

// scaled is the decimal number s times ten to the power of decimals. It is exact: there
// are no floats on the way, and a number that would have to be rounded is errFine.
func scaled(s string, decimals int) (int64, error) {
	if !numberForm.MatchString(s) {
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
