//go:build !race

package verify_test

// generatedCases make ten thousand decisions.
const generatedCases = 2500

// racing says that the race detector slows everything down.
const racing = false
