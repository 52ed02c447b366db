package codec_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"strowger/core/codec"
	"strowger/core/llm"
)

var update = flag.Bool("update", false, "write what was seen into the scripts")

// cases is how many things a codec must get right, each a script in testdata/wire whose
// name begins with its number.
const cases = 68

// TestWire plays the scripts between schemas, one for each case. A script is made of
//
//	# What it shows.
//	from openai                        who calls
//	request: {"model":"m",…}           and with what, as in scripts of codectest
//	to anthropic gemini/gemini-3-pro   which schemas the providers speak, and which model it is
//	  anthropic /messages {…}          what each is sent
//	  anthropic dropped: seed          what becomes of fields, as callers are warned
//	answer: {"type":"message",…}       a line of what the last of them answers
//	answer= "data: …"                  bytes, quoted
//	  | {"id":"chatcmpl-…"             what the caller is written
//	error 429: {"error":{…}}           the body of an error answer of the last of them
//	  429 {"error":{…}}                what the caller is written
//
// Indented lines are results: run with -update to write them anew, and read the difference
// beside the providers' documentation. Beyond that, what is sent and what is written is read
// by its own schema's codec, and judges check what no script can say.
func TestWire(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "wire", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts (%v)", err)
	}
	seen := map[int]bool{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		digits, _, _ := strings.Cut(name, "-")
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || n > cases || seen[n] || len(digits) != 2 {
			t.Errorf("%s: the name does not begin with the number of a case of its own, of two digits", file)
		}
		seen[n] = true
		t.Run(name, func(t *testing.T) { playScript(t, file, n) })
	}
	for n := 1; n <= cases; n++ {
		if !seen[n] {
			t.Errorf("case %d has no script", n)
		}
	}
}

// playScript plays one file and compares what it says with what was seen.
func playScript(t *testing.T, file string, n int) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &play{t: t, asked: codec.Asked{Operation: llm.OperationChat}}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if strings.HasPrefix(line, "  ") {
			continue
		}
		p.out.WriteString(line + "\n")
		verb, rest := "", ""
		if line != "" && line[0] != '#' {
			verb, rest = cut(line)
		}
		switch {
		case verb == "answer":
			p.answer = append(p.answer, rest...)
			more := false
			if i+1 < len(lines) {
				if next := lines[i+1]; next != "" && next[0] != '#' && next[0] != ' ' {
					following, _ := cut(next)
					more = following == "answer"
				}
			}
			if !more {
				p.answered()
			}
		case verb != "":
			p.step(verb, rest)
		}
	}
	if judge := judges[n]; judge != nil {
		judge(t, p.results)
	}
	if got := p.out.String(); got == string(text) {
		return
	} else if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else {
		t.Errorf("%s differs; run with -update and read the diff\n%s", file, difference(string(text), got))
	}
}

var head = regexp.MustCompile(`^(from|request|to|answer|error)(?: ([^:={"]*))?([:=]?) ?`)

// cut cuts a line into its verb, with what stands between it and the colon, and the rest.
func cut(line string) (verb, rest string) {
	m := head.FindStringSubmatch(line)
	if m == nil {
		return "?", line
	}
	rest = line[len(m[0]):]
	if m[3] == "=" {
		if s, err := strconv.Unquote(rest); err == nil {
			rest = s
		}
	} else if m[1] == "answer" {
		rest += "\n"
	}
	if m[2] != "" && m[1] != "answer" {
		return m[1] + " " + m[2], rest
	}
	return m[1], rest
}

func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\n want %s\n got  %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}
