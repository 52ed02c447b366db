// Package journaltest is a log for tests, which read it while it is written.
package journaltest

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
)

// Journal keeps what is written to it. The zero value is empty. All methods may be called
// from any goroutine.
type Journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (j *Journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

// String is all that was written so far.
func (j *Journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// Count is how often text stands in it.
func (j *Journal) Count(text string) int { return strings.Count(j.String(), text) }

// Log is a logger that writes to it.
func (j *Journal) Log() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }
