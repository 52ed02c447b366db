package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
)

// secretText is a secret that nothing may show.
const secretText = "hunter2-hunter2-hunter2"

// withKeyring makes the commands think that there is a keyring; it is in memory.
func withKeyring(t *testing.T) {
	t.Helper()
	t.Setenv("DISPLAY", ":0")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	keyring.MockInit()
}

// hush runs a command and checks that it shows no secret.
func hush(t *testing.T, want int, in string, args ...string) (out, errs string) {
	t.Helper()
	code, out, errs := call(t, in, args...)
	if code != want {
		t.Errorf("strowger %s: exit code %d, want %d: %s%s", strings.Join(args, " "), code, want, out, errs)
	}
	if strings.Contains(out+errs, "hunter2") {
		t.Errorf("strowger %s shows the secret: %s%s", strings.Join(args, " "), out, errs)
	}
	return out, errs
}

func TestKeyCommands(t *testing.T) {
	home := homeless(t)
	withKeyring(t)
	if out, _ := hush(t, 0, "", "key", "list"); !strings.HasPrefix(out, "no key is stored") {
		t.Error(out)
	}
	if out, _ := hush(t, 0, " "+secretText+"\r\n", "key", "set", "azure"); out != "stored; in strowger.yaml it is api_key: \"keyring:azure\"\n" {
		t.Error(out)
	}
	hush(t, 0, secretText, "key", "set", "spare", "--json")
	if s, err := keyring.Get("strowger", "azure"); s != secretText || err != nil {
		t.Error("stored is", s, err)
	}
	for _, name := range []string{"azure", "keyring:azure"} {
		if out, _ := hush(t, 0, "", "key", "test", name); out != "keyring:azure resolves: 23 characters\n" {
			t.Error(out)
		}
	}
	text := `providers:
  azure: {schema: openai, base_url: "http://127.0.0.1:1", api_key: "keyring:azure", headers: {X-Org: plain, X-Token: "env:NOWHERE"}}
  other: {schema: openai, base_url: "http://127.0.0.1:2", api_key: "` + secretText + `"}
models: {x/y: {endpoints: [{provider: azure}]}}
`
	if err := os.WriteFile("strowger.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := hush(t, 0, "", "key", "list")
	for _, want := range []string{"keyring:azure", "good, 23 characters", "providers.azure.api_key", "keyring:spare", "env:NOWHERE", "missing: the environment variable is not set", "providers.azure.headers.X-Token", "literal "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out, _ = hush(t, 0, "", "key", "list", "--json")
	var list []tested
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 4 || !list[0].Stored || !list[0].Resolves || list[0].Length != 23 || list[2].Resolves || list[2].Error == "" {
		t.Errorf("%v: %s", err, out)
	}
	index, err := os.ReadFile(filepath.Join(home, "strowger", "keyring.txt"))
	if runtime.GOOS == "linux" && (err != nil || string(index) != "azure\nspare\n") {
		t.Errorf("%q, %v", index, err)
	}
	hush(t, 0, "", "key", "remove", "azure")
	if _, errs := hush(t, 1, "", "key", "remove", "azure"); !strings.Contains(errs, "keyring:azure: not in the keyring") {
		t.Error(errs)
	}
	if out, _ := hush(t, 0, "", "key", "list"); !strings.Contains(out, "missing: not in the keyring") { // still used
		t.Error(out)
	}
	if _, err := keyring.Get("strowger", "azure"); !errors.Is(err, keyring.ErrNotFound) {
		t.Error("still there")
	}
}

func TestKeyRefuses(t *testing.T) {
	homeless(t)
	withKeyring(t)
	file := filepath.Join(t.TempDir(), "open")
	if err := os.WriteFile(file, []byte(secretText), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code     int
		in, args string
		says     string
	}{
		{2, "", "key", "say what to do"},
		{2, "", "key hunter2", "say what to do"},
		{2, "", "key set", "name a key"},
		{2, "", "key set openai " + secretText, "never an argument"},
		{2, "", "key list " + secretText, "never an argument"},
		{2, secretText, "key set a/b", "a key's name is"},
		{1, " \n", "key set azure", "nothing was given"},
		{1, secretText + "\nmore", "key set azure", "not a single line"},
		{1, strings.Repeat("x", maxSecret+1), "key set azure", "larger than 64 KiB"},
		{1, "", "key test none", "keyring:none: not in the keyring"},
		{1, "", "key test env:NONE", "env:NONE: the environment variable is not set"},
		{1, "", "key test file:" + file, "chmod 600"},
		{2, "", "key test literal:hunter2", "name a reference"},
		{2, "", "key test vault:x", "name a reference"},
		{2, "", "key test sk-hunter2", "looks like a key itself"},
		{2, "", "key test file:a.yaml", "must be absolute"},
		{1, "", "key list --config /nowhere.yaml", "cannot be read"},
	} {
		out, errs := hush(t, c.code, c.in, strings.Fields(c.args)...)
		if !strings.Contains(errs, c.says) {
			t.Errorf("strowger %s: %q %q, want %q", c.args, out, errs, c.says)
		}
	}
	if out, _ := hush(t, 1, "", "key", "test", "env:NONE", "--json"); !strings.Contains(out, `"resolves": false`) {
		t.Error(out)
	}
}

// Where there is no keyring, that is said at once, with what to do instead.
func TestKeyWithoutKeyring(t *testing.T) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("the keyring is part of the system")
	}
	homeless(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")
	start := time.Now()
	for _, args := range [][]string{{"set", "x"}, {"test", "x"}, {"remove", "x"}} {
		if _, errs := hush(t, 1, secretText, append([]string{"key"}, args...)...); !strings.Contains(errs, "no keyring can be used here") || !strings.Contains(errs, "use an env: or file: reference instead") {
			t.Error(errs)
		}
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestKeyNew(t *testing.T) {
	homeless(t)
	made := map[string]bool{}
	for range 20 {
		code, out, _ := call(t, "", "key", "new", "laptop", "--json")
		var v struct{ Name, Key, SHA256 string }
		if err := json.Unmarshal([]byte(out), &v); code != 0 || err != nil {
			t.Fatal(code, err, out)
		}
		sum := sha256.Sum256([]byte(v.Key))
		if v.Name != "laptop" || v.SHA256 != hex.EncodeToString(sum[:]) || len(v.Key) < 50 || made[v.Key] {
			t.Errorf("%+v", v)
		}
		made[v.Key] = true
	}
	code, out, _ := call(t, "", "key", "new", "laptop")
	if code != 0 || !strings.Contains(out, "\nkeys:\n  - {name: \"laptop\", sha256: \"") || strings.Count(out, "sk-strowger-") != 1 {
		t.Error(code, out)
	}
}

// keyringScript runs a Secret Service on a bus of its own, stores and reads, and ends it.
const keyringScript = `
printf secret | gnome-keyring-daemon --foreground --unlock --components=secrets --control-directory="$HOME" >/dev/null 2>&1 &
daemon=$!
trap 'kill $daemon; wait $daemon' EXIT
i=0
while ! dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q 'boolean true'; do
  i=$((i+1)); [ $i -lt 100 ] || { echo no service; exit 9; }
  sleep 0.05
done
set -e
printf %s "$TEXT" | "$STROWGER" key set real
"$STROWGER" key test real
"$STROWGER" key list
"$STROWGER" key remove real
"$STROWGER" key test real && exit 8
echo daemon $daemon
`

// The same with a Secret Service as desktops have it.
func TestKeyRealKeyring(t *testing.T) {
	for _, need := range []string{"dbus-run-session", "dbus-send", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skip("needs a Secret Service that can be run here: ", err)
		}
	}
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "dbus-run-session", "--", "sh", "-c", keyringScript)
	cmd.Env = []string{"HOME=" + home, "XDG_RUNTIME_DIR=" + home, "PATH=" + os.Getenv("PATH"), "STROWGER=" + binary, "TEXT=" + secretText}
	cmd.Dir = home
	out, err := cmd.CombinedOutput()
	text := string(out)
	if strings.Contains(text, "no service") {
		t.Skip("the Secret Service does not start here: ", text)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, want := range []string{"stored; in strowger.yaml", "keyring:real resolves: 23 characters", "good, 23 characters", "keyring:real is removed", "keyring:real: not in the keyring"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "hunter2") {
		t.Errorf("the secret is shown: %s", text)
	}
	_, after, _ := strings.Cut(text, "daemon ")
	var pid int
	if err := json.Unmarshal([]byte(strings.TrimSpace(after)), &pid); err != nil || pid < 2 {
		t.Fatalf("%v: %s", err, text)
	}
	daemon, err := os.FindProcess(pid)
	if err != nil {
		return // gone
	}
	await(t, "the daemon to be gone", func() bool { return daemon.Signal(syscall.Signal(0)) != nil })
}
