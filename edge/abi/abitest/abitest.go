// Package abitest runs golden vectors of the boundary, requests and the records they
// return, against whatever carries it: an abi.Machine, or the WebAssembly module. A
// vector is a file that a host in any language can run as well:
//
//	# What it shows.
//	> configure {"abi":4}
//	raw {"providers":[…],"models":[…],"routing":{}}
//	  {"kind":"configured","rev":"1f9b6d1e7b1c2f4a"}
//	> open {"id":"d1","seed":"1","path":"/v1/chat/completions"}
//	raw {"model":"openai/gpt-4o", …}
//	  {"kind":"opened","handle":1}
//	> step 1 {"now_us":1767323045000000,"event":"started"}
//	  {"kind":"send", …}
//	  raw {"model":"gpt-4o", …}
//	> data 1 1 1767323045000000
//	raw data: {"id":"c", …}
//
// Each vector begins with a new machine. Lines with > are calls: method, handle where
// there is one, control message; of data handle, attempt and moment. The indented ones are the records in their order. Raw
// bytes are a line of their own where there are any: as they are, as a JSON string if
// they begin with a quote or are not printable, or as "rawhex" if they are not UTF-8. After
// a line "hex" every result stands there once more, as hexadecimal bytes behind "=". Run
// with -update to write the results anew, and read the difference.
package abitest

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"strowger/core/exchange/exchangetest"
	"strowger/edge/abi"
)

// Caller carries one call over the boundary. The error is one of carrying it; the result
// is good until the next call.
type Caller interface {
	Call(method string, handle uint32, control, raw []byte) ([]byte, error)
	// Data is the method data.
	Data(handle, attempt uint32, nowUS int64, raw []byte) ([]byte, error)
}

// Native is the Caller that holds the machine itself.
type Native struct{ machine abi.Machine }

// Call implements Caller.
func (n *Native) Call(method string, handle uint32, control, raw []byte) ([]byte, error) {
	result, ok := n.machine.Call(nil, method, handle, control, raw)
	if !ok {
		return nil, fmt.Errorf("unknown method %q", method)
	}
	return result, nil
}

// Data implements Caller.
func (n *Native) Data(handle, attempt uint32, nowUS int64, raw []byte) ([]byte, error) {
	return n.machine.Data(nil, handle, attempt, nowUS, raw), nil
}

// Run runs every vector of dir, each with a new caller. With -update a *Native, which is
// the reference, writes the vectors; other callers are held against them all the same.
func Run(t *testing.T, dir string, newCaller func(t *testing.T) Caller) {
	exchangetest.Files(t, dir, func(t *testing.T, text string) (string, bool, error) {
		c := newCaller(t)
		_, reference := c.(*Native)
		got, err := Play(text, c)
		return got, reference, err
	})
}

// Play runs one vector and gives it with what was seen now.
func Play(text string, c Caller) (string, error) {
	v := vector{caller: c}
	return v.run(text)
}

// vector is one file being run. A call is made when all its lines have been read.
type vector struct {
	caller  Caller
	out     strings.Builder
	method  string // of the call that is being read; "" for none
	handle  uint32
	attempt uint32
	now     int64
	control []byte
	raw     []byte
	hex     bool
}

func (v *vector) run(text string) (string, error) {
	for n, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if strings.HasPrefix(line, "  ") { // what was seen last time
			continue
		}
		if err := v.line(line); err != nil {
			return "", fmt.Errorf("line %d: %q: %w", n+1, line, err)
		}
		v.out.WriteString(line + "\n")
	}
	err := v.call()
	return v.out.String(), err
}

func (v *vector) line(line string) (err error) {
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case strings.HasPrefix(word, "raw") && v.method != "":
		v.raw, err = parseRaw(word, rest)
		return err
	case word == "hex":
		v.hex = true
	}
	if err := v.call(); err != nil || word != ">" {
		return err
	}
	v.method, rest, _ = strings.Cut(rest, " ")
	switch v.method {
	case "step", "close":
		if v.handle, rest, err = number(rest); err != nil {
			return err
		}
	case "data":
		if v.handle, rest, err = number(rest); err != nil {
			return err
		}
		if v.attempt, rest, err = number(rest); err != nil {
			return err
		}
		v.now, err = strconv.ParseInt(rest, 10, 64)
		return err
	}
	v.control = []byte(rest)
	return nil
}

// number is the number that a line begins with, and what follows.
func number(line string) (uint32, string, error) {
	word, rest, _ := strings.Cut(line, " ")
	n, err := strconv.ParseUint(word, 10, 32)
	return uint32(n), rest, err
}

// call makes the call that has been read, if any.
func (v *vector) call() error {
	if v.method == "" {
		return nil
	}
	var result []byte
	var err error
	if v.method == "data" {
		result, err = v.caller.Data(v.handle, v.attempt, v.now, v.raw)
	} else {
		result, err = v.caller.Call(v.method, v.handle, v.control, v.raw)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", v.method, err)
	}
	v.method, v.handle, v.control, v.raw = "", 0, nil, nil
	if v.hex {
		v.out.WriteString("  = " + hex.EncodeToString(result) + "\n")
	}
	for len(result) > 0 {
		r, rest, ok := abi.Next(result)
		if !ok {
			return fmt.Errorf("no record: %q", result)
		}
		v.out.WriteString("  " + string(r.Control) + "\n")
		if len(r.Raw) > 0 {
			v.out.WriteString("  " + formatRaw(r.Raw) + "\n")
		}
		result = rest
	}
	return nil
}

func parseRaw(word, text string) ([]byte, error) {
	if word == "rawhex" {
		return hex.DecodeString(text)
	}
	if !strings.HasPrefix(text, `"`) {
		return []byte(text), nil
	}
	var s string
	err := json.Unmarshal([]byte(text), &s)
	return []byte(s), err
}

func formatRaw(raw []byte) string {
	text := string(raw)
	switch {
	case !utf8.ValidString(text):
		return "rawhex " + hex.EncodeToString(raw)
	case text[0] == '"' || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		quoted, _ := json.Marshal(text)
		return "raw " + string(quoted)
	}
	return "raw " + text
}
