package policy

import (
	"strconv"
	"strings"

	"strowger/core/catalog"
	"strowger/core/llm"
)

// unknownModel is the error for a name that means no model, with what it may have meant; auto is
// one, but not where it stands.
func unknownModel(cat *catalog.Catalog, param, asked string) *llm.Error {
	msg := "no model " + quote(asked) + " is configured"
	name := asked
	base, suffix, asks := catalog.CutSuffix(asked)
	known, _ := cat.Resolve(base)
	if len(cat.Named(asked)) == 0 && (asks != catalog.StrategyNone || known != nil) {
		name = base
	}
	if _, _, auto := catalog.CutAuto(asked); auto {
		return &llm.Error{Code: llm.CodeInvalidRequest, Param: param, Message: "auto stands for the model asked for: it cannot be one of several"}
	}
	switch ids := cat.Named(name); {
	case len(ids) > 1:
		const most = 8
		msg = quote(asked) + " may mean several models: " + strings.Join(ids[:min(len(ids), most)], ", ")
		if len(ids) > most {
			msg += ", …"
		}
	case name != asked && known != nil:
		msg += ": " + quote(":"+suffix) + " is no suffix; the suffixes are " + strings.Join(catalog.SuffixNames(), ", ")
	case len(name) <= maxName:
		msg += didYouMean(cat.NearestModel(name))
	}
	return &llm.Error{Code: llm.CodeModelNotFound, Param: param, Message: msg}
}

// known drops provider names that do not exist from names, with a warning each. It is nil only if
// names is.
func (p *Policy) known(cat *catalog.Catalog, field string, names []string) []string {
	kept := names[:0]
	for _, n := range names {
		if cat.HasProvider(n) {
			kept = append(kept, n)
			continue
		}
		near := ""
		if len(n) <= maxName && len(p.Warnings) < maxWarnings {
			near = catalog.Nearest(n, cat.ProviderNames())
		}
		p.warn("unknown_provider", "provider."+field+": there is no provider "+quote(n)+didYouMean(near))
	}
	return kept
}

// maxWarnings bounds what one request can make us say.
const maxWarnings = 16

func (p *Policy) warn(code, msg string) { p.Warnings = withWarning(p.Warnings, code, msg) }

// withWarning adds a warning, unless there are enough.
func withWarning(list []Warning, code, msg string) []Warning {
	if len(list) < maxWarnings {
		list = append(list, Warning{code, msg})
	}
	return list
}

// example is an id that exists, if there is one.
func example(cat *catalog.Catalog) string {
	if ids := cat.IDs(); len(ids) > 0 {
		return ids[0]
	}
	return "author/name"
}

func didYouMean(near string) string {
	if near == "" {
		return ""
	}
	return "; did you mean " + strconv.Quote(near) + "?"
}

// maxName bounds how much of a caller's name is repeated or compared.
const maxName = 128

// quote is the caller's name as it stands in a message.
func quote(s string) string { return strconv.Quote(clip(s)) }

func clip(s string) string { return llm.Clip(s, maxName) }
