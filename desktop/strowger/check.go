package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"strowger/desktop/config"
	"strowger/desktop/facts"
)

// finding is one line of check --json.
type finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Place   string `json:"place"`
	Message string `json:"message"`
	Near    string `json:"near,omitempty"`
	Warning bool   `json:"warning"`
}

func check(_ context.Context, e *env, args []string) error {
	fs := flags(e, "check")
	asJSON := fs.Bool("json", false, "one JSON object a line")
	path := fs.String("config", "", "configuration `file`; files may also follow the flags")
	if err := parse(fs, args, 1000); err != nil {
		return err
	}
	files := fs.Args()
	if len(files) == 0 {
		found, err := config.Find(*path)
		if err != nil {
			return err
		}
		if found == "" {
			return usageError{errors.New("no strowger.yaml here or in the user's configuration folder: name a file")}
		}
		files = []string{found}
	}
	known, problem := facts.Current()
	if problem != nil {
		fmt.Fprintln(e.err, "warning:", problem)
	}
	failed := false
	for _, file := range files {
		c, err := config.Load(file, known)
		var problems config.Problems
		switch {
		case errors.As(err, &problems):
		case err != nil:
			problems = config.Problems{{File: file, Message: err.Error()}}
		}
		failed = failed || err != nil
		var warnings []config.Problem
		if c != nil {
			c.Lint()
			warnings = c.Warnings
		}
		printFindings(e, problems, warnings, *asJSON)
		if c != nil && !*asJSON {
			fmt.Fprintf(e.out, "%s: good: %s, %s, %s\n", file,
				plural(len(c.Catalog.Providers), "provider"), plural(len(c.Catalog.Models), "model"), plural(len(warnings), "warning"))
		}
	}
	if failed {
		return errFailed
	}
	return nil
}

func printFindings(e *env, problems, warnings []config.Problem, asJSON bool) {
	enc := json.NewEncoder(e.out)
	for i, list := range [][]config.Problem{problems, warnings} {
		for _, p := range list {
			switch {
			case asJSON:
				_ = enc.Encode(finding{p.File, p.Line, p.Column, p.Place, p.Message, p.Near, i == 1})
			case i == 1:
				fmt.Fprintln(e.out, "warning: "+p.Error())
			case p.Line == 0: // the file itself, which the message names
				fmt.Fprintln(e.out, p.Message)
			default:
				fmt.Fprintln(e.out, p.Error())
			}
		}
	}
}

func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
