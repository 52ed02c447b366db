package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/desktop/journaltest"
)

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) { os.Exit(built(m)) }

func built(m *testing.M) int {
	dir, err := os.MkdirTemp("", "strowger-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "strowger")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// sim is the model that all tests ask for, and the id that answers must name.
const sim = "sim/parrot-1"

// simulate starts providers and gives a configuration that uses them, in their order,
// with more appended.
func simulate(t testing.TB, more string, options ...provider.Options) (string, []*provider.Provider) {
	t.Helper()
	var providers, endpoints strings.Builder
	var ps []*provider.Provider
	for i, o := range options {
		if o.Name == "" {
			o.Name = fmt.Sprintf("p%d", i+1)
		}
		p := provider.New(o)
		s, err := provider.Serve(p)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		ps = append(ps, p)
		fmt.Fprintf(&providers, "  %s: {schema: openai, base_url: %q", o.Name, s.URL+"/v1")
		if o.Key != "" {
			fmt.Fprintf(&providers, ", api_key: %q", o.Key)
		}
		fmt.Fprintf(&providers, ", timeouts: {connect: 2s, first_token: 1s, idle: 1s, total: 10s}}\n")
		fmt.Fprintf(&endpoints, "      - {provider: %s, price: {input: %d, output: %d}}\n", o.Name, 10*(i+1), 20*(i+1))
	}
	return "providers:\n" + providers.String() + "models:\n  " + sim + ":\n    endpoints:\n" + endpoints.String() + more, ps
}

// process is the program, running.
type process struct {
	t        testing.TB
	cmd      *exec.Cmd
	home     string
	url      string
	out, err journaltest.Journal
	ended    chan struct{}
	failed   error // how it ended; good once ended is closed
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// start runs the program with a home of its own and waits until it says where it serves.
func start(t testing.TB, args ...string) *process {
	t.Helper()
	p := launch(t, args...)
	await(t, "an address on standard output", func() bool {
		p.url = address.FindString(p.out.String())
		select {
		case <-p.ended:
			t.Fatalf("ended: %v\n%s%s", p.failed, p.out.String(), p.err.String())
		default:
		}
		return p.url != ""
	})
	return p
}

// launch runs the program with a home of its own.
func launch(t testing.TB, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(binary, args...), ended: make(chan struct{})}
	p.home = t.TempDir()
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = p.home, &p.out, &p.err
	p.cmd.Env = []string{"HOME=" + p.home, "TMPDIR=" + p.home, "PATH=" + os.Getenv("PATH")}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.failed = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it has ended unless the test failed
		<-p.ended
	})
	return p
}

// serving runs serve with a configuration, on a free port.
func serving(t testing.TB, config, data string) *process {
	t.Helper()
	path := filepath.Join(t.TempDir(), "strowger.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return start(t, "serve", "--config", path, "--data", data, "--listen", "127.0.0.1:0")
}

// kill is kill -9.
func (p *process) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	<-p.ended
}

// get reads JSON of the control plane.
func (p *process) get(path string, to any) string {
	p.t.Helper()
	return p.ask(http.MethodGet, path, "", to)
}

func (p *process) ask(method, path, body string, to any) string {
	p.t.Helper()
	req, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		p.t.Fatalf("%s: %d %s %v", path, resp.StatusCode, text, err)
	}
	if to != nil {
		if err := json.Unmarshal(text, to); err != nil {
			p.t.Fatalf("%s: %v: %s", path, err, text)
		}
	}
	return string(text)
}

// request is a body; the directive goes to the simulated provider.
func request(model string, stream bool, directive string) string {
	return fmt.Sprintf(`{"model":%q,"stream":%v,"messages":[{"role":"user","content":%q}]}`, model, stream, directive)
}

// await waits until something is so.
func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for: " + what)
		}
	}
}

// call runs a command line in this process and gives its exit code and what it wrote.
func call(t testing.TB, in string, args ...string) (code int, out, err string) {
	t.Helper()
	var o, e journaltest.Journal
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	code = run(ctx, &env{strings.NewReader(in), &o, &e}, args)
	return code, o.String(), e.String()
}
