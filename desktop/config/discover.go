package config

import (
	_ "embed"
	"slices"
	"strings"

	"strowger/core/catalog"
)

//go:embed known.yaml
var known []byte

// Discover is the configuration when there is no file: the known providers whose key is
// in the environment, by getenv (os.Getenv, say), and a few common models that they
// serve. Without any key it has no models and says so in a warning.
func Discover(getenv func(string) string) Config {
	c, err := parse("", known, func(string) (string, bool) { return "", false })
	if err != nil {
		panic("config: the embedded known.yaml: " + err.Error()) // a test reads it too
	}
	c.Catalog.Providers = slices.DeleteFunc(c.Catalog.Providers, func(p catalog.Provider) bool {
		return strings.TrimSpace(getenv(strings.TrimPrefix(p.KeyRef, "env:"))) == ""
	})
	here := func(name string) bool {
		return slices.ContainsFunc(c.Catalog.Providers, func(p catalog.Provider) bool { return p.Name == name })
	}
	for i := range c.Catalog.Models {
		m := &c.Catalog.Models[i]
		m.Endpoints = slices.DeleteFunc(m.Endpoints, func(e catalog.Endpoint) bool { return !here(e.Provider) })
	}
	c.Catalog.Models = slices.DeleteFunc(c.Catalog.Models, func(m catalog.Model) bool { return len(m.Endpoints) == 0 })
	if len(c.Catalog.Providers) == 0 {
		c.Warnings = []Problem{{Message: "no configuration and no provider's key in the environment, so no request can be served; write strowger.yaml or set OPENAI_API_KEY"}}
	}
	return *c
}
