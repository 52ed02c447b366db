package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"strowger/desktop/wholefile"
)

// kept is what the window keeps from one start to the next.
type kept struct {
	// CloseToBackground: closing the window hides it.
	CloseToBackground choice `json:"close_to_background"`
	Notify            wants  `json:"notify"`
	Place             place  `json:"place"`
}

// choice is what a person has answered: null in JSON until they were asked.
type choice int8

// The choices.
const (
	unasked choice = iota
	yes
	no
)

// MarshalJSON implements json.Marshaler.
func (c choice) MarshalJSON() ([]byte, error) {
	return []byte([...]string{"null", "true", "false"}[c]), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *choice) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "null":
		*c = unasked
	case "true":
		*c = yes
	case "false":
		*c = no
	default:
		return fmt.Errorf("%s is neither true nor false, nor null", text)
	}
	return nil
}

// wants are the kinds of notifications to show.
type wants struct {
	Failover    bool `json:"failover"`
	Budget      bool `json:"budget"`
	Credentials bool `json:"credentials"`
	RateLimited bool `json:"rate_limited"`
}

// place is where the window was, in pixels; the zero value is not known.
type place struct {
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	Maximised bool `json:"maximised"`
}

// The size of a window that was never open, and the smallest.
const (
	usualWidth, usualHeight = 1280, 820
	leastWidth, leastHeight = 480, 400
	mostPixels              = 16384 // in either direction
)

// on reports whether enough of the window is within a screen of that size to be moved, if its
// place is known. Positions count from the screen's corner.
func (p place) on(width, height int) bool {
	const grip = 80
	return p.Width > 0 && p.X > grip-p.Width && p.X < width-grip && p.Y >= 0 && p.Y < height-grip
}

// keeper reads and writes kept in a file of the user's configuration folder.
type keeper struct {
	path string // empty: there is no such folder, and nothing is kept
	mu   sync.Mutex
	now  kept
}

// keptName is the file's name in the configuration folder.
const keptName = "window.json"

// openKept is what was kept. A file that cannot be read counts as none, and is said in the log.
func openKept(log *slog.Logger) *keeper {
	k := &keeper{now: kept{Notify: wants{Failover: true, Budget: true, Credentials: true}}}
	dir, err := os.UserConfigDir()
	if err != nil {
		log.Warn("settings of the window are not kept", "error", err)
		return k
	}
	k.path = filepath.Join(dir, "strowger", keptName)
	text, err := os.ReadFile(k.path)
	if errors.Is(err, os.ErrNotExist) {
		return k
	}
	read := k.now
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if err != nil {
		log.Warn("settings of the window cannot be read, the usual ones are used", "file", k.path, "error", err)
		return k
	}
	if p := &read.Place; p.Width > mostPixels || p.Height > mostPixels || p.Width < leastWidth || p.Height < leastHeight {
		*p = place{}
	}
	k.now = read
	return k
}

func (k *keeper) get() kept {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

// set changes what is kept, in the file first.
func (k *keeper) set(change func(*kept)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := k.now
	change(&next)
	if next == k.now || k.path == "" {
		k.now = next
		return nil
	}
	text, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(k.path, append(text, '\n')); err != nil {
		return fmt.Errorf("settings of the window: %w", err)
	}
	k.now = next
	return nil
}

// writeFile writes a file for the user alone, whole or not at all.
func writeFile(path string, text []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return wholefile.Write(path, text, 0o600)
}

// code is a status as a word: 404 is not_found.
func code(status int) string {
	return strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
}
