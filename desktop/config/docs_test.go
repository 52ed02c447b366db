package config

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"strowger/desktop/facts"
)

// documented are the YAML examples of the documentation.
func documented(t *testing.T) (examples []string) {
	t.Helper()
	for _, file := range []string{"../../README.md", "../../docs/reference/configuration.md", "../../docs/reference/routes.md"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before := len(examples)
		for i, part := range strings.Split(string(src), "```yaml\n") {
			if text, _, ok := strings.Cut(part, "```"); i > 0 && ok {
				examples = append(examples, text)
			}
		}
		if len(examples) == before {
			t.Fatalf("%s has no example", file)
		}
	}
	return examples
}

// TestDocumented holds that every example in the documentation is good, with nothing to
// warn of.
func TestDocumented(t *testing.T) {
	for _, text := range documented(t) {
		c, err := parse("example.yaml", []byte(text), facts.BuiltIn(), env)
		if err != nil {
			t.Errorf("%s\n%v", text, err)
		} else if c.Lint(); len(c.Warnings) > 0 {
			t.Errorf("%s\n%v", text, Problems(c.Warnings))
		}
	}
}

// TestReference holds the key table of the reference, between its two markers, against the
// tables that read a file. -update writes it.
func TestReference(t *testing.T) {
	const file, begin, end = "../../docs/reference/configuration.md", "<!-- keys: written by go test ./desktop/config -update -->\n", "<!-- end of keys -->\n"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(src), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the markers are missing")
	}
	r := keyTables{seen: map[string]string{}}
	for _, p := range whole().Properties {
		r.out.WriteString("\n### " + p.name + "\n\n| key | value | default | meaning |\n|---|---|---|---|\n")
		r.row(p.name, p.shape, "")
	}
	golden(t, file, before+begin+r.out.String()+"\n"+end+after)
}

// keyTables writes the keys as rows of tables.
type keyTables struct {
	out  strings.Builder
	seen map[string]string // where a section of that shape stands already
}

// row writes a key and, below it, what stands in it. def is what its default column says
// if it has none.
func (r *keyTables) row(path string, s shape, def string) {
	about := strings.ReplaceAll(s.About, "|", `\|`)
	if s.Default != nil {
		text, _ := json.Marshal(s.Default)
		def = "`" + strings.Trim(string(text), `"`) + "`"
	}
	if def == "``" {
		def = "empty"
	}
	if len(s.Examples) > 0 {
		text, _ := json.Marshal(s.Examples[0])
		about += ", such as `" + strings.ReplaceAll(strings.Trim(string(text), `"`), `","`, `", "`) + "`"
	}
	value, fresh := r.value(path, s)
	r.out.WriteString("| `" + path + "` | " + value + " | " + def + " | " + about + " |\n")
	if fresh {
		r.below(path, s)
	}
}

// below writes the rows of what stands in s, for each way it may look.
func (r *keyTables) below(path string, s shape) {
	for _, p := range s.Properties {
		def := ""
		if slices.Contains(s.Required, p.name) {
			def = "needed"
		}
		r.row(path+"."+p.name, p.shape, def)
	}
	for _, way := range s.AnyOf {
		if way.Items == nil || !reflect.DeepEqual(*way.Items, s.AnyOf[0]) { // one or a list of them
			r.below(path, way)
		}
	}
	if s.Items != nil {
		r.below(path+"[]", *s.Items)
	}
	if one, ok := s.Additional.(shape); ok {
		r.below(path+".NAME", one)
	}
}

// value says what a value is, and whether what stands in it has not been told yet.
func (r *keyTables) value(path string, s shape) (string, bool) {
	bare := s
	bare.About, bare.Default, bare.Examples = "", nil, nil
	text, _ := json.Marshal(bare)
	if where, ok := r.seen[string(text)]; ok {
		return "as `" + where + "`", false
	}
	if strings.Contains(string(text), `"properties"`) {
		r.seen[string(text)] = path
	}
	return kindOf(s), true
}

// kindOf is the type of a value for people.
func kindOf(s shape) string {
	switch {
	case len(s.Enum) > 0:
		return "`" + strings.Join(s.Enum, "`, `") + "`"
	case s.Const == "":
		return "empty"
	case s.Const != nil:
		return fmt.Sprintf("`%v`", s.Const)
	case s.Maximum != nil && *s.Maximum < 1000:
		return fmt.Sprintf("%s from %d to %d", s.kind, *s.Minimum, *s.Maximum)
	case s.kind != "":
		return s.kind
	case s.Type == "boolean":
		return "`true`, `false`"
	case s.Items != nil:
		return "list of: " + kindOf(*s.Items)
	}
	if one, ok := s.Additional.(shape); ok {
		return "by name: " + kindOf(one)
	}
	if len(s.Properties) > 0 {
		return "mapping"
	}
	var ways []string
	for _, way := range s.AnyOf {
		if k := kindOf(way); !slices.Contains(ways, k) {
			ways = append(ways, k)
		}
	}
	return strings.Join(ways, " or ")
}
