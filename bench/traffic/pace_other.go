//go:build !linux

package traffic

import "time"

// pacer says when a step of time has passed, as exactly as Go's timers can.
type pacer struct {
	begin time.Time
	step  time.Duration
	past  int
}

func newPacer(step time.Duration) (*pacer, error) { return &pacer{begin: time.Now(), step: step}, nil }

func (p *pacer) wait() (int, error) {
	time.Sleep(time.Until(p.begin.Add(time.Duration(p.past+1) * p.step)))
	n := int(time.Since(p.begin)/p.step) - p.past
	p.past += n
	return n, nil
}

func (p *pacer) close() {}
