package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// wanted is what the caller is to get in this trial, and the text of it.
func (t *trial) wanted() (want result, text, thought string) {
	h := t.half
	switch {
	case t.mode == modeNone || h.second == unasked, h.second == goesOn && t.mode == modeOther:
		want = h.alone
	default:
		want = whole
	}
	switch {
	case want.kind == kindCut:
		return want, h.told, h.thought
	case want.kind == kindError:
		return want, "", ""
	case t.mode == modeOther && h.second == asked:
		return want, otherText, ""
	case h.text == "-":
		return want, "", h.thought
	case h.text != "":
		return want, h.text, h.thought
	}
	return want, fullText, h.thought
}

// judge compares what the caller got with what it is to get.
func (t *trial) judge(h *heard) {
	want, text, thought := t.wanted()
	if got := h.result(t.stream); got.kind != want.kind || got.status != want.status && want.kind == kindError ||
		want.code != "" && got.code != want.code {
		t.complain("want %v; got %v", want, h)
		return
	}
	finish := []string{"stop"}
	if t.half.finish != "" {
		finish[0] = t.half.finish
	}
	switch want.kind {
	case kindError:
		t.judgeWait(h)
		return
	case kindCut:
		if t.half.finish == "" {
			finish = nil
		}
		if h.clean {
			t.complain("the connection ended well behind the error event")
		}
	}
	if h.text != text {
		t.complain("want the text %q, got %q", text, h.text)
	}
	if h.thought != thought {
		t.complain("want the reasoning %q, got %q", thought, h.thought)
	}
	if !slices.Equal(h.finishes, finish) {
		t.complain("want the finish reasons %q, got %q", finish, h.finishes)
	}
}

// judgeWait looks at when the caller is told to come back.
func (t *trial) judgeWait(h *heard) {
	if !t.half.wait {
		return
	}
	const least, most = 20, 60
	if n, err := strconv.Atoi(h.header.Get("retry-after")); err != nil || n < least || n > most {
		t.complain("retry-after is %q, want about 40", h.header.Get("retry-after"))
	}
}

// result is what was heard, as a result.
func (h *heard) result(stream bool) result {
	switch {
	case h.status != 200:
		return fails(h.status, h.code)
	case stream && h.message != "":
		return cut(h.code)
	}
	return whole
}

// String is what was heard, for people.
func (h *heard) String() string {
	end := "a good end"
	if !h.clean {
		end = "a broken connection"
	}
	if h.done {
		end = "[DONE] and " + end
	}
	if h.message != "" {
		end = fmt.Sprintf("error %s (%.160s), %s", h.code, h.message, end)
	}
	return fmt.Sprintf("status %d, %d bytes of text %q, finish reasons %q, %s", h.status, len(h.text), clip(h.text), h.finishes, end)
}

func clip(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// truncated reports that a success is none: whatever claims to be complete has a reason, an
// end mark and a good end, and whatever is not says so. This holds for every answer, whatever
// is wanted of it.
func (h *heard) truncated(stream bool) string {
	switch {
	case h.status != 200:
		return ""
	case h.message != "" && h.done:
		return "an error and [DONE]"
	case h.message != "" && h.clean:
		return "an error event, and a connection that ends well"
	case h.message != "":
		return ""
	case !h.done || !h.clean:
		return "neither a complete answer nor an error"
	case len(h.finishes) == 0:
		return "a complete answer without a finish reason"
	}
	return ""
}

// decision is what the control plane says of a request.
type decision struct {
	Outcome  string
	Attempts []struct {
		Provider string
		Outcome  string
		Error    string
		Dropped  int `json:"dropped_events"`
	}
}

// decisionOf asks for a decision. It is there soon after the answer has ended.
func decisionOf(ctx context.Context, url, id string) (*decision, error) {
	if id == "" {
		return nil, fmt.Errorf("no header x-strowger-decision")
	}
	for late := time.Now().Add(5 * time.Second); ; {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/_/api/decisions/"+id, nil)
		if err != nil {
			return nil, err
		}
		resp, err := asking.Do(req)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close() // everything has been read
		var d decision
		if err == nil && resp.StatusCode == http.StatusOK {
			return &d, json.Unmarshal(body, &d)
		}
		if time.Now().After(late) {
			return nil, fmt.Errorf("status %d: %.200s, %w", resp.StatusCode, body, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// judgeAttempts compares what is recorded with what the providers saw: no attempt more, none
// less, each with its outcome.
func (t *trial) judgeAttempts(d *decision, asked int) {
	h := t.half
	first := strings.Fields(h.first)
	if t.mode == modeNone && h.firstAlone != "" {
		first = strings.Fields(h.firstAlone)
	}
	var got, between, other, errs []string
	dropped := 0
	for _, a := range d.Attempts {
		if a.Provider == "between-"+t.name {
			between = append(between, a.Outcome)
		} else if a.Provider == t.provider() {
			got, errs = append(got, a.Outcome), append(errs, a.Error)
			dropped += a.Dropped
		} else {
			other = append(other, a.Outcome)
		}
	}
	if !slices.Equal(got, first) {
		t.complain("want the attempts %q, recorded are %q (%s)", first, got, strings.Join(errs, "; "))
	}
	if seen := int(t.raw.heard.Load()); t.raw.listener != nil && seen != len(first) {
		t.complain("the provider was asked %d times, want %d", seen, len(first))
	}
	if t.between != nil && (!slices.Equal(between, []string{"cut"}) || t.between.heard.Load() != 1) {
		t.complain("the provider in between was asked %d times, recorded are %q", t.between.heard.Load(), between)
	}
	if dropped != h.dropped {
		t.complain("%d events are recorded as dropped, want %d", dropped, h.dropped)
	}
	want := 0
	if t.mode != modeNone && h.second != unasked {
		want = 1
	}
	if t.mode == modePrefill && h.ended {
		want = 2
	}
	if asked != want || len(other) != want {
		t.complain("the second provider was asked %d times and %d attempts are recorded, want %d", asked, len(other), want)
	}
	result, _, _ := t.wanted()
	if ok := d.Outcome == "ok"; ok != (result.kind == kindWhole) {
		t.complain("the exchange is recorded as %q", d.Outcome)
	}
	if len(other) == 1 && (other[0] == "ok") != (result.kind == kindWhole) {
		t.complain("the second attempt is recorded as %q", other[0])
	}
}
