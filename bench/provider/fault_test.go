package provider

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata anew")

// golden compares got with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and read the diff. Got:\n%s", path, got)
	}
}

// TestFaults shows each fault to a raw client, as a stream and plain, before any content and after two
// tokens. The silent ones take as long as the client's patience, so all run at once.
func TestFaults(t *testing.T) {
	type scene struct {
		fault Fault
		mode  string
		after int
		got   string
	}
	var scenes []*scene
	for _, fault := range append([]Fault{FaultNone}, Faults()...) {
		for _, mode := range []string{"stream", "plain"} {
			for _, after := range []int{0, 2, 9} {
				scenes = append(scenes, &scene{fault: fault, mode: mode, after: after})
			}
		}
	}
	_, s := start(t, Options{Seed: 1, Now: fixed})
	var wg sync.WaitGroup
	for _, sc := range scenes {
		more := ""
		if sc.mode == "stream" {
			more = `,"stream":true,"stream_options":{"include_usage":true}`
		}
		directive := fmt.Sprintf("sim: fault=%s after=%d text=\"one two three\" retry-after=7", sc.fault, sc.after)
		conn := dial(t, s, say(directive, more))
		wg.Go(func() {
			saw := observe(conn, 1500*time.Millisecond)
			var b strings.Builder
			if saw.res == nil {
				b.WriteString("  no headers\n")
			} else {
				fmt.Fprintf(&b, "  %d %s", saw.res.StatusCode, saw.res.Header.Get("Content-Type"))
				if after := saw.res.Header.Get("Retry-After"); after != "" {
					b.WriteString(", retry after " + after)
				}
				b.WriteString("\n" + summary(saw.body))
			}
			fmt.Fprintf(&b, "  => %s\n", saw.end)
			sc.got = b.String()
		})
	}
	wg.Wait()

	var out strings.Builder
	before := ""
	for _, sc := range scenes {
		if sc.after == 0 {
			before = ""
			fmt.Fprintf(&out, "\n%s %s\n%s", sc.mode, sc.fault, sc.got)
		} else if sc.got != before {
			fmt.Fprintf(&out, "%s %s after %d\n%s", sc.mode, sc.fault, sc.after, sc.got)
		}
		before = sc.got
	}
	golden(t, "faults.txt", strings.TrimPrefix(out.String(), "\n"))
}

// TestWire pins the bytes of good answers.
func TestWire(t *testing.T) {
	const tools = `,"tools":[{"type":"function","function":{"name":"get_weather","parameters":{"properties":{"city":{"type":"string"}}}}}]`
	var out strings.Builder
	for _, body := range []string{
		say(`sim: text="Say "`, ""),
		say("hi", `,"max_tokens":3`),
		say("hi", `,"max_tokens":3,"stream":true`),
		say(`sim: text="tab	back\slash" cached=2 reasoning=5`, `,"stream":true,"stream_options":{"include_usage":true}`),
		say("use the tool", tools),
		say("use the tool", tools+`,"stream":true`),
	} {
		// A provider for each, so that each is its request number 1.
		_, s := start(t, Options{Seed: 1, Now: fixed})
		res, got := post(t, s, body)
		res.Header.Del("Date")
		fmt.Fprintf(&out, "> %s\n%d\n", body, res.StatusCode)
		_ = res.Header.Write(&out)
		fmt.Fprintf(&out, "transfer: %v %d\n\n%s\n", res.TransferEncoding, res.ContentLength, strings.TrimSuffix(got, "\n")+"\n")
	}
	golden(t, "wire.txt", strings.ReplaceAll(out.String(), "\r\n", "\n"))
}

// TestResetIsRST tells a reset from an orderly close: the client's read must fail with ECONNRESET.
func TestResetIsRST(t *testing.T) {
	_, s := start(t, Options{Behaviour: Behaviour{Fault: FaultReset}})
	for range 5 {
		conn := dial(t, s, say("hi", ""))
		if saw := observe(conn, 5*time.Second); saw.end != "reset" {
			t.Errorf("ended with %q", saw.end)
		}
	}
}

// TestCutIsInMidFrame reads the raw bytes of a cut stream: the last chunk announces more than it holds, and
// what it holds is half an event.
func TestCutIsInMidFrame(t *testing.T) {
	_, s := start(t, Options{Behaviour: Behaviour{Fault: FaultCut, After: 1}})
	for _, proto := range []string{"1.1", "1.0"} {
		conn := dial(t, s, say("hi", `,"stream":true`))
		if proto == "1.0" {
			conn = dialOld(t, s, say("hi", `,"stream":true`))
		}
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		raw := new(strings.Builder)
		buf := make([]byte, 4096)
		for {
			n, err := conn.Read(buf)
			raw.Write(buf[:n])
			if err != nil {
				break
			}
		}
		events := strings.Split(raw.String(), "data: ")
		last := events[len(events)-1]
		if framed := !strings.HasSuffix(events[len(events)-2], "\n\n"); framed != (proto == "1.1") {
			t.Errorf("HTTP/%s: chunks %v", proto, framed)
		}
		if len(events) != 4 || strings.Contains(last, "\n") || !strings.HasPrefix(last, `{"id"`) {
			t.Errorf("HTTP/%s: %d events, the last is %q", proto, len(events)-1, last)
		}
	}
}
