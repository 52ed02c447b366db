package anthropic

import (
	"bytes"
	"encoding/base64"
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
)

// media notes images and documents that the API refuses
// (docs.anthropic.com/en/docs/build-with-claude/vision and /pdf-support).
func (s *sending) media() {
	for i := range s.p.Messages {
		if m := &s.p.Messages[i]; m.Role != llm.RoleSystem {
			s.mediaOf(m.Parts, m.Role == llm.RoleAssistant)
		}
	}
}

func (s *sending) mediaOf(parts []llm.Part, own bool) {
	const web = "takes addresses of https only"
	for i := range parts {
		p := &parts[i]
		field, address, fits, what := llm.FieldImage, llm.FieldImageURL, isPicture(p.Media), "takes images of JPEG, PNG, GIF and WebP only"
		switch p.Kind {
		case llm.PartResult:
			s.mediaOf(p.Parts, false)
			continue
		case llm.PartImage:
		case llm.PartFile:
			field, address = llm.FieldFile, llm.FieldFileURL
			if len(p.Text) > 0 {
				continue
			}
			if !strings.HasPrefix(p.Media, "image/") {
				fits, what = p.Media == "" || p.Media == "application/pdf" || len(textOf(p)) > 0, "takes documents of PDF and plain text only"
			}
		default:
			continue
		}
		switch {
		case own:
			s.lack(field, codec.Dropped, "takes none of the assistant's")
			s.lack(address, codec.Dropped, "takes none of the assistant's")
		case len(p.URL) > 0 && !isWeb(p.URL):
			s.lack(address, codec.Impossible, web)
		case len(p.URL) > 0 && !fits:
			s.lack(address, codec.Impossible, what)
		case !fits:
			s.lack(field, codec.Impossible, what)
		}
	}
}

// isPicture reports whether an image of that type is taken; one of none is what its bytes tell.
func isPicture(media string) bool {
	switch media {
	case "", "image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp":
		return true
	}
	return false
}

// isWeb reports whether an address is one that the provider fetches; of others it says "Only
// HTTPS URLs are supported".
func isWeb(url llm.Escaped) bool {
	scheme, _, ok := bytes.Cut(url, []byte(":"))
	return ok && bytes.EqualFold(scheme, []byte("https"))
}

// textOf is the text of a document that is one; empty if it is none.
func textOf(p *llm.Part) llm.Escaped {
	if len(p.Text) > 0 || !strings.HasPrefix(p.Media, "text/") && p.Media != "application/json" {
		return p.Text
	}
	plain, err := base64.StdEncoding.AppendDecode(nil, p.Data)
	if err != nil {
		return nil
	}
	return codec.Escape(string(plain))
}

// ended is what a model that does not go on with an answer makes of its beginning.
const ended = "takes it for an answer that has ended"

// emptied adds what becomes of turns of the user's of which nothing can be said, and of a
// conversation that ends with the assistant's, or with what is no text of theirs: it goes on with
// a turn of ours.
func (s *sending) emptied(lacks []codec.Lack) []codec.Lack {
	ends := llm.RoleNone
	for i := range s.p.Messages {
		m := &s.p.Messages[i]
		for j := range m.Parts {
			if m.Role != llm.RoleSystem && s.written(&m.Parts[j]) {
				ends = m.Role
			}
		}
	}
	if ends == llm.RoleAssistant && s.model.unbegun && !s.p.Fields.Has(llm.FieldPrefill) {
		lacks = append(lacks, codec.Lack{Field: llm.FieldPrefill, Fate: codec.Approximated, Note: s.f.Name + " " + ended})
	}
	return codec.LackSilent(lacks, s.p, s.f.Name)
}
