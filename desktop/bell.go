package main

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"strowger/desktop/app"
	"strowger/desktop/lockfile"
)

// What can be said to a window that is open.
const (
	wordShow = "show" // comes to the front
	wordQuit = "quit"
	wordLoad = "load" // loads its page again; only the window says that to itself
)

// bell makes this window the only one of a data folder, and hears from those that are started after
// it. A session bus may not be there, so it is a file that is held, and a listener of this machine
// that wants the token from the file.
type bell struct {
	lock   *lockfile.Lock
	server *http.Server
	words  chan string
}

// bellNote says in the file how to ring.
type bellNote struct {
	PID     int    `json:"pid"`
	Address string `json:"address"`
	Token   string `json:"token"`
}

// bellPath is the file of the window, beside the record.
func bellPath(dataDir string) (string, error) {
	path, err := app.Database(dataDir)
	if err != nil {
		return "", err
	}
	dir := filepath.Dir(path)
	return filepath.Join(dir, "window.lock"), os.MkdirAll(dir, 0o700)
}

// hang takes the file; lockfile.ErrHeld says that there is a window already.
func hang(path string) (*bell, error) {
	lock, err := lockfile.Take(path)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	b := &bell{lock: lock, words: make(chan string, 4)}
	token := rand.Text()
	b.server = &http.Server{Handler: b.hear(token), ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, MaxHeaderBytes: 4 << 10}
	go func() { _ = b.server.Serve(l) }() // ends with close
	if err := lock.Note(bellNote{os.Getpid(), l.Addr().String(), token}); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// hear takes words from who knows the token.
func (b *bell) hear(token string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		word := strings.TrimPrefix(r.URL.Path, "/")
		switch {
		case subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+token)) != 1:
			fail(w, http.StatusUnauthorized, "only programs of the same user are heard")
		case r.Method != http.MethodPost || word != wordShow && word != wordQuit:
			fail(w, http.StatusNotFound, "POST /show or /quit")
		default:
			b.ring(word)
			w.WriteHeader(http.StatusNoContent)
		}
	})
}

// ring says a word; if several wait to be heard, it is as good as said.
func (b *bell) ring(word string) {
	select {
	case b.words <- word:
	default:
	}
}

func (b *bell) close() error { return errors.Join(b.server.Close(), b.lock.Release()) }

// tell says a word to the window that holds the file.
func tell(path, word string) error {
	client := http.Client{Timeout: 5 * time.Second}
	var note bellNote
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if err = lockfile.Read(path, &note); err == nil {
			if err = post(&client, note, word); err == nil {
				return nil
			}
		}
	}
	return fmt.Errorf("the window that is open (process %d, %s) does not answer: %w", note.PID, path, err)
}

func post(client *http.Client, note bellNote, word string) error {
	r, err := http.NewRequest(http.MethodPost, "http://"+note.Address+"/"+word, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+note.Token)
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusNoContent {
		return errors.Join(fmt.Errorf("status %d", answer.StatusCode), err)
	}
	return nil
}
