package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"strowger/core/auto"
)

// prompt is one question with what the score says of it.
type prompt struct {
	id, task   string
	difficulty float64 // 0..1
	reading    auto.Reading
}

// table holds a number for each prompt and model; NaN where the model was not run.
type table struct {
	name    string
	models  []string
	prompts []*prompt
	cells   [][]float64 // by prompt, then model
}

// known are the facts of current models: ratings with half of their 95 % intervals, and
// prices of output.
type known struct {
	Models map[string]struct {
		Arena string             `json:"arena_name"`
		Elo   map[string][]int16 `json:"elo"`
	}
	Endpoints []struct {
		Model string
		Price struct{ Out float64 }
	}
}

func readFacts(file string) (f known, err error) {
	doc, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(doc, &f)
	}
	return f, err
}

// readTables reads the prompts and every matrix of quality in a folder, by name, and the costs
// where there are any.
func readTables(folder string) (quality []table, cost table, err error) {
	prompts, err := readPrompts(filepath.Join(folder, "prompts.jsonl"))
	if err != nil {
		return nil, cost, err
	}
	files, err := filepath.Glob(filepath.Join(folder, "quality_*.csv"))
	if err != nil {
		return nil, cost, err
	}
	slices.Sort(files)
	for _, file := range files {
		t, err := readTable(file, prompts)
		if err != nil {
			return nil, cost, err
		}
		quality = append(quality, t)
	}
	cost, err = readTable(filepath.Join(folder, "cost_routerbench.csv"), prompts)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return quality, cost, err
}

func readPrompts(file string) (map[string]*prompt, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all := map[string]*prompt{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	var text auto.Text
	for lines.Scan() {
		var row struct{ ID, Task, Prompt string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return nil, err
		}
		p := &prompt{id: row.ID, task: row.Task}
		text.Reset()
		text.Add([]byte(row.Prompt))
		text.Read(&p.reading)
		p.difficulty = float64(p.reading.Quantile) / 1000
		all[p.id] = p
	}
	return all, lines.Err()
}

// byTask splits a table.
func (t *table) byTask() (parts []table) {
	place := map[string]int{}
	for i, p := range t.prompts {
		at, ok := place[p.task]
		if !ok {
			at = len(parts)
			place[p.task] = at
			parts = append(parts, table{name: t.name + "/" + p.task, models: t.models})
		}
		parts[at].prompts, parts[at].cells = append(parts[at].prompts, p), append(parts[at].cells, t.cells[i])
	}
	return parts
}

func readTable(file string, prompts map[string]*prompt) (t table, err error) {
	f, err := os.Open(file)
	if err != nil {
		return t, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return t, err
	}
	_, t.name, _ = strings.Cut(strings.TrimSuffix(filepath.Base(file), ".csv"), "_")
	t.models = rows[0][1:]
	for _, row := range rows[1:] {
		p := prompts[row[0]]
		if p == nil {
			continue
		}
		cells := make([]float64, len(t.models))
		for i, s := range row[1:] {
			if cells[i] = math.NaN(); s != "" {
				if cells[i], err = strconv.ParseFloat(s, 64); err != nil {
					return t, err
				}
			}
		}
		t.prompts, t.cells = append(t.prompts, p), append(t.cells, cells)
	}
	return t, nil
}
