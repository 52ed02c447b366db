package auto

import (
	"strings"
	"testing"
)

// TestHarderIsHigher holds pairs that differ in what a person would call hard.
func TestHarderIsHigher(t *testing.T) {
	for _, c := range [][2]string{
		{"What is 2 + 3?", "Let $p$ be a prime and $a$ an integer with $\\gcd(a, p) = 1$. Find the number of solutions of $x^{p-1} + a x = 1$ modulo $p^2$."},
		{"Hi, how are you today?", "A tank of 300 L is filled at 12 L/min and drained at 7.5 L/min. After how many minutes is it 80 % full if it starts with 25 L?"},
		{"Give me a name for my dog.", "A 2.4 kg block slides down a ramp of 30 degrees with a coefficient of friction of 0.2. What is its speed after 3.5 m?"},
		{"Write a short birthday greeting for my aunt.", "Calculate the equilibrium constant at 298 K of a reaction with an enthalpy of -92.2 kJ/mol and an entropy of -198.7 J/(mol K)."},
		{"Write a haiku about rain.", "The price elasticity of demand for a good is -1.8 and that of supply is 0.6. A tax of 2 dollars per unit is levied. What share of it do buyers bear?"},
		{"Say hello in a friendly way.", "In which year did the second of the three treaties take effect, and which of its signatories did not ratify the first?"},
	} {
		easy, hard := reading(c[0]), reading(c[1])
		if easy.Quantile >= hard.Quantile {
			t.Errorf("%q at %d is not easier than %q at %d", c[0], easy.Quantile, c[1], hard.Quantile)
		}
	}
}

// TestTrivialAndDemanding holds what people ask for first. None was fitted to, but words
// were added to the groups with the first of the hard ones in view.
func TestTrivialAndDemanding(t *testing.T) {
	for _, hard := range []string{
		"Compute the fundamental group of the complement of the trefoil knot.",
		"Prove that every finite integral domain is a field, then show by an explicit counterexample why finiteness is needed.",
		"Design a distributed rate limiter across five regions with bounded staleness, compare three approaches and give the failure modes.",
	} {
		for _, easy := range []string{"What's 2+2?", "What is the capital of Portugal?", "Hi, how are you today?"} {
			if e, h := reading(easy).Quantile, reading(hard).Quantile; e >= h {
				t.Errorf("%q at %d is not easier than %q at %d", easy, e, hard, h)
			}
		}
	}
	for _, greeting := range []string{"hello", "Hi there!", "thank you so much", "Guten Morgen", "Hola, buenos días"} {
		if q := reading(greeting).Quantile; q >= 150 {
			t.Errorf("%q is at %d", greeting, q)
		}
	}
}

// TestGolden holds whole scores, so that a change of anything that they rest on is seen. After
// such a change on purpose the figures are taken from the failure.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		text                             string
		difficulty, hard, beyond, tables int32
	}{
		{"What is the boiling point of water at an altitude of 3000 m?", 3168, 949, -773, 718},
		{"Prove that every continuous function on [0, 1] is bounded.", 5316, 259, -1368, 317},
		{"Напиши функцию на Python, которая считает слова.", 2030, -132, -1161, -75},
		{"```go\nfunc f(n int) int { return n * 2 }\n```\nWhat does f(21) return?", 3981, 540, -1474, 371},
	} {
		r := reading(c.text)
		if got := [...]int32{r.Difficulty, r.Hard, r.Beyond, r.TableHard}; got != [...]int32{c.difficulty, c.hard, c.beyond, c.tables} {
			t.Errorf("%q: %d, %d, %d, %d", c.text, got[0], got[1], got[2], got[3])
		}
	}
}

func TestContributions(t *testing.T) {
	r := reading("What is the sum of 12.5, 13.75 and 1004, and what is the product of the three?")
	all := r.Contributions(nil, 100)
	for i, c := range all {
		if c.Points == 0 || i > 0 && magnitude(all[i-1].Points) < magnitude(c.Points) {
			t.Errorf("%v is out of order", all)
		}
		if c.Feature.String() == "" {
			t.Errorf("feature %d has no name", c.Feature)
		}
	}
	few := r.Contributions([]Contribution{{}}, 3)
	if len(few) != 4 || few[1] != all[0] || few[3] != all[2] {
		t.Errorf("the first three of %v are %v", all, few)
	}
}

func TestNames(t *testing.T) {
	if n := strings.Count(featureNames, "\n"); n != int(Features) {
		t.Errorf("%d names for %d features and the words", n+1, Features)
	}
	for _, c := range []struct{ got, want string }{
		{Other.String(), "other"}, {Translation.String(), "translation"}, {NoScript.String(), "none"}, {OtherScript.String(), "other"},
		{Undetermined.String(), "und"}, {Vietnamese.String(), "vi"}, {ThaiLanguage.String(), "th"}, {Features.String(), "single words"},
		{Feature(LastParagraph).String(), "last paragraph"}, {Feature(counted).String(), "proof"}, {(Features - 1).String(), "going on"},
	} {
		if c.got != c.want {
			t.Errorf("%q, not %q", c.got, c.want)
		}
	}
}

func TestSigmoid(t *testing.T) {
	last := int32(-1)
	for x := int32(-9 * Logit); x <= 9*Logit; x += 7 {
		y := sigmoid(x)
		if y < last || y < 0 || y > One || y+sigmoid(-x) != One {
			t.Fatalf("sigmoid(%d) is %d after %d", x, y, last)
		}
		last = y
	}
}

func TestWeightsOfAnotherSizeAreRefused(t *testing.T) {
	if _, ok := ParseWeights(make([]byte, WeightBytes-1)); ok {
		t.Error("too short, and taken")
	}
	if w, ok := ParseWeights([]byte(weights)); !ok || w != Shipped() {
		t.Error("the shipped weights are not taken")
	}
}
