package wazerohost

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"strowger/core/exchange"
	"strowger/edge/abi"
)

// sent is the Send among commands.
func sent(t *testing.T, cmds []abi.Command) exchange.Send {
	t.Helper()
	for _, cmd := range cmds {
		if cmd, ok := cmd.Command.(exchange.Send); ok {
			return cmd
		}
	}
	t.Fatalf("nothing is sent: %v", cmds)
	return exchange.Send{}
}

// What a step gives is good until the next step of its exchange, and a Send for longer: one exchange's
// calls do not touch what another was given, and none touches what is being sent.
func TestWhatAStepGivesStays(t *testing.T) {
	h := newHost(t, Options{})
	open := func() (*Exchange, []abi.Command) {
		x, err := h.Open(t.Context(), call("hi"))
		if err != nil {
			t.Fatal(err)
		}
		return x, step(t, x, 0, exchange.Started{})
	}
	data := func(x *Exchange, text string) []byte {
		t.Helper()
		b := `data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"` + text + `"}}]}` + "\n\n"
		cmds := step(t, x, time.Millisecond, exchange.Data{Attempt: 1, Bytes: []byte(b)})
		for _, cmd := range cmds {
			if w, ok := cmd.Command.(exchange.Write); ok && bytes.Contains(w.Bytes, []byte(text)) {
				return w.Bytes
			}
		}
		t.Fatalf("%q is not written: %v", text, cmds)
		return nil
	}
	begin := func() (*Exchange, exchange.Send, []byte) {
		x, cmds := open()
		s := sent(t, cmds)
		kept := slices.Clone(s.Content())
		step(t, x, time.Millisecond, exchange.Headers{Attempt: 1, Status: 200, Header: func(string) string { return "text/event-stream" }})
		data(x, "first")
		return x, s, kept
	}
	x, send, body := begin()
	y, other, _ := begin()
	one := data(x, "of-x-1")
	kept := bytes.Clone(one)
	for _, text := range []string{"of-y-1", "of-y-2", "of-y-3"} {
		data(y, text)
	}
	if !bytes.Equal(one, kept) {
		t.Errorf("another exchange changed a Write: %s, was %s", one, kept)
	}
	for _, text := range []string{"of-x-2", "of-x-3", "of-x-4"} {
		data(x, text)
	}
	if !bytes.Equal(send.Content(), body) || !bytes.Equal(other.Content(), body) {
		t.Errorf("what is sent changed:\n%s\n%s", send.Content(), body)
	}
	for _, x := range []*Exchange{x, y} {
		finish(t, x)
	}
}

// A Send that comes after a Write is not written over either.
func TestWhatIsSentStays(t *testing.T) {
	h := newHost(t, Options{})
	z, err := h.Open(t.Context(), call("hi"))
	if err != nil {
		t.Fatal(err)
	}
	z.said, z.cmds = make([]byte, 0, 64<<10), make([]abi.Command, 0, 8) // as after a Write
	cmds := step(t, z, 0, exchange.Started{})
	first := sent(t, cmds)
	body := slices.Clone(first.Content())
	step(t, z, time.Millisecond, exchange.Woke{})
	cmds = step(t, z, 2*time.Millisecond, exchange.Failed{Attempt: 1, Outcome: 2})
	second := sent(t, cmds)
	again := slices.Clone(second.Content())
	step(t, z, 3*time.Millisecond, exchange.Headers{Attempt: 2, Status: 200, Header: func(string) string { return "text/event-stream" }})
	for range 3 {
		step(t, z, 4*time.Millisecond, exchange.Data{Attempt: 2, Bytes: []byte(`data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"again"}}]}` + "\n\n")})
	}
	if !bytes.Equal(first.Content(), body) || !bytes.Equal(second.Content(), again) {
		t.Errorf("what was sent again changed:\n%s\n%s", second.Content(), again)
	}
	finish(t, z)
}

// Writes that follow each other alone are said in the same place: that is why whoever keeps one copies it.
func TestWritesShareAPlace(t *testing.T) {
	h := newHost(t, Options{})
	x := begin(t, h, call("hi"))
	step(t, x, time.Millisecond, exchange.Headers{Attempt: 1, Status: 200, Header: func(string) string { return "text/event-stream" }})
	var places []*byte
	for range 4 {
		cmds := step(t, x, time.Millisecond, exchange.Data{Attempt: 1, Bytes: []byte(`data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"same"}}]}` + "\n\n")})
		if w, ok := cmds[0].Command.(exchange.Write); ok && len(cmds) == 1 {
			places = append(places, &w.Bytes[0])
		}
	}
	if len(places) < 2 || places[len(places)-1] != places[len(places)-2] {
		t.Errorf("every Write has a place of its own: %v", places)
	}
	finish(t, x)
}

// Close waits for calls of Raw instances, and they take no more.
func TestCloseEndsRaw(t *testing.T) {
	h := newHost(t, Options{})
	r, err := h.Raw(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gone, err := h.Raw(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if gone.Close(t.Context()); len(h.raw) != 1 {
		t.Errorf("%d of Raw are held, one is closed", len(h.raw))
	}
	var calls sync.WaitGroup
	began := make(chan struct{})
	calls.Go(func() {
		for n := 0; ; n++ {
			_, err := r.Call(t.Context(), "configure", 0, []byte("{}"), []byte(catalogJSON))
			if n == 0 {
				close(began)
			}
			if err != nil {
				if !errors.Is(err, ErrClosed) || errors.Is(err, ErrLost) {
					t.Errorf("a call after close: %v", err)
				}
				return
			}
		}
	})
	<-began
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
	calls.Wait()
	r.Close(t.Context())
}
