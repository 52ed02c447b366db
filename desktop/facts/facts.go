// Package facts is what is known about public providers and their models without asking
// anybody: base URLs, names of keys, prices, limits, abilities. It is a text file of one
// line per endpoint, built in, and replaced by the user's own once that was refreshed.
//
// Facts fill gaps: what a configuration says itself always wins. A price that a list states
// in a way that is not understood is left out rather than approximated.
//
// It does not fetch anything.
//
//	known, err := facts.Current() // err: the user's file is broken, known is the built-in one
//	known.Fill(&cfg)
package facts

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"strowger/core/catalog"
)

//go:embed builtin.txt
var builtIn []byte

// maxFile is the most bytes that a catalog may have.
const maxFile = 8 << 20

// Catalog is what is known. It is immutable.
type Catalog struct {
	header    []string // comments at the top, without "# "
	providers []Provider
	ratings   []Rating
	endpoints []Endpoint
}

// Provider is a public provider.
type Provider struct {
	Name string
	// Dialect is the name of the schema that it speaks, or a name such as bedrock that is
	// no schema of this version.
	Dialect string
	// URLs are its base URLs; the first is the one to use. None: it has no fixed one.
	URLs []string
	// Keys are the environment variables that hold its key, the first that is set counts.
	Keys []string
	// Also are its names in the lists that Refresh reads.
	Also []string
	// Reseller: it passes requests on to others, at their prices.
	Reseller bool
	// See is where its base URL is documented, if the list of prices does not state it.
	See string
}

// Endpoint is what is known of one model at one provider.
type Endpoint struct {
	Model    string // author/name
	Provider string
	Name     string // the provider's own name for it
	Price    catalog.Price
	// Tiers, unless 0: above so many input tokens another price holds that is not known, so
	// Price is unknown.
	Tiers     int64
	Context   int64 // tokens; 0 means unknown
	MaxOutput int64 // tokens; 0 means unknown
	Has       []string
	Lacks     []string // of common; what is neither is taken to be supported
	From      string   // the list it is from
	Date      string   // as of, 2006-01-02
}

// Parameters lists what the endpoint supports, in catalog.Endpoint's words.
func (e *Endpoint) Parameters() []string {
	var list []string
	for _, p := range common {
		if !slices.Contains(e.Lacks, p) {
			list = append(list, p)
		}
	}
	return append(list, e.Has...)
}

// PriceFrom says where the price is from, in catalog.Endpoint's form; "" if there is none.
func (e *Endpoint) PriceFrom() string {
	if !e.Price.Known {
		return ""
	}
	return e.From + " " + e.Date
}

// common are the parameters and modalities that an endpoint has unless it is known to
// lack them: OpenAI's own of a chat
// (https://platform.openai.com/docs/api-reference/chat/create).
var common = [...]string{
	"audio", "files", "frequency_penalty", "images", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens",
	"metadata", "n", "parallel_tool_calls", "presence_penalty", "reasoning_effort", "response_format", "seed",
	"service_tier", "stop", "store", "stream_options", "structured_outputs", "temperature", "tool_choice", "tools",
	"top_logprobs", "top_p", "user",
}

// BuiltIn is the catalog that comes with this version.
func BuiltIn() *Catalog {
	c, err := Parse(builtIn)
	if err != nil {
		panic("facts: the built-in catalog: " + err.Error()) // a test reads it too
	}
	return c
}

// UserFile is the path of the user's own catalog, which need not exist.
func UserFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("the user's configuration folder is unknown: %w", err)
	}
	return filepath.Join(dir, "strowger", "catalog.txt"), nil
}

// Current is the user's own catalog if there is one, else the built-in one. It is never
// nil: the error is about the user's, and then the built-in one is given.
func Current() (*Catalog, error) {
	path, err := UserFile()
	if err != nil {
		return BuiltIn(), nil // a service may have no such folder
	}
	c, err := Load(path)
	switch {
	case err == nil:
		if len(c.ratings) == 0 { // written before there were any
			c.ratings = BuiltIn().ratings
		}
		return c, nil
	case errors.Is(err, fs.ErrNotExist):
		return BuiltIn(), nil
	}
	return BuiltIn(), fmt.Errorf("%w; the built-in catalog is used: run strowger models refresh, or remove the file", err)
}

// Load reads a catalog's file. The error names the file and the line.
func Load(path string) (*Catalog, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	c, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	return c, nil
}

// Providers lists the providers, sorted by name. It must not be changed.
func (c *Catalog) Providers() []Provider { return c.providers }

// Endpoints lists all endpoints, sorted by model, provider and name. It must not be
// changed.
func (c *Catalog) Endpoints() []Endpoint { return c.endpoints }

// Provider is the provider of that name, or of that name in another list.
func (c *Catalog) Provider(name string) (Provider, bool) {
	for _, p := range c.providers {
		if p.Name == name || slices.Contains(p.Also, name) {
			return p, true
		}
	}
	return Provider{}, false
}

// ByURL is the provider that a base URL belongs to, whatever it is called in a
// configuration: the host is the same, and the path the same or below. Another path of
// the same host may have other prices, and an unknown host certainly has.
func (c *Catalog) ByURL(baseURL string) (Provider, bool) {
	u, err := url.Parse(baseURL)
	if err != nil || u.Host == "" {
		return Provider{}, false
	}
	for _, p := range c.providers {
		for _, text := range p.URLs {
			own, err := url.Parse(text)
			if err == nil && strings.EqualFold(own.Hostname(), u.Hostname()) && below(u.Path, own.Path) {
				return p, true
			}
		}
	}
	return Provider{}, false
}

// below reports whether path is top or under it.
func below(path, top string) bool {
	top = strings.TrimRight(top, "/")
	rest, ok := strings.CutPrefix(strings.TrimRight(path, "/"), top)
	return ok && (rest == "" || rest[0] == '/')
}

// Lookup is what is known of the provider's model of that name, which is the provider's
// own (Endpoint.Name).
func (c *Catalog) Lookup(provider, name string) (Endpoint, bool) {
	for _, e := range c.endpoints {
		if e.Provider == provider && e.Name == name {
			return e, true
		}
	}
	return Endpoint{}, false
}
