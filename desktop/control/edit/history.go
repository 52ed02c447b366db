package edit

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"strowger/desktop/store"
)

// The bounds of the history: of those in memory the oldest goes first.
const (
	mostShown  = 50
	mostMemory = 20
)

// history is what the file said, in the record. A text in which a secret stands goes into no
// database: it is kept in memory, until strowger ends.
type history struct {
	store  *store.Store // nil: all is in memory
	memory []entry      // oldest first
	made   int          // entries in memory so far
}

// entry is a text that was saved, or was found when the next one was.
type entry struct {
	ID    string    `json:"id"`
	At    time.Time `json:"at"`
	Why   string    `json:"why"`
	Rev   string    `json:"rev"`
	Bytes int64     `json:"bytes"`
	// Kept is "record", or "memory": then it is gone when strowger ends.
	Kept string `json:"kept"`
	text string // of one in memory
}

// list is the history, newest first.
func (h *history) list(ctx context.Context) []entry {
	out := []entry{}
	kept, _ := h.store.Configs(ctx, mostShown) // without a record there is less to show
	for _, c := range kept {
		out = append(out, entry{strconv.FormatInt(c.ID, 10), c.At, c.Why, c.Rev, c.Size, "record", ""})
	}
	for _, e := range slices.Backward(h.memory) {
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b entry) int { return b.At.Compare(a.At) })
	return out[:min(len(out), mostShown)]
}

// text is that of an entry; false if it is not kept any more.
func (h *history) text(ctx context.Context, id string) (string, bool) {
	for _, e := range h.memory {
		if e.ID == id {
			return e.text, true
		}
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return "", false
	}
	c, err := h.store.Config(ctx, n)
	return string(c.Text), err == nil
}

// see notes the text of a file that is about to change, unless it is the newest already.
func (h *history) see(ctx context.Context, text, rev string, secrets bool) {
	why := "before the first change here"
	if all := h.list(ctx); len(all) > 0 {
		if newest, ok := h.text(ctx, all[0].ID); ok && newest == text {
			return
		}
		why = "changed outside of the dashboard"
	}
	h.add(ctx, text, why, rev, secrets)
}

// add notes a text; secrets says whether one stands in it.
func (h *history) add(ctx context.Context, text, why, rev string, secrets bool) {
	if h.store.KeepConfig(ctx, []byte(text), why, rev, secrets) == nil {
		return
	}
	h.made++
	h.memory = append(h.memory, entry{"m" + strconv.Itoa(h.made), time.Now().UTC(), why, rev, int64(len(text)), "memory", text})
	if len(h.memory) > mostMemory {
		h.memory = slices.Delete(h.memory, 0, 1)
	}
}

// undone begins the reason of an entry that goes back to another, whose id follows.
const undone = "undone: back to "

// before is the entry that a text is undone to, and what it said: the one before it, and after
// an undo the one before that. nil: there is none.
func (h *history) before(ctx context.Context, text string) (*entry, string) {
	all := h.list(ctx)
	at := -1 // a text that is not there yet came last
	if len(all) > 0 {
		if newest, ok := h.text(ctx, all[0].ID); ok && newest == text {
			at = 0
			if of, ok := strings.CutPrefix(all[0].Why, undone); ok {
				at = slices.IndexFunc(all, func(e entry) bool { return e.ID == of })
				at = cmp.Or(max(at, 0), len(all)) // gone by now: nothing is known of before
			}
		}
	}
	for at++; at < len(all); at++ {
		if before, ok := h.text(ctx, all[at].ID); ok && before != text {
			e := all[at]
			if of, ok := strings.CutPrefix(e.Why, undone); ok {
				e.ID = of
			}
			return &e, before
		}
	}
	return nil, ""
}
