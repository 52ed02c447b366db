package main

import _ "embed"

// icon is the window's, as the system's list of windows shows it.
//
//go:embed packaging/icons/128.png
var icon []byte
