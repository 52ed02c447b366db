package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"strowger/core/auto"
)

// dataPath is where the data is, if it is: beside the project and not in it.
func dataPath() string {
	dir := os.Getenv("STROWGER_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	return filepath.Join(dir, "auto")
}

// dataFolder is dataPath for tests that are nothing without the data.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir := dataPath()
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no data in %s: set STROWGER_SHARED (%v)", dir, err)
	}
	return dir
}

// prompts of one's own, of many kinds.
func ownPrompts() []string {
	return []string{"", "hi", kilobytes4(), strings.Repeat(kilobytes4(), 5), "证明根号2是无理数。", "Напиши функцию", "<system-reminder>x</system-reminder>y",
		"a) 1\nb) 2\n\nWhich? ```\ncode", "\xff\xfe broken \xc3", "f(x) = \\frac{1}{2} x^2 + 3", "冬の日はなぜ短い？", "<document>" + strings.Repeat("z", 3000)}
}

// TestWasmIsEqual compares whole readings to the bit; of the data one prompt in ten.
func TestWasmIsEqual(t *testing.T) {
	m, err := newModule(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer m.close(t.Context())
	prompts := ownPrompts()
	if d, err := load(filepath.Join(dataPath(), "train")); err == nil {
		for i := 0; i < len(d.rows); i += 10 {
			prompts = append(prompts, d.rows[i].Prompt)
		}
	}
	for _, p := range prompts {
		same, err := sameInModule(t.Context(), m, p)
		if err != nil {
			t.Fatal(err)
		}
		if !same {
			t.Errorf("%.100q is read otherwise in wasm", p)
		}
	}
}

// TestTrainingIsRepeatable fits again and wants the committed weights to the byte.
func TestTrainingIsRepeatable(t *testing.T) {
	d, err := load(filepath.Join(dataFolder(t), "train"))
	if err != nil {
		t.Fatal(err)
	}
	same, err := (&options{}).reproduces(d)
	if err != nil {
		t.Fatal(err)
	}
	if !same {
		t.Errorf("train gives other weights than core/auto/weights.bin (data %s)", d.hash)
	}
}

func someRows() ([]*row, []float64) {
	rows := []*row{{ID: "a", weak: 0, strong: 1}, {ID: "b", weak: 1, strong: 1}, {ID: "c", weak: 0, strong: 0}, {ID: "d", weak: 0, strong: 1}}
	return rows, []float64{4, 3, 2, 1}
}

// TestExactByHand: the curve goes through (0, 1/4), (1/4, 1/2), (1/2, 1/2), (3/4, 1/2), (1, 3/4).
func TestExactByHand(t *testing.T) {
	rows, score := someRows()
	f, pts := exact(rows, score)
	if len(pts) != 5 || math.Abs(f.apgr-0.5) > 1e-12 {
		t.Errorf("%v, APGR %v", pts, f.apgr)
	}
	// Half of the gain is 1/2, met at a quarter of the calls; 80 % of it at 0.75 + 0.25 * 0.15/0.25.
	if math.Abs(f.cpt[1]-25) > 1e-9 || math.Abs(f.cpt[2]-90) > 1e-9 {
		t.Errorf("CPT %v", f.cpt)
	}
	f, pts = exact(rows, []float64{1, 1, 1, 1})
	if len(pts) != 2 || math.Abs(f.apgr-0.5) > 1e-12 || math.Abs(f.cpt[1]-50) > 1e-9 {
		t.Errorf("one score for all: %v, %v", pts, f)
	}
	best, _ := exact(rows, []float64{4, 2, 1, 3})
	worst, _ := exact(rows, []float64{1, 3, 4, 2})
	if math.Abs(best.apgr-0.75) > 1e-12 || math.Abs(worst.apgr-0.25) > 1e-12 {
		t.Errorf("best %v, worst %v", best.apgr, worst.apgr)
	}
}

// TestLikeTheDatasEvaluator runs the data's own eval.py on the shipped scores.
func TestLikeTheDatasEvaluator(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	dir := dataFolder(t)
	d, err := load(filepath.Join(dir, "train"))
	if err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	bySet := map[string][]*row{}
	for i := range d.rows {
		bySet[d.rows[i].set] = append(bySet[d.rows[i].set], &d.rows[i])
	}
	var scores bytes.Buffer
	args := []string{filepath.Join(dir, "eval.py"), "--builtin", "--json", filepath.Join(tmp, "out.json"), "--scores", filepath.Join(tmp, "ours.csv"), "--data"}
	scores.WriteString("id,score\n")
	for _, set := range names(bySet) {
		var b bytes.Buffer
		for _, r := range bySet[set] {
			line, _ := json.Marshal(map[string]any{"id": r.ID, "prompt": r.Prompt, "weak": r.weak, "strong": r.strong})
			fmt.Fprintf(&b, "%s\n", line)
			fmt.Fprintf(&scores, "%q,%d\n", r.ID, difficulty(auto.Shipped(), r.Prompt))
		}
		file := filepath.Join(tmp, set+".jsonl")
		args = append(args, file)
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(tmp, "ours.csv"), scores.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	raw, err := os.ReadFile(filepath.Join(tmp, "out.json"))
	if err != nil {
		t.Fatal(err)
	}
	var theirs map[string]map[string]map[string]float64
	if err := json.Unmarshal(raw, &theirs); err != nil {
		t.Fatal(err)
	}
	for set, rows := range bySet {
		for router, s := range map[string]scorer{"ours": scored(auto.Shipped()), "prompt length": byLength, "keyword heuristic": byKeywords} {
			r := assess(rows, s, 0)
			for name, got := range map[string]float64{"apgr": r.deciles.apgr, "cpt20": r.deciles.cpt[0], "cpt50": r.deciles.cpt[1], "cpt80": r.deciles.cpt[2],
				"apgr_exact": r.exact.apgr, "cpt50_exact": r.exact.cpt[1], "cpt80_exact": r.exact.cpt[2]} {
				if want, ok := theirs[set][router][name]; !ok || math.Abs(got-want) > 1e-6 {
					t.Errorf("%s, %s: %s is %v, eval.py says %v", set, router, name, got, want)
				}
			}
		}
	}
}

func TestScore(t *testing.T) {
	score := func(in string, args ...string) (int, string, string) {
		var out, log bytes.Buffer
		code := command(strings.NewReader(in), &out, &log, append([]string{"score"}, args...))
		return code, out.String(), log.String()
	}
	long := strings.Repeat("hello ", 1<<19)
	in := `{"id":"a","prompt":"hi"}` + "\n\n" + `{"prompt":"` + long + `","id":7,"other":[1]}`
	code, out, log := score(in, "-")
	want := `{"id":"a","score":` + strconv.Itoa(int(difficulty(auto.Shipped(), "hi"))) + "}\n" +
		`{"id":7,"score":` + strconv.Itoa(int(difficulty(auto.Shipped(), long))) + "}\n"
	if code != exitGood || out != want || log != "" {
		t.Errorf("exit %d, %q, %q", code, out, log)
	}
	file := filepath.Join(t.TempDir(), "p.jsonl")
	if err := os.WriteFile(file, []byte(in), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := score("", file); code != exitGood || out != want {
		t.Errorf("from a file: exit %d, %q", code, out)
	}
	for _, bad := range []string{`{"id":1,"prompt":"x"}` + "\n{", `{"id":1,"prompt":"x"}` + "\n" + `{"id":2}`, `{"id":1,"prompt":"x"}` + "\n" + `{"prompt":"x"}`} {
		if code, _, log := score(bad, "-"); code != exitFailed || !strings.Contains(log, "-:2: ") {
			t.Errorf("%q: exit %d, %q", bad, code, log)
		}
	}
	if code, _, log := score("", filepath.Join(t.TempDir(), "none")); code != exitUsage || log == "" {
		t.Errorf("no such file: exit %d, %q", code, log)
	}
}

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-help"}, exitGood, "Examples:"},
		{[]string{"report", "--help"}, exitGood, "-svg"},
		{[]string{"rubbish"}, exitUsage, "unknown command"},
		{nil, exitUsage, "unknown command"},
		{[]string{"report", "x"}, exitUsage, "unexpected"},
		{[]string{"report", "-data", "/nowhere"}, exitUsage, "nowhere"},
		{[]string{"score"}, exitUsage, "takes one file"},
	} {
		var out bytes.Buffer
		if code := command(strings.NewReader(""), &out, &out, c.args); code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("%v: exit %d, %s", c.args, code, out.String())
		}
	}
}

func TestLogistic(t *testing.T) {
	for x := -35.0; x < 35; x += 0.37 {
		if want := 1 / (1 + math.Exp(-x)); math.Abs(logistic(x)-want) > 1e-12 {
			t.Errorf("logistic(%v) is %v, not %v", x, logistic(x), want)
		}
	}
}
