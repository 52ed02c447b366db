package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// docs/reference/contract.md says what strowger does, a sentence to a row, and which tests
// show it. These tests hold that each of those tests is there.

// contractSections are the headings that the contract must have; the last one lists what
// is not done yet, and names no tests.
var contractSections = []string{"Data plane", "Choosing an endpoint", "Fallback", "Routes", "Configuration", contractLater}

const (
	contractLater = "Not in this version"
	contractHead  = "| statement | shown by |"
	contractRule  = "|---|---|"
)

func TestContract(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "docs", "reference", "contract.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range checkContract(root, string(text)) {
		t.Error(p)
	}
}

// checkContract is what is wrong with a contract about the module at root.
func checkContract(root, text string) []string {
	c := contract{root: root, packages: map[string]*testPackage{}, stands: map[string]int{}, rows: map[string]int{}}
	inTable := false
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		c.line = i + 1
		heading, isHeading := strings.CutPrefix(line, "## ")
		item, isItem := strings.CutPrefix(line, "- ")
		switch {
		case isHeading:
			c.section, inTable = heading, false
		case line == contractHead && i+1 < len(lines) && lines[i+1] == contractRule:
			inTable = true
		case line == contractRule && inTable:
		case strings.HasPrefix(line, "|") && !inTable:
			c.report("a row outside of a table that begins with %q", contractHead)
		case strings.HasPrefix(line, "|"):
			c.row(line)
		case isItem && c.section == contractLater:
			c.state(item)
		default:
			inTable = false
		}
	}
	c.line = len(lines)
	for _, name := range contractSections {
		if c.rows[name] == 0 {
			c.report("nothing stands under the heading %q", name)
		}
	}
	if c.section != contractLater {
		c.report("the heading %q is not the last", contractLater)
	}
	return c.problems
}

// contract is one that is being read.
type contract struct {
	root     string
	section  string
	line     int
	packages map[string]*testPackage // by folder, as far as read
	stands   map[string]int          // the line of each statement
	rows     map[string]int          // how many statements a section has
	problems []string
}

func (c *contract) report(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf("contract.md:%d: ", c.line)+fmt.Sprintf(format, args...))
}

// state notes a statement, which must stand only once.
func (c *contract) state(text string) {
	c.rows[c.section]++
	key := strings.ToLower(strings.Join(strings.Fields(text), " "))
	if at := c.stands[key]; at > 0 {
		c.report("stands on line %d already: %s", at, text)
	}
	c.stands[key] = c.line
}

// row checks a statement and the tests that it names.
func (c *contract) row(line string) {
	cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
	if len(cells) != 4 || strings.TrimSpace(cells[3]) != "" {
		c.report("not a row of two cells: %s", line)
		return
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(cells[i], "\x00", "|"))
	}
	statement := cells[1]
	if statement == "" {
		c.report("a row without a statement")
		return
	}
	c.state(statement)
	if c.section == contractLater {
		c.report("what is not in this version has a test: %s", statement)
	}
	tests := 0
	for i, part := range strings.Split(cells[2], "`") { // every second one is in backquotes
		switch part = strings.TrimSpace(part); {
		case i%2 == 1:
			tests++
			if err := c.find(part); err != nil {
				c.report("%v; it is to show: %s", err, statement)
			}
		case strings.Contains(part, "?"):
			tests++
			c.report("a test is still to come; it is to show: %s", statement)
		case part != "" && part != ",":
			c.report("%q is not the name of a test in backquotes: %s", part, statement)
		}
	}
	if tests == 0 {
		c.report("no test shows: %s", statement)
	}
}

// find looks for a test by the name that the contract gives it.
func (c *contract) find(name string) error {
	dir, test, ok := strings.Cut(name, ": ")
	if !ok {
		info, err := os.Stat(filepath.Join(c.root, filepath.FromSlash(name)))
		if err != nil || !info.Mode().IsRegular() || !strings.Contains(name, "/testdata/") {
			return fmt.Errorf("there is no scenario %s", name)
		}
		return nil
	}
	p := c.packages[dir]
	if p == nil {
		var err error
		if p, err = readTests(filepath.Join(c.root, filepath.FromSlash(dir))); err != nil {
			return err
		}
		c.packages[dir] = p
	}
	if title, err := strconv.Unquote(test); err == nil {
		if !slices.ContainsFunc(p.titles, func(r *regexp.Regexp) bool { return r.MatchString(title) }) {
			return fmt.Errorf("%s has no test %q", dir, title)
		}
		return nil
	}
	top, sub, hasSub := strings.Cut(test, "/")
	literals := p.tests[top]
	if literals == nil {
		return fmt.Errorf("%s has no test %s", dir, top)
	}
	if sub = spaceless(sub); hasSub && !literals[sub] && !p.shared[sub] {
		return fmt.Errorf("%s in %s has no subtest %s", top, dir, sub)
	}
	return nil
}

// testPackage is what the tests in a folder are called.
type testPackage struct {
	tests  map[string]map[string]bool // Go tests with the texts in them, which may name subtests
	shared map[string]bool            // texts outside of functions, and the names of the files in testdata
	titles []*regexp.Regexp           // of node tests
}

// spaceless is a subtest's name as the testing package prints it.
func spaceless(name string) string { return strings.ReplaceAll(name, " ", "_") }

// readTests reads all tests in dir, whatever their build tags.
func readTests(dir string) (*testPackage, error) {
	p := &testPackage{tests: map[string]map[string]bool{}, shared: map[string]bool{}}
	goFiles, _ := filepath.Glob(filepath.Join(dir, "*_test.go"))
	nodeFiles, _ := filepath.Glob(filepath.Join(dir, "*.test.mjs"))
	if len(goFiles)+len(nodeFiles) == 0 {
		return nil, fmt.Errorf("there are no tests in %s", filepath.ToSlash(dir))
	}
	for _, file := range goFiles {
		if err := p.readGo(file); err != nil {
			return nil, err
		}
	}
	for _, file := range nodeFiles {
		if err := p.readNode(file); err != nil {
			return nil, err
		}
	}
	return p, p.readData(filepath.Join(dir, "testdata"))
}

func (p *testPackage) readGo(file string) error {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, decl := range f.Decls {
		literals := p.shared
		if fn, ok := decl.(*ast.FuncDecl); ok {
			if literals = map[string]bool{}; fn.Recv == nil && isTest(fn) {
				p.tests[fn.Name.Name] = literals
			}
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					literals[spaceless(s)] = true
				}
			}
			return true
		})
	}
	return nil
}

// isTest reports whether go test runs fn: its one parameter is a *testing.T or, of a fuzz
// test, a *testing.F.
func isTest(fn *ast.FuncDecl) bool {
	params := fn.Type.Params.List
	if len(params) != 1 {
		return false
	}
	star, ok := params[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	sel, ok := star.X.(*ast.SelectorExpr)
	return ok && (sel.Sel.Name == "T" && strings.HasPrefix(fn.Name.Name, "Test") || sel.Sel.Name == "F" && strings.HasPrefix(fn.Name.Name, "Fuzz"))
}

// nodeTest is the beginning of a node test with its title, in any quotes; filledIn is what a
// title in backquotes leaves open, which is anything.
var (
	nodeTest = regexp.MustCompile("(?m)^\\s*test\\((?:'([^'\\\\]+)'|\"([^\"\\\\]+)\"|`([^`]+)`)")
	filledIn = regexp.MustCompile(`\$\{[^}]*\}`)
	letter   = regexp.MustCompile(`\pL`)
)

func (p *testPackage) readNode(file string) error {
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, m := range nodeTest.FindAllStringSubmatch(string(src), -1) {
		fixed := []string{m[1] + m[2]}
		if m[3] != "" {
			fixed = filledIn.Split(m[3], -1)
		}
		if !letter.MatchString(strings.Join(fixed, "")) {
			continue // it may be called anything
		}
		for i := range fixed {
			fixed[i] = regexp.QuoteMeta(fixed[i])
		}
		p.titles = append(p.titles, regexp.MustCompile("^"+strings.Join(fixed, ".*")+"$"))
	}
	return nil
}

// readData notes the files in testdata, for which many tests have a subtest each.
func (p *testPackage) readData(dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return nil // none
	}
	return filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			name := d.Name()
			p.shared[spaceless(name)] = true
			p.shared[spaceless(strings.TrimSuffix(name, filepath.Ext(name)))] = true
		}
		return err
	})
}

// goodContract is one that nothing is wrong with, about the folder that contractModule makes.
const goodContract = `# Contract

## Data plane

| statement | shown by |
|---|---|
| a \| b | ` + "`a: TestOne`, `a: TestOne/with spaces`, `a: TestOne/with_spaces`" + ` |

## Choosing an endpoint

| statement | shown by |
|---|---|
| order | ` + "`a: TestOne/shared`" + ` |

## Fallback

| statement | shown by |
|---|---|
| first | ` + "`a/testdata/one.txt`, `a: TestTagged/one`, `a: FuzzOne`" + ` |

## Routes

| statement | shown by |
|---|---|
| weights | ` + "`b: \"a title, and more\"`, `b: \"bad value\"`" + ` |

## Configuration

| statement | shown by |
|---|---|
| keys | ` + "`a: TestTagged/one.txt`" + ` |

## Not in this version

- the rest
`

func contractModule(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"a/a_test.go": "package a\nvar cases = []string{`shared`}\nfunc TestOne(t *testing.T) { _ = \"with spaces\" }\nfunc helper() { _ = \"elsewhere\" }\n" +
			"func FuzzOne(f *testing.F) {}\nfunc TestMain(m *testing.M) {}\nfunc TestNothing() {}\n",
		"a/b_test.go":        "//go:build never\n\npackage a\nfunc TestTagged(t *testing.T) {}\n",
		"a/a.go":             "package a\nfunc TestNot(t *testing.T) {}\n",
		"a/testdata/one.txt": "",
		"b/b.test.mjs":       "// test('a comment', \ntest('a title, and more', () => {})\n  test(`bad ${x ? 'y' : ''}`, f)\ntest(`${x}: ${y}`, f)\n",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// What can be wrong with a contract is found, with its line.
func TestContractThatIsWrong(t *testing.T) {
	root := contractModule(t)
	if problems := checkContract(root, goodContract); len(problems) > 0 {
		t.Fatalf("nothing is wrong with it: %q", problems)
	}
	for _, c := range []struct{ old, now, want string }{
		{"a: TestOne`,", "a: TestTwo`,", "contract.md:7: a has no test TestTwo; it is to show: a | b"},
		{"a: TestOne`,", "a: TestMain`,", "a has no test TestMain"},
		{"a: TestOne`,", "a: TestNothing`,", "a has no test TestNothing"},
		{"a: TestOne`,", "a: TestNot`,", "a has no test TestNot"},
		{"with_spaces", "without_spaces", "TestOne in a has no subtest without_spaces"},
		{"with_spaces", "elsewhere", "TestOne in a has no subtest elsewhere"},
		{"/one.txt`,", "/two.txt`,", "there is no scenario a/testdata/two.txt"},
		{"a/testdata/one.txt", "a/a.go", "there is no scenario a/a.go"},
		{"a: FuzzOne", "c: FuzzOne", "there are no tests in"},
		{"a title, and more", "a comment", `b has no test "a comment"`},
		{"bad value", "x: y", `b has no test "x: y"`},
		{"`a: TestOne/shared`", "?", "contract.md:13: a test is still to come; it is to show: order"},
		{"`a: TestOne/shared`", "", "no test shows: order"},
		{"`a: TestOne/shared`", "a: TestOne", `"a: TestOne" is not the name of a test in backquotes: order`},
		{"`a: TestOne/shared` |", "`a: TestOne/shared` | x |", "not a row of two cells"},
		{"| weights |", "|  |", "a row without a statement"},
		{"| weights |", "| Order |", "contract.md:25: stands on line 13 already: Order"},
		{"- the rest", "- weights", "stands on line 25 already: weights"},
		{"- the rest", "", `nothing stands under the heading "Not in this version"`},
		{"- the rest", contractHead + "\n" + contractRule + "\n| x | `a: TestOne` |", "what is not in this version has a test: x"},
		{"## Routes\n", "## Paths\n", `nothing stands under the heading "Routes"`},
		{"- the rest", "- the rest\n\n## More", `the heading "Not in this version" is not the last`},
		{"| statement | shown by |\n|---|---|\n| keys", "| statement | test |\n|---|---|\n| keys", "a row outside of a table"},
	} {
		problems := checkContract(root, strings.Replace(goodContract, c.old, c.now, 1))
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, c.want) }) {
			t.Errorf("%q for %q: %q, want %q", c.now, c.old, problems, c.want)
		}
	}
}
