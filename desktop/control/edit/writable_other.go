//go:build !unix

package edit

// unwritable says why the file at a path cannot be written: here that shows when it is.
func unwritable(string) string { return "" }
