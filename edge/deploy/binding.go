package deploy

import (
	"slices"
	"strconv"
	"strings"

	"strowger/core/catalog"
	"strowger/edge/document"
)

// Binding is a secret that the host has to be given.
type Binding struct {
	Name string `json:"name"` // of the host's secret
	// Reference is what stands in the exported catalog.
	Reference string `json:"reference"`
	// From says where the secret is found today, without showing it.
	From string `json:"from"`
	// Places are those in the configuration that refer to it.
	Places []string `json:"places"`
}

// taken are names that a host has other things under.
var taken = []string{"STROWGER", "LEDGER", "CONFIG"}

// bind names a secret of the host for each reference, and lists those that the host needs. A literal,
// which the canonical form of a catalog does not tell from another, is made a reference to that name.
// cfg is the caller's own.
func bind(cfg *catalog.Config) (secrets map[string]string, list []Binding) {
	secrets, list = map[string]string{}, []Binding{}
	used := slices.Clone(taken)
	for _, at := range document.Places(cfg) {
		ref := *at
		if name, ok := strings.CutPrefix(ref, "env:"); ok && !slices.Contains(used, name) {
			secrets[ref], used = name, append(used, name)
		}
	}
	index, idle := map[string]int{}, unused(cfg)
	for place, at := range document.Places(cfg) {
		if *at == "" {
			continue
		}
		ref, from := *at, origin(*at)
		if document.IsLiteral(ref) || secrets[ref] == "" {
			name := free(own(place), used)
			if used = append(used, name); document.IsLiteral(ref) {
				ref = "env:" + name
				*at = ref
			}
			secrets[ref] = name
		}
		if idle[place] {
			continue
		}
		i, seen := index[ref]
		if !seen {
			i = len(list)
			index[ref], list = i, append(list, Binding{Name: secrets[ref], Reference: ref, From: from})
		}
		list[i].Places = append(list[i].Places, place)
	}
	return secrets, list
}

// unused are the places of providers that are disabled: nobody is sent the secrets that stand there.
func unused(cfg *catalog.Config) map[string]bool {
	disabled := catalog.Config{Providers: slices.DeleteFunc(slices.Clone(cfg.Providers), func(p catalog.Provider) bool { return !p.Disabled })}
	places := map[string]bool{}
	for place := range document.Places(&disabled) {
		places[place] = true
	}
	return places
}

// origin says where a secret is, for people.
func origin(ref string) string {
	scheme, rest, _ := strings.Cut(ref, ":")
	switch {
	case document.IsLiteral(ref):
		return "what stands in the configuration"
	case scheme == "env":
		return "the environment variable " + rest
	case scheme == "keyring":
		return "the keyring's entry " + rest
	}
	return "the file " + rest
}

// own is the name of a secret that has none of its own.
func own(place string) string {
	name, header, ok := strings.Cut(strings.TrimPrefix(place, "providers."), ".headers.")
	if ok {
		return "STROWGER_HEADER_" + sanitised(name) + "_" + sanitised(header)
	}
	return "STROWGER_KEY_" + sanitised(strings.TrimSuffix(name, ".api_key"))
}

func sanitised(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(s))
}

func free(name string, used []string) string {
	for n, try := 2, name; ; n++ {
		if !slices.Contains(used, try) {
			return try
		}
		try = name + "_" + strconv.Itoa(n)
	}
}
