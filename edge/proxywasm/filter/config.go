package filter

import (
	"strconv"

	"strowger/core/policy"
	"strowger/core/router"
	"strowger/core/scan"
	"strowger/edge/document"
)

// setup is a plugin's configuration, made of a deployment document.
type setup struct {
	profile   Profile
	router    *router.Router
	secrets   map[string]string // a reference in the catalog to the name of a secret
	clusters  map[string]string // a provider to the cluster it is reached by
	keys      map[hash]string   // of a client key to its name
	open      bool              // no key is needed
	maxBody   int
	maxAnswer int
}

// readSecrets reads the values of secrets by their names.
func readSecrets(doc []byte) (secrets map[string]string, problem string) {
	if err := scan.Valid(doc); err != nil {
		return nil, "the secrets are no JSON object of names and values" // not what stands there
	}
	for m := scan.Object(doc); ; {
		if !m.Next() {
			if err := m.Err(); err != nil {
				return nil, "the secrets: " + err.Error()
			}
			return secrets, ""
		}
		value, ok := scan.String(doc, m.Value())
		if !ok {
			return nil, "the secret " + string(m.Key()) + ": expected a string"
		}
		if secrets == nil {
			secrets = map[string]string{}
		}
		secrets[string(m.Key())] = value
	}
}

// readSetup reads a plugin's configuration. What a document does not hold, or this filter cannot
// keep, is a problem.
func readSetup(doc []byte) (s *setup, problem string) {
	d, cat, err := document.Read(doc)
	if err != nil {
		return nil, err.Error()
	}
	s = &setup{
		router: router.New(cat), secrets: d.Secrets, clusters: d.Clusters, keys: map[hash]string{}, open: d.Open,
		maxBody: int(d.Limits.MaxBody), maxAnswer: int(d.Limits.MaxAnswer),
	}
	for _, k := range d.Keys {
		sum, _ := readHash(k.SHA256) // it is one
		s.keys[sum] = k.Name
	}
	name, ok := d.Profile, false
	if name == "" {
		name = "envoy"
	}
	if s.profile, ok = profileNamed(name); !ok {
		return nil, "profile: unknown name " + strconv.Quote(name) + "; there are " + profileNames()
	}
	return s, s.check()
}

// check finds what this filter cannot do.
func (s *setup) check() (problem string) {
	cfg := s.router.Catalog().Config()
	for i := range cfg.Providers {
		if name := cfg.Providers[i].Name; s.clusters[name] == "" {
			return "clusters: none for provider " + name + "; name the cluster that it is reached by"
		}
	}
	if s.profile.Clock {
		return ""
	}
	if policy.Limited(cfg) {
		return "profile: " + s.profile.Name + " has no clock, so that rates and limits by the day or month cannot be kept; leave them out of the configuration"
	}
	return ""
}

// missing are the names of secrets that have no value, each once.
func (s *setup) missing(values map[string]string) (names []string) {
	seen := map[string]bool{}
	for _, name := range s.secrets {
		if values[name] == "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}
