package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"strowger/bench/figures"
)

// picture is beside the page that the tables are written to.
const picture = "scale.svg"

// docsSection is where the tables are, in the page.
const docsSection = "scale"

// result is all that was measured, as it is saved.
type result struct {
	At        time.Time `json:"at"`
	Go        string    `json:"go"`
	Platform  string    `json:"platform"`
	Processor string    `json:"processor,omitempty"`
	Cores     string    `json:"cores"`
	Took      float64   `json:"seconds"`
	Parts     []*part   `json:"parts"`
	Bounds    []bound   `json:"bounds,omitempty"`
}

// part is how cost grows with one thing.
type part struct {
	Name    string   `json:"name"`
	About   string   `json:"about"`
	Along   string   `json:"along"` // what grows
	Columns []column `json:"columns"`
	Points  []point  `json:"points"`
	Notes   []string `json:"notes,omitempty"`
}

// bound is what something may be at most.
type bound struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Most  float64 `json:"most"`
}

// held says whether it is. What is not known, 0, is not.
func (b bound) held() bool { return b.Value > 0 && b.Value <= b.Most }

// String is the bound for people.
func (b bound) String() string {
	state := "held"
	switch {
	case b.Value == 0:
		return fmt.Sprintf("not measured: %s, at most %.0f", b.Name, b.Most)
	case !b.held():
		state = "missed"
	}
	return fmt.Sprintf("%s: %s: %.0f, at most %.0f", state, b.Name, b.Value, b.Most)
}

// missedError says that everything was measured, but not all is as it is to be.
type missedError struct{ text string }

// Error says what is missed.
func (e missedError) Error() string { return e.text }

// missed is an error if a bound is.
func (r *result) missed() error {
	var texts []string
	for _, b := range r.Bounds {
		if b.Value > 0 && !b.held() {
			texts = append(texts, b.String())
		}
	}
	if texts == nil {
		return nil
	}
	return missedError{strings.Join(texts, "; ")}
}

// column is something that is measured at every point.
type column struct {
	Name   string `json:"name"` // with its unit
	digits int
	panel  string // the title of its picture; "": it has none. Two columns may share one
}

// point is one size of what grows.
type point struct {
	X      float64   `json:"x"`
	Name   string    `json:"name,omitempty"` // of X; empty for the number
	Values []float64 `json:"values"`         // as the columns; 0 is not known, or nothing
}

func (p point) name() string {
	if p.Name != "" {
		return p.Name
	}
	return thousands(int64(p.X))
}

// thousands is a number as people write it.
func thousands(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

// text is a value of a column.
func (c column) text(v float64) string {
	if v == 0 {
		return "–"
	}
	return fmt.Sprintf("%.*f", c.digits, v)
}

// line is a point for people who wait.
func (p *part) line(q point) string {
	fields := make([]string, len(p.Columns))
	for i, c := range p.Columns {
		fields[i] = c.Name + " " + c.text(q.Values[i])
	}
	return fmt.Sprintf("%-10s %10s %s: %s", p.Name, q.name(), p.Along, strings.Join(fields, " · "))
}

// markdown is all as tables.
func (r *result) markdown() []byte {
	var b bytes.Buffer
	processor := r.Processor
	if processor == "" {
		processor = "processor unknown"
	}
	fmt.Fprintf(&b, "%s, %s, %s; %s; %s. %.0f s in all.\n\n![How cost grows](%s)\n", r.At.Format(time.DateOnly), strings.Join(strings.Fields(processor), " "), r.Platform, r.Go, r.Cores, r.Took, picture)
	for _, one := range r.Bounds {
		fmt.Fprintf(&b, "\n%s.\n", one)
	}
	for _, p := range r.Parts {
		fmt.Fprintf(&b, "\n**%s**: %s\n\n| %s |", p.Name, p.About, p.Along)
		for _, c := range p.Columns {
			fmt.Fprintf(&b, " %s |", c.Name)
		}
		b.WriteString("\n|---:|" + strings.Repeat("---:|", len(p.Columns)) + "\n")
		for _, q := range p.Points {
			fmt.Fprintf(&b, "| %s |", q.name())
			for i, c := range p.Columns {
				fmt.Fprintf(&b, " %s |", c.text(q.Values[i]))
			}
			b.WriteString("\n")
		}
		for _, n := range p.Notes {
			fmt.Fprintf(&b, "\nNote: %s.\n", n)
		}
	}
	return b.Bytes()
}

// svg is the picture.
func (r *result) svg() []byte {
	var panels []figures.Panel
	for _, p := range r.Parts {
		panels = append(panels, p.panels()...)
	}
	return figures.Panels(panels, "Along the bottom, equal distances are equal ratios; upwards too, where the lines of the grid are powers of ten.")
}

// panels are the pictures of a part, in the order of their first columns.
func (p *part) panels() (panels []figures.Panel) {
	at := map[string]int{}
	for i, c := range p.Columns {
		if c.panel == "" {
			continue
		}
		n, ok := at[c.panel]
		if !ok {
			n = len(panels)
			at[c.panel] = n
			panels = append(panels, figures.Panel{Title: c.panel, Along: p.Along})
		}
		l := figures.Line{Name: c.Name}
		for _, q := range p.Points {
			if v := q.Values[i]; v > 0 {
				l.Points = append(l.Points, figures.Point{X: q.X, Y: v, Name: q.Name})
			}
		}
		panels[n].Lines = append(panels[n].Lines, l)
	}
	for i := range panels {
		if len(panels[i].Lines) == 1 {
			panels[i].Lines[0].Name = "" // the title says it
		}
	}
	return panels
}

// save writes everything as JSON.
func (r *result) save(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}

// document writes tables and picture into dir.
func (r *result) document(dir string) error {
	if err := figures.Replace(dir, docsSection, r.markdown()); err != nil {
		return err
	}
	return figures.Picture(dir, picture, r.svg())
}
