package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// recording is one recorded answer of a provider.
type recording struct {
	id, provider, api string
	status            int
	stream            bool
	answer            []byte            // the bytes as a provider sends them
	documents         []json.RawMessage // the JSON documents in it
	broken            bool              // there is one that is no JSON
}

// recordings reads a corpus, in the order of ids.
func recordings(corpus string) ([]recording, error) {
	files, err := filepath.Glob(filepath.Join(corpus, "*", "*", "*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no recordings in %s", corpus)
	}
	slices.Sort(files)
	all := make([]recording, 0, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		r, err := decode(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// decode reads one file of the corpus. Streams that were recorded without their frames get
// some.
func decode(text []byte) (recording, error) {
	var entry struct {
		ID, Provider, API string
		Response          struct {
			Status int
			Body   json.RawMessage
			SSE    string
			Chunks string `json:"chunks_jsonl"`
		}
	}
	if err := json.Unmarshal(text, &entry); err != nil {
		return recording{}, err
	}
	r := recording{id: entry.ID, provider: entry.Provider, api: entry.API, status: entry.Response.Status}
	switch {
	case entry.Response.SSE != "":
		r.stream, r.answer = true, []byte(entry.Response.SSE)
	case entry.Response.Chunks != "":
		r.stream = true
		for line := range strings.Lines(entry.Response.Chunks) {
			r.answer = append(r.answer, "data: "+strings.TrimSpace(line)+"\n\n"...)
		}
	default:
		r.answer = entry.Response.Body
		r.documents = append(r.documents, entry.Response.Body)
		return r, nil
	}
	for line := range strings.Lines(string(r.answer)) {
		data, ok := strings.CutPrefix(line, "data:")
		switch data = strings.TrimSpace(data); {
		case !ok || data == "" || data == "[DONE]":
		case json.Valid([]byte(data)):
			r.documents = append(r.documents, json.RawMessage(data))
		default:
			r.broken = true
		}
	}
	return r, nil
}
