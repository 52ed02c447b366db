// Package exports is what a WebAssembly module of the core exports: an abi.Machine behind the
// functions that command reactor lists. A module imports it for that alone.
package exports
