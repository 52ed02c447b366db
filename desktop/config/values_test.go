package config

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestScaledExact holds scaled against rational numbers: equal, or refused when it
// would have to round or does not fit.
func TestScaledExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	exact, refused := 0, 0
	for range 50_000 {
		s := randomNumber(rng)
		decimals := rng.IntN(8)
		want, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("%q is not a number", s)
		}
		want.Mul(want, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)))
		got, err := scaled(s, decimals)
		switch {
		case err == nil && (!want.IsInt() || want.Num().Cmp(big.NewInt(got)) != 0):
			t.Fatalf("scaled(%q, %d) = %d, want %s", s, decimals, got, want)
		case errors.Is(err, errFine) && want.IsInt():
			t.Fatalf("scaled(%q, %d) has too many decimals, want %s", s, decimals, want)
		case errors.Is(err, errLarge) && want.IsInt() && len(want.Num().Text(10)) <= 18:
			t.Fatalf("scaled(%q, %d) is too large, want %s", s, decimals, want)
		case errors.Is(err, errForm):
			t.Fatalf("scaled(%q) is not a number", s)
		}
		if err == nil {
			exact++
		} else {
			refused++
		}
	}
	if exact < 5_000 || refused < 5_000 {
		t.Errorf("the numbers are no test: %d exact, %d refused", exact, refused)
	}
}

func randomNumber(rng *rand.Rand) string {
	var b strings.Builder
	b.WriteString([]string{"", "", "+", "-"}[rng.IntN(4)])
	if rng.IntN(4) == 0 {
		b.WriteString("0")
	} else {
		fmt.Fprint(&b, 1+rng.Uint64N(1<<rng.IntN(60)))
	}
	if rng.IntN(3) > 0 {
		b.WriteString(".")
		for range 1 + rng.IntN(9) {
			b.WriteByte("00123456789"[rng.IntN(11)])
		}
	}
	if rng.IntN(3) == 0 {
		fmt.Fprintf(&b, "%c%+d", "eE"[rng.IntN(2)], rng.IntN(24)-12)
	}
	return b.String()
}

// TestPricesExact holds the prices of a file against rational numbers: what a float
// would make of them is not asked.
func TestPricesExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		micro := rng.Int64N(1 << (1 + rng.IntN(36)))
		text := fmt.Sprintf("%d.%06d", micro/1_000_000, micro%1_000_000)
		for _, form := range []string{text, strings.TrimRight(text, "0"), text + "000", fmt.Sprintf("%de-6", micro), fmt.Sprintf("+%s", text)} {
			c, err := Parse("", fmt.Appendf(nil, `
providers: {p: {schema: openai, base_url: "https://example.org"}}
models: {a/b: {endpoints: [{provider: p, price: {input: %s, output: 0, request: %s}}]}}`, form, form), nil)
			if err != nil {
				t.Fatal(form, err)
			}
			if p := c.Catalog.Models[0].Endpoints[0].Price; p.Input != micro || p.Request != micro || p.CacheRead != micro || p.Output != 0 || !p.Known {
				t.Fatalf("%s: %+v, want %d", form, p, micro)
			}
		}
	}
}

func TestPlain(t *testing.T) {
	for s, want := range map[string]kind{
		"": null, "~": null, "null": null, "Null": null, "nil": text,
		"true": boolean, "FALSE": boolean, "yes": text, "on": text, "off": text,
		"1": number, "-1.5": number, "+2": number, ".5": number, "5.": number, "1e3": number, "0": number, "0.10": number, "-0": number,
		"01": text, "0x1": text, "1_0": text, "1.2.3": text, "-": text, ".": text, "e1": text, "1e": text, ".inf": text, ".nan": text, "5m": text, "1:30": text, "127.0.0.1:1": text,
	} {
		if got := plain(s, 1, 1); got.kind != want {
			t.Errorf("%q is %d, want %d", s, got.kind, want)
		}
	}
}

// readValue reads a value that is a whole file.
func readValue(r reader, text string) Problems {
	w := &walk{lookup: env, broken: map[string]bool{}}
	tree, problem := readTree([]byte(text))
	if problem != nil {
		return Problems{*problem}
	}
	if tree == nil {
		tree = &node{}
	}
	r.read(w, tree)
	return w.problems
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30s": 30 * time.Second, "1h30m": 90 * time.Minute, ".5s": 500 * time.Millisecond, "1.s": time.Second, "+2m": 2 * time.Minute, "3us": 3000, "3µs": 3000,
		"7d": 168 * time.Hour, "1d12h": 36 * time.Hour, "0d1h": time.Hour, "36500d": 876_000 * time.Hour, "01d": 24 * time.Hour,
		"36501d": 0, "1.5d": 0, "-1d": 0, "1d-1h": 0, "d": 0, "0d": 0, "1d25h": 0, "1h1d": 0, "1w": 0, "0s": 0, "-1s": 0, "5": 0, "1d1": 0, "true": 0, "[]": 0, "": 0,
	} {
		var got time.Duration
		problems := readValue(duration(&got), text)
		if got != want || (len(problems) == 0) != (want > 0) {
			t.Errorf("%q: %v, %v", text, got, problems)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"1000": 1000, "'1000'": 1000, "1e6": 1e6, "5B": 5, "1kB": 1000, "1KB": 1000, "10MB": 10_000_000, "64MiB": 64 << 20, "1GiB": 1 << 30,
		"2GiB": 0, "0": 0, "-1": 0, "1.5MB": 0, "1mb": 0, "MB": 0, "10 MB": 0, "99999999999999999999MB": 0, "true": 0, "[]": 0, "": 0, "1TB": 0,
	} {
		var got int64
		problems := readValue(size(&got, 1, 1<<30, ""), text)
		if got != want || (len(problems) == 0) != (want > 0) {
			t.Errorf("%q: %d, %v", text, got, problems)
		}
	}
	for n, want := range map[int64]string{1: "1", 999: "999", 1000: "1KB", 256 << 20: "256MiB", 1 << 40: "1TiB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

func TestZones(t *testing.T) {
	for text, good := range map[string]bool{"UTC": true, "Europe/Berlin": true, "America/Argentina/Ushuaia": true, "Local": false, "''": false, "../etc/passwd": false, "Mars/Base": false, "3": false} {
		var name string
		var at *time.Location
		if problems := readValue(zone(&name, &at), text); (len(problems) == 0) != good || good && (at.String() != text || name != text) {
			t.Errorf("%s: %v %v", text, at, problems)
		}
	}
}

// TestZonesOfItsOwn holds that time zones come with the program: a small container has none.
func TestZonesOfItsOwn(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(strings.Fields(string(out)), "time/tzdata") {
		t.Error("time/tzdata is not imported")
	}
}
