package gemini

import (
	"bytes"
	"strings"

	"strowger/core/codec"
	"strowger/core/llm"
)

// mediaOf is the media type of what an address ends in; empty if that says nothing. A film at
// YouTube is taken as such (https://ai.google.dev/gemini-api/docs/video-understanding#youtube).
func mediaOf(url string) string {
	if host := strings.TrimPrefix(codec.HostOf(url), "www."); host == "youtu.be" || host == "youtube.com" || host == "m.youtube.com" {
		return "video/mp4"
	}
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		url = url[:i]
	}
	switch strings.ToLower(url[strings.LastIndexByte(url, '.')+1:]) {
	case "png":
		return "image/png"
	case "jpg", "jpeg":
		return "image/jpeg"
	case "webp":
		return "image/webp"
	case "gif":
		return "image/gif"
	case "heic":
		return "image/heic"
	case "mp3":
		return "audio/mpeg"
	case "wav":
		return "audio/wav"
	case "ogg":
		return "audio/ogg"
	case "flac":
		return "audio/flac"
	case "m4a":
		return "audio/mp4"
	case "mp4":
		return "video/mp4"
	case "mov":
		return "video/quicktime"
	case "webm":
		return "video/webm"
	case "pdf":
		return "application/pdf"
	case "txt", "md":
		return "text/plain"
	case "html":
		return "text/html"
	case "csv":
		return "text/csv"
	case "json":
		return "application/json"
	}
	return ""
}

// kept reports whether an address is that of a file which Google keeps, and nobody else can
// read: with the API (https://ai.google.dev/api/files) or in Cloud Storage.
func kept(url string) bool {
	return strings.HasPrefix(url, "gs://") ||
		codec.HostOf(url) == "generativelanguage.googleapis.com" && strings.Contains(url, "/files/")
}

// standard is data in base64 with the alphabet that other schemas want (RFC 4648, section 4):
// here that for addresses is taken too, and what fills up the end may be missing
// (https://protobuf.dev/programming-guides/json/). Google's SDK for Python writes it so.
func standard(data llm.Escaped) llm.Escaped {
	if !bytes.ContainsAny(data, "-_") && len(data)%4 == 0 {
		return data
	}
	plain := []byte(codec.Plain(data)) // a slash may be escaped
	for i, b := range plain {
		switch b {
		case '-':
			plain[i] = '+'
		case '_':
			plain[i] = '/'
		}
	}
	for len(plain)%4 != 0 {
		plain = append(plain, '=')
	}
	return codec.Escape(string(plain))
}

// mediaType is the media type of a part, which the API wants to be told: as stated, as its
// address or its first bytes tell, or the usual one of its kind.
func mediaType(p *llm.Part) string {
	switch p.Media {
	case "":
	case "image/jpg":
		return "image/jpeg"
	default:
		return p.Media
	}
	if len(p.URL) > 0 {
		if m := mediaOf(codec.Plain(p.URL)); m != "" {
			return m
		}
	}
	if m := codec.Sniff(p.Data); m != "" {
		return m
	}
	switch p.Kind {
	case llm.PartImage:
		return "image/jpeg"
	case llm.PartAudio:
		return "audio/wav"
	case llm.PartVideo:
		return "video/mp4"
	}
	return "application/pdf"
}

// takes notes what of the media cannot be sent: addresses other than of the web and of Cloud
// Storage, and images and documents of other types than documented
// (https://ai.google.dev/gemini-api/docs/image-understanding#supported-formats and
// /file-input-methods#supported-content-types).
func (t *translation) takes(parts []llm.Part) {
	for i := range parts {
		p := &parts[i]
		t.takes(p.Parts)
		field, byURL := fieldsOf(p.Kind)
		if field == llm.FieldCount {
			continue
		}
		if len(p.URL) > 0 {
			if field = byURL; !fetched(codec.Plain(p.URL)) {
				t.lack(field, codec.Impossible, "takes addresses with http, https or gs")
			}
		}
		if len(p.Data) == 0 && len(p.URL) == 0 { // a document's text
			continue
		}
		switch media, isImage := cutImage(mediaType(p)); {
		case isImage && !seen(media), p.Kind == llm.PartImage && !isImage:
			t.lack(field, codec.Impossible, "takes PNG, JPEG, WebP, HEIC and HEIF")
		case p.Kind == llm.PartFile && !isImage && !isRead(media):
			t.lack(field, codec.Impossible, "takes PDF and texts")
		}
	}
}

// fieldsOf are the fields that a part is told by, as bytes and by its address.
func fieldsOf(kind llm.PartKind) (asBytes, byURL llm.Field) {
	switch kind {
	case llm.PartImage:
		return llm.FieldImage, llm.FieldImageURL
	case llm.PartAudio:
		return llm.FieldAudio, llm.FieldAudio
	case llm.PartVideo:
		return llm.FieldVideo, llm.FieldVideo
	case llm.PartFile:
		return llm.FieldFile, llm.FieldFileURL
	}
	return llm.FieldCount, llm.FieldCount
}

// fetched reports whether the API fetches what is at an address.
func fetched(url string) bool {
	scheme, _, _ := strings.Cut(url, "://")
	switch strings.ToLower(scheme) {
	case "http", "https", "gs":
		return len(scheme) < len(url)
	}
	return false
}

// cutImage is a media type in small letters without parameters, of an image what kind of one.
func cutImage(media string) (kind string, isImage bool) {
	media, _, _ = strings.Cut(media, ";")
	return strings.CutPrefix(strings.ToLower(media), "image/")
}

// seen reports whether images of a kind are taken.
func seen(kind string) bool {
	switch kind {
	case "png", "jpeg", "webp", "heic", "heif":
		return true
	}
	return false
}

// isRead reports whether documents of a media type are taken.
func isRead(media string) bool {
	switch kind, of, _ := strings.Cut(media, "/"); kind {
	case "text", "audio", "video":
		return true
	default:
		return of == "pdf" || of == "json" || of == "xml" || of == "rtf" || strings.HasSuffix(of, "javascript")
	}
}
