package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"strowger/core/auto"
)

// errLine is the error of a line that cannot be scored.
var errLine = errors.New("cannot be scored")

// scoreFile scores the prompts of a file, or of in for "-".
func scoreFile(args []string, in io.Reader, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("score takes one file, or - for standard input")
	}
	if args[0] != "-" {
		f, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	return scoreLines(args[0], in, out)
}

// scoreLines writes one line for each line that it reads; blank ones are passed over.
func scoreLines(name string, in io.Reader, out io.Writer) error {
	r := bufio.NewReaderSize(in, 1<<20)
	w := bufio.NewWriter(out)
	defer w.Flush()
	var t auto.Text
	var reading auto.Reading
	for n := 1; ; n++ {
		line, end := r.ReadBytes('\n')
		if len(trim(line)) > 0 {
			var p struct {
				ID     json.RawMessage `json:"id"`
				Prompt *string         `json:"prompt"`
			}
			err := json.Unmarshal(line, &p)
			if err == nil && (p.ID == nil || p.Prompt == nil) {
				err = errors.New(`needs "id" and "prompt"`)
			}
			if err != nil {
				return fmt.Errorf("%s:%d: %w: %w", name, n, errLine, err)
			}
			t.Reset()
			t.Add([]byte(*p.Prompt))
			t.Read(&reading)
			fmt.Fprintf(w, "{\"id\":%s,\"score\":%d}\n", p.ID, reading.Difficulty)
		}
		if end == io.EOF {
			return w.Flush()
		} else if end != nil {
			return fmt.Errorf("%s: %w", name, end)
		}
	}
}

func trim(line []byte) []byte {
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r' || line[len(line)-1] == ' ') {
		line = line[:len(line)-1]
	}
	return line
}
