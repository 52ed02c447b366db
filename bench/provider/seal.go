package provider

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// seal is what this provider wants back with text, which nobody else could have made. It has every
// character of base64 in it, as real ones have.
func seal(who, text string) string {
	sum := sha256.Sum256([]byte(who + "\x00" + text))
	return base64.StdEncoding.EncodeToString(append([]byte("\xfb\xef\xbe\xff\xff sim "+who+" "), sum[:]...))
}

// locked is text that only this provider can read.
func locked(who, text string) string {
	return base64.StdEncoding.EncodeToString([]byte(text + "\x00" + seal(who, text)))
}

// unlock undoes locked; false if that is not this provider's.
func unlock(who, data string) (text string, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return "", false
	}
	text, sum, ok := strings.Cut(string(raw), "\x00")
	return text, ok && sum == seal(who, text)
}

// inner is a text as it stands between the quotes of a JSON string.
func inner(text string) []byte { return appendEscaped([]byte{}, text) }

// refuse is a 400 without a field.
func refuse(format string, args ...any) *failure {
	return badRequest("", "", fmt.Sprintf(format, args...))
}

// decode reads a JSON object into a struct that has all the members that it may have. unknown is the name
// of one that it has not.
func decode(body []byte, into any) (unknown string, err error) {
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	if err = d.Decode(into); err != nil {
		if _, name, ok := strings.Cut(err.Error(), "json: unknown field "); ok {
			return strings.Trim(name, `"`), err
		}
		return "", err
	}
	if d.More() {
		return "", errors.New("something follows the object")
	}
	return "", nil
}

// said is text or a list of blocks, of which text is one.
func blocks[B any](raw json.RawMessage, text func(string) B) ([]B, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if raw[0] == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		return []B{text(s)}, err
	}
	var list []B
	_, err := decode(raw, &list)
	return list, err
}

// hear notes a message: who speaks, its first text and how long it is.
func (q *chat) hear(role, text string, size int) {
	q.size += size
	q.prompt = (q.size + 3) / 4
	q.lastRole, q.begun = []byte(role), inner(text)
	if role == "user" {
		q.said, q.lastUser = q.begun, q.begun
	}
}

// tool is a function in OpenAI's shape, which tool calls are made from.
type function struct {
	Name       string          `json:"name"`
	Parameters json.RawMessage `json:"parameters,omitempty"`
}

// offer notes the tools, and which must be called: none, auto, required or a name behind "=".
func (q *chat) offer(tools []function, choice string) *failure {
	type element struct {
		Type     string   `json:"type"`
		Function function `json:"function"`
	}
	var list []element
	for _, t := range tools {
		list = append(list, element{"function", t})
	}
	if len(list) == 0 {
		return nil
	}
	var err error
	if q.tools, err = json.Marshal(list); err != nil {
		return refuse("tools: %v", err)
	}
	if name, ok := strings.CutPrefix(choice, "="); ok {
		q.choice, err = json.Marshal(element{"function", function{Name: name}})
	} else if choice != "" {
		q.choice, err = json.Marshal(choice)
	}
	if err != nil {
		return refuse("tool_choice: %v", err)
	}
	return nil
}

// factVoice answers with one JSON object that is ready.
type factVoice struct{}

func (factVoice) opening(dst []byte, a *answer) []byte         { return append(dst, a.q.fact...) }
func (factVoice) piece(dst []byte, _ *answer, _ string) []byte { return dst }
func (factVoice) ending(dst []byte, _ *answer) []byte          { return dst }
func (factVoice) odd(dst []byte, _ *answer, _ oddity) []byte   { return dst }
func (factVoice) whole(dst []byte, a *answer) (body []byte, stop int) {
	body = append(dst, a.q.fact...)
	return body, len(body) / 2
}
