package pool_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"strowger/core/auto/pool"
)

// naive remembers everything in the order it was noted, and looks through all of it.
type naive struct {
	keys  []uint64
	turns []pool.Turn
}

func (n *naive) note(key uint64, t pool.Turn) {
	if i := slices.Index(n.keys, key); i >= 0 {
		n.keys, n.turns = slices.Delete(n.keys, i, i+1), slices.Delete(n.turns, i, i+1)
	}
	n.keys, n.turns = append(n.keys, key), append(n.turns, t)
	for len(n.keys) > 0 && (len(n.keys) > pool.MaxConversations || t.At.Sub(n.turns[0].At) >= pool.Lasts) {
		n.keys, n.turns = n.keys[1:], n.turns[1:]
	}
}

func (n *naive) last(now time.Time, key uint64) *pool.Turn {
	if i := slices.Index(n.keys, key); i >= 0 {
		if now.Sub(n.turns[i].At) < pool.Lasts {
			return &n.turns[i]
		}
	}
	return nil
}

// TestConversations holds what is remembered against a model that keeps everything, with many
// and with few conversations, quick and slow.
func TestConversations(t *testing.T) {
	for name, run := range map[string]struct {
		keys, steps int
		pause       time.Duration
	}{
		"few":  {20, 30_000, time.Second},
		"many": {6000, 14_000, time.Millisecond},
		"slow": {500, 5_000, 20 * time.Second},
		"all":  {4200, 14_000, 600 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			var (
				r    = rand.New(rand.NewPCG(1, uint64(run.keys)))
				c    pool.Conversations
				want naive
				now  = time.Unix(1_700_000_000, 0)
				held int
			)
			for i := range run.steps {
				now = now.Add(time.Duration(r.Int64N(int64(2*run.pause) + 1)))
				key := 1 + r.Uint64N(uint64(run.keys))
				got, model := c.Last(now, key), want.last(now, key)
				if (got == nil) != (model == nil) || got != nil && *got != *model {
					t.Fatalf("step %d, %d: got %+v, want %+v", i, key, got, model)
				}
				if got != nil {
					held++
				}
				if r.IntN(4) > 0 {
					turn := pool.Turn{Decision: strconv.Itoa(i), At: now, Question: uint64(i)}
					c.Note(key, turn)
					want.note(key, turn)
				}
			}
			if held < run.steps/10 {
				t.Errorf("only %d of %d were remembered", held, run.steps)
			}
		})
	}
	if (*pool.Conversations)(nil).Last(time.Time{}, 1) != nil {
		t.Error("nothing remembers something")
	}
}

// A turn that was handed out stays as it was.
func TestTurnsAreNotChanged(t *testing.T) {
	var c pool.Conversations
	now := time.Unix(1_700_000_000, 0)
	c.Note(1, pool.Turn{Model: "a", At: now})
	last := c.Last(now, 1)
	c.Note(1, pool.Turn{Model: "b", At: now})
	if last.Model != "a" || c.Last(now, 1).Model != "b" {
		t.Errorf("%s, then %s", last.Model, c.Last(now, 1).Model)
	}
}

func BenchmarkNote(b *testing.B) {
	var c pool.Conversations
	now := time.Unix(1_700_000_000, 0)
	b.ReportAllocs()
	for i := range b.N {
		c.Note(uint64(i*2654435761)%10_000, pool.Turn{At: now})
	}
}
