package lines_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"strowger/desktop/config/lines"
)

// patched is a text with hunks applied: what Diff promises.
func patched(t *testing.T, text string, hunks []lines.Hunk) string {
	t.Helper()
	from := strings.Split(text, "\n")
	var out []string
	at := 0
	for _, h := range hunks {
		out = append(out, from[at:h.From-1]...)
		at = h.From - 1
		if len(out) != h.To-1 {
			t.Fatalf("hunk %v begins at line %d of the result", h, len(out)+1)
		}
		for _, l := range h.Lines {
			if l.Op != lines.New {
				if from[at] != l.Text {
					t.Fatalf("line %d is %q, not %q", at+1, from[at], l.Text)
				}
				at++
			}
			if l.Op != lines.Gone {
				out = append(out, l.Text)
			}
		}
	}
	return strings.Join(append(out, from[at:]...), "\n")
}

func random(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		fmt.Fprintln(&b, r.IntN(6))
	}
	return b.String()
}

// mutated changes, removes and adds some lines.
func mutated(r *rand.Rand, text string, times int) string {
	l := strings.SplitAfter(text, "\n")
	for range times {
		i := r.IntN(len(l))
		switch r.IntN(3) {
		case 0:
			l[i] = fmt.Sprintf("m%d\n", r.IntN(9))
		case 1:
			l = slices.Insert(l, i, fmt.Sprintf("n%d\n", r.IntN(9)))
		default:
			if len(l) > 1 {
				l = slices.Delete(l, i, i+1)
			}
		}
	}
	return strings.Join(l, "")
}

func TestDiffMakesOneOfTheOther(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 2))
		a := random(r, r.IntN(30))
		b := random(r, r.IntN(30))
		if seed%2 == 0 {
			b = mutated(r, a, r.IntN(6))
		}
		b = strings.TrimRight(b, "\n")
		a = strings.TrimRight(a, "\n")
		if a == "" || b == "" {
			continue
		}
		if got := patched(t, a, lines.Diff(a, b)); got != b {
			t.Fatalf("seed %d: %q to %q came out as %q", seed, a, b, got)
		}
	}
}

func TestDiffIsShort(t *testing.T) {
	a := "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
	b := "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"
	got := fmt.Sprint(lines.Diff(a, b))
	if want := "[{2 2 [{  2} {  3} {  4} {- 5} {+ five} {  6} {  7} {  8}]}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := lines.Diff(a, a); len(got) != 0 {
		t.Errorf("the same text differs: %v", got)
	}
	if got := lines.Diff("a\n", "a"); len(got) != 1 || len(got[0].Lines) != 2 {
		t.Errorf("a missing line break: %v", got)
	}
}

func TestDiffIsBounded(t *testing.T) {
	var a, b strings.Builder
	for i := range 50_000 {
		fmt.Fprintln(&a, "a", i)
		fmt.Fprintln(&b, "b", i)
	}
	if got := lines.Diff(a.String(), b.String()); len(got) != 1 || len(got[0].Lines) != 100_000 {
		t.Errorf("%d hunks", len(got))
	}
}

func TestMerge(t *testing.T) {
	base := "a\nb\nc\nd\ne\n"
	for _, m := range []struct{ name, yours, theirs, want, conflict string }{
		{"one side", "a\nB\nc\nd\ne\n", base, "a\nB\nc\nd\ne\n", ""},
		{"the other side", base, "a\nB\nc\nd\ne\n", "a\nB\nc\nd\ne\n", ""},
		{"both, apart", "A\nb\nc\nd\ne\n", "a\nb\nc\nd\ne\nf\n", "A\nb\nc\nd\ne\nf\n", ""},
		{"both the same", "a\nX\nc\nd\ne\n", "a\nX\nc\nd\ne\n", "a\nX\nc\nd\ne\n", ""},
		{"both otherwise", "a\nX\nc\nd\ne\n", "a\nY\nc\nd\ne\n", "", "[{2 b\n X\n Y\n}]"},
		{"changed and gone", "a\nX\nc\nd\ne\n", "a\nd\ne\n", "", "[{2 b\nc\n X\nc\n }]"},
		{"side by side", "a\nX\nc\nd\ne\n", "a\nb\nY\nd\ne\n", "", "[{2 b\nc\n X\nc\n b\nY\n}]"},
		{"two conflicts", "1\nb\nc\nd\n2\n", "3\nb\nc\nd\n4\n", "", "[{1 a\n 1\n 3\n} {5 e\n 2\n 4\n}]"},
	} {
		got, conflicts := lines.Merge(base, m.yours, m.theirs)
		said := ""
		if conflicts != nil {
			said = fmt.Sprint(conflicts)
		}
		if got != m.want || said != m.conflict {
			t.Errorf("%s: %q %q", m.name, got, said)
		}
	}
}

// A change on one side alone is always taken, and the sides may be exchanged.
func TestMergeOfRandomTexts(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 3))
		base := random(r, 1+r.IntN(20))
		yours, theirs := mutated(r, base, r.IntN(4)), mutated(r, base, r.IntN(4))
		if got, c := lines.Merge(base, yours, base); got != yours || c != nil {
			t.Fatalf("seed %d: yours alone: %q", seed, got)
		}
		if got, c := lines.Merge(base, base, theirs); got != theirs || c != nil {
			t.Fatalf("seed %d: theirs alone: %q", seed, got)
		}
		one, c1 := lines.Merge(base, yours, theirs)
		two, c2 := lines.Merge(base, theirs, yours)
		if one != two || len(c1) != len(c2) {
			t.Fatalf("seed %d: %q and %q of %q: %q, %q", seed, yours, theirs, base, one, two)
		}
	}
}
