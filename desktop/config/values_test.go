package config

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
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
models: {a/b: {endpoints: [{provider: p, price: {input: %s, output: 0, request: %s}}]}}`, form, form))
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
