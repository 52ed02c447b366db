package codec

import (
	"bytes"
	"strings"

	"strowger/core/llm"
)

// Untyped is what is wrong with an image as bytes of which nobody can say what it is.
const Untyped = "must name the image's media type, as in data:image/png;base64,"

// UnknownPart is what is wrong with the type of a part that no other schema has.
const UnknownPart = "is not known: only a provider of the same schema may know it"

// ImageType is the media type of an image as bytes: the one that it says or, if it says none, as
// it begins. It is empty where that is none of those that OpenAI takes
// (platform.openai.com/docs/guides/images-vision).
func ImageType(p *llm.Part) string {
	media := p.Media
	if media == "" {
		media = Sniff(p.Data)
	}
	switch media {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return media
	}
	return ""
}

// Place puts what is a data: URL in base64 (RFC 2397) into Media and Data, and other addresses
// into URL. bare says that what is neither is base64.
func Place(p *llm.Part, text llm.Escaped, bare bool) {
	head, data, found := bytes.Cut(text, []byte(";base64,"))
	const scheme = "data:" // in letters of any size
	isData := len(head) >= len(scheme) && strings.EqualFold(string(head[:len(scheme)]), scheme)
	switch {
	case found && isData:
		name, _, _ := strings.Cut(Plain(head[len(scheme):]), ";") // of parameters, such as the file's name
		p.Media, p.Data = strings.ToLower(name), data
	case bare && !isData && !bytes.Contains(text, []byte("://")) && !bytes.Contains(text, []byte(`:\/\/`)):
		p.Data = text
	default:
		p.URL = text
	}
}

// LackMedia notes what OpenAI takes in none of its schemas: images of other types than
// ImageType knows or at addresses that are not of the web, and images, sounds and files in what
// the model has said (platform.openai.com/docs/api-reference/chat/create, messages, assistant).
func LackMedia(l *Lacking, p *llm.Prompt, who string) {
	for i := range p.Messages {
		m := &p.Messages[i]
		lackMedia(l, m.Parts, m.Role == llm.RoleAssistant, who)
	}
}

func lackMedia(l *Lacking, parts []llm.Part, answered bool, who string) {
	for i := range parts {
		p := &parts[i]
		field := fieldOf(p)
		switch {
		case p.Kind == llm.PartResult:
			lackMedia(l, p.Parts, false, who)
		case field == llm.FieldCount:
		case answered:
			l.Lack(field, Dropped, who, "takes none in what the model has said")
		case field == llm.FieldImage && ImageType(p) == "":
			l.Lack(field, Impossible, who, "takes PNG, JPEG, GIF and WebP")
		case field == llm.FieldImageURL && !onWeb(p.URL):
			l.Lack(field, Impossible, who, "takes addresses of http and https")
		}
	}
}

// fieldOf is the field that an image, a sound, a film or a file is; FieldCount if it is none.
func fieldOf(p *llm.Part) llm.Field {
	switch addressed := len(p.URL) > 0; {
	case p.Kind == llm.PartImage && addressed:
		return llm.FieldImageURL
	case p.Kind == llm.PartImage:
		return llm.FieldImage
	case p.Kind == llm.PartAudio:
		return llm.FieldAudio
	case p.Kind == llm.PartVideo:
		return llm.FieldVideo
	case p.Kind == llm.PartFile && addressed:
		return llm.FieldFileURL
	case p.Kind == llm.PartFile:
		return llm.FieldFile
	}
	return llm.FieldCount
}

// onWeb reports whether an address is of http or https.
func onWeb(url llm.Escaped) bool {
	scheme, _, _ := strings.Cut(Plain(url), "://")
	scheme = strings.ToLower(scheme)
	return scheme == "http" || scheme == "https"
}
