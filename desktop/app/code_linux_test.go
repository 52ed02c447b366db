package app

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"strowger/desktop/config"
)

// held is how much of the code this process holds, in KiB.
func held(t *testing.T) (kib int) {
	t.Helper()
	from, to, err := code()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(b), fmt.Sprintf("%08x-%08x ", from, to))
	_, rest, _ = strings.Cut(rest, "\nRss:")
	if _, err := fmt.Sscan(rest, &kib); !found || err != nil {
		t.Fatalf("the kernel does not say what is held: %v", err)
	}
	return kib
}

// TestLeaveCode leaves most of what a start has called, and goes on.
func TestLeaveCode(t *testing.T) {
	a, err := Start(t.Context(), Options{Config: &config.Config{}, DataDir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	before := held(t)
	if err := leaveCode(); err != nil {
		t.Fatal(err)
	}
	if after := held(t); after > before*2/3 {
		t.Errorf("%d KiB of code are held, and were %d KiB", after, before)
	}
}
