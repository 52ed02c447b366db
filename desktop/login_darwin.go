package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
)

// loginLabel names the agent.
const loginLabel = "strowger.desktop"

func loginFile() (string, error) {
	home, err := os.UserHomeDir()
	return filepath.Join(home, "Library", "LaunchAgents", loginLabel+".plist"), err
}

// loginEntry is what the agent says, so that this program is started with these flags.
func loginEntry(program string, args []string) ([]byte, error) {
	var text strings.Builder
	text.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>Label</key><string>` + loginLabel + `</string>
<key>RunAtLoad</key><true/>
<key>ProgramArguments</key><array>
`)
	for _, a := range append([]string{program}, args...) {
		text.WriteString("<string>")
		if err := xml.EscapeText(&text, []byte(a)); err != nil {
			return nil, err
		}
		text.WriteString("</string>\n")
	}
	text.WriteString("</array></dict></plist>\n")
	return []byte(text.String()), nil
}
