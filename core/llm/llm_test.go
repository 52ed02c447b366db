package llm

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestAppendDollars(t *testing.T) {
	for _, c := range []struct {
		micro int64
		want  string
	}{
		{0, "0"}, {1, "0.000001"}, {10, "0.00001"}, {100_000, "0.1"}, {1_000_000, "1"}, {1_000_001, "1.000001"},
		{2_500_000, "2.5"}, {-1, "-0.000001"}, {-2_500_000, "-2.5"}, {1_234_567, "1.234567"},
		{math.MaxInt64, "9223372036854.775807"}, {math.MinInt64, "-9223372036854.775808"},
	} {
		if got := string(AppendDollars([]byte("$"), c.micro)); got != "$"+c.want {
			t.Errorf("AppendDollars(%d) = %q, want %q", c.micro, got, "$"+c.want)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		micro := int64(rng.Uint64()) >> rng.IntN(64)
		got, ok := new(big.Rat).SetString(string(AppendDollars(nil, micro)))
		if !ok || got.Cmp(big.NewRat(micro, 1_000_000)) != 0 {
			t.Fatalf("AppendDollars(%d) = %s", micro, AppendDollars(nil, micro))
		}
	}
}

// Every name leads back to its value, and a value without a name does not panic.
func TestNames(t *testing.T) {
	for _, n := range SchemaNames() {
		if SchemaNamed(n).String() != n || SchemaNamed(n) == SchemaNone {
			t.Errorf("schema %q is not its own name", n)
		}
	}
	for o := OperationNone; o.String() != "" || o == OperationNone; o++ {
		if OperationNamed(o.String()) != o {
			t.Errorf("operation %q is not its own name", o)
		}
	}
	seen := map[string]bool{}
	for i := range featureNames {
		f := Feature(1) << i
		names := f.Names()
		if len(names) != 1 || FeatureNamed(names[0]) != f || seen[names[0]] {
			t.Errorf("feature %d has the names %q", i, names)
		}
		seen[names[0]] = true
	}
	if FeatureMany != 1<<(len(featureNames)-1) {
		t.Errorf("there are %d names of features, which is not how many features there are", len(featureNames))
	}
	if got := (FeatureTools | FeatureStream).Names(); !slices.Equal(got, []string{"stream", "tools"}) {
		t.Errorf("names are not in their order: %q", got)
	}
	for _, got := range []string{Schema(99).String(), Operation(99).String(), Finish(99).String()} {
		if got != "" {
			t.Errorf("a value without a name is called %q", got)
		}
	}
	if SchemaNamed("") != SchemaNone || OperationNamed("") != OperationNone || FeatureNamed("") != 0 || FeatureNamed("x") != 0 {
		t.Error("a name that is none has a value")
	}
}

func TestFeatureHas(t *testing.T) {
	f := FeatureTools | FeatureImages
	if !f.Has(FeatureTools) || !f.Has(f) || !f.Has(0) || f.Has(FeatureTools|FeatureAudio) {
		t.Error("Has is not the subset relation")
	}
}

func TestErrorStatus(t *testing.T) {
	for code, want := range map[Code]int{
		CodeInvalidRequest: 400, CodeTooLarge: 413, CodeUnauthorized: 401, CodeForbidden: 403, CodeNotFound: 404,
		CodeMethod: 405, CodeModelNotFound: 404, CodeNoEndpoint: 404, CodeRateLimited: 429, CodeTimeout: 504,
		CodeUnreachable: 502, CodeProvider: 502, CodeBadAnswer: 502, CodeStreamCut: 502, CodeShuttingDown: 503, CodeCancelled: 499,
		CodeInternal: 500, CodeUnsupported: 501, "what": 500,
	} {
		if got := (&Error{Code: code}).HTTPStatus(); got != want {
			t.Errorf("%s is %d, want %d", code, got, want)
		}
	}
	e := &Error{Code: CodeNoEndpoint, Status: 503, Message: "all resting"}
	if e.HTTPStatus() != 503 || e.Error() != "all resting" {
		t.Errorf("got %d %q", e.HTTPStatus(), e.Error())
	}
	if e.Param = "model"; e.Error() != "model: all resting" {
		t.Errorf("got %q", e.Error())
	}
}

func TestUsageTotal(t *testing.T) {
	u := Usage{Input: 1, CacheRead: 10, CacheWrite: 100, CacheWriteHour: 100_000, Output: 1000, Reasoning: 10_000}
	if u.Total() != 111_111 {
		t.Errorf("got %d", u.Total())
	}
}

func TestSpan(t *testing.T) {
	if !(Span{}).Empty() || !(Span{3, 3}).Empty() || !(Span{4, 3}).Empty() || (Span{3, 4}).Empty() {
		t.Error("Empty is wrong")
	}
}
