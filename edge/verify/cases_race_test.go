//go:build race

package verify_test

// generatedCases are few here: the race detector makes the native core ten times slower, and
// nothing of this runs side by side. go tool task verify makes all of them.
const generatedCases = 150

// racing says that the race detector slows everything down.
const racing = true
