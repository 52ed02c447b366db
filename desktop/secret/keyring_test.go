package secret

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
)

// withoutKeyring makes sure that a test neither finds nor starts a keyring.
func withoutKeyring(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		keyring.MockInitWithError(errors.New("not in tests"))
		return
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")
}

// withKeyring makes a test think that there is one, in memory.
func withKeyring(t *testing.T) {
	t.Helper()
	t.Setenv("DISPLAY", ":0")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	keyring.MockInit()
}

func TestKeyring(t *testing.T) {
	withKeyring(t)
	var k Keyring
	if _, err := k.Get("azure"); !errors.Is(err, ErrMissing) {
		t.Error(err)
	}
	if err := k.Remove("azure"); !errors.Is(err, ErrMissing) {
		t.Error(err)
	}
	for _, bad := range []string{"", " \n", "two\nlines", "bell\a"} {
		if err := k.Set("azure", bad); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := k.Set("azure", hidden); err != nil {
		t.Fatal(err)
	}
	if s, err := k.Get("azure"); s != hidden || err != nil {
		t.Error(s, err)
	}
	if s, err := Resolve("keyring:azure"); s != hidden || err != nil {
		t.Error(s, err)
	}
	if err := k.Remove("azure"); err != nil {
		t.Error(err)
	}
	if _, err := Resolve("keyring:azure"); err == nil || err.Error() != "keyring:azure: not in the keyring; store it with strowger key set" {
		t.Error(err)
	}
}

// Somebody else may have stored what cannot stand in a header.
func TestKeyringForeign(t *testing.T) {
	withKeyring(t)
	for text, want := range map[string]string{" " + hidden + "\n": hidden, hidden + "\nx": ""} {
		if err := keyring.Set(keyringService, "x", text); err != nil {
			t.Fatal(err)
		}
		s, err := Resolve("keyring:x")
		if s != want || (err == nil) != (want != "") || err != nil && strings.Contains(err.Error(), hidden) {
			t.Errorf("%q, %v", s, err)
		}
	}
}

func TestKeyringErrors(t *testing.T) {
	withKeyring(t)
	keyring.MockInitWithError(errors.New("the bus is on strike"))
	for _, err := range []error{Keyring{}.Set("x", hidden), Keyring{}.Remove("x")} {
		if err == nil || !strings.HasPrefix(err.Error(), "no keyring can be used here (the bus is on strike); use an env: or file: reference") {
			t.Error(err)
		}
	}
	keyring.MockInitWithError(keyring.ErrSetDataTooBig)
	if err := (Keyring{}).Set("x", hidden); err == nil || !strings.Contains(err.Error(), "too long") || strings.Contains(err.Error(), hidden) {
		t.Error(err)
	}
}

func TestResolverRemembersKeyring(t *testing.T) {
	withKeyring(t)
	var r Resolver
	if _, err := r.Resolve("keyring:late"); err == nil || !strings.HasPrefix(err.Error(), "keyring:late: not in the keyring") {
		t.Fatal(err)
	}
	if err := (Keyring{}).Set("late", hidden); err != nil {
		t.Fatal(err)
	}
	if s, err := r.Resolve("keyring:late"); s != hidden || err != nil {
		t.Fatal("a failure was remembered:", err)
	}
	if err := (Keyring{}).Remove("late"); err != nil {
		t.Fatal(err)
	}
	if s, err := r.Resolve("keyring:late"); s != hidden || err != nil {
		t.Error("asked again:", err)
	}
	if len(r.asked) != 0 {
		t.Errorf("left: %v", r.asked)
	}
}

// A keyring that waits to be unlocked is asked once, holds nobody else up, and its answer
// is there as soon as it comes.
func TestResolverSlowKeyring(t *testing.T) {
	withoutKeyring(t)
	var r Resolver
	slow := &question{began: time.Now().Add(-keyringWait), done: make(chan struct{})}
	r.asked = map[string]*question{"keyring:slow": slow}
	for range 3 {
		start := time.Now()
		if _, err := r.Resolve("keyring:slow"); err == nil || !strings.HasPrefix(err.Error(), "keyring:slow: the keyring does not answer: is it waiting to be unlocked?") {
			t.Fatal(err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("the second to ask waits again: %s", took)
		}
	}
	slow.secret = hidden
	close(slow.done)
	if s, err := r.Resolve("keyring:slow"); s != hidden || err != nil {
		t.Error(s, err)
	}
	waiting := &question{began: time.Now(), done: make(chan struct{})}
	r.asked["keyring:waiting"] = waiting
	go func() { _, _ = r.Resolve("keyring:waiting") }()
	start := time.Now()
	if s, err := r.Resolve("literal:x"); s != "x" || err != nil || time.Since(start) > time.Second {
		t.Error("held up:", err)
	}
	close(waiting.done)
}

// Without a screen nothing is started, and nobody waits.
func TestReachable(t *testing.T) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("the keyring is part of the system")
	}
	for _, c := range []struct{ display, address, want string }{
		{"", "", "there is no session bus"},
		{"", "autolaunch:", "there is no session bus"},
		{"", "disabled:", "DBUS_SESSION_BUS_ADDRESS says disabled"},
		{":0", "disabled:", "DBUS_SESSION_BUS_ADDRESS says disabled"},
		{"", "unix:path=/nonexistent", "the session bus does not answer"},
		{":0", "unix:path=/nonexistent", ""}, // the library finds out
	} {
		t.Setenv("DISPLAY", c.display)
		t.Setenv("WAYLAND_DISPLAY", "")
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", c.address)
		start := time.Now()
		err := reachable()
		if (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
			t.Errorf("%q %q: %v, want %s", c.display, c.address, err, c.want)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%q %q: took %s", c.display, c.address, took)
		}
	}
}
