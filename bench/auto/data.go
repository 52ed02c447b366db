package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// row is one prompt with the mean quality of a weak and of a strong group of models.
type row struct {
	ID, Src, Task, Prompt string
	set                   string // what is left out as a whole: the source, or one of zeroeval's two sets
	weak, strong          float64
	weakCost, strongCost  float64

	level              int // of our own prompts: 1 to levels, else 0
	category, language string
}

// gain is what the strong models answer better.
func (r *row) gain() float64 { return r.strong - r.weak }

// group is which models count as weak and which as strong, by source.
type group struct{ weak, strong []string }

// groupsOf are those of the data's own make_targets.py.
func groupsOf(src string) (group, bool) {
	switch src {
	case "zeroeval":
		return group{
			weak: []string{"Mixtral-8x7B-Instruct-v0.1", "gpt-3.5-turbo-0125", "Meta-Llama-3-8B-Instruct", "Meta-Llama-3.1-8B-Instruct",
				"claude-3-haiku-20240307", "gemma-2-9b-it", "Phi-3-mini-4k-instruct", "Qwen2-7B-Instruct", "Yi-1.5-9B-Chat",
				"Phi-3.5-mini-instruct", "gemini-1.5-flash", "reka-core-20240501"},
			strong: []string{"gpt-4-turbo-2024-04-09", "gpt-4o-2024-05-13", "gpt-4o-2024-08-06", "claude-3-5-sonnet-20240620",
				"claude-3-5-sonnet-20241022", "Mistral-Large-2", "gemini-1.5-pro", "Qwen2.5-72B-Instruct",
				"Llama-3.1-405B-Inst@sambanova", "deepseek-v2.5-0908"},
		}, true
	case "mmlu-pro":
		return group{
			weak: []string{"Mixtral-8x7B-Instruct-v0.1", "Meta-Llama-3_1-8B-Instruct", "Phi-3-mini-4k-instruct",
				"Mistral-7B-Instruct-v0.2", "c4ai-command-r-v01", "Qwen1.5-7B-Chat"},
			strong: []string{"gemini-1.5-pro-002", "gemini-1.5-flash-002", "Meta-Llama-3_1-70B-Instruct", "DeepSeek-Coder-V2"},
		}, true
	case "routerbench":
		return group{
			weak: []string{"mistralai/mixtral-8x7b-chat", "gpt-3.5-turbo-1106", "mistralai/mistral-7b-chat", "meta/llama-2-70b-chat",
				"WizardLM/WizardLM-13B-V1.2", "zero-one-ai/Yi-34B-Chat"},
			strong: []string{"gpt-4-1106-preview"},
		}, true
	case "llmrouter":
		return group{
			weak:   []string{"qwen2.5-7b-instruct", "mistral-7b-instruct-v0.3", "gemma-2-9b-it", "llama-3.1-8b-instruct"},
			strong: []string{"llama-3.1-nemotron-51b-instruct", "llama-3.3-nemotron-super-49b-v1"},
		}, true
	}
	return group{}, false
}

// dataset is one folder of prompts and results, in the order of its prompts.jsonl.
type dataset struct {
	rows []row
	hash string // SHA-256 over the files read, the first 16 digits
}

// load reads a folder of the shape of train/.
func load(dir string) (dataset, error) {
	sum := sha256.New()
	read := func(path string) (map[string]map[string]float64, error) {
		return matrix(path, sum)
	}
	files, err := filepath.Glob(filepath.Join(dir, "quality_*.csv"))
	if err != nil {
		return dataset{}, err
	}
	slices.Sort(files)
	quality := map[string]map[string]float64{}
	for _, file := range files {
		m, err := read(file)
		if err != nil {
			return dataset{}, err
		}
		for id, v := range m {
			quality[id] = v
		}
	}
	cost := map[string]map[string]float64{}
	if path := filepath.Join(dir, "cost_routerbench.csv"); exists(path) {
		if cost, err = read(path); err != nil {
			return dataset{}, err
		}
	}
	d := dataset{}
	d.rows, err = prompts(filepath.Join(dir, "prompts.jsonl"), sum, quality, cost)
	d.hash = hex.EncodeToString(sum.Sum(nil))[:16]
	if err == nil && len(d.rows) == 0 {
		err = fmt.Errorf("%s: no prompt has results of both groups of models", dir)
	}
	return d, err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// matrix reads one table: a value for each id and model, where there is one.
func matrix(path string, sum io.Writer) (map[string]map[string]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	records, err := csv.NewReader(io.TeeReader(f, sum)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m := map[string]map[string]float64{}
	for i, rec := range records[1:] {
		v := map[string]float64{}
		for k, cell := range rec[1:] {
			if cell == "" {
				continue
			}
			if v[records[0][k+1]], err = strconv.ParseFloat(cell, 64); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, i+2, err)
			}
		}
		m[rec[0]] = v
	}
	return m, nil
}

func prompts(path string, sum io.Writer, quality, cost map[string]map[string]float64) ([]row, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var rows []row
	in := bufio.NewReader(io.TeeReader(f, sum))
	for n := 1; ; n++ {
		line, end := in.ReadBytes('\n')
		if len(line) > 0 {
			var r row
			if err := json.Unmarshal(line, &r); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, n, err)
			}
			if r.judge(quality[r.ID], cost[r.ID]) {
				rows = append(rows, r)
			}
		}
		if end == io.EOF {
			return rows, nil
		} else if end != nil {
			return nil, end
		}
	}
}

// judge fills in the means of both groups; false if one of them has no result.
func (r *row) judge(quality, cost map[string]float64) bool {
	g, ok := groupsOf(r.Src)
	if !ok {
		return false
	}
	r.set = r.Src
	if r.Src == "zeroeval" {
		r.set = r.Task
	}
	var weak, strong bool
	r.weak, weak = mean(quality, g.weak)
	r.strong, strong = mean(quality, g.strong)
	r.weakCost, _ = mean(cost, g.weak)
	r.strongCost, _ = mean(cost, g.strong)
	return weak && strong
}

// mean rounds to four digits, as make_targets.py does.
func mean(m map[string]float64, models []string) (float64, bool) {
	sum, n := 0.0, 0
	for _, model := range models {
		if v, ok := m[model]; ok {
			sum += v
			n++
		}
	}
	if n == 0 {
		return 0, false
	}
	v, _ := strconv.ParseFloat(strconv.FormatFloat(sum/float64(n), 'f', 4, 64), 64)
	return v, true
}
