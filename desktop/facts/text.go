package facts

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/core/catalog"
)

// The text of a catalog is UTF-8, one record a line, words separated by one space. Lines
// that begin with # are comments.
//
//	provider NAME DIALECT [reseller] [url=URL,…] [keys=VARIABLE,…] [also=NAME,…] [see=URL]
//	rating MODEL overall=N [ASPECT=N]… from=LIST@DATE
//	rating MODEL like=MODEL
//	endpoint MODEL PROVIDER NAME [in=N out=N [read=N] [write=N] [hour=N] [reason=N]
//	         [above=N [in=N] [out=N] [read=N] [write=N] [hour=N] [reason=N]]… | tiers=N]
//	         [context=N] [output=N] [has=PARAMETER,…] [lacks=PARAMETER,…] from=LIST@DATE
//
// Prices are micro-dollars per million tokens. What is left out follows from what is there,
// see catalog.Price.Derive. Behind above=N stand the prices of requests with more than N
// tokens of input. tiers=N alone says that there are such, and that they are not known.
// Ratings are Elo points by pool.Aspect; like names the model whose rating stands for it.
// Lists are sorted; providers come first, by name, then ratings by model, then endpoints.

// Bounds of a catalog's text.
const (
	maxRecords = 50_000
	maxLine    = 4096
	maxPrice   = 1_000_000_000_000 // a million dollars per million tokens
	maxTokens  = 1_000_000_000
)

// Parse reads the text of a catalog. The error begins with the number of the line.
func Parse(text []byte) (*Catalog, error) {
	if len(text) > maxFile {
		return nil, errors.New("1: larger than 8 MiB: that is not a catalog")
	}
	c := &Catalog{}
	records := 0
	for i, line := range strings.Split(string(text), "\n") {
		if err := c.readLine(line, &records); err != nil {
			return nil, fmt.Errorf("%d: %w", i+1, err)
		}
	}
	if len(c.endpoints) == 0 {
		return nil, errors.New("1: no endpoints: that is not a catalog")
	}
	return c, c.sorted()
}

func (c *Catalog) readLine(line string, records *int) error {
	if len(line) > maxLine {
		return fmt.Errorf("a line has at most %d bytes", maxLine)
	}
	if note, ok := strings.CutPrefix(line, "#"); ok {
		if *records == 0 {
			c.header = append(c.header, strings.TrimPrefix(note, " "))
		}
		return nil
	}
	if line == "" {
		return nil
	}
	if *records++; *records > maxRecords {
		return fmt.Errorf("more than %d records", maxRecords)
	}
	r := reader{words: strings.Split(line, " ")}
	switch kind := r.word("record"); kind {
	case "provider":
		c.providers = append(c.providers, r.provider())
	case "rating":
		c.ratings = append(c.ratings, r.rating())
	case "endpoint":
		c.endpoints = append(c.endpoints, r.endpoint())
	default:
		return fmt.Errorf("unknown record %.40q: it is provider, rating or endpoint", kind)
	}
	return r.err
}

// sorted reports the first record that stands in the wrong place or twice, or names a
// provider that is not there. Order is what makes two catalogs comparable line by line.
func (c *Catalog) sorted() error {
	for i := 1; i < len(c.providers); i++ {
		if c.providers[i-1].Name >= c.providers[i].Name {
			return fmt.Errorf("1: provider %s: out of order or there twice", c.providers[i].Name)
		}
	}
	if err := c.sortedRatings(); err != nil {
		return err
	}
	seen := map[[2]string]bool{}
	for i := range c.endpoints {
		e := &c.endpoints[i]
		if _, known := c.Provider(e.Provider); !known {
			return fmt.Errorf("1: endpoint %s: unknown provider %s", e.Model, e.Provider)
		}
		key := [2]string{e.Provider, e.Name}
		if seen[key] || i > 0 && compare(c.endpoints[i-1], *e) >= 0 {
			return fmt.Errorf("1: endpoint %s at %s, %s: out of order or there twice", e.Model, e.Provider, e.Name)
		}
		seen[key] = true
	}
	return nil
}

func compare(a, b Endpoint) int {
	if n := strings.Compare(a.Model, b.Model); n != 0 {
		return n
	}
	if n := strings.Compare(a.Provider, b.Provider); n != 0 {
		return n
	}
	return strings.Compare(a.Name, b.Name)
}

// reader reads the words of a line. The first error is kept, and ends it.
type reader struct {
	words []string
	err   error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// word is the next word that has to be there.
func (r *reader) word(what string) string {
	if len(r.words) == 0 || !plain(r.words[0]) {
		r.fail("%s: missing or not a word of printable text", what)
		return ""
	}
	w := r.words[0]
	r.words = r.words[1:]
	return w
}

// plain reports whether s can be a word, or one of a list.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

// field is the value of the next word if it is that field.
func (r *reader) field(name string) (string, bool) {
	if len(r.words) == 0 {
		return "", false
	}
	value, ok := strings.CutPrefix(r.words[0], name+"=")
	if !ok {
		return "", false
	}
	if !plain(value) {
		r.fail("%s: missing or not printable text", name)
	}
	r.words = r.words[1:]
	return value, true
}

func (r *reader) list(name string) []string {
	value, ok := r.field(name)
	if !ok {
		return nil
	}
	list := strings.Split(value, ",")
	if slices.Contains(list, "") {
		r.fail("%s: a name is missing", name)
	}
	return list
}

// sortedList is list for names whose order means nothing.
func (r *reader) sortedList(name string) []string {
	list := r.list(name)
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			r.fail("%s: %.40q is out of order or there twice", name, list[i])
		}
	}
	return list
}

// number is a field's value, or otherwise when the field is not there.
func (r *reader) number(name string, most, otherwise int64) int64 {
	value, ok := r.field(name)
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || n > most || strconv.FormatInt(n, 10) != value {
		r.fail("%s: expected a whole number up to %d", name, most)
	}
	return n
}

func (r *reader) end() {
	if len(r.words) > 0 {
		r.fail("unexpected %.40q: unknown, twice, or in the wrong order", r.words[0])
	}
}

func (r *reader) provider() Provider {
	p := Provider{Name: r.word("name"), Dialect: r.word("dialect")}
	if len(r.words) > 0 && r.words[0] == "reseller" {
		p.Reseller = true
		r.words = r.words[1:]
	}
	p.URLs, p.Keys, p.Also = r.list("url"), r.list("keys"), r.list("also")
	p.See, _ = r.field("see")
	r.end()
	return p
}

func (r *reader) endpoint() Endpoint {
	e := Endpoint{Model: r.model(), Provider: r.word("provider"), Name: r.word("name")}
	if e.Price = r.price(); !e.Price.Known {
		e.Tiers = r.number("tiers", maxTokens, 0)
	}
	e.Context, e.MaxOutput = r.number("context", maxTokens, 0), r.number("output", maxTokens, 0)
	e.Has, e.Lacks = r.sortedList("has"), r.sortedList("lacks")
	e.From, e.Date = r.from()
	r.end()
	return e
}

// model is the next word, a model's id.
func (r *reader) model() string {
	id := r.word("model")
	if author, name, ok := strings.Cut(id, "/"); !ok || author == "" || name == "" {
		r.fail("model: %.40q is not author/name", id)
	}
	return id
}

// from is the list that a record is from, with its date.
func (r *reader) from() (list, date string) {
	from, _ := r.field("from")
	list, date, ok := strings.Cut(from, "@")
	if !ok || list == "" || !isDate(date) {
		r.fail("from: expected LIST@DATE, such as models.dev@2026-07-02")
	}
	return list, date
}

// price reads a price with its tiers, if there is one.
func (r *reader) price() catalog.Price {
	p := r.unitPrices()
	if (p.Input < 0) != (p.Output < 0) {
		r.fail("in and out: one without the other")
	}
	if p.Input < 0 {
		return catalog.Price{}
	}
	for above := int64(0); ; {
		t := catalog.Tier{Above: r.number("above", maxTokens, -1)}
		if t.Above < 0 {
			break
		}
		if t.Above <= above || len(p.Tiers) == catalog.MaxTiers {
			r.fail("above: %d does not rise, or is one too many", t.Above)
			break
		}
		above, t.Price = t.Above, r.unitPrices()
		p.Tiers = append(p.Tiers, t)
	}
	p.Derive()
	return p
}

// unitPrices reads prices; those that are left out are below zero.
func (r *reader) unitPrices() catalog.Price {
	p := catalog.Unstated()
	for _, f := range unitPrices(&p) {
		*f.at = r.number(f.name, maxPrice, *f.at)
	}
	p.Request, p.Image = 0, 0 // no list states them
	return p
}

// unitPrice is a price of tokens, by its field.
type unitPrice struct {
	name string
	at   *catalog.MicroDollars
}

func unitPrices(p *catalog.Price) [6]unitPrice {
	return [6]unitPrice{{"in", &p.Input}, {"out", &p.Output}, {"read", &p.CacheRead}, {"write", &p.CacheWrite}, {"hour", &p.CacheWriteHour}, {"reason", &p.Reasoning}}
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// AppendText appends the catalog as text, from which Parse makes the same again.
func (c *Catalog) AppendText(dst []byte) []byte {
	for _, note := range c.header {
		dst = append(dst, strings.TrimRight("# "+note, " ")+"\n"...)
	}
	for i := range c.providers {
		dst = append(c.providers[i].append(dst), '\n')
	}
	for i := range c.ratings {
		dst = append(c.ratings[i].append(dst), '\n')
	}
	for i := range c.endpoints {
		dst = append(c.endpoints[i].append(dst), '\n')
	}
	return dst
}

func (p *Provider) append(dst []byte) []byte {
	dst = append(dst, "provider "+p.Name+" "+p.Dialect...)
	if p.Reseller {
		dst = append(dst, " reseller"...)
	}
	dst = appendList(dst, "url", p.URLs)
	dst = appendList(dst, "keys", p.Keys)
	dst = appendList(dst, "also", p.Also)
	if p.See != "" {
		dst = append(dst, " see="+p.See...)
	}
	return dst
}

func (e *Endpoint) append(dst []byte) []byte {
	dst = append(dst, "endpoint "+e.Model+" "+e.Provider+" "+e.Name...)
	if e.Price.Known {
		dst = appendPrice(dst, e.Price)
	} else {
		dst = appendNumber(dst, "tiers", e.Tiers, 0)
	}
	dst = appendNumber(dst, "context", e.Context, 0)
	dst = appendNumber(dst, "output", e.MaxOutput, 0)
	dst = appendList(dst, "has", e.Has)
	dst = appendList(dst, "lacks", e.Lacks)
	return append(dst, " from="+e.From+"@"+e.Date...)
}

// appendPrice appends a price without what Derive makes of the rest.
func appendPrice(dst []byte, p catalog.Price) []byte {
	tiers := p.Tiers
	p.Tiers = nil
	before := p
	dst = appendUnitPrices(dst, p, func(without *catalog.Price, field int) {
		if field > 1 { // in and out always stand there
			without.Derive()
		}
	})
	for i := range tiers {
		dst = appendNumber(dst, "above", tiers[i].Above, 0)
		dst = appendUnitPrices(dst, tiers[i].Price, func(without *catalog.Price, _ int) {
			whole := before
			whole.Tiers = []catalog.Tier{{Price: *without}}
			whole.Derive()
			*without = whole.Tiers[0].Price
		})
		before = tiers[i].Price
	}
	return dst
}

// appendUnitPrices appends the unit prices that are not what derive makes of a price
// without them.
func appendUnitPrices(dst []byte, p catalog.Price, derive func(without *catalog.Price, field int)) []byte {
	for i, f := range unitPrices(&p) {
		without := p
		at := unitPrices(&without)[i].at
		*at = -1
		derive(&without, i)
		dst = appendNumber(dst, f.name, *f.at, *at)
	}
	return dst
}

// appendNumber appends a field unless it is what leaving it out means.
func appendNumber(dst []byte, name string, n, leftOut int64) []byte {
	if n == leftOut {
		return dst
	}
	return strconv.AppendInt(append(dst, " "+name+"="...), n, 10)
}

func appendList(dst []byte, name string, list []string) []byte {
	if len(list) == 0 {
		return dst
	}
	return append(dst, " "+name+"="+strings.Join(list, ",")...)
}
