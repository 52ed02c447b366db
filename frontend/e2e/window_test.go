package e2e

import (
	"encoding/json"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// opened is a window on a screen of its own, with the flags that it was started with.
type opened struct {
	*screen
	*running
	id, addr, data string
	flags          []string
}

// binary is the window to test.
func binary(t *testing.T) string {
	t.Helper()
	path := os.Getenv("STROWGER_WINDOW")
	if path == "" {
		t.Skip("needs Xvfb and the built window: go tool task test:window")
	}
	return path
}

// window opens the window on a screen.
func window(t *testing.T) *opened {
	t.Helper()
	name := binary(t)
	w := &opened{screen: newScreen(t), addr: freeAddress(t), data: t.TempDir()}
	w.flags = []string{"--config", config(t), "--data", w.data, "--listen", w.addr}
	w.running = w.start(name, w.flags...)
	w.id = w.screen.window("Strowger")
	return w
}

// again starts the window a second time.
func (w *opened) again(more ...string) *running {
	w.t.Helper()
	return w.start(binary(w.t), append(w.flags, more...)...)
}

// kept is what the window keeps, nothing at first.
func (w *opened) kept() (k struct {
	Close  *bool           `json:"close_to_background"`
	Notify map[string]bool `json:"notify"`
	Place  struct{ X, Y, Width, Height int }
}) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.home, ".config", "strowger", "window.json"))
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		w.t.Fatal(err)
	}
	return k
}

// The page is drawn under LANG=C, its screens come by keys, and SIGTERM ends it well.
func TestWindow(t *testing.T) {
	t.Parallel()
	w := window(t)
	for _, model := range []string{"demo/steady", "demo/fallback", "demo/unpriced", "demo/fallback", "demo/steady"} {
		if _, err := chat(t, w.addr, model); err != nil {
			t.Fatal(err)
		}
	}
	w.xdo("windowfocus", "--sync", w.id)
	before := image.Image(nil)
	for _, c := range []struct{ key, name string }{{"o", "overview"}, {"r", "requests"}, {"c", "costs"}, {"w", "whatif"}, {"s", "settings"}} {
		if before == nil {
			before = w.drawn(w.id, "window", nil)
		}
		w.xdo("key", "g", c.key)
		if c.key == "o" { // where it begins
			continue
		}
		before = w.drawn(w.id, "window-"+c.name, before)
	}
	if err := w.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	w.ends(w.running)
}

// Whatever the language of the system, the page is drawn: where LANG is not set or C.UTF-8, WebKit
// says "C", on which Intl throws. public/locale.js is what keeps a page that asks for it from being blank.
func TestWindowLanguages(t *testing.T) {
	t.Parallel()
	binary(t)
	for _, language := range []string{"", "LANG=C.UTF-8", "LANG=de_AT.UTF-8"} {
		s := newScreen(t)
		s.env = append(without(s.env, "LANG"), language)
		addr := freeAddress(t)
		w := s.start(binary(t), "--config", config(t), "--data", t.TempDir(), "--listen", addr)
		id := s.window("Strowger")
		first := s.drawn(id, "window-language", nil)
		if _, err := chat(t, addr, "demo/steady"); err != nil {
			t.Fatal(err)
		}
		s.xdo("windowfocus", "--sync", id)
		s.xdo("key", "g", "r")
		s.drawn(id, "window-language", first)
		if err := w.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		s.ends(w)
	}
}

// The window is there once: a second start shows the first, and --quit ends it.
func TestWindowOnce(t *testing.T) {
	t.Parallel()
	w := window(t)
	w.xdo("windowminimize", w.id)
	w.await("the window is away", func() bool { return w.find("Strowger") == "" })
	w.ends(w.again())
	w.screen.window("Strowger")
	quit := w.again("--quit")
	w.ends(quit)
	w.ends(w.running)
}

// Without a session bus it is the same.
func TestWindowOnceWithoutBus(t *testing.T) {
	t.Parallel()
	binary(t)
	s := newScreen(t)
	s.env = append(without(s.env, "DBUS_SESSION_BUS_ADDRESS"), "DBUS_SESSION_BUS_ADDRESS=disabled:")
	flags := []string{"--config", config(t), "--data", t.TempDir(), "--listen", freeAddress(t)}
	first := s.start(binary(t), flags...)
	id := s.window("Strowger")
	s.xdo("windowminimize", id)
	s.await("the window is away", func() bool { return s.find("Strowger") == "" })
	s.ends(s.start(binary(t), flags...))
	s.window("Strowger")
	s.ends(s.start(binary(t), append(flags, "--quit")...))
	s.ends(first)
}

// The first close asks. Then the window is away and the proxy is not; a notification is shown, and a
// click on it brings the window back, where it was. The next start opens it there too.
func TestWindowBackground(t *testing.T) {
	t.Parallel()
	w := window(t)
	d := listen(t, w.bus)
	w.drawn(w.id, "window-before", nil)
	w.xdo("windowsize", "--sync", w.id, "1000", "700")
	w.xdo("windowmove", "--sync", w.id, "150", "90")
	time.Sleep(300 * time.Millisecond)
	at := w.geometry(w.id)
	w.xdo("windowactivate", "--sync", w.id)
	if _, err := w.tool("wmctrl", "-i", "-c", w.id); err != nil {
		t.Fatal(err)
	}
	w.await("the question", func() bool { return w.find("Keep Strowger running") != "" })
	if _, err := w.shot("root", "window-question"); err != nil {
		t.Fatal(err)
	}
	w.xdo("key", "Tab", "Return") // from No to Yes
	w.await("the window is away", func() bool { return w.find("Strowger") == "" && w.find("Keep") == "" })
	if k := w.kept(); k.Close == nil || !*k.Close || k.Place.Width != 1000 || k.Place.Height != 700 {
		t.Errorf("%+v", k)
	}
	for range 5 {
		if answer, err := chat(t, w.addr, "demo/fallback"); err != nil || !strings.Contains(answer, "choices") {
			t.Fatalf("in the background: %s, %v", answer, err)
		}
	}
	n := d.next(t)
	if n.title != "north answered for south" || !strings.Contains(n.body, "demo/fallback: overloaded, status 503") {
		t.Errorf("%+v", n)
	}
	d.click(t, n)
	id := w.screen.window("Strowger")
	w.await("the window is where it was", func() bool { return w.geometry(id) == at })
	time.Sleep(2500 * time.Millisecond)
	if len(d.got) > 0 {
		t.Errorf("a second notice within the minute: %+v", <-d.got)
	}
	w.ends(w.again("--quit"))
	w.ends(w.running)
	w.running = w.again()
	id = w.screen.window("Strowger")
	w.await("the window is where it was at the end", func() bool { return w.geometry(id) == at })
}

// What Settings says of the window is switched by keys, each for itself, and counts.
func TestWindowSettings(t *testing.T) {
	t.Parallel()
	w := window(t)
	first := w.drawn(w.id, "window-settings", nil)
	w.xdo("windowfocus", "--sync", w.id)
	w.xdo("key", "g", "s")
	before := w.drawn(w.id, "window-settings", first)
	says := func(name string, is bool) func() bool {
		return func() bool { said, there := w.kept().Notify[name]; return there && said == is }
	}
	closes := func() bool { k := w.kept(); return k.Close != nil && *k.Close }
	login := func() bool {
		entry, err := os.ReadFile(filepath.Join(w.home, ".config", "autostart", "strowger.desktop"))
		return err == nil && strings.Contains(string(entry), w.addr) && strings.Contains(string(entry), "--background")
	}
	w.xdo("key", "shift+Tab") // the last of the page is the button of the report; before it stand the window's
	for _, c := range []struct {
		name string
		is   func() bool
	}{
		{"rate_limited", says("rate_limited", true)}, {"credentials", says("credentials", false)}, {"budget", says("budget", false)},
		{"failover", says("failover", false)}, {"start at login", login}, {"close to background", closes},
	} {
		w.xdo("key", "shift+Tab", "space")
		w.await(c.name, c.is)
	}
	w.drawn(w.id, "window-settings-switched", before)
	if _, err := w.tool("wmctrl", "-i", "-c", w.id); err != nil {
		t.Fatal(err)
	}
	w.await("the window is away", func() bool { return w.find("Strowger") == "" })
	if w.find("Keep Strowger running") != "" {
		t.Error("it is asked, though Settings has answered")
	}
	if _, err := chat(t, w.addr, "demo/steady"); err != nil {
		t.Errorf("in the background: %v", err)
	}
	w.ends(w.again("--quit"))
	w.ends(w.running)
}

// While it is asked, SIGTERM ends the window all the same.
func TestWindowEndsWhileAsking(t *testing.T) {
	t.Parallel()
	w := window(t)
	if _, err := w.tool("wmctrl", "-i", "-c", w.id); err != nil {
		t.Fatal(err)
	}
	w.screen.window("Keep Strowger running")
	if err := w.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	w.ends(w.running)
}

// With --background nothing is shown until it is asked for, and the proxy serves.
func TestWindowHidden(t *testing.T) {
	t.Parallel()
	binary(t)
	s := newScreen(t)
	addr := freeAddress(t)
	flags := []string{"--config", config(t), "--data", t.TempDir(), "--listen", addr}
	first := s.start(binary(t), append(flags, "--background")...)
	s.await("it serves", func() bool { _, err := chat(t, addr, "demo/steady"); return err == nil })
	time.Sleep(time.Second)
	if s.find("Strowger") != "" {
		t.Error("the window is shown")
	}
	s.ends(s.start(binary(t), flags...))
	s.drawn(s.window("Strowger"), "window-shown", nil)
	s.ends(s.start(binary(t), append(flags, "--quit")...))
	s.ends(first)
}

// A window beside a running strowger shows that one and does not end it. If it ends, even without a
// word, the window says so and starts its own.
func TestWindowAttached(t *testing.T) {
	t.Parallel()
	name, serve := binary(t), os.Getenv("STROWGER_SERVE")
	if serve == "" {
		t.Fatal("STROWGER_SERVE names no strowger: go tool task test:window")
	}
	s := newScreen(t)
	addr := freeAddress(t)
	flags := []string{"--config", config(t), "--data", t.TempDir(), "--listen", addr}
	headless := s.start(serve, append([]string{"serve"}, flags...)...)
	answers := func() bool { _, err := chat(t, addr, "demo/steady"); return err == nil }
	s.await("it serves", answers)
	for range 2 { // the second comes to the same one
		w := s.start(name, flags...)
		s.drawn(s.window("Strowger, attached to "+addr), "window-attached", nil)
		if err := w.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		s.ends(w)
		if !answers() {
			t.Fatal("the window has ended what it showed")
		}
	}
	w := s.start(name, flags...)
	before := s.drawn(s.window("Strowger, attached to "+addr), "window-attached", nil)
	if err := headless.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	id := s.window("Strowger$")
	ended := s.drawn(id, "window-ended", before)
	s.xdo("windowactivate", "--sync", id)
	s.xdo("key", "Return") // the button has the focus
	s.await("the window serves", answers)
	s.drawn(id, "window-own", ended)
	if err := w.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.ends(w)
	if answers() {
		t.Error("it still serves")
	}
}

// A request that is under way when the window is to end gets its answer.
func TestWindowQuitEndsRequests(t *testing.T) {
	t.Parallel()
	w := window(t)
	type result struct {
		text string
		err  error
	}
	got := make(chan result, 1)
	go func() {
		text, err := chat(t, w.addr, "demo/slow")
		got <- result{text, err}
	}()
	time.Sleep(500 * time.Millisecond) // the provider has it
	if err := w.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.err != nil || !strings.Contains(r.text, `"finish_reason":"stop"`) {
		t.Errorf("%s, %v", r.text, r.err)
	}
	w.ends(w.running)
}

// daemon is a service of notifications, as desktops have one.
type daemon struct {
	conn *dbus.Conn
	got  chan notification
}

type notification struct {
	id          uint32
	title, body string
}

// Notify is the method that programs call.
func (d *daemon) Notify(app string, replaces uint32, icon, title, body string, actions []string, hints map[string]dbus.Variant, expire int32) (uint32, *dbus.Error) {
	n := notification{uint32(len(d.got)) + 1, title, body}
	select {
	case d.got <- n:
	default:
	}
	return n.id, nil
}

const notifications = "org.freedesktop.Notifications"

func listen(t *testing.T, bus string) *daemon {
	t.Helper()
	conn, err := dbus.Connect(bus)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	d := &daemon{conn, make(chan notification, 100)}
	if err := conn.Export(d, "/org/freedesktop/Notifications", notifications); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(notifications, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
	return d
}

func (d *daemon) next(t *testing.T) notification {
	t.Helper()
	select {
	case n := <-d.got:
		return n
	case <-time.After(20 * time.Second):
		t.Fatal("no notification comes")
		return notification{}
	}
}

// click is what happens when a person clicks on it.
func (d *daemon) click(t *testing.T, n notification) {
	t.Helper()
	if err := d.conn.Emit("/org/freedesktop/Notifications", notifications+".ActionInvoked", n.id, "default"); err != nil {
		t.Fatal(err)
	}
}
