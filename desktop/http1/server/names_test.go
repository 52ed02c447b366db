package server

import (
	"net/http"
	"testing"
)

// The names that are known are kept as http.Header keeps them.
func TestNames(t *testing.T) {
	for sent, kept := range names {
		if want := http.CanonicalHeaderKey(sent); kept != want {
			t.Errorf("%s: %s, want %s", sent, kept, want)
		}
	}
}
