package codectest

import (
	"fmt"
	"strconv"
	"strings"
)

// The verbs of a script.
const (
	verbNone    = ""
	verbRequest = "request"
	verbAnswer  = "answer"
	verbError   = "error"
)

// block is a step of a script: the lines it is written in, and what they mean.
type block struct {
	text   string
	verb   string
	words  string // between the verb and the colon
	status int
	body   []byte
}

// parse cuts a script into blocks and leaves out the results.
func parse(text string) (blocks []block, err error) {
	for n, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.HasPrefix(line, "  ") {
			continue
		}
		b := block{text: line + "\n"}
		if line != "" && line[0] != '#' {
			if err := b.read(line); err != nil {
				return nil, fmt.Errorf("line %d: %w", n+1, err)
			}
		}
		if last := len(blocks) - 1; b.verb == verbAnswer && last >= 0 && blocks[last].verb == verbAnswer {
			blocks[last].text += b.text
			blocks[last].body = append(blocks[last].body, b.body...)
			continue
		}
		blocks = append(blocks, b)
	}
	return blocks, nil
}

func (b *block) read(line string) error {
	i := strings.IndexAny(line, ":=")
	if i < 0 {
		return fmt.Errorf("no : or = in %q", line)
	}
	word, number, _ := strings.Cut(line[:i], " ")
	rest := strings.TrimPrefix(line[i+1:], " ")
	b.verb, b.words = word, number
	switch word {
	case verbRequest, verbAnswer:
	case verbError:
		status, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("want: error STATUS: body: %w", err)
		}
		b.status = status
	default:
		return fmt.Errorf("unknown verb %q", word)
	}
	if line[i] == '=' {
		s, err := strconv.Unquote(rest)
		b.body = []byte(s)
		return err
	}
	b.body = []byte(rest)
	if word == verbAnswer {
		b.body = append(b.body, '\n')
	}
	return nil
}

// show is a body as it stands in a result: as it is, or quoted where it is no line.
func show(body []byte) string {
	s := string(body)
	if q := strconv.Quote(s); s == "" || q != `"`+strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`)+`"` {
		return "= " + q
	}
	return s
}

// showLines writes what the caller is sent, line by line if it is made of lines.
func showLines(out *strings.Builder, written []byte) {
	s := string(written)
	if strings.HasSuffix(s, "\n") && !strings.ContainsAny(s, "\r\x00\ufeff") {
		for line := range strings.Lines(s) {
			out.WriteString(strings.TrimRight("  | "+line, " \n") + "\n")
		}
		return
	}
	out.WriteString("  written " + show(written) + "\n")
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
