// Package worker is the JavaScript host of the module; what of it must agree with the core is tested here.
package worker

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"strowger/edge/abi"
)

// TestHeaderNames holds the headers that the JavaScript host passes on against those that the core reads.
func TestHeaderNames(t *testing.T) {
	for _, list := range []struct {
		file, name string
		want       []string
	}{
		{"request.mjs", "REQUEST_HEADERS", abi.RequestHeaderNames()},
		{"attempt.mjs", "ANSWER_HEADERS", abi.HeaderNames()},
	} {
		text, err := os.ReadFile(list.file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`(?s)export const ` + list.name + ` = \[(.*?)\]`).FindSubmatch(text)
		if found == nil {
			t.Fatalf("%s has no %s", list.file, list.name)
		}
		var got []string
		for _, quoted := range regexp.MustCompile(`'([^']*)'`).FindAllSubmatch(found[1], -1) {
			got = append(got, string(quoted[1]))
		}
		slices.Sort(got)
		slices.Sort(list.want)
		if !slices.Equal(got, list.want) {
			t.Errorf("%s in %s is\n%q, want\n%q", list.name, list.file, got, list.want)
		}
	}
}
