package catalog

import (
	"math/rand/v2"
	"testing"
)

func TestNearest(t *testing.T) {
	names := []string{"openai", "azure", "anthropic", "google", "google/eu", "order", "only", "ignore", "eu"}
	for name, want := range map[string]string{
		"openia": "openai", "OpenAI": "openai", "opnai": "openai", "openaii": "openai", "azur": "azure", "antropic": "anthropic",
		"googel": "google", "goggle": "google", "google/us": "google/eu", "oder": "order", "ordre": "order", "onyl": "only", "ignored": "ignore",
		"allow_only": "only", "anthropic-beta": "anthropic", "ue": "eu", "goog": "google",
		"": "", "x": "", "e": "", "mistral": "", "us": "", "xyz": "", "o": "", "zzzzzz": "",
	} {
		if got := Nearest(name, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
	if got := Nearest("a", []string{"b"}); got != "" {
		t.Errorf("all letters differ, and yet it is %q", got)
	}
	if got := Nearest("abcd", []string{"abcx", "abdc", "abcd"}); got != "abcd" {
		t.Errorf("got %q, not the name itself", got)
	}
	if got := Nearest("lama", []string{"llama:free", "llama"}); got != "llama" {
		t.Errorf("%q only contains it", got)
	}
	if Nearest("abc", nil) != "" {
		t.Error("near to nothing")
	}
}

func TestNearestModel(t *testing.T) {
	c := mustNew(t, sample())
	for name, want := range map[string]string{
		"gpt4o": "openai/gpt-4o", "gpt-4": "openai/gpt-4o", "openai/gpt4o": "openai/gpt-4o", "opnai/gpt-4o": "openai/gpt-4o",
		"llama": "acme/llama:free", "claude": "", "": "", "/": "",
	} {
		if got := c.NearestModel(name); got != want {
			t.Errorf("NearestModel(%q) = %q, want %q", name, got, want)
		}
	}
}

// distance is held against the plain recursion.
func TestDistance(t *testing.T) {
	var plain func(a, b string) int
	plain = func(a, b string) int {
		if a == "" || b == "" {
			return len(a) + len(b)
		}
		step := 1
		if a[len(a)-1] == b[len(b)-1] {
			step = 0
		}
		d := min(plain(a[:len(a)-1], b)+1, plain(a, b[:len(b)-1])+1, plain(a[:len(a)-1], b[:len(b)-1])+step)
		if len(a) > 1 && len(b) > 1 && a[len(a)-1] == b[len(b)-2] && a[len(a)-2] == b[len(b)-1] {
			d = min(d, plain(a[:len(a)-2], b[:len(b)-2])+1)
		}
		return d
	}
	rng := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		b := make([]byte, rng.IntN(7))
		for i := range b {
			b[i] = "abc"[rng.IntN(3)]
		}
		return string(b)
	}
	for range 3000 {
		a, b, limit := word(), word(), rng.IntN(8)
		want := plain(a, b)
		if got := distance(a, b, limit); got != want && (want <= limit || got <= limit) {
			t.Fatalf("distance(%q, %q, %d) = %d, want %d", a, b, limit, got, want)
		}
	}
}
