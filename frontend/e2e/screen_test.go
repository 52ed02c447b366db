package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// screen is an X server with a window manager and a session bus, all of a test's own, and a home
// for what runs there.
type screen struct {
	t    *testing.T
	home string
	bus  string // address
	env  []string
}

// shots is where screenshots go; git ignores it.
const shots = "../shots"

func newScreen(t *testing.T) *screen {
	t.Helper()
	for _, tool := range []string{"Xvfb", "openbox", "dbus-daemon", "xdotool", "wmctrl", "import"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%v: go tool task setup installs it", err)
		}
	}
	s := &screen{t: t, home: t.TempDir()}
	for _, dir := range []string{shots, filepath.Join(s.home, "run")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.env = append(without(os.Environ(), "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "LC_ALL", "LANGUAGE", "LANG", "XDG_DATA_HOME", "XDG_CONFIG_HOME"),
		"LANG=C", "HOME="+s.home, "XDG_RUNTIME_DIR="+filepath.Join(s.home, "run"), "XDG_CACHE_HOME="+filepath.Join(s.home, "cache"), "NO_AT_BRIDGE=1", "GTK_A11Y=none")
	// Both choose an address and print it when they are ready.
	number := s.first("Xvfb", "-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp")
	s.env = append(s.env, "DISPLAY=:"+number)
	s.bus = s.first("dbus-daemon", "--session", "--nofork", "--print-address=1")
	s.env = append(s.env, "DBUS_SESSION_BUS_ADDRESS="+s.bus)
	s.manage()
	return s
}

// manage starts the window manager and waits for it. On a busy machine it may come before the screen lets
// it in, and ends.
func (s *screen) manage() {
	s.t.Helper()
	manager := s.start("openbox", "--sm-disable")
	s.await("a window manager", func() bool {
		select {
		case <-manager.ended:
			manager = s.start("openbox", "--sm-disable")
		default:
		}
		_, err := s.tool("wmctrl", "-m")
		return err == nil
	})
}

func without(env []string, names ...string) (left []string) {
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		keep := true
		for _, n := range names {
			keep = keep && n != name
		}
		if keep {
			left = append(left, e)
		}
	}
	return left
}

// running is a process that the test started, and ends.
type running struct {
	*exec.Cmd
	log   *bytes.Buffer // to be read when it has ended
	ended chan struct{}
}

// begin starts a program. It ends with the test, softly if it can.
func (s *screen) begin(out io.Writer, name string, args ...string) *running {
	s.t.Helper()
	p := &running{Cmd: exec.Command(name, args...), log: &bytes.Buffer{}, ended: make(chan struct{})}
	p.Env, p.Dir, p.Stdout, p.Stderr = s.env, s.home, out, p.log
	if out == nil {
		p.Stdout = p.log
	}
	p.WaitDelay = 5 * time.Second
	if err := p.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		_ = p.Wait() // how is asked later
		close(p.ended)
	}()
	s.t.Cleanup(func() {
		_ = p.Process.Signal(syscall.SIGTERM)
		if !p.over(10 * time.Second) {
			_ = p.Process.Kill()
			<-p.ended
		}
		if s.t.Failed() {
			s.t.Logf("%s said:\n%s", filepath.Base(name), p.log)
		}
	})
	return p
}

func (s *screen) start(name string, args ...string) *running {
	s.t.Helper()
	return s.begin(nil, name, args...)
}

// first starts a program and gives the first line that it prints.
func (s *screen) first(name string, args ...string) string {
	s.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = r.Close() })
	s.begin(w, name, args...)
	w.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	return strings.TrimSpace(line)
}

// over waits until the process has ended.
func (p *running) over(d time.Duration) bool {
	select {
	case <-p.ended:
		return true
	case <-time.After(d):
		return false
	}
}

// ends expects the process to end by itself, well.
func (s *screen) ends(p *running) {
	s.t.Helper()
	if !p.over(20 * time.Second) {
		s.t.Fatal("it does not end")
	}
	if code := p.ProcessState.ExitCode(); code != 0 {
		s.t.Fatalf("ended with %d:\n%s", code, p.log)
	}
}

// tool runs a program to its end and gives what it prints.
func (s *screen) tool(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = s.env
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

func (s *screen) xdo(args ...string) string {
	s.t.Helper()
	out, err := s.tool("xdotool", args...)
	if err != nil {
		s.t.Fatalf("xdotool %v: %v", args, err)
	}
	return out
}

// await waits for what is to become true.
func (s *screen) await(what string, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(40 * time.Second); !is(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			_, _ = s.shot("root", "failed")
			s.t.Fatalf("%s: not within 40 s; the screen is %s/failed.png", what, shots)
		}
	}
}

// find is the visible window whose title begins with title; empty if there is none.
func (s *screen) find(title string) string {
	out, err := s.tool("xdotool", "search", "--onlyvisible", "--name", "^"+title)
	if err != nil {
		return ""
	}
	id, _, _ := strings.Cut(out, "\n")
	return id
}

// window waits for a visible window and gives its number.
func (s *screen) window(title string) (id string) {
	s.t.Helper()
	s.await("the window "+title, func() bool { id = s.find(title); return id != "" })
	return id
}

// shot keeps a picture of a window without its frame, or of root, under a name.
func (s *screen) shot(id, name string) (image.Image, error) {
	path := filepath.Join(shots, name+".png")
	if _, err := s.tool("import", "-silent", "-window", id, path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return png.Decode(f)
}

// drawn waits until a page is drawn in a window that differs from another, if there is one.
func (s *screen) drawn(id, name string, not image.Image) (seen image.Image) {
	s.t.Helper()
	s.await("the page "+name, func() bool {
		var err error
		if seen, err = s.shot(id, name); err != nil {
			s.t.Fatal(err)
		}
		return colours(seen) >= 150 && (not == nil || apart(seen, not) > 0.002)
	})
	time.Sleep(500 * time.Millisecond) // what comes after the first drawing, for those who look at it
	seen, err := s.shot(id, name)
	if err != nil {
		s.t.Fatal(err)
	}
	return seen
}

// colours counts the colours of a picture: a blank page has few.
func colours(m image.Image) int {
	seen := map[[3]uint32]bool{}
	each(m, func(x, y int) { r, g, b, _ := m.At(x, y).RGBA(); seen[[3]uint32{r, g, b}] = true })
	return len(seen)
}

// apart is the share of the dots in which two pictures differ.
func apart(a, b image.Image) float64 {
	n, different := 0, 0
	each(a, func(x, y int) {
		n++
		ar, ag, ab, _ := a.At(x, y).RGBA()
		br, bg, bb, _ := b.At(x, y).RGBA()
		if ar != br || ag != bg || ab != bb {
			different++
		}
	})
	return float64(different) / float64(n)
}

func each(m image.Image, do func(x, y int)) {
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			do(x, y)
		}
	}
}

// geometry is where a window's content is, and its size.
func (s *screen) geometry(id string) string {
	s.t.Helper()
	lines := regexp.MustCompile(`(?m)^(X|Y|WIDTH|HEIGHT)=.*$`).FindAllString(s.xdo("getwindowgeometry", "--shell", id), -1)
	return strings.Join(lines, " ")
}

// freeAddress is an address nobody listens on, below those that the system gives to whoever asks for any: several
// tests run at the same time.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(10_000))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no address is free")
	return ""
}

// chat asks a model through the proxy at addr.
func chat(t *testing.T, addr, model string) (answer string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	body := fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":"hello"}]}`, model)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("content-type", "application/json")
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err == nil && got.StatusCode != 200 {
		err = errors.New(string(text))
	}
	return string(text), err
}
