package scan

import (
	"math"
	"strings"
	"testing"
)

func TestUnquote(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{`""`, ""},
		{`"abc"`, "abc"},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{`"a\u00e9\u20AC\u20acz"`, "aé€€z"},
		{`"\ud83d\ude00"`, "😀"},
		{`"\uD83D\uDE00"`, "😀"},
		{`"\ud83d"`, "\ufffd"},
		{`"\ude00\ud83d"`, "\ufffd\ufffd"},
		{`"\ud83dx\ude00"`, "\ufffdx\ufffd"},
		{`"\ud83d\ud83d\ude00"`, "\ufffd😀"},
		{`"\ud83d\n"`, "\ufffd\n"},
		{`"\u0000"`, "\x00"},
		{`"größe 敏捷 😀"`, "größe 敏捷 😀"},
		{`"` + strings.Repeat(`\n12345678`, 20) + `"`, strings.Repeat("\n12345678", 20)},
	} {
		got, ok := Unquote([]byte("> "), []byte(c.raw))
		if !ok || string(got) != "> "+c.want {
			t.Errorf("%s: %q, %v", c.raw, got, ok)
		}
		s, ok := String([]byte("["+c.raw+"]"), Value{KindString, 1, 1 + len(c.raw)})
		if !ok || s != c.want {
			t.Errorf("String %s: %q, %v", c.raw, s, ok)
		}
	}
	for _, raw := range []string{``, `"`, `a`, `"a`, `a"`, `"a"b`, ` "a"`, `"a" `, "\"\n\"", "\"\xff\"", `"\`, `"\"`, `"\u123"`, `"\a"`, `""""`} {
		if got, ok := Unquote([]byte("> "), []byte(raw)); ok || string(got) != "> " {
			t.Errorf("%s: %q, %v", raw, got, ok)
		}
	}
}

func TestStringRefuses(t *testing.T) {
	doc := []byte(`["a",1]`)
	for _, v := range []Value{{}, {KindNumber, 5, 6}, {KindString, 1, 100}, {KindString, -1, 2}, {KindString, 3, 1}} {
		if s, ok := String(doc, v); ok || s != "" {
			t.Errorf("%+v: %q", v, s)
		}
	}
}

func TestInt(t *testing.T) {
	for _, c := range []struct {
		raw  string
		want int64
	}{
		{"0", 0},
		{"-0", 0},
		{"7", 7},
		{"-7", -7},
		{"128000", 128000},
		{"1e3", 1000},
		{"1E+3", 1000},
		{"1.0", 1},
		{"-1.50e1", -15},
		{"1000e-3", 1},
		{"0.001e3", 1},
		{"0.0", 0},
		{"0e999999999999999999999", 0},
		{"-0.000e-999999999999999999999", 0},
		{"9223372036854775807", math.MaxInt64},
		{"-9223372036854775808", math.MinInt64},
		{"9223372036854775807.000", math.MaxInt64},
		{"922337203685477580.7e1", math.MaxInt64},
		{"9.223372036854775807e18", math.MaxInt64},
		{"1" + strings.Repeat("0", 500) + "e-500", 1},
		{"0." + strings.Repeat("0", 500) + "1e501", 1},
		{"9007199254740993", 9007199254740993},
	} {
		if got, ok := Int([]byte(c.raw)); !ok || got != c.want {
			t.Errorf("%s: %d, %v, want %d", c.raw, got, ok, c.want)
		}
	}
	for _, raw := range []string{"", "-", "x", "1.5", "1e-1", "0.1", "9223372036854775808", "-9223372036854775809", "18446744073709551616",
		"1e19", "2e19", "1e18446744073709551617", "10e-18446744073709551617", "1e999999999999", "1e-999999999999", "1" + strings.Repeat("0", 500), "01", "1.", "+1", " 1", "1 ", "0x10", "1_000", `"1"`, "null"} {
		if got, ok := Int([]byte(raw)); ok || got != 0 {
			t.Errorf("%s: %d, %v", raw, got, ok)
		}
	}
}

func TestFloat(t *testing.T) {
	for _, c := range []struct {
		raw  string
		want float64
	}{{"0", 0}, {"0.25", 0.25}, {"-1e3", -1000}, {"1E-2", 0.01}, {"1e308", 1e308}, {"1e-999", 0}, {"0." + strings.Repeat("3", 60), 1. / 3}} {
		if got, ok := Float([]byte(c.raw)); !ok || got != c.want {
			t.Errorf("%s: %v, %v", c.raw, got, ok)
		}
	}
	for _, raw := range []string{"", "-", "NaN", "Inf", "0x1p-2", "1_0", "1.", ".5", "+1", "01", "1e999", "-1e999", " 1", `"1"`} {
		if got, ok := Float([]byte(raw)); ok {
			t.Errorf("%s: %v", raw, got)
		}
	}
}

func TestBehind(t *testing.T) {
	for _, c := range []struct {
		raw  string
		n    int
		want string // of raw
	}{
		{`"abc"`, 0, `abc"`},
		{`"abc"`, 2, `c"`},
		{`"abc"`, 3, `"`},
		{`"abc"`, 9, `"`},
		{`""`, 0, `"`},
		{`"a\nb"`, 1, `\nb"`},
		{`"a\nb"`, 2, `b"`},
		{`"\u00e9x"`, 1, `x"`},
		{`"\u00e9x"`, 2, `x"`},
		{`"éx"`, 1, `x"`},
		{`"😀x"`, 3, `x"`},
		{`"\ud83d\ude00x"`, 1, `x"`},
		{`"\ud83d\ude00x"`, 4, `x"`},
		{`"\ud83d\ud83d\ude00x"`, 3, `\ud83d\ude00x"`},
		{`"\ude00\ud83dx"`, 3, `\ud83dx"`},
		{`"\ud83dx"`, 3, `x"`},
		{`"\\u0041"`, 1, `u0041"`},
	} {
		if got := c.raw[Behind([]byte(c.raw), c.n):]; got != c.want {
			t.Errorf("%d bytes of %s: %s", c.n, c.raw, got)
		}
	}
}
