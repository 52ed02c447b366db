//go:build !darwin && !windows

package main

import (
	"os"
	"path/filepath"
	"strings"
)

// loginFile is the autostart entry of the user:
// https://specifications.freedesktop.org/autostart-spec/latest/
func loginFile() (string, error) {
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "autostart", "strowger.desktop"), err
}

// loginEntry is what the entry says, so that this program is started with these flags.
func loginEntry(program string, args []string) ([]byte, error) {
	line := quoted(program)
	for _, a := range args {
		line += " " + quoted(a)
	}
	return []byte("[Desktop Entry]\nType=Application\nName=Strowger\nComment=An automatic exchange for LLM calls\nIcon=strowger\n" +
		"Exec=" + line + "\nTerminal=false\nX-GNOME-Autostart-enabled=true\n"), nil
}

// quoted is an argument of an Exec line: within quotes four characters are escaped, of the value of
// a key the backslash once more, and a percent sign would begin a field code.
func quoted(arg string) string {
	arg = strings.NewReplacer(`"`, `\\"`, "`", "\\\\`", `$`, `\\$`, `\`, `\\\\`, "%", "%%", "\n", `\n`).Replace(arg)
	return `"` + arg + `"`
}
