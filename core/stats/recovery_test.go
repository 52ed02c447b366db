package stats

import (
	"testing"
	"time"
)

// However long an endpoint was down and however late its last failure came to light, it is
// used again within half a minute of its recovery, if there are requests.
func TestRecoveredWithinHalfAMinute(t *testing.T) {
	const slow = 5 * time.Second // how long a failing attempt takes: the time to connect
	for down := time.Duration(0); down < 4*time.Minute; down += 700 * time.Millisecond {
		var b Board
		now, well := noon, noon.Add(down)
		var ends time.Time // of the attempt in flight
		for used := false; !used; now = now.Add(100 * time.Millisecond) {
			if !ends.IsZero() && !now.Before(ends) {
				b.Finish("a/x")
				b.Fold(Sample{Endpoint: "a/x", At: now, Total: slow, Outcome: OutcomeUnreachable})
				ends = time.Time{}
			}
			r := b.Reading("a/x", now)
			if rests := r.Circuit == Open || r.Circuit == HalfOpen && r.Probes > 0; rests || !ends.IsZero() {
				continue
			}
			if now.Before(well) {
				b.Begin("a/x")
				ends = now.Add(slow)
				continue
			}
			if used = true; now.Sub(well) > 30*time.Second {
				t.Fatalf("down for %s: used again %s after it was well", down, now.Sub(well))
			}
		}
	}
}
