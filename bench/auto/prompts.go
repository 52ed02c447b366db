package main

import (
	_ "embed" // for the prompts
	"fmt"
	"strings"
)

// promptList is what its first lines say.
//
//go:embed prompts.txt
var promptList string

// own is the set of the prompts written for the project, and how many levels they are of.
const (
	own    = "own"
	levels = 4
)

// ownRows are the prompts of promptList, with the topic for a task.
func ownRows() ([]row, error) {
	var rows []row
	topic, category := "", ""
	for n, line := range strings.Split(promptList, "\n") {
		head, is := strings.CutPrefix(line, "== ")
		switch {
		case line == "" || line[0] == '#':
		case is:
			topic, category, _ = strings.Cut(head, " ")
		case len(line) < 3 || line[0] < '1' || line[0] > '0'+levels || line[1] != ' ' || topic == "":
			return nil, fmt.Errorf("prompts.txt:%d: a line is a level, a language unless it is English, and a text", n+1)
		default:
			r := row{ID: fmt.Sprint(own, n+1), Src: own, set: own, Task: topic, category: category, language: "en", level: int(line[0] - '0'), Prompt: line[2:]}
			if code, text, _ := strings.Cut(r.Prompt, " "); strings.Contains(" de fr es ru zh ja ", " "+code+" ") {
				r.language, r.Prompt = code, text
			}
			r.Prompt = strings.ReplaceAll(r.Prompt, `\n`, "\n")
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// ownExamples are ownRows as the trainer sees them.
func ownExamples() ([]*example, error) {
	rows, err := ownRows()
	return examples(rows), err
}
